"""A message may be out, and its conversation has ended: it is looked for there, or sent to the next one and marked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from patchbay.bridge.ports import Clock
from patchbay.domain.accounts import Connection
from patchbay.domain.events import ConversationChanged, Origin
from patchbay.domain.model import Conversation, ConversationStatus, Delivered, Part
from patchbay.kit.contract import Http
from patchbay.kit.lookups import UncertainSend, look_back
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, Office, PlainOffice, UnsearchablePlatform, message_event
from tests.harness.virtual_time import VirtualTime


class StrictOffice(Office):
    """What has ended stays so, and a look for a message goes back to a moment. It may meet faults as calls do."""

    behavior = replace(Office.behavior, reopens_conversations=False)
    look_up_faults = False

    def __init__(self) -> None:
        super().__init__()
        self.kept_at: dict[str, datetime] = {}
        self.clock: Clock = VirtualTime()

    def keep(self, thread: str, part: Part) -> None:
        super().keep(thread, part)
        self.kept_at[part.key] = self.clock.now()

    def look_up_delivery(
        self, part: Part, uncertain: UncertainSend, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered | None:
        if self.look_up_faults:
            self.raise_before(self.next_fault())
        if part.key in self.kept_at and self.kept_at[part.key] < look_back(uncertain):
            return None
        return super().look_up_delivery(part, uncertain, conversation, connection, http)


class StrictForgetfulOffice(UnsearchablePlatform):
    behavior = replace(UnsearchablePlatform.behavior, reopens_conversations=False)


def lose_and_end(office: PlainOffice, fault: Fault) -> Bridge:
    """An answer is lost; the agents end the conversation, and its webhook is faster than the next attempt."""
    bridge = Bridge(platform=office)
    bridge.customer_writes("hello")
    bridge.settle()
    office.faults.append(fault)
    bridge.customer_writes("and more")
    bridge.work()
    office.close("conversation-1")
    ended = ConversationChanged(
        id="ended-1",
        origin=Origin(service=office.service, endpoint=f"{office.service}-1"),
        thread="conversation-1",
        occurred_at=bridge.time.now(),
        status=ConversationStatus.ENDED,
    )
    bridge.queue.send([ended])
    bridge.settle()
    return bridge


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.DIED_AFTER])
def test_a_service_that_can_be_asked_is_asked_about_the_ended_conversation(fault: Fault) -> None:
    office = StrictOffice()
    bridge = lose_and_end(office, fault)
    assert office.everything() == ["hello", "and more"]
    assert not marked(bridge)


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.DIED_AFTER])
def test_what_may_be_in_an_ended_conversation_is_marked_when_it_goes_to_the_next(fault: Fault) -> None:
    office = StrictForgetfulOffice()
    bridge = lose_and_end(office, fault)
    assert office.threads == {"conversation-1": ["hello", "and more"], "conversation-2": ["and more"]}
    assert len(marked(bridge)) == 1


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.DIED_BEFORE])
def test_what_is_not_in_the_ended_conversation_goes_to_the_next(fault: Fault) -> None:
    office = StrictOffice()
    bridge = lose_and_end(office, fault)
    assert office.threads == {"conversation-1": ["hello"], "conversation-2": ["and more"]}
    assert not marked(bridge)


def test_a_conversation_that_was_opened_without_our_noticing_and_has_ended_since_leaves_a_mark() -> None:
    office = StrictOffice()
    bridge = Bridge(platform=office)
    office.faults.append(Fault.DIED_AFTER)
    bridge.customer_writes("hello")
    bridge.work()
    office.close("conversation-1")
    bridge.settle()
    assert office.threads == {"conversation-1": ["hello"], "conversation-2": ["hello"]}
    assert len(marked(bridge)) == 1


def test_a_message_that_opens_the_next_conversation_first_does_not_hide_the_doubt() -> None:
    """Its webhook was late: it was written before the one that may be out."""
    office = StrictOffice()
    bridge = Bridge(platform=office)
    bridge.customer_writes("hello")
    bridge.settle()
    office.faults.append(Fault.DIED_AFTER)
    write(bridge, "and more", at=bridge.time.now())
    bridge.work()
    office.close("conversation-1")
    office.faults.append(Fault.GONE)
    write(bridge, "by the way", at=bridge.time.now() - timedelta(minutes=1))
    bridge.settle()
    assert office.threads == {"conversation-1": ["hello", "and more"], "conversation-2": ["by the way", "and more"]}
    assert len(marked(bridge)) == 1


def test_a_dead_letter_that_may_be_out_is_looked_for_since_it_was_sent() -> None:
    office = StrictOffice()
    bridge = Bridge(platform=office)
    bridge.customer_writes("hello")
    bridge.settle()
    office.faults.extend([Fault.DIED_AFTER, *[Fault.DIED_BEFORE] * 2])
    office.look_up_faults = True
    office.clock = bridge.time
    bridge.customer_writes("and more")
    bridge.settle(timedelta(hours=3))
    assert bridge.queue.causes == ["crashed"]
    office.look_up_faults = False
    bridge.time.advance(3600)
    bridge.redrive()
    bridge.settle()
    assert office.everything() == ["hello", "and more"]
    assert not marked(bridge)


def test_a_message_that_waited_and_went_out_later_does_not_end_the_search() -> None:
    """Another container had received the second one before the first one was visible again."""
    office = StrictOffice()
    bridge = Bridge(platform=office)
    bridge.customer_writes("hello")
    bridge.settle()
    for text in ("first", "second"):
        bridge.customer_writes(text)
    first, second = bridge.queue.receive()
    for envelope, fault in ((first, Fault.BUSY), (second, Fault.LOST_AFTER)):
        office.faults.append(fault)
        bridge.life.begin()
        kept = bridge.dispatcher.dispatch([envelope])
        bridge.queue.complete([envelope], kept)
        bridge.time.advance(0.1)
    bridge.settle()
    assert office.everything() == ["hello", "second", "first"]
    assert not marked(bridge)


def write(bridge: Bridge, text: str, at: datetime) -> None:
    bridge.queue.send([message_event(bridge.messenger, "asa", text, text, "pigeon-1", at)])


def marked(bridge: Bridge) -> list[str]:
    return [delivery.event_id for delivery in bridge.ledger.deliveries.values() if delivery.uncertain]
