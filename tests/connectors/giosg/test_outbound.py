"""Customers' messages into Giosg: texts, taps, what has ended, what is uncertain, and the files of agents."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.errors import AuthorizationNeeded, ConversationGone, Rejected, Transient, Uncertain, Untraceable
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Card,
    Conversation,
    Location,
    Message,
    Postback,
    Text,
)
from patchbay.kit.fallbacks import render
from patchbay.kit.lookups import UncertainSend
from patchbay.platforms.giosg import CONNECTOR
from playground.services.giosg import DEMO_AGENT
from playground.simulator import Fault
from tests.harness.giosg_desk import CUSTOMER, HOST, SECRET, Desk, make_desk

SEND = "POST .*/messages"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


@pytest.fixture
def desk() -> Desk:
    return make_desk()


def offer(desk: Desk, *labels: str) -> list[Postback]:
    """An agent offers buttons; the answer is what tapping them brings."""
    desk.heard()
    desk.giosg.send_buttons(desk.shown.id, DEMO_AGENT, "Which?", [(label, label.lower()) for label in labels])
    buttons = desk.heard_message().message.buttons
    return [Postback(label=button.label, payload=button.payload) for button in buttons]


# --- texts -----------------------------------------------------------------------------------------------------------


def test_a_text_is_written_in_the_customers_own_name(desk: Desk) -> None:
    delivered = desk.deliver(desk.open(), desk.part("שלום 👩‍🚀 **x** <b>"))
    [line] = desk.lines
    assert (line.id, line.text, line.type) == (delivered.external_id, "שלום 👩‍🚀 **x** <b>", "msg")
    assert desk.shown.visitor is not None
    assert line.sender_id == desk.shown.visitor.id


def test_the_token_of_the_organization_is_not_shown_where_customers_speak(desk: Desk) -> None:
    desk.deliver(desk.open())
    for request in desk.http.sent:
        header = request.headers.get("Authorization") or request.headers.get("authorization", "")
        public = "/public/" in request.url
        assert header.startswith("Bearer ") == (public and not request.url.endswith("/auth"))
        assert header.startswith("Token ") != public


def test_a_long_text_fits_when_it_is_cut_as_claimed(desk: Desk) -> None:
    conversation = desk.open()
    long = Message(external_id="m", sender=CUSTOMER, content=(Text(text="👍 word " * 900),), sent_at=desk.time.now())
    for part in render(long, CONNECTOR.capabilities, "event", desk.time.now()).parts:
        desk.deliver(conversation, part)
    assert len(desk.lines) > 2
    assert "".join(line.text or "" for line in desk.lines).count("word") == 900


def test_what_cannot_be_written_is_refused(desk: Desk) -> None:
    with pytest.raises(Rejected):
        desk.deliver(desk.open(), desk.part(content=Location(latitude=1.0, longitude=2.0)))


@pytest.mark.parametrize("status", [400, 403, 404, 409, 410])
def test_a_chat_that_has_ended_takes_nothing_whatever_giosg_calls_that(desk: Desk, status: int) -> None:
    desk.giosg.quirks.ended_status = status  # type: ignore[assignment]
    conversation = desk.open()
    desk.giosg.end(desk.shown.id)
    with pytest.raises(ConversationGone):
        desk.deliver(conversation)


def test_a_chat_that_was_removed_takes_nothing(desk: Desk) -> None:
    conversation = desk.open()
    desk.giosg.purge_chat(desk.shown.id)
    with pytest.raises(ConversationGone):
        desk.deliver(conversation)


def test_another_visitors_chat_takes_nothing(desk: Desk) -> None:
    conversation = desk.open()
    with pytest.raises(ConversationGone):
        desk.deliver(replace(conversation, state={"person_id": "0" * 32}))


def test_a_chat_whose_visitor_we_forgot_is_asked_for_them(desk: Desk) -> None:
    desk.giosg.quirks.page_size = 1
    conversation = desk.open()
    desk.giosg.join(desk.shown.id, DEMO_AGENT)
    desk.deliver(Conversation(external_id=conversation.external_id))
    assert [line.text for line in desk.lines] == ["Hello"]


def test_nobodys_chat_takes_nothing(desk: Desk) -> None:
    with pytest.raises(ConversationGone):
        desk.deliver(Conversation(external_id="nothing"))


def test_a_message_that_giosg_does_not_want_is_refused_and_the_chat_goes_on(desk: Desk) -> None:
    conversation = desk.open()
    with pytest.raises(Rejected) as caught:
        desk.deliver(conversation, desk.part("x" * 2001))
    assert "HTTP 400" in str(caught.value)
    desk.deliver(conversation)


# --- buttons ---------------------------------------------------------------------------------------------------------


def test_a_tap_answers_its_button(desk: Desk) -> None:
    conversation = desk.open()
    _, tuesday = offer(desk, "Monday", "Tuesday")
    desk.deliver(conversation, desk.part("Tuesday", tapped=tuesday))
    [line] = desk.lines
    assert (line.type, line.response["response_text"], line.response["response_value"]) == (
        "action",
        "Tuesday",
        "tuesday",
    )


def test_a_button_that_works_no_more_says_its_label(desk: Desk) -> None:
    conversation = desk.open()
    monday, tuesday = offer(desk, "Monday", "Tuesday")
    desk.deliver(conversation, desk.part("Monday", tapped=monday))
    delivered = desk.deliver(conversation, desk.part("2", tapped=tuesday))
    assert [(line.type, line.text) for line in desk.lines] == [("action", None), ("msg", "Tuesday")]
    assert delivered.external_id == desk.lines[-1].id


def test_where_giosg_knows_no_actions_taps_are_words(desk: Desk) -> None:
    desk.giosg.quirks.refuses_actions = True
    conversation = desk.open()
    monday, _ = offer(desk, "Monday", "Tuesday")
    desk.deliver(conversation, desk.part("Monday", tapped=monday))
    assert [(line.type, line.text) for line in desk.lines] == [("msg", "Monday")]


def test_a_tap_in_an_ended_chat_is_not_lost(desk: Desk) -> None:
    conversation = desk.open()
    monday, _ = offer(desk, "Monday", "Tuesday")
    desk.giosg.end(desk.shown.id)
    with pytest.raises(ConversationGone):
        desk.deliver(conversation, desk.part("Monday", tapped=monday))


def test_another_platforms_button_says_its_label(desk: Desk) -> None:
    desk.deliver(desk.open(), desk.part("1", tapped=Postback(label="Order", payload="reply:m:x")))
    assert [(line.type, line.text) for line in desk.lines] == [("msg", "Order")]


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_lost_answer_is_uncertain_and_can_be_cleared_up(desk: Desk) -> None:
    conversation = desk.open()
    since = desk.time.now()
    desk.giosg.fail_next(Fault(lost=True, where=SEND))
    with pytest.raises(Uncertain):
        desk.deliver(conversation)
    found = CONNECTOR.look_up_delivery(
        desk.part(), UncertainSend(since=since), conversation, desk.connection, desk.as_contact()
    )
    assert found is not None
    assert found.external_id == desk.lines[0].id


def test_what_never_arrived_is_not_found(desk: Desk) -> None:
    conversation = desk.open()
    desk.deliver(conversation)
    desk.time.advance(60)
    since = desk.time.now()
    desk.reply("Hello")
    desk.deliver(conversation, desk.part("something else"))
    assert (
        CONNECTOR.look_up_delivery(
            desk.part(), UncertainSend(since=since), conversation, desk.connection, desk.as_contact()
        )
        is None
    )


@pytest.mark.parametrize("page_size", [1, 2, 25])
def test_a_message_is_found_on_any_page_and_the_latest_counts(desk: Desk, page_size: int) -> None:
    desk.giosg.quirks.page_size = page_size
    conversation = desk.open()
    since = desk.time.now() + timedelta(seconds=1)
    for text in ("Hello", "a", "Hello", "b", "c"):
        desk.time.advance(2)
        desk.deliver(conversation, desk.part(text))
    found = CONNECTOR.look_up_delivery(
        desk.part(), UncertainSend(since=since), conversation, desk.connection, desk.as_contact()
    )
    assert found is not None
    assert found.external_id == desk.lines[2].id


def test_a_long_history_is_not_read_to_its_beginning(desk: Desk) -> None:
    desk.giosg.quirks.page_size = 5
    conversation = desk.open()
    for number in range(60):
        desk.time.advance(1)
        desk.deliver(conversation, desk.part(str(number)))
    desk.http.sent.clear()
    uncertain = UncertainSend(since=desk.time.now(), before=frozenset({desk.lines[-1].id}))
    CONNECTOR.look_up_delivery(desk.part("x"), uncertain, conversation, desk.connection, desk.as_contact())
    assert len(desk.calls) == 1


@pytest.mark.parametrize("ignores_ordering", [True, False])
@pytest.mark.parametrize("page_size", [1, 3, 25])
def test_an_equal_message_that_we_know_is_not_the_one_that_is_looked_for(
    desk: Desk, page_size: int, ignores_ordering: bool
) -> None:
    desk.giosg.quirks.page_size = page_size
    desk.giosg.quirks.ignores_ordering = ignores_ordering
    conversation, since = desk.open(), desk.time.now()
    for text in ("Hello", "a", "Hello", "b"):
        desk.time.advance(0.1)
        desk.deliver(conversation, desk.part(text))
    ids = [line.id for line in desk.lines]

    def find(uncertain: UncertainSend) -> str | None:
        found = CONNECTOR.look_up_delivery(
            desk.part("Hello"), uncertain, conversation, desk.connection, desk.as_contact()
        )
        return found.external_id if found else None

    assert find(UncertainSend(since=since)) == ids[2]
    assert find(UncertainSend(since=since, before=frozenset(ids[:3]))) is None
    assert find(UncertainSend(since=since, before=frozenset(ids[:1]))) == ids[2]
    assert find(UncertainSend(since=since, after=frozenset(ids[2:]))) == ids[0]


def test_a_chat_that_is_longer_than_we_read_is_no_proof_that_nothing_arrived(desk: Desk) -> None:
    desk.giosg.quirks.page_size = 1
    conversation, since = desk.open(), desk.time.now()
    for number in range(51):
        desk.deliver(conversation, desk.part(str(number)))
    with pytest.raises(Untraceable):
        CONNECTOR.look_up_delivery(
            desk.part("0"), UncertainSend(since=since), conversation, desk.connection, desk.as_contact()
        )


def test_a_tap_is_found_by_its_button(desk: Desk) -> None:
    conversation = desk.open()
    monday, _ = offer(desk, "Monday", "Tuesday")
    since = desk.time.now()
    part = desk.part("Monday", tapped=monday)
    desk.giosg.fail_next(Fault(lost=True, where=SEND))
    with pytest.raises(Uncertain):
        desk.deliver(conversation, part)
    assert (
        CONNECTOR.look_up_delivery(part, UncertainSend(since=since), conversation, desk.connection, desk.as_contact())
        is not None
    )


def test_nothing_is_found_in_a_chat_that_is_gone(desk: Desk) -> None:
    conversation = desk.open()
    desk.giosg.purge_chat(desk.shown.id)
    with pytest.raises(ConversationGone):
        CONNECTOR.look_up_delivery(
            desk.part(), UncertainSend(since=desk.time.now()), conversation, desk.connection, desk.as_contact()
        )


def test_giosgs_trouble_is_told_for_what_it_is(desk: Desk) -> None:
    conversation = desk.open()
    for status, failure in ((429, Transient), (503, Transient), (500, Uncertain), (502, Uncertain)):
        desk.giosg.fail_next(Fault(status=status, retry_after=7, where=SEND))
        with pytest.raises(failure):
            desk.deliver(conversation)
    assert desk.lines == []


def test_a_pass_that_giosg_takes_back_is_renewed_once(desk: Desk) -> None:
    conversation = desk.open()
    desk.giosg.expire_visitor_tokens()
    desk.deliver(conversation)
    assert len(desk.lines) == 1
    desk.giosg.fail_next(Fault(status=401, where=SEND, times=2))
    with pytest.raises(AuthorizationNeeded) as caught:
        desk.deliver(conversation)
    assert SECRET not in str(caught.value)


# --- typing and ending -----------------------------------------------------------------------------------------------


def test_agents_see_that_the_customer_is_typing(desk: Desk) -> None:
    conversation = desk.open()
    desk.deliver(conversation)
    assert desk.shown.visitor is not None
    member = desk.shown.members[desk.shown.visitor.id]
    for typing, status in ((True, "typing"), (False, "idle")):
        CONNECTOR.send_typing(typing, conversation, desk.connection, desk.as_contact())
        assert member.composing == status


def test_typing_in_an_ended_chat_is_refused(desk: Desk) -> None:
    conversation = desk.open()
    desk.giosg.end(desk.shown.id)
    with pytest.raises(Rejected):
        CONNECTOR.send_typing(True, conversation, desk.connection, desk.as_contact())


def test_a_customer_who_has_left_ends_the_chat_and_twice_does_no_harm(desk: Desk) -> None:
    conversation = desk.open()
    for _ in range(2):
        CONNECTOR.end_conversation("gone", conversation, desk.connection, desk.as_contact())
        assert desk.shown.is_ended
    desk.giosg.purge_chat(desk.shown.id)
    CONNECTOR.end_conversation("gone", conversation, desk.connection, desk.as_contact())


# --- agents' files and encrypted texts -------------------------------------------------------------------------------


def test_giosgs_own_files_are_fetched_with_the_token_and_others_without(desk: Desk) -> None:
    own = Attachment(kind=AttachmentKind.IMAGE, url=f"https://{HOST}/downloads/1/a.png", protected=True)
    elsewhere = replace(own, url="https://giosg.simulator.test.evil.example/a.png")
    assert "Authorization" in CONNECTOR.make_download_request(own, desk.connection).headers
    assert CONNECTOR.make_download_request(elsewhere, desk.connection).headers == {}
    for other in (f"http://{HOST}/a.png", f"https://{HOST}:8443/a.png", f"https://x@{HOST}.evil.example/"):
        assert CONNECTOR.make_download_request(replace(own, url=other), desk.connection).headers == {}


def test_a_picture_that_is_not_uploaded_yet_is_answered_as_the_core_was_told(desk: Desk) -> None:
    desk.deliver(desk.open())
    desk.heard()
    desk.giosg.quirks.late_files = 20
    desk.giosg.send_card(desk.shown.id, DEMO_AGENT, "t", "x", image=_store(desk))
    message = desk.heard_message().message
    assert not message.incomplete
    [card] = message.content
    assert isinstance(card, Card)
    assert card.image is not None
    request = CONNECTOR.make_download_request(card.image, desk.connection)
    assert desk.http.send(request).status in CONNECTOR.behavior.pending_file_statuses
    desk.time.advance(21)
    assert desk.http.send(request).ok


def _store(desk: Desk) -> str:
    """The address of a picture that an agent has uploaded."""
    desk.giosg.send_image(desk.shown.id, DEMO_AGENT, "map.png", "image/png", PNG)
    desk.heard()
    return str(desk.shown.messages[-1].attachments[0]["image_url"])


def test_an_encrypted_text_is_read_from_the_api(desk: Desk) -> None:
    desk.deliver(desk.open())
    desk.heard()
    desk.reply("secret words")
    event = desk.heard_message()
    hidden = replace(event, message=replace(event.message, content=(), incomplete=True))
    completed = CONNECTOR.complete_message(hidden, desk.connection, desk.http)
    assert completed.content == (Text(text="secret words"),)
    desk.giosg.purge_message(desk.shown.id, event.message.external_id)
    assert CONNECTOR.complete_message(hidden, desk.connection, desk.http).content == ()
