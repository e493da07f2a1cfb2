"""No call and no file takes longer than it may, however slowly the other side goes."""

from __future__ import annotations

import io
import math
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from patchbay.aws.deadline import RESERVE, LambdaDeadline, NoDeadline
from patchbay.aws.net import download
from patchbay.aws.net import http as module
from patchbay.aws.net.download import Downloader
from patchbay.aws.net.http import RequestsHttp
from patchbay.bridge.ports import Deadline
from patchbay.domain.errors import OutOfTime, Transient, Uncertain
from patchbay.kit.contract import HttpRequest, Upload
from tests.aws.servers import Speak, drip, make_certificate, reply, serving, speaking

LIMIT = 0.3  #: seconds that a call may take here
LATE = 2.0  #: seconds after which it has taken too long even on a busy machine; the servers go on for longer

OK = b"HTTP/1.1 200 OK\r\n"
SLOW = {
    "in the status line": drip(b"HTTP/1.1 "),
    "in the headers": drip(OK + b"X-Slow: "),
    "with one header after the other": drip(OK, b"X: y\r\n"),
    "with interim answers": drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "in the body": drip(OK + b"Content-Length: 100000\r\n\r\n"),
    "in a body without a length": drip(OK + b"\r\n"),
    "in chunks": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "in the length of a chunk": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "in what follows the chunks": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    "by saying nothing": drip(b"", b""),
}
slowly = pytest.mark.parametrize("speak", SLOW.values(), ids=SLOW.keys())


@contextmanager
def in_time(limit: float = LATE) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < limit


def _request(port: int, timeout: float = LIMIT, scheme: str = "http") -> HttpRequest:
    return HttpRequest(method="POST", url=f"{scheme}://127.0.0.1:{port}/", json={"text": "hello"}, timeout=timeout)


def _fetch(downloader: Downloader, port: int) -> bytes:
    with downloader.open(HttpRequest(method="GET", url=f"http://127.0.0.1:{port}/file"), 10**9) as file:
        return file.read()


@slowly
def test_an_answer_that_drips_ends_with_the_calls_time_and_leaves_a_doubt(speak: Speak) -> None:
    with speaking(speak) as port, in_time(), pytest.raises(Uncertain, match="in time"):
        RequestsHttp(local=True).send(_request(port))


@slowly
def test_a_file_that_drips_ends_with_its_time(speak: Speak, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "MOST_SECONDS", LIMIT)
    with speaking(speak) as port, in_time(), pytest.raises(Transient, match=r"in time|too slow"):
        _fetch(Downloader(local=True), port)


@pytest.mark.parametrize("part", ["in the headers", "in the body", "in chunks"])
def test_an_encrypted_answer_that_drips_ends_as_a_bare_one_does(part: str, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, "localhost")
    http = RequestsHttp(local=True)
    http._session.verify = str(certificate)
    with speaking(SLOW[part], certificate) as port, in_time(), pytest.raises(Uncertain, match="in time"):
        http.send(replace(_request(port), url=f"https://localhost:{port}/"))


def test_a_file_may_take_longer_than_its_answer_to_begin() -> None:
    body = b"x" * 40
    slow = drip(OK + b"Content-Length: 40\r\n\r\n", seconds=1.2)
    with speaking(slow) as port:
        request = HttpRequest(method="GET", url=f"http://127.0.0.1:{port}/file", timeout=0.2)
        with Downloader(local=True).open(request, 1000) as file:
            assert file.read() == body


def test_a_service_that_does_not_finish_the_handshake_has_got_nothing() -> None:
    with _silent() as port, in_time(), pytest.raises(Transient, match="in time"):
        RequestsHttp(local=True).send(_request(port, scheme="https"))


@contextmanager
def _silent() -> Iterator[int]:
    """Takes connections, and neither reads nor says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_service_that_does_not_take_the_file_ends_with_the_calls_time() -> None:
    size = 50_000_000
    upload = Upload(
        field_name="file", name="a.bin", content_type="application/zip", size=size, stream=io.BytesIO(bytes(size))
    )
    with _silent() as port, in_time(), pytest.raises(Uncertain, match="in time"):
        RequestsHttp(local=True).send(replace(_request(port), json=None, upload=upload))


def test_a_name_that_is_not_resolved_in_time_leaves_no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def resolve(*_: object, **__: object) -> Sequence[tuple[object, ...]]:
        answered.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    request = HttpRequest(method="GET", url="https://service.test/", timeout=LIMIT)
    try:
        with in_time(), pytest.raises(Transient, match="in time"):
            RequestsHttp(local=False).send(request)
        with in_time(), pytest.raises(Transient, match="in time"), Downloader(local=False).open(request, 1000):
            pytest.fail("nothing can have come")
    finally:
        answered.set()


def test_ten_slow_calls_at_once_end_as_one_does() -> None:
    http = RequestsHttp(local=True)
    failures: list[str] = []

    def call(port: int) -> None:
        with pytest.raises(Uncertain) as failure:
            http.send(_request(port))
        failures.append(str(failure.value))

    with speaking(SLOW["in the body"]) as port, in_time():
        threads = [threading.Thread(target=call, args=(port,)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(failures) == 10


def test_a_connection_that_was_kept_has_the_next_calls_time_and_not_the_last_ones() -> None:
    with serving(reply(b"{}")) as port:
        http = RequestsHttp(local=True)
        assert http.send(_request(port, timeout=LIMIT)).ok
        time.sleep(LIMIT)
        assert http.send(_request(port, timeout=5)).ok


# --- the invocation's own time ---------------------------------------------------------------------------------------


class Fixed(Deadline):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def seconds_left(self) -> float:
        return self.seconds


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Deadline:
    """An invocation that leaves a call less than it wants, yet enough to begin."""
    monkeypatch.setattr(module, "_LEAST", LIMIT / 2)
    return Fixed(RESERVE + LIMIT)


def test_a_call_gets_no_more_time_than_the_invocation_has(short: Deadline) -> None:
    with speaking(SLOW["in the body"]) as port, in_time(), pytest.raises(Uncertain, match="in time"):
        RequestsHttp(local=True, deadline=short).send(_request(port, timeout=60))


def test_a_file_gets_no_more_time_than_the_invocation_has(short: Deadline) -> None:
    with speaking(SLOW["in the body"]) as port, in_time(), pytest.raises(Transient, match="too slow"):
        _fetch(Downloader(local=True, deadline=short), port)


@pytest.mark.parametrize("left", [0.0, RESERVE, RESERVE + 0.1])
def test_what_does_not_fit_is_not_begun(left: float) -> None:
    called: list[str] = []
    with serving(lambda handler: called.append(handler.path)) as port:
        with pytest.raises(OutOfTime, match="no time"):
            RequestsHttp(local=True, deadline=Fixed(left)).send(_request(port, timeout=10))
        request = HttpRequest(method="GET", url=f"http://127.0.0.1:{port}/file")
        with pytest.raises(OutOfTime, match="no time"), Downloader(local=True, deadline=Fixed(left)).open(request, 9):
            pytest.fail("it was fetched")
    assert called == []


def test_a_container_counts_the_time_of_each_invocation_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    deadline = LambdaDeadline()
    assert deadline.seconds_left() == math.inf
    deadline.begin(60_000)
    assert deadline.seconds_left() == 60
    now += 59.5
    assert deadline.seconds_left() == pytest.approx(0.5)
    now += 600  # frozen between two invocations
    assert deadline.seconds_left() == 0
    deadline.begin(30_000)
    assert deadline.seconds_left() == 30


def test_a_program_that_nobody_ends_has_all_the_time() -> None:
    assert NoDeadline().seconds_left() == math.inf
