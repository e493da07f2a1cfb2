"""A platform where nobody is there: messages wait, customers hear of it, nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.domain.errors import Closed
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault
from tests.harness.fakes.token_platform import TokenPlatform

NOTICE = "Nobody is there just now. We answer as soon as we are back."


@pytest.fixture
def consulate() -> TokenPlatform:
    consulate = TokenPlatform()
    consulate.closed = Closed("the room is offline", NOTICE)
    return consulate


@pytest.fixture
def bridge(consulate: TokenPlatform) -> Bridge:
    return Bridge(platform=consulate, http=consulate.counter)


def test_messages_wait_over_a_long_weekend_and_arrive_in_order(bridge: Bridge, consulate: TokenPlatform) -> None:
    for text in ("one", "two"):
        bridge.customer_writes(text)
    bridge.settle(timedelta(days=3))
    assert consulate.everything() == []
    consulate.closed = None
    bridge.settle()
    assert consulate.everything() == ["one", "two"]


def test_the_customer_is_told_once(bridge: Bridge, consulate: TokenPlatform) -> None:
    for text in ("one", "two"):
        bridge.customer_writes(text)
    bridge.settle(timedelta(hours=10))
    assert bridge.messenger.threads == {"asa": [NOTICE]}


def test_a_notice_that_cannot_be_shown_holds_nothing_up(bridge: Bridge, consulate: TokenPlatform) -> None:
    bridge.messenger.faults.append(Fault.REFUSED)
    bridge.customer_writes("one")
    bridge.settle(timedelta(hours=1))
    assert bridge.telemetry.logged("notice not shown")
    consulate.closed = None
    bridge.settle()
    assert consulate.everything() == ["one"]


def test_without_a_notice_the_customer_hears_nothing(bridge: Bridge, consulate: TokenPlatform) -> None:
    consulate.closed = Closed("the room is offline")
    bridge.customer_writes("one")
    bridge.settle(timedelta(hours=1))
    assert bridge.messenger.threads == {}


def test_somebody_who_comes_back_is_noticed_within_a_minute_at_first(bridge: Bridge, consulate: TokenPlatform) -> None:
    bridge.customer_writes("one")
    bridge.settle(timedelta(minutes=3))
    consulate.closed = None
    bridge.settle(timedelta(minutes=1))
    assert consulate.everything() == ["one"]


def test_what_nobody_took_for_days_is_dead_lettered_with_its_reason(bridge: Bridge) -> None:
    bridge.customer_writes("one")
    bridge.settle(timedelta(days=5))
    [delivery] = bridge.ledger.deliveries.values()
    assert (delivery.outcome, delivery.reason) == (Outcome.DEAD_LETTERED, "the room is offline")
    assert len(bridge.queue.parked) == 1


def test_a_waiting_message_stays_below_the_receive_limit_of_the_queue(bridge: Bridge) -> None:
    bridge.customer_writes("one")
    bridge.settle(timedelta(days=5))
    assert len(bridge.telemetry.logged("event deferred")) < 500  # the queue itself gives up at 1000
