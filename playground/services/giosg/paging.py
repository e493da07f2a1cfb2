"""Lists in pages: behind each page stands an opaque cursor."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from playground.services.giosg.errors import detailed
from playground.services.giosg.records import Json
from playground.services.giosg.state import State


def show_page[T](state: State, items: Sequence[T], show: Callable[[T], Json]) -> Json:
    """`items` are the oldest first; `ordering` with a minus turns them round. Raises ApiError."""
    turned = request.args.get("ordering", "").startswith("-") and not state.quirks.ignores_ordering
    ordered = list(reversed(items)) if turned else list(items)
    size = state.quirks.page_size
    start = _read_cursor()
    return {
        "next": _link(state, start + size) if start + size < len(ordered) else None,
        "previous": _link(state, max(0, start - size)) if start else None,
        "results": [show(item) for item in ordered[start : start + size]],
    }


def _read_cursor() -> int:
    given = request.args.get("cursor")
    if given is None:
        return 0
    try:
        name, _, number = base64.urlsafe_b64decode(given).decode().partition("=")
        if name != "p":
            raise ValueError(name)
        return int(number)
    except (binascii.Error, ValueError):  # UnicodeDecodeError is a ValueError
        raise detailed(404, "Invalid cursor") from None


def _link(state: State, start: int) -> str:
    query: dict[str, Any] = {name: value for name, value in request.args.items() if name != "cursor"}
    if start:
        query["cursor"] = base64.urlsafe_b64encode(f"p={start}".encode()).decode()
    return f"{state.base_url}{request.path}{'?' if query else ''}{urlencode(query)}"
