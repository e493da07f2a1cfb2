"""What Viber's callbacks mean, and which of them are believed."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.errors import SignatureRejected, Unreadable
from patchbay.domain.events import ContactChanged, Event, Ignored, MessageReceived, ReceiptReceived, decode, encode
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    ContactCard,
    Content,
    Location,
    ReceiptState,
    Role,
    Text,
    Unsupported,
)
from patchbay.kit.abilities import AnswersWebhooks
from patchbay.kit.account_setup import ChecksCredentials, RegistersWebhooks
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.registry import load
from patchbay.messengers.viber import CONNECTOR
from tests.harness.gateway import RECEIVED_AT, read_gateway_event

SAMPLES = Path(__file__).parents[3] / "events" / "viber"
TOKEN = "4e0000000000abcd-0000000000000001-00000000000000ff"
ENDPOINT = Endpoint(id="viber-1", service="viber", secrets=Secrets({"auth_token": TOKEN}))

# Computed once from the algorithm that Viber documents, independently of this code.
KNOWN_BODY = (
    '{"event":"message","timestamp":1700000000123,"chat_hostname":"SN-CALLBACK-01_","message_token":5741311803571721087,'
    '"sender":{"id":"Zm9vYmFyYmF6cXV4MDEyMw==","name":"Åsa"},"message":{"type":"text","text":"Hej!"},"silent":false}'
).encode()
KNOWN_SIGNATURE = "e3225ac84f9ca80ef48903a23b9f8b4aa537d62396d2407b2a522351eabc1709"


def make_request(body: bytes = KNOWN_BODY, *, header: str | None = None, query: str | None = None) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        headers={} if header is None else {"x-viber-content-signature": header},
        query={} if query is None else {"sig": query},
        body=body,
        received_at=RECEIVED_AT,
    )


def parse(callback: dict[str, Any]) -> Event | Ignored:
    body = json.dumps({"timestamp": 1700000000000, "message_token": 5741311803571721087, **callback}).encode()
    (happening,) = CONNECTOR.parse(make_request(body), ENDPOINT)
    return happening


def parse_content(message: dict[str, Any]) -> Content:
    happening = parse({"event": "message", "sender": {"id": "u1"}, "message": message})
    assert isinstance(happening, MessageReceived)
    (content,) = happening.message.content
    return content


# --- who is believed -------------------------------------------------------------------------------------------------


def test_the_signature_in_the_header_is_accepted() -> None:
    assert len(KNOWN_BODY) == 227
    CONNECTOR.verify(make_request(header=KNOWN_SIGNATURE), ENDPOINT)


def test_the_signature_in_the_query_is_accepted_when_there_is_no_header() -> None:
    CONNECTOR.verify(make_request(query=KNOWN_SIGNATURE), ENDPOINT)


def test_a_token_that_was_replaced_lately_still_verifies() -> None:
    rotated = replace(ENDPOINT, secrets=Secrets({"auth_token": "new"}, previous={"auth_token": TOKEN}))
    CONNECTOR.verify(make_request(header=KNOWN_SIGNATURE), rotated)


@pytest.mark.parametrize(
    "request_",
    [
        make_request(),
        make_request(header="", query=""),
        make_request(header="0" * 64),
        make_request(query="0" * 64),
        make_request(header="0" * 64, query=KNOWN_SIGNATURE),
        make_request(header="sha256=" + KNOWN_SIGNATURE),
        make_request(KNOWN_BODY.replace(b"Hej", b"Nej"), header=KNOWN_SIGNATURE),
        make_request(KNOWN_BODY + b"\n", header=KNOWN_SIGNATURE),
        make_request(header="\udcff"),
    ],
    ids=["unsigned", "empty", "wrong header", "wrong query", "header decides", "prefix", "tampered", "longer", "bytes"],
)
def test_anything_else_is_rejected(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(request_, ENDPOINT)


def test_nothing_is_believed_before_there_is_a_token() -> None:
    signature = hmac.new(b"", KNOWN_BODY, hashlib.sha256).hexdigest()
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(make_request(header=signature), replace(ENDPOINT, secrets=Secrets({"auth_token": ""})))


# --- samples ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.json") if path.stem != "endpoint"))
def test_a_sample_event_means_what_is_written_beside_it(name: str) -> None:
    record = json.loads((SAMPLES / "endpoint.json").read_text())
    endpoint = Endpoint(id=record["id"], service=record["service"], secrets=Secrets(record["secrets"]))
    request = read_gateway_event(json.loads((SAMPLES / f"{name}.json").read_text()))
    expected = json.loads((SAMPLES / "expected" / f"{name}.json").read_text())

    CONNECTOR.verify(request, endpoint)
    happenings = CONNECTOR.parse(request, endpoint)

    assert happenings == CONNECTOR.parse(request, endpoint), "twice the same"
    assert [
        {"ignored": each.reason} if isinstance(each, Ignored) else json.loads(encode(each))["event"]
        for each in happenings
    ] == expected
    assert all(decode(encode(each)) == each for each in happenings if not isinstance(each, Ignored))


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_message_brings_its_sender_and_a_token_that_no_float_has_touched() -> None:
    (happening,) = CONNECTOR.parse(make_request(), ENDPOINT)
    assert isinstance(happening, MessageReceived)
    assert happening.message.external_id == "5741311803571721087"
    assert happening.message.sender.role is Role.CONTACT
    assert happening.thread == "Zm9vYmFyYmF6cXV4MDEyMw=="
    assert happening.contact is not None
    assert (happening.contact.name, happening.contact.reachable) == ("Åsa", True)
    assert happening.occurred_at == datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)
    assert happening.message.content == (Text(text="Hej!"),)


@pytest.mark.parametrize(
    ("message", "content"),
    [
        ({"type": "text", "text": "a"}, Text(text="a")),
        (
            {"type": "picture", "media": "https://m/p", "text": "look", "size": 7},
            Attachment(kind=AttachmentKind.IMAGE, url="https://m/p", caption="look", size=7),
        ),
        (
            {"type": "picture", "media": "https://m/p", "text": None, "file_name": "p.jpg"},
            Attachment(kind=AttachmentKind.IMAGE, url="https://m/p", name="p.jpg"),
        ),
        (
            {"type": "video", "media": "https://m/v", "size": 0, "duration": 3},
            Attachment(kind=AttachmentKind.VIDEO, url="https://m/v"),
        ),
        (
            {"type": "file", "media": "https://m/f", "file_name": "a.pdf", "size": 9},
            Attachment(kind=AttachmentKind.FILE, url="https://m/f", name="a.pdf", size=9),
        ),
        (
            {"type": "contact", "contact": {"name": "Bo", "phone_number": "+4670"}},
            ContactCard(name="Bo", phone="+4670"),
        ),
        ({"type": "contact", "contact": {"name": "Bo"}}, ContactCard(name="Bo")),
        (
            {"type": "location", "location": {"lat": 1, "lon": -2.5, "address": "Here 1"}},
            Location(latitude=1.0, longitude=-2.5, label="Here 1"),
        ),
        ({"type": "url", "media": "https://example.com"}, Text(text="https://example.com")),
        ({"type": "url", "media": "https://e.com", "text": "see"}, Text(text="see\nhttps://e.com")),
        ({"type": "url", "media": "https://e.com", "text": "https://e.com"}, Text(text="https://e.com")),
        (
            {"type": "sticker", "sticker_id": 40133},
            Attachment(
                kind=AttachmentKind.IMAGE,
                url="https://viber.github.io/docs/img/stickers/40133.png",
                name="sticker-40133.png",
            ),
        ),
        (
            {"type": "sticker", "sticker_id": "7", "media": "https://m/s.png"},
            Attachment(kind=AttachmentKind.IMAGE, url="https://m/s.png", name="sticker-7.png"),
        ),
    ],
)
def test_every_type_of_message_is_carried(message: dict[str, Any], content: Content) -> None:
    assert parse_content(message) == content


@pytest.mark.parametrize(
    "message",
    [
        {"type": "text", "text": ""},
        {"type": "picture"},
        {"type": "sticker", "sticker_id": "../../x"},
        {"type": "rich_media", "rich_media": {}},
        {"type": "location"},
        {"type": "contact"},
        {"type": "url"},
        {"type": "something new\nwith a line"},
    ],
)
def test_what_cannot_be_carried_is_said(message: dict[str, Any]) -> None:
    content = parse_content(message)
    assert isinstance(content, Unsupported)
    assert message["type"].split()[0] in content.description
    assert "\n" not in content.description


@pytest.mark.parametrize("name", ["", "Subscriber", " subscriber ", None])
def test_a_stand_in_name_is_no_name(name: str | None) -> None:
    happening = parse(
        {
            "event": "message",
            "sender": {"id": "u", "name": name, "avatar": ""},
            "message": {"type": "text", "text": "x"},
        }
    )
    assert isinstance(happening, MessageReceived)
    assert happening.contact is not None
    assert (happening.contact.name, happening.contact.avatar_url) == (None, None)


# --- receipts and people ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "state", "covers"),
    [
        ("delivered", ReceiptState.DELIVERED, False),
        ("seen", ReceiptState.READ, True),
        ("failed", ReceiptState.FAILED, False),
    ],
)
def test_receipts_name_the_message_they_are_about(event: str, state: ReceiptState, covers: bool) -> None:
    happening = parse({"event": event, "user_id": "u1", "desc": "too old" if event == "failed" else None})
    assert isinstance(happening, ReceiptReceived)
    assert (happening.message_id, happening.thread) == ("5741311803571721087", "u1")
    assert (happening.state, happening.covers_earlier) == (state, covers)
    assert ("too old" in happening.reason) == (event == "failed")


def test_delivery_on_a_second_device_is_the_same_happening() -> None:
    first = parse({"event": "delivered", "user_id": "u1", "timestamp": 1700000000000})
    second = parse({"event": "delivered", "user_id": "u1", "timestamp": 1700000009000})
    seen = parse({"event": "seen", "user_id": "u1"})
    assert isinstance(first, ReceiptReceived)
    assert isinstance(second, ReceiptReceived)
    assert isinstance(seen, ReceiptReceived)
    assert first.id == second.id != seen.id


def test_unsubscribing_makes_a_contact_unreachable_and_subscribing_reachable() -> None:
    gone = parse({"event": "unsubscribed", "user_id": "u1"})
    back = parse({"event": "subscribed", "user": {"id": "u1", "name": "Bo"}})
    assert isinstance(gone, ContactChanged)
    assert isinstance(back, ContactChanged)
    assert (gone.contact.reachable, back.contact.reachable) == (False, True)
    assert (gone.contact.name, back.contact.name) == (None, "Bo")


def test_opening_the_chat_subscribes_nobody() -> None:
    opened = {"event": "conversation_started", "type": "open", "user": {"id": "u1", "name": "Bo"}}
    assert isinstance(parse({**opened, "subscribed": False}), Ignored)
    assert isinstance(parse({**opened, "subscribed": True}), ContactChanged)


@pytest.mark.parametrize("event", ["webhook", "action", "client_status", "something\nnew"])
def test_other_events_are_ignored_with_a_reason(event: str) -> None:
    happening = parse({"event": event, "user": 3, "message": []})
    assert isinstance(happening, Ignored)
    assert happening.reason
    assert "\n" not in happening.reason


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"event":[]}',
        b'{"event":"message"}',
        b'{"event":"seen","timestamp":1,"message_token":1,"user_id":""}',
        b'{"event":"seen","timestamp":1,"user_id":"u"}',
        b'{"event":"message","timestamp":1,"message_token":1,"sender":{"name":"A"},"message":{"type":"text","text":"b"}}',
    ],
)
def test_what_viber_does_not_document_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        CONNECTOR.parse(make_request(body), ENDPOINT)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_EVENTS = st.sampled_from(
    ["message", "delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"]
)


@given(
    st.fixed_dictionaries(
        {"event": _EVENTS, "timestamp": st.integers(0, 10**16), "message_token": st.integers(0, 2**64)},
        optional={
            "user_id": st.text() | _JSON,
            "user": st.fixed_dictionaries({"id": st.text()}, optional={"name": _JSON, "avatar": _JSON}) | _JSON,
            "sender": st.fixed_dictionaries({"id": st.text()}, optional={"name": st.text(), "language": _JSON}),
            "message": st.fixed_dictionaries(
                {"type": st.sampled_from(["text", "picture", "location", "contact", "sticker", "url", "x"])},
                optional={"text": st.text(), "media": _JSON, "location": _JSON, "contact": _JSON, "size": _JSON},
            ),
        },
    )
)
def test_whatever_a_callback_holds_it_becomes_events_that_can_travel_or_is_refused(callback: dict[str, Any]) -> None:
    request = make_request(json.dumps(callback).encode())
    try:
        happenings = CONNECTOR.parse(request, ENDPOINT)
    except Unreadable:
        return
    for happening in happenings:
        assert isinstance(happening, Ignored) or decode(encode(happening)) == happening


# --- the answer ------------------------------------------------------------------------------------------------------


def answer(event: str, settings: dict[str, str]) -> dict[str, Any] | None:
    body = json.dumps({"event": event}).encode()
    assert isinstance(CONNECTOR, AnswersWebhooks)
    response = CONNECTOR.answer_webhook(make_request(body), replace(ENDPOINT, settings=settings), [])
    if response is None:
        return None
    assert response.status == 200
    answered: dict[str, Any] = json.loads(response.body)
    return answered


def test_somebody_who_opens_the_chat_is_welcomed_in_the_answer() -> None:
    settings = {"welcome_message": " Välkommen! ", "sender_name": "A shop with a name that is far too long"}
    assert answer("conversation_started", settings) == {
        "type": "text",
        "text": "Välkommen!",
        "sender": {"name": "A shop with a name that is…"},
    }


def test_nobody_is_welcomed_without_a_welcome_or_at_another_time() -> None:
    assert answer("conversation_started", {"welcome_message": " "}) is None
    assert answer("message", {"welcome_message": "Hi"}) is None


def test_the_connector_is_found_by_its_name_with_its_abilities() -> None:
    connector = load("viber")
    assert connector is CONNECTOR
    assert isinstance(connector, AnswersWebhooks)
    assert isinstance(connector, ChecksCredentials)
    assert isinstance(connector, RegistersWebhooks)
    assert connector.accepted_status == 200


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sent", "phone"),
    [
        ("Åsa", "+46701112233", "+46701112233"),
        ("Åsa", "\u202a+46 (0)70 111 22 33\u202c", "+46701112233"),
        ("Åsa", "070 111 22 33", "070 111 22 33"),
        ("Bo", "+46701112233", ""),
    ],
)
def test_a_contact_card_of_ones_own_name_tells_ones_number(name: str, sent: str, phone: str) -> None:
    message = {"type": "contact", "contact": {"name": name, "phone_number": sent}}
    body = {
        "event": "message",
        "timestamp": 1767603600000,
        "message_token": 4912661846655238145,
        "sender": {"id": "01234567890A=", "name": "Åsa"},
        "message": message,
    }
    request = WebhookRequest(method="POST", body=json.dumps(body).encode(), received_at=RECEIVED_AT)
    [event] = CONNECTOR.parse(request, Endpoint(id="v", service="viber"))
    assert isinstance(event, MessageReceived)
    assert event.contact
    assert event.contact.phone == phone
