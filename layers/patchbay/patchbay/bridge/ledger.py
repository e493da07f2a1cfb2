"""The ledger, and what it remembers: of each event, of each part that is out, and of what was carried."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from patchbay.domain.hazards import Hazard
from patchbay.domain.model import Attachment, Delivered, ReceiptState


class Outcome(StrEnum):
    DELIVERED = "delivered"
    FAILED = "failed"  #: the service refused it for good, and its author was notified
    DEAD_LETTERED = "dead-lettered"  #: no more attempts: it waits in the dead-letter queue
    SKIPPED = "skipped"  #: there was nothing to deliver, or the owner discarded it


class Cause(StrEnum):
    """Why a message is in the dead-letter queue: a closed set, which lists, advice and alarms go by."""

    UNCERTAIN = "uncertain"  #: it may have arrived: redriving it may send it twice
    REFUSED = "refused"  #: the service will never take it
    RETRIES_EXHAUSTED = "retries-exhausted"  #: the service failed for as long as we retry
    UNAUTHORIZED = "unauthorized"  #: the owner did not authorize the connection in time
    CLOSED = "closed"  #: no agent was available in time
    NO_CONNECTION = "no-connection"  #: its connection is gone, or links to nothing
    UNREADABLE = "unreadable"  #: not an event that this version reads
    CRASHED = "crashed"  #: handling it failed, or ended the function, again and again
    BEHIND = "behind"  #: it waited behind another message of its conversation, which ended here too


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Our copy of one of a message's files: where it is, and nothing of what it says or is called.

    It is recorded before the file is fetched, so that every stored copy can be found and deleted. `content_type` and
    `size` are known once it is `stored`; one that was `refused` has no copy, for its `hazard` where it is dangerous.
    """

    token: str
    stored: bool = False
    refused: bool = False
    hazard: Hazard | None = None
    content_type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The ledger entry of one event. `delivery_states` says what its states are, and is what changes them.

    `in_flight` is True from the claim until the attempt's end is recorded: when a new claim finds it True, the last
    attempt died or its call timed out, and what it was sending is uncertain. `attempts` counts attempts that failed.
    `unended` counts attempts that have no verdict: the present one, and those that were killed or crashed.
    """

    event_id: str
    attempts: int = 0
    unended: int = 0
    first_attempt_at: datetime
    claimed_at: datetime | None = None  #: when the latest attempt began; None: at `first_attempt_at`
    in_flight: bool = False
    parts: tuple[Delivered, ...] = ()
    uncertain: bool = False  #: some part of it was sent again although it may have been out, so it may be there twice
    uncertain_at: datetime | None = (
        None  #: the earliest time at which what may be out was sent; None: `first_attempt_at`
    )
    resends: int = 0  #: how often that was done
    files: tuple[Copy, ...] = ()
    uploaded: Mapping[str, Attachment] = field(default_factory=dict)  #: by part key: what the service made of a file
    refers_to: tuple[str, ...] | None = None  #: the target's ids of the message that it is about; (): it has none
    split_from: int | None = None  #: the part from which on albums go file by file: the target refused to show one
    target: str = ""  #: the connection that its parts went to
    outcome: Outcome | None = None
    reason: str = ""
    cause: Cause | None = None  #: why it is PARKED
    ended_by: str = ""  #: the event that ended in `outcome`, where its author may send it again
    noticed: bool = False  #: its author was informed that it waits, or the customer that no agent is available
    said_as: str = ""  #: the template that is sent in its place, as name:language

    @property
    def lost_attempts(self) -> int:
        """How many attempts before the present one ended without a verdict."""
        return max(self.unended - 1, 0)

    @property
    def last_attempt_at(self) -> datetime:
        """When the latest attempt began: what it sent went out after that."""
        return self.claimed_at or self.first_attempt_at

    @property
    def uncertain_since(self) -> datetime:
        """The earliest time at which what may be out was sent."""
        return self.uncertain_at or self.first_attempt_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A part that we delivered, found again by its id on the destination, for receipts and echoes."""

    connection_id: str
    external_id: str
    thread: str
    source_connection: str
    source_thread: str
    source_message_id: str
    sent_at: datetime
    state: ReceiptState = ReceiptState.SENT
    closing: bool = True  #: the last part of its message: when it is read, the whole message is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A message that was carried, by its ids on both sides, so that our copies of it can be deleted with it."""

    event_id: str
    platform_ids: tuple[str, ...]
    messenger_ids: tuple[str, ...]
    files: tuple[str, ...] = ()  #: the tokens of our copies


class Ledger(Protocol):
    """What became of every event. It decides nothing: `delivery_states` says how an entry changes.

    Reads and claims are consistent, and a claim is one write that no other writer comes between. None: there is no
    record, because there never was one or because it has expired.
    """

    def claim(self, event_id: str, now: datetime, *, counted: bool = True) -> tuple[Delivery, bool]:
        """Takes the event for an attempt: the entry as it now is, and whether the last attempt was left in flight.

        The attempt counts as unended until `save` says otherwise. With `counted` False it does not, because the process
        that handed the event over has counted it. An entry with an outcome is returned as it is and not claimed.
        """

    def find(self, event_key: str) -> Delivery | None:
        """The entry of an event, which is not claimed."""

    def save(self, delivery: Delivery) -> None:
        """Writes progress, or the end of an attempt or of the event."""

    def of_thread(self, group: str) -> Iterator[Delivery]:
        """The entries of all messages of the thread of this group, in no order."""

    def index(self, sent: Sent, *, by_thread: bool = True) -> None:
        """Makes a part that is out findable by its id on the destination, and by its thread where that is of use."""

    def sent(self, connection_id: str, external_id: str) -> Sent | None:
        """The part with that id; None for one that is not ours, or that is not recorded yet."""

    def sent_before(self, sent: Sent, state: ReceiptState = ReceiptState.READ) -> Iterator[Sent]:
        """Earlier parts of the same thread on the same connection for which `state` is news, oldest first.

        They are fetched while they are consumed, a hundred at a time. A caller that runs out of time may stop: what it
        has advanced by then is not found the next time.

        For READ these are the parts that are not read and have not failed; how far each got is not looked up, so all
        count as SENT. For other states they are those after the last one that got as far: a service whose receipts of a
        state cover earlier parts has none of that state that do not.
        """

    def sent_until(
        self, connection_id: str, thread: str, moment: datetime, state: ReceiptState = ReceiptState.READ
    ) -> Iterator[Sent]:
        """The same for all parts of a thread that were sent until `moment`."""

    def advance(self, sent: Sent, state: ReceiptState) -> bool:
        """Moves a part's state on; False when another writer has moved it as far or further."""

    def is_repetition(self, key: str, event_id: str, at: datetime) -> bool:
        """Whether another event with the same key came within `schedule.REPETITION` seconds of `at`.

        When not, this one is remembered under the key, which begins with the group of its thread.
        """

    def forget(self, event_key: str) -> None:
        """Takes the entry of an event away."""

    def note_erased(self, group: str, at: datetime) -> None:
        """Whatever was written in the thread of this group until now is not to be carried or kept any more."""

    def erased_at(self, group: str) -> datetime | None:
        """When the thread was erased last; None when it was not, or so long ago that nothing of it waits."""

    def note_carried(self, platform_connection: str, conversation: str, carried: Carried) -> None:
        """Remembers a message that went into or out of a platform's conversation."""

    def carried(self, platform_connection: str, conversation: str) -> Sequence[Carried]:
        """What was carried into and out of a platform's conversation."""

    def forget_carried(self, platform_connection: str, conversation: str, event_id: str) -> None: ...
