"""What Viber's callbacks mean, and which of them are believed: messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from patchbay.domain.accounts import Endpoint
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    ContactCard,
    Content,
    Location,
    Role,
    Text,
    Unsupported,
)
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.viber import CONNECTOR
from tests.connectors.viber.inbound.scene import ENDPOINT, make_request, parse
from tests.harness.gateway import RECEIVED_AT


def parse_content(message: dict[str, Any]) -> Content:
    parsed_event = parse({"event": "message", "sender": {"id": "u1"}, "message": message})
    assert isinstance(parsed_event, MessageReceived)
    (content,) = parsed_event.message.content
    return content


# --- messages -------------------------------------------------------------------------------------------------------


def test_a_message_brings_its_sender_and_a_token_that_no_float_has_touched() -> None:
    (parsed_event,) = CONNECTOR.parse(make_request(), ENDPOINT)
    assert isinstance(parsed_event, MessageReceived)
    assert parsed_event.message.external_id == "5741311803571721087"
    assert parsed_event.message.sender.role is Role.CONTACT
    assert parsed_event.thread == "Zm9vYmFyYmF6cXV4MDEyMw=="
    assert parsed_event.contact is not None
    assert (parsed_event.contact.name, parsed_event.contact.reachable) == ("Åsa", True)
    assert parsed_event.occurred_at == datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=UTC)
    assert parsed_event.message.content == (Text(text="Hej!"),)


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
    parsed_event = parse(
        {
            "event": "message",
            "sender": {"id": "u", "name": name, "avatar": ""},
            "message": {"type": "text", "text": "x"},
        }
    )
    assert isinstance(parsed_event, MessageReceived)
    assert parsed_event.contact is not None
    assert (parsed_event.contact.name, parsed_event.contact.avatar_url) == (None, None)


# --- numbers --------------------------------------------------------------------------------------------------------


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
