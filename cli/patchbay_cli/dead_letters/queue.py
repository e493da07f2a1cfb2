"""The dead-letter queue: reading its messages, and moving them back. Nothing of it is stored elsewhere.

The queue is FIFO: while messages of a conversation are held, SQS does not return those behind them. So only the first
messages of every conversation are visible, ten at most, and removing messages makes the next ones visible.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING

from patchbay.aws.stores.queue import MOST_BYTES, LargeBodies, read_pointer
from patchbay.bridge.ledger import Cause
from patchbay.domain.errors import PatchbayError, Unreadable
from patchbay.domain.events import Event, decode

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueOutputTypeDef, MessageTypeDef

_HOLD = 120  # seconds that a message stays hidden from others, should the command be killed
BATCH = 10  # SQS: at most this many in one call
_PATIENCE = 1  # seconds; without waiting, SQS asks some of its servers only and may miss messages
_monotonic = time.monotonic


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One dead letter. `event` is None when it cannot be read; `reason` says why it could not be delivered.

    `enqueued_at` is when it was first put on the events queue, `dead_lettered_at` when it was moved here. `cause` is
    None when the message carries none, for example when SQS itself has moved it.
    """

    message_id: str
    receipt: str = field(repr=False)
    group: str
    body: str = field(repr=False)
    dead_lettered_at: datetime
    enqueued_at: datetime
    cause: Cause | None
    reason: str
    event: Event | None = field(repr=False)

    @property
    def id(self) -> str:
        """The event's id, which the logs show too."""
        return self.event.id if self.event else self.message_id

    @property
    def written_at(self) -> datetime:
        return self.event.occurred_at if self.event else self.enqueued_at


def in_order(messages: Iterable[DeadLetter]) -> list[DeadLetter]:
    """In the order in which they were written, whichever failed first."""
    return sorted(messages, key=lambda message: (message.written_at, message.enqueued_at))


class Holding:
    """Messages that are held: hidden from others until they are removed or released."""

    def __init__(
        self, sqs: SQSClient, url: str, read: Callable[[MessageTypeDef], DeadLetter], large: LargeBodies
    ) -> None:
        self._sqs = sqs
        self._url = url
        self._read = read
        self._large = large
        self._held: dict[str, DeadLetter] = {}
        self._since = _monotonic()

    def __contains__(self, message: DeadLetter) -> bool:
        return message.message_id in self._held

    @property
    def messages(self) -> tuple[DeadLetter, ...]:
        return tuple(self._held.values())

    def receive(self, *, patiently: bool = False) -> list[DeadLetter]:
        """Up to ten messages that were not held yet."""
        self.extend()
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=_HOLD,
            WaitTimeSeconds=_PATIENCE if patiently else 0,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        received = [self._read(message) for message in answer.get("Messages", [])]
        fresh = [message for message in received if message not in self]
        # What comes although it was held was let go by SQS: it is removed by its new receipt.
        self._held |= {message.message_id: message for message in received}
        return fresh

    def extend(self) -> None:
        """Holds on for longer when the hold is half over: what SQS hands out again cannot be removed any more."""
        now = _monotonic()
        if now - self._since < _HOLD / 2:
            return
        self._change_visibility(self.messages, _HOLD)
        self._since = now

    def remove(self, messages: Iterable[DeadLetter]) -> None:
        """Deletes messages from the dead-letter queue, with bodies that are stored in the bucket.

        Raises PatchbayError when some could not be deleted.
        """
        for batch in batched(messages, BATCH, strict=False):
            self.extend()
            receipts = [self._held.get(item.message_id, item).receipt for item in batch]
            answer = self._sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(number), "ReceiptHandle": receipt} for number, receipt in enumerate(receipts)],
            )
            failed = {int(failure["Id"]) for failure in answer.get("Failed", [])}
            for number, item in enumerate(batch):
                if number in failed:
                    continue
                self._held.pop(item.message_id, None)
                if stored := read_pointer(item.body):
                    self._large.remove(stored)
            if failed:
                raise PatchbayError(
                    f"{len(failed)} messages could not be removed from the dead-letter queue: run the command again "
                    "(no message is sent twice)"
                )

    def release(self, messages: Iterable[DeadLetter]) -> None:
        """Makes messages visible to others again, and to the next receive."""
        held = [self._held.pop(message.message_id) for message in messages if message in self]
        self._change_visibility(held, 0)

    def _change_visibility(self, messages: Iterable[DeadLetter], seconds: int) -> None:
        for batch in batched(messages, BATCH, strict=False):
            # A failure means that the message is visible again already: the next receive brings it, with a new receipt.
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": item.receipt, "VisibilityTimeout": seconds}
                    for number, item in enumerate(batch)
                ],
            )


class DeadLetterQueue:
    """Reads the dead-letter queue and moves messages out of it."""

    def __init__(self, sqs: SQSClient, queue_url: str, dead_letter_url: str, large: LargeBodies) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._url = dead_letter_url
        self._large = large

    def count_dead_letters(self) -> int:
        """The approximate number of dead letters."""
        return _count(self._sqs, self._url)

    def count_waiting(self) -> int:
        """The approximate number of messages on the events queue, including those that wait for a retry."""
        return _count(self._sqs, self._queue_url)

    @contextmanager
    def hold(self) -> Iterator[Holding]:
        """Afterwards everything that is still held is released."""
        holding = Holding(self._sqs, self._url, self._read, self._large)
        try:
            yield holding
        finally:
            holding.release(holding.messages)

    @contextmanager
    def look(self, enough: Callable[[Sequence[DeadLetter]], bool] = lambda _: False) -> Iterator[Holding]:
        """Holds all visible messages, or as many as are `enough`; afterwards those still there are released."""
        with self.hold() as holding:
            patiently = True
            while holding.receive(patiently=patiently) and not enough(holding.messages):
                patiently = False
            yield holding

    def send_back(self, messages: Sequence[DeadLetter]) -> None:
        """Puts messages on the events queue again, in order, each once however often it is sent within five minutes.

        The copies here stay until they are removed: if the command dies in between, the ledger knows what was sent.
        Raises PatchbayError at the first batch that is not accepted as a whole.
        """
        for batch in _fitting(messages):
            answer = self._sqs.send_message_batch(
                QueueUrl=self._queue_url,
                Entries=[
                    {
                        "Id": str(number),
                        # A body in the bucket is stored again, and so gets an expiry time of its own.
                        "MessageBody": self._large.shrink(self._large.restore(message.body), message.group),
                        "MessageGroupId": message.group,
                        # Another id than the first time, which the queue may still remember.
                        "MessageDeduplicationId": f"redrive-{message.message_id}",
                    }
                    for number, message in enumerate(batch)
                ],
            )
            if answer.get("Failed"):
                raise PatchbayError(
                    f"the events queue did not accept {len(answer['Failed'])} messages "
                    f"({answer['Failed'][0]['Code']}). They stay in the dead-letter queue: run the command again (no "
                    "message is sent twice)"
                )

    def _read(self, message: MessageTypeDef) -> DeadLetter:
        facts = message["Attributes"]
        carried = message.get("MessageAttributes", {})
        dead_lettered_at = datetime.fromtimestamp(int(facts["SentTimestamp"]) / 1000, UTC)
        try:
            event, problem = decode(self._large.restore(message["Body"])), ""
        except Unreadable as error:
            event, problem = None, f"cannot be read: {error}"
        return DeadLetter(
            message_id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            group=facts["MessageGroupId"],
            body=message["Body"],
            dead_lettered_at=dead_lettered_at,
            enqueued_at=_time(_text(carried, "enqueued_at")) or dead_lettered_at,
            cause=_cause(_text(carried, "cause")) or (None if event else Cause.UNREADABLE),
            reason=_text(carried, "reason")
            or problem
            # SQS itself gives no reason when it moves a message here after too many receives.
            or "received too often without an outcome; see the dispatcher's log",
            event=event,
        )


def _fitting(messages: Iterable[DeadLetter]) -> Iterator[list[DeadLetter]]:
    """In order, each batch within the queue's limits of count and size."""
    batch: list[DeadLetter] = []
    total = 0
    for message in messages:
        size = len(message.body.encode())
        if batch and (len(batch) == BATCH or total + size > MOST_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(message)
        total += size
    if batch:
        yield batch


def _text(carried: Mapping[str, MessageAttributeValueOutputTypeDef], name: str) -> str:
    return carried[name].get("StringValue", "") if name in carried else ""


def _cause(value: str) -> Cause | None:
    """None also for one that a later version may have written."""
    return Cause(value) if value in {cause.value for cause in Cause} else None


def _time(value: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else None


def _count(sqs: SQSClient, url: str) -> int:
    answer = sqs.get_queue_attributes(
        QueueUrl=url,
        AttributeNames=[
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        ],
    )
    return sum(int(amount) for amount in answer["Attributes"].values())
