"""What waits in the parked queue, and the way back. The queue is the truth: nothing here is kept elsewhere.

The queue is FIFO: while messages of a conversation are held, those behind them are not handed out. A look therefore
sees the beginning of every conversation, and taking messages out brings the next ones forward.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING

from patchbay.errors import PatchbayError, Unreadable
from patchbay.events import Event, decode
from patchbay.infra.queue import LargeBodies

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueOutputTypeDef, MessageTypeDef

_HOLD = 120  # seconds that a message stays hidden from others, should the command be killed
_BATCH = 10  # SQS: at most this many in one call
_PATIENCE = 1  # seconds; without waiting, SQS asks some of its servers only and may miss messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """One message of the parked queue. `event` is None when it cannot be read; `reason` says why it was given up."""

    message_id: str
    receipt: str = field(repr=False)
    group: str
    body: str = field(repr=False)
    parked_at: datetime
    reason: str
    event: Event | None = field(repr=False)

    @property
    def id(self) -> str:
        """What the owner calls it: the event's id, which the logs name too."""
        return self.event.id if self.event else self.message_id


class ParkedQueue:
    """Looks into the parked queue and moves messages out of it."""

    def __init__(self, sqs: SQSClient, queue_url: str, parked_url: str, large: LargeBodies) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._parked_url = parked_url
        self._large = large

    def count_parked(self) -> int:
        """About how many messages are parked."""
        return _count(self._sqs, self._parked_url)

    def count_waiting(self) -> int:
        """About how many messages are on their way, those that were put off included."""
        return _count(self._sqs, self._queue_url)

    @contextmanager
    def look(self) -> Iterator[tuple[Parked, ...]]:
        """Holds what can be seen, in order within each conversation; afterwards all that is still there is let go."""
        held: dict[str, Parked] = {}
        try:
            while received := self._receive():
                fresh = {message.message_id: message for message in received if message.message_id not in held}
                if not fresh:
                    break  # the look took longer than the hold
                held |= fresh
            yield tuple(held.values())
        finally:
            self._let_go(held.values())

    def send_back(self, message: Parked) -> None:
        """Puts the message on the events queue again, at the end of its conversation, once however often it is said.

        The parked copy stays until `remove`: should the command die between, the ledger knows what is out already.
        """
        self._sqs.send_message(
            QueueUrl=self._queue_url,
            MessageBody=message.body,
            MessageGroupId=message.group,
            # Another id than the first time, which the queue may still remember.
            MessageDeduplicationId=f"retry-{message.message_id}",
        )

    def remove(self, messages: Sequence[Parked]) -> None:
        """Deletes messages from the parked queue. Raises PatchbayError when some could not be."""
        for batch in batched(messages, _BATCH, strict=False):
            answer = self._sqs.delete_message_batch(
                QueueUrl=self._parked_url,
                Entries=[{"Id": str(number), "ReceiptHandle": item.receipt} for number, item in enumerate(batch)],
            )
            if answer.get("Failed"):
                raise PatchbayError(
                    f"{len(answer['Failed'])} messages could not be taken out of the parked queue: repeat the command "
                    "(nothing is sent twice)"
                )

    def _receive(self) -> list[Parked]:
        answer = self._sqs.receive_message(
            QueueUrl=self._parked_url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=_HOLD,
            WaitTimeSeconds=_PATIENCE,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return [self._read(message) for message in answer.get("Messages", [])]

    def _read(self, message: MessageTypeDef) -> Parked:
        facts = message["Attributes"]
        told = message.get("MessageAttributes", {})
        try:
            event, problem = decode(self._large.restore(message["Body"])), ""
        except Unreadable as error:
            event, problem = None, f"cannot be read: {error}"
        return Parked(
            message_id=message["MessageId"],
            receipt=message["ReceiptHandle"],
            group=facts["MessageGroupId"],
            body=message["Body"],
            parked_at=datetime.fromtimestamp(int(facts["SentTimestamp"]) / 1000, UTC),
            # What SQS itself moved here, after too many receives, carries no reason.
            reason=_reason(told) or problem or "received too often without an outcome: the dispatcher's log says more",
            event=event,
        )

    def _let_go(self, messages: Iterable[Parked]) -> None:
        for batch in batched(messages, _BATCH, strict=False):
            # Those that were removed meanwhile are reported as failed, which is what we want of them.
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._parked_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": item.receipt, "VisibilityTimeout": 0}
                    for number, item in enumerate(batch)
                ],
            )


def _reason(told: Mapping[str, MessageAttributeValueOutputTypeDef]) -> str:
    return told["reason"].get("StringValue", "") if "reason" in told else ""


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
