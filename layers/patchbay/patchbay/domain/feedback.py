"""What happens to a message after it was sent, and typing: what one side may want to hear of the other."""

from __future__ import annotations

from enum import StrEnum


class FeedbackKind(StrEnum):
    """The kinds of receipts, which are named like `ReceiptState`, and typing."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    TYPING = "typing"


#: Wanted everywhere: a failure that no author can be informed of concerns the owner.
ALWAYS_WANTED = frozenset({FeedbackKind.FAILED})


def is_wanted(kind: FeedbackKind, wanted: frozenset[FeedbackKind] | None) -> bool:
    """`wanted` None: nobody has found out yet, so everything is."""
    return wanted is None or kind in wanted or kind in ALWAYS_WANTED
