"""boto3's clients of SQS and S3 over what lives in memory: as much of them as Patchbay calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from botocore.exceptions import ClientError

from tests.harness.fakes.line import Line
from tests.harness.fakes.sqs import (
    MOST_BYTES,
    MOST_VISIBILITY,
    Attributes,
    MemorySqs,
    SqsError,
    StoredMessage,
    measure,
    sent_timestamp,
)

MOST_ENTRIES = 10
MOST_WAIT = 20
_BATCH_ERROR = "AWS.SimpleQueueService"


class MemorySqsClient:
    """Over memory queues, by their URLs. `batch_bytes` is 256 KiB on emulators, and was on AWS until 2025."""

    def __init__(
        self, queues: Mapping[str, MemorySqs], *, line: Line | None = None, batch_bytes: int = MOST_BYTES
    ) -> None:
        self._queues = queues
        self._line = line
        self._batch_bytes = batch_bytes
        self.before: Callable[[str], None] = lambda operation: None  #: called before each operation, with its name

    # --- sending -----------------------------------------------------------------------------------------------------

    def send_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - here and below as boto3 calls it
        MessageBody: str,  # noqa: N803
        MessageGroupId: str,  # noqa: N803
        MessageDeduplicationId: str,  # noqa: N803
        MessageAttributes: Attributes | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        with self._call("SendMessage"):
            queue = self._queues[QueueUrl]
            return {"MessageId": queue.send(MessageGroupId, MessageDeduplicationId, MessageBody, MessageAttributes)}

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """An entry that is refused keeps nobody from the queue; a batch above the limits is refused whole."""

        def send(entry: Mapping[str, Any]) -> dict[str, Any]:
            message_id = self._queues[QueueUrl].send(
                entry["MessageGroupId"],
                entry["MessageDeduplicationId"],
                entry["MessageBody"],
                entry.get("MessageAttributes"),
            )
            return {"MessageId": message_id}

        with self._call("SendMessageBatch"):
            sizes = [measure(entry["MessageBody"], entry.get("MessageAttributes") or {}) for entry in Entries]
            if sum(sizes) > self._batch_bytes:
                raise SqsError(f"{_BATCH_ERROR}.BatchRequestTooLong", "Batch requests cannot be longer")
            return _do_each(Entries, send)

    # --- receiving ---------------------------------------------------------------------------------------------------

    def receive_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        MaxNumberOfMessages: int = 1,  # noqa: N803
        VisibilityTimeout: int | None = None,  # noqa: N803
        WaitTimeSeconds: int = 0,  # noqa: N803
        MessageSystemAttributeNames: Sequence[str] = (),  # noqa: N803
        MessageAttributeNames: Sequence[str] = (),  # noqa: N803
        ReceiveRequestAttemptId: str = "",  # noqa: N803
    ) -> dict[str, Any]:
        """Attributes come only when they are asked for, and an answer without messages does not name any."""
        with self._call("ReceiveMessage"):
            if not (1 <= MaxNumberOfMessages <= MOST_ENTRIES and 0 <= WaitTimeSeconds <= MOST_WAIT):
                raise SqsError("InvalidParameterValue", "MaxNumberOfMessages: 1 to 10, WaitTimeSeconds: 0 to 20")
            if not 0 <= (VisibilityTimeout or 0) <= MOST_VISIBILITY:
                raise SqsError("InvalidParameterValue", "VisibilityTimeout: 0 to 43200")
            found = self._queues[QueueUrl].receive(MaxNumberOfMessages, VisibilityTimeout)
            messages = [_describe(one, MessageSystemAttributeNames, MessageAttributeNames) for one in found]
            return {"Messages": messages} if messages else {}

    def change_message_visibility(self, *, QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> dict[str, Any]:  # noqa: N803
        with self._call("ChangeMessageVisibility"):
            self._queues[QueueUrl].change_visibility(ReceiptHandle, VisibilityTimeout)
            return {}

    def change_message_visibility_batch(
        self,
        *,
        QueueUrl: str,  # noqa: N803
        Entries: Sequence[Mapping[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        def change(entry: Mapping[str, Any]) -> dict[str, Any]:
            self._queues[QueueUrl].change_visibility(entry["ReceiptHandle"], entry["VisibilityTimeout"])
            return {}

        with self._call("ChangeMessageVisibilityBatch"):
            return _do_each(Entries, change)

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        with self._call("DeleteMessage"):
            self._queues[QueueUrl].delete(ReceiptHandle)

    def delete_message_batch(self, *, QueueUrl: str, Entries: Sequence[Mapping[str, str]]) -> dict[str, Any]:  # noqa: N803
        def delete(entry: Mapping[str, Any]) -> dict[str, Any]:
            self._queues[QueueUrl].delete(entry["ReceiptHandle"])
            return {}

        with self._call("DeleteMessageBatch"):
            return _do_each(Entries, delete)

    # --- looking -----------------------------------------------------------------------------------------------------

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: Sequence[str]) -> dict[str, Any]:  # noqa: N803
        with self._call("GetQueueAttributes"):
            visible, hidden = self._queues[QueueUrl].count()
            amounts = {
                "ApproximateNumberOfMessages": str(visible),
                "ApproximateNumberOfMessagesNotVisible": str(hidden),
                "ApproximateNumberOfMessagesDelayed": "0",
            }
            return {"Attributes": {name: amounts[name] for name in AttributeNames}}

    @contextmanager
    def _call(self, operation: str) -> Iterator[None]:
        self.before(operation)
        if self._line is None:
            yield
        else:
            with self._line.call(operation):
                yield


def _do_each(entries: Sequence[Mapping[str, Any]], do: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """A batch: an entry that is refused does not concern the others."""
    _check_batch([entry["Id"] for entry in entries])
    answer: dict[str, Any] = {"Successful": [], "Failed": []}
    for entry in entries:
        try:
            done = do(entry)
        except SqsError as error:
            answer["Failed"].append({"Id": entry["Id"], "Code": error.code, "SenderFault": True})
        else:
            answer["Successful"].append({"Id": entry["Id"], **done})
    return answer


def _check_batch(ids: Sequence[str]) -> None:
    if not ids:
        raise SqsError(f"{_BATCH_ERROR}.EmptyBatchRequest", "There should be at least one entry")
    if len(ids) > MOST_ENTRIES:
        raise SqsError(f"{_BATCH_ERROR}.TooManyEntriesInBatchRequest", "Too many entries")
    if len(set(ids)) != len(ids):
        raise SqsError(f"{_BATCH_ERROR}.BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id")


def _describe(message: StoredMessage, system: Sequence[str], own: Sequence[str]) -> dict[str, Any]:
    facts = {
        "MessageGroupId": message.group,
        "MessageDeduplicationId": message.deduplication_id,
        "SentTimestamp": sent_timestamp(message),
        "ApproximateReceiveCount": str(message.receives),
    }
    described: dict[str, Any] = {"MessageId": message.id, "ReceiptHandle": message.receipt_handle, "Body": message.body}
    asked = {name: value for name, value in facts.items() if name in system or "All" in system}
    carried = {name: value for name, value in message.attributes.items() if name in own or "All" in own}
    if asked:
        described["Attributes"] = asked
    if carried:
        described["MessageAttributes"] = carried
    return described


class MemoryObjects:
    """boto3's S3 client over a dictionary: as much of it as large bodies need."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, ContentType: str) -> None:  # noqa: N803
        self.stored[Key] = Body

    def delete_object(self, *, Bucket: str, Key: str) -> None:  # noqa: N803
        self.stored.pop(Key, None)

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if Key not in self.stored:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "gone"}}, "GetObject")
        return {"Body": BytesIO(self.stored[Key])}
