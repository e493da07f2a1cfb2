"""How simulated services serve what people upload there, as servers on the web do."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import Response

_LINES = re.compile(r"[\x00-\x1f\x7f]+")


def write_name(name: str) -> str:
    """A file's name in an address: one step of the path, whatever is in it."""
    return quote(keep_line(name), safe="")


def keep_line(name: str) -> str:
    """The name as it comes back with an address."""
    return _LINES.sub(" ", name)


def serve(data: bytes, content_type: str) -> Response:
    """With the type that the uploader said, as far as a header can hold it."""
    return Response(data, content_type=keep_line(content_type) or "application/octet-stream")
