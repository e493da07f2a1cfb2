"""What Viber's callbacks mean, and which of them are believed: receipts and answers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.domain.errors import Unreadable
from patchbay.domain.events import ContactChanged, Ignored, ReceiptReceived, decode, encode
from patchbay.domain.model import (
    ReceiptState,
)
from patchbay.kit.abilities import AnswersWebhooks
from patchbay.kit.account_setup import ChecksCredentials, RegistersWebhooks
from patchbay.kit.registry import load
from patchbay.messengers.viber import CONNECTOR
from tests.connectors.viber.inbound.scene import ENDPOINT, make_request, parse

# --- receipts and people --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "state", "covers"),
    [
        ("delivered", ReceiptState.DELIVERED, False),
        ("seen", ReceiptState.READ, True),
        ("failed", ReceiptState.FAILED, False),
    ],
)
def test_receipts_name_the_message_they_are_about(event: str, state: ReceiptState, covers: bool) -> None:
    parsed_event = parse({"event": event, "user_id": "u1", "desc": "too old" if event == "failed" else None})
    assert isinstance(parsed_event, ReceiptReceived)
    assert (parsed_event.message_id, parsed_event.thread) == ("5741311803571721087", "u1")
    assert (parsed_event.state, parsed_event.covers_earlier) == (state, covers)
    assert ("too old" in parsed_event.reason) == (event == "failed")


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
    parsed_event = parse({"event": event, "user": 3, "message": []})
    assert isinstance(parsed_event, Ignored)
    assert parsed_event.reason
    assert "\n" not in parsed_event.reason


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
        parsed_events = CONNECTOR.parse(request, ENDPOINT)
    except Unreadable:
        return
    for parsed_event in parsed_events:
        assert isinstance(parsed_event, Ignored) or decode(encode(parsed_event)) == parsed_event


# --- the answer -----------------------------------------------------------------------------------------------------


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
