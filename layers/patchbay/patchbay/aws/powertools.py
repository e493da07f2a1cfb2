"""The log and the metrics by Powertools, in the functions where a cold start does not matter."""

from __future__ import annotations

from functools import cache

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

from patchbay.aws.observability import Fields, MeasuringTelemetry, Metrics, function_level, kept_fields


@cache
def logger() -> Logger:
    """Its level is the function's own (AWS_LAMBDA_LOG_LEVEL, INFO elsewhere), its name POWERTOOLS_SERVICE_NAME.

    Lambda replaces timestamps that are not RFC 3339.
    """
    order = ["level", "message", "service", "timestamp"]
    return Logger(utc=True, use_rfc3339=True, location=None, log_record_order=order)


class PowertoolsTelemetry(MeasuringTelemetry):
    """The same lines as `JsonTelemetry` writes: a test compares them."""

    def _log(self, level: str, what: str, fields: Fields) -> None:
        methods = {"INFO": logger().info, "WARN": logger().warning, "ERROR": logger().error}
        methods[level](what, extra=kept_fields(fields))

    def _emit(self, service: str, metrics: Metrics) -> None:
        line = EphemeralMetrics(namespace=self._namespace)
        line.add_dimension("service", service)
        line.add_metadata("level", function_level())
        for metric, (value, unit) in metrics.items():
            line.add_metric(metric, unit, value)
        line.flush_metrics()
