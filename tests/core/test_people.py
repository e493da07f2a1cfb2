"""Platforms that know people apart from conversations: passes in their name, numbers, and everybody else's talk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Rejected
from patchbay.domain.events import MessageReceived, ReceiptReceived, make_event_id
from patchbay.domain.model import Contact, Conversation, ConversationStatus, ReceiptState
from patchbay.kit.abilities import SendsReceipts, StartsThreads
from patchbay.kit.contract import Http
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, Office, Pigeon, message_event
from tests.harness.fakes.token_platform import Clerk, TokenPlatform


@pytest.fixture
def consulate() -> TokenPlatform:
    return TokenPlatform()


@pytest.fixture
def bridge(consulate: TokenPlatform) -> Bridge:
    return Bridge(platform=consulate, http=consulate.counter)


def said_by(bridge: Bridge, thread: str, person: str, text: str) -> MessageReceived:
    """A message of a messenger that knows who is behind a thread."""
    event = message_event(bridge.messenger, thread, f"{thread}:{text}", text, "pigeon-1", bridge.time.now())
    return replace(event, contact=Contact(external_id=thread, name="Åsa", person=person))


# --- passes --------------------------------------------------------------------------------------


def test_a_customer_is_made_known_once_and_their_pass_is_used_until_its_end(
    bridge: Bridge, consulate: TokenPlatform
) -> None:
    for text in ("one", "two", "three"):
        bridge.customer_writes(text)
    bridge.settle()
    assert consulate.everything() == ["one", "two", "three"]
    assert consulate.passes == 1
    assert len(consulate.secrets) == 1


def test_a_pass_is_renewed_a_minute_before_its_end_for_the_same_person(
    bridge: Bridge, consulate: TokenPlatform
) -> None:
    bridge.customer_writes("one")
    bridge.settle()
    bridge.time.advance(1739)
    bridge.customer_writes("two")
    bridge.settle()
    assert consulate.passes == 1
    bridge.time.advance(2)
    bridge.customer_writes("three")
    bridge.settle()
    assert (consulate.passes, len(consulate.secrets)) == (2, 1)
    assert len(set(consulate.counter.used)) == 2


def test_a_pass_that_is_refused_early_is_renewed_once(bridge: Bridge, consulate: TokenPlatform) -> None:
    bridge.customer_writes("one")
    bridge.settle()
    consulate.counter.good.clear()
    bridge.customer_writes("two")
    bridge.settle()
    assert consulate.everything() == ["one", "two"]
    assert consulate.passes == 2
    assert bridge.connections.connections["consulate-1"].status.value == "active"


def test_a_person_whom_the_platform_has_forgotten_is_made_known_anew(bridge: Bridge, consulate: TokenPlatform) -> None:
    bridge.customer_writes("one")
    bridge.settle()
    consulate.secrets.clear()
    consulate.secrets["another's"] = "person-7"
    bridge.time.advance(3600)
    bridge.customer_writes("two")
    bridge.settle()
    assert consulate.everything() == ["one", "two"]
    assert [person.secret for person in bridge.people.all()] == ["secret-2"]


def test_a_lost_answer_to_the_introduction_is_no_uncertain_message(bridge: Bridge, consulate: TokenPlatform) -> None:
    consulate.faults.append(Fault.LOST_AFTER)
    bridge.customer_writes("one")
    bridge.settle()
    [delivery] = bridge.ledger.deliveries.values()
    assert (delivery.outcome, delivery.uncertain) == (Outcome.DELIVERED, False)


def test_threads_of_one_person_share_their_identity_and_keep_their_conversations(
    bridge: Bridge, consulate: TokenPlatform
) -> None:
    bridge.queue.send([said_by(bridge, "chat-1", "ann", "one"), said_by(bridge, "chat-2", "ann", "two")])
    bridge.queue.send([said_by(bridge, "chat-3", "bob", "three")])
    bridge.settle()
    assert len(consulate.opened) == 3
    assert len(consulate.secrets) == 2
    assert sorted(consulate.people_of.values()) == ["person-1", "person-1", "person-2"]


def test_secrets_of_people_are_in_no_log_and_in_no_description(bridge: Bridge) -> None:
    bridge.customer_writes("one")
    bridge.settle()
    [person] = bridge.people.all()
    assert "secret-1" not in repr(person)
    assert "secret-1" not in str(bridge.telemetry.lines)


# --- numbers -------------------------------------------------------------------------------------


def test_a_contact_gets_a_number_that_nobody_else_gets_and_keeps_it() -> None:
    clerk = Clerk()
    bridge = Bridge(platform=clerk)
    clerk.faults.extend([Fault.BUSY, Fault.BUSY])
    for contact in ("ann", "bob"):
        bridge.customer_writes("hello", contact=contact)
    bridge.settle()
    session = bridge.sessions.of_contact("pigeon-1", "ann")
    assert session is not None
    bridge.sessions.save(replace(session, conversation=None, contact=replace(session.contact, platform_id="")))
    bridge.customer_writes("again", contact="ann")
    bridge.settle()
    assert sorted(set(clerk.opened)) == ["1", "2"]
    assert clerk.opened[-1] == clerk.opened[0]


# --- conversations of others ---------------------------------------------------------------------


def test_a_conversation_of_somebody_else_is_looked_up_once_and_nothing_of_it_is_carried(
    bridge: Bridge, consulate: TokenPlatform
) -> None:
    consulate.people_of["foreign"] = "person-of-the-web-site"
    for text in ("one", "two"):
        bridge.agent_writes(text, conversation="foreign")
    bridge.settle()
    assert consulate.looks == ["foreign"]
    assert bridge.messenger.threads == {}
    assert set(bridge.people.foreign) == {("consulate-1", "foreign")}


def test_an_answer_that_is_faster_than_the_opening_waits_for_it(bridge: Bridge, consulate: TokenPlatform) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    session = bridge.sessions.of_contact("pigeon-1", "asa")
    assert session is not None
    now = bridge.time.now()
    session = bridge.sessions.save(replace(session, conversation=None, opening_until=now + timedelta(seconds=60)))
    consulate.people_of["conversation-2"] = "person-1"
    bridge.queue.send([message_event(consulate, "conversation-2", "early", "early", "consulate-1", now)])
    bridge.settle(timedelta(seconds=30))
    assert bridge.messenger.threads == {}
    assert consulate.looks == ["conversation-2"]  # once, however long it waits
    opened = Conversation(external_id="conversation-2")
    bridge.sessions.save(replace(session, conversation=opened, opening_until=None))
    bridge.settle(timedelta(seconds=5))
    assert bridge.messenger.threads == {"asa": ["early"]}
    assert consulate.looks == ["conversation-2"]


def test_a_conversation_of_our_customer_that_nobody_recorded_is_taken_up(
    bridge: Bridge, consulate: TokenPlatform
) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.sessions.forget()
    now = bridge.time.now()
    bridge.queue.send([message_event(consulate, "conversation-1", "late", "late", "consulate-1", now)])
    bridge.settle()
    assert bridge.messenger.threads == {"asa": ["late"]}


def test_a_chat_that_an_agent_begins_with_a_known_person_reaches_them_at_once_and_takes_their_replies(
    bridge: Bridge, consulate: TokenPlatform
) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.time.advance(5)
    consulate.people_of["begun-by-an-agent"] = "person-1"
    for text in ("news for you", "and more"):
        event = message_event(consulate, "begun-by-an-agent", text, text, "consulate-1", bridge.time.now())
        bridge.queue.send([event])
        bridge.settle(timedelta(seconds=1))
    assert bridge.messenger.threads == {"asa": ["news for you", "and more"]}
    assert consulate.looks == ["begun-by-an-agent"]
    bridge.customer_writes("thank you")
    bridge.settle()
    assert consulate.threads["begun-by-an-agent"] == ["thank you"]


def test_the_chat_that_an_agent_begins_is_the_newest_although_the_customer_has_written_in_the_old_one_since(
    bridge: Bridge, consulate: TokenPlatform
) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.time.advance(5)
    consulate.people_of["begun-by-an-agent"] = "person-1"
    begun = message_event(consulate, "begun-by-an-agent", "news", "news", "consulate-1", bridge.time.now())
    bridge.time.advance(1)
    renamed = said_by(bridge, "asa", "", "are you there?")
    bridge.queue.send([replace(renamed, contact=Contact(external_id="asa", name="Åsa Lind"))])
    bridge.settle(timedelta(seconds=1))
    bridge.queue.send([begun])
    bridge.settle(timedelta(seconds=1))
    bridge.customer_writes("thank you")
    bridge.settle()
    assert consulate.threads == {"conversation-1": ["hello", "are you there?"], "begun-by-an-agent": ["thank you"]}


class Aviary(Pigeon, StartsThreads):
    """A messenger on which one person may have several threads."""

    most_threads = 9

    def __init__(self) -> None:
        super().__init__()
        self.begun: dict[str, Contact] = {}

    def start_thread(self, beside: Contact, key: str, connection: Connection, http: Http) -> Contact:
        if len(self.begun) >= self.most_threads:
            raise Rejected("there are too many threads")
        begun = replace(beside, external_id=f"{beside.person}-{len(self.begun)}", platform_id="")
        return self.begun.setdefault(key, begun)


@pytest.fixture
def aviary(consulate: TokenPlatform) -> Bridge:
    """Ann writes in one thread, and an agent is to begin another conversation with her."""
    bridge = Bridge(messenger=Aviary(), platform=consulate, http=consulate.counter)
    bridge.queue.send([said_by(bridge, "chat-1", "ann", "hello")])
    bridge.settle()
    bridge.time.advance(5)
    consulate.people_of["begun"] = "person-1"
    return bridge


def agent_says(bridge: Bridge, thread: str, text: str) -> None:
    event = message_event(bridge.platform, thread, f"{thread}:{text}", text, "consulate-1", bridge.time.now())
    bridge.queue.send([event])
    bridge.settle(timedelta(seconds=1))


def test_beside_a_thread_that_goes_on_an_agents_new_conversation_has_one_of_its_own(
    aviary: Bridge, consulate: TokenPlatform
) -> None:
    agent_says(aviary, "begun", "news")
    agent_says(aviary, "begun", "more")
    agent_says(aviary, "conversation-1", "as to your question")
    assert aviary.messenger.threads == {"ann-0": ["news", "more"], "chat-1": ["as to your question"]}
    aviary.queue.send([said_by(aviary, "ann-0", "ann", "thanks"), said_by(aviary, "chat-1", "ann", "I see")])
    aviary.settle()
    assert consulate.threads == {"conversation-1": ["hello", "I see"], "begun": ["thanks"]}
    assert (consulate.looks, consulate.passes) == (["begun"], 1)


def test_once_the_thread_is_over_the_agents_new_conversation_goes_on_in_it(aviary: Bridge) -> None:
    session = aviary.sessions.of_contact("pigeon-1", "chat-1")
    assert session is not None
    assert session.conversation is not None
    aviary.sessions.save(replace(session, conversation=replace(session.conversation, status=ConversationStatus.ENDED)))
    agent_says(aviary, "begun", "news")
    assert aviary.messenger.threads == {"chat-1": ["news"]}


def test_a_person_who_may_have_no_more_threads_hears_of_it_in_the_one_they_have(aviary: Bridge) -> None:
    assert isinstance(aviary.messenger, Aviary)
    aviary.messenger.most_threads = 0
    agent_says(aviary, "begun", "news")
    assert aviary.messenger.threads == {"chat-1": ["news"]}


def test_a_function_that_dies_over_a_new_thread_begins_no_second_one(aviary: Bridge) -> None:
    aviary.messenger.faults.append(Fault.DIED_BEFORE)
    agent_says(aviary, "begun", "news")
    aviary.settle()
    assert aviary.messenger.threads == {"ann-0": ["news"]}


def test_a_platform_that_names_the_contact_is_asked_once_while_their_conversation_is_being_opened() -> None:
    bridge = Bridge()
    office = bridge.platform
    assert isinstance(office, Office)
    bridge.customer_writes("hello")
    bridge.settle()
    session = bridge.sessions.of_contact("pigeon-1", "asa")
    assert session is not None
    now = bridge.time.now()
    bridge.sessions.save(replace(session, conversation=None, opening_until=now + timedelta(seconds=60)))
    office.references["begun-by-an-agent"] = office.references["conversation-1"]
    bridge.agent_writes("news for you", conversation="begun-by-an-agent")
    bridge.settle(timedelta(minutes=2))
    assert bridge.messenger.threads == {"asa": ["news for you"]}
    assert office.looks == ["begun-by-an-agent"]
    bridge.customer_writes("thank you")
    bridge.settle()
    assert office.threads["begun-by-an-agent"] == ["thank you"]


def test_an_old_message_of_a_chat_that_is_forgotten_does_not_take_the_customer_back_there(
    bridge: Bridge, consulate: TokenPlatform
) -> None:
    sent_at = bridge.time.now()
    bridge.time.advance(3600)
    bridge.customer_writes("hello")
    bridge.settle()
    consulate.people_of["long-forgotten"] = "person-1"
    bridge.queue.send([message_event(consulate, "long-forgotten", "late", "late", "consulate-1", sent_at)])
    bridge.settle()
    assert bridge.messenger.threads == {"asa": ["late"]}
    bridge.customer_writes("here I am")
    bridge.settle()
    assert consulate.threads == {"conversation-1": ["hello", "here I am"]}


def test_an_answer_waits_for_the_thread_that_is_being_opened_and_goes_to_no_other_of_the_same_person(
    bridge: Bridge, consulate: TokenPlatform
) -> None:
    bridge.queue.send([said_by(bridge, "chat-1", "ann", "one")])
    bridge.settle()
    consulate.dies_while_opening = True
    bridge.queue.send([said_by(bridge, "chat-2", "ann", "two")])
    bridge.work()
    bridge.time.advance(10)
    bridge.queue.send([message_event(consulate, "conversation-2", "a", "answer", "consulate-1", bridge.time.now())])
    bridge.settle()
    assert bridge.messenger.threads == {"chat-2": ["answer"]}


# --- read until ----------------------------------------------------------------------------------


class ReceiptPigeon(Pigeon, SendsReceipts):
    """A messenger that shows people what became of their messages."""

    def list_shown_states(self, connection: Connection) -> frozenset[ReceiptState]:
        return frozenset({ReceiptState.READ})

    def send_receipt(self, *_: object) -> None: ...


def test_a_receipt_with_a_time_covers_what_was_delivered_until_then(consulate: TokenPlatform) -> None:
    bridge = Bridge(ReceiptPigeon(), consulate, http=consulate.counter)
    bridge.customer_writes("one")
    bridge.settle()
    bridge.time.advance(60)
    moment = bridge.time.now()
    bridge.time.advance(60)
    bridge.customer_writes("two")
    bridge.settle()
    origin = message_event(consulate, "conversation-1", "x", "x", "consulate-1").origin
    receipt = ReceiptReceived(
        id=make_event_id("read", origin, "1"),
        origin=origin,
        thread="conversation-1",
        occurred_at=moment,
        message_id="",
        state=ReceiptState.READ,
        covers_earlier=True,
    )
    bridge.queue.send([receipt])
    bridge.settle(timedelta(minutes=5))
    assert sorted(sent.state for sent in bridge.ledger.all_sent()) == [ReceiptState.READ, ReceiptState.SENT]
