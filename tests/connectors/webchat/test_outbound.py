"""What the web chat is sent, and what its answers mean."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import (
    AuthorizationNeeded,
    DeliveryError,
    Misconfigured,
    Rejected,
    Transient,
    Uncertain,
    Unreachable,
)
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    Cards,
    Contact,
    ContactCard,
    Conversation,
    Location,
    Part,
    ReceiptState,
    Role,
    Sender,
    Side,
    Text,
)
from patchbay.kit.abilities import (
    DeletesMessages,
    EditsMessages,
    ErasesContacts,
    ReportsFailures,
    SendsReceipts,
    SendsTyping,
    ShowsReactions,
    StartsThreads,
)
from patchbay.kit.account_setup import RegistersWebhooks
from patchbay.kit.contract import HttpResponse
from patchbay.kit.failures import Failure, FailureCode
from patchbay.messengers.webchat.connector import WebChat
from tests.harness.fakes.recording_http import RecordingHttp

PAGE = "https://bridge.test/webchat/hook"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
AGENT = Sender(role=Role.AGENT, name="Ana", avatar_url="https://cdn.test/ana.jpg")
CHAT = Conversation(external_id="chat/1")
CONNECTION = Connection(
    id="site",
    service="webchat",
    side=Side.MESSENGER,
    endpoint_id="site",
    settings={"address": PAGE},
    secrets=Secrets({"service_key": "the-key"}),
)
WEB_CHAT = WebChat()
GONE = HttpResponse(status=404, body=b'{"error":{"code":"unknown_chat","message":"There is no such chat."}}')


def calls_of(http: RecordingHttp) -> list[tuple[str, str, object]]:
    return [(request.method, request.url.removeprefix(PAGE), request.json) for request in http.requests]


def answering(status: int, document: object = None) -> RecordingHttp:
    return RecordingHttp(HttpResponse(status=status, body=b"" if document is None else json.dumps(document).encode()))


def make_part(content: Any, buttons: Iterable[Button] = ()) -> Part:
    return Part(key="event:0", content=content, sender=AGENT, sent_at=NOW, buttons=tuple(buttons), reply_to="m7")


def sent(part: Part) -> dict[str, Any]:
    http = answering(201, {"id": "a1"})
    WEB_CHAT.deliver(part, CHAT, CONNECTION, http)
    [request] = http.requests
    assert isinstance(request.json, dict)
    return request.json


def refusal(answer: HttpResponse | DeliveryError, connection: Connection = CONNECTION) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        WEB_CHAT.deliver(make_part(Text(text="Hi")), CHAT, connection, RecordingHttp(answer))
    return caught.value


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_text_goes_out_under_its_key_and_the_agents_name() -> None:
    http = answering(201, {"id": "a1"})
    delivered = WEB_CHAT.deliver(make_part(Text(text="Hi 👋")), CHAT, CONNECTION, http)
    [request] = http.requests
    assert (request.method, request.url) == ("POST", f"{PAGE}/bridge/chats/chat%2F1/messages")
    assert request.headers["Authorization"] == "Bearer the-key"
    assert request.json == {
        "key": "event:0",
        "sender": {"name": "Ana", "role": "agent"},
        "sent_at": "2026-01-05T09:00:00+00:00",
        "content": {"type": "text", "text": "Hi 👋"},
        "buttons": [],
        "reply_to": "m7",
    }
    assert delivered.external_id == "a1"


def test_a_file_goes_out_with_all_that_is_known_of_it() -> None:
    file = Attachment(
        kind=AttachmentKind.IMAGE,
        url="https://b.test/media/t/a.png",
        name="a.png",
        content_type="image/png",
        size=7,
        caption="Look",
    )
    assert sent(make_part(file))["content"] == {
        "type": "attachment",
        "kind": "image",
        "url": "https://b.test/media/t/a.png",
        "name": "a.png",
        "content_type": "image/png",
        "size": 7,
        "caption": "Look",
    }


def test_cards_buttons_and_places_go_out_as_themselves() -> None:
    choice, link = Button(label="Buy", payload="b:1"), Button(label="More", url="https://shop.test/1")
    lost = Attachment(kind=AttachmentKind.IMAGE, url=None, name="gone.png")
    body = sent(make_part(Cards(cards=(Card(title="Tea", text="Green", image=lost, buttons=(choice,)),)), [link]))
    card = {"title": "Tea", "text": "Green", "image": None}
    assert body["content"] == {
        "type": "cards",
        "cards": [{**card, "buttons": [{"label": "Buy", "payload": "b:1", "url": None}]}],
    }
    assert body["buttons"] == [{"label": "More", "payload": "", "url": "https://shop.test/1"}]
    place = sent(make_part(Location(latitude=59.3, longitude=18.0, label="Office")))["content"]
    assert place == {"type": "location", "latitude": 59.3, "longitude": 18.0, "label": "Office"}


@pytest.mark.parametrize(
    "content", [Attachment(kind=AttachmentKind.FILE, url=None, name="lost.pdf"), ContactCard(name="Bo", phone="+46")]
)
def test_what_cannot_be_shown_is_refused_before_any_call(content: object) -> None:
    http = answering(201, {"id": "a1"})
    with pytest.raises(Rejected):
        WEB_CHAT.deliver(make_part(content), CHAT, CONNECTION, http)
    assert not http.requests


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_chat_that_was_erased_cannot_be_reached() -> None:
    assert isinstance(refusal(GONE), Unreachable)


@pytest.mark.parametrize("body", [b'{"message":"Not Found"}', b"", b'{"error":{"code":"unknown_address"}}'])
def test_a_page_that_is_not_there_any_more_is_the_owners_business(body: bytes) -> None:
    failure = refusal(HttpResponse(status=404, body=body))
    assert isinstance(failure, AuthorizationNeeded)
    assert "patchbay connect webchat site" in str(failure)


def test_without_an_address_messages_wait_for_the_owner() -> None:
    failure = refusal(HttpResponse(status=201), replace(CONNECTION, settings={}))
    assert isinstance(failure, AuthorizationNeeded)


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"id":""}', b"[]"])
def test_an_answer_without_an_id_is_asked_for_again_under_the_same_key(body: bytes) -> None:
    assert isinstance(refusal(HttpResponse(status=201, body=body)), Transient)


def test_a_gateway_that_did_not_wait_is_asked_again_under_the_same_key() -> None:
    assert isinstance(refusal(HttpResponse(status=504)), Transient)


# --- states, typing, erasing -----------------------------------------------------------------------------------------


def test_a_visitor_is_told_how_far_a_message_got() -> None:
    http = answering(204)
    assert isinstance(WEB_CHAT, SendsReceipts)
    WEB_CHAT.send_receipt(ReceiptState.READ, "m1", CHAT, CONNECTION, http)
    assert calls_of(http) == [("PUT", "/bridge/chats/chat%2F1/messages/m1/state", {"state": "read", "reason": ""})]


def test_a_visitor_is_told_that_and_why_a_message_failed() -> None:
    http = answering(204)
    assert isinstance(WEB_CHAT, ReportsFailures)
    WEB_CHAT.report_failure(Failure(reason="Unblu refused (HTTP 400)"), "m1", CHAT, CONNECTION, http)
    gone = Failure(reason="the file is no longer available", code=FailureCode.FILE_GONE)
    WEB_CHAT.report_failure(gone, "m2", CHAT, CONNECTION, http)
    assert [told for _, _, told in calls_of(http)] == [
        {"state": "failed", "reason": "refused"},
        {"state": "failed", "reason": "file_gone"},
    ]


def test_a_message_that_waits_for_the_owner_has_not_failed() -> None:
    http = answering(204)
    WEB_CHAT.report_failure(Failure(reason="not delivered yet", final=False), "m1", CHAT, CONNECTION, http)
    assert calls_of(http) == []


def test_the_state_of_an_unknown_message_concerns_nobody_else() -> None:
    unknown = HttpResponse(status=404, body=b'{"error":{"code":"unknown_message"}}')
    with pytest.raises(Rejected):
        WEB_CHAT.send_receipt(ReceiptState.SENT, "m1", CHAT, CONNECTION, RecordingHttp(unknown))


def test_nobody_is_left_to_be_told_of_a_chat_that_is_gone() -> None:
    http = RecordingHttp(GONE)
    WEB_CHAT.send_receipt(ReceiptState.SENT, "m1", CHAT, CONNECTION, http)
    WEB_CHAT.report_failure(Failure(reason="refused"), "m1", CHAT, CONNECTION, http)
    WEB_CHAT.delete_messages(["a1", "a2"], CHAT, CONNECTION, http)
    assert [method for method, _, _ in calls_of(http)] == ["PUT", "PUT", "DELETE"]


def test_typing_is_shown() -> None:
    http = answering(204)
    assert isinstance(WEB_CHAT, SendsTyping)
    WEB_CHAT.send_typing(True, CHAT, CONNECTION, http)
    assert calls_of(http) == [("PUT", "/bridge/chats/chat%2F1/typing", {"typing": True, "name": ""})]


def test_messages_are_taken_away_one_by_one() -> None:
    http = answering(204)
    assert isinstance(WEB_CHAT, DeletesMessages)
    WEB_CHAT.delete_messages(["a1", "a2"], CHAT, CONNECTION, http)
    assert calls_of(http) == [
        ("DELETE", f"/bridge/chats/chat%2F1/messages/{message}", None) for message in ("a1", "a2")
    ]


def test_a_chat_is_taken_away_with_all_that_was_said() -> None:
    http = answering(204)
    assert isinstance(WEB_CHAT, ErasesContacts)
    WEB_CHAT.erase_contact("chat/1", CONNECTION, http)
    assert calls_of(http) == [("DELETE", "/bridge/chats/chat%2F1", None)]
    WEB_CHAT.erase_contact("chat/1", CONNECTION, RecordingHttp(GONE))


def test_calls_that_do_no_harm_twice_are_just_tried_again() -> None:
    with pytest.raises(Transient):
        WEB_CHAT.send_typing(True, CHAT, CONNECTION, RecordingHttp(Uncertain("no answer")))


# --- connecting ------------------------------------------------------------------------------------------------------


def test_registering_learns_the_address_and_asks_there() -> None:
    http = answering(200, {"service": "webchat", "title": "Ask us"})
    assert isinstance(WEB_CHAT, RegistersWebhooks)
    draft = replace(CONNECTION, settings={"address": "https://old.test/webchat/hook"})
    assert WEB_CHAT.register_webhooks({"webhook": PAGE}, draft, http) == {"address": PAGE}
    assert [request.url for request in http.requests] == [f"{PAGE}/bridge/about"]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (HttpResponse(status=200, body=b'{"service":"parrot"}'), Misconfigured),
        (HttpResponse(status=401), AuthorizationNeeded),
        (HttpResponse(status=404), AuthorizationNeeded),
        (HttpResponse(status=200, body=b"<html>"), Transient),
        (HttpResponse(status=503), Transient),
    ],
)
def test_a_service_that_does_not_answer_as_it_should_is_not_registered(
    answer: HttpResponse, failure: type[Exception]
) -> None:
    with pytest.raises(failure):
        WEB_CHAT.register_webhooks({"webhook": PAGE}, CONNECTION, RecordingHttp(answer))


def test_the_address_that_works_is_the_registered_one() -> None:
    http = answering(200, {"service": "webchat"})
    assert WEB_CHAT.get_registered_url(CONNECTION, http) == PAGE
    assert WEB_CHAT.get_registered_url(replace(CONNECTION, settings={}), http) == ""


# --- threads ---------------------------------------------------------------------------------------------------------


def test_a_chat_is_begun_beside_another_of_the_same_visitor() -> None:
    begun = {"id": "chat-2", "name": "Ann", "person": "p1", "language": "de"}
    http = RecordingHttp(HttpResponse(status=201, body=json.dumps(begun).encode()))
    assert isinstance(WEB_CHAT, StartsThreads)
    contact = WEB_CHAT.start_thread(Contact(external_id="chat/1", person="p1"), "giosg-1:c2", CONNECTION, http)
    assert contact == Contact(external_id="chat-2", name="Ann", person="p1", language="de")
    assert calls_of(http) == [("POST", "/bridge/chats/chat%2F1/beside", {"key": "giosg-1:c2"})]


@pytest.mark.parametrize(
    "refusal", [HttpResponse(status=409, body=b'{"error":{"code":"too_many_chats"}}'), GONE], ids=["full", "gone"]
)
def test_where_no_chat_can_be_begun_the_core_is_told(refusal: HttpResponse) -> None:
    with pytest.raises(Rejected):
        WEB_CHAT.start_thread(Contact(external_id="chat-1"), "giosg-1:c2", CONNECTION, RecordingHttp(refusal))


# --- what happens to messages ----------------------------------------------------------------------------------------


def test_a_reaction_is_put_on_a_message_and_taken_away() -> None:
    http = answering(204)
    assert isinstance(WEB_CHAT, ShowsReactions)
    for emoji in ("❤️", ""):
        WEB_CHAT.show_reaction(emoji, Sender(role=Role.AGENT, name="Ana"), "m1", CHAT, CONNECTION, http)
    path, ana = "/bridge/chats/chat%2F1/messages/m1/reaction", {"name": "Ana", "role": "agent"}
    assert calls_of(http) == [
        ("PUT", path, {"emoji": "❤️", "sender": ana}),
        ("PUT", path, {"emoji": "", "sender": ana}),
    ]


def test_a_message_says_something_else() -> None:
    http = answering(204)
    assert isinstance(WEB_CHAT, EditsMessages)
    WEB_CHAT.edit_message("a1", make_part(Text(text="At eleven")), CHAT, CONNECTION, http)
    said = {"content": {"type": "text", "text": "At eleven"}, "buttons": []}
    assert calls_of(http) == [("PUT", "/bridge/chats/chat%2F1/messages/a1", said)]


def test_what_is_gone_cannot_be_changed() -> None:
    unknown = HttpResponse(status=404, body=b'{"error":{"code":"unknown_message"}}')
    with pytest.raises(Rejected):
        WEB_CHAT.edit_message("a1", make_part(Text(text="x")), CHAT, CONNECTION, RecordingHttp(unknown))
    with pytest.raises(Rejected):
        WEB_CHAT.show_reaction("❤️", Sender(role=Role.AGENT), "a1", CHAT, CONNECTION, RecordingHttp(unknown))
