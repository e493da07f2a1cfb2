"""What Freshchat's webhooks mean, and which of them are believed: messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from patchbay.domain.errors import UnknownAccount
from patchbay.domain.events import Ignored, MessageReceived, decode, encode
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    Content,
    Role,
    Text,
    Unsupported,
)
from patchbay.domain.references import Reference
from tests.connectors.freshchat.inbound.scene import (
    CHANNEL,
    CONVERSATION,
    make_endpoint,
    make_envelope,
    parse,
)


def parse_message(**fields: object) -> MessageReceived:
    parsed_event = parse(make_envelope(**fields))
    assert isinstance(parsed_event, MessageReceived)
    return parsed_event


def read_parts(*parts: object) -> tuple[Content, ...]:
    return parse_message(message_parts=parts).message.content


# --- messages -------------------------------------------------------------------------------------------------------


def test_an_agents_message_names_its_thread_sender_and_time() -> None:
    event = parse_message(freshchat_conversation_id="1019000000000001", in_reply_to={"message_id": "m0"})
    assert event.thread == CONVERSATION
    assert event.aliases == ("1019000000000001",)
    assert event.hints == {"user_id": "u1", "conversation_id": CONVERSATION}
    assert event.message.sender.role is Role.AGENT
    assert event.message.sender.external_id == "a1"
    assert event.message.content == (Text(text="Hello"),)
    assert event.message.reply_to == Reference(message_id="m0")
    assert event.message.sent_at == datetime(2024, 5, 6, 7, 8, 9, 101000, tzinfo=UTC)
    assert decode(encode(event)) == event


def test_the_same_message_told_again_is_the_same_event() -> None:
    again = make_envelope()
    again["action_time"] = "2024-05-06T08:00:00.000Z"
    repeated = parse(again)
    assert isinstance(repeated, MessageReceived)
    assert repeated.id == parse_message().id
    assert parse_message(id="m2").id != repeated.id


@pytest.mark.parametrize("spelling", [CONVERSATION, CONVERSATION.replace("-", ""), CONVERSATION.upper()])
def test_every_spelling_of_a_conversation_leads_to_one_thread(spelling: str) -> None:
    event = parse_message(conversation_id=spelling)
    assert event.thread == CONVERSATION
    assert event.hints["conversation_id"] == spelling


def test_a_conversation_that_is_only_numbered_is_found_by_its_number() -> None:
    event = parse_message(conversation_id=None, freshchat_conversation_id=1019000000000001)
    assert event.thread == "1019000000000001"
    assert event.aliases == ()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"actor_type": "user", "actor_id": "u1"}, "an echo"),
        ({"actor_type": "system", "actor_id": "s1"}, "Freshchat itself"),
        ({"actor_type": None, "actor_id": "s1"}, "Freshchat itself"),
        ({"message_type": "private"}, "private note"),
        ({"message_type": None, "actor_type": "bot", "botsPrivateNote": True}, "private note"),
        ({"message_type": "system"}, "type system"),
        ({"message_parts": [], "reply_parts": None}, "empty"),
        ({"message_parts": [{"text": {"content": " &nbsp;\n"}}]}, "empty"),
    ],
)
def test_what_is_not_for_the_customer_is_ignored_with_a_reason(fields: dict[str, object], reason: str) -> None:
    parsed_event = parse(make_envelope(**fields))
    assert isinstance(parsed_event, Ignored)
    assert reason in parsed_event.reason


def test_a_message_without_its_types_is_an_ordinary_one_of_whoever_caused_it() -> None:
    event = parse_message(actor_type=None, message_type=None)
    assert event.message.sender.role is Role.AGENT


def test_only_connected_channels_count() -> None:
    other = "dddddddd-0000-4000-8000-000000000005"
    both = make_endpoint(accounts=frozenset({CHANNEL, other}))
    parsed_event = parse(make_envelope(channel_id=CHANNEL.replace("-", "")), both)
    assert isinstance(parsed_event, MessageReceived)
    assert parsed_event.origin.account == CHANNEL
    with pytest.raises(UnknownAccount) as caught:
        parse(make_envelope(), make_endpoint(accounts=frozenset({other})))
    looked_up = replace(make_endpoint(accounts=frozenset({other})), strangers=frozenset(caught.value.accounts))
    assert parse(make_envelope(), looked_up) == Ignored(reason="from a channel that is not connected")


def test_a_channel_may_be_connected_by_its_number() -> None:
    endpoint = make_endpoint(accounts=frozenset({"8540000000000004"}))
    parsed_event = parse(make_envelope(freshchat_channel_id="8540000000000004"), endpoint)
    assert isinstance(parsed_event, MessageReceived)
    assert parsed_event.origin.account == "8540000000000004"


def test_a_single_connection_still_filters_by_its_channel() -> None:
    endpoint = replace(make_endpoint(accounts=frozenset()), settings={"channel_id": CHANNEL.upper()})
    assert isinstance(parse(make_envelope(), endpoint), MessageReceived)
    with pytest.raises(UnknownAccount):
        parse(make_envelope(channel_id="elsewhere"), endpoint)


# --- parts ----------------------------------------------------------------------------------------------------------


def test_files_prefer_the_download_address_and_keep_what_is_known() -> None:
    file = {"name": "a.pdf", "url": "https://a", "download_url": "https://b", "file_size_in_bytes": "7"}
    [attachment] = read_parts({"file": file, "image": None})
    assert attachment == Attachment(kind=AttachmentKind.FILE, url="https://b", name="a.pdf", size=7, protected=True)


def test_a_voice_message_is_an_attachment_of_its_kind() -> None:
    [attachment] = read_parts({"audio": {"url": "https://a/voice.mp3", "content_type": "audio/mpeg"}})
    assert attachment == Attachment(
        kind=AttachmentKind.AUDIO, url="https://a/voice.mp3", content_type="audio/mpeg", protected=True
    )


def test_a_file_without_an_address_needs_a_second_look() -> None:
    message = parse_message(message_parts=[{"file": {"name": "a.pdf"}}]).message
    assert message.incomplete
    assert not parse_message(message_parts=[{"image": {"url": "https://a"}}]).message.incomplete


def test_buttons_come_from_reply_parts_and_message_parts_once_each() -> None:
    yes = {"quick_reply_button": {"label": "Yes", "custom_reply_text": "Yes, please"}}
    shop = {"url_button": {"label": "Shop", "url": "https://shop.example"}}
    nested = {"collection": {"sub_parts": [{"collection": {"sub_parts": [yes]}}, shop]}}
    message = parse_message(
        message_parts=[{"text": {"content": "Well?"}}, yes],
        reply_parts=[nested, {"callback": {"label": "Menu", "payload": "menu:1"}}],
    ).message
    assert message.buttons == (
        Button(label="Yes", payload="Yes, please"),
        Button(label="Shop", url="https://shop.example"),
        Button(label="Menu", payload="Menu"),
    )


def test_buttons_alone_are_a_message() -> None:
    reply_parts = [{"quick_reply_button": {"label": "Yes"}}]
    message = parse_message(message_parts=None, reply_parts=reply_parts).message
    assert message.content == ()
    assert message.buttons == (Button(label="Yes", payload="Yes"),)


def test_a_single_card_keeps_its_picture_words_and_buttons() -> None:
    sections = [
        {"name": "title", "parts": [{"text": {"content": "Chair"}}]},
        {"name": "description", "parts": [{"text": {"content": "Oak &amp; steel"}}]},
        {"name": "hero_image", "parts": [{"image": {"url": "https://a/chair.png"}}]},
        {"name": "view", "parts": [{"url_button": {"label": "View", "url": "https://shop.example"}}]},
    ]
    [card] = read_parts({"template_content": {"type": "carousel_card_default", "sections": sections}})
    assert card == Card(
        title="Chair",
        text="Oak & steel",
        image=Attachment(kind=AttachmentKind.IMAGE, url="https://a/chair.png", protected=True),
        buttons=(Button(label="View", url="https://shop.example"),),
    )


def test_a_carousel_of_plain_sections_has_a_card_for_each() -> None:
    sections = [{"name": str(n), "parts": [{"text": {"content": f"Card {n}"}}]} for n in (1, 2)]
    cards = read_parts({"template_content": {"type": "carousel", "sections": sections}})
    assert cards == (Card(title="Card 1"), Card(title="Card 2"))


@pytest.mark.parametrize("part", [{"hologram": {"depth": 3}}, {"image": "https://a"}, {"file": [1]}, {"shape": 7}])
def test_a_part_that_nobody_knows_becomes_a_line_that_says_so(part: object) -> None:
    [content] = read_parts(part)
    assert isinstance(content, Unsupported)
    assert "cannot be shown here" in content.description


def test_the_form_of_2018_is_still_read() -> None:
    message = parse_message(
        message_parts=None, msg_parts=[{"part_type": "text", "properties": {"text": "Hello"}}]
    ).message
    assert message.content == (Text(text="Hello"),)
