"""What a function does before its first event, and that it can be done at any time."""

from __future__ import annotations

import gc
import importlib
import io
import json
from collections.abc import Callable, Iterator

import pytest

from patchbay.aws import clients, handlers
from patchbay.aws.api.transport import KeptConnections
from patchbay.aws.handlers import dispatcher, webhook
from patchbay.aws.startup import prepare, rehearse, rehearse_reading
from patchbay.domain.errors import Misconfigured
from patchbay.kit import registry


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    clients.forget()
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    clients.forget()


@pytest.fixture
def starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "patchbay-test-ViberWebhook")


def test_steps_are_taken_where_a_function_starts_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    prepare(lambda: taken.append("in a test"))
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
    prepare(lambda: taken.append("first"), lambda: taken.append("second"))
    assert taken == ["first", "second"]


@pytest.mark.usefixtures("starting")
def test_garbage_is_not_looked_for_while_a_function_loads_and_is_from_then_on() -> None:
    usual = gc.get_threshold()[0]
    importlib.reload(handlers)
    assert gc.get_threshold()[0] > 10 * usual
    prepare()
    assert gc.get_threshold()[0] < 10 * usual
    assert gc.get_freeze_count() > 0


@pytest.mark.parametrize("make", [lambda: webhook.make_handler("viber"), dispatcher.make_handler])
@pytest.mark.usefixtures("starting")
def test_a_function_without_its_settings_starts_says_so_and_fails_with_its_events(
    make: Callable[[], Callable[[object, object], object]], monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    """Otherwise Lambda would start it again and again, and no event would ever be answered."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("PATCHBAY_STAGE", "test")
    for name in ("TABLE_NAME", "QUEUE_URL", "BUCKET_NAME", "DEAD_LETTER_QUEUE_URL", "API_ID"):
        monkeypatch.delenv(name, raising=False)
    handler = make()
    [line] = [json.loads(one) for one in log.getvalue().splitlines()]
    assert (line["level"], line["message"]) == ("ERROR", "function not prepared")
    assert "TABLE_NAME" in line["reason"]
    with pytest.raises(Misconfigured, match="TABLE_NAME"):
        handler({"Records": []}, _Context())


class _Context:
    def get_remaining_time_in_millis(self) -> int:
        return 10_000


@pytest.mark.usefixtures("starting")
def test_what_fails_while_a_function_starts_is_described_without_its_words(log: io.StringIO) -> None:
    def fail() -> None:
        raise RuntimeError("secret words")

    prepare(fail)
    line = json.loads(log.getvalue())
    assert line["reason"].startswith("RuntimeError in ")
    assert "secret" not in log.getvalue()


@pytest.mark.parametrize("service", registry.names())
def test_every_connector_refuses_the_webhook_that_says_nothing(service: str) -> None:
    rehearse(registry.load(service))


def test_so_does_what_reads_the_queue() -> None:
    rehearse_reading()


@pytest.mark.usefixtures("starting")
def test_each_client_that_is_made_gets_its_connection_while_the_function_starts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[KeptConnections] = []

    def note(connections: KeptConnections) -> None:
        opened.append(connections)

    monkeypatch.setattr(KeptConnections, "open", note)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    prepare(clients.sqs, clients.dynamodb, clients.sqs)
    assert len(opened) == 2
