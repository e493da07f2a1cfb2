"""Services that give their messages no ids: a duplicate webhook is one message, the same words later are two."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchbay.domain.events import MessageReceived
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, message_event


@pytest.fixture
def bridge() -> Bridge:
    bridge = Bridge()
    bridge.customer_writes("hello")
    bridge.settle()
    return bridge


def hear(bridge: Bridge, text: str) -> None:
    """A webhook arrives now."""
    bridge.queue.send([heard(bridge, text)])


def heard(bridge: Bridge, text: str) -> MessageReceived:
    now = bridge.time.now()
    event = message_event(bridge.platform, "conversation-1", f"{text}@{now.isoformat()}", text, "office-1", now)
    return replace(event, repeat_key=f"hash of {text}")


def test_an_equal_webhook_within_three_seconds_is_the_same_message(bridge: Bridge) -> None:
    hear(bridge, "ok")
    bridge.time.advance(2.9)
    hear(bridge, "ok")
    bridge.settle()
    assert bridge.messenger.everything() == ["ok"]
    assert bridge.telemetry.logged("event skipped")[-1]["reason"] == "a duplicate webhook"


def test_the_same_words_a_little_later_are_said_twice(bridge: Bridge) -> None:
    hear(bridge, "ok")
    bridge.time.advance(3.1)
    hear(bridge, "ok")
    bridge.settle()
    assert bridge.messenger.everything() == ["ok", "ok"]


def test_other_words_in_between_do_not_matter(bridge: Bridge) -> None:
    for text in ("ok", "fine", "ok"):
        hear(bridge, text)
        bridge.time.advance(1)
    bridge.settle()
    assert bridge.messenger.everything() == ["ok", "fine"]


def test_a_message_that_waits_is_no_repetition_of_itself_nor_of_a_later_one(bridge: Bridge) -> None:
    bridge.messenger.faults.extend([Fault.BUSY, Fault.BUSY])
    hear(bridge, "ok")
    bridge.time.advance(3.5)
    hear(bridge, "ok")
    bridge.settle()
    assert bridge.messenger.everything() == ["ok", "ok"]


def test_an_older_one_that_comes_again_from_the_dead_lettered_queue_is_carried(bridge: Bridge) -> None:
    old = heard(bridge, "ok")
    bridge.time.advance(60)
    hear(bridge, "ok")
    bridge.settle()
    bridge.queue.send([old])
    bridge.settle()
    assert bridge.messenger.everything() == ["ok", "ok"]
