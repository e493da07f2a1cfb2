"""Calls to services: what is sent, what may come back, and which failures are uncertain."""

from __future__ import annotations

import io
import json
import socket
import tracemalloc
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest

from patchbay.aws.net import http as module
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.net.request_bodies import encode_body
from patchbay.domain.errors import Misconfigured, Transient, Uncertain
from patchbay.kit.contract import HttpRequest, Upload
from patchbay.kit.statuses import read_retry_after
from tests.aws.servers import reply, serving

SECRET = "s3cr3t-value"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _request(port: int, path: str = "/send", timeout: float = 5.0) -> HttpRequest:
    return HttpRequest(
        method="POST",
        url=f"http://127.0.0.1:{port}{path}",
        headers={"X-Auth": SECRET},
        query={"token": SECRET},
        json={"text": "Grüße 👋"},
        timeout=timeout,
    )


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.rfile.read(int(handler.headers["Content-Length"]))
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def _say_nothing(handler: BaseHTTPRequestHandler) -> None:
    handler.rfile.read()  # until the other side gives up
    handler.close_connection = True


def test_a_json_call_arrives_whole_and_its_answer_comes_back() -> None:
    seen: dict[str, object] = {}

    def answer(handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        seen.update(path=handler.path, auth=handler.headers["X-Auth"], body=json.loads(body))
        handler.send_response(429)
        handler.send_header("Retry-After", "7")
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"{}")

    with serving(answer) as port:
        response = RequestsHttp(local=True).send(_request(port))
    assert seen == {"path": f"/send?token={SECRET}", "auth": SECRET, "body": {"text": "Grüße 👋"}}
    assert (response.status, read_retry_after(response), response.read_json()) == (429, 7.0, {})


def test_a_date_to_come_back_at_is_compared_with_our_clock_where_the_service_tells_no_time() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers["Content-Length"]))
        handler.send_response_only(503)  # without a Date header
        handler.send_header("Retry-After", format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True))
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    with serving(answer) as port:
        response = RequestsHttp(local=True).send(_request(port))
    assert "date" not in response.headers
    assert 60 < (read_retry_after(response) or 0) <= 90


def test_connections_are_kept_for_the_next_call() -> None:
    ports: set[int] = set()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        ports.add(handler.client_address[1])
        reply(b"{}")(handler)

    with serving(answer) as port:
        http = RequestsHttp(local=True)
        for _ in range(3):
            http.send(_request(port))
    assert len(ports) == 1


def test_a_connection_that_was_idle_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ports: set[int] = set()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        ports.add(handler.client_address[1])
        reply(b"{}")(handler)

    monkeypatch.setattr(module, "IDLE_SECONDS", -1.0)
    with serving(answer) as port:
        http = RequestsHttp(local=True)
        for _ in range(2):
            http.send(_request(port))
    assert len(ports) == 2


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with serving(reply(status=302, headers={"Location": "https://elsewhere.test/"})) as port:
        assert RequestsHttp(local=True).send(_request(port)).status == 302


def test_cookies_are_not_kept_between_calls() -> None:
    cookies: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        cookies.append(handler.headers["Cookie"])
        reply(b"{}", headers={"Set-Cookie": "session=somebody; Path=/"})(handler)

    with serving(answer) as port:
        http = RequestsHttp(local=True)
        http.send(_request(port))
        http.send(_request(port))
    assert cookies == [None, None]


def test_a_refused_connection_is_transient() -> None:
    with pytest.raises(Transient):
        RequestsHttp(local=True).send(_request(_free_port()))


def test_an_unknown_name_is_transient() -> None:
    request = HttpRequest(method="GET", url="https://nobody.invalid/")
    with pytest.raises(Transient, match="host name in base_url was not found"):
        RequestsHttp(local=False).send(request)


def test_an_answer_that_does_not_come_in_time_is_uncertain() -> None:
    with serving(_say_nothing) as port, pytest.raises(Uncertain, match="in time"):
        RequestsHttp(local=True).send(_request(port, timeout=0.2))


def test_a_connection_that_breaks_after_sending_is_uncertain() -> None:
    with serving(_hang_up) as port, pytest.raises(Uncertain, match="broke"):
        RequestsHttp(local=True).send(_request(port))


def test_an_answer_that_breaks_off_is_uncertain() -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"half")
        handler.close_connection = True

    with serving(answer) as port, pytest.raises(Uncertain):
        RequestsHttp(local=True).send(_request(port))


def test_an_endless_answer_is_cut_off() -> None:
    body = b"x" * (module.MOST_ANSWER_BYTES + 1)
    with serving(reply(body)) as port, pytest.raises(Uncertain, match="5 MB"):
        RequestsHttp(local=True).send(_request(port))


@pytest.mark.parametrize("url", ["http://desk.test/", "http://10.0.0.1/", "ftp://desk.test/", "desk.test", "https://"])
def test_only_https_is_called_and_plain_http_on_this_machine(url: str) -> None:
    with pytest.raises(Misconfigured):
        RequestsHttp(local=True).send(HttpRequest(method="GET", url=url))


def test_plain_http_to_this_machine_is_for_the_local_stage_alone() -> None:
    with serving(reply(b"{}")) as port, pytest.raises(Misconfigured):
        RequestsHttp(local=False).send(_request(port))


@pytest.mark.parametrize("answer", [_hang_up, reply(b"x" * (module.MOST_ANSWER_BYTES + 1))])
def test_no_failure_quotes_the_address_or_a_header(answer: object) -> None:
    with serving(answer) as port, pytest.raises(Uncertain) as failure:  # type: ignore[arg-type]
        RequestsHttp(local=True).send(_request(port))
    assert SECRET not in repr(failure.value)
    assert failure.value.__suppress_context__ or failure.value.__context__ is None


class _Zeros(io.RawIOBase):
    """A file of zeros that was never anywhere."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, amount: int = -1) -> bytes:
        piece = min(self.left, amount if amount >= 0 else self.left)
        self.left -= piece
        return bytes(piece)


def test_a_large_file_is_uploaded_without_being_held_whole() -> None:
    size = 50_000_000
    received = 0
    fields: list[bytes] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        nonlocal received
        left = int(handler.headers["Content-Length"])
        fields.append(handler.rfile.read(200))
        left -= 200
        received = 200
        while left:
            left -= len(piece := handler.rfile.read(min(left, 65536)))
            received += len(piece)
        _answer_only(handler)

    with serving(answer) as port:
        stream = _Zeros(size)
        upload = Upload(field_name="file", name="grüße.bin", content_type="application/zip", size=size, stream=stream)  # type: ignore[arg-type]
        tracemalloc.start()
        url = f"http://127.0.0.1:{port}/upload"
        response = RequestsHttp(local=True).send(HttpRequest(method="POST", url=url, upload=upload, timeout=20))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert response.status == 200
    assert size < received < size + 1000
    assert "grüße.bin".encode() in fields[0]
    assert peak < 5_000_000


def _answer_only(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def test_json_is_sent_as_utf_8_because_services_limit_bytes() -> None:
    request = HttpRequest(method="POST", url="https://service.test/", json={"text": "Привет 👋"})
    assert encode_body(request) == '{"text":"Привет 👋"}'.encode()
