"""How far a message got, never backwards. Pure."""

from __future__ import annotations

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
