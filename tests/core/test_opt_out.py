"""A customer who does not want messages any more gets none, and who writes to them reads why."""

from __future__ import annotations

import pytest

from patchbay.domain.events import ContactChanged, make_event_id
from patchbay.domain.model import Contact
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import message_event

REASON = "the customer has sent STOP"


@pytest.fixture
def bridge() -> Bridge:
    bridge = Bridge()
    for contact in ("asa", "bo"):
        bridge.customer_writes("hello", contact=contact)
    bridge.settle()
    return bridge


def opt(bridge: Bridge, *, reachable: bool) -> None:
    bridge.time.advance(60)
    origin = message_event(bridge.messenger, "asa", "x", "x", "pigeon-1").origin
    event = ContactChanged(
        id=make_event_id("contact", origin, "asa", bridge.time.now().isoformat()),
        origin=origin,
        thread="asa",
        occurred_at=bridge.time.now(),
        contact=Contact(external_id="asa", reachable=reachable, unreachable_reason="" if reachable else REASON),
    )
    bridge.queue.send([event])
    bridge.settle()
    bridge.time.advance(60)


def test_nothing_is_sent_to_them_and_the_agent_reads_why(bridge: Bridge) -> None:
    opt(bridge, reachable=False)
    calls = bridge.messenger.calls
    bridge.agent_writes("a special offer")
    bridge.settle()
    assert bridge.messenger.calls == calls
    assert bridge.platform.reports == [("office:conversation-1:a special offer", REASON)]
    assert not bridge.queue.parked


def test_other_customers_of_the_connection_get_theirs(bridge: Bridge) -> None:
    opt(bridge, reachable=False)
    bridge.agent_writes("good morning", conversation="conversation-2")
    bridge.settle()
    assert bridge.messenger.everything() == ["good morning"]


def test_who_wants_messages_again_gets_them(bridge: Bridge) -> None:
    opt(bridge, reachable=False)
    opt(bridge, reachable=True)
    bridge.agent_writes("welcome back")
    bridge.settle()
    assert bridge.messenger.everything() == ["welcome back"]


def test_who_writes_wants_an_answer(bridge: Bridge) -> None:
    opt(bridge, reachable=False)
    bridge.customer_writes("are you there?")
    bridge.settle()
    bridge.agent_writes("yes")
    bridge.settle()
    assert bridge.messenger.everything() == ["yes"]
