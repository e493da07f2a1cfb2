"""The log and the metrics, made once: Powertools' JSON logger, and counts in CloudWatch's embedded metric format.

Events are never logged as they come: they hold hooks, tokens and people's words.
"""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from threading import Lock

from aws_lambda_powertools.logging import Logger

from patchbay.ports import Journal

# Names that a log record has itself: `logging` refuses to overwrite them.
_TAKEN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


@cache
def logger() -> Logger:
    """Its level and service name come from POWERTOOLS_LOG_LEVEL and POWERTOOLS_SERVICE_NAME."""
    return Logger(utc=True, location=None, log_record_order=["level", "message", "service", "timestamp"])


class PowertoolsJournal(Journal):
    """Counts are kept until `flush`, so that one invocation writes one line a service and threads never mix lines."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def record(self, what: str, **fields: str | int | float | bool | None) -> None:
        _log(logger().info, what, fields)

    def warn(self, what: str, **fields: str | int | float | bool | None) -> None:
        _log(logger().warning, what, fields)

    def error(self, what: str, **fields: str | int | float | bool | None) -> None:
        _log(logger().error, what, fields)

    def count(self, metric: str, service: str, amount: int = 1) -> None:
        with self._lock:
            self._counts[service, metric] += amount

    def flush(self) -> None:
        """Writes the counts; every invocation ends with it."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        for service in sorted({service for service, _ in counts}):
            self._emit(service, {metric: amount for (of, metric), amount in counts.items() if of == service})

    def _emit(self, service: str, amounts: dict[str, int]) -> None:
        from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

        metrics = EphemeralMetrics(namespace=self._namespace)
        metrics.add_dimension("service", service)
        for metric, amount in amounts.items():
            metrics.add_metric(metric, MetricUnit.Count, amount)
        metrics.flush_metrics()


def _log(write: Callable[..., None], what: str, fields: Mapping[str, str | int | float | bool | None]) -> None:
    write(what, extra={_free(name): value for name, value in fields.items() if value is not None})


def describe_failure(error: BaseException) -> str:
    """Where an unexpected exception came from, without what it says: that may hold anything."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return f"{type(error).__name__} in {' > '.join(places)}"


def _free(name: str) -> str:
    return f"{name}_" if name in _TAKEN else name
