"""The product's own queue code over SQS in memory, behind a line that fails, and Lambda's part of the work."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from patchbay.aws.api.boto import BotoApi
from patchbay.aws.stores.queue import SqsConsumer, SqsProducer
from patchbay.bridge.ports import Clock, Envelope
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.fakes.sqs import Attributes, MemorySqs, SqsError, StoredMessage
from tests.harness.fakes.sqs_client import MemorySqsClient
from tests.soak.faults import Fault, Faults
from tests.soak.stores import Line

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class WatchedSqs(MemorySqs):
    """`places` says for each event when it was queued first, `events` whose each message is.

    A deduplication id may have any beginning that ends in "|" before the event's id.
    """

    def __init__(self, clock: Clock, dead_letters: MemorySqs) -> None:
        super().__init__(clock, dead_letters=dead_letters)
        self.places: dict[str, int] = {}
        self.events: dict[str, str] = {}
        self.on_send: Callable[[], None] = lambda: None

    def send(self, group: str, deduplication_id: str, body: str, attributes: Attributes | None = None) -> str:
        message_id = super().send(group, deduplication_id, body, attributes)
        if message_id != "duplicate":
            event = deduplication_id.rpartition("|")[2]
            self.events[message_id] = event
            self.places.setdefault(event, len(self.events))
            self.on_send()
        return message_id


class SoakQueue(MemoryQueue):
    """`batches` says which events an invocation got together, and when: its batch, and each time that it took more."""

    def __init__(self, clock: Clock, line: Line, faults: Faults) -> None:
        super().__init__(clock)
        self.main = self.watched = WatchedSqs(clock, self.dead)
        self.line = line
        self.batches: dict[int, list[tuple[datetime, frozenset[str]]]] = {}
        self.invocation: Callable[[], int] = lambda: 0  #: the one that is running
        self._faults = faults
        client = cast("SQSClient", line.to(MemorySqsClient({"main": self.main, "dead": self.dead})))
        self._producer = SqsProducer(BotoApi(client), "main", self._large)
        self._consumer = SqsConsumer(BotoApi(client), "main", "dead", self._large, self.telemetry)

    def event_of(self, dead_letter: StoredMessage) -> str:
        known = dead_letter.deduplication_id
        return self.watched.events.get(known.removeprefix("dead-letter-"), known.rpartition("|")[2])

    def cause_of(self, dead_letter: StoredMessage) -> str:
        return dead_letter.attributes.get("cause", {}).get("StringValue", "")

    def reason_of(self, dead_letter: StoredMessage) -> str:
        return dead_letter.attributes.get("reason", {}).get("StringValue", "")

    def body_of(self, dead_letter: StoredMessage) -> str:
        """Whole, however large."""
        return self._large.restore(dead_letter.body)

    def hand_out(self, invocation: int) -> list[Envelope]:
        """A batch for an invocation; nothing while the queue is away."""
        if self.line.is_away:
            return []
        batch = self.receive()
        if batch:
            self._note_batch(invocation, batch)
        return batch

    def take_more(self, most: int) -> Sequence[Envelope]:
        taken = super().take_more(most)
        self._note_batch(self.invocation(), taken)
        return taken

    def _note_batch(self, invocation: int, batch: Sequence[Envelope]) -> None:
        together = frozenset(self.watched.events[envelope.id] for envelope in batch)
        self.batches.setdefault(invocation, []).append((self.clock.now(), together))

    def complete(self, envelopes: Sequence[Envelope], kept: Sequence[str]) -> None:
        """What Lambda could not delete, or not in time, comes again."""
        staying = set(kept)
        for envelope in envelopes:
            if envelope.id in staying or self._faults.strikes(Fault.NOT_DELETED):
                continue
            try:
                self.main.delete(envelope.receipt_handle)
            except SqsError:
                self._faults.note(Fault.NOT_DELETED)
        self.main.deleted.clear()
