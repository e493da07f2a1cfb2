"""The product's own queue code over SQS in memory, with what Lambda's event source mapping does with a batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, cast

from patchbay.aws.api.boto import BotoApi
from patchbay.aws.stores.queue import LargeBodies, SqsConsumer, SqsProducer, SqsRecord, read_envelope
from patchbay.bridge.ledger import Cause
from patchbay.bridge.ports import Clock, Envelope
from patchbay.domain.events import Event
from tests.harness.fakes.sqs import MemorySqs, SqsError, StoredMessage, sent_timestamp
from tests.harness.fakes.sqs_client import MemoryObjects, MemorySqsClient
from tests.harness.fakes.telemetry import MemoryTelemetry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


class MemoryQueue:
    """Outbox and inbox in one. `refuse` makes it refuse that many sends, `hang` that many other calls.

    A batch has at most `most` messages, as SQS may hand out fewer than there are. `undeleted` is how many messages that
    are done Lambda fails to delete: they come again when their visibility ends.

    `expired` and `redriven` are what a bridge must never let happen: messages that SQS deleted when their retention
    ended, and messages that it moved to the dead-letter queue by itself, without a reason.
    """

    def __init__(self, clock: Clock, visibility: float = 1080.0, large: LargeBodies | None = None) -> None:
        self.clock = clock
        self.refuse = 0
        self.hang = 0
        self.most = 10
        self.undeleted = 0
        self.dead = MemorySqs(clock)
        self.main = MemorySqs(clock, visibility=visibility, dead_letters=self.dead)
        self.objects = MemoryObjects()
        self.client = MemorySqsClient({"main": self.main, "dead": self.dead})
        self.client.before = self._fail_as_asked
        self._large = large or LargeBodies(lambda: cast("S3Client", self.objects), "bucket")
        client = cast("SQSClient", self.client)
        self._producer = SqsProducer(BotoApi(client), "main", self._large)
        self.telemetry = MemoryTelemetry()
        self._consumer = SqsConsumer(BotoApi(client), "main", "dead", self._large, self.telemetry)
        self._numbers = count(1)

    # --- the ports ---------------------------------------------------------------------------------------------------

    def send(self, events: Sequence[Event]) -> None:
        self._producer.send(events)

    def take_more(self, most: int) -> Sequence[Envelope]:
        return self._consumer.take_more(most)

    def put_off(self, envelope: Envelope, seconds: float) -> None:
        self._consumer.put_off(envelope, seconds)

    def release(self, envelopes: Sequence[Envelope]) -> None:
        self._consumer.release(envelopes)

    def dead_letter(self, envelope: Envelope, reason: str, cause: Cause) -> None:
        self._consumer.dead_letter(envelope, reason, cause)

    def complete_early(self, envelopes: Sequence[Envelope]) -> None:
        self._consumer.complete_early(envelopes)

    # --- the event source mapping ------------------------------------------------------------------------------------

    def receive(self) -> list[Envelope]:
        return [read_envelope(_record(message), self._large) for message in self.main.receive(self.most)]

    def complete(self, envelopes: Sequence[Envelope], kept: Sequence[str]) -> None:
        """After a batch: deletes all but the reported failures."""
        for envelope in envelopes:
            if envelope.id in kept:
                continue
            if self.undeleted:
                self.undeleted -= 1
            else:
                self.main.delete(envelope.receipt_handle)

    # --- what tests ask ----------------------------------------------------------------------------------------------

    def put(self, group: str, deduplication_id: str, body: str) -> None:
        """A message that is no event of ours."""
        self.main.send(group, deduplication_id, body)

    @property
    def parked(self) -> list[tuple[Envelope, str]]:
        """The dead letters, each with its reason; "" for one that SQS moved there by itself."""
        return [(self._envelope(message), _attribute(message, "reason")) for message in self.dead.messages]

    @property
    def causes(self) -> list[str]:
        return [_attribute(message, "cause") for message in self.dead.messages]

    @property
    def expired(self) -> list[StoredMessage]:
        self.main.tick()
        return self.main.expired

    @property
    def redriven(self) -> list[StoredMessage]:
        return self.main.redriven

    def redrive(self) -> None:
        """Puts every dead letter back, oldest first, as the owner's command does."""
        for message in self.dead.messages:
            self.main.send(message.group, f"redrive-{next(self._numbers)}", message.body)
        self.dead.clear()

    def next_visible(self) -> datetime | None:
        return self.main.next_visible()

    def __len__(self) -> int:
        self.main.tick()
        return len(self.main)

    def _envelope(self, message: StoredMessage) -> Envelope:
        return Envelope(
            id=message.id,
            receipt_handle=message.receipt_handle,
            group=message.group,
            body=self._large.restore(message.body),
            enqueued_at=message.sent_at.astimezone(UTC),
            receives=message.receives,
        )

    def _fail_as_asked(self, operation: str) -> None:
        if operation == "SendMessageBatch":
            if self.refuse:
                self.refuse -= 1
                raise SqsError("ServiceUnavailable", "the queue is out of order")
        elif self.hang:
            self.hang -= 1
            raise TimeoutError("the queue does not answer")


def _record(message: StoredMessage) -> SqsRecord:
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": {
            "MessageGroupId": message.group,
            "SentTimestamp": sent_timestamp(message),
            "ApproximateReceiveCount": str(message.receives),
        },
    }


def _attribute(message: StoredMessage, name: str) -> str:
    return message.attributes.get(name, {}).get("StringValue", "")
