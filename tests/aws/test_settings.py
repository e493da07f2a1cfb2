"""The environment of a function is read once, whole, and its mistakes are named."""

from __future__ import annotations

import pytest

from patchbay.aws.settings import DispatcherEnvironment, WebhookEnvironment, read_environment
from patchbay.domain.errors import Misconfigured

GIVEN = {
    "PATCHBAY_STAGE": "test",
    "AWS_REGION": "eu-west-1",
    "TABLE_NAME": "t",
    "QUEUE_URL": "q",
    "BUCKET_NAME": "b",
    "DEAD_LETTER_QUEUE_URL": "d",
    "API_ID": "abc",
    "DISPATCHER_CONCURRENCY": "20",
    "PATCHBAY_EMULATOR": "no",
    "MALWARE_SCAN": "none",
    "URL_SUFFIX": "amazonaws.com",
}


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in DispatcherEnvironment.declared():
        monkeypatch.delenv(variable.name, raising=False)
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)


def test_what_is_given_is_read_and_what_is_not_has_its_default() -> None:
    environment = read_environment(DispatcherEnvironment)
    assert (environment.stage, environment.dispatchers, environment.media_days) == ("test", 20, 30)
    assert (environment.public_url, environment.metrics_namespace, environment.scans) == ("", "Patchbay", False)
    assert environment.public_address == "https://abc.execute-api.eu-west-1.amazonaws.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PATCHBAY_STAGE", ""),
        ("TABLE_NAME", None),
        ("PATCHBAY_EMULATOR", "maybe"),
        ("MALWARE_SCAN", ""),
        ("DISPATCHER_CONCURRENCY", "0"),
        ("DISPATCHER_CONCURRENCY", "many"),
        ("CONTACT_RETENTION_DAYS", "-1"),
        ("MEDIA_RETENTION_DAYS", "1.5"),
        ("URL_SUFFIX", ""),
    ],
)
def test_what_cannot_be_is_named(name: str, value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as failure:
        read_environment(DispatcherEnvironment)
    assert str(failure.value) == f"missing or invalid environment variables: {name}"


def test_what_was_read_is_not_changed() -> None:
    environment = read_environment(WebhookEnvironment)
    with pytest.raises(AttributeError, match="stage"):
        environment.stage = "another"
    with pytest.raises(TypeError, match="no_field"):
        WebhookEnvironment(**environment.values, no_field="x")
