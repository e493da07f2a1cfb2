"""Customers as vcita's clients, and their sessions: found, made once, woken. The other end is the simulated vcita."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from patchbay.domain.errors import (
    AuthorizationNeeded,
    ContactGone,
    ConversationGone,
    DeliveryError,
    Rejected,
    Transient,
)
from patchbay.domain.model import Contact, ContactKey, Conversation, ConversationStatus
from patchbay.platforms.vcita import CONNECTOR
from patchbay.platforms.vcita.threads import name_person, split_name
from playground.services.vcita import DEMO_BUSINESS
from playground.simulator import Fault
from tests.harness.vcita_desk import ASA, KEY, Desk, make_desk

SESSIONS = "POST /business/communication/sessions$"


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def activate(desk: Desk, conversation: Conversation) -> ConversationStatus:
    return CONNECTOR.activate_conversation(conversation, desk.connection, desk.http)


# --- contacts --------------------------------------------------------------------------------------------------------


def test_a_new_customer_becomes_a_lead_with_all_that_is_known(desk: Desk) -> None:
    contact = desk.identify(replace(ASA, email="asa@example.com"))
    [client] = desk.clients
    assert client.uid == contact.platform_id
    assert client.profile == {
        "first_name": "Åsa",
        "last_name": "Maria Berg",
        "phone": "+46701234567",
        "email": "asa@example.com",
        "status": "lead",
        "source_name": "Patchbay",
        "source_channel": "viber",
    }


def test_what_has_brought_them_is_the_campaign_of_the_lead(desk: Desk) -> None:
    desk.identify(Contact(external_id="x", reference="booking-4711"))
    assert desk.clients[0].profile["source_campaign"] == "booking-4711"


def test_a_customer_without_a_name_is_still_somebody(desk: Desk) -> None:
    desk.identify(Contact(external_id="x"))
    assert desk.clients[0].profile["first_name"] == "Customer"
    assert desk.http.calls == ["POST /platform/v1/clients"]


@pytest.mark.parametrize("normalizes", [False, True])
@pytest.mark.parametrize(
    "phone", ["+46701234567", "+46 (0)70-123 45 67", "0046 70 1234567", "\u202a+46 70 123 45 67\u202c"]
)
def test_a_known_customer_is_found_by_phone(desk: Desk, normalizes: bool, phone: str) -> None:
    desk.vcita.quirks.normalizes_phones = normalizes
    uid = desk.vcita.add_client(DEMO_BUSINESS, "Åsa", phone="+46701234567")
    assert desk.identify(replace(ASA, phone=phone)).platform_id == uid


def test_a_number_that_holds_the_customers_is_somebody_elses(desk: Desk) -> None:
    other = desk.vcita.add_client(DEMO_BUSINESS, "Bo", phone="+467012345678")
    assert desk.identify(replace(ASA, phone="+46701234567")).platform_id != other


def test_a_known_customer_is_found_by_email(desk: Desk) -> None:
    uid = desk.vcita.add_client(DEMO_BUSINESS, "Åsa", email="Asa@Example.com")
    desk.vcita.add_client(DEMO_BUSINESS, "Nasa", email="nasa@example.com")
    assert desk.identify(replace(ASA, email="asa@example.com")).platform_id == uid


def test_losing_the_race_for_a_client_means_to_take_the_winners(desk: Desk) -> None:
    empty = json.dumps({"status": "OK", "data": {"clients": []}}).encode()
    uid = desk.vcita.add_client(DEMO_BUSINESS, "Åsa", email="asa@example.com")
    contact = Contact(external_id="x", email="asa@example.com")
    desk.vcita.fail_next(Fault(status=200, body=empty, where="GET /platform/v1/clients"))
    assert desk.identify(contact).platform_id == uid


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_phone_or_email_that_vcita_refuses_keeps_nobody_out(desk: Desk, status: int) -> None:
    desk.vcita.fail_next(Fault(status=status, where="POST /platform/v1/clients"))
    desk.identify()
    [client] = desk.clients
    assert client.profile["first_name"] == "Åsa"
    assert "phone" not in client.profile


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault(status=401), AuthorizationNeeded),
        (Fault(status=404), Rejected),
        (Fault(status=429), Transient),
        (Fault(status=504), Transient),
        (Fault(lost=True), Transient),
    ],
)
@pytest.mark.parametrize("where", ["GET /platform/v1/clients", "POST /platform/v1/clients"])
def test_each_refusal_of_a_contact_has_its_meaning(
    desk: Desk, where: str, fault: Fault, failure: type[DeliveryError]
) -> None:
    desk.vcita.fail_next(replace(fault, where=where))
    with pytest.raises(failure) as caught:
        desk.identify()
    assert type(caught.value) is failure
    assert "70-123" not in str(caught.value)


def test_a_client_whose_making_got_lost_is_found_by_phone(desk: Desk) -> None:
    desk.vcita.fail_next(Fault(lost=True, where="POST /platform/v1/clients"))
    with pytest.raises(Transient):
        desk.identify()
    desk.identify()
    assert len(desk.clients) == 1


# --- opening ---------------------------------------------------------------------------------------------------------


def test_a_new_session_waits_to_be_woken_and_knows_its_ids(desk: Desk) -> None:
    conversation = desk.open()
    [session], [client] = desk.vcita.sessions, desk.clients
    assert conversation.external_id == session.uid
    assert conversation.aliases == (session.external_uid,) == (f"{KEY.encode()}~{client.uid}",)
    assert conversation.status is ConversationStatus.PENDING
    assert conversation.state == {
        "session_uid": session.uid,
        "external_uid": session.external_uid,
        "contact_uid": client.uid,
        "channel_uid": desk.connection.setting("channel_uid"),
    }


@pytest.mark.parametrize("code", ["already_exists", "duplicate"])
@pytest.mark.parametrize("plain", [False, True])
def test_opening_again_finds_the_session_however_vcita_wants_to_be_asked(desk: Desk, code: str, plain: bool) -> None:
    desk.vcita.quirks.exists_code = code  # type: ignore[assignment]
    desk.vcita.quirks.plain_filters = plain
    contact = desk.identify()
    first, other = desk.open(contact), desk.identify(Contact(external_id="bo", name="Bo"))
    CONNECTOR.open_conversation(replace(KEY, contact_id="bo"), other, desk.part(), desk.connection, desk.http)
    again = desk.open(contact)
    assert again == first
    assert len(desk.vcita.sessions) == 2


def test_a_session_whose_answer_got_lost_is_found_the_next_time(desk: Desk) -> None:
    contact = desk.identify()
    desk.vcita.fail_next(Fault(lost=True, where=SESSIONS))
    with pytest.raises(Transient):
        desk.open(contact)
    assert desk.open(contact).external_id == desk.vcita.sessions[0].uid


def test_an_awake_session_is_found_awake(desk: Desk) -> None:
    contact = desk.identify()
    desk.vcita.quirks.activation = "auto_activate"
    desk.open(contact)
    desk.settle()
    assert desk.open(contact).status is ConversationStatus.ACTIVE


def test_a_contact_that_was_merged_is_gone_and_the_winner_gets_a_session(desk: Desk) -> None:
    contact = desk.identify(replace(ASA, phone="+46701234567"))
    desk.open(contact)
    winner = desk.vcita.add_client(DEMO_BUSINESS, "Åsa Berg")
    desk.vcita.merge_clients(contact.platform_id, winner)
    with pytest.raises(ContactGone):
        desk.open(contact)
    found = desk.identify(replace(contact, platform_id=""))
    assert found.platform_id == winner
    assert desk.open(found).state["contact_uid"] == winner


def test_nobody_is_opened_for_before_they_are_known(desk: Desk) -> None:
    with pytest.raises(ContactGone):
        CONNECTOR.open_conversation(KEY, ASA, desk.part(), desk.connection, desk.http)


def test_a_channel_that_is_not_active_loses_nothing(desk: Desk) -> None:
    contact = desk.identify()
    desk.vcita.block_channel(DEMO_BUSINESS)
    with pytest.raises(Transient, match="channel"):
        desk.open(contact)


@pytest.mark.parametrize(
    ("status", "message", "failure"),
    [
        (404, "Contact not found", ContactGone),
        (422, "contact_uid is invalid", ContactGone),
        (422, "the contact has no access to this channel", Transient),
        (404, "Channel not found", Transient),
        (422, "something else", Rejected),
    ],
)
def test_a_refusal_without_a_field_is_understood_by_its_words(
    desk: Desk, status: int, message: str, failure: type[DeliveryError]
) -> None:
    contact = desk.identify()
    body = json.dumps({"success": False, "errors": [{"code": "invalid", "message": message}]}).encode()
    desk.vcita.fail_next(Fault(status=status, body=body, where=SESSIONS))
    with pytest.raises(failure):
        desk.open(contact)


def test_a_session_that_vcita_has_and_does_not_show_is_waited_for(desk: Desk) -> None:
    contact = desk.identify()
    body = b'{"success":false,"errors":[{"code":"invalid","message":"Session already exist"}]}'
    desk.vcita.fail_next(Fault(status=422, body=body, where=SESSIONS))
    with pytest.raises(Transient):
        desk.open(contact)


# --- waking ----------------------------------------------------------------------------------------------------------


def test_a_session_that_is_woken_is_pending_until_vcita_says_so(desk: Desk) -> None:
    conversation = desk.open()
    desk.settle()
    assert activate(desk, conversation) is ConversationStatus.PENDING
    desk.settle()
    assert activate(desk, conversation) is ConversationStatus.ACTIVE


def test_a_session_that_vcita_is_waking_is_not_asked_about_as_well(desk: Desk) -> None:
    conversation = desk.open()
    desk.settle()
    desk.http.sent.clear()
    assert activate(desk, conversation) is ConversationStatus.PENDING
    assert len(desk.http.calls) == 1


@pytest.mark.parametrize("refuses", [False, True])
def test_a_session_that_is_awake_already_is_active(desk: Desk, refuses: bool) -> None:
    conversation = desk.open_awake()
    desk.vcita.quirks.refuses_active = refuses
    assert activate(desk, conversation) is ConversationStatus.ACTIVE


def test_a_session_on_a_channel_that_sleeps_stays_pending(desk: Desk) -> None:
    conversation = desk.open()
    desk.settle()
    desk.vcita.block_channel(DEMO_BUSINESS)
    assert activate(desk, conversation) is ConversationStatus.PENDING


def test_a_session_that_the_staff_left_is_woken_again(desk: Desk) -> None:
    conversation = desk.open_awake()
    desk.vcita.deactivate_session(conversation.state["contact_uid"])
    assert activate(desk, conversation) is ConversationStatus.PENDING
    desk.settle()
    assert desk.deliver(conversation)


@pytest.mark.parametrize("status", ["deleted", "failed"])
def test_a_session_that_ended_cannot_be_woken(desk: Desk, status: str) -> None:
    conversation = desk.open_awake()
    answer = json.dumps({"success": True, "data": {"session": {"uid": "s", "status": status}}}).encode()
    desk.vcita.fail_next(Fault(status=200, body=answer, where="PUT /business/communication/sessions"))
    with pytest.raises(ConversationGone):
        activate(desk, conversation)
    desk.vcita.actions.change_session(desk.vcita.sessions[0], status)  # type: ignore[arg-type]
    with pytest.raises(ConversationGone):
        activate(desk, conversation)


def test_a_session_that_vcita_refuses_to_wake_and_does_not_list_is_gone(desk: Desk) -> None:
    conversation = desk.open_awake()
    desk.vcita.actions.change_session(desk.vcita.sessions[0], "deleted")
    desk.vcita.fail_next(Fault(status=422, where="PUT /business/communication/sessions"))
    with pytest.raises(ConversationGone):
        activate(desk, conversation)


def test_a_session_whose_uid_is_not_known_is_found_by_its_contact(desk: Desk) -> None:
    conversation = desk.open_awake()
    state = {name: value for name, value in conversation.state.items() if name != "session_uid"}
    assert activate(desk, replace(conversation, state=state)) is ConversationStatus.ACTIVE
    with pytest.raises(ConversationGone):
        activate(desk, replace(conversation, state={}))


def test_of_several_sessions_the_most_awake_and_then_the_last_is_taken(desk: Desk) -> None:
    contact = desk.identify()
    listed = [("a", "deleted"), ("b", "active"), ("c", "inactive"), ("d", "active"), ("e", "pending"), ("f", "failed")]
    sessions = [{"uid": uid, "status": status, "ai_status": "none"} for uid, status in listed]
    answer = json.dumps({"success": True, "data": {"sessions": sessions}}).encode()
    desk.open(contact)
    desk.vcita.fail_next(Fault(status=200, body=answer, where="GET /business/communication/sessions"))
    conversation = desk.open(contact)
    assert (conversation.external_id, conversation.status) == ("d", ConversationStatus.ACTIVE)


def test_sessions_are_never_listed_without_a_contact(desk: Desk) -> None:
    """vcita would show everybody's."""
    conversation = desk.open()
    desk.settle()
    desk.http.sent.clear()
    known = {"session_uid": conversation.external_id, "channel_uid": conversation.state["channel_uid"]}
    assert activate(desk, replace(conversation, state=known)) is ConversationStatus.PENDING
    assert not [call for call in desk.http.calls if call.startswith("GET")]


@pytest.mark.parametrize("where", ["PUT /business/communication/sessions", "GET /business/communication/sessions"])
@pytest.mark.parametrize(("status", "failure"), [(401, AuthorizationNeeded), (409, Rejected), (503, Transient)])
def test_each_refusal_to_wake_has_its_meaning(
    desk: Desk, where: str, status: int, failure: type[DeliveryError]
) -> None:
    conversation = desk.open_awake()
    desk.vcita.quirks.refuses_active = True  # which leaves open why it was refused: the sessions are listed
    desk.vcita.fail_next(Fault(status=status, where=where))
    with pytest.raises(failure) as caught:
        activate(desk, conversation)
    assert type(caught.value) is failure


@pytest.mark.parametrize("where", [SESSIONS, "POST /platform/v1/clients"])
def test_an_answer_that_does_not_say_what_was_made_is_asked_for_again(desk: Desk, where: str) -> None:
    desk.vcita.fail_next(Fault(status=201, body=b"{}", where=where))
    with pytest.raises(Transient, match="returned no id"):
        desk.open()


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("contact_id", ["a", "a~b", "a:b~", "Zm9v+/YmFy ZQ==:1", "שלום"])
def test_a_name_tells_who_it_is_whatever_their_id_holds(contact_id: str) -> None:
    key = ContactKey(service="viber", connection_id="shop", contact_id=contact_id)
    assert split_name(name_person(key, "n2nekjezdsv21v3x")) == (key, "n2nekjezdsv21v3x")


@pytest.mark.parametrize("name", ["", "~", "+491511234567", "viber:shop:a", "ann~n2nekjezdsv21v3x"])
def test_other_names_are_nobodys(name: str) -> None:
    assert split_name(name) == (None, "")
