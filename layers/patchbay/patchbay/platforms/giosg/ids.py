"""Ids at Giosg, and our names for its buttons."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VISITOR = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_ACTION = "action:"


def is_visitor(member_id: str) -> bool:
    """Giosg: visitors' ids have no dashes, everybody else's do."""
    return _VISITOR.fullmatch(member_id) is not None


def same_id(one: str, other: str) -> bool:
    """Giosg writes ids in lower case; owners paste them as they find them."""
    return bool(one) and one.strip().lower() == other.strip().lower()


@dataclass(frozen=True, slots=True)
class Action:
    """A button of an attachment of a message. Its value may hold anything, colons too."""

    message_id: str
    attachment_id: str
    action_id: str
    value: str


def write_action(action: Action) -> str:
    """The payload of the button."""
    return f"{_ACTION}{action.message_id}:{action.attachment_id}:{action.action_id}:{action.value}"


def read_action(payload: str) -> Action | None:
    """None for a button of another platform."""
    steps = payload.removeprefix(_ACTION).split(":", 3)
    if not payload.startswith(_ACTION) or len(steps) != 4 or not all(steps[:3]):
        return None
    return Action(*steps)
