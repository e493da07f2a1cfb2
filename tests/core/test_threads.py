"""A contact whom the messenger gives another id, or knows by several: one conversation goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.events import ContactChanged, ReceiptReceived, make_event_id
from patchbay.domain.model import Contact, ContactKey, ReceiptState
from patchbay.domain.references import Reference
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.movers import EndingOffice, MovingPigeon, make_bridge, moves, writes
from tests.harness.fakes.services import Office, UnsearchablePlatform, message_event

PHONE, BSUID, NEXT = "41790000001", "CH.1", "CH.2"


@pytest.fixture
def bridge() -> Bridge:
    return make_bridge()


def hear(bridge: Bridge) -> dict[str, list[str]]:
    """What agents see, by conversation."""
    bridge.settle()
    bridge.time.advance(1)
    return bridge.platform.threads


# --- the messenger says so -------------------------------------------------------------------------------------------


def test_one_conversation_goes_on_in_both_directions(bridge: Bridge) -> None:
    writes(bridge, "before", "a")
    bridge.settle()
    moves(bridge, "a", "b")
    writes(bridge, "after", "b")
    assert hear(bridge) == {"conversation-1": ["before", "after"]}
    bridge.agent_writes("hello")
    bridge.settle()
    assert bridge.messenger.threads == {"b": ["hello"]}


def test_what_still_waits_under_the_old_id_joins_it(bridge: Bridge) -> None:
    writes(bridge, "before", "a")
    bridge.settle()
    moves(bridge, "a", "b")
    writes(bridge, "late", "a", at=bridge.time.now() - timedelta(seconds=5))
    writes(bridge, "after", "b")
    assert [sorted(texts) for texts in hear(bridge).values()] == [["after", "before", "late"]]


def test_a_move_that_is_told_before_the_first_message_is_carried_begins_one_conversation(bridge: Bridge) -> None:
    moves(bridge, "a", "b")
    bridge.settle()
    writes(bridge, "first", "a", at=bridge.time.now() - timedelta(seconds=5))
    bridge.settle()
    writes(bridge, "second", "b")
    assert hear(bridge) == {"conversation-1": ["first", "second"]}
    bridge.agent_writes("hello")
    bridge.settle()
    assert bridge.messenger.threads == {"b": ["hello"]}


def test_to_say_it_again_changes_nothing(bridge: Bridge) -> None:
    writes(bridge, "before", "a")
    bridge.settle()
    for _ in range(3):
        moves(bridge, "a", "b")
        bridge.settle()
    (session,) = bridge.sessions.all()
    version = session.version
    moves(bridge, "a", "b")
    bridge.settle()
    assert bridge.sessions.all()[0].version == version


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_chain_of_moves_ends_where_the_contact_is_in_whatever_order_it_is_carried(
    bridge: Bridge, order: tuple[int, int]
) -> None:
    writes(bridge, "before", "a")
    bridge.settle()
    now = bridge.time.now()
    steps = [("a", "b", now + timedelta(seconds=1)), ("b", "c", now + timedelta(seconds=2))]
    for number in order:
        old, new, at = steps[number]
        moves(bridge, old, new, at=at)
        bridge.settle()
    for thread in ("a", "b", "c"):
        writes(bridge, f"as {thread}", thread)
        bridge.settle()
    assert hear(bridge) == {"conversation-1": ["before", "as a", "as b", "as c"]}
    bridge.agent_writes("hello")
    bridge.settle()
    assert bridge.messenger.threads == {"c": ["hello"]}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_move_back_is_a_move(bridge: Bridge, order: tuple[int, int]) -> None:
    writes(bridge, "before", "a")
    bridge.settle()
    now = bridge.time.now()
    steps = [("a", "b", now + timedelta(seconds=1)), ("b", "a", now + timedelta(seconds=2))]
    for number in order:
        old, new, at = steps[number]
        moves(bridge, old, new, at=at)
        bridge.settle()
    writes(bridge, "as b", "b")
    assert hear(bridge) == {"conversation-1": ["before", "as b"]}
    bridge.agent_writes("hello")
    bridge.settle()
    assert bridge.messenger.threads == {"a": ["hello"]}


def test_of_two_conversations_the_older_one_goes_on_and_the_other_ends(bridge: Bridge) -> None:
    """The first message from the new id may have come before the news."""
    writes(bridge, "before", "a")
    bridge.settle()
    writes(bridge, "too early", "b")
    bridge.settle()
    moves(bridge, "a", "b")
    bridge.settle()
    writes(bridge, "after", "b")
    assert hear(bridge) == {"conversation-1": ["before", "after"], "conversation-2": ["too early"]}
    assert isinstance(bridge.platform, EndingOffice)
    assert bridge.platform.ended == ["conversation-2"]
    bridge.agent_writes("to the second", conversation="conversation-2")
    bridge.agent_writes("to the first")
    bridge.settle()
    assert {thread: sorted(texts) for thread, texts in bridge.messenger.threads.items()} == {
        "b": ["to the first", "to the second"]
    }


def test_the_platform_goes_on_knowing_the_contact_by_the_reference_that_it_has(bridge: Bridge) -> None:
    assert isinstance(bridge.platform, Office)
    writes(bridge, "before", "a")
    bridge.settle()
    moves(bridge, "a", "b")
    bridge.settle()
    reference = bridge.platform.references["conversation-1"]
    key = ContactKey.decode(reference)
    assert key is not None
    assert key.contact_id == "a"
    bridge.platform.references["conversation-9"] = reference
    bridge.agent_writes("a new conversation", conversation="conversation-9")
    bridge.settle()
    assert bridge.messenger.threads == {"b": ["a new conversation"]}
    assert len(bridge.sessions.all()) == 1


def test_who_is_unreachable_stays_unreachable(bridge: Bridge) -> None:
    writes(bridge, "before", "a")
    bridge.settle()
    bridge.time.advance(60)
    origin = message_event(bridge.messenger, "a", "x", "x", "pigeon-1").origin
    left = ContactChanged(
        id=make_event_id("contact", origin, "a"),
        origin=origin,
        thread="a",
        occurred_at=bridge.time.now(),
        contact=Contact(external_id="a", reachable=False, unreachable_reason="the customer has left"),
    )
    bridge.queue.send([left])
    bridge.settle()
    moves(bridge, "a", "b")
    bridge.settle()
    bridge.agent_writes("are you there?", conversation="conversation-1")
    bridge.settle()
    assert bridge.messenger.threads == {}
    assert bridge.platform.reports == [("office:conversation-1:are you there?", "the customer has left")]


def test_a_refused_message_is_sent_to_where_the_messenger_says_and_the_next_one_goes_there_at_once(
    bridge: Bridge,
) -> None:
    assert isinstance(bridge.messenger, MovingPigeon)
    writes(bridge, "before", "a")
    bridge.settle()
    bridge.messenger.moved["a"] = "b"
    for text in ("one", "two"):
        bridge.agent_writes(text)
        bridge.settle()
    writes(bridge, "after", "b")
    assert hear(bridge) == {"conversation-1": ["before", "after"]}
    assert bridge.messenger.threads == {"b": ["one", "two"]}
    assert bridge.messenger.refused == ["a"]
    assert not bridge.platform.reports


def test_nothing_of_a_move_is_kept_that_waited_while_the_contact_was_erased(bridge: Bridge) -> None:
    writes(bridge, "before", "a")
    bridge.settle()
    (session,) = bridge.sessions.all()
    before = bridge.time.now()
    bridge.time.advance(10)
    event = message_event(bridge.messenger, "a", "x", "x", "pigeon-1")
    bridge.sessions.erase(session)
    bridge.ledger.note_erased(event.thread_group, bridge.time.now())
    moves(bridge, "a", "b", at=before)
    bridge.settle()
    assert bridge.sessions.find("pigeon-1", "a") == ("a", None)


# --- several ids at once ---------------------------------------------------------------------------------------------


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


# --- messages of before ----------------------------------------------------------------------------------------------


def test_the_same_message_is_not_carried_under_both_ids(bridge: Bridge) -> None:
    at = bridge.time.now()
    writes(bridge, "hello", PHONE, at=at, message_id="wamid.1")
    bridge.settle()
    bridge.time.advance(600)  # the queue does not recognise it any more
    writes(bridge, "hello", BSUID, PHONE, at=at, message_id="wamid.1")
    bridge.settle()
    bridge.time.advance(600)
    writes(bridge, "hello", BSUID, at=at, message_id="wamid.1")
    assert hear(bridge) == {"conversation-1": ["hello"]}


def answer(bridge: Bridge, thread: str, text: str, quoted: Reference) -> None:
    event = message_event(bridge.messenger, thread, f"m:{text}", text, "pigeon-1", bridge.time.now())
    bridge.queue.send([replace(event, message=replace(event.message, reply_to=quoted))])
    bridge.settle()


def test_an_answer_finds_the_customers_own_message_of_before(bridge: Bridge) -> None:
    assert isinstance(bridge.platform, EndingOffice)
    writes(bridge, "before", "a", message_id="m1")
    bridge.settle()
    moves(bridge, "a", "b")
    bridge.settle()
    origin = message_event(bridge.messenger, "a", "m1", "before", "pigeon-1").origin
    answer(bridge, "b", "an answer", Reference(message_id="m1", event_id=make_event_id("message", origin, "m1")))
    assert bridge.platform.answers == [("an answer", bridge.platform.ids["conversation-1"][0])]


def test_an_answer_finds_the_agents_message_of_before(bridge: Bridge) -> None:
    assert isinstance(bridge.platform, EndingOffice)
    writes(bridge, "before", "a")
    bridge.settle()
    bridge.agent_writes("a question")
    bridge.settle()
    moves(bridge, "a", "b")
    bridge.settle()
    answer(bridge, "b", "an answer", Reference(message_id=bridge.messenger.ids["a"][0]))
    assert bridge.platform.answers == [("an answer", "office:conversation-1:a question")]


def test_a_receipt_for_a_message_of_before_reaches_its_author() -> None:
    platform = UnsearchablePlatform()
    bridge = Bridge(messenger=MovingPigeon(), platform=platform)
    writes(bridge, "before", "a")
    bridge.settle()
    for text in ("one", "two"):
        bridge.agent_writes(text)
        bridge.settle()
        if text == "one":
            moves(bridge, "a", "b")
            bridge.settle()
    origin = message_event(bridge.messenger, "b", "x", "x", "pigeon-1").origin
    read = ReceiptReceived(
        id="read",
        origin=origin,
        thread="b",
        occurred_at=bridge.time.now(),
        message_id=bridge.messenger.ids["b"][0],
        state=ReceiptState.READ,
        covers_earlier=True,
    )
    bridge.queue.send([read])
    bridge.settle()
    seen = [message for message, state in platform.receipts if state is ReceiptState.READ]
    assert seen == ["forgetful:conversation-1:one", "forgetful:conversation-1:two"]
