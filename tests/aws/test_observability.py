"""The log and the metrics."""

from __future__ import annotations

import io
import json

import pytest

from patchbay.aws.observability import PowertoolsTelemetry, describe_failure
from patchbay.aws.settings import (
    DispatcherEnvironment,
    MediaEnvironment,
    WebhookMonitorEnvironment,
    public_address,
    read_environment,
)
from patchbay.bridge.ports import EVERY_SERVICE
from patchbay.domain.errors import Misconfigured


def test_a_record_is_one_line_of_json_and_names_that_the_logger_uses_are_free(log: io.StringIO) -> None:
    PowertoolsTelemetry("Patchbay").info("part sent", name="n", message="m", attempts=2, module="x")
    line = json.loads(log.getvalue())
    assert line["message"] == "part sent"
    assert (line["name_"], line["message_"], line["module_"], line["attempts"]) == ("n", "m", "x", 2)


def test_counts_of_one_service_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry = PowertoolsTelemetry("Patchbay/test")
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


def test_of_a_gauge_the_largest_value_of_an_invocation_stands(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry = PowertoolsTelemetry("Patchbay/test")
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


@pytest.mark.parametrize("level", ["INFO", "WARN"])
def test_lambda_drops_no_metrics_whatever_the_level_of_the_log(
    level: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It drops lines whose level is below the function's own; one without a level counts as INFO."""
    monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", level)
    telemetry = PowertoolsTelemetry("Patchbay/test")
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
