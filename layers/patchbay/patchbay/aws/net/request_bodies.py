"""The bodies of requests. Files in them are read while they are sent, so that none is ever held whole."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import IO

from urllib3.fields import RequestField

from patchbay.domain.errors import Transient
from patchbay.kit.contract import Base64File, HttpRequest, Upload

_PIECE = 57 * 1024  #: bytes of a file at a time; a multiple of three, so that base64 pads at the end only


class JsonBody:
    """JSON with files inside: its length is known before the first byte of a file is read."""

    def __init__(self, pieces: list[bytes | Base64File]) -> None:
        self._pieces = pieces

    def __len__(self) -> int:
        return sum(len(piece) if isinstance(piece, bytes) else _encoded_size(piece.size) for piece in self._pieces)

    def __iter__(self) -> Iterator[bytes]:
        """Once: the streams are at their end afterwards."""
        for piece in self._pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from _encode(piece)


class MultipartBody:
    """A form with files, as a browser sends it: its length is known before the first byte of a file is read."""

    def __init__(self, uploads: Sequence[Upload], fields: Mapping[str, str]) -> None:
        boundary = secrets.token_hex(16)  # nobody's file or text can hold it
        self.content_type = f"multipart/form-data; boundary={boundary}"
        written = "".join(_write_field(boundary, name, text) for name, text in fields.items())
        heads = (f"--{boundary}\r\n{_describe_file(upload)}" for upload in uploads)
        self._files = [
            (_encode_text(f"{before}{head}"), _Measured(upload.stream, upload.size))
            for before, head, upload in zip(chain((written,), repeat("\r\n")), heads, uploads, strict=False)
        ]
        self._tail = f"\r\n--{boundary}--\r\n".encode()

    def __len__(self) -> int:
        return sum(len(head) + file.left for head, file in self._files) + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        """Once: the streams are at their end afterwards."""
        for head, file in self._files:
            yield head
            while file.left:
                yield file.read(_PIECE)
        yield self._tail


def encode_body(request: HttpRequest) -> bytes | JsonBody | MultipartBody | Mapping[str, str] | None:
    """JSON as UTF-8: escaped, a Cyrillic letter takes six bytes, and services limit the bytes of a request."""
    if request.files:
        return MultipartBody(request.files, request.form or {})
    if request.json is None:
        return request.form
    files: list[Base64File] = []
    mark = secrets.token_hex(16)  # nobody's text can hold it

    def leave_out(value: object) -> str:
        if not isinstance(value, Base64File):
            raise TypeError(f"{type(value).__name__} cannot be written as JSON")
        files.append(value)
        return value.prefix + mark

    text = json.dumps(request.json, ensure_ascii=False, separators=(",", ":"), default=leave_out)
    if not files:
        return _encode_text(text)
    first, *others = (_encode_text(part) for part in text.split(mark))
    pieces: list[bytes | Base64File] = [first]
    for file, after in zip(files, others, strict=True):
        pieces += [file, after]
    return JsonBody(pieces)


def _describe_file(upload: Upload) -> str:
    field = RequestField(upload.field_name, b"", filename=upload.name)
    field.make_multipart(content_type=upload.content_type)
    return field.render_headers()


def _write_field(boundary: str, name: str, text: str) -> str:
    field = RequestField(name, b"")
    field.make_multipart()
    return f"--{boundary}\r\n{field.render_headers()}{text}\r\n"


def _encode_text(text: str) -> bytes:
    """Half of a surrogate pair, as programs leave it that cut texts carelessly, becomes a replacement character."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _encode(file: Base64File) -> Iterator[bytes]:
    stream = _Measured(file.stream, file.size)
    while stream.left:
        yield base64.b64encode(stream.read(_PIECE))


def _encoded_size(size: int) -> int:
    return 4 * -(-size // 3)


class _Measured:
    """A stream that knows how much of it is left."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self.left = size

    def read(self, amount: int) -> bytes:
        """As much as is asked for, less at the end only.

        Raises Transient if there is less than announced: the request is then incomplete, and no server acts on it.
        """
        wanted = min(amount, self.left)
        piece = bytearray()
        while len(piece) < wanted:
            more = self._read(wanted - len(piece))
            if not more:
                raise Transient("the stored copy of the file ended early")
            piece += more
        self.left -= len(piece)
        return bytes(piece)

    def _read(self, amount: int) -> bytes:
        try:
            return self._stream.read(amount)
        except OSError:
            raise Transient("the stored copy of the file could not be read") from None
