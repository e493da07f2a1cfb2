"""What becomes of a message that fails: tried again, looked up, reported, or in the dead-letter queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.bridge.delivery_states import reopen_entry
from patchbay.bridge.ledger import Outcome
from patchbay.domain.accounts import ConnectionStatus, Secrets
from patchbay.domain.model import ReceiptState
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, Office, UnsearchablePlatform, message_event


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


def outcomes(bridge: Bridge) -> list[Outcome | None]:
    return [delivery.outcome for delivery in bridge.ledger.deliveries.values()]


def test_a_busy_service_is_tried_again_and_the_next_message_waits_behind(bridge: Bridge) -> None:
    bridge.platform.faults.extend([None, Fault.BUSY, Fault.BUSY])
    for text in ("one", "two", "three"):
        bridge.customer_writes(text)
    started = bridge.time.now()
    bridge.settle()
    assert bridge.platform.everything() == ["one", "two", "three"]
    assert bridge.time.now() - started >= timedelta(seconds=6)  # the service asked for 3 s, twice
    attempts = sorted(delivery.attempts for delivery in bridge.ledger.deliveries.values())
    assert attempts == [0, 0, 2]  # waiting behind is no attempt


def test_a_long_message_that_fails_in_the_middle_goes_on_where_it_stopped(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    long = " ".join(f"word{number:03d}" for number in range(60))  # three parts on this messenger
    bridge.messenger.faults.extend([None, Fault.BUSY])
    bridge.agent_writes(long)
    bridge.settle()
    parts = bridge.messenger.threads["asa"]
    assert len(parts) == 3
    assert " ".join(parts) == long


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER])
def test_an_unanswered_call_is_looked_up_where_the_service_can_be_asked(bridge: Bridge, fault: Fault) -> None:
    bridge.platform.faults.extend([None, fault])
    bridge.customer_writes("one")
    bridge.customer_writes("two")
    bridge.settle()
    assert bridge.platform.everything() == ["one", "two"]
    assert not any(delivery.uncertain for delivery in bridge.ledger.deliveries.values())


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER])
def test_an_unanswered_opening_never_opens_a_second_conversation(bridge: Bridge, fault: Fault) -> None:
    bridge.platform.faults.append(fault)
    bridge.customer_writes("one")
    bridge.settle()
    assert isinstance(bridge.platform, Office)
    assert bridge.platform.opened == ["conversation-1"]
    assert bridge.platform.everything() == ["one"]


def test_an_unanswered_call_that_cannot_be_looked_up_is_sent_once_more_and_marked(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.messenger.faults.append(Fault.LOST_AFTER)
    bridge.agent_writes("hi")
    bridge.settle()
    assert bridge.messenger.everything() == ["hi", "hi"]
    assert [delivery.uncertain for delivery in bridge.ledger.deliveries.values()] == [False, True]
    assert bridge.telemetry.metrics["Uncertain"] == 1


def test_what_stays_uncertain_is_dead_lettered_and_the_agent_is_told(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.messenger.faults.extend([Fault.LOST_BEFORE, Fault.LOST_BEFORE])
    bridge.agent_writes("hi")
    bridge.settle()
    assert len(bridge.queue.parked) == 1
    assert bridge.platform.reports[0][0] == "office:conversation-1:hi"
    assert outcomes(bridge)[-1] is Outcome.DEAD_LETTERED


def test_a_refused_message_is_reported_to_the_agent_and_the_next_one_goes_on(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.messenger.faults.append(Fault.REFUSED)
    bridge.agent_writes("one")
    bridge.agent_writes("two")
    bridge.settle()
    assert bridge.messenger.everything() == ["two"]
    assert bridge.platform.reports == [("office:conversation-1:one", "this will never work")]
    assert not bridge.queue.parked


@pytest.mark.parametrize("trouble", [Fault.PENDING, Fault.BUSY, Fault.LOST_BEFORE])
def test_an_author_who_cannot_be_told_now_is_told_later(trouble: Fault) -> None:
    bridge = Bridge(platform=UnsearchablePlatform())
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.agent_writes("hi")
    bridge.messenger.faults.extend([Fault.REFUSED, Fault.REFUSED])
    bridge.platform.faults.append(trouble)
    bridge.settle()
    assert bridge.platform.receipts == [("forgetful:conversation-1:hi", ReceiptState.FAILED)]
    assert not bridge.queue.parked


def test_a_refused_message_whose_author_cannot_be_told_is_dead_lettered_for_the_owner(bridge: Bridge) -> None:
    bridge.platform.faults.append(Fault.REFUSED)
    bridge.customer_writes("one")
    bridge.settle()
    assert [reason for _, reason in bridge.queue.parked] == ["this will never work"]


def test_a_message_that_fails_for_a_day_is_dead_lettered(bridge: Bridge) -> None:
    bridge.platform.faults.extend([Fault.BUSY] * 100)
    bridge.customer_writes("one")
    started = bridge.time.now()
    bridge.settle(timedelta(hours=40))
    assert len(bridge.queue.parked) == 1
    assert timedelta(hours=24) < bridge.time.now() - started < timedelta(hours=26)


def test_a_refused_token_keeps_messages_until_the_owner_has_reconnected(bridge: Bridge) -> None:
    bridge.platform.faults.extend([Fault.UNAUTHORIZED] * 2)
    bridge.customer_writes("one")
    bridge.customer_writes("two")
    bridge.settle(timedelta(seconds=10))
    assert bridge.connections.connections["office-1"].status is ConnectionStatus.NEEDS_AUTHORIZATION
    assert bridge.telemetry.metrics["AuthorizationNeeded"] == 1
    bridge.settle(timedelta(days=3))
    assert bridge.platform.everything() == []
    assert bridge.platform.calls == 2  # nobody hammers an account that refuses us
    bridge.connections.change("office-1", status=ConnectionStatus.ACTIVE, secrets=Secrets(values={"token": "new"}))
    bridge.settle()
    assert bridge.platform.everything() == ["one", "two"]


def test_an_owner_who_does_not_come_finds_the_messages_dead_lettered(bridge: Bridge) -> None:
    bridge.platform.faults.extend([Fault.UNAUTHORIZED] * 2)
    bridge.customer_writes("one")
    bridge.settle(timedelta(days=12))
    assert [reason for _, reason in bridge.queue.parked] == ["the token is not accepted"]
    assert len(bridge.queue) == 0


def test_a_moment_of_refusal_passes_without_the_owner(bridge: Bridge) -> None:
    bridge.platform.faults.append(Fault.UNAUTHORIZED)
    bridge.customer_writes("one")
    bridge.settle(timedelta(seconds=10))
    assert bridge.platform.everything() == ["one"]
    assert bridge.connections.connections["office-1"].status is ConnectionStatus.ACTIVE
    assert not bridge.telemetry.metrics["AuthorizationNeeded"]
    assert all(delivery.attempts == 0 for delivery in bridge.ledger.deliveries.values())


def test_a_token_that_somebody_else_has_renewed_is_used_at_once(bridge: Bridge) -> None:
    bridge.platform.faults.append(Fault.UNAUTHORIZED)
    bridge.connections.cached["office-1"] = bridge.connections.connections["office-1"]
    bridge.connections.change("office-1", secrets=Secrets(values={"token": "new"}, version="2"))
    bridge.customer_writes("one")
    bridge.work()
    assert bridge.platform.everything() == ["one"]
    assert not bridge.telemetry.metrics["AuthorizationNeeded"]


def test_settings_that_the_owner_has_changed_are_used_at_once_after_a_refusal(bridge: Bridge) -> None:
    bridge.connections.cached["office-1"] = bridge.connections.connections["office-1"]
    bridge.connections.change("office-1", settings={"base_url": "https://elsewhere.test"})
    bridge.platform.faults.append(Fault.UNAUTHORIZED)
    bridge.customer_writes("hello")
    bridge.work()
    assert bridge.platform.everything() == ["hello"]
    assert bridge.connections.connections["office-1"].status is ConnectionStatus.ACTIVE


def test_every_dead_lettered_message_is_counted_and_told_once(bridge: Bridge) -> None:
    bridge.platform.faults.append(Fault.REFUSED)
    bridge.customer_writes("one")
    bridge.settle()
    assert bridge.telemetry.metrics["DeadLettered"] == 1
    assert len(bridge.telemetry.logged("event dead-lettered")) == 1


def test_what_was_given_up_in_doubt_is_looked_for_when_the_owner_retries_it(bridge: Bridge) -> None:
    bridge.customer_writes("one")
    bridge.settle()
    bridge.platform.faults.extend([Fault.LOST_BEFORE] * 100)
    bridge.customer_writes("two")
    bridge.settle(timedelta(hours=40))
    [(envelope, _)] = bridge.queue.parked
    entry = next(one for one in bridge.ledger.deliveries.values() if one.outcome is Outcome.DEAD_LETTERED)
    assert entry.in_flight
    bridge.platform.threads["conversation-1"].append("two")  # the last call had been heard after all
    bridge.platform.keys["conversation-1"].append(f"{entry.event_id.rpartition('#')[2]}:0")
    bridge.platform.faults.clear()
    bridge.ledger.save(reopen_entry(entry, bridge.time.now()))  # what `patchbay dlq redrive` does
    bridge.queue.put(envelope.group, "retry", envelope.body)
    bridge.settle()
    assert bridge.platform.everything() == ["one", "two"]


def test_what_could_not_be_parked_is_dead_lettered_later(bridge: Bridge) -> None:
    bridge.queue.put("group", "id", "no event at all")
    bridge.queue.hang = 1
    bridge.settle()
    assert len(bridge.queue.parked) == 1


def test_what_cannot_be_read_is_dead_lettered(bridge: Bridge) -> None:
    bridge.queue.put("group", "dedup", '{"version":0,"event":{}}')
    bridge.settle()
    assert len(bridge.queue.parked) == 1


def test_a_message_that_failed_goes_out_when_its_author_sends_it_again(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    first = replace(
        message_event(bridge.platform, "conversation-1", "m", "word " * 60, "office-1", bridge.time.now()),
        message_key="key",
    )
    bridge.messenger.faults.extend([None, Fault.REFUSED])
    for event in (first, first, replace(first, id="again"), replace(first, id="and again")):
        bridge.time.advance(600)
        bridge.queue.send([event])
        bridge.settle()
    assert [len(text) for text in bridge.messenger.threads["asa"]] == [199, 99]
    assert len(bridge.platform.reports) == 1
