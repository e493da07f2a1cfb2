"""What all events have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from patchbay.domain.event_ids import group_feedback, group_thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an event came from. `account` is "" when the endpoint serves one connection only."""

    service: str
    endpoint: str
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    id: str
    origin: Origin
    thread: str
    occurred_at: datetime

    @property
    def group(self) -> str:
        """The ordering group: everything of one thread in order, threads side by side."""
        return self.thread_group

    @property
    def thread_group(self) -> str:
        """Under which everything that is kept of one thread is found, and erased."""
        return group_thread(self.origin.endpoint, self.origin.account, self.thread)

    @property
    def ledger_id(self) -> str:
        """The id of what the ledger keeps of it: the same however often it is sent."""
        return self.id

    @property
    def ledger_key(self) -> str:
        """Where the ledger keeps what became of it: beside all else of its thread."""
        return f"{self.thread_group}#{self.ledger_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackEvent(Parsed):
    @property
    def group(self) -> str:
        """Feedback has its own group: a receipt that waits for its message never holds up the next message."""
        return group_feedback(self.origin.endpoint, self.origin.account, self.thread)
