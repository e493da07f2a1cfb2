"""Ids of events, and the groups in which they are ordered: hashes of the services' own ids. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from patchbay.domain.events import Origin


def group_thread(endpoint: str, account: str, thread: str) -> str:
    """The ordering group of a thread's messages."""
    return _digest(endpoint, account, thread)


def group_feedback(endpoint: str, account: str, thread: str) -> str:
    """The ordering group of a thread's receipts and the like."""
    return _digest(endpoint, account, thread, "feedback")


def group_typing(endpoint: str, account: str, thread: str) -> str:
    """The ordering group of the reports that somebody is typing in a thread."""
    return _digest(endpoint, account, thread, "typing")


def make_event_id(kind: str, origin: Origin, *external_ids: str) -> str:
    """The same id for the same event, however often the service reports it."""
    return f"{kind}-{_digest(origin.endpoint, origin.account, kind, *external_ids)}"


def _digest(*words: str) -> str:
    """32 hex digits; the length of each word is part of it, so that ("a", "bc") and ("ab", "c") differ."""
    text = "".join(f"{len(word)}:{word}" for word in words)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
