"""A contact whom the messenger knows by several ids at once, of which a message may name all, some or one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchbay.domain.model import Contact
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.movers import EndingOffice, make_bridge, writes
from tests.harness.fakes.services import message_event

PHONE, BSUID, NEXT = "41790000001", "CH.1", "CH.2"


@pytest.fixture
def bridge() -> Bridge:
    return make_bridge()


def hear(bridge: Bridge) -> dict[str, list[str]]:
    """What agents see, by conversation."""
    bridge.settle()
    bridge.time.advance(1)
    return bridge.platform.threads


def test_who_was_known_by_a_number_is_the_same_when_another_id_comes_with_it(bridge: Bridge) -> None:
    writes(bridge, "by number", PHONE)
    bridge.settle()
    writes(bridge, "by id", BSUID, PHONE)
    bridge.settle()
    writes(bridge, "number hidden", BSUID)
    assert hear(bridge) == {"conversation-1": ["by number", "by id", "number hidden"]}
    bridge.agent_writes("hello")
    bridge.settle()
    assert bridge.messenger.threads == {BSUID: ["hello"]}
    (session,) = bridge.sessions.all()
    assert session.thread.aliases == (PHONE,)


def test_a_number_that_is_hidden_today_leads_to_the_contact_tomorrow(bridge: Bridge) -> None:
    writes(bridge, "with number", BSUID, PHONE)
    writes(bridge, "hidden", BSUID)
    bridge.settle()
    writes(bridge, "number only", PHONE)
    assert hear(bridge) == {"conversation-1": ["with number", "hidden", "number only"]}
    (session,) = bridge.sessions.all()
    assert session.thread.external_id == BSUID


def test_a_contact_who_is_known_by_all_ids_costs_no_further_write(bridge: Bridge) -> None:
    for text in ("one", "two"):
        writes(bridge, text, BSUID, PHONE)
        bridge.settle()
    (session,) = bridge.sessions.all()
    version = session.version
    writes(bridge, "three", BSUID, PHONE)
    bridge.settle()
    assert bridge.sessions.all()[0].version == version


def test_a_number_that_another_customer_has_by_now_leads_to_them(bridge: Bridge) -> None:
    """Numbers are given out again, and nobody may read what is meant for the one who had it before."""
    writes(bridge, "I am the first", BSUID, PHONE)
    bridge.settle()
    writes(bridge, "I am the second", NEXT, PHONE)
    bridge.settle()
    writes(bridge, "the first again", BSUID)
    bridge.settle()
    writes(bridge, "by number", PHONE)
    assert hear(bridge) == {
        "conversation-1": ["I am the first", "the first again"],
        "conversation-2": ["I am the second", "by number"],
    }


def test_one_who_was_first_known_by_a_number_keeps_it_whoever_else_has_it(bridge: Bridge) -> None:
    """The messages of the other one come from their own id, so nothing is mixed up."""
    writes(bridge, "I am the first", PHONE)
    bridge.settle()
    writes(bridge, "still the first", BSUID, PHONE)
    bridge.settle()
    for text in ("I am the second", "again"):
        writes(bridge, text, NEXT, PHONE)
        bridge.settle()
    assert hear(bridge) == {
        "conversation-1": ["I am the first", "still the first"],
        "conversation-2": ["I am the second", "again"],
    }


def test_of_two_contacts_who_turn_out_to_be_one_the_older_goes_on(bridge: Bridge) -> None:
    writes(bridge, "by number", PHONE)
    bridge.settle()
    bridge.time.advance(60)
    writes(bridge, "by id", BSUID)
    bridge.settle()
    bridge.time.advance(60)
    writes(bridge, "by both", BSUID, PHONE)
    assert hear(bridge) == {"conversation-1": ["by number", "by both"], "conversation-2": ["by id"]}
    assert isinstance(bridge.platform, EndingOffice)
    assert bridge.platform.ended == ["conversation-2"]
    bridge.agent_writes("hello")
    bridge.settle()
    assert bridge.messenger.threads == {BSUID: ["hello"]}


def test_two_contacts_with_one_name_are_two(bridge: Bridge) -> None:
    writes(bridge, "one", BSUID)
    writes(bridge, "two", NEXT)
    bridge.settle()
    assert {session.contact.name for session in bridge.sessions.all()} == {"Åsa"}
    assert len(hear(bridge)) == 2


def test_a_number_is_not_forgotten_when_it_is_hidden(bridge: Bridge) -> None:
    event = message_event(bridge.messenger, BSUID, "m1", "one", "pigeon-1")
    bridge.queue.send([replace(event, aliases=(PHONE,), contact=Contact(external_id=BSUID, phone="+41790000001"))])
    bridge.settle()
    writes(bridge, "two", BSUID)
    bridge.settle()
    (session,) = bridge.sessions.all()
    assert session.contact.phone == "+41790000001"
