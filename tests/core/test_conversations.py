"""Conversations that must be woken, people who must be known first, and accounts that are not ready."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.bridge.references import sign_reference
from patchbay.domain.accounts import Connection, ConnectionStatus, Endpoint
from patchbay.domain.errors import Transient, UnknownAccount, UnknownTenant, UnknownThread
from patchbay.domain.events import (
    ConnectionChanged,
    ContactChanged,
    ConversationChanged,
    Event,
    Ignored,
    Origin,
    TypingChanged,
)
from patchbay.domain.model import Contact, ContactKey, Conversation, ConversationStatus, Side
from patchbay.kit.abilities import EndsConversations, Opened
from patchbay.kit.contract import Http, WebhookRequest
from tests.harness.fakes.bridge import TOKEN, Bridge
from tests.harness.fakes.services import Fault, ForgetfulOffice, Office, message_event
from tests.harness.fakes.sleeping_conversations_platform import SleepyOffice
from tests.harness.fakes.token_platform import Clerk


class SleepyBridge(Bridge):
    platform: SleepyOffice

    def __init__(self) -> None:
        super().__init__(platform=SleepyOffice())

    def says(self, status: ConversationStatus, conversation: str = "conversation-1") -> None:
        """The platform's webhook about a conversation."""
        now = self.time.now()
        origin = Origin(service="sleepy", endpoint="sleepy-1")
        event_id = f"{conversation}-{status}-{now.isoformat()}"
        self.queue.send(
            [ConversationChanged(id=event_id, origin=origin, thread=conversation, occurred_at=now, status=status)]
        )


@pytest.fixture
def bridge() -> SleepyBridge:
    return SleepyBridge()


def settle(bridge: Bridge, seconds: float = 0) -> None:
    bridge.settle(timedelta(seconds=seconds))


# --- waking ----------------------------------------------------------------------------------------------------------


def test_messages_wait_in_order_until_the_conversation_is_active(bridge: SleepyBridge) -> None:
    for text in ("one", "two", "three"):
        bridge.customer_writes(text)
    settle(bridge, 5)
    assert bridge.platform.everything() == []
    assert bridge.platform.woken == ["conversation-1"]
    bridge.says(ConversationStatus.ACTIVE)
    settle(bridge, 5)
    assert bridge.platform.everything() == ["one", "two", "three"]
    assert not bridge.queue.parked


def test_a_conversation_that_is_active_at_once_takes_the_message_at_once(bridge: SleepyBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.customer_writes("one")
    bridge.work()
    assert bridge.platform.everything() == ["one"]


def test_a_pending_conversation_is_asked_for_again_when_nothing_was_heard(bridge: SleepyBridge) -> None:
    bridge.customer_writes("one")
    settle(bridge, 9)
    assert len(bridge.platform.woken) == 1
    bridge.platform.wakes_at_once = True
    settle(bridge, 5)
    assert len(bridge.platform.woken) == 2
    assert bridge.platform.everything() == ["one"]


def test_how_long_a_conversation_has_been_pending_is_remembered_while_it_is_asked_for(bridge: SleepyBridge) -> None:
    started = bridge.time.now()
    bridge.customer_writes("one")
    settle(bridge, 600)
    [session] = bridge.sessions.all()
    assert len(bridge.platform.woken) > 10
    assert session.pending_since
    assert session.pending_since - started < timedelta(seconds=2)
    bridge.says(ConversationStatus.ACTIVE)
    settle(bridge, 5)
    assert bridge.sessions.all()[0].pending_since is None


def test_a_conversation_that_an_agent_left_is_woken_by_the_next_message(bridge: SleepyBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.customer_writes("one")
    settle(bridge)
    bridge.says(ConversationStatus.ENDED)
    settle(bridge)
    bridge.customer_writes("two")
    settle(bridge, 5)
    assert bridge.platform.woken == ["conversation-1", "conversation-1"]
    assert bridge.platform.opened == ["conversation-1"]
    assert bridge.platform.everything() == ["one", "two"]


def test_a_conversation_that_cannot_be_woken_is_opened_anew(bridge: SleepyBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.customer_writes("one")
    settle(bridge)
    bridge.says(ConversationStatus.ENDED)
    settle(bridge)
    bridge.platform.contacts.clear()
    bridge.platform.contacts["somebody else"] = "conversation-x"
    bridge.platform.faults.append(Fault.GONE)
    bridge.customer_writes("two")
    settle(bridge, 5)
    assert bridge.platform.threads == {"conversation-1": ["one"], "conversation-2": ["two"]}


def test_news_that_come_while_the_platform_is_asked_are_not_overwritten(bridge: SleepyBridge) -> None:
    """The webhook can be faster than the answer, which still says pending."""
    bridge.customer_writes("one")

    def hear() -> None:
        bridge.says(ConversationStatus.ACTIVE)
        bridge.dispatcher.dispatch(bridge.queue.receive())

    bridge.platform.while_waking = hear
    bridge.work()
    assert bridge.platform.everything() == ["one"]


# --- people ----------------------------------------------------------------------------------------------------------


def test_a_person_is_made_once_however_often_opening_fails(bridge: SleepyBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.platform.faults.extend([None, Fault.BUSY, Fault.LOST_BEFORE])
    bridge.customer_writes("one")
    settle(bridge, 60)
    [reference] = bridge.platform.identified
    key = ContactKey.decode(reference)
    assert key == sign_reference(
        ContactKey(service="pigeon", connection_id="pigeon-1", contact_id="asa"),
        bridge.connections.connections["sleepy-1"],
    )
    assert bridge.platform.everything() == ["one"]


def test_a_person_who_is_gone_is_found_again_once(bridge: SleepyBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.customer_writes("one")
    settle(bridge)
    bridge.platform.people.clear()
    bridge.platform.faults.append(Fault.GONE)
    bridge.customer_writes("two")
    settle(bridge, 5)
    assert len(bridge.platform.identified) == 2
    assert bridge.platform.everything() == ["one", "two"]
    [session] = bridge.sessions.all()
    assert session.contact.platform_id == "person-2"


def test_two_first_messages_at_once_make_one_person_and_one_conversation(bridge: SleepyBridge) -> None:
    bridge.platform.wakes_at_once = True
    for number in range(5):
        bridge.customer_writes(str(number))
    settle(bridge, 60)
    assert len(bridge.platform.identified) == 1
    assert bridge.platform.threads == {"conversation-1": ["0", "1", "2", "3", "4"]}


def test_a_part_that_is_taken_once_needs_no_doubt(bridge: SleepyBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.customer_writes("hello")
    settle(bridge)
    bridge.platform.faults.append(Fault.LOST_BEFORE)
    bridge.customer_writes("one")
    settle(bridge, 60)
    delivery = next(each for each in bridge.ledger.deliveries.values() if each.attempts)
    assert (delivery.outcome, delivery.uncertain) == (Outcome.DELIVERED, False)


# --- accounts --------------------------------------------------------------------------------------------------------


def connection_says(bridge: Bridge, status: ConnectionStatus) -> None:
    now = bridge.time.now()
    origin = Origin(service="sleepy", endpoint="sleepy-1")
    event = ConnectionChanged(id=f"{status}{now}", origin=origin, thread="a", occurred_at=now, status=status)
    bridge.queue.send([event])
    settle(bridge, 5)


def test_messages_wait_while_the_service_opens_the_account(bridge: SleepyBridge) -> None:
    bridge.platform.wakes_at_once = True
    bridge.connections.change("sleepy-1", status=ConnectionStatus.PENDING)
    bridge.customer_writes("one")
    settle(bridge, 30)
    assert bridge.platform.calls == 0
    connection_says(bridge, ConnectionStatus.ACTIVE)
    assert bridge.platform.everything() == ["one"]


def test_the_service_cannot_undo_that_credentials_were_refused(bridge: SleepyBridge) -> None:
    bridge.connections.mark("sleepy-1", ConnectionStatus.NEEDS_AUTHORIZATION, "refused")
    for said, expected in (
        (ConnectionStatus.ACTIVE, ConnectionStatus.NEEDS_AUTHORIZATION),
        (ConnectionStatus.DISABLED, ConnectionStatus.DISABLED),
    ):
        connection_says(bridge, said)
        assert bridge.connections.connections["sleepy-1"].status is expected


def test_an_account_that_the_service_stops_alarms_the_owner_and_its_messages_wait(bridge: SleepyBridge) -> None:
    bridge.platform.wakes_at_once = True
    connection_says(bridge, ConnectionStatus.DISABLED)
    assert bridge.journal.metrics["AuthorizationNeeded"]
    bridge.customer_writes("one")
    settle(bridge, 60)
    assert bridge.platform.everything() == []
    connection_says(bridge, ConnectionStatus.ACTIVE)
    settle(bridge, 1000)
    assert bridge.platform.everything() == ["one"]


def test_news_of_an_account_wait_for_the_account_to_be_stored(bridge: SleepyBridge) -> None:
    now = bridge.time.now()
    origin = Origin(service="sleepy", endpoint="app", account="channel-1")
    bridge.queue.send(
        [ConnectionChanged(id="c", origin=origin, thread="a", occurred_at=now, status=ConnectionStatus.ACTIVE)]
    )
    settle(bridge, 10)
    bridge.connections.add(
        Connection(
            id="new",
            service="sleepy",
            side=Side.PLATFORM,
            endpoint_id="app",
            account="channel-1",
            status=ConnectionStatus.PENDING,
        ),
        hook="hook-app",
    )
    settle(bridge, 60)
    assert bridge.connections.connections["new"].status is ConnectionStatus.ACTIVE


# --- webhooks that name what is not known ----------------------------------------------------------------------------


class Naming(SleepyOffice):
    """Its webhooks' first word names an account or a conversation."""

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> list[Event | Ignored]:
        kind, name = request.tail
        if kind == "channel" and name not in endpoint.accounts:
            raise UnknownAccount(name)
        if kind == "owner" and name not in endpoint.tenants:
            raise UnknownTenant(name)
        if kind == "session" and name not in endpoint.threads:
            raise UnknownThread(name)
        return [Ignored(reason=f"{kind} of {endpoint.threads.get(name, name)}")]


@pytest.mark.parametrize(
    ("tail", "awaiting", "status"),
    [
        (("channel", "known"), False, 200),
        (("channel", "new"), False, 404),
        (("channel", "new"), True, 200),
        (("owner", "anybody"), False, 200),
        (("session", "known"), False, 200),
        (("session", "new"), True, 404),
    ],
)
def test_what_a_webhook_names_is_looked_up_or_404(tail: tuple[str, ...], awaiting: bool, status: int) -> None:
    bridge = Bridge(platform=Naming())
    bridge.connections.change("sleepy-1", account="known")
    bridge.connections.add(bridge.connections.connections["sleepy-1"], "hook-sleepy")
    bridge.connections.threads["sleepy-1", "known"] = "known"
    if awaiting:
        bridge.connections.awaiting.add("sleepy-1")
    request = WebhookRequest(method="PUT", tail=tail, headers={"x-token": TOKEN}, received_at=bridge.time.now())
    assert bridge.receiver(bridge.platform).receive("hook-sleepy", request).status == status


class Telling(Naming):
    """Its news of conversations name no account: that comes from our note of the conversation."""

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> list[Event | Ignored]:
        name, word = request.tail
        if name not in endpoint.threads:
            raise UnknownThread(name)
        at, origin = request.received_at, Origin(service="sleepy", endpoint=endpoint.id, account=endpoint.threads[name])
        if word == "typing":
            return [TypingChanged(id=f"{name}-{at}", origin=origin, thread=name, occurred_at=at, typing=True)]
        status = ConversationStatus(word)
        return [
            ConversationChanged(id=f"{name}-{word}-{at}", origin=origin, thread=name, occurred_at=at, status=status)
        ]


@pytest.fixture
def telling() -> Bridge:
    return Bridge(platform=Telling())


def tell(bridge: Bridge, word: str, name: str = "conversation-1") -> int:
    request = WebhookRequest(method="PUT", tail=(name, word), headers={"x-token": TOKEN}, received_at=bridge.time.now())
    return bridge.receiver(bridge.platform).receive("hook-sleepy", request).status


def status_of(bridge: Bridge) -> ConversationStatus | None:
    [session] = bridge.sessions.all()
    return session.conversation.status if session.conversation else None


def test_news_that_come_while_the_conversation_is_being_opened_are_heard(telling: Bridge) -> None:
    """They are handled by another container, before the call that opens it is answered."""
    office = telling.platform
    assert isinstance(office, Telling)
    assert tell(telling, "active") == 404, "nothing is being opened"
    answers: list[int] = []
    telling.customer_writes("hello")
    batch = telling.queue.receive()
    opened = office.open_conversation

    def open_slowly(*arguments: Any) -> Opened:
        answers.append(tell(telling, "active"))
        telling.work()
        return opened(*arguments)

    office.open_conversation = open_slowly  # type: ignore[assignment,method-assign]
    telling.queue.complete(batch, telling.dispatcher.dispatch(batch))
    assert answers == [200]
    settle(telling, 8)
    assert office.everything() == ["hello"]
    assert status_of(telling) is ConversationStatus.ACTIVE


def test_what_came_later_counts_more_than_news_that_had_to_wait(telling: Bridge) -> None:
    office = telling.platform
    assert isinstance(office, Telling)
    telling.connections.opening.add("sleepy-1")
    assert tell(telling, "ended") == 200
    telling.work()
    office.wakes_at_once = True
    telling.customer_writes("hello")
    settle(telling, 60)
    assert status_of(telling) is ConversationStatus.ACTIVE
    assert tell(telling, "ended") == 200
    settle(telling, 60)
    assert status_of(telling) is ConversationStatus.ENDED


@pytest.mark.parametrize("word", ["active", "typing"])
def test_news_of_a_conversation_that_never_becomes_ours_are_let_go(telling: Bridge, word: str) -> None:
    telling.connections.opening.add("sleepy-1")
    assert tell(telling, word, "somebody-elses") == 200
    telling.settle(timedelta(minutes=5))
    assert len(telling.queue) == 0
    assert not telling.queue.parked
    [skipped] = telling.journal.said("event skipped")
    assert skipped["reason"] == "not a conversation of ours"


def test_news_that_name_their_account_wait_a_moment_for_our_record_of_the_conversation(bridge: SleepyBridge) -> None:
    bridge.says(ConversationStatus.ENDED)
    assert bridge.work()
    assert not bridge.journal.said("event skipped")
    bridge.customer_writes("hello")
    bridge.platform.new_conversations_are = ConversationStatus.ACTIVE
    bridge.work()
    assert status_of(bridge) is ConversationStatus.ACTIVE
    settle(bridge, 10)
    assert status_of(bridge) is ConversationStatus.ENDED
    bridge.says(ConversationStatus.ENDED, "somebody-elses")
    settle(bridge, 10)
    assert len(bridge.queue) == 0


# --- answers that are faster than our own record ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "faults"),
    [
        (Office, [Fault.DIED_AFTER]),
        (ForgetfulOffice, [Fault.DIED_AFTER]),
        (SleepyOffice, [None, Fault.DIED_AFTER]),
        (Clerk, [Fault.DIED_AFTER]),
    ],
)
def test_an_answer_arrives_that_comes_before_the_conversation_was_recorded(
    platform: type[Office], faults: list[Fault | None]
) -> None:
    """The function died after it had opened the conversation; its message comes back after six minutes."""
    office = platform()
    office.faults.extend(faults)
    bridge = Bridge(platform=office)
    bridge.customer_writes("hello")
    bridge.work()
    [conversation] = office.references
    assert not office.faults
    assert all(session.conversation is None for session in bridge.sessions.all())
    bridge.time.advance(20)
    bridge.agent_writes("how can I help?", conversation=conversation)
    bridge.settle(timedelta(minutes=5))
    assert bridge.messenger.threads == {"asa": ["how can I help?"]}
    if isinstance(office, SleepyOffice):
        office.wakes_at_once = True
    bridge.settle()
    assert set(office.everything()) == {"hello"}
    assert len(office.references) == 1


# --- leaving ---------------------------------------------------------------------------------------------------------


class Closing(SleepyOffice, EndsConversations):
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
    assert bridge.journal.troubles == ["conversation not ended"]
    closing.faults.extend([Fault.BUSY] * 5000)
    leave(bridge, "again")
    settle(bridge, 3 * 24 * 3600)
    assert bridge.journal.troubles == ["conversation not ended"] * 2
    assert len(bridge.journal.said("event put off")) < 900  # the queue itself gives up at 1000
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


class Register(SleepyOffice):
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
    assert len(bridge.journal.said("contact not updated")) <= 3


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
    assert bridge.journal.troubles == ["contact not updated"]


def write_as(bridge: Bridge, name: str, text: str) -> None:
    event = message_event(bridge.messenger, "asa", text, text, "pigeon-1", bridge.time.now())
    bridge.queue.send([replace(event, contact=Contact(external_id="asa", name=name))])
