"""The SQS FIFO queue: events in, envelopes out, and the dead letters.

An event that is too large for the queue is kept in S3, and a pointer to it travels instead.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict
from uuid import uuid4

from patchbay.aws.api.contract import AwsApi, AwsError, Json
from patchbay.aws.stores.file_store import calling
from patchbay.bridge.ports import Envelope, QueueConsumer, QueueProducer, Telemetry
from patchbay.domain.errors import QueueRefused
from patchbay.domain.events import VERSION, Event, encode

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from patchbay.bridge.ledger import Cause

# SQS takes 1 MiB a batch since 2025 and took 256 KiB before, as its emulators still do; attributes count too.
MOST_BYTES = 240 * 1024
MOST_ENTRIES = 10
EVENTS = "events/"  #: of the bucket
MOST_REASON = 1024  #: characters
# What XML 1.0 has no place for: SQS refuses a message that holds one of these, for good. To compile the opposite, what
# it has a place for, takes seven times as long.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# SQS: invisible for twelve hours at most, counted from when the message was received.
MOST_SECONDS = 11.5 * 3600
_GONE = frozenset({"NoSuchKey", "404"})
# The message is visible again already, which is what was wanted sooner or later. Its receipt may be out of date too.
_VISIBLE = frozenset(
    {
        "MessageNotInflight",
        "AWS.SimpleQueueService.MessageNotInflight",
        "ReceiptHandleIsInvalid",
        "InvalidParameterValue",
    }
)
_DELETED = "ReceiptHandleIsInvalid"  #: what emulators say of a message that is deleted already; SQS says nothing


class SqsAttributes(TypedDict, total=False):
    MessageGroupId: str
    SentTimestamp: str
    ApproximateReceiveCount: str


class SqsRecord(TypedDict):
    """One message as Lambda hands it over."""

    messageId: str
    receiptHandle: str
    body: str
    attributes: SqsAttributes


class LargeBodies:
    """Bodies that do not fit on the queue. Each lies below the group of its message, and goes when the message does."""

    def __init__(self, s3: Callable[[], S3Client], bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def shrink(self, body: str, group: str) -> str:
        """The body, or a pointer to it when it is too large."""
        content = body.encode()
        if len(content) <= MOST_BYTES:
            return body
        key = f"{EVENTS}{group}/{uuid4().hex}.json"
        with calling("PutObject"):
            self._s3().put_object(Bucket=self._bucket, Key=key, Body=content, ContentType="application/json")
        return json.dumps({"version": VERSION, "stored": key})

    def remove(self, key: str) -> None:
        with calling("DeleteObject"):
            self._s3().delete_object(Bucket=self._bucket, Key=key)

    def restore(self, body: str) -> str:
        """What `shrink` was given. A pointer whose object is gone stays a pointer, which is no event."""
        key = read_pointer(body)
        if not key:
            return body
        try:
            with calling("GetObject"):
                return self._s3().get_object(Bucket=self._bucket, Key=key)["Body"].read().decode()
        except AwsError as error:
            if error.code in _GONE:
                return body
            raise


class SqsProducer(QueueProducer):
    def __init__(self, api: AwsApi, queue_url: str, large: LargeBodies) -> None:
        self._api = api
        self._queue_url = queue_url
        self._large = large

    def send(self, events: Sequence[Event]) -> None:
        """Stops at the first batch that is not taken whole: what follows must not overtake what is missing."""
        try:
            for batch in _batches([self._entry(event) for event in events]):
                self._send(batch)
        except AwsError as error:
            raise QueueRefused(f"the queue did not answer ({error.code})") from error

    def _entry(self, event: Event) -> Json:
        return {
            "Id": "0",
            "MessageBody": self._large.shrink(clean_body(encode(event)), event.group),
            "MessageGroupId": event.group,
            "MessageDeduplicationId": event.id,
        }

    def _send(self, entries: list[Json]) -> None:
        for number, entry in enumerate(entries):
            entry["Id"] = str(number)
        answer = self._api.call("SendMessageBatch", {"QueueUrl": self._queue_url, "Entries": entries})
        failed = answer.get("Failed", [])
        if failed:
            raise QueueRefused(f"the queue did not take {len(failed)} of {len(entries)} events ({failed[0]['Code']})")


class SqsConsumer(QueueConsumer):
    def __init__(
        self, api: AwsApi, queue_url: str, dead_letter_url: str, large: LargeBodies, telemetry: Telemetry
    ) -> None:
        self._api = api
        self._queue_url = queue_url
        self._dead_letter_url = dead_letter_url
        self._large = large
        self._telemetry = telemetry

    def take_more(self, most: int) -> Sequence[Envelope]:
        answer = self._api.call(
            "ReceiveMessage",
            {
                "QueueUrl": self._queue_url,
                "MaxNumberOfMessages": min(most, MOST_ENTRIES),
                "MessageSystemAttributeNames": ["All"],
                "ReceiveRequestAttemptId": str(uuid4()),  # a receive whose answer got lost is repeated by the client
            },
        )
        records = [_record(message) for message in answer.get("Messages", [])]
        return read_records(records, self._large, self._telemetry)[0]

    def put_off(self, envelope: Envelope, seconds: float) -> None:
        timeout = math.ceil(min(max(seconds, 0), MOST_SECONDS))
        try:
            self._api.call(
                "ChangeMessageVisibility",
                {
                    "QueueUrl": self._queue_url,
                    "ReceiptHandle": envelope.receipt_handle,
                    "VisibilityTimeout": timeout,
                },
            )
        except AwsError as error:
            if error.code not in _VISIBLE:
                raise

    def release(self, envelopes: Sequence[Envelope]) -> None:
        for start in range(0, len(envelopes), MOST_ENTRIES):
            batch = envelopes[start : start + MOST_ENTRIES]
            entries = [
                {"Id": str(number), "ReceiptHandle": one.receipt_handle, "VisibilityTimeout": 0}
                for number, one in enumerate(batch)
            ]
            answer = self._api.call("ChangeMessageVisibilityBatch", {"QueueUrl": self._queue_url, "Entries": entries})
            failed = [one["Code"] for one in answer.get("Failed", []) if one["Code"] not in _VISIBLE]
            if failed:
                raise QueueRefused(f"the queue did not release {len(failed)} of {len(batch)} messages ({failed[0]})")

    def complete_early(self, envelopes: Sequence[Envelope]) -> None:
        """One that cannot be deleted comes again: until then it keeps its stored body."""
        problems: list[str] = []
        for start in range(0, len(envelopes), MOST_ENTRIES):
            batch = envelopes[start : start + MOST_ENTRIES]
            entries = [{"Id": str(number), "ReceiptHandle": one.receipt_handle} for number, one in enumerate(batch)]
            answer = self._api.call("DeleteMessageBatch", {"QueueUrl": self._queue_url, "Entries": entries})
            failed = {one["Id"]: str(one["Code"]) for one in answer.get("Failed", [])}
            problems += [code for code in failed.values() if code != _DELETED]
            for number, one in enumerate(batch):
                if one.stored and str(number) not in failed:
                    self._large.remove(one.stored)
        if problems:
            raise QueueRefused(f"the queue did not delete {len(problems)} of {len(envelopes)} messages ({problems[0]})")

    def dead_letter(self, envelope: Envelope, reason: str, cause: Cause) -> None:
        """Parking the same receive twice is one copy; a message that was retried and fails again has another id."""
        attributes = {
            "reason": clean_body(reason[:MOST_REASON]) or "unknown",
            "cause": cause.value,
            "enqueued_at": envelope.enqueued_at.isoformat(),
        }
        self._api.call(
            "SendMessage",
            {
                "QueueUrl": self._dead_letter_url,
                "MessageBody": self._large.shrink(clean_body(envelope.body), envelope.group),
                "MessageGroupId": envelope.group,
                "MessageDeduplicationId": f"dead-letter-{envelope.id}",
                "MessageAttributes": {
                    name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
                },
            },
        )


def _record(message: Json) -> SqsRecord:
    attributes = message["Attributes"]
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {
            "MessageGroupId": attributes["MessageGroupId"],
            "SentTimestamp": attributes["SentTimestamp"],
            "ApproximateReceiveCount": attributes["ApproximateReceiveCount"],
        },
    }


def read_envelope(record: SqsRecord, large: LargeBodies) -> Envelope:
    attributes = record["attributes"]
    sent = int(attributes["SentTimestamp"]) / 1000
    return Envelope(
        id=record["messageId"],
        receipt_handle=record["receiptHandle"],
        group=attributes["MessageGroupId"],
        body=large.restore(record["body"]),
        stored=read_pointer(record["body"]),
        enqueued_at=datetime.fromtimestamp(sent, UTC),
        receives=int(attributes.get("ApproximateReceiveCount", "1")),
    )


def read_records(
    records: Sequence[SqsRecord], large: LargeBodies, telemetry: Telemetry
) -> tuple[list[Envelope], list[str]]:
    """The envelopes, and the ids of messages that must wait because a stored body could not be read just now.

    What follows such a message in its group waits with it, or it would be overtaken.
    """
    envelopes: list[Envelope] = []
    unread: list[str] = []
    waiting: set[str] = set()
    for record in records:
        group = record["attributes"]["MessageGroupId"]
        if group not in waiting:
            try:
                envelopes.append(read_envelope(record, large))
                continue
            except AwsError as error:
                telemetry.error("stored event not read", message_id=record["messageId"], error=error.code)
                waiting.add(group)
        unread.append(record["messageId"])
    return envelopes, unread


def clean_body(text: str) -> str:
    """`text` with U+FFFD for each character that the queue refuses: one odd sign must not cost a message."""
    return _FORBIDDEN.sub("\ufffd", text)


def read_pointer(body: str) -> str:
    """Where the body lies that this one points to; "" for one that is no pointer."""
    if len(body) > 1024 or '"stored"' not in body:
        return ""
    try:
        document: object = json.loads(body)
    except ValueError:
        return ""
    key = document.get("stored") if isinstance(document, Mapping) else None
    return key if isinstance(key, str) and key.startswith(EVENTS) else ""


def _batches(
    entries: Sequence[Json],
) -> Iterator[list[Json]]:
    """In order, each within the queue's limits of count and size."""
    batch: list[Json] = []
    total = 0
    for entry in entries:
        size = len(entry["MessageBody"].encode())
        if batch and (len(batch) == MOST_ENTRIES or total + size > MOST_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(entry)
        total += size
    if batch:
        yield batch
