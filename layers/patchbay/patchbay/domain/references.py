"""What one message says about another: an answer that quotes it, a correction, a reaction, a deletion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Another message, by its id on the service where this one was written.

    `event_id` is the ledger's id of that message's event, where it may have come from there itself. `excerpt` is how
    it begins, if the same webhook says so: it is looked up nowhere, and nothing is stored for it.
    """

    message_id: str
    event_id: str = ""
    excerpt: str = ""


class ChangeKind(StrEnum):
    EDIT = "edit"  #: its author corrected it
    REACTION = "reaction"
    REACTION_REMOVED = "reaction removed"
    DELETION = "deletion"  #: its author took it back, for everybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody does to a message that is there already. It takes the way of a message: in order, once, retried.

    `emoji` is the reaction's; of one that was taken away, "" where the service does not say which it was.
    `written_at` is when the `target` was written, if the webhook says so. `same_files`: only the words of a correction
    are new, and the files in it are those that the `target` had.
    """

    kind: ChangeKind
    target: Reference
    emoji: str = ""
    written_at: datetime | None = None
    same_files: bool = False
