"""Lists in pages, and times in queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from flask import request

from playground.services.freshchat.errors import invalid


def show_page(name: str, items: Sequence[Mapping[str, object]], most: int = 100) -> dict[str, object]:
    page, size = read_paging(most=100, usual=most)
    shown = items[(page - 1) * size : page * size]
    pages = max(1, -(-len(items) // size))
    counts = {"total_items": len(items), "total_pages": pages, "current_page": page, "items_per_page": size}
    links = {"first_page": {"href": f"{request.path}?page=1", "rel": "first_page", "method": "GET"}}
    return {name: shown, "pagination": counts, "links": links}


def read_paging(most: int, usual: int | None = None) -> tuple[int, int]:
    page, size = request.args.get("page", "1"), request.args.get("items_per_page", str(usual or most))
    if not (page.isdecimal() and size.isdecimal() and int(page) >= 1 and 1 <= int(size) <= most):
        raise invalid(f"page or items_per_page is wrong (at most {most})")
    return int(page), int(size)


def read_time(text: str | None) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC) if text else None
    except ValueError:
        raise invalid("from_time is not a time") from None
