"""What changes without a message: customers who leave, and names that become known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import Transient
from patchbay.domain.events import (
    ContactChanged,
    Origin,
)
from patchbay.domain.model import Contact, Conversation, ConversationStatus
from patchbay.kit.abilities import EndsConversations
from patchbay.kit.contract import Http
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, message_event
from tests.harness.fakes.sleeping_conversations_platform import SleepingPlatform


def settle(bridge: Bridge, seconds: float = 0) -> None:
    bridge.settle(timedelta(seconds=seconds))


# --- leaving ---------------------------------------------------------------------------------------------------------


class Closing(SleepingPlatform, EndsConversations):
    ended: list[str]

    def end_conversation(self, reason: str, conversation: Conversation, connection: Connection, http: Http) -> None:
        self.raise_before(self.next_fault())
        self.ended.append(conversation.external_id)


@pytest.fixture
def closing() -> Closing:
    platform = Closing()
    platform.ended, platform.wakes_at_once = [], True
    return platform


def leave(bridge: Bridge, event_id: str = "left") -> None:
    tell_of(bridge, event_id, Contact(external_id="asa", reachable=False))


def tell_of(bridge: Bridge, event_id: str, contact: Contact) -> None:
    origin = Origin(service="pigeon", endpoint="pigeon-1")
    at = bridge.time.now() + timedelta(seconds=1)
    bridge.queue.send([ContactChanged(id=event_id, origin=origin, thread="asa", occurred_at=at, contact=contact)])


@pytest.mark.parametrize(
    "faults", [[], [Fault.BUSY], [Fault.LOST_AFTER], [Fault.PENDING], [Fault.BUSY] * 20, [Fault.PENDING] * 20], ids=str
)
def test_a_customer_who_leaves_ends_their_conversation_whatever_is_in_the_way(
    closing: Closing, faults: list[Fault]
) -> None:
    bridge = Bridge(platform=closing)
    bridge.customer_writes("hello")
    settle(bridge)
    closing.faults.extend(faults)
    leave(bridge)
    settle(bridge, 3600)
    assert closing.ended == ["conversation-1"]
    [session] = bridge.sessions.all()
    assert not session.contact.reachable
    assert session.conversation is not None
    assert session.conversation.status is ConversationStatus.ENDED


def test_an_end_that_meets_a_changed_session_is_still_told(closing: Closing) -> None:
    bridge = Bridge(platform=closing)
    bridge.customer_writes("hello")
    settle(bridge)
    closing.faults.extend([Fault.BUSY] * 3)
    leave(bridge)
    settle(bridge, 1)
    [session] = bridge.sessions.all()
    bridge.time.advance(2)
    bridge.sessions.save(replace(session, updated_at=bridge.time.now()))  # something else has happened meanwhile
    settle(bridge, 3600)
    assert closing.ended == ["conversation-1"]


def test_an_end_that_is_refused_for_good_or_for_a_day_is_given_up_and_warned_of(closing: Closing) -> None:
    bridge = Bridge(platform=closing)
    bridge.customer_writes("hello")
    settle(bridge)
    closing.faults.extend([Fault.REFUSED])
    leave(bridge)
    settle(bridge, 3600)
    assert bridge.telemetry.troubles == ["conversation not ended"]
    closing.faults.extend([Fault.BUSY] * 5000)
    leave(bridge, "again")
    settle(bridge, 3 * 24 * 3600)
    assert bridge.telemetry.troubles == ["conversation not ended"] * 2
    assert len(bridge.telemetry.logged("event deferred")) < 900  # the queue itself gives up at 1000
    assert len(bridge.queue) == 0


def test_who_has_come_back_is_not_sent_away_by_the_old_news_that_they_left(closing: Closing) -> None:
    bridge = Bridge(platform=closing)
    bridge.customer_writes("hello")
    settle(bridge)
    closing.faults.extend([Fault.BUSY] * 3)
    leave(bridge)
    bridge.work()
    bridge.time.advance(5)
    closing.faults.clear()
    closing.faults.extend([None, Fault.BUSY, Fault.BUSY])
    event = message_event(bridge.messenger, "asa", "back", "I am back", "pigeon-1", bridge.time.now())
    bridge.queue.send([event])
    settle(bridge, 3600)
    assert "I am back" in closing.everything()


# --- names -----------------------------------------------------------------------------------------------------------


class Register(SleepingPlatform):
    update_fails = False

    def update_contact(self, contact: Contact, conversation: Conversation, connection: Connection, http: Http) -> None:
        if self.update_fails:
            raise Transient("no profile can be written")
        self.raise_before(self.next_fault())
        super().update_contact(contact, conversation, connection, http)


@pytest.fixture
def register() -> Register:
    platform = Register()
    platform.wakes_at_once = True
    return platform


@pytest.mark.parametrize("faults", [[], [Fault.BUSY] * 5, [Fault.PENDING] * 5, [Fault.LOST_BEFORE]], ids=str)
def test_a_new_name_is_shown_to_the_agents_whatever_is_in_the_way(register: Register, faults: list[Fault]) -> None:
    bridge = Bridge(platform=register)
    bridge.customer_writes("hello")
    settle(bridge)
    register.faults.extend(faults)
    tell_of(bridge, "renamed", Contact(external_id="asa", name="Åsa Öberg"))
    settle(bridge, 3600)
    assert [contact.name for contact in register.updates] == ["Åsa Öberg"]
    assert bridge.sessions.all()[0].contact.name == "Åsa Öberg"


@pytest.mark.parametrize("faults", [[Fault.BUSY], [Fault.PENDING] * 3, [Fault.UNAUTHORIZED] * 2], ids=str)
def test_a_new_name_that_cannot_be_shown_holds_up_no_message_and_is_shown_soon(
    register: Register, faults: list[Fault]
) -> None:
    bridge = Bridge(platform=register)
    write_as(bridge, "Åsa", "one")
    settle(bridge)
    register.faults.extend(faults[:1])
    write_as(bridge, "Åsa Öberg", "two")
    bridge.work()
    assert register.everything() == ["one", "two"]
    register.faults.extend(faults[1:])
    settle(bridge, 60)
    assert [contact.name for contact in register.updates] == ["Åsa Öberg"]
    write_as(bridge, "Åsa Öberg", "three")
    settle(bridge)
    assert register.everything() == ["one", "two", "three"]
    assert len(register.updates) == 1
    assert bridge.connections.connections["sleepy-1"].status is ConnectionStatus.ACTIVE


def test_a_name_that_can_never_be_shown_costs_a_message_a_try_a_minute_at_most(register: Register) -> None:
    bridge = Bridge(platform=register)
    write_as(bridge, "Åsa", "one")
    settle(bridge)
    register.update_fails = True
    for number in range(12):
        write_as(bridge, "Åsa Öberg", str(number))
        bridge.work()
        bridge.time.advance(10)
    assert register.everything() == ["one", *map(str, range(12))]
    assert len(bridge.telemetry.logged("contact not updated")) <= 3


def test_what_a_customer_writes_does_not_wait_behind_news_of_them(register: Register) -> None:
    """The web chat, say, tells of a new name or address for itself."""
    bridge = Bridge(platform=register)
    write_as(bridge, "Åsa", "one")
    settle(bridge)
    register.update_fails = True
    tell_of(bridge, "renamed", Contact(external_id="asa", name="Åsa Öberg"))
    settle(bridge, 300)
    write_as(bridge, "Åsa", "two")
    settle(bridge, 1)
    assert register.everything() == ["one", "two"]


def test_a_new_name_that_is_refused_for_good_is_not_tried_again(register: Register) -> None:
    bridge = Bridge(platform=register)
    write_as(bridge, "Åsa", "one")
    settle(bridge)
    register.faults.append(Fault.REFUSED)
    write_as(bridge, "Åsa Öberg", "two")
    write_as(bridge, "Åsa Öberg", "three")
    settle(bridge)
    assert register.everything() == ["one", "two", "three"]
    assert register.updates == []
    assert bridge.telemetry.troubles == ["contact not updated"]


def write_as(bridge: Bridge, name: str, text: str) -> None:
    event = message_event(bridge.messenger, "asa", text, text, "pigeon-1", bridge.time.now())
    bridge.queue.send([replace(event, contact=Contact(external_id="asa", name=name))])
