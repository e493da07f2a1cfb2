"""Customers at Unblu: persons, contacts and conversations, made once, found again, in both generations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchbay.domain.errors import AuthorizationNeeded, ContactGone, Rejected, Transient
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Contact, ContactKey, Conversation
from patchbay.kit.contract import HttpRequest, HttpResponse
from patchbay.platforms.unblu import CONNECTOR
from patchbay.platforms.unblu.ids import name_later_source, name_source, read_payload, read_source
from playground.services.unblu import DEMO_AGENT, DEMO_TEAM
from playground.services.unblu.records import Generation
from playground.simulator import Fault
from tests.harness.fakes.recording_http import RecordingHttp
from tests.harness.unblu_desk import ASA, CUSTOMER, KEY, Desk, make_desk

GENERATIONS: tuple[Generation, ...] = ("v4", "v3")


@pytest.fixture(params=GENERATIONS)
def desk(request: pytest.FixtureRequest) -> Desk:
    return make_desk(request.param)


@pytest.fixture
def newer() -> Desk:
    return make_desk("v4")


@pytest.fixture
def older() -> Desk:
    return make_desk("v3")


# --- names -----------------------------------------------------------------------------------------------------------


def test_a_customers_name_is_read_again_whatever_is_in_their_id() -> None:
    assert read_source(name_source(KEY)) == KEY
    assert read_source(name_later_source(name_source(KEY), "message-1:0")) == KEY


def test_a_name_too_long_for_unblu_is_shortened_and_never_taken_for_somebody_else() -> None:
    long = replace(KEY, contact_id="x" * 400)
    other = replace(KEY, contact_id="x" * 401)
    assert len(name_later_source(name_source(long), "message-1:0")) <= 250
    assert name_source(long) == name_source(long) != name_source(other)
    assert read_source(name_source(long)) is None


@pytest.mark.parametrize("payload", ["", "order", "reply:", "reply:m1", "reply::x", "other:m1:x"])
def test_a_button_of_another_platform_says_its_label(payload: str) -> None:
    answer = read_payload(payload, "Order")
    assert (answer.question_id, answer.value) == ("", "Order")


# --- persons and contacts --------------------------------------------------------------------------------------------


def test_a_customer_becomes_a_virtual_person_with_what_is_known(desk: Desk) -> None:
    contact = desk.identify()
    person = desk.unblu.virtual_person(KEY.encode())
    assert person is not None
    assert contact.platform_id.partition("/")[0] == person.id
    assert person.name == "Åsa Maria Berg"
    assert (person.profile["firstName"], person.profile["lastName"]) == ("Åsa", "Maria Berg")
    assert person.profile["phone"] == "+46701234567"


def test_with_contacts_the_customer_is_one_of_the_channel_too(newer: Desk) -> None:
    contact = newer.identify()
    [known] = newer.unblu.contacts
    assert contact.platform_id == f"{known.person.id}/{known.id}"
    assert known.source_id == KEY.encode()
    assert known.name == "Åsa Maria Berg"


def test_who_is_known_is_found_again(desk: Desk) -> None:
    assert desk.identify() == desk.identify()
    assert len(desk.unblu.contacts) == (1 if desk.unblu.generation == "v4" else 0)


def test_somebody_nameless_is_a_customer(desk: Desk) -> None:
    desk.identify(Contact(external_id=KEY.contact_id))
    person = desk.unblu.virtual_person(KEY.encode())
    assert person is not None
    assert person.name == "Customer"


def test_a_contact_that_somebody_made_in_the_same_moment_is_taken(newer: Desk) -> None:
    """The search was before, the creation after."""

    def create_twice(request: HttpRequest) -> HttpResponse:
        if request.url.endswith("externalmessengercontacts/create"):
            newer.http.send(request)
        return newer.http.send(request)

    CONNECTOR.identify_contact(KEY, ASA, newer.connection, RecordingHttp(create_twice))
    assert len(newer.unblu.contacts) == 1


def test_a_changed_profile_is_shown_to_the_agents(desk: Desk) -> None:
    conversation = desk.open()
    CONNECTOR.update_contact(replace(ASA, name="Åsa Berg-Lind"), conversation, desk.connection, desk.http)
    person = desk.unblu.virtual_person(KEY.encode())
    assert person is not None
    assert person.name == "Åsa Berg-Lind"


# --- conversations ---------------------------------------------------------------------------------------------------


def test_what_has_brought_the_customer_is_kept_with_the_conversation(desk: Desk) -> None:
    desk.open(desk.identify(replace(ASA, reference="booking-4711")))
    [shown] = desk.unblu.conversations
    assert shown.metadata == {"reference": "booking-4711"}


def test_a_conversation_is_opened_as_set(desk: Desk) -> None:
    desk.change(engagement_type="CHAT_REQUEST", locale="sv-SE")
    conversation = desk.open()
    [shown] = desk.unblu.conversations
    assert shown.channel is not None
    assert (shown.engagement, shown.locale, shown.channel.name) == ("CHAT_REQUEST", "sv-SE", "Messengers")
    assert shown.team == DEMO_TEAM
    assert shown.source_id == KEY.encode()
    assert shown.topic == "Viber: Åsa Maria Berg"
    [customer] = shown.external()
    assert customer.kind == "CONTEXT_PERSON"
    assert conversation.state["conversation_id"] == shown.id


def test_a_conversation_is_an_offline_request_unless_set_otherwise(desk: Desk) -> None:
    desk.change(recipient_team_id="", engagement_type="")
    desk.open()
    assert desk.shown.engagement == "OFFLINE_CHAT_REQUEST"


def test_where_contacts_share_conversations_each_has_a_thread_of_their_own(newer: Desk, older: Desk) -> None:
    conversation = newer.open()
    assert conversation.external_id == f"{newer.shown.id}~{KEY.encode()}"
    assert conversation.aliases == (newer.shown.id,)
    assert older.open().external_id == older.shown.id


@pytest.mark.parametrize("none_status", [404, 204])
def test_the_active_conversation_is_found_again(desk: Desk, none_status: int) -> None:
    desk.unblu.quirks.none_status = none_status  # type: ignore[assignment]
    assert desk.open() == desk.open()
    assert len(desk.unblu.conversations) == 1


def test_after_its_end_there_is_a_new_one(desk: Desk) -> None:
    first = desk.open()
    desk.unblu.end(desk.shown.id)
    assert desk.open().external_id != first.external_id


@pytest.mark.parametrize("status", [400, 409])
def test_a_conversation_that_somebody_made_in_the_same_moment_is_taken(desk: Desk, status: int) -> None:
    desk.unblu.quirks.conflict_status = status  # type: ignore[assignment]

    def create_twice(request: HttpRequest) -> HttpResponse:
        if request.url.endswith("conversations/create"):
            desk.http.send(request)
        return desk.http.send(request)

    contact = desk.identify()
    opened = CONNECTOR.open_conversation(KEY, contact, desk.part(), desk.connection, RecordingHttp(create_twice))
    [shown] = desk.unblu.conversations
    assert opened.conversation.state["conversation_id"] == shown.id


def test_where_source_ids_stay_taken_the_next_conversation_has_another(older: Desk) -> None:
    older.unblu.quirks.unique_forever = True
    older.open()
    older.unblu.end(older.shown.id)
    second = older.open()
    assert older.shown.source_id == name_later_source(KEY.encode(), "message-1:0")
    assert older.open() == second  # the same message again, after a crash
    older.unblu.end(older.shown.id)
    third = older.open(first=older.part(key="message-2:0"))
    assert third.external_id == older.shown.id
    assert len(older.unblu.conversations) == 3


def test_an_agents_conversation_with_the_contact_is_taken_when_a_second_is_refused(newer: Desk) -> None:
    newer.change(outbound_to="sms:shop")
    newer.register()
    sms = ContactKey(service="sms", connection_id="shop", contact_id="4915112345678")
    started = newer.unblu.start_chat(DEMO_AGENT, "+49 1511 2345678", "Hello?")
    contact = Contact(external_id=sms.contact_id)
    contact = replace(contact, platform_id=CONNECTOR.identify_contact(sms, contact, newer.connection, newer.http))
    opened = CONNECTOR.open_conversation(sms, contact, newer.part(), newer.connection, newer.http)
    assert opened.conversation.state["conversation_id"] == started


def test_nobody_online_means_later_and_not_never(desk: Desk) -> None:
    desk.change(engagement_type="CHAT_REQUEST")
    for agent in desk.unblu.agents:
        desk.unblu.set_online(agent.id, online=False)
    with pytest.raises(Transient, match="online"):
        desk.open()
    desk.change(engagement_type="OFFLINE_CHAT_REQUEST")
    desk.open()


def test_what_unblu_does_not_allow_for_one_customer_is_no_matter_of_the_account(desk: Desk) -> None:
    contact = desk.identify()
    desk.unblu.fail_next(Fault(status=403, where=".*conversations/create"))
    with pytest.raises(Rejected):
        desk.open(contact)


def test_a_team_that_is_not_there_is_refused(desk: Desk) -> None:
    desk.change(recipient_team_id="no-such-team")
    with pytest.raises(Rejected):
        desk.open()


@pytest.mark.parametrize("platform_id", ["", "nobody", "nobody/nothing"])
def test_a_customer_whom_unblu_does_not_know_is_asked_for_again(desk: Desk, platform_id: str) -> None:
    with pytest.raises(ContactGone):
        desk.open(replace(ASA, platform_id=platform_id))


def test_a_customer_of_the_older_generation_is_made_a_contact(newer: Desk) -> None:
    known = newer.identify()
    with pytest.raises(ContactGone):
        newer.open(replace(known, platform_id=known.platform_id.partition("/")[0]))


def test_without_its_channel_messages_wait_for_the_owner(desk: Desk) -> None:
    contact = desk.identify()
    desk.change(channel_name="Another")
    with pytest.raises(AuthorizationNeeded, match="connect"):
        desk.open(contact)


def test_a_lost_answer_is_no_second_conversation(desk: Desk) -> None:
    contact = desk.identify()
    desk.unblu.fail_next(Fault(lost=True, where=".*conversations/create"))
    with pytest.raises(Transient):
        desk.open(contact)
    desk.open(contact)
    assert len(desk.unblu.conversations) == 1


# --- ends, and lost tables -------------------------------------------------------------------------------------------


def test_a_customer_who_leaves_ends_the_conversation(desk: Desk) -> None:
    conversation = desk.open()
    CONNECTOR.end_conversation("They have left", conversation, desk.connection, desk.http)
    assert desk.shown.is_over
    assert desk.shown.end_reason == "EXTERNAL_CHANNEL_CLOSED"
    CONNECTOR.end_conversation("They have left", conversation, desk.connection, desk.http)


def find_writer(desk: Desk) -> ContactKey | None:
    desk.ear.heard.clear()
    desk.reply()
    [event] = [each for each in desk.heard() if isinstance(each, MessageReceived)]
    return CONNECTOR.find_contact(event, desk.connection, desk.http)


def test_a_conversation_without_a_session_is_known_by_its_source(desk: Desk) -> None:
    desk.open()
    assert find_writer(desk) == KEY


def test_a_later_conversation_is_known_too(older: Desk) -> None:
    older.unblu.quirks.unique_forever = True
    older.open()
    older.unblu.end(older.shown.id)
    older.open()
    assert find_writer(older) == KEY


def test_a_conversation_made_again_from_an_event_can_be_answered(newer: Desk) -> None:
    newer.open()
    newer.reply()
    [event] = [each for each in newer.heard() if isinstance(each, MessageReceived)]
    newer.deliver(Conversation(external_id=event.thread, state=event.hints), newer.part("Thanks", sender=CUSTOMER))
    assert [line.body["text"] for line in newer.lines] == ["Thanks"]
