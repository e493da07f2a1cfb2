"""The log and the metrics, made once: Powertools' JSON logger, and metrics in CloudWatch's embedded metric format.

Events are never logged as they come: they hold hooks, tokens and people's words.
"""

from __future__ import annotations

import logging
import os
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from threading import Lock

from aws_lambda_powertools.logging import Logger

from patchbay.bridge.ports import Telemetry, Unit

# Names that a log record has itself: `logging` refuses to overwrite them.
_TAKEN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


@cache
def logger() -> Logger:
    """Its level is the function's own (AWS_LAMBDA_LOG_LEVEL, INFO elsewhere), its name POWERTOOLS_SERVICE_NAME.

    Lambda replaces timestamps that are not RFC 3339.
    """
    order = ["level", "message", "service", "timestamp"]
    return Logger(utc=True, use_rfc3339=True, location=None, log_record_order=order)


class PowertoolsTelemetry(Telemetry):
    """Metrics are kept until `flush`, so that one invocation writes one line a service and threads never mix lines."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._counts: Counter[tuple[str, str]] = Counter()
        self._gauges: dict[tuple[str, str], tuple[float, Unit]] = {}
        self._lock = Lock()

    def info(self, what: str, **fields: str | int | float | bool | None) -> None:
        _log(logger().info, what, fields)

    def warning(self, what: str, **fields: str | int | float | bool | None) -> None:
        _log(logger().warning, what, fields)

    def error(self, what: str, **fields: str | int | float | bool | None) -> None:
        _log(logger().error, what, fields)

    def count(self, metric: str, service: str, amount: int = 1) -> None:
        with self._lock:
            self._counts[service, metric] += amount

    def gauge(self, metric: str, service: str, value: float, unit: Unit = "Count") -> None:
        with self._lock:
            known, _ = self._gauges.get((service, metric), (value, unit))
            self._gauges[service, metric] = (max(known, value), unit)

    def flush(self) -> None:
        """Writes the metrics; every invocation ends with it."""
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

    def _emit(self, service: str, metrics: Mapping[str, tuple[float, Unit]]) -> None:
        from aws_lambda_powertools.metrics import EphemeralMetrics

        line = EphemeralMetrics(namespace=self._namespace)
        line.add_dimension("service", service)
        # Lambda takes a line without a level for INFO, and drops it where the function's own level is higher.
        line.add_metadata("level", os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO"))
        for metric, (value, unit) in metrics.items():
            line.add_metric(metric, unit, value)
        line.flush_metrics()


def _log(write: Callable[..., None], what: str, fields: Mapping[str, str | int | float | bool | None]) -> None:
    write(what, extra={_free(name): value for name, value in fields.items() if value is not None})


def describe_failure(error: BaseException) -> str:
    """Where an unexpected exception came from, without what it says: that may hold anything."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return f"{type(error).__name__} in {' > '.join(places)}"


def _free(name: str) -> str:
    return f"{name}_" if name in _TAKEN else name
