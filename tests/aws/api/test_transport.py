"""Connections to AWS are kept, and one that fails costs a call at most once."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from unittest.mock import patch

import pytest

from patchbay.aws.api import transport
from patchbay.aws.api.transport import IDLE_SECONDS, Answer, KeptConnections, NoAnswer
from tests.aws.api.conftest import Connect
from tests.aws.servers import Answer as Serve
from tests.aws.servers import reply, serving, speaking


def _ask(connections: KeptConnections, body: bytes = b"{}") -> Answer:
    return connections.send("POST", "/", {"host": "aws.test", "x-amz-target": "A.B"}, body)


def _read(handler: BaseHTTPRequestHandler) -> bytes:
    return handler.rfile.read(int(handler.headers["Content-Length"]))


def _say(handler: BaseHTTPRequestHandler, body: bytes) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


class Counting:
    """Answers with `answer`; knows which connection each request came through."""

    def __init__(self, answer: Serve | None = None) -> None:
        self.answer = answer or reply(b"{}")
        self.callers: list[object] = []

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.callers.append(handler.client_address)
        self.answer(handler)

    @property
    def connections(self) -> int:
        return len(set(self.callers))


class Recording:
    """A socket whose pieces are written down."""

    def __init__(self, real: socket.socket) -> None:
        self._real = real
        self.sent: list[bytes] = []

    def sendall(self, piece: bytes) -> None:
        self.sent.append(piece)
        self._real.sendall(piece)

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)


# --- keeping ---------------------------------------------------------------------------------------------------------


def test_requests_one_after_the_other_share_a_connection(connect_to: Connect) -> None:
    server = Counting(reply(b'{"a":1}', headers={"X-Amz-CRC32": "7"}))
    with serving(server) as port:
        connections = connect_to(port)
        answers = [_ask(connections) for _ in range(3)]
    assert [(answer.status, answer.body, answer.headers["x-amz-crc32"]) for answer in answers] == [
        (200, b'{"a":1}', "7")
    ] * 3
    assert server.connections == 1


def test_errors_and_answers_in_pieces_keep_the_connection(connect_to: Connect) -> None:
    def in_pieces(handler: BaseHTTPRequestHandler) -> None:
        _read(handler)
        handler.wfile.write(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
        )

    server = Counting(in_pieces)
    with serving(server) as port:
        connections = connect_to(port)
        answers = [_ask(connections) for _ in range(2)]
    assert [(answer.status, answer.body) for answer in answers] == [(400, b"{}")] * 2
    assert server.connections == 1


def _close_silently(handler: BaseHTTPRequestHandler) -> None:
    """As AWS does after a minute: the answer does not announce it."""
    reply(b"{}")(handler)
    handler.close_connection = True


def _say_goodbye(handler: BaseHTTPRequestHandler) -> None:
    reply(b"{}")(handler)
    time.sleep(0.02)
    handler.wfile.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("end", [_close_silently, _say_goodbye])
def test_a_connection_that_was_closed_while_idle_costs_no_attempt(
    end: Serve, scheme: str, connect_to: Connect, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    server = Counting(end)
    with serving(server, certificate if scheme == "https" else None) as port:
        connections = connect_to(port, scheme=scheme)
        for _ in range(2):
            assert _ask(connections).body == b"{}"
            time.sleep(0.05)
    assert server.connections == 2


@pytest.mark.parametrize(("later", "expected"), [(IDLE_SECONDS - 1, 1), (IDLE_SECONDS, 2), (-1, 2)])
def test_a_connection_that_was_idle_for_long_is_not_trusted(later: float, expected: int) -> None:
    """Also after a snapshot or a frozen hour, in which only the time of day went on; nor if that went back."""
    clock = [1_000_000.0]
    server = Counting()
    with serving(server) as port:
        connections = KeptConnections(f"http://localhost:{port}", connect=2, read=2, now=lambda: clock[0])
        _ask(connections)
        clock[0] += later
        _ask(connections)
        connections.close()
    assert server.connections == expected


def test_a_connection_that_the_answer_ends_is_not_used_again(connect_to: Connect) -> None:
    server = Counting(reply(b"{}", headers={"Connection": "close"}))
    with serving(server) as port:
        connections = connect_to(port)
        for _ in range(2):
            _ask(connections)
    assert server.connections == 2


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_connection_opened_early_serves_the_first_request(
    scheme: str, connect_to: Connect, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS 1.3 sends tickets after its handshake, which is no sign of an end."""
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    server = Counting()
    with serving(server, certificate if scheme == "https" else None) as port:
        connections = connect_to(port, scheme=scheme)
        connections.open()
        time.sleep(0.05)
        with patch.object(socket, "getaddrinfo", side_effect=AssertionError("connects again")):
            assert _ask(connections).status == 200
    assert server.connections == 1


def test_opening_early_may_fail(connect_to: Connect) -> None:
    connect_to(_free_port()).open()


def test_connections_send_at_once_and_notice_a_silent_end(connect_to: Connect) -> None:
    with serving(reply(b"{}")) as port:
        connections = connect_to(port)
        _ask(connections)
        ((connection, _),) = connections._idle
        for level, option in ((socket.IPPROTO_TCP, socket.TCP_NODELAY), (socket.SOL_SOCKET, socket.SO_KEEPALIVE)):
            assert connection.sock.getsockopt(level, option)


def test_who_is_forgotten_closes_its_connections() -> None:
    """Else each change of a client would leave sockets to the collector, which warns of them."""
    with serving(reply(b"{}")) as port:
        connections = KeptConnections(f"http://localhost:{port}", connect=2, read=2)
        _ask(connections)
        ((connection, _),) = connections._idle
        gone = weakref.ref(connections)
        del connections
        assert gone() is None
        assert connection.sock is None


@pytest.mark.parametrize("odd", ["a\r\nx: y", "a\n", "wörd", "\x00"])
def test_a_header_cannot_begin_another_and_is_not_quoted(odd: str, connect_to: Connect) -> None:
    for headers, path in (({"host": "x", "x-amz-security-token": odd}, "/"), ({"host": "x"}, f"/{odd}")):
        with pytest.raises(ValueError, match="no header can carry") as refused:
            connect_to(1).send("POST", path, headers, b"")
        assert odd not in str(refused.value)


def test_a_request_leaves_in_one_piece(connect_to: Connect) -> None:
    with serving(reply(b"{}")) as port:
        connections = connect_to(port)
        connections.open()
        ((connection, _),) = connections._idle
        with patch.object(connection, "sock", Recording(connection.sock)) as recording:
            _ask(connections, b'{"a":1}')
    assert [piece.partition(b"\r\n\r\n")[2] for piece in recording.sent] == [b'{"a":1}']


# --- failing ---------------------------------------------------------------------------------------------------------


def _cut(said: bytes) -> Callable[[socket.socket], None]:
    return lambda caller: caller.sendall(said)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"", "RemoteDisconnected"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "IncompleteRead"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", "IncompleteRead"),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 70_000, "LineTooLong"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "BadStatusLine"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answer_that_is_cut_off_or_none_is_named_by_its_kind(said: bytes, kind: str, connect_to: Connect) -> None:
    with speaking(_cut(said)) as port, pytest.raises(NoAnswer, match=rf"^{kind}$"):
        _ask(connect_to(port))


def test_an_answer_that_comes_too_late_is_never_given_to_another_request(connect_to: Connect) -> None:
    def echo(handler: BaseHTTPRequestHandler) -> None:
        body = _read(handler)
        time.sleep(0.4 if body == b"slow" else 0)
        with suppress(OSError):
            _say(handler, body)

    with serving(echo) as port:
        connections = connect_to(port, read=0.3)
        with pytest.raises(NoAnswer, match=r"^ReadTimeout$"):
            _ask(connections, b"slow")
        time.sleep(0.2)
        assert _ask(connections, b"quick").body == b"quick"


def test_an_interrupted_request_leaves_no_connection_behind(connect_to: Connect) -> None:
    server = Counting()
    with serving(server) as port:
        connections = connect_to(port)
        with patch.object(transport, "Answer", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            _ask(connections)
        assert not connections._idle


def test_a_failure_closes_the_idle_connections_for_the_next_attempt_may_meet_the_same(connect_to: Connect) -> None:
    """After a function was frozen, all its connections may be dead without a sign."""
    release = threading.Barrier(3)

    def together(handler: BaseHTTPRequestHandler) -> None:
        body = _read(handler)
        if body == b"together":
            release.wait(5)
        if body != b"dead":
            _say(handler, b"{}")
        handler.close_connection = body == b"dead"

    with serving(together) as port, ThreadPoolExecutor(3) as pool:
        connections = connect_to(port)
        list(pool.map(lambda _: _ask(connections, b"together"), range(3)))
        assert len(connections._idle) == 3
        with pytest.raises(NoAnswer):
            _ask(connections, b"dead")
        assert not connections._idle


def test_who_does_not_listen_is_no_answer(connect_to: Connect) -> None:
    with pytest.raises(NoAnswer, match=r"^ConnectionRefusedError$"):
        _ask(connect_to(_free_port()))


def test_a_name_that_does_not_exist_is_no_answer(connect_to: Connect) -> None:
    missing = patch.object(socket, "getaddrinfo", side_effect=socket.gaierror(-2, "Name or service not known"))
    with missing, pytest.raises(NoAnswer, match=r"^UnknownHost$"):
        _ask(connect_to(1, host="sqs.nowhere-1.amazonaws.test"))


def test_a_handshake_that_hangs_is_given_up(connect_to: Connect) -> None:
    with _deaf() as port:
        began = time.monotonic()
        with pytest.raises(NoAnswer, match=r"^ConnectTimeout$"):
            _ask(connect_to(port, scheme="https", connect=0.1))
        assert time.monotonic() - began < 1


# --- several addresses -----------------------------------------------------------------------------------------------


def _leading_to(*ports: int) -> object:
    """Of a host with several addresses, which are ports of this machine."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]
    return patch.object(socket, "getaddrinfo", return_value=found)


def test_an_address_that_refuses_is_passed_over(connect_to: Connect) -> None:
    with serving(reply(b"{}")) as port, _leading_to(_free_port(), port):  # type: ignore[attr-defined]
        assert _ask(connect_to(port)).status == 200


def test_after_an_address_that_hangs_the_next_attempt_begins_with_another(connect_to: Connect) -> None:
    """The addresses share the time of one attempt: the zone of one may be away."""
    with _full() as hanging, serving(reply(b"{}")) as port, _leading_to(hanging, port):  # type: ignore[attr-defined]
        connections = connect_to(port, connect=0.2)
        began = time.monotonic()
        with pytest.raises(NoAnswer, match=r"^ConnectTimeout$"):
            _ask(connections)
        assert time.monotonic() - began < 1
        assert _ask(connections).status == 200


# --- threads ---------------------------------------------------------------------------------------------------------


def test_threads_share_the_connections_and_never_one_at_the_same_time(connect_to: Connect) -> None:
    busy: set[object] = set()
    shared: list[object] = []
    callers: set[object] = set()

    def echo(handler: BaseHTTPRequestHandler) -> None:
        if handler.client_address in busy:
            shared.append(handler.client_address)
        busy.add(handler.client_address)
        callers.add(handler.client_address)
        body = _read(handler)
        time.sleep(0.002)
        busy.discard(handler.client_address)
        _say(handler, body)

    with serving(echo) as port, ThreadPoolExecutor(20) as pool:
        connections = connect_to(port, read=10, connect=10)
        bodies = [str(number).encode() for number in range(400)]
        answers = list(pool.map(lambda body: _ask(connections, body).body, bodies))
    assert answers == bodies
    assert not shared
    assert len(callers) <= 20


# --- servers ---------------------------------------------------------------------------------------------------------


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def _deaf() -> Iterator[int]:
    """Accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@contextmanager
def _full() -> Iterator[int]:
    """Its queue of callers is full, so that the next one waits."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        place = listener.getsockname()
        callers = [socket.socket() for _ in range(3)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(place)
        try:
            yield place[1]
        finally:
            for caller in callers:
                caller.close()


def test_the_check_of_an_idle_connection_survives_a_reset() -> None:
    """Seen as readable, and then an error."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = HTTPConnection("localhost")
        connection.sock = ours
        assert transport._is_open(connection, 1.0)
        theirs.close()
        with patch.object(ssl, "SSLWantReadError", ConnectionAbortedError):
            assert not transport._is_open(connection, 1.0)
        assert ours.gettimeout() == 1.0
