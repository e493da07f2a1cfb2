"""Requests and answers over HTTP/1.1 connections that are kept open."""

from __future__ import annotations

import select
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Protocol
from urllib.parse import urlsplit


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

    `connect` and `read` are the seconds that each may take.
    """

    def __init__(self, endpoint: str, *, connect: float, read: float) -> None:
        parts = urlsplit(endpoint)
        self._is_secure = parts.scheme == "https"
        self._host = parts.hostname or ""
        self._port = parts.port
        self._connect = connect
        self._read = read
        self._idle: deque[HTTPConnection] = deque()

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            connection = self._take()
        except OSError as error:
            raise NoAnswer(type(error).__name__) from None
        try:
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            answer = Answer(
                status=response.status,
                headers={name.lower(): value for name, value in response.getheaders()},
                body=response.read(),
            )
        except (OSError, HTTPException) as error:
            connection.close()
            raise NoAnswer(type(error).__name__) from None
        if response.will_close:
            connection.close()
        else:
            self._idle.append(connection)
        return answer

    def open(self) -> None:
        """Connects now rather than with the first request, which may still fail."""
        try:
            self._idle.append(self._take())
        except OSError:
            return

    def _take(self) -> HTTPConnection:
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                return self._make()
            if not _is_closed(connection):
                return connection
            connection.close()

    def _make(self) -> HTTPConnection:
        if self._is_secure:
            connection: HTTPConnection = HTTPSConnection(
                self._host, self._port, timeout=self._connect, context=_trust()
            )
        else:
            connection = HTTPConnection(self._host, self._port, timeout=self._connect)
        connection.connect()
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.sock.settimeout(self._read)
        return connection


def _is_closed(connection: HTTPConnection) -> bool:
    """Whether the other side has closed it meanwhile: then there is something to read, though nothing was asked."""
    waiting = select.poll()
    waiting.register(connection.sock, select.POLLIN)
    return bool(waiting.poll(0))


@cache
def _trust() -> ssl.SSLContext:
    """One for all services: to read the roots takes longer than a request."""
    return ssl.create_default_context()
