"""Our reader of answers reads what http.client reads, in whatever pieces it comes, and is never kinder."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from io import BytesIO
from typing import Any

import pytest

from patchbay.aws.api.exchange import Answer, BrokenAnswer, Reader, write_request


class Pieces:
    """A connection that gives `said` in pieces and then ends."""

    def __init__(self, said: bytes, cut: Callable[[], int]) -> None:
        self._said = said
        self._cut = cut

    def recv(self, most: int) -> bytes:
        amount = min(most, self._cut())
        piece, self._said = self._said[:amount], self._said[amount:]
        return piece

    def makefile(self, _mode: str) -> BytesIO:
        return BytesIO(self._said)


def _read(said: bytes, cut: Callable[[], int] = lambda: 65_536) -> tuple[Answer, bool]:
    connection: Any = Pieces(said, cut)
    return Reader(connection).read()


def _read_with_http_client(said: bytes) -> tuple[int, dict[str, str], bytes, bool] | None:
    """None where it finds the answer broken."""
    connection: Any = Pieces(said, lambda: 65_536)
    response = HTTPResponse(connection, method="POST")
    try:
        response.begin()
        body = response.read()
    except (HTTPException, ValueError):
        return None
    finally:
        response.close()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return response.status, headers, body, not response.will_close


_NAMES = ("X-Amzn-RequestId", "x-amz-crc32", "Content-Type", "Date", "Server", "X-Amzn-Query-Error")
_VALUES = (
    "application/x-amz-json-1.0",
    "1234567890",
    "Sun, 29 Nov 2026 20:00:00 GMT",
    "",
    "a:b;c",
    "Gr\xfc\xdfe",
    "  padded ",
)


def _draw(chance: random.Random) -> bytes:
    """A sound answer as servers and load balancers write them."""
    body = chance.randbytes(chance.choice((0, 1, 2, 100, 70_000)))
    status, reason = chance.choice((200, 200, 400, 413, 500, 503, 307)), chance.choice(("OK", "", "Not so"))
    lines = [f"HTTP/1.{chance.choice((1, 1, 1, 0))} {status} {reason}"]
    lines += [f"{name}: {chance.choice(_VALUES)}" for name in chance.sample(_NAMES, chance.randrange(len(_NAMES) + 1))]
    kind = chance.choice(("length", "length", "chunked", "end"))
    if kind == "length":
        lines.append(f"{chance.choice(('Content-Length', 'content-length'))}: {len(body)}")
    elif kind == "chunked":
        lines.append("Transfer-Encoding: chunked")
    if chance.random() < 0.2:
        lines.append(f"Connection: {chance.choice(('close', 'keep-alive', 'Close'))}")
    chance.shuffle(rest := lines[1:])
    head = "\r\n".join([lines[0], *rest, "", ""]).encode("latin-1")
    before = b"HTTP/1.1 100 Continue\r\n\r\n" if chance.random() < 0.1 else b""
    return before + head + (_in_chunks(body, chance) if kind == "chunked" else body)


def _in_chunks(body: bytes, chance: random.Random) -> bytes:
    said = b""
    while body:
        size = chance.randrange(1, len(body) + 1)
        said += f"{size:{chance.choice('xX')}}{chance.choice(('', ';name=value'))}\r\n".encode() + body[:size] + b"\r\n"
        body = body[size:]
    return said + b"0\r\n" + chance.choice((b"", b"X-Trailer: a\r\n")) + b"\r\n"


def test_sound_answers_are_read_as_http_client_reads_them_in_whatever_pieces() -> None:
    chance = random.Random(20261129)
    for number in range(600):
        said = _draw(chance)
        most = chance.choice((1, 7, 1000, 65_536)) if len(said) < 1000 else chance.choice((1000, 65_536))
        answer, may_follow = _read(said, lambda: chance.randrange(1, most + 1))  # noqa: B023 - called at once
        expected = _read_with_http_client(said)
        assert expected is not None, f"case {number}"
        status, headers, body, keeps = expected
        assert (answer.status, answer.body) == (status, body), f"case {number}"
        assert {name: value.strip() for name, value in headers.items()} == answer.headers, f"case {number}"
        assert may_follow <= keeps, f"case {number}"
        if b"HTTP/1.0" not in said and "content-length" in answer.headers:
            assert may_follow == keeps, f"case {number}"


def test_what_http_client_finds_broken_is_never_read_and_no_other_error_escapes() -> None:
    """Answers with a byte changed, cut out, doubled or cut off; only Broken answers may be raised."""
    chance = random.Random(20261130)
    read = 0
    for number in range(3000):
        said = _damage(_draw(chance)[:2000], chance)
        try:
            answer, _ = _read(said)
        except BrokenAnswer:
            continue
        expected = _read_with_http_client(said)
        if (expected and expected[0] < 200) or b"chunked " in said:
            continue  # http.client takes 101 to 199 for last answers, and keeps the blanks behind a value
        read += 1
        assert expected is not None, f"case {number}: {said[:300]!r}"
        assert (answer.status, answer.body) == (expected[0], expected[2]), f"case {number}: {said[:300]!r}"
    assert read > 300


def _damage(said: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(min(len(said), 300))
    kind = chance.randrange(5)
    if kind == 0:
        return (
            said[:at]
            + chance.choice((b"\n", b"\r", b" ", b"-", b"+", b"_", b":", b"9", b"\x00", b"\xff"))
            + said[at + 1 :]
        )
    if kind == 1:
        return said[:at] + said[at + chance.randrange(1, 9) :]
    if kind == 2:
        return said[:at] + said[at : at + 9] + said[at:]
    return said[:at] if kind == 3 else said + chance.randbytes(3)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nabcdefgh\r\n0\r\n\r\n", "BadChunk"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n0\r\n\r\n", "BadChunk"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1_0\r\n", "BadChunk"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabXX0\r\n\r\n", "BadChunk"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 300, "TooManyHeaders"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", "BadContentLength"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n", "BadContentLength"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", "BadContentLength"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "BadHeader"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 300, "TooManyAnswers"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_odd_sizes_and_endless_heads_are_refused(said: bytes, kind: str) -> None:
    with pytest.raises(BrokenAnswer, match=f"^{kind}$"):
        _read(said)


def test_bytes_behind_an_answer_end_the_connection() -> None:
    """Whatever they are, they are no answer to the next request."""
    assert _read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 408 Timeout\r\n\r\n")[1] is False
    assert _read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")[1] is True


def test_a_request_is_what_http_server_reads() -> None:
    from http.server import BaseHTTPRequestHandler

    class Handler(BaseHTTPRequestHandler):
        def __init__(self, said: bytes) -> None:
            self.rfile = BytesIO(said)
            self.raw_requestline = self.rfile.readline()
            self.client_address = ("", 0)

    said = write_request("POST", "/", {"host": "aws.test", "x-amz-target": "A.B"}, b"Gr\xc3\xbc\xc3\x9fe")
    handler = Handler(said)
    assert handler.parse_request()
    assert (handler.command, handler.path, handler.request_version) == ("POST", "/", "HTTP/1.1")
    assert dict(handler.headers) == {
        "host": "aws.test",
        "x-amz-target": "A.B",
        "accept-encoding": "identity",
        "content-length": "7",
    }
    assert handler.rfile.read() == b"Gr\xc3\xbc\xc3\x9fe"
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(said)
        assert theirs.recv(1000) == said
