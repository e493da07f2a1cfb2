"""SQS FIFO queues in memory, as strict as the real ones, for what a thousand messages would take moto minutes.

A receive hands out a group's messages up to the first invisible one, ten at most. A receipt is good until its message
is visible again, and only the latest. What is sent twice within five minutes is one message. Batches hold ten entries
and 256 KiB. `fail_at` breaks off the call of that number, before it has an effect or, with `answer_lost`, after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.support.virtual_time import VirtualTime

_ENTRIES = 10
_BYTES = 256 * 1024
_REMEMBERED = 300.0


class BrokenOff(Exception):
    """The command was killed, or its network was."""


@dataclass(slots=True)
class _Stored:
    id: str
    group: str
    body: str
    attributes: Mapping[str, Any]
    sent_at: float
    visible_at: float = 0.0
    receipt: str = ""


@dataclass(slots=True)
class _Queue:
    messages: dict[str, _Stored] = field(default_factory=dict)
    known: dict[str, float] = field(default_factory=dict)  #: deduplication ids, and when they were sent
    receipts: dict[str, str] = field(default_factory=dict)  #: the message of each


@dataclass
class FakeSqs:
    """A client with the operations that Patchbay's command uses. `per_call` is how long each takes, in seconds."""

    time: VirtualTime = field(default_factory=VirtualTime)
    per_call: float = 0.0
    fail_at: int | None = None
    answer_lost: bool = False
    calls: list[str] = field(default_factory=list)
    _queues: dict[str, _Queue] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def bodies(self, url: str) -> list[str]:
        """All that is on the queue, visible or not, in order."""
        return [message.body for message in self._queue(url).messages.values()]

    def count_visible(self, url: str) -> int:
        return len(self._visible(url, len(self._queue(url).messages)))

    def clear(self, url: str) -> None:
        """As when all was received and deleted."""
        self._queue(url).messages.clear()

    # --- the operations ----------------------------------------------------------------------------------------------

    def send_message(self, QueueUrl: str, **entry: Any) -> dict[str, Any]:  # noqa: N803 - as boto3 calls it
        return self.call("SendMessage", lambda: {"MessageId": self._send(QueueUrl, entry)})

    def send_message_batch(self, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        _check_batch(Entries)
        assert sum(len(str(entry["MessageBody"]).encode()) for entry in Entries) <= _BYTES

        def send() -> dict[str, Any]:
            return {"Successful": [{"Id": one["Id"], "MessageId": self._send(QueueUrl, one)} for one in Entries]}

        return self.call("SendMessageBatch", send)

    def receive_message(
        self,
        QueueUrl: str,  # noqa: N803
        MaxNumberOfMessages: int,  # noqa: N803
        VisibilityTimeout: int,  # noqa: N803
        **_: object,
    ) -> dict[str, Any]:
        assert 1 <= MaxNumberOfMessages <= _ENTRIES

        def receive() -> dict[str, Any]:
            found = self._visible(QueueUrl, MaxNumberOfMessages)
            for message in found:
                message.visible_at = self._now() + VisibilityTimeout
                message.receipt = f"receipt-{next(self._numbers)}"
                self._queue(QueueUrl).receipts[message.receipt] = message.id
            return {"Messages": [_describe(message) for message in found]} if found else {}

        return self.call("ReceiveMessage", receive)

    def delete_message_batch(self, QueueUrl: str, Entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:  # noqa: N803
        _check_batch(Entries)

        def delete() -> dict[str, Any]:
            failed = []
            for entry in Entries:
                message = self._held(QueueUrl, entry["ReceiptHandle"])
                if message is None:
                    failed.append(_refuse(entry))
                else:
                    del self._queue(QueueUrl).messages[message.id]
            return {"Failed": failed}

        return self.call("DeleteMessageBatch", delete)

    def change_message_visibility_batch(
        self,
        QueueUrl: str,  # noqa: N803
        Entries: Sequence[Mapping[str, Any]],  # noqa: N803
    ) -> dict[str, Any]:
        _check_batch(Entries)

        def change() -> dict[str, Any]:
            failed = []
            for entry in Entries:
                message = self._held(QueueUrl, entry["ReceiptHandle"])
                if message is None:
                    failed.append(_refuse(entry))
                else:
                    message.visible_at = self._now() + entry["VisibilityTimeout"]
            return {"Failed": failed}

        return self.call("ChangeMessageVisibilityBatch", change)

    def get_queue_attributes(self, QueueUrl: str, **_: object) -> dict[str, Any]:  # noqa: N803
        amount = str(len(self._queue(QueueUrl).messages))
        return self.call("GetQueueAttributes", lambda: {"Attributes": {"ApproximateNumberOfMessages": amount}})

    # --- the queue ---------------------------------------------------------------------------------------------------

    def call(self, name: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Counts a call, and breaks it off when its turn has come. For other services' calls too."""
        self.calls.append(name)
        self.time.advance(self.per_call)
        breaks = self.fail_at == len(self.calls)
        if breaks and not self.answer_lost:
            raise BrokenOff(name)
        answer = work()
        if breaks:
            raise BrokenOff(name)
        return answer

    def _queue(self, url: str) -> _Queue:
        return self._queues.setdefault(url, _Queue())

    def _now(self) -> float:
        return self.time.now().timestamp()

    def _send(self, url: str, entry: Mapping[str, Any]) -> str:
        queue, now = self._queue(url), self._now()
        key = str(entry["MessageDeduplicationId"])
        if now - queue.known.get(key, -_REMEMBERED) < _REMEMBERED:
            return "the one before"
        queue.known[key] = now
        stored = _Stored(
            id=f"id-{next(self._numbers)}",
            group=str(entry["MessageGroupId"]),
            body=str(entry["MessageBody"]),
            attributes=entry.get("MessageAttributes", {}),
            sent_at=now,
        )
        queue.messages[stored.id] = stored
        return stored.id

    def _visible(self, url: str, most: int) -> list[_Stored]:
        found: list[_Stored] = []
        blocked: set[str] = set()
        now = self._now()
        for message in self._queue(url).messages.values():
            if message.group in blocked:
                continue
            if message.visible_at > now:
                blocked.add(message.group)
                continue
            found.append(message)
            if len(found) == most:
                break
        return found

    def _held(self, url: str, receipt: str) -> _Stored | None:
        queue = self._queue(url)
        message = queue.messages.get(queue.receipts.get(receipt, ""))
        if message is None or message.receipt != receipt or message.visible_at <= self._now():
            return None
        return message


def _check_batch(entries: Sequence[Mapping[str, Any]]) -> None:
    ids = [entry["Id"] for entry in entries]
    assert 1 <= len(ids) <= _ENTRIES
    assert len(set(ids)) == len(ids)


def _refuse(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"Id": entry["Id"], "Code": "ReceiptHandleIsInvalid", "SenderFault": True}


def _describe(message: _Stored) -> dict[str, Any]:
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.receipt,
        "Body": message.body,
        "Attributes": {"MessageGroupId": message.group, "SentTimestamp": str(int(message.sent_at * 1000))},
        "MessageAttributes": message.attributes,
    }
