"""How far a message got, never backwards. Pure."""

from __future__ import annotations

from patchbay.domain.events import Event, ReceiptReceived, TypingChanged
from patchbay.domain.model import ReceiptState

_RANK = {ReceiptState.QUEUED: 0, ReceiptState.SENT: 1, ReceiptState.DELIVERED: 2, ReceiptState.READ: 3}


def advances(current: ReceiptState, reported: ReceiptState) -> bool:
    """Whether `reported` is news after `current`.

    queued < sent < delivered < read. A failure counts only before delivery, and is final unless the message is read
    after all: some services report a failure of one device and then a person reading on another.
    """
    if current is ReceiptState.FAILED:
        return reported is ReceiptState.READ
    if reported is ReceiptState.FAILED:
        return _RANK[current] < _RANK[ReceiptState.DELIVERED]
    return _RANK[reported] > _RANK[current]


def is_swallowed(earlier: Event, later: Event) -> bool:
    """Whether nobody needs `earlier` any more, when `later` is to follow: both are receipts of the same message.

    Failures are not swallowed and swallow nothing. Receipts of all that was sent until a time, which name no message,
    swallow those of an earlier time. Of reports of typing in one thread only the last counts.
    """
    if isinstance(earlier, TypingChanged) and isinstance(later, TypingChanged):
        return (earlier.origin, earlier.thread) == (later.origin, later.thread)
    if not isinstance(earlier, ReceiptReceived) or not isinstance(later, ReceiptReceived):
        return False
    if (earlier.origin, earlier.thread, earlier.message_id) != (later.origin, later.thread, later.message_id):
        return False
    if ReceiptState.FAILED in {earlier.state, later.state} or later.occurred_at < earlier.occurred_at:
        return False
    covers_as_much = later.covers_earlier or not earlier.covers_earlier
    return covers_as_much and (later.state is earlier.state or advances(earlier.state, later.state))
