"""What every queue does, in memory and on SQS FIFO."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Protocol, cast

import pytest

from patchbay.aws.stores.queue import LargeBodies, SqsConsumer, SqsProducer, SqsRecord, read_envelope
from patchbay.bridge.ledger import Cause
from patchbay.bridge.ports import Envelope, QueueConsumer, QueueProducer
from patchbay.domain.errors import QueueRefused
from patchbay.domain.events import Event, MessageReceived, Origin, decode
from patchbay.domain.model import Message, Role, Sender, Text
from tests.aws import aws
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

ORIGIN = Origin(service="viber", endpoint="viber-main")
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


class Queue(QueueProducer, QueueConsumer, Protocol):
    """A queue with what the event source mapping does."""

    def receive(self) -> Sequence[Envelope]: ...

    def complete(self, envelopes: Sequence[Envelope], kept: Sequence[str]) -> None: ...

    def parked_bodies(self) -> list[tuple[str, str]]: ...


class InMemory(MemoryQueue):
    def parked_bodies(self) -> list[tuple[str, str]]:
        return [(envelope.body, reason) for envelope, reason in self.parked]


class OnSqs(SqsProducer, SqsConsumer):
    def __init__(self, cloud: aws.Aws) -> None:
        self._cloud = cloud
        self.large = LargeBodies(lambda: cloud.s3, aws.BUCKET)
        SqsProducer.__init__(self, cloud.queues, cloud.queue_url, self.large)
        SqsConsumer.__init__(self, cloud.queues, cloud.queue_url, cloud.dead_letter_url, self.large, MemoryTelemetry())

    def receive(self) -> Sequence[Envelope]:
        return [read_envelope(record, self.large) for record in self._records(self._cloud.queue_url)]

    def complete(self, envelopes: Sequence[Envelope], kept: Sequence[str]) -> None:
        """In batches, as Lambda does it: the local AWS refuses to delete a single message twice, SQS does not."""
        done = [{"Id": one.id, "ReceiptHandle": one.receipt_handle} for one in envelopes if one.id not in kept]
        if done:
            self._cloud.sqs.delete_message_batch(QueueUrl=self._cloud.queue_url, Entries=done)  # type: ignore[arg-type]

    def parked_bodies(self) -> list[tuple[str, str]]:
        answer = self._cloud.sqs.receive_message(
            QueueUrl=self._cloud.dead_letter_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )
        return [
            (self.large.restore(one["Body"]), one["MessageAttributes"]["reason"]["StringValue"])
            for one in answer.get("Messages", [])
        ]

    def _records(self, url: str) -> list[SqsRecord]:
        answer = self._cloud.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )
        return [
            cast(
                "SqsRecord",
                {
                    "messageId": one["MessageId"],
                    "receiptHandle": one["ReceiptHandle"],
                    "body": one["Body"],
                    "attributes": one["Attributes"],
                },
            )
            for one in answer.get("Messages", [])
        ]


@pytest.fixture(params=aws.PLACES)
def queue(request: pytest.FixtureRequest) -> Iterator[Queue]:
    if request.param == "memory":
        yield InMemory(VirtualTime())
        return
    with aws.provided(request) as cloud:
        yield OnSqs(cloud)


def message(number: int, thread: str = "zoe", text: str = "Grüße 👋") -> Event:
    said = Message(external_id=str(number), sender=Sender(role=Role.CONTACT), content=(Text(text=text),), sent_at=NOW)
    return MessageReceived(id=f"message-{number}", origin=ORIGIN, thread=thread, occurred_at=NOW, message=said)


def _ids(envelopes: Sequence[Envelope]) -> list[str]:
    return [decode(envelope.body).id for envelope in envelopes]


def test_events_come_out_as_they_went_in_and_in_order(queue: Queue) -> None:
    sent = [message(number) for number in range(5)]
    queue.send(sent)
    envelopes = queue.receive()
    assert [decode(envelope.body) for envelope in envelopes] == sent
    assert {envelope.group for envelope in envelopes} == {sent[0].group}


def test_more_events_than_one_batch_takes_keep_their_order(queue: Queue) -> None:
    queue.send([message(number) for number in range(23)])
    found: list[str] = []
    while envelopes := queue.receive():
        found += _ids(envelopes)
        queue.complete(envelopes, [])
    assert found == [f"message-{number}" for number in range(23)]


def test_the_same_happening_is_on_the_queue_once(queue: Queue) -> None:
    queue.send([message(1), message(1)])
    queue.send([message(1)])
    assert _ids(queue.receive()) == ["message-1"]


def test_sending_nothing_is_nothing(queue: Queue) -> None:
    queue.send([])
    assert queue.receive() == []


ODD = "a\ufffeb\uffffc\x00d\x0be\x1ff\x7fg\ud83dh"


def test_no_character_costs_a_message(queue: Queue) -> None:
    """SQS refuses what XML 1.0 has no place for, once and for all."""
    queue.send([message(1, text=ODD), message(2)])
    first, second = (decode(envelope.body) for envelope in queue.receive())
    assert isinstance(first, MessageReceived)
    assert second == message(2)
    [text] = first.message.content
    assert isinstance(text, Text)
    assert [sign for sign in text.text if sign in "abcdefgh"] == list("abcdefgh")


def test_no_character_of_a_reason_keeps_a_message_from_the_dead_letters(queue: Queue) -> None:
    queue.send([message(1)])
    (envelope,) = queue.receive()
    queue.dead_letter(envelope, "refused: \ufffe\x00\ud83d\uffff", Cause.REFUSED)
    [(body, reason)] = queue.parked_bodies()
    assert body == envelope.body
    assert reason == "refused: \ufffd\ufffd\ufffd\ufffd"


def test_a_long_or_missing_reason_keeps_no_message_from_the_dead_letters(queue: Queue) -> None:
    queue.send([message(1), message(2)])
    first, second = queue.receive()
    queue.dead_letter(first, "🦣" * 5000, Cause.REFUSED)
    queue.dead_letter(second, "", Cause.REFUSED)
    reasons = sorted(len(reason) for _, reason in queue.parked_bodies())
    assert reasons == [7, 1024]


def test_every_receive_is_counted_for_each_message_of_the_batch(queue: Queue) -> None:
    queue.send([message(1), message(2)])
    for times in (1, 2, 3):
        batch = queue.receive()
        assert [envelope.receives for envelope in batch] == [times, times]
        for envelope in batch:
            queue.put_off(envelope, 0)


def test_a_receipt_that_is_out_of_date_defers_nothing_and_harms_nothing(queue: Queue) -> None:
    queue.send([message(1)])
    [old] = queue.receive()
    queue.put_off(old, 0)
    [new] = queue.receive()
    queue.put_off(old, 0)
    queue.complete([new], [])
    queue.put_off(new, 0)
    assert queue.receive() == []


def test_what_is_completed_early_leaves_the_queue_and_completing_it_again_is_nothing(queue: Queue) -> None:
    queue.send([message(number) for number in range(10)])
    batch = queue.receive()
    queue.complete_early(batch[:9])
    queue.complete_early(batch[:9])
    queue.complete(batch, [batch[9].id])
    queue.put_off(batch[9], 0)
    assert _ids(queue.receive()) == ["message-9"]


def test_what_cannot_be_completed_early_is_an_error_and_keeps_nothing_else_from_being_completed() -> None:
    """The time of the first batch has run out, so SQS refuses its receipt handles."""
    clock = VirtualTime()
    queue = InMemory(clock)
    queue.send([message(number, thread=f"person-{number}") for number in range(12)])
    late = queue.receive()[:1]
    clock.advance(1000)
    batch = queue.receive()
    clock.advance(100)
    with pytest.raises(QueueRefused, match=r"the queue did not delete 1 of 3 messages \(InvalidParameterValue\)"):
        queue.complete_early([*late, *batch])
    clock.advance(1000)
    assert _ids(queue.receive()) == [f"message-{number}" for number in range(10)]


def test_a_batch_that_waits_takes_other_groups_messages_from_the_queue(queue: Queue) -> None:
    queue.send([message(number, thread=f"person-{number}") for number in range(3)])
    batch = queue.receive()
    assert len(batch) == 3
    assert not queue.take_more(10)
    queue.send(
        [message(3, thread="person-0"), *(message(number, thread=f"person-{number}") for number in range(4, 16))]
    )
    taken = [*queue.take_more(4)]
    assert len(taken) == 4
    while more := queue.take_more(20):
        assert len(more) <= 10
        taken += more
    assert _ids(taken) == [f"message-{number}" for number in range(4, 16)]
    assert all(envelope.receives == 1 for envelope in taken)
    queue.put_off(taken[0], 0)
    queue.complete_early(taken[1:])
    queue.complete(batch, [])
    assert set(_ids(queue.take_more(10))) == {"message-3", "message-4"}


def test_messages_that_are_released_come_again_at_once_and_in_order(queue: Queue) -> None:
    queue.send([message(number, thread=f"person-{number // 3}") for number in range(9)])
    batch = queue.receive()
    queue.put_off(batch[0], 30)
    queue.release(batch[1:])
    again = _ids(queue.receive())
    assert sorted(again) == [f"message-{number}" for number in range(3, 9)]
    assert [one for one in again if one < "message-6"] == ["message-3", "message-4", "message-5"]


def test_more_messages_than_one_call_takes_are_released(queue: Queue) -> None:
    queue.send([message(number, thread=f"person-{number}") for number in range(14)])
    batch = [*queue.receive(), *queue.receive()]
    queue.release(batch)
    assert sorted(_ids([*queue.receive(), *queue.receive()])) == sorted(_ids(batch))


def test_releasing_nothing_or_what_is_visible_or_gone_is_nothing(queue: Queue) -> None:
    queue.release([])
    queue.send([message(number, thread=f"person-{number}") for number in range(2)])
    seen, done = queue.receive()
    queue.complete([done], [])
    queue.release([seen, done])
    queue.release([seen])
    assert _ids(queue.receive()) == _ids([seen])


def test_a_wait_is_never_longer_than_the_queue_allows(queue: Queue) -> None:
    queue.send([message(1)])
    [envelope] = queue.receive()
    queue.put_off(envelope, 400_000)
    assert queue.receive() == []


def test_an_event_larger_than_the_queue_takes_arrives_whole(queue: Queue) -> None:
    large = message(1, text="🦣" * 100_000)
    queue.send([message(0), large, message(2)])
    assert [decode(envelope.body) for envelope in queue.receive()] == [message(0), large, message(2)]


def test_a_group_waits_for_a_message_that_was_deferred_and_others_do_not(queue: Queue) -> None:
    queue.send([message(1), message(2), message(3, thread="bob")])
    first, second, _ = batch = queue.receive()
    queue.put_off(first, 30)
    queue.put_off(second, 0)
    queue.complete(batch, [first.id, second.id])
    assert _ids(queue.receive()) == []


def test_a_message_that_was_deferred_for_no_time_comes_again_at_once(queue: Queue) -> None:
    queue.send([message(1), message(2)])
    batch = queue.receive()
    for envelope in batch:
        queue.put_off(envelope, 0)
    again = queue.receive()
    assert _ids(again) == ["message-1", "message-2"]
    assert [envelope.id for envelope in again] == [envelope.id for envelope in batch]
    assert [envelope.receipt_handle for envelope in again] != [envelope.receipt_handle for envelope in batch]


def test_a_dead_lettered_message_is_kept_aside_once_with_its_reason(queue: Queue) -> None:
    queue.send([message(1)])
    (envelope,) = queue.receive()
    queue.dead_letter(envelope, "given up after 24 hours", Cause.RETRIES_EXHAUSTED)
    queue.dead_letter(envelope, "given up after 24 hours", Cause.RETRIES_EXHAUSTED)
    assert queue.parked_bodies() == [(envelope.body, "given up after 24 hours")]


def test_a_large_message_is_completed_like_any_other(queue: Queue) -> None:
    queue.send([message(0), message(1, text="🦣" * 100_000)])
    queue.complete_early(queue.receive())
    assert not queue.receive()


def test_a_large_message_can_be_dead_lettered(queue: Queue) -> None:
    queue.send([message(1, text="🦣" * 100_000)])
    (envelope,) = queue.receive()
    queue.dead_letter(envelope, "refused", Cause.REFUSED)
    assert queue.parked_bodies() == [(envelope.body, "refused")]


def test_an_envelope_knows_when_it_was_enqueued(queue: Queue) -> None:
    before = time.time()
    queue.send([message(1)])
    (envelope,) = queue.receive()
    assert envelope.enqueued_at.tzinfo is UTC
    if isinstance(queue, OnSqs):
        assert abs(envelope.enqueued_at.timestamp() - before) < 5
