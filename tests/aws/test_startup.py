"""What a function does before its first event, and that it can be done at any time."""

from __future__ import annotations

import io
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from patchbay.aws import clients
from patchbay.aws.api import transport
from patchbay.aws.api.transport import KeptConnections
from patchbay.aws.handlers import dispatcher, webhook
from patchbay.aws.startup import prepare, rehearse, rehearse_reading
from patchbay.domain.errors import Misconfigured
from patchbay.kit import registry
from tests.aws.servers import make_certificate, reply, serving


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    clients.forget()
    yield
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


# --- the connections -------------------------------------------------------------------------------------------------


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    certificate = make_certificate(tmp_path, "localhost")
    monkeypatch.setattr(transport, "_trust", lambda: ssl.create_default_context(cafile=str(certificate)))
    return certificate


@contextmanager
def connections_to(port: int) -> Iterator[KeptConnections]:
    made = KeptConnections(f"https://localhost:{port}", connect=2, read=2)
    yield made
    for connection in made._idle:
        connection.close()


def test_the_first_call_takes_the_connection_that_was_opened_before(secure: Path) -> None:
    """Over TLS 1.3 the server sends tickets unasked: they are no sign that it has closed the connection."""
    callers: list[object] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        callers.append(handler.client_address[1])
        reply(b"{}")(handler)

    with serving(answer, secure) as port, connections_to(port) as connections:
        connections.open()
        opened = connections._idle[0].sock.getsockname()[1]
        time.sleep(0.2)  # the tickets have come
        for _ in range(3):
            assert connections.send("POST", "/", {}, b"{}").status == 200
    assert callers == [opened] * 3


def test_a_connection_that_was_closed_while_the_function_slept_is_made_anew(secure: Path) -> None:
    """AWS closes what is idle, and a frozen function hears of it when it wakes."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        reply(b"{}")(handler)
        handler.close_connection = True  # without a word, as after some seconds without a request

    with serving(answer, secure) as port, connections_to(port) as connections:
        for _ in range(3):
            assert connections.send("POST", "/", {}, b"{}").status == 200
            time.sleep(0.1)


def test_so_is_one_that_was_opened_and_closed_before_anything_was_asked(secure: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        closing = threading.Thread(target=_accept_and_close, args=(listener, secure))
        closing.start()
        with connections_to(listener.getsockname()[1]) as connections:
            connections.open()
            closing.join(5)
            time.sleep(0.1)
            assert transport._is_closed(connections._idle[0])


def _accept_and_close(listener: socket.socket, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    caller, _ = listener.accept()
    context.wrap_socket(caller, server_side=True).close()
