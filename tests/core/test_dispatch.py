"""What becomes of a message in every case that design and services know."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.bridge.ports import Envelope
from patchbay.bridge.time_budget import BATCH_SECONDS, CALL_SECONDS
from patchbay.domain.accounts import ConnectionStatus, Secrets
from patchbay.domain.events import (
    ConversationChanged,
    Origin,
)
from patchbay.domain.model import ConversationStatus, Delivered
from patchbay.kit.contract import Connector
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, Office, Pigeon, UnsearchablePlatform, message_event


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


def outcomes(bridge: Bridge) -> list[Outcome | None]:
    return [delivery.outcome for delivery in bridge.ledger.deliveries.values()]


def test_the_fake_services_fulfil_the_contract() -> None:
    assert all(isinstance(service, Connector) for service in (Pigeon(), Office(), UnsearchablePlatform()))


def test_a_first_message_opens_a_conversation_and_the_answer_finds_its_way_back(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.agent_writes("hi, how can I help?")
    bridge.settle()
    assert bridge.platform.threads == {"conversation-1": ["hello"]}
    assert bridge.messenger.threads == {"asa": ["hi, how can I help?"]}
    assert outcomes(bridge) == [Outcome.DELIVERED, Outcome.DELIVERED]


def test_messages_of_one_contact_keep_their_order_and_share_one_conversation(bridge: Bridge) -> None:
    texts = [f"message {number}" for number in range(25)]
    for text in texts:
        bridge.customer_writes(text)
    bridge.settle()
    assert bridge.platform.threads == {"conversation-1": texts}


def test_the_same_webhook_again_is_done_once_even_after_the_queue_has_forgotten(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.time.advance(3600)
    bridge.customer_writes("hello")
    bridge.settle()
    assert bridge.platform.everything() == ["hello"]
    assert bridge.telemetry.logged("event skipped")[0]["reason"] == "delivered before"


def test_webhooks_that_were_queued_the_wrong_way_round_are_put_right(bridge: Bridge) -> None:
    now = bridge.time.now()
    second = message_event(bridge.messenger, "asa", "2", "second", "pigeon-1", now)
    first = message_event(bridge.messenger, "asa", "1", "first", "pigeon-1", now - timedelta(milliseconds=40))
    bridge.queue.send([second, first])
    bridge.settle()
    assert bridge.platform.everything() == ["first", "second"]


@pytest.mark.parametrize("shift", range(6))
def test_photos_of_one_moment_follow_the_numbers_that_their_service_gives_them(bridge: Bridge, shift: int) -> None:
    """An album: six webhooks in parallel, all with the same time, and none of them says which is the first."""
    numbers = [4912661846655238145 + number for number in range(6)]
    for number in random.Random(shift).sample(numbers, 6):
        bridge.queue.send([message_event(bridge.messenger, "asa", str(number), str(number)[-2:], "pigeon-1")])
    bridge.settle()
    assert bridge.platform.threads == {"conversation-1": [str(number)[-2:] for number in numbers]}


def test_messages_of_one_moment_without_numbers_keep_the_order_of_the_queue(bridge: Bridge) -> None:
    for name in ("b", "7", "a"):
        bridge.queue.send([message_event(bridge.messenger, "asa", name, name, "pigeon-1")])
    bridge.settle()
    assert bridge.platform.threads == {"conversation-1": ["b", "7", "a"]}


@pytest.mark.parametrize("trouble", [Fault.BUSY, Fault.PENDING, Fault.LOST_BEFORE, Fault.UNAUTHORIZED])
@pytest.mark.parametrize("failing", [0, 1, 2, 3, 4], ids=lambda number: f"change {number} fails" if number else "")
def test_messages_that_were_put_right_stay_right_when_the_first_has_to_wait(
    trouble: Fault, failing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQS hands out a group up to its first hidden message: what is not hidden and queued before it would overtake."""
    bridge = Bridge()
    bridge.customer_writes("hello")
    bridge.settle()
    now = bridge.time.now()
    queued = [
        message_event(bridge.messenger, "asa", text, text, "pigeon-1", now + timedelta(milliseconds=moment))
        for text, moment in (("third", 30), ("second", 20), ("first", 10), ("fourth", 40))
    ]
    bridge.queue.send(queued)
    bridge.platform.faults.append(trouble)
    put_off, release, changes = bridge.queue.put_off, bridge.queue.release, count(1)

    def put_off_or_fail(envelope: Envelope, seconds: float) -> None:
        if next(changes) == failing:
            raise TimeoutError
        put_off(envelope, seconds)

    def release_in_part(envelopes: Sequence[Envelope]) -> None:
        released = [one for one in envelopes if next(changes) != failing]
        release(released)
        if len(released) < len(envelopes):
            raise TimeoutError

    monkeypatch.setattr(bridge.queue, "put_off", put_off_or_fail)
    monkeypatch.setattr(bridge.queue, "release", release_in_part)
    bridge.work()
    if trouble is Fault.UNAUTHORIZED:
        bridge.connections.change("office-1", status=ConnectionStatus.ACTIVE, secrets=Secrets(values={"token": "new"}))
    bridge.settle()
    assert bridge.platform.everything() == ["hello", "first", "second", "third", "fourth"]


def test_a_batch_hands_back_what_its_time_is_too_short_for(monkeypatch: pytest.MonkeyPatch) -> None:
    bridge = Bridge()
    bridge.customer_writes("hello")
    bridge.settle()
    took: list[float] = []
    deliver = bridge.platform.deliver

    def take_seven_seconds(*call: Any, **more: Any) -> Delivered:
        bridge.time.advance(7)
        return deliver(*call, **more)

    monkeypatch.setattr(bridge.platform, "deliver", take_seven_seconds)
    texts = [f"message {number}" for number in range(10)]
    for text in texts:
        bridge.customer_writes(text)
    while len(bridge.queue):
        started = bridge.time.now()
        bridge.work()
        took.append((bridge.time.now() - started).total_seconds())
    assert bridge.platform.everything() == ["hello", *texts]
    assert max(took) <= BATCH_SECONDS + 7
    assert len(took) > 1


def test_a_function_that_is_about_to_end_begins_nothing_and_goes_on_from_there_next_time() -> None:
    left = [100.0]
    bridge = Bridge(seconds_left=lambda: left[0])
    bridge.customer_writes("hello")
    bridge.settle()
    left[0] = CALL_SECONDS - 1
    bridge.customer_writes("one")
    bridge.work()
    assert bridge.platform.everything() == ["hello"]
    assert bridge.queue.next_visible() == bridge.time.now()
    left[0] = 100.0
    bridge.settle()
    assert bridge.platform.everything() == ["hello", "one"]
    assert all(delivery.attempts == 0 for delivery in bridge.ledger.deliveries.values())


def test_a_message_of_many_parts_stops_between_two_of_them_and_repeats_none(monkeypatch: pytest.MonkeyPatch) -> None:
    left = [100.0]
    bridge = Bridge(seconds_left=lambda: left[0])
    bridge.customer_writes("hello")
    bridge.settle()
    deliver = bridge.messenger.deliver

    def use_time(*call: Any, **more: Any) -> Delivered:
        left[0] -= 60
        return deliver(*call, **more)

    monkeypatch.setattr(bridge.messenger, "deliver", use_time)
    bridge.agent_writes("word " * 100)
    while len(bridge.queue):
        left[0] = 130.0
        bridge.work()
    shown = bridge.messenger.threads["asa"]
    assert " ".join(shown).split() == ["word"] * 100
    assert len(shown) >= 3


def test_other_conversations_do_not_wait_for_a_busy_one(bridge: Bridge) -> None:
    bridge.customer_writes("hello", contact="asa")
    bridge.customer_writes("hello", contact="bo")
    bridge.settle()
    bridge.platform.faults.extend([Fault.BUSY] * 1)
    bridge.customer_writes("again", contact="asa")
    bridge.work()
    bridge.customer_writes("again", contact="bo")
    bridge.work()
    assert bridge.platform.threads["conversation-2"] == ["hello", "again"]
    assert bridge.platform.threads["conversation-1"] == ["hello"]


def test_an_ended_conversation_is_followed_by_a_new_one_and_nothing_is_lost(bridge: Bridge) -> None:
    bridge.customer_writes("one")
    bridge.settle()
    assert isinstance(bridge.platform, Office)
    assert isinstance(bridge.platform, Office)
    bridge.platform.close("conversation-1")
    bridge.platform.faults.append(Fault.GONE)
    bridge.customer_writes("two")
    bridge.settle()
    assert bridge.platform.threads == {"conversation-1": ["one"], "conversation-2": ["two"]}
    bridge.agent_writes("late answer in the old one", conversation="conversation-1")
    bridge.settle()
    assert bridge.messenger.everything() == ["late answer in the old one"]


def test_messages_wait_for_a_pending_conversation_without_counting_as_failures(bridge: Bridge) -> None:
    assert isinstance(bridge.platform, Office)
    bridge.platform.new_conversations_are = ConversationStatus.PENDING
    bridge.customer_writes("one")
    bridge.customer_writes("two")
    bridge.settle(timedelta(minutes=5))
    assert bridge.platform.everything() == ["one"]
    origin = Origin(service="office", endpoint="office-1")
    bridge.queue.send(
        [
            ConversationChanged(
                id="active",
                origin=origin,
                thread="conversation-1",
                occurred_at=bridge.time.now(),
                status=ConversationStatus.ACTIVE,
            )
        ]
    )
    bridge.settle()
    assert bridge.platform.everything() == ["one", "two"]
    assert all(delivery.attempts == 0 for delivery in bridge.ledger.deliveries.values())


def test_a_messenger_that_is_not_linked_keeps_its_messages(bridge: Bridge) -> None:
    bridge.connections.change("pigeon-1", link=None)
    bridge.customer_writes("one")
    bridge.settle(timedelta(hours=1))
    bridge.connections.change("pigeon-1", link="office-1")
    bridge.settle()
    assert bridge.platform.everything() == ["one"]


def test_messages_of_conversations_that_are_not_ours_are_skipped(bridge: Bridge) -> None:
    bridge.agent_writes("to somebody else", conversation="foreign")
    bridge.settle()
    assert outcomes(bridge) == [Outcome.SKIPPED]
    assert not bridge.messenger.calls


def test_a_message_of_a_connection_that_is_not_seen_yet_waits_for_it(bridge: Bridge) -> None:
    connection = bridge.connections.connections.pop("pigeon-1")
    bridge.customer_writes("one")
    bridge.work()
    bridge.connections.connections["pigeon-1"] = connection
    bridge.settle()
    assert bridge.platform.everything() == ["one"]


def test_a_message_of_a_connection_that_is_gone_is_dead_lettered_and_not_lost(bridge: Bridge) -> None:
    del bridge.connections.connections["pigeon-1"]
    bridge.customer_writes("one")
    bridge.settle()
    assert [reason.split(":")[0] for _, reason in bridge.queue.parked] == ["no connection has this account"]
    assert bridge.telemetry.metrics["DeadLettered"] == 1


def test_a_failing_store_never_loses_a_message(bridge: Bridge) -> None:
    bridge.ledger.fail_next = 1
    bridge.customer_writes("one")
    bridge.work()
    bridge.settle()
    assert bridge.platform.everything() == ["one"]
    assert bridge.telemetry.logged("store unavailable")[0]["reason"] == "TimeoutError"
    assert not bridge.telemetry.logged("event failed unexpectedly")


def test_ten_messages_that_wait_together_cost_two_calls_of_the_queue(bridge: Bridge) -> None:
    operations: list[str] = []
    for number in range(10):
        bridge.customer_writes(f"line {number}")
    bridge.queue.client.before = operations.append
    bridge.platform.faults.append(Fault.PENDING)
    bridge.work()
    assert operations == ["ChangeMessageVisibilityBatch", "ChangeMessageVisibility"]
    bridge.settle()
    assert bridge.platform.everything() == [f"line {number}" for number in range(10)]


def test_a_queue_that_hangs_undoes_nothing_of_what_other_conversations_have_done(bridge: Bridge) -> None:
    bridge.customer_writes("hello", contact="asa")
    bridge.customer_writes("hi", contact="bo")
    bridge.platform.faults.append(Fault.BUSY)
    bridge.queue.hang = 1
    batch = bridge.queue.receive()
    kept = bridge.dispatcher.dispatch(batch)
    assert len(kept) == 1
    bridge.queue.complete(batch, kept)
    bridge.settle()
    assert sorted(bridge.platform.everything()) == ["hello", "hi"]


def test_a_new_customer_goes_where_the_owner_has_just_linked_to(bridge: Bridge) -> None:
    """Although the container still remembers the old link."""
    bridge.connections.cached["pigeon-1"] = replace(bridge.connections.connections["pigeon-1"], link="gone")
    bridge.customer_writes("hello", contact="bo")
    bridge.settle()
    assert bridge.platform.everything() == ["hello"]


def test_a_changed_link_takes_the_next_message_along_and_late_answers_are_reported(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.connections.connections["office-2"] = replace(
        bridge.connections.connections["office-1"], id="office-2", endpoint_id="office-2"
    )
    bridge.connections.change("pigeon-1", link="office-2")
    assert isinstance(bridge.platform, Office)
    bridge.platform.close("conversation-1")
    bridge.customer_writes("and now?")
    bridge.settle()
    assert bridge.platform.threads == {"conversation-1": ["hello"], "conversation-2": ["and now?"]}
    bridge.agent_writes("late, sorry", conversation="conversation-1")
    bridge.settle()
    assert bridge.messenger.everything() == []
    assert bridge.platform.reports == [
        ("office:conversation-1:late, sorry", "the customer's messages now go to another platform")
    ]
