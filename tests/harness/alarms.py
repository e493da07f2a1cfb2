"""CloudWatch's alarms, as the template defines them, evaluated over what functions and queues have measured.

The rules are CloudWatch's: whole periods, M out of N, more points looked at than N where some are missing, and what is
still missing treated as the alarm says.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

STAGE = "test"
_DOWNLOAD_GIGABYTES = 5
_MORE = 2  #: points that are looked at beyond N, to make up for missing ones
_STATISTICS: Mapping[str, Callable[[list[float]], float]] = {
    "Sum": sum,
    "SUM": sum,
    "Maximum": max,
    "MAX": max,
    "Minimum": min,
}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


def read_threshold(stated: Any) -> float:
    """A number, or the gigabytes of a parameter, which has its default here, in bytes."""
    if isinstance(stated, Mapping):
        return float(str(stated["!Sub"]).replace("${DownloadAlarmGigabytes}", str(_DOWNLOAD_GIGABYTES)))
    return float(stated)


@dataclass
class Measurements:
    """Points by namespace, metric and dimensions, each with its second."""

    points: dict[tuple[str, str, str], list[tuple[float, float]]] = field(default_factory=dict)

    def add(self, namespace: str, metric: str, dimensions: str, at: datetime, value: float) -> None:
        self.points.setdefault((namespace, metric, dimensions), []).append((at.timestamp(), value))

    @contextmanager
    def hearing(self, at: datetime) -> Iterator[None]:
        """Whatever is written in the embedded metric format meanwhile, as CloudWatch takes it from the log."""
        with redirect_stdout(io.StringIO()) as written:
            yield
        for line in written.getvalue().splitlines():
            document = json.loads(line)
            for group in document.get("_aws", {}).get("CloudWatchMetrics", []):
                [names] = group["Dimensions"]
                dimensions = describe([{"Name": name, "Value": document[name]} for name in names if name in document])
                for metric in group["Metrics"]:
                    for value in document[metric["Name"]]:
                        self.add(group["Namespace"], metric["Name"], dimensions, at, value)

    def between(self, namespace: str, metric: str, dimensions: str | None, start: float, end: float) -> list[float]:
        """`dimensions` None: of every series of the metric."""
        return [
            value
            for (space, name, where), points in self.points.items()
            if (space, name) == (namespace, metric) and dimensions in {None, where}
            for at, value in reversed(points)
            if start <= at < end
        ]


def _second(point: tuple[float, float]) -> float:
    return point[0]


def describe(dimensions: list[dict[str, Any]]) -> str:
    return json.dumps({one["Name"]: one["Value"] for one in dimensions}, sort_keys=True)


@dataclass
class Alarm:
    """One alarm of the template. Its state begins as OK; `changes` are the states it went through, with their times."""

    name: str
    definition: Mapping[str, Any]
    state: str = "OK"
    changes: list[tuple[datetime, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._text = json.dumps(self.definition)

    def evaluate(self, measured: Measurements, now: datetime) -> str:
        if not self.changes and self._is_unmeasured(measured):
            return self.state  # as most are, all the time
        state = self._judge(measured, now)
        if state != self.state:
            self.state = state
            self.changes.append((now, state))
        return state

    @property
    def period(self) -> int:
        metrics = self.definition.get("Metrics", [])
        periods = [one.get("Period") or one.get("MetricStat", {}).get("Period") for one in metrics]
        return int(self.definition.get("Period") or next(filter(None, periods)))

    @property
    def window(self) -> int:
        """Seconds."""
        return self.period * int(self.definition["EvaluationPeriods"])

    def _is_unmeasured(self, measured: Measurements) -> bool:
        is_quiet = self.definition.get("TreatMissingData") == "notBreaching"
        return is_quiet and not any(name in self._text for _, name, _ in measured.points)

    def _judge(self, measured: Measurements, now: datetime) -> str:
        wanted = int(self.definition["EvaluationPeriods"])
        needed = int(self.definition.get("DatapointsToAlarm", wanted))
        treat = self.definition.get("TreatMissingData", "missing")
        end = now.timestamp() // self.period * self.period
        starts = [end - self.period * (back + 1) for back in range(wanted + _MORE)]
        points = [self._point(measured, start, start + self.period) for start in starts]
        real = [point for point in points if point is not None][:wanted]
        missing = wanted - len(real)
        if treat in {"ignore", "missing"} and missing:
            return self.state
        breaching = sum(map(self._is_breaching, real)) + (missing if treat == "breaching" else 0)
        return "ALARM" if breaching >= needed else "OK"

    def _is_breaching(self, value: float) -> bool:
        return _COMPARISONS[self.definition["ComparisonOperator"]](value, read_threshold(self.definition["Threshold"]))

    def _point(self, measured: Measurements, start: float, end: float) -> float | None:
        if "MetricName" in self.definition:
            return _measure(measured, self.definition, self.definition["Statistic"], start, end)
        by_id = {
            one["Id"]: _measure(measured, one["MetricStat"]["Metric"], one["MetricStat"]["Stat"], start, end)
            for one in self.definition["Metrics"]
            if "MetricStat" in one
        }
        expression = str(resolve(self.definition["Metrics"][-1]["Expression"]))
        if query := re.fullmatch(r'SELECT (SUM|MAX)\((\w+)\) FROM "(.+)"', expression):
            values = measured.between(query[3], query[2], None, start, end)
            return _STATISTICS[query[1]](values) if values else None
        filled = [by_id[name] or 0.0 for name in re.findall(r"FILL\((\w+), 0\)", expression)]
        assert re.fullmatch(r"FILL\(\w+, 0\)( \+ FILL\(\w+, 0\))*", expression), expression
        return sum(filled) if any(value is not None for value in by_id.values()) else None


def _measure(
    measured: Measurements, metric: Mapping[str, Any], statistic: str, start: float, end: float
) -> float | None:
    dimensions = describe([{**one, "Value": resolve(one["Value"])} for one in metric["Dimensions"]])
    values = measured.between(str(resolve(metric["Namespace"])), metric["MetricName"], dimensions, start, end)
    return _STATISTICS[statistic](values) if values else None


def resolve(value: Any) -> Any:
    """A value of the template, as CloudFormation would fill it in; of other resources their names are enough."""
    if isinstance(value, Mapping):
        [(kind, inner)] = value.items()
        return str(inner).replace("${Stage}", STAGE) if kind == "!Sub" else str(inner)
    return value
