"""Calls to AWS take the proxy that the environment names, with the certificate of AWS checked through it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from botocore.httpsession import ProxyConfiguration
from botocore.utils import get_environ_proxies

from patchbay.aws.api.proxies import proxy_for
from patchbay.aws.api.transport import NoAnswer
from patchbay.domain.errors import Misconfigured
from tests.aws.api.conftest import Connect
from tests.aws.servers import listening, reply, serving

_PROXIES = ("", "http://proxy.example:3128", "proxy.example", "//proxy.example:8080", "http://a%40b:c%3Ad@10.0.0.1:1")
_EXCEPTIONS = (
    "",
    "*",
    "amazonaws.com",
    ".amazonaws.com",
    "sqs.eu-central-1.amazonaws.com:443",
    "example.com,localhost",
)
_TARGETS = ("https://sqs.eu-central-1.amazonaws.com", "https://vpce.example.com:8443", "https://localhost:4566")


@pytest.mark.parametrize("names", [("HTTPS_PROXY", "NO_PROXY"), ("https_proxy", "no_proxy")])
def test_the_same_proxy_is_taken_as_botocore_takes(names: tuple[str, str]) -> None:
    for proxy, exceptions, target in product(_PROXIES, _EXCEPTIONS, _TARGETS):
        with patch.dict("os.environ", {names[0]: proxy, names[1]: exceptions}):
            theirs = ProxyConfiguration(get_environ_proxies(target))
            ours = proxy_for(target)
            address: str | None = theirs.proxy_url_for(target)
        assert (ours is None) == (address is None), (proxy, exceptions, target)
        if ours is None or address is None:
            continue
        place = urlsplit(address)
        assert (ours.host, ours.port) == (place.hostname, place.port or 80)
        assert ours.headers == theirs.proxy_headers_for(address)


def test_plain_http_takes_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    assert proxy_for("http://127.0.0.1:4566") is None


@pytest.mark.parametrize(
    "address", ["https://proxy.example", "socks5://word@proxy.example", "http://proxy.example:word", "http://"]
)
def test_another_kind_of_proxy_is_refused_and_not_quoted(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(Misconfigured) as refused:
        proxy_for("https://sqs.eu-central-1.amazonaws.com")
    assert "word" not in str(refused.value)


@contextmanager
def _proxying(heads: list[bytes], *, status: bytes = b"200 OK") -> Iterator[int]:
    """Passes bytes on to the port of this machine that is asked for."""

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)

    def serve(caller: socket.socket) -> None:
        with caller:
            head = caller.recv(65536)
            heads.append(head)
            caller.sendall(b"HTTP/1.1 " + status + b"\r\n\r\n")
            if status.startswith(b"200"):
                place = head.split()[1].decode().rpartition(":")
                with socket.create_connection((place[0], int(place[2]))) as target:
                    back = threading.Thread(target=pump, args=(target, caller), daemon=True)
                    back.start()
                    pump(caller, target)
                    back.join(5)

    with listening(serve) as port:
        yield port


def test_a_call_goes_through_the_proxy_and_the_proxy_sees_no_more_than_its_own_header(
    connect_to: Connect, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[bytes] = []
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    with serving(reply(b"{}"), certificate) as port, _proxying(heads) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:word@127.0.0.1:{proxy}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        connections = connect_to(port, scheme="https")
        for _ in range(2):
            answer = connections.send("POST", "/", {"host": "localhost", "x-amz-target": "secret"}, b"secret")
            assert answer.status == 200
        connections.close()
    (head,) = heads
    assert head.startswith(f"CONNECT localhost:{port} HTTP/1.".encode())
    assert b"Proxy-Authorization: Basic dXNlcjp3b3Jk" in head
    assert b"secret" not in head


def test_a_proxy_that_refuses_is_no_answer(connect_to: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    with _proxying([], status=b"407 Who are you, word?") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy}")
        monkeypatch.setenv("NO_PROXY", "")
        with pytest.raises(NoAnswer, match=r"^ProxyRefused$"):
            connect_to(443, scheme="https", host="sqs.aws.test").send("POST", "/", {"host": "x"}, b"")
