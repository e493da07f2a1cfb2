"""The queue in memory is as strict as SQS is documented to be: a kinder one hides faults."""

from __future__ import annotations

from random import Random

import pytest

from tests.harness.fakes.line import BrokenOff, Line
from tests.harness.fakes.sqs import MemorySqs, SqsError
from tests.harness.fakes.sqs_client import MemorySqsClient
from tests.harness.virtual_time import VirtualTime

DAY = 24 * 3600.0


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def queue(time: VirtualTime) -> MemorySqs:
    return MemorySqs(time, visibility=60, max_receives=3, dead_letters=MemorySqs(time))


def send(queue: MemorySqs, *names: str, group: str = "g") -> None:
    for name in names:
        queue.send(group, name, name)


def bodies(queue: MemorySqs) -> list[str]:
    return [message.body for message in queue.receive()]


@pytest.mark.parametrize("sign", ["\x00", "\x08", "\x0b", "\x1f", "\ufffe", "\uffff", "\ud83d"])
def test_what_xml_has_no_place_for_is_refused_in_bodies_and_attributes(queue: MemorySqs, sign: str) -> None:
    with pytest.raises(SqsError, match="InvalidMessageContents"):
        queue.send("g", "1", f"a{sign}")
    with pytest.raises(SqsError, match="InvalidMessageContents"):
        queue.send("g", "1", "a", {"reason": {"DataType": "String", "StringValue": f"a{sign}"}})


@pytest.mark.parametrize("sign", ["\t", "\n", "\r", "\x7f", "\u0085", "\ufdd0", "\ufffd", "🦣", "\U0010ffff"])
def test_what_xml_allows_is_taken(queue: MemorySqs, sign: str) -> None:
    queue.send("g", "1", sign)
    assert bodies(queue) == [sign]


def test_a_body_above_the_limit_is_refused(queue: MemorySqs) -> None:
    with pytest.raises(SqsError, match="shorter"):
        queue.send("g", "1", "ä" * (512 * 1024 + 1))


def test_a_message_is_deleted_two_weeks_after_it_was_sent_whatever_its_visibility(
    queue: MemorySqs, time: VirtualTime
) -> None:
    send(queue, "a")
    for _ in range(28):
        for message in queue.receive():
            message.receives = 0
            queue.change_visibility(message.receipt_handle, 12 * 3600)
        time.advance(DAY / 2)
    assert queue.receive() == []
    assert [message.body for message in queue.expired] == ["a"]


def test_every_receive_of_a_batch_counts_until_the_queue_moves_all_of_it_without_a_reason(
    queue: MemorySqs, time: VirtualTime
) -> None:
    send(queue, "a", "b")
    for _ in range(3):
        assert bodies(queue) == ["a", "b"]
        time.advance(60)
    assert bodies(queue) == []
    assert queue.dead_letters is not None
    assert [(message.body, message.attributes) for message in queue.dead_letters.messages] == [("a", {}), ("b", {})]


def test_a_group_is_handed_out_up_to_its_first_hidden_message(queue: MemorySqs) -> None:
    """Seen on AWS: a message that is made visible comes again although a later one of its group is in flight."""
    send(queue, "a", "b", "c")
    a, b, _ = queue.receive()
    queue.change_visibility(a.receipt_handle, 0)
    assert bodies(queue) == ["a"]
    queue.change_visibility(b.receipt_handle, 0)
    assert bodies(queue) == []  # a is in flight again


def test_a_receipt_ends_with_the_visibility_timeout(queue: MemorySqs, time: VirtualTime) -> None:
    send(queue, "a")
    [message] = queue.receive()
    time.advance(60)
    with pytest.raises(SqsError, match="expired"):
        queue.delete(message.receipt_handle)
    with pytest.raises(SqsError, match="expired"):
        queue.change_visibility(message.receipt_handle, 0)


def test_no_message_is_hidden_for_more_than_twelve_hours_from_its_receive(queue: MemorySqs, time: VirtualTime) -> None:
    send(queue, "a")
    [message] = queue.receive()
    time.advance(30)
    with pytest.raises(SqsError, match="VisibilityTimeout"):
        queue.change_visibility(message.receipt_handle, 12 * 3600)
    queue.change_visibility(message.receipt_handle, 12 * 3600 - 30)


def test_the_same_id_is_taken_once_in_five_minutes(queue: MemorySqs, time: VirtualTime) -> None:
    send(queue, "a", "a")
    time.advance(299)
    send(queue, "a")
    assert len(queue.messages) == 1
    time.advance(1)
    send(queue, "a")
    assert len(queue.messages) == 2


def test_groups_are_handed_out_in_the_order_of_sending_each_until_its_first_hidden_message(
    queue: MemorySqs, time: VirtualTime
) -> None:
    """What an index finds is what a look at every message finds."""
    chance = Random(5)
    queue.max_receives = 1000
    for number in range(300):
        queue.send(f"g{chance.randrange(12)}", str(number), str(number))
        if chance.random() < 0.4:
            expected = look_at_each(queue, time)
            assert [message.body for message in queue.receive(4)] == expected[:4]
        for message in queue.messages:
            if message.visible_at > time.now() and chance.random() < 0.05:
                queue.change_visibility(message.receipt_handle, chance.choice([0, 0, 5, 90]))
            elif message.visible_at > time.now() and chance.random() < 0.2:
                queue.delete(message.receipt_handle)
        first = {message.group: message.visible_at for message in reversed(queue.messages)}
        assert queue.next_visible() == min(first.values(), default=None)
        time.advance(chance.choice([0, 1, 10]))
    assert len(queue.deleted) > 50


def look_at_each(queue: MemorySqs, time: VirtualTime) -> list[str]:
    hidden: set[str] = set()
    found = []
    for message in queue.messages:
        if message.visible_at > time.now():
            hidden.add(message.group)
        elif message.group not in hidden:
            found.append(message.body)
    return found


# --- the client ------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(queue: MemorySqs) -> MemorySqsClient:
    return MemorySqsClient({"q": queue}, batch_bytes=1000)


def test_a_receive_brings_the_attributes_that_were_asked_for_and_no_others(
    client: MemorySqsClient, queue: MemorySqs, time: VirtualTime
) -> None:
    queue.send("g", "1", "a", {"reason": {"DataType": "String", "StringValue": "away"}})
    [bare] = client.receive_message(QueueUrl="q", VisibilityTimeout=5)["Messages"]
    assert set(bare) == {"MessageId", "ReceiptHandle", "Body"}
    assert client.receive_message(QueueUrl="q") == {}
    time.advance(5)
    [message] = client.receive_message(
        QueueUrl="q", MessageSystemAttributeNames=["All"], MessageAttributeNames=["reason"]
    )["Messages"]
    assert message["Attributes"]["MessageGroupId"] == "g"
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"
    assert message["MessageAttributes"]["reason"]["StringValue"] == "away"


@pytest.mark.parametrize("wrong", [{"MaxNumberOfMessages": 11}, {"WaitTimeSeconds": 21}, {"VisibilityTimeout": 43201}])
def test_a_receive_beyond_the_limits_is_refused(client: MemorySqsClient, wrong: dict[str, int]) -> None:
    with pytest.raises(SqsError, match="InvalidParameterValue"):
        client.receive_message(QueueUrl="q", **wrong)  # type: ignore[arg-type]


def entries(*bodies: str) -> list[dict[str, str]]:
    return [
        {"Id": str(number), "MessageBody": body, "MessageGroupId": "g", "MessageDeduplicationId": str(number)}
        for number, body in enumerate(bodies)
    ]


def test_a_batch_is_refused_whole_when_it_is_empty_too_long_or_names_an_entry_twice(
    client: MemorySqsClient, queue: MemorySqs
) -> None:
    twice = [{"Id": "1", "ReceiptHandle": "r", "VisibilityTimeout": 0}] * 2
    with pytest.raises(SqsError, match="NotDistinct"):
        client.change_message_visibility_batch(QueueUrl="q", Entries=twice)
    with pytest.raises(SqsError, match="EmptyBatch"):
        client.delete_message_batch(QueueUrl="q", Entries=[])
    with pytest.raises(SqsError, match="TooManyEntries"):
        client.send_message_batch(QueueUrl="q", Entries=entries(*"abcdefghijk"))
    with pytest.raises(SqsError, match="BatchRequestTooLong"):
        client.send_message_batch(QueueUrl="q", Entries=entries("a" * 600, "b" * 401))
    assert len(queue) == 0
    assert client.send_message_batch(QueueUrl="q", Entries=entries("a" * 600, "b" * 400))["Failed"] == []


def test_an_entry_with_an_old_receipt_fails_and_the_others_of_its_batch_do_not(
    client: MemorySqsClient, queue: MemorySqs, time: VirtualTime
) -> None:
    queue.send("g", "1", "a")
    queue.send("h", "2", "b")
    [old] = queue.receive(1)
    receipt = old.receipt_handle
    time.advance(60)
    again, other = queue.receive(2)
    changes = [
        {"Id": str(number), "ReceiptHandle": one, "VisibilityTimeout": 0}
        for number, one in enumerate([receipt, other.receipt_handle])
    ]
    answer = client.change_message_visibility_batch(QueueUrl="q", Entries=changes)
    assert [one["Id"] for one in answer["Successful"]] == ["1"]
    assert [one["Id"] for one in answer["Failed"]] == ["0"]
    assert queue.count() == (1, 1)
    client.delete_message(QueueUrl="q", ReceiptHandle=again.receipt_handle)
    wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    assert client.get_queue_attributes(QueueUrl="q", AttributeNames=wanted)["Attributes"] == {
        "ApproximateNumberOfMessages": "1",
        "ApproximateNumberOfMessagesNotVisible": "0",
    }


@pytest.mark.parametrize("answer_lost", [False, True])
def test_a_call_breaks_off_before_it_has_an_effect_or_after_it(queue: MemorySqs, answer_lost: bool) -> None:
    line = Line(fail_at=2, answer_lost=answer_lost)
    client = MemorySqsClient({"q": queue}, line=line)
    client.send_message(QueueUrl="q", MessageBody="a", MessageGroupId="g", MessageDeduplicationId="1")
    with pytest.raises(BrokenOff):
        client.send_message(QueueUrl="q", MessageBody="b", MessageGroupId="g", MessageDeduplicationId="2")
    assert len(queue) == 1 + answer_lost
    assert line.calls == ["SendMessage", "SendMessage"]
