"""One request and its answer over an open connection, in HTTP/1.1.

http.client would do it too. It reads header lines with the parser of e-mails, which takes as long to load as a webhook
takes to handle, and an eighth of the CPU of a delivered message. What is read here is what AWS's JSON services send.
https://www.rfc-editor.org/rfc/rfc9112
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

_PIECE = 65_536
_LONGEST_LINE = 65_536  #: bytes
_MOST_LINES = 200  #: of one head
_MOST_INTERIM = 10  #: answers such as "100 Continue" before the one that counts
_STATUS_LINE = re.compile(r"(HTTP/1\.[01]) ([1-5][0-9]{2})(?: .*)?")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
_LENGTH, _SIZE = re.compile(r"[0-9]{1,12}"), re.compile(r"[0-9a-fA-F]{1,8}")
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_EMPTY = frozenset({204, 304})  #: statuses of answers that have no body, whatever their headers say


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class BrokenAnswer(Exception):
    """Something else came than a whole answer. The text names the kind of failure, and quotes nothing."""


def write_request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """In one piece: head and body apart are two records of TLS."""
    head = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if not all(line.isascii() and line.isprintable() for line in head):
        raise ValueError("a header of a call to AWS holds what no header can carry")  # quotes nothing: it may be a key
    if method != "CONNECT":
        head += ["accept-encoding: identity", f"content-length: {len(body)}"]
    return "\r\n".join((*head, "", "")).encode() + body


class Reader:
    """Reads answers from a connection, one after the other."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._kept = b""

    def read(self, *, has_body: bool = True) -> tuple[Answer, bool]:
        """The next answer, and whether another one may follow on the connection.

        Raises BrokenAnswer, and OSError where the connection fails or is silent for too long.
        """
        for _ in range(_MOST_INTERIM):
            version, status, headers = self._read_head()
            if status >= 200:
                break
        else:
            raise BrokenAnswer("TooManyAnswers")
        has_end = not has_body or status in _EMPTY or "content-length" in headers or _is_chunked(headers)
        answer = Answer(status=status, headers=headers, body=self._read_body(status, headers) if has_body else b"")
        closes = "close" in headers.get("connection", "").lower() or version == "HTTP/1.0"
        return answer, has_end and not closes and not self._kept

    def _read_head(self) -> tuple[str, int, dict[str, str]]:
        if not self._kept and not self._receive():
            raise BrokenAnswer("RemoteDisconnected")
        first = _STATUS_LINE.fullmatch(self._read_line())
        if not first:
            raise BrokenAnswer("BadStatusLine")
        return first[1], int(first[2]), self._read_headers()

    def _read_headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(_MOST_LINES):
            line = self._read_line()
            if not line:
                return headers
            name, colon, value = line.partition(":")
            name, value = name.lower(), value.strip()
            if not colon or not _NAME.fullmatch(name) or "\r" in line or "\0" in line:
                raise BrokenAnswer("BadHeader")
            if name in _FRAMING and headers.get(name, value) != value:
                raise BrokenAnswer("BadContentLength")
            headers[name] = value
        raise BrokenAnswer("TooManyHeaders")

    def _read_body(self, status: int, headers: Mapping[str, str]) -> bytes:
        if status in _EMPTY:
            return b""
        if _is_chunked(headers):
            return self._read_chunks()
        length = headers.get("content-length")
        if length is None:
            return self._read_rest()
        if not _LENGTH.fullmatch(length):
            raise BrokenAnswer("BadContentLength")
        return self._read_exactly(int(length))

    def _read_chunks(self) -> bytes:
        pieces = []
        while size := self._read_size():
            pieces.append(self._read_exactly(size))
            if self._read_exactly(2) != b"\r\n":
                raise BrokenAnswer("BadChunk")
        self._read_headers()  # those behind the body count for nothing
        return b"".join(pieces)

    def _read_size(self) -> int:
        text = self._read_line().partition(";")[0].strip()
        if not _SIZE.fullmatch(text):
            raise BrokenAnswer("BadChunk")
        return int(text, 16)

    def _read_line(self) -> str:
        while (end := self._kept.find(b"\n")) < 0:
            if len(self._kept) > _LONGEST_LINE:
                raise BrokenAnswer("LineTooLong")
            self._receive_more()
        line, self._kept = self._kept[:end], self._kept[end + 1 :]
        return line.removesuffix(b"\r").decode("latin-1")

    def _read_exactly(self, amount: int) -> bytes:
        pieces, missing = [self._kept[:amount]], amount - len(self._kept)
        self._kept = self._kept[amount:]
        while missing > 0:
            self._receive_more()
            pieces.append(self._kept[:missing])
            missing, self._kept = missing - len(pieces[-1]), self._kept[missing:]
        return b"".join(pieces)

    def _read_rest(self) -> bytes:
        """Until the other side closes the connection."""
        while self._receive():
            pass
        rest, self._kept = self._kept, b""
        return rest

    def _receive_more(self) -> None:
        if not self._receive():
            raise BrokenAnswer("IncompleteRead")

    def _receive(self) -> bool:
        """False at the end."""
        piece = self._connection.recv(_PIECE)
        self._kept += piece
        return bool(piece)


def _is_chunked(headers: Mapping[str, str]) -> bool:
    return headers.get("transfer-encoding", "").lower() == "chunked"
