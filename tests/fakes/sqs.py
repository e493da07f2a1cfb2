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
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

from patchbay.ports import Clock
from tests.fakes.shelf import Shelf

DEDUPLICATION = timedelta(minutes=5)
RETENTION = timedelta(days=14)
MOST_VISIBILITY = 12 * 3600
MOST_BYTES = 1024 * 1024
MOST_ENTRIES = 10
MOST_ATTRIBUTES = 10
_FORBIDDEN = re.compile("[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

type Attributes = Mapping[str, Mapping[str, str]]


class SqsError(ClientError):
    def __init__(self, code: str, message: str, operation: str = "Sqs") -> None:
        super().__init__({"Error": {"Code": code, "Message": message}}, operation)
        self.code = code


@dataclass(slots=True)
class StoredMessage:
    """A message as the queue keeps it, `number`ed in the order of sending. `receipt` is valid until `visible_at`."""

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
    receipt: str = ""


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

    def receive(self, most: int = 10) -> list[StoredMessage]:
        """Messages of any groups in the order of sending, of each group those before its first invisible one."""
        now = self.clock.now()
        batch: list[StoredMessage] = []
        with self._lock:
            self.tick()
            for message in self._shelf.visible(now):
                if message.receives >= self.max_receives and self.dead_letters is not None:
                    self._redrive(message)
                    continue
                batch.append(self._hand_out(message, now))
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

    def next_visible(self) -> datetime | None:
        """When the next message can be received: of each group the first one counts."""
        with self._lock:
            return self._shelf.next_visible()

    def _hand_out(self, message: StoredMessage, now: datetime) -> StoredMessage:
        self._receipts.pop(message.receipt, None)
        message.receives += 1
        message.received_at = now
        message.receipt = f"{message.id}/{message.receives}"
        self._receipts[message.receipt] = message
        self._shelf.hide(message, now + timedelta(seconds=self.visibility))
        return message

    def _redrive(self, message: StoredMessage) -> None:
        assert self.dead_letters is not None
        self._take_off(message)
        self.redriven.append(message)
        self.dead_letters.send(message.group, message.deduplication_id, message.body, message.attributes)

    def _take_off(self, message: StoredMessage) -> None:
        self._receipts.pop(message.receipt, None)
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
    sizes = [len(body.encode())]
    for name, value in attributes.items():
        sizes += [len(name.encode()), len(value["DataType"]), len(value["StringValue"].encode())]
    if sum(sizes) > MOST_BYTES or len(attributes) > MOST_ATTRIBUTES:
        raise SqsError("InvalidParameterValue", "One or more parameters are invalid: message must be shorter")


class MemorySqsClient:
    """boto3's SQS client over memory queues, by their URLs: as much of it as Patchbay's functions call."""

    def __init__(self, queues: Mapping[str, MemorySqs]) -> None:
        self._queues = queues
        self.before: Callable[[str], None] = lambda operation: None  #: called before each operation, with its name

    def send_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        MessageBody: str,  # noqa: N803
        MessageGroupId: str,  # noqa: N803
        MessageDeduplicationId: str,  # noqa: N803
        MessageAttributes: Attributes | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        self.before("SendMessage")
        queue = self._queues[QueueUrl]
        return {"MessageId": queue.send(MessageGroupId, MessageDeduplicationId, MessageBody, MessageAttributes)}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """An entry that is refused keeps nobody from the queue; a batch above the limits is refused whole."""
        self.before("SendMessageBatch")
        if len(Entries) > MOST_ENTRIES:
            raise SqsError("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "Too many entries")
        if sum(len(entry["MessageBody"].encode("utf-8", "surrogatepass")) for entry in Entries) > MOST_BYTES:
            raise SqsError("AWS.SimpleQueueService.BatchRequestTooLong", "Batch requests cannot be longer")
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in Entries:
            try:
                message_id = self._queues[QueueUrl].send(
                    entry["MessageGroupId"],
                    entry["MessageDeduplicationId"],
                    entry["MessageBody"],
                    entry.get("MessageAttributes"),
                )
            except SqsError as error:
                answer["Failed"].append({"Id": entry["Id"], "Code": error.code, "SenderFault": True})
            else:
                answer["Successful"].append({"Id": entry["Id"], "MessageId": message_id})
        return answer

    def receive_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        MaxNumberOfMessages: int,  # noqa: N803
        MessageSystemAttributeNames: Sequence[str],  # noqa: N803
        ReceiveRequestAttemptId: str,  # noqa: N803
    ) -> dict[str, Any]:
        self.before("ReceiveMessage")
        if not 1 <= MaxNumberOfMessages <= MOST_ENTRIES:
            raise SqsError("InvalidParameterValue", "MaxNumberOfMessages must be between 1 and 10")
        received = self._queues[QueueUrl].receive(MaxNumberOfMessages)
        return {"Messages": [_answer(one) for one in received]} if received else {}

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> None:  # noqa: N803
        self.before("ChangeMessageVisibility")
        self._queues[QueueUrl].change_visibility(ReceiptHandle, VisibilityTimeout)

    def delete_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, str]]) -> dict[str, Any]:  # noqa: N803
        self.before("DeleteMessageBatch")
        if len(Entries) > MOST_ENTRIES:
            raise SqsError("AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "Too many entries")
        answer: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in Entries:
            try:
                self._queues[QueueUrl].delete(entry["ReceiptHandle"])
            except SqsError as error:
                answer["Failed"].append({"Id": entry["Id"], "Code": error.code, "SenderFault": True})
            else:
                answer["Successful"].append({"Id": entry["Id"]})
        return answer


class MemoryObjects:
    """boto3's S3 client over a dictionary: as much of it as large bodies need."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        self.stored[Key] = Body

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if Key not in self.stored:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "gone"}}, "GetObject")
        return {"Body": BytesIO(self.stored[Key])}


def _answer(message: StoredMessage) -> dict[str, Any]:
    facts = system_attributes(message)
    return {"MessageId": message.id, "ReceiptHandle": message.receipt, "Body": message.body, "Attributes": facts}


def system_attributes(message: StoredMessage) -> dict[str, str]:
    return {
        "MessageGroupId": message.group,
        "SentTimestamp": str(int(message.sent_at.astimezone(UTC).timestamp() * 1000)),
        "ApproximateReceiveCount": str(message.receives),
    }
