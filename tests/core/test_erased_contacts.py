"""Who was erased: what has waited for them is dropped, and what they write later is a new beginning."""

from __future__ import annotations

from datetime import timedelta

import pytest

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Transient
from patchbay.domain.events import ContactChanged, Origin, group_thread
from patchbay.domain.model import Contact, Conversation
from patchbay.kit.contract import Http
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, Office, message_event

OUTAGE = [Fault.LOST_BEFORE] * 50
LARGE = "much " * 60_000


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


def erase(bridge: Bridge) -> None:
    """As the command does it: the marks, then everything else."""
    ledger = bridge.ledger
    for service, thread in ((bridge.messenger, "asa"), (bridge.platform, "conversation-1")):
        ledger.note_erased(group_thread(f"{service.service}-1", "", thread), bridge.time.now())
    ledger.deliveries.clear()
    session = bridge.sessions.of_contact(f"{bridge.messenger.service}-1", "asa")
    if session is not None:
        bridge.sessions.erase(session)


def test_a_customers_message_that_waits_is_dropped_and_leaves_no_trace(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.platform.faults.extend(OUTAGE)
    bridge.customer_writes("secret")
    bridge.settle(timedelta(seconds=5))
    assert len(bridge.queue) == 1
    erase(bridge)
    bridge.platform.faults.clear()
    bridge.settle()
    assert bridge.platform.everything() == ["hello"]
    assert bridge.ledger.deliveries == {}
    assert bridge.sessions.all() == []
    assert not bridge.queue.parked


def test_an_agents_answer_that_waits_is_dropped(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.messenger.faults.extend(OUTAGE)
    bridge.agent_writes("secret")
    bridge.settle(timedelta(seconds=5))
    erase(bridge)
    bridge.messenger.faults.clear()
    bridge.settle()
    assert bridge.messenger.everything() == []
    assert bridge.sessions.all() == []


def test_what_is_written_after_the_erasure_is_carried(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    erase(bridge)
    bridge.time.advance(1)
    bridge.queue.send([message_event(bridge.messenger, "asa", "2", "hello again", "pigeon-1", bridge.time.now())])
    bridge.settle()
    assert bridge.platform.everything() == ["hello", "hello again"]
    [session] = bridge.sessions.all()
    assert session.erased_at is not None


def test_what_waits_for_a_connection_that_is_gone_is_no_dead_letter(bridge: Bridge) -> None:
    bridge.customer_writes("secret")
    bridge.connections.connections.clear()
    erase(bridge)
    bridge.settle()
    assert not bridge.queue.parked
    assert len(bridge.queue) == 0


def test_a_large_message_whose_stored_body_was_erased_is_no_dead_letter(bridge: Bridge) -> None:
    bridge.customer_writes(LARGE)
    assert bridge.queue.objects.stored
    bridge.queue.objects.stored.clear()
    erase(bridge)
    bridge.settle()
    assert not bridge.queue.parked
    assert len(bridge.queue) == 0


@pytest.mark.parametrize("outage", [False, True])
def test_a_stored_body_goes_with_its_message(bridge: Bridge, outage: bool) -> None:
    """Delivered, it is gone; given up, the dead letter has one of its own."""
    if outage:
        bridge.platform.faults.extend(OUTAGE * 10)
    bridge.customer_writes(LARGE)
    [first] = bridge.queue.objects.stored
    assert first.startswith(f"events/{bridge.queue.main.messages[0].group}/")
    bridge.settle(timedelta(hours=40))
    stored = set(bridge.queue.objects.stored)
    assert first not in stored
    assert len(stored) == len(bridge.queue.parked) == int(outage)
    for envelope, _ in bridge.queue.parked:
        assert "much much" in envelope.body


class Unwilling(Office):
    """It shows no profile."""

    def update_contact(self, contact: Contact, conversation: Conversation, connection: Connection, http: Http) -> None:
        raise Transient("not now")


def test_a_profile_that_could_not_be_shown_before_does_not_come_back() -> None:
    bridge = Bridge(platform=Unwilling())
    bridge.customer_writes("hello")
    bridge.settle()
    origin = Origin(service="pigeon", endpoint="pigeon-1")
    news = Contact(external_id="asa", name="Secret Name")
    at = bridge.time.now() + timedelta(seconds=1)
    bridge.queue.send([ContactChanged(id="renamed", origin=origin, thread="asa", occurred_at=at, contact=news)])
    bridge.settle(timedelta(seconds=5))
    assert len(bridge.queue) == 1
    bridge.time.advance(60)
    erase(bridge)
    bridge.time.advance(60)
    bridge.queue.send([message_event(bridge.messenger, "asa", "back", "I am back", "pigeon-1", bridge.time.now())])
    bridge.settle(timedelta(days=2))
    [session] = bridge.sessions.all()
    assert session.contact.name != "Secret Name"
