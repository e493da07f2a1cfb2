"""Requests and answers over HTTP/1.1 connections that are kept open."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Protocol
from urllib.parse import urlsplit

from patchbay.aws.api.proxies import proxy_for
from patchbay.aws.api.trust import trust

#: DynamoDB closes connections that are idle for a minute. A function that slept meanwhile may hear of it too late.
IDLE_SECONDS = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class NoAnswer(Exception):
    """The connection failed, or the answer did not come in time or not whole. The text names the kind of failure."""


class Transport(Protocol):
    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Raises NoAnswer."""
        ...


class KeptConnections(Transport):
    """To one host. Threads may share it: each request has a connection to itself.

    `connect` and `read` are the seconds that each may take; `now` is the time of day, for a frozen function's other
    clocks may stand still.
    """

    def __init__(self, endpoint: str, *, connect: float, read: float, now: Callable[[], float] = time.time) -> None:
        self._idle: deque[tuple[HTTPConnection, float]] = deque()
        parts = urlsplit(endpoint)
        self._is_secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._is_secure else 80)
        self._proxy = proxy_for(endpoint)
        self._connect = connect
        self._read = read
        self._now = now
        self._unreached = 0

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """A failure closes the idle connections too: the next attempt shall not meet the same one again."""
        request = _write(method, path, headers, body)
        connection = self._take()
        response = HTTPResponse(connection.sock, method=method)
        try:
            connection.sock.sendall(request)
            response.begin()
            answer = Answer(
                status=response.status,
                headers={name.lower(): value for name, value in response.getheaders()},
                body=response.read(),
            )
        except BaseException as error:
            response.close()
            connection.close()
            self.close()
            if isinstance(error, OSError | HTTPException):
                raise NoAnswer(_kind(error, "ReadTimeout")) from None
            raise
        if response.will_close:
            connection.close()
        else:
            self._idle.append((connection, self._now()))
        return answer

    def open(self) -> None:
        """Connects now rather than with the first request, which may still fail."""
        try:
            self._idle.append((self._make(), self._now()))
        except NoAnswer:
            return

    def close(self) -> None:
        """The idle connections."""
        while self._idle:
            try:
                connection, _ = self._idle.pop()
            except IndexError:
                return  # another thread was faster
            connection.close()

    __del__ = close

    def _take(self) -> HTTPConnection:
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return self._make()
            if 0 <= self._now() - since < IDLE_SECONDS and _is_open(connection, self._read):
                return connection
            connection.close()

    def _make(self) -> HTTPConnection:
        while True:
            context = trust().context if self._is_secure else None
            connection = self._prepare(context)
            try:
                connection.connect()
            except (OSError, HTTPException) as error:
                connection.close()
                if context and isinstance(error, ssl.SSLCertVerificationError) and trust().widen(context):
                    continue
                # http.client has no kind of its own for it, and quotes the proxy's words.
                refused = self._proxy is not None and type(error) is OSError
                raise NoAnswer("ProxyRefused" if refused else _kind(error, "ConnectTimeout")) from None
            connection._create_connection = socket.create_connection  # type: ignore[attr-defined] # no longer of ours
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connection.sock.settimeout(self._read)
            return connection

    def _prepare(self, context: ssl.SSLContext | None) -> HTTPConnection:
        host, port = (self._proxy.host, self._proxy.port) if self._proxy else (self._host, self._port)
        connection = HTTPConnection(host, port) if context is None else HTTPSConnection(host, port, context=context)
        connection.timeout = self._connect
        if self._proxy:
            connection.set_tunnel(self._host, self._port, dict(self._proxy.headers))
        connection._create_connection = self._reach  # type: ignore[attr-defined]
        return connection

    def _reach(self, address: tuple[str, int], *_options: object) -> socket.socket:
        """A host may have several addresses, which share the time. After one that did not answer, another is first."""
        found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
        first = self._unreached % len(found)
        until = time.monotonic() + self._connect
        problem: OSError = TimeoutError()
        for family, kind, protocol, _, place in found[first:] + found[:first]:
            opened = socket.socket(family, kind, protocol)
            opened.settimeout(max(until - time.monotonic(), 0.001))
            try:
                opened.connect(place)
            except OSError as error:
                opened.close()
                problem = error
                if time.monotonic() >= until:
                    break
            else:
                opened.settimeout(self._connect)
                return opened
        self._unreached += 1
        raise problem


def _write(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """In one piece: http.client writes head and body apart, which costs a record of TLS and a sixth of a call's CPU."""
    head = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if not all(line.isascii() and line.isprintable() for line in head):
        raise ValueError("a header of a call to AWS holds what no header can carry")  # quotes nothing: it may be a key
    head += ["accept-encoding: identity", f"content-length: {len(body)}", "", ""]
    return "\r\n".join(head).encode() + body


def _is_open(connection: HTTPConnection, read: float) -> bool:
    """Nothing was asked, so that there is nothing to read, unless the other side has closed the connection meanwhile.

    TLS speaks of its own accord, too: such a message is read, and is no byte of an answer.
    """
    waiting = select.poll()
    waiting.register(connection.sock, select.POLLIN)
    if not waiting.poll(0):
        return True
    connection.sock.settimeout(0)
    try:
        connection.sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    finally:
        connection.sock.settimeout(read)
    return False


def _kind(error: Exception, timeout: str) -> str:
    if isinstance(error, TimeoutError):
        return timeout
    return "UnknownHost" if isinstance(error, socket.gaierror) else type(error).__name__
