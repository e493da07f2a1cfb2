"""Amazon SQS FIFO queues in memory, on virtual time: as strict as AWS documents them, and as AWS was seen to be.

What matters to us and what kinder fakes leave out: bodies and attributes hold only what XML 1.0 allows; a message is
deleted without a word when its retention ends, counted from sending, whatever its visibility; it moves to the
dead-letter queue after `max_receives`, and every receive of a batch counts for each of its messages; a receive returns
a group's messages in order up to the first invisible one; receipt handles end with the visibility timeout.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from botocore.exceptions import ClientError

from patchbay.bridge.ports import Clock
from tests.harness.fakes.shelf import Shelf

DEDUPLICATION = timedelta(minutes=5)
RETENTION = timedelta(days=14)
MOST_VISIBILITY = 12 * 3600
MOST_BYTES = 1024 * 1024
MOST_ATTRIBUTES = 10
_FORBIDDEN = re.compile("[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

type Attributes = Mapping[str, Mapping[str, str]]


class SqsError(ClientError):
    def __init__(self, code: str, message: str, operation: str = "Sqs") -> None:
        super().__init__({"Error": {"Code": code, "Message": message}}, operation)
        self.code = code


@dataclass(slots=True)
class StoredMessage:
    """A message as the queue keeps it, `number`ed in the order of sending. `receipt_handle` ends at `visible_at`."""

    id: str
    number: int
    group: str
    deduplication_id: str
    body: str
    attributes: Attributes
    sent_at: datetime
    visible_at: datetime
    receives: int = 0
    received_at: datetime | None = None
    receipt_handle: str = ""


@dataclass(slots=True)
class MemorySqs:
    """One FIFO queue. `expired` are the messages that were deleted when their retention ended: lost for good."""

    clock: Clock
    visibility: float = 1080.0
    max_receives: int = 1000
    dead_letters: MemorySqs | None = None
    expired: list[StoredMessage] = field(default_factory=list)
    deleted: list[StoredMessage] = field(default_factory=list)  #: by whoever received them: they are done
    redriven: list[StoredMessage] = field(default_factory=list)  #: moved to the dead-letter queue by SQS itself
    _shelf: Shelf[StoredMessage] = field(default_factory=Shelf)
    _receipts: dict[str, StoredMessage] = field(default_factory=dict)
    _seen: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def messages(self) -> list[StoredMessage]:
        """What is on the queue, visible or not, in the order of sending."""
        return list(self._shelf)

    def __len__(self) -> int:
        return len(self._shelf)

    def send(self, group: str, deduplication_id: str, body: str, attributes: Attributes | None = None) -> str:
        """Raises SqsError for what SQS refuses."""
        check_contents(body, attributes or {})
        if not (0 < len(group) <= 128 and 0 < len(deduplication_id) <= 128):
            raise SqsError("InvalidParameterValue", "MessageGroupId and MessageDeduplicationId: 1 to 128 characters")
        now = self.clock.now()
        with self._lock:
            last = self._seen.get((group, deduplication_id))
            if last is not None and now - last < DEDUPLICATION:
                return "duplicate"
            self._seen[group, deduplication_id] = now
            number = next(self._numbers)
            message = StoredMessage(
                f"m{number}", number, group, deduplication_id, body, dict(attributes or {}), now, now
            )
            self._shelf.add(message)
            return message.id

    def receive(self, most: int = 10, visibility: float | None = None) -> list[StoredMessage]:
        """Messages of any groups in the order of sending, of each group those before its first invisible one.

        They are hidden for `visibility` seconds, or for as long as the queue says.
        """
        until = self.clock.now() + timedelta(seconds=self.visibility if visibility is None else visibility)
        now = self.clock.now()
        batch: list[StoredMessage] = []
        with self._lock:
            self.tick()
            for message in self._shelf.visible(now):
                if message.receives >= self.max_receives and self.dead_letters is not None:
                    self._redrive(message)
                    continue
                batch.append(self._hand_out(message, now, until))
                if len(batch) == most:
                    break
            return batch

    def change_visibility(self, receipt: str, seconds: int) -> None:
        message = self._in_flight(receipt)
        assert message.received_at is not None
        until = self.clock.now() + timedelta(seconds=seconds)
        if not 0 <= seconds <= MOST_VISIBILITY or until - message.received_at > timedelta(seconds=MOST_VISIBILITY):
            raise SqsError("InvalidParameterValue", "Total VisibilityTimeout for the message is beyond the limit")
        self._shelf.hide(message, until)

    def delete(self, receipt: str) -> None:
        """Deleting what is deleted already is fine; a receipt that has run out is not."""
        with self._lock:
            if receipt not in self._receipts:
                return
            message = self._in_flight(receipt)
            self._take_off(message)
            self.deleted.append(message)

    def discard(self, message: StoredMessage) -> None:
        """Takes it off, whoever holds it."""
        self._take_off(message)

    def clear(self) -> None:
        """Takes everything off, as PurgeQueue does."""
        for message in self.messages:
            self._take_off(message)

    def tick(self) -> None:
        """What SQS does by itself as time passes."""
        now = self.clock.now()
        with self._lock:
            while (oldest := next(iter(self._shelf), None)) is not None and now - oldest.sent_at >= RETENTION:
                self._take_off(oldest)
                self.expired.append(oldest)

    def count(self) -> tuple[int, int]:
        """How many messages are visible, and how many are not."""
        now = self.clock.now()
        with self._lock:
            self.tick()
            hidden = sum(message.visible_at > now for message in self._shelf)
            return len(self._shelf) - hidden, hidden

    def next_visible(self) -> datetime | None:
        """When the next message can be received: of each group the first one counts."""
        with self._lock:
            return self._shelf.next_visible()

    def _hand_out(self, message: StoredMessage, now: datetime, until: datetime) -> StoredMessage:
        self._receipts.pop(message.receipt_handle, None)
        message.receives += 1
        message.received_at = now
        message.receipt_handle = f"{message.id}/{message.receives}"
        self._receipts[message.receipt_handle] = message
        self._shelf.hide(message, until)
        return message

    def _redrive(self, message: StoredMessage) -> None:
        assert self.dead_letters is not None
        self._take_off(message)
        self.redriven.append(message)
        self.dead_letters.send(message.group, message.deduplication_id, message.body, message.attributes)

    def _take_off(self, message: StoredMessage) -> None:
        self._receipts.pop(message.receipt_handle, None)
        self._shelf.remove(message)

    def _in_flight(self, receipt: str) -> StoredMessage:
        with self._lock:
            message = self._receipts.get(receipt)
            if message is None:
                raise SqsError("ReceiptHandleIsInvalid", "The input receipt handle is invalid")
            if message.visible_at <= self.clock.now():
                raise SqsError("InvalidParameterValue", "The receipt handle has expired")
            return message


def check_contents(body: str, attributes: Attributes) -> None:
    """Raises SqsError unless the message is one that SQS takes."""
    texts = [body, *(value["StringValue"] for value in attributes.values())]
    if any(not text for text in texts) or any(_FORBIDDEN.search(text) for text in texts):
        raise SqsError("InvalidMessageContents", "The message contains characters outside the allowed set")
    if measure(body, attributes) > MOST_BYTES or len(attributes) > MOST_ATTRIBUTES:
        raise SqsError("InvalidParameterValue", "One or more parameters are invalid: message must be shorter")


def measure(body: str, attributes: Attributes) -> int:
    """Bytes, as SQS counts them."""
    size = len(body.encode("utf-8", "surrogatepass"))
    for name, value in attributes.items():
        size += len(name.encode()) + len(value["DataType"]) + len(value["StringValue"].encode("utf-8", "surrogatepass"))
    return size


def sent_timestamp(message: StoredMessage) -> str:
    """As SQS gives it: milliseconds."""
    return str(int(message.sent_at.astimezone(UTC).timestamp() * 1000))
