"""The log and the metrics: lines of JSON, and metrics in CloudWatch's embedded metric format.

Events are never logged as they come: they hold hooks, tokens and people's words.

The functions that every message passes write them here. Powertools writes the same lines, from `powertools.py`, in the
functions where a cold start does not matter: it takes as long to load as everything else that a webhook needs.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from abc import abstractmethod
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Lock

from patchbay.bridge.ports import Telemetry, Unit

Field = str | int | float | bool | None
Fields = Mapping[str, Field]
Metrics = Mapping[str, tuple[float, Unit]]  #: values by name, with their units

FULL = "full"  #: of PATCHBAY_LOG_DETAIL: what is of interest only while somebody looks for it is written too

_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")  #: Lambda's own names, as AWS_LAMBDA_LOG_LEVEL has them
_NAMES = {"WARN": "WARNING"}  #: of a level in the lines, where Lambda's differs
# A field must not replace what every line has, and Python's own records have these names: `logging` refuses them.
# fmt: off
TAKEN = frozenset({
    "args", "asctime", "created", "exc_info", "exc_text", "filename", "funcName", "level", "levelname", "levelno",
    "lineno", "location", "message", "module", "msecs", "msg", "name", "pathname", "process", "processName",
    "relativeCreated", "stack_info", "taskName", "thread", "threadName", "timestamp",
})
# fmt: on
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


class MeasuringTelemetry(Telemetry):
    """Metrics are kept until `flush`, so that one invocation writes one line a service and threads never mix lines."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._writes_details = os.environ.get("PATCHBAY_LOG_DETAIL") == FULL
        self._counts: Counter[tuple[str, str]] = Counter()
        self._gauges: dict[tuple[str, str], tuple[float, Unit]] = {}
        self._lock = Lock()

    def detail(self, what: str, **fields: Field) -> None:
        if self._writes_details:
            self._log("INFO", what, fields)

    def info(self, what: str, **fields: Field) -> None:
        self._log("INFO", what, fields)

    def warning(self, what: str, **fields: Field) -> None:
        self._log("WARN", what, fields)

    def error(self, what: str, **fields: Field) -> None:
        self._log("ERROR", what, fields)

    def count(self, metric: str, service: str, amount: int = 1) -> None:
        with self._lock:
            self._counts[service, metric] += amount

    def gauge(self, metric: str, service: str, value: float, unit: Unit = "Count") -> None:
        with self._lock:
            known, _ = self._gauges.get((service, metric), (value, unit))
            self._gauges[service, metric] = (max(known, value), unit)

    def flush(self) -> None:
        """Writes the metrics, if there are any; every invocation ends with it."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            gauges, self._gauges = self._gauges, {}
        lines: dict[str, dict[str, tuple[float, Unit]]] = {}
        for (service, metric), amount in counts.items():
            lines.setdefault(service, {})[metric] = (amount, "Count")
        for (service, metric), measured in gauges.items():
            lines.setdefault(service, {})[metric] = measured
        for service in sorted(lines):
            self._emit(service, lines[service])

    @abstractmethod
    def _log(self, level: str, what: str, fields: Fields) -> None:
        """One line, if the function's level lets it pass. `level` is Lambda's name of it."""

    @abstractmethod
    def _emit(self, service: str, metrics: Metrics) -> None:
        """One line with metrics of one service."""


class JsonTelemetry(MeasuringTelemetry):
    """The lines that Powertools would write, without it.

    Its level is the function's own (AWS_LAMBDA_LOG_LEVEL, INFO elsewhere), its name POWERTOOLS_SERVICE_NAME. A trace is
    named only if X-Ray keeps it: Lambda gives every invocation the id of one.
    """

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self._service = os.environ.get("POWERTOOLS_SERVICE_NAME", "service_undefined")
        self._written = _LEVELS[_LEVELS.index(function_level()) :]

    def _log(self, level: str, what: str, fields: Fields) -> None:
        if level not in self._written:
            return
        line: dict[str, Field] = {
            "level": _NAMES.get(level, level),
            "message": what,
            "service": self._service,
            # Lambda replaces a time that is not RFC 3339.
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        line |= kept_fields(fields)
        header = os.environ.get("_X_AMZN_TRACE_ID", "")
        if "Sampled=1" in header:
            line["xray_trace_id"] = header.partition(";")[0].removeprefix("Root=")
        write_line(_encode(line))

    def _emit(self, service: str, metrics: Metrics) -> None:
        declared = [{"Name": name, "Unit": unit} for name, (_, unit) in metrics.items()]
        about = {"Namespace": self._namespace, "Dimensions": [["service"]], "Metrics": declared}
        line = {
            "_aws": {"Timestamp": int(datetime.now(UTC).timestamp() * 1000), "CloudWatchMetrics": [about]},
            "service": service,
            "level": function_level(),
            **{name: [float(value)] for name, (value, _) in metrics.items()},
        }
        _write(_encode(line))


def function_level() -> str:
    """The level below which Lambda drops lines. It takes a line without a level for INFO."""
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO")
    return level if level in _LEVELS else "INFO"


def kept_fields(fields: Fields) -> dict[str, Field]:
    """Those that have a value, under names that are free."""
    return {f"{name}_" if name in TAKEN else name: value for name, value in fields.items() if value is not None}


def write_line(line: str) -> None:
    """Half a surrogate pair is no UTF-8. It becomes JSON's escape: a line that cannot be written must stop nothing."""
    _write(line.encode(errors="backslashreplace").decode())


def _write(line: str) -> None:
    """In one call, so that lines of several threads stay whole."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def describe_failure(error: BaseException) -> str:
    """Where an unexpected exception came from, without what it says: that may hold anything."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return f"{type(error).__name__} in {' > '.join(places)}"
