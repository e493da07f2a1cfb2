"""Messages of agents that wait for the customer to write, and the port that keeps them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from patchbay.bridge.ledger import Outcome
from patchbay.domain.events import MessageReceived
from patchbay.domain.held_place import HeldPlace

MOST_BYTES = 350_000  #: of an event that is held; an item of the table has 400 KB


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One message. `until`: the owner wants it to wait no longer; then it fails.

    `queued`: it is on the queue once more, because the customer has written, or for the last time; `rounds` counts how
    often it was. `taken_by`: the choice of a template, by the id of its event, that says what this message says.
    """

    place: HeldPlace
    event: MessageReceived
    held_at: datetime
    until: datetime
    queued: bool = False
    rounds: int = 0
    taken_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A template as it was offered to an agent, who picks it by its place in the list."""

    name: str
    language: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An agent's message does not go on now: it is held, or it has ended with this `outcome`."""

    outcome: Outcome | None = None
    reason: str = ""


class HeldMessages(Protocol):
    """Reads are consistent. What is held is kept until it is removed, and erased with its contact."""

    def of(self, messenger_connection: str, contact: str) -> Sequence[Held]:
        """In the order in which they were written."""

    def find(self, place: HeldPlace) -> Held | None: ...

    def add(self, held: Held) -> None:
        """Raises Conflict when something is held in this place already."""

    def change(self, held: Held) -> None:
        """Does nothing when it is not held any more."""

    def remove(self, held: Held) -> None:
        """Of one that is gone this is no error."""

    def offer(self, messenger_connection: str, contact: str, choices: Sequence[Choice], until: datetime) -> None:
        """Remembers what an agent may pick, in place of what was offered before."""

    def offered(self, messenger_connection: str, contact: str) -> Sequence[Choice]: ...


class HeldEnds(Protocol):
    """When what is held is to end. For the monitor, which reads nothing of what it says."""

    def overdue(self, now: datetime, most: int) -> Sequence[HeldPlace]:
        """At most `most` messages that were to wait until `now`, the oldest first."""
