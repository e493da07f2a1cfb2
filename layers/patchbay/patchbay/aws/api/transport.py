"""Requests and answers over HTTP/1.1 connections that are kept open."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlsplit

from patchbay.aws.api.exchange import Answer, BrokenAnswer, Reader, write_request
from patchbay.aws.api.proxies import Proxy, proxy_for
from patchbay.aws.api.trust import trust

#: DynamoDB closes connections that are idle for a minute. A function that slept meanwhile may hear of it too late.
IDLE_SECONDS = 45.0


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
        self._idle: deque[tuple[socket.socket, float]] = deque()
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
        request = write_request(method, path, headers, body)
        connection = self._take()
        try:
            connection.sendall(request)
            answer, may_follow = Reader(connection).read()
        except BaseException as error:
            connection.close()
            self.close()
            if isinstance(error, OSError | BrokenAnswer):
                raise NoAnswer(_kind(error, "ReadTimeout")) from None
            raise
        if may_follow:
            self._idle.append((connection, self._now()))
        else:
            connection.close()
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

    def _take(self) -> socket.socket:
        while True:
            try:
                connection, since = self._idle.pop()
            except IndexError:
                return self._make()
            if 0 <= self._now() - since < IDLE_SECONDS and _is_open(connection, self._read):
                return connection
            connection.close()

    def _make(self) -> socket.socket:
        while True:
            context = trust().context if self._is_secure else None
            try:
                connection = self._connect_with(context)
            except (OSError, BrokenAnswer) as error:
                if context and isinstance(error, ssl.SSLCertVerificationError) and trust().widen(context):
                    continue
                raise NoAnswer(_kind(error, "ConnectTimeout")) from None
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(self._read)
            return connection

    def _connect_with(self, context: ssl.SSLContext | None) -> socket.socket:
        place = (self._proxy.host, self._proxy.port) if self._proxy else (self._host, self._port)
        connection = self._reach(place)
        try:
            if self._proxy:
                _pass_through(connection, self._proxy, f"{self._host}:{self._port}")
            return context.wrap_socket(connection, server_hostname=self._host) if context else connection
        except BaseException:
            connection.close()
            raise

    def _reach(self, address: tuple[str, int]) -> socket.socket:
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


def _pass_through(connection: socket.socket, proxy: Proxy, target: str) -> None:
    """Has the proxy pass on whatever follows."""
    connection.sendall(write_request("CONNECT", target, {"host": target, **proxy.headers}, b""))
    answer, _ = Reader(connection).read(has_body=False)
    if answer.status != 200:
        raise BrokenAnswer("ProxyRefused")


def _is_open(connection: socket.socket, read: float) -> bool:
    """Nothing was asked, so that there is nothing to read, unless the other side has closed the connection meanwhile.

    TLS speaks of its own accord, too: such a message is read, and is no byte of an answer.
    """
    waiting = select.poll()
    waiting.register(connection, select.POLLIN)
    if not waiting.poll(0):
        return True
    connection.settimeout(0)
    try:
        connection.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(read)
    return False


def _kind(error: Exception, timeout: str) -> str:
    if isinstance(error, BrokenAnswer):
        return str(error)
    if isinstance(error, TimeoutError):
        return timeout
    return "UnknownHost" if isinstance(error, socket.gaierror) else type(error).__name__
