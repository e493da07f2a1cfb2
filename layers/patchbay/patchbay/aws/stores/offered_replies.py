"""The choices that a customer was offered, as a session keeps them: a save pays for each byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from patchbay.domain.quick_reply import QuickReply


def write_quick_replies(quick_replies: Sequence[QuickReply]) -> list[dict[str, Any]]:
    """By keyboard, and without payloads that are the label again."""
    keyboards = groupby(quick_replies, key=lambda offer: (offer.offered_at, offer.lasting, offer.ended_at))
    return [
        {"at": at.isoformat(), "shown": [_write_quick_reply(offer) for offer in shown], **_write_end(lasting, ended_at)}
        for (at, lasting, ended_at), shown in keyboards
    ]


def read_quick_replies(keyboards: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The fields of each offer."""
    return (_read_quick_reply(keyboard, *offer) for keyboard in keyboards for offer in keyboard["shown"])


def _write_quick_reply(offer: QuickReply) -> list[int | str]:
    known = () if offer.payload == offer.label else (offer.payload,)
    return [offer.number, offer.label, *known]


def _write_end(lasting: bool, ended_at: datetime | None) -> dict[str, Any]:
    return {**({"lasting": True} if lasting else {}), **({"ended": ended_at.isoformat()} if ended_at else {})}


def _read_quick_reply(keyboard: dict[str, Any], number: int, label: str, payload: str | None = None) -> dict[str, Any]:
    return {
        "number": number,
        "label": label,
        "payload": label if payload is None else payload,
        "offered_at": keyboard["at"],
        "lasting": keyboard.get("lasting", False),
        "ended_at": keyboard.get("ended"),
    }
