"""Whatever an address answers is an outcome that the core knows: nothing else may come out of a call or a download."""

from __future__ import annotations

import gzip
import logging
import socket
import tracemalloc
import zlib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from random import Random

import pytest

from patchbay.aws.net.download import Downloader
from patchbay.aws.net.http import RequestsHttp
from patchbay.domain.errors import MediaMissing, MediaRefused, Misconfigured, Transient, Uncertain
from patchbay.kit.contract import HttpRequest, HttpResponse
from patchbay.kit.statuses import read_retry_after
from tests.aws.servers import Speak, reply, serving, speaking

CASES = 600
SECRET = "s3cr3t-value"
MB = 1_000_000
MOST = 100_000  #: bytes of a file

_STATUS = (
    *(b"HTTP/1.1 %d X" % status for status in (200, 200, 200, 204, 206, 301, 302, 302, 307, 404, 429, 500, 503)),
    b"HTTP/1.1 200",
    b"HTTP/1.0 200 OK",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK",
    b"HTTP/1.1 101 Switching Protocols",
    b"HTTP/9.9 200 OK",
    b"HTTP/1.1 -1 OK",
    b"HTTP/1.1 99999 OK",
    b"HTTP/1.1 2\xb2\xb2 OK",
    b"HTTP/1.1 200 " + b"\xff" * 300,
    b"ICY 200 OK",
    b"GET / HTTP/1.1",
    b"\x16\x03\x01\x02\x00",
    b"",
    b"x" * 70_000,
)
_HEADERS = (
    b"Content-Length: 5",
    b"Content-Length: 0",
    b"Content-Length: 4, 5",
    b"Content-Length: -7",
    b"Content-Length: \xb2",
    b"Content-Length: " + b"9" * 5000,
    b"Content-Length: 100000000000000000000",
    b"Content-Length: 3\r\nContent-Length: 4",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nContent-Length: 5",
    b"Transfer-Encoding: gzip, chunked",
    b"Content-Encoding: gzip",
    b"Content-Encoding: deflate",
    b"Content-Encoding: " + b", ".join([b"gzip"] * 30),
    b"Content-Encoding: br",
    b"Content-Type: text/html; charset=\xff",
    b"Content-Type: " + b"a" * 60_000,
    b"Location: /caf\xe9.jpg",
    b"Location: /caf\xc3\xa9.png",
    b"Location: \xff\xfe\x00",
    b"Location: https://[::1",
    b"Location: https://exa\xe2\x84\x80mple.test/",
    b"Location: https://" + b"a" * 300 + b".test/",
    b"Location: https://a..b/",
    b"Location: //",
    b"Location: " + b"x" * 60_000,
    b"Location: http://0/",
    b"Location: https://a:99999/",
    b"Location: https://\xb2/",
    b"Location:  /x y\tz ",
    b"Retry-After: \xb2",
    b"Retry-After: " + b"9" * 5000,
    b"Retry-After: Wed, 21 Oct 2015 07:28:00 GMT",
    b"Set-Cookie: a=b; Expires=" + b"9" * 3000 + b"; Max-Age=\xb2; Path=\xff",
    b"Set-Cookie: =;=;;;; expires=Wed, 99 Foo 99999 99:99:99",
    b"Content-Disposition: attachment; filename*=utf-99''%ff%fe; filename=\"\xff",
    b"Connection: close",
    b"Connection: Upgrade",
    b"no colon in this one",
    b": no name",
    b" folded: from nothing",
    b"X: y\r\n\tfolded",
    b"\x00: \x00",
    b"X: " + b"y" * 70_000,
    b"\r\n".join(b"X-%d: y" % number for number in range(150)),
)
_BODIES = (
    b"",
    b"hello",
    b"{}",
    b"[" * 50_000,
    b"9" * 5000,
    b"\xff\xfe\x00",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"5;x=y\r\nhello\r\n0\r\nTrailer: \xff\r\n\r\n",
    b"-1\r\nhello\r\n",
    b"-5\r\nhello\r\n0\r\n\r\n",
    b"ffffffffffffffffffffffff\r\nhello",
    b"zz\r\nhello\r\n",
    b"0x5\r\nhello\r\n0\r\n\r\n",
    b"5\r\nhello",
    b"5\r\nhelloworld\r\n0\r\n\r\n",
    b"\r\n\r\n\r\n",
    b"1" * 70_000,
    gzip.compress(b"hello"),
    gzip.compress(b"hello")[:-6],
    zlib.compress(b"hello"),
    zlib.compress(b"hello")[2:],
    gzip.compress(gzip.compress(bytes(MB))),
)
_SOUND = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 5\r\n\r\nhello"


def _compose(random: Random) -> bytes:
    """An answer: of odd parts, a good one with bytes changed, cut or doubled, or no answer at all."""
    style = random.random()
    if style < 0.1:
        return random.randbytes(random.randrange(400))
    head = [random.choice(_STATUS), *random.choices(_HEADERS, k=random.randrange(4))]
    answer = b"\r\n".join(head) + b"\r\n\r\n" + random.choice(_BODIES) if style < 0.7 else _SOUND
    changed = bytearray(answer)
    for _ in range(random.choice((0, 0, 1, 5)) if style < 0.7 else random.randrange(1, 8)):
        place = random.randrange(len(changed) or 1)
        edit = random.randrange(3)
        if edit == 0 and changed:
            changed[place] = random.randrange(256)
        elif edit == 1:
            changed[place:place] = random.randbytes(random.randrange(1, 4))
        else:
            del changed[place : place + random.randrange(1, 20)]
    return bytes(changed)


@dataclass
class Stranger:
    """Answers each caller with `answer`, and hangs up."""

    answer: bytes = b""

    def speak(self, caller: socket.socket) -> None:
        caller.sendall(self.answer)


@pytest.fixture(scope="module")
def answers() -> list[bytes]:
    random = Random(20260105)
    edges = [b"HTTP/1.1 302 X\r\n" + header + b"\r\n\r\nhello" for header in _HEADERS]
    edges += [b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + body for body in _BODIES]
    return [*edges, *(_compose(random) for _ in range(CASES))]


def test_every_answer_to_a_call_is_an_answer_or_a_doubt(answers: list[bytes]) -> None:
    stranger = Stranger()
    seen: set[str] = set()
    with speaking(stranger.speak) as port:
        http = RequestsHttp(local=True)
        for stranger.answer in answers:
            try:
                response = http.send(HttpRequest(method="POST", url=f"http://127.0.0.1:{port}/", json=1, timeout=5))
                seen.add(f"HTTP {response.status // 100}xx")
                pause = read_retry_after(response)
                assert pause is None or 0 <= pause <= 86_400
                response.read_json()
            except Uncertain as doubt:
                seen.add(type(doubt).__name__)
    assert {"HTTP 2xx", "HTTP 3xx", "HTTP 5xx", "Uncertain"} <= seen


def test_every_answer_to_a_download_is_a_file_or_a_reason(answers: list[bytes]) -> None:
    stranger = Stranger()
    seen: set[str] = set()
    with speaking(stranger.speak) as port:
        downloader = Downloader(local=True)
        for stranger.answer in answers:
            try:
                with downloader.open(HttpRequest(method="GET", url=f"http://127.0.0.1:{port}/a"), MOST) as download:
                    while download.read(1000):
                        seen.add("file")
            except (MediaRefused, Transient) as reason:
                seen.add(type(reason).__name__)
    assert {"file", "MediaRefused", "MediaMissing", "Transient"} <= seen


@pytest.mark.parametrize(
    "url",
    [
        "https://" + "a" * 300 + ".test/",
        "https://a..b/",
        "https://exa℀mple.test/",
        "https://\ud83d/",
        "https://service.test/\ud83d",
        "https://service.test:99999/",
        "https://[::1/",
        "https://\x00/",
        "https://service.invalid/" + "x" * 100_000,
        "https://%00/",
        "https://.../",
        "https://\u200b/",
        "https://xn--/",
        "https://-/?#",
    ],
)
def test_every_address_is_called_or_refused(url: str) -> None:
    request = HttpRequest(method="GET", url=url, timeout=5)
    with pytest.raises((Misconfigured, Transient)):
        RequestsHttp(local=False).send(request)
    with pytest.raises((MediaRefused, Transient)), Downloader(local=False).open(request, MOST):
        pytest.fail("nothing is there")


@pytest.mark.parametrize("token", ["\ufefftoken", "token\r\nX: y", "token\n", "t\ud83d", "Ключ", " token"])
def test_a_token_that_no_header_can_carry_is_the_owners_to_put_right(token: str) -> None:
    reached: list[str] = []
    with serving(lambda handler: reached.append(handler.path)) as port:
        request = HttpRequest(method="GET", url=f"http://127.0.0.1:{port}/", headers={"Authorization": token})
        with pytest.raises(Misconfigured, match="secret") as problem:
            RequestsHttp(local=True).send(request)
    assert token not in str(problem.value)
    assert reached == []


def test_an_odd_answer_puts_no_address_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    odd = b"HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with speaking(lambda caller: caller.sendall(odd)) as port:
        RequestsHttp(local=True).send(HttpRequest(method="GET", url=f"http://127.0.0.1:{port}/?token={SECRET}"))
    assert SECRET not in caplog.text


def _endless_chunk(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")
    for _ in range(50):
        caller.sendall(bytes(MB))


def _endless_headers(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(800):
        caller.sendall(b"X-%d: %b\r\n" % (number, b"y" * 60_000))


@pytest.mark.parametrize("speak", [_endless_chunk, _endless_headers])
def test_no_answer_is_held_in_memory_whatever_its_length_is_said_to_be(speak: Speak) -> None:
    with speaking(speak) as port:
        url = f"http://127.0.0.1:{port}/"
        tracemalloc.start()
        with pytest.raises(Uncertain):
            RequestsHttp(local=True).send(HttpRequest(method="GET", url=url))
        with pytest.raises(Transient):
            _fetch(port)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 20 * MB


# --- redirects of files ----------------------------------------------------------------------------------------------


def _fetch(port: int, url: str = "{}/start") -> bytes:
    request = HttpRequest(method="GET", url=url.format(f"http://127.0.0.1:{port}"))
    with Downloader(local=True).open(request, MOST) as file:
        return file.read()


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        (b"/caf\xc3\xa9.png", "/caf%C3%A9.png"),
        (b"/caf\xe9.jpg", "/caf%E9.jpg"),
        (b"/a b.png", "/a%20b.png"),
        (b"  /a.png \t", "/a.png"),
        (b"/a%20b%C3%A9.png", "/a%20b%C3%A9.png"),
        (b"?x=\xc3\xa9", "/start?x=%C3%A9"),
    ],
)
def test_a_redirect_is_followed_as_browsers_do(location: bytes, asked: str) -> None:
    paths: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        paths.append(handler.path)
        away = reply(status=302, headers={"Location": location.decode("latin-1")})
        (away if len(paths) == 1 else reply(b"x"))(handler)

    with serving(answer) as port:
        assert _fetch(port) == b"x"
    assert paths == ["/start", asked]


@pytest.mark.parametrize("url", ["{}/a.png ", " {}/a.png", "\n{}/a.png\t", "{}/a.png\r\n"])
def test_blanks_around_an_address_are_no_part_of_it(url: str) -> None:
    paths: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        paths.append(handler.path)
        reply(b"x")(handler)

    with serving(answer) as port:
        assert _fetch(port, url) == b"x"
    assert paths == ["/a.png"]


def test_nothing_at_an_address_is_told_apart_from_what_was_there_once() -> None:
    with serving(reply(b"", 404)) as port, pytest.raises(MediaMissing):
        _fetch(port)
    with serving(reply(b"", 410)) as port, pytest.raises(MediaRefused) as refusal:
        _fetch(port)
    assert not isinstance(refusal.value, MediaMissing)


def test_a_service_may_ask_for_a_day_at_most() -> None:
    def wait(header: str) -> float | None:
        return read_retry_after(HttpResponse(status=429, headers={"retry-after": header}))

    assert [wait("7"), wait(" 7 "), wait("9" * 5000), wait("²"), wait("-1"), wait("")] == [
        7,
        7,
        86_400,
        None,
        None,
        None,
    ]
