"""The log and the metrics."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
from datetime import datetime

import pytest

from patchbay.aws import observability
from patchbay.aws.observability import JsonTelemetry, MeasuringTelemetry, describe_failure
from patchbay.aws.powertools import PowertoolsTelemetry, logger
from patchbay.aws.settings import (
    DispatcherEnvironment,
    MediaEnvironment,
    WebhookMonitorEnvironment,
    public_address,
    read_environment,
)
from patchbay.bridge.ports import EVERY_SERVICE
from patchbay.domain.errors import Misconfigured

WRITERS = [JsonTelemetry, PowertoolsTelemetry]
each_writer = pytest.mark.parametrize("writer", WRITERS)


def write_all(telemetry: MeasuringTelemetry) -> None:
    """Every kind of line and value."""
    telemetry.info("event delivered", event="message-1", service="viber", milliseconds=23.9, attempts=1, reason=None)
    telemetry.warning("webhook refused", status=401, reason='a "quoted"\nline, smörgåsbord, 日本, 😀', again=True)
    telemetry.error("webhook failed", name="n", message="m", level="x", location="y", timestamp="z", process="p")
    telemetry.detail("webhook ignored", reason="an echo")
    telemetry.count("Delivered", "viber", 2)
    telemetry.count("Failed", "freshchat")
    telemetry.gauge("DeferredMessageAge", "viber", 700.5, "Seconds")
    telemetry.flush()
    telemetry.flush()


def read_lines(written: str) -> list[list[tuple[str, object]]]:
    """The fields of each line in their order; times, which differ, as the form that they have."""
    lines = [list(json.loads(line).items()) for line in written.splitlines()]
    return [[(name, _form(name, value)) for name, value in line] for line in lines]


def _form(name: str, value: object) -> object:
    if name == "timestamp":
        assert datetime.fromisoformat(str(value)).tzinfo is not None
        return re.sub(r"\d", "0", str(value))
    return (
        json.dumps(value).replace(re.findall(r'"Timestamp": (\d+)', json.dumps(value))[0], "0")
        if name == "_aws"
        else value
    )


@pytest.mark.parametrize("trace", [None, "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"])
@pytest.mark.parametrize("detail", ["", "full"])
@pytest.mark.parametrize("level", [None, "DEBUG", "INFO", "WARN", "ERROR", "FATAL"])
def test_both_writers_write_the_same_lines(
    level: str | None,
    detail: str,
    trace: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in (("AWS_LAMBDA_LOG_LEVEL", level), ("_X_AMZN_TRACE_ID", trace), ("PATCHBAY_LOG_DETAIL", detail)):
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    monkeypatch.setenv(
        "POWERTOOLS_SERVICE_NAME", f"service-{level}-{detail}-{bool(trace)}"
    )  # Python keeps loggers by name
    logger.cache_clear()
    written = []
    for writer in WRITERS:
        write_all(writer("Patchbay/test"))
        written.append(read_lines(capsys.readouterr().out))
    logger.cache_clear()
    ours, powertools = written
    assert ours == powertools
    passing = {"WARN": 2, "ERROR": 1, "FATAL": 0}.get(level or "INFO", 3 + bool(detail))
    assert len(ours) == passing + 2, "and two of metrics"


def test_a_trace_that_nobody_keeps_is_not_named_on_the_path_of_a_message(
    monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0")
    JsonTelemetry("Patchbay").info("event delivered")
    assert "xray_trace_id" not in json.loads(log.getvalue())


def test_the_names_that_are_taken_are_those_of_a_record_and_of_every_line() -> None:
    always = {"asctime", "message", "level", "location", "timestamp"}
    assert set(logging.makeLogRecord({}).__dict__) | always == observability.TAKEN


def test_what_is_no_text_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="utf-8"))
    JsonTelemetry("Patchbay").warning("webhook refused", reason="half a pair: \ud83d")
    assert json.loads(written.getvalue().decode())["reason"] == "half a pair: \ud83d"


@pytest.mark.parametrize(("detail", "lines"), [("", 0), ("full", 1)])
def test_details_are_written_only_where_somebody_looks_for_them(
    detail: str, lines: int, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    monkeypatch.setenv("PATCHBAY_LOG_DETAIL", detail)
    JsonTelemetry("Patchbay").detail("webhook ignored", reason="an echo")
    assert len(log.getvalue().splitlines()) == lines


@each_writer
def test_a_record_is_one_line_of_json_and_names_that_the_logger_uses_are_free(
    writer: type[MeasuringTelemetry], log: io.StringIO
) -> None:
    writer("Patchbay").info("part sent", name="n", message="m", attempts=2, module="x")
    line = json.loads(log.getvalue())
    assert line["message"] == "part sent"
    assert (line["name_"], line["message_"], line["module_"], line["attempts"]) == ("n", "m", "x", 2)


@each_writer
def test_counts_of_one_service_are_one_line(
    writer: type[MeasuringTelemetry], capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry = writer("Patchbay/test")
    for _ in range(3):
        telemetry.count("Delivered", "viber")
    telemetry.count("Failed", "viber", 2)
    telemetry.count("Delivered", "freshchat")
    telemetry.flush()
    freshchat, viber = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (viber["service"], viber["Delivered"], viber["Failed"]) == ("viber", [3.0], [2.0])
    assert (freshchat["service"], freshchat["Delivered"]) == ("freshchat", [1.0])
    assert viber["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "Patchbay/test"
    telemetry.flush()
    assert capsys.readouterr().out == ""


@each_writer
def test_of_a_gauge_the_largest_value_of_an_invocation_stands(
    writer: type[MeasuringTelemetry], capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry = writer("Patchbay/test")
    for age in (12.5, 700.0, 30.0):
        telemetry.gauge("DeferredMessageAge", "viber", age, "Seconds")
    telemetry.gauge("ConnectionsNeedingAuthorization", EVERY_SERVICE, 0)
    telemetry.count("Delivered", "viber")
    telemetry.flush()
    whole, viber = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (whole["service"], whole["ConnectionsNeedingAuthorization"]) == ("all", [0.0])
    assert (viber["DeferredMessageAge"], viber["Delivered"]) == ([700.0], [1.0])
    declared = {one["Name"]: one["Unit"] for one in viber["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert declared == {"DeferredMessageAge": "Seconds", "Delivered": "Count"}
    telemetry.flush()
    assert capsys.readouterr().out == ""


@each_writer
@pytest.mark.parametrize("level", ["INFO", "WARN"])
def test_lambda_drops_no_metrics_whatever_the_level_of_the_log(
    level: str, writer: type[MeasuringTelemetry], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It drops lines whose level is below the function's own; one without a level counts as INFO."""
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", level)
    telemetry = writer("Patchbay/test")
    telemetry.count("Delivered", "viber")
    telemetry.flush()
    line = json.loads(capsys.readouterr().out)
    assert line["level"] == level
    assert "level" not in line["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]


def test_a_failure_is_described_without_its_words() -> None:
    try:
        raise ValueError("secret words")
    except ValueError as error:
        described = describe_failure(error)
    assert described.startswith("ValueError in test_observability.py:")
    assert "secret" not in described


def test_missing_variables_are_named_and_values_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATCHBAY_STAGE", "test")
    monkeypatch.setenv("MEDIA_RETENTION_DAYS", "s3cr3t")
    monkeypatch.setenv("TABLE_NAME", "patchbay")
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("BUCKET_NAME", raising=False)
    with pytest.raises(Misconfigured) as failure:
        read_environment(MediaEnvironment)
    assert str(failure.value).endswith(": AWS_REGION, BUCKET_NAME, MEDIA_RETENTION_DAYS")


def test_the_apis_own_address_ends_with_the_domain_of_its_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"PATCHBAY_STAGE": "test", "AWS_REGION": "cn-north-1", "TABLE_NAME": "t", "API_ID": "abc"}
    given |= {"BUCKET_NAME": "b", "QUEUE_URL": "https://sqs/q"}
    for name, value in {**given, "URL_SUFFIX": "amazonaws.com.cn", "PUBLIC_URL": "", "AWS_ENDPOINT_URL": ""}.items():
        monkeypatch.setenv(name, value)
    environment = read_environment(WebhookMonitorEnvironment)
    assert environment.public_address == "https://abc.execute-api.cn-north-1.amazonaws.com.cn"


@pytest.mark.parametrize(
    ("public_url", "endpoint_url", "expected"),
    [
        ("", "", "https://abc.execute-api.eu-west-1.amazonaws.com"),
        ("https://chat.example.com/", "", "https://chat.example.com"),
        ("", "http://127.0.0.1:4566", "http://127.0.0.1:4566/_aws/execute-api/abc/$default"),
        ("https://chat.example.com", "http://127.0.0.1:4566", "https://chat.example.com"),
    ],
)
def test_the_public_address_is_the_owners_domain_or_the_apis_own(
    public_url: str, endpoint_url: str, expected: str
) -> None:
    assert public_address("abc", "eu-west-1", public_url=public_url, endpoint_url=endpoint_url) == expected
    environment = DispatcherEnvironment(
        stage="test",
        region="eu-west-1",
        table_name="t",
        queue_url="q",
        bucket_name="b",
        dead_letter_queue_url="p",
        public_url=public_url,
        api_id="abc",
        endpoint_url=endpoint_url,
    )
    assert environment.public_address == expected
