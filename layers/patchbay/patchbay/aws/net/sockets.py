"""Connections that keep to the time of a call, whatever the other side does.

A timeout of a socket counts from byte to byte, so a server that sends one byte every two seconds keeps its reader
for ever. Here every wait of a call (resolving, connecting, sending, each read of headers and body) gets what is left
of the call's seconds and no more.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

CONNECT_TIMEOUT = 3.05  #: for one address: just above the time after which TCP sends its first packet again
_RECORD = 16 * 1024  #: the largest piece that TLS sends in one go

_running: ContextVar[Call | None] = ContextVar("_running", default=None)


class Call:
    """One call: until when it may take (`seconds` from now, never longer than the call that it belongs to).

    `sent` says whether any byte of the request can have arrived.
    """

    def __init__(self, seconds: float, within: Call | None = None) -> None:
        ends_at = time.monotonic() + seconds
        self.ends_at: float = min(ends_at, within.ends_at) if within else ends_at
        self.sent = False

    def seconds_left(self) -> float:
        """Raises TimeoutError when none are left."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call took too long")
        return left

    @contextmanager
    def running(self) -> Iterator[None]:
        """What this thread does meanwhile with the connections of this module belongs to the call."""
        before = _running.set(self)
        try:
            yield
        finally:
            _running.reset(before)


def _keep_time(connected: socket.socket) -> None:
    call = _running.get()
    if call:
        connected.settimeout(call.seconds_left())


class _TimedReader(io.RawIOBase):
    """What comes out of a socket, each read within the time of the call."""

    def __init__(self, stream: io.RawIOBase, connected: socket.socket) -> None:
        self._stream = stream
        self._connected = connected

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        _keep_time(self._connected)
        return self._stream.readinto(buffer)

    def readall(self) -> bytes:
        """Python would do so for a chunk of the length -1, and hold whatever comes in memory."""
        raise http.client.HTTPException("an answer is read piece by piece")

    def close(self) -> None:
        self._stream.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *rest: Any, **named: Any) -> None:
        super().__init__(sock, *rest, **named)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock))

    def begin(self) -> None:
        """Cookies go no further: nothing keeps them, so nothing needs to read what a stranger wrote there."""
        super().begin()
        del self.msg["Set-Cookie"]


class TimedConnection(HTTPConnection):
    response_class = _TimedResponse

    def allows(self, address: Address) -> bool:
        """Whether `address`, one of the host's, may be called."""
        del address
        return True

    def refuse(self) -> Exception:
        """What is raised for a host with an address that may not be called."""
        return NewConnectionError(self, "the host has an address that Patchbay must not call")

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        call = _running.get()
        if call:
            call.sent = True
        view = memoryview(data)
        for start in range(0, len(view), _RECORD):
            _keep_time(self.sock)
            super().send(view[start : start + _RECORD])

    def _new_conn(self) -> socket.socket:
        addresses = self._resolve()
        # One bad answer is enough to refuse all: an honest name has none.
        if not all(self.allows(address) for address in addresses):
            raise self.refuse()
        connected = self._connect(addresses)
        connected.settimeout(_shorten(CONNECT_TIMEOUT))  # for the TLS handshake, which is one wait
        return connected

    def _resolve(self) -> list[Address]:
        """Every address of the host, in the resolver's order. Never empty. The resolver itself knows no timeout."""
        found: Future[list[Address]] = Future()
        threading.Thread(target=_look_up, args=(self.host, self.port, found), daemon=True).start()
        try:
            return found.result(_time_left())
        except TimeoutError:
            raise ConnectTimeoutError(self, "the host name was not resolved in time") from None
        except OSError as error:
            problem = error if isinstance(error, socket.gaierror) else socket.gaierror(str(error))
            raise NameResolutionError(self.host, self, problem) from error

    def _connect(self, addresses: list[Address]) -> socket.socket:
        problem: OSError | None = None
        for address in addresses:
            try:
                return create_connection(
                    (str(address), self.port),
                    _shorten(CONNECT_TIMEOUT),
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except OSError as error:
                problem = error
        failure = ConnectTimeoutError if isinstance(problem, TimeoutError) else NewConnectionError
        raise failure(self, "the host did not answer at any of its addresses") from problem


def _time_left() -> float | None:
    call = _running.get()
    return call.seconds_left() if call else None


def _shorten(seconds: float) -> float:
    left = _time_left()
    return seconds if left is None else min(seconds, left)


def _look_up(host: str, port: int | None, found: Future[list[Address]]) -> None:
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found.set_result(list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0])) for entry in entries)))
    except Exception as error:  # noqa: BLE001  it is raised where a caller waits for it
        found.set_exception(error)


class TimedTlsConnection(TimedConnection, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = TimedConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = TimedTlsConnection


class TimedAdapter(HTTPAdapter):
    """Of `requests`, with the connections of this module. Never retries, and knows no proxy."""

    pools: Mapping[str, type[HTTPConnectionPool]] = {"https": _TlsPool, "http": _Pool}  #: by scheme

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: object) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = dict(self.pools)
