"""An agent writes to somebody who has never written: by phone number, where the messenger and the owner allow it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchbay.domain.events import ContactChanged, make_event_id
from patchbay.domain.model import Contact, ContactKey
from patchbay.kit.contract import Setting
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.movers import EndingOffice, MovingPigeon, writes
from tests.harness.fakes.services import message_event

PHONE, BSUID = "41790000001", "CH.1"


class Stork(MovingPigeon):
    """A messenger that takes first messages."""

    behavior = replace(MovingPigeon.behavior, agent_initiated=True)


class FirstOffice(EndingOffice):
    settings = (Setting(name="first_to", help="A messenger for first messages", outbound_messenger=True),)


@pytest.fixture
def bridge() -> Bridge:
    bridge = Bridge(messenger=Stork(), platform=FirstOffice())
    bridge.connections.change("office-1", settings={"first_to": "pigeon:pigeon-1"})
    return bridge


def agent_begins(bridge: Bridge, text: str, conversation: str = "begun", contact: str = PHONE) -> None:
    """As Unblu does it: our answer has named the contact, which nobody could sign for."""
    assert isinstance(bridge.platform, FirstOffice)
    key = ContactKey(service="pigeon", connection_id="pigeon-1", contact_id=contact)
    bridge.platform.references[conversation] = key.encode()
    bridge.agent_writes(text, conversation=conversation)
    bridge.settle()


def test_the_first_message_goes_to_the_number_and_begins_a_session(bridge: Bridge) -> None:
    agent_begins(bridge, "your order is here")
    assert bridge.messenger.threads == {PHONE: ["your order is here"]}
    (session,) = bridge.sessions.all()
    assert (session.contact.external_id, session.thread.external_id) == (PHONE, PHONE)
    assert session.contact.phone == f"+{PHONE}"
    assert not bridge.platform.reports


def test_the_answer_comes_into_the_conversation_that_the_agent_began(bridge: Bridge) -> None:
    agent_begins(bridge, "your order is here")
    writes(bridge, "thank you", PHONE)
    bridge.settle()
    assert bridge.platform.threads == {"begun": ["thank you"]}


def test_so_does_one_by_another_id_that_comes_with_the_number(bridge: Bridge) -> None:
    agent_begins(bridge, "your order is here")
    writes(bridge, "thank you", BSUID, PHONE)
    bridge.settle()
    bridge.time.advance(1)
    writes(bridge, "number hidden", BSUID)
    bridge.settle()
    bridge.agent_writes("welcome", conversation="begun")
    bridge.settle()
    assert bridge.platform.threads == {"begun": ["thank you", "number hidden"]}
    assert bridge.messenger.threads == {PHONE: ["your order is here"], BSUID: ["welcome"]}
    assert len(bridge.sessions.all()) == 1


def test_a_number_of_a_known_customer_leads_to_them_where_they_are_reached(bridge: Bridge) -> None:
    writes(bridge, "hello", BSUID, PHONE)
    bridge.settle()
    bridge.time.advance(60)
    agent_begins(bridge, "your order is here")
    assert bridge.messenger.threads == {BSUID: ["your order is here"]}
    assert len(bridge.sessions.all()) == 1


def test_who_has_written_before_without_a_number_answers_where_the_agent_began_if_all_else_has_ended(
    bridge: Bridge,
) -> None:
    assert isinstance(bridge.platform, FirstOffice)
    writes(bridge, "a year ago", BSUID)
    bridge.settle()
    (session,) = bridge.sessions.all()
    assert session.conversation is not None
    ended = replace(session.conversation, status=session.conversation.status.ENDED)
    bridge.sessions.save(replace(session, conversation=ended))
    bridge.time.advance(60)
    agent_begins(bridge, "your order is here")
    bridge.time.advance(60)
    writes(bridge, "thank you", BSUID, PHONE)
    bridge.settle()
    assert bridge.platform.threads == {"conversation-1": ["a year ago"], "begun": ["thank you"]}
    assert bridge.platform.ended == []
    bridge.agent_writes("welcome", conversation="begun")
    bridge.settle()
    assert bridge.messenger.threads == {PHONE: ["your order is here"], BSUID: ["welcome"]}


def test_who_does_not_want_messages_gets_none_and_the_agent_reads_why(bridge: Bridge) -> None:
    writes(bridge, "hello", BSUID, PHONE)
    bridge.settle()
    bridge.time.advance(60)
    origin = message_event(bridge.messenger, BSUID, "x", "x", "pigeon-1").origin
    reason = "the customer has stopped messages of this business"
    stopped = ContactChanged(
        id=make_event_id("contact", origin, "stop"),
        origin=origin,
        thread=BSUID,
        occurred_at=bridge.time.now(),
        contact=Contact(external_id=BSUID, reachable=False, unreachable_reason=reason),
    )
    bridge.queue.send([stopped])
    bridge.settle()
    bridge.time.advance(60)
    agent_begins(bridge, "a special offer")
    assert bridge.messenger.everything() == []
    assert bridge.platform.reports == [("office:begun:a special offer", reason)]


def test_nobody_is_written_to_first_whom_the_owner_has_not_allowed(bridge: Bridge) -> None:
    bridge.connections.change("office-1", settings={})
    agent_begins(bridge, "a special offer")
    assert bridge.messenger.everything() == []
    assert bridge.sessions.all() == []


def test_several_first_messages_to_one_number_are_one_contact(bridge: Bridge) -> None:
    agent_begins(bridge, "one", "begun-1")
    bridge.time.advance(5)
    agent_begins(bridge, "two", "begun-2")
    assert bridge.messenger.threads == {PHONE: ["one", "two"]}
    assert len(bridge.sessions.all()) == 1
