"""Who wrote what in a soak: kept by the people who wrote it, not by Patchbay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from patchbay.domain.model import Side
from tests.soak.faults import Fault


@dataclass(frozen=True, slots=True)
class Pair:
    """A customer, and the platform that their messenger is linked to."""

    number: int
    messenger: str  #: the connection
    platform: str
    contact: str

    @property
    def reference(self) -> str:
        return f"pigeon:{self.messenger}:{self.contact}"


@dataclass(frozen=True, slots=True)
class Written:
    """A message. `thread` is where its author wrote it; `words` are how many words it has; `kind` is what is odd."""

    id: str
    pair: Pair
    side: Side
    service: str
    thread: str
    at: datetime
    words: int
    kind: Fault | None
    event: str

    @property
    def text(self) -> str:
        tail = " \ufffe\uffff\x00" if self.kind is Fault.ODD else ""
        return " ".join(f"{self.id}:{number}" for number in range(self.words)) + tail


@dataclass(slots=True)
class Books:
    written: dict[str, Written] = field(default_factory=dict)
    by_event: dict[str, Written] = field(default_factory=dict)
    unreadable: int = 0  #: queue messages that are no events
    failures: dict[str, set[str]] = field(default_factory=dict)  #: by message: the receipts that say it failed

    def add(self, message: Written) -> None:
        self.written[message.id] = message
        self.by_event[message.event] = message

    def kind_of(self, text: str) -> Fault | None:
        """What is odd about the message that a text is of."""
        for message_id, _ in words_of(text):
            return self.written[message_id].kind
        return None


def words_of(text: str) -> Iterator[tuple[str, int]]:
    """Of each word of a message in `text`, the message and the word's number in it."""
    for word in text.split():
        message_id, colon, number = word.partition(":")
        if colon and number.isdigit():
            yield message_id, int(number)
