"""Customers at Giosg: their identity, what agents are told of them, and the chat that their messages go to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchbay.domain.errors import AuthorizationNeeded, Closed, ContactGone, Rejected, Transient
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Contact
from patchbay.platforms.giosg import CONNECTOR
from patchbay.platforms.giosg.spec import OFFLINE_REPLY
from playground.services.giosg import DEMO_AGENT, DEMO_ROOM, WEB_ROOM
from playground.simulator import Fault
from tests.harness.giosg_desk import ASA, KEY, Desk, make_desk

CREATE = "POST .*/visitors/.*/chats"


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def authenticate(desk: Desk, secret: str = "") -> tuple[str, str]:
    given = CONNECTOR.authenticate_contact(secret, ASA, desk.connection, desk.http)
    return given.platform_id, given.secret


# --- who they are ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201])
def test_a_new_customer_is_a_new_visitor_and_stays_the_same(desk: Desk, status: int) -> None:
    desk.giosg.quirks.auth_status = status  # type: ignore[assignment]
    visitor_id, secret = authenticate(desk)
    assert authenticate(desk, secret) == (visitor_id, secret)
    assert authenticate(desk)[0] != visitor_id


def test_a_pass_lives_as_long_as_giosg_says_and_shows_nothing(desk: Desk) -> None:
    desk.giosg.quirks.token_life = 900
    given = CONNECTOR.authenticate_contact("", ASA, desk.connection, desk.http)
    assert given.seconds == 900
    assert given.authorization.startswith("Bearer ")
    assert given.secret not in repr(given)
    assert given.authorization not in repr(given)


def test_a_secret_that_nobody_knows_is_told(desk: Desk) -> None:
    desk.giosg.quirks.unknown_secret = "refused"
    with pytest.raises(ContactGone):
        authenticate(desk, "forgotten")


@pytest.mark.parametrize("secret", ["", "a-secret-that-must-not-be-forgotten"])
def test_an_organization_that_is_not_there_is_the_owners_business(desk: Desk, secret: str) -> None:
    desk.change(organization_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(AuthorizationNeeded):
        authenticate(desk, secret)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_secret_is_not_blamed_for_what_is_refused_to_all(desk: Desk, status: int) -> None:
    _, secret = authenticate(desk)
    desk.giosg.fail_next(Fault(status=status, where="/auth", times=2))
    with pytest.raises((AuthorizationNeeded, Rejected)):
        authenticate(desk, secret)


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(status=429, retry_after=3), Fault(lost=True), Fault(body=b"<html>", status=200)]
)
def test_a_visitor_who_cannot_be_made_now_is_made_later(desk: Desk, fault: Fault) -> None:
    desk.giosg.fail_next(fault)
    with pytest.raises(Transient):
        authenticate(desk)


# --- what agents see of them -----------------------------------------------------------------------------------------


def test_agents_see_who_writes_and_how_to_reach_them(desk: Desk) -> None:
    desk.open()
    assert desk.variables == {
        "username": "Åsa Maria Berg",
        "visitor_contact": "+46701234567",
        "channel": "viber",
        "language": "sv",
    }


def test_what_is_not_known_is_not_said(desk: Desk) -> None:
    desk.open(Contact(external_id=KEY.contact_id, email="asa@shop.example"))
    assert desk.variables == {"visitor_contact": "asa@shop.example", "channel": "viber"}


def test_what_has_brought_them_is_a_variable(desk: Desk) -> None:
    desk.open(Contact(external_id=KEY.contact_id, reference="booking-4711"))
    assert desk.variables == {"reference": "booking-4711", "channel": "viber"}


def test_a_changed_name_is_told(desk: Desk) -> None:
    conversation = desk.open()
    CONNECTOR.update_contact(replace(ASA, name="Åsa Lind"), conversation, desk.connection, desk.as_contact())
    assert desk.variables["username"] == "Åsa Lind"


def test_a_name_that_giosg_does_not_take_holds_up_nothing(desk: Desk) -> None:
    desk.giosg.fail_next(Fault(status=400, where=".*/variables", times=4))
    desk.open()
    assert desk.variables == {}


def test_a_token_that_is_refused_is_the_owners_business(desk: Desk) -> None:
    desk.giosg.expire_token("another")
    with pytest.raises(AuthorizationNeeded) as caught:
        desk.open()
    assert "Access tokens" in str(caught.value)
    assert desk.connection.secrets.get("api_token") not in str(caught.value)


# --- the chat --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("settings", "chat_type"), [({}, "external"), ({"chat_type": "visitor"}, "visitor")])
def test_a_chat_is_external_unless_the_owner_says_otherwise(
    desk: Desk, settings: dict[str, str], chat_type: str
) -> None:
    desk.change(**settings)
    desk.open()
    assert desk.shown.type == chat_type


def test_opening_again_after_a_crash_finds_the_chat(desk: Desk) -> None:
    desk.giosg.fail_next(Fault(lost=True, where=CREATE))
    with pytest.raises(Transient):
        desk.open()
    assert desk.open().external_id == desk.shown.id
    assert len(desk.giosg.chats) == 1


def test_the_chat_that_goes_on_is_found_on_any_page(desk: Desk) -> None:
    desk.giosg.quirks.page_size = 1
    for _ in range(3):
        desk.open()
        desk.giosg.end(desk.shown.id)
    going_on = desk.open()
    desk.deliver(going_on)
    assert desk.open() == going_on
    assert len(desk.giosg.chats) == 4


def test_a_chat_in_another_room_is_another_matter(desk: Desk) -> None:
    desk.change(room_id=WEB_ROOM)
    elsewhere = desk.open()
    desk.change(room_id=DEMO_ROOM)
    assert desk.open() != elsewhere


def test_a_person_with_two_threads_has_a_chat_for_each(desk: Desk) -> None:
    person = replace(ASA, person="asa")
    first = desk.open(person)
    CONNECTOR.deliver(desk.part(), first, desk.connection, desk.as_contact(person))
    second = desk.open(person)
    assert second != first
    assert second.state == first.state
    assert desk.open(person) == second


def test_where_giosg_wants_no_body_none_is_sent(desk: Desk) -> None:
    desk.giosg.quirks.refuses_body = True
    assert desk.open().external_id == desk.shown.id


@pytest.mark.parametrize("chat_type", ["external", "visitor"])
def test_a_message_waits_while_giosg_takes_no_chats(desk: Desk, chat_type: str) -> None:
    desk.change(chat_type=chat_type)
    desk.giosg.quirks.external_while_offline = False
    desk.giosg.go_offline(DEMO_AGENT)
    with pytest.raises(Closed) as caught:
        desk.open()
    assert caught.value.notice == ""
    desk.giosg.go_online(DEMO_AGENT)
    assert desk.open().external_id == desk.shown.id


def test_somebody_who_comes_between_the_refusal_and_our_look_gets_the_chat(desk: Desk) -> None:
    desk.giosg.fail_next(Fault(status=403, where=CREATE))  # nobody was there a moment ago
    assert desk.open().external_id == desk.shown.id


@pytest.mark.parametrize(
    ("told", "notice"), [({}, OFFLINE_REPLY), ({"offline_reply": "Closed till Monday"}, "Closed till Monday")]
)
def test_the_customer_may_be_told_that_nobody_is_there(desk: Desk, told: dict[str, str], notice: str) -> None:
    desk.change(offline="reply", **told)
    desk.giosg.quirks.external_while_offline = False
    desk.giosg.go_offline(DEMO_AGENT)
    with pytest.raises(Closed) as caught:
        desk.open()
    assert caught.value.notice == notice


def test_an_external_chat_waits_at_giosg_where_it_can(desk: Desk) -> None:
    desk.giosg.go_offline(DEMO_AGENT)
    desk.deliver(desk.open())
    assert desk.giosg.pending() == [desk.shown.id]


def test_a_chat_that_is_refused_while_somebody_is_there_is_refused(desk: Desk) -> None:
    desk.giosg.fail_next(Fault(status=403, where=CREATE, times=2))
    with pytest.raises(Rejected) as caught:
        desk.open()
    assert "HTTP 403" in str(caught.value)


def test_a_room_that_is_gone_is_the_owners_business(desk: Desk) -> None:
    desk.change(room_id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(AuthorizationNeeded) as caught:
        desk.open()
    assert "room_id" in str(caught.value)


def test_nobody_has_no_chat(desk: Desk) -> None:
    with pytest.raises(ContactGone):
        CONNECTOR.open_conversation(KEY, ASA, desk.part(), desk.connection, desk.as_contact())


# --- whose chat it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page_size", [1, 25])
def test_the_customer_in_a_chat_is_found_behind_the_agents(desk: Desk, page_size: int) -> None:
    desk.giosg.quirks.page_size = page_size
    chat = desk.giosg.web_visitor_writes("hi", room=DEMO_ROOM)
    desk.giosg.reply(chat, DEMO_AGENT, "Hello")
    event = desk.heard_message()
    visitor = desk.giosg.chats[chat].visitor
    assert visitor is not None
    assert CONNECTOR.find_platform_id(event, desk.connection, desk.http) == visitor.id


def test_in_a_chat_among_agents_or_one_that_is_gone_is_no_customer(desk: Desk) -> None:
    event = _make_event(desk)
    assert CONNECTOR.find_platform_id(replace(event, thread="nothing"), desk.connection, desk.http) == ""
    among = desk.giosg.agents_write(DEMO_AGENT, desk.giosg.agents[1].id, "psst")
    assert CONNECTOR.find_platform_id(replace(event, thread=among), desk.connection, desk.http) == ""


def _make_event(desk: Desk) -> MessageReceived:
    chat = desk.giosg.web_visitor_writes("hi", room=DEMO_ROOM)
    desk.giosg.reply(chat, DEMO_AGENT, "Hello")
    return desk.heard_message()


def test_pages_are_read_at_giosgs_own_address_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.giosg.quirks.page_size = 1
    event = _make_event(desk)
    monkeypatch.setattr(desk.giosg, "base_url", "http://evil.example")  # what the links in its answers begin with
    desk.http.sent.clear()
    CONNECTOR.find_platform_id(event, desk.connection, desk.http)
    assert all(request.url.startswith("https://giosg.simulator.test/") for request in desk.http.sent)
