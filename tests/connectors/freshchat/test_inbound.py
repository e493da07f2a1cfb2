"""What Freshchat's webhooks mean, and which of them are believed."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.errors import SignatureRejected, UnknownAccount, Unreadable
from patchbay.domain.events import ConversationChanged, Event, Ignored, MessageReceived, decode, encode
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    Content,
    ConversationStatus,
    Role,
    Text,
    Unsupported,
)
from patchbay.kit.contract import WebhookRequest
from patchbay.platforms.freshchat import CONNECTOR
from patchbay.platforms.freshchat.ids import name_thread, normalize_id
from tests.connectors.services import sample_endpoint
from tests.harness.gateway import RECEIVED_AT, read_gateway_event

SAMPLES = Path(__file__).parents[3] / "events" / "freshchat"
CHANNEL = "dddddddd-0000-4000-8000-000000000004"
CONVERSATION = "eeeeeeee-0000-4000-8000-000000000005"

# Made once with a key that was thrown away, independently of this code.
KNOWN_BODY = (
    '{"actor":{"actor_type":"agent","actor_id":"a1"},"action":"message_create",'
    '"action_time":"2024-01-02T03:04:05.678Z",'
    '"data":{"message":{"message_parts":[{"text":{"content":"Grüße"}}],"id":"m1"}}}'
).encode()
KNOWN_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAx3xDJtHZ9BgKa6FiOgwSA1lnWAGFIw7YD+hNQ7JOIpjn3Ms9R0iSK972gTmCKNuXepO+"
    "Y0vTxcwBC/Ut1yeUmrncOYZTefZTc66csnkB4JH+3vKUjyPb7r43veiE2q4TDsXanrNKPS6AI97DaYRTJ8UVDBOjJBSts7HbyjcDHfLinfp69jMp"
    "dRuAiMtbiILuRn0UiEIWnmHBBYWANLkDtRPP5ETuSOyFhKReeP/iwws9M7KxHLAYtiSHOj5eYUvC1ljOC7Amu40eHH+x4oK9gkFMm8+q66rIuwee"
    "RDTUPIJ1iC5CDkPLdLe8EfssRavsSWjCSUpmNlPMQeli5N/JeQIDAQAB"
)
KNOWN_SIGNATURE = (
    "j9AJr/172d0JmQevyMltPqxnOkwmAb+dZ633it4Uzd0lBLF34DiRZ5iqg3nfHLi9XiQ9ztxyufD4PVFC6gEDQC7eX+lobQBR1/8wDRGqSMzN3ojs"
    "5k7eftN41DPEnIVFjog3F1235plprf7COD2H9rOI1/GyjHhf6kad/oVjnA1liwgHCPRU+fVWGK1VOANdAtFDcxk0CFSFgFl01qcCNHoaRWqeJYrT"
    "kxptTNZb1i0lSN9QrePY9vGrsdj3sQyMtLgLXohq1ilpVtYvN6n/BVguiCHKDXiEHknYyYP6Sulxfeh19xumQ/xtxTtNMoyu3/PcVGr/pU46weoe"
    "/E4xQQ=="
)
SPKI = f"-----BEGIN PUBLIC KEY-----\n{KNOWN_KEY}\n-----END PUBLIC KEY-----\n"
MISLABELLED = f"-----BEGIN RSA PUBLIC KEY-----\n{KNOWN_KEY}\n-----END RSA PUBLIC KEY-----\n"
ON_ONE_LINE = f"-----BEGIN RSA PUBLIC KEY----- {KNOWN_KEY[:64]} {KNOWN_KEY[64:]} -----END RSA PUBLIC KEY-----"
# The same key in PKCS#1: SPKI without its 24 bytes of algorithm.
PKCS1 = base64.b64encode(base64.b64decode(KNOWN_KEY)[24:]).decode()


def make_request(body: bytes, signature: str | None = None) -> WebhookRequest:
    headers = {} if signature is None else {"x-freshchat-signature": signature}
    return WebhookRequest(method="POST", headers=headers, body=body, received_at=RECEIVED_AT)


def make_endpoint(*, key: str = "", previous: str = "", accounts: frozenset[str] = frozenset({CHANNEL})) -> Endpoint:
    secrets = Secrets({"webhook_public_key": key}, {"webhook_public_key": previous})
    return Endpoint(id="desk", service="freshchat", secrets=secrets, accounts=accounts)


def parse(envelope: object, endpoint: Endpoint | None = None) -> Event | Ignored:
    body = json.dumps(envelope).encode()
    [happening] = CONNECTOR.parse(make_request(body), endpoint or make_endpoint())
    return happening


def make_envelope(**fields: object) -> dict[str, Any]:
    message = {
        "id": "m1",
        "conversation_id": CONVERSATION,
        "channel_id": CHANNEL,
        "user_id": "u1",
        "actor_type": "agent",
        "actor_id": "a1",
        "message_type": "normal",
        "created_time": "2024-05-06T07:08:09.101Z",
        "message_parts": [{"text": {"content": "Hello"}}],
        **fields,
    }
    actor = {"actor_type": "agent", "actor_id": "a1"}
    time = "2024-05-06T07:08:09.120Z"
    return {"actor": actor, "action": "message_create", "action_time": time, "data": {"message": message}}


def parse_message(**fields: object) -> MessageReceived:
    happening = parse(make_envelope(**fields))
    assert isinstance(happening, MessageReceived)
    return happening


def read_parts(*parts: object) -> tuple[Content, ...]:
    return parse_message(message_parts=parts).message.content


# --- who sent it -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [SPKI, MISLABELLED, ON_ONE_LINE, KNOWN_KEY, PKCS1])
def test_the_key_verifies_however_it_was_pasted(key: str) -> None:
    CONNECTOR.verify(make_request(KNOWN_BODY, KNOWN_SIGNATURE), make_endpoint(key=key))


@pytest.mark.parametrize(
    "request_",
    [
        make_request(KNOWN_BODY),
        make_request(KNOWN_BODY, ""),
        make_request(KNOWN_BODY, "not base64!"),
        make_request(KNOWN_BODY, KNOWN_SIGNATURE[:-4]),
        make_request(KNOWN_BODY + b" ", KNOWN_SIGNATURE),
        make_request(KNOWN_BODY.replace("ü".encode(), b"\\u00fc"), KNOWN_SIGNATURE),
    ],
    ids=["no header", "empty", "no base64", "cut short", "a byte more", "re-encoded"],
)
def test_only_the_signed_bytes_are_believed(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(request_, make_endpoint(key=SPKI))


def test_the_replaced_key_is_believed_while_freshchat_may_still_sign_with_it() -> None:
    sample = json.loads((SAMPLES / "endpoint.json").read_text())["secrets"]["webhook_public_key"]
    CONNECTOR.verify(make_request(KNOWN_BODY, KNOWN_SIGNATURE), make_endpoint(key=sample, previous=SPKI))


def test_without_a_key_nothing_is_believed_and_the_owner_learns_where_it_is() -> None:
    with pytest.raises(SignatureRejected, match="Admin Settings > Webhooks"):
        CONNECTOR.verify(make_request(KNOWN_BODY, KNOWN_SIGNATURE), make_endpoint())


# --- the samples -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((SAMPLES / "expected").glob("*.json")), ids=lambda path: path.stem)
def test_each_sample_event_is_verified_and_means_what_is_written_beside_it(path: Path) -> None:
    endpoint = sample_endpoint("freshchat")
    request = read_gateway_event(json.loads((SAMPLES / path.name).read_text()))
    CONNECTOR.verify(request, endpoint)
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(replace(request, body=request.body + b"\n"), endpoint)
    happenings = CONNECTOR.parse(request, endpoint)
    assert happenings == CONNECTOR.parse(request, endpoint)
    meaning = [
        {"ignored": each.reason} if isinstance(each, Ignored) else json.loads(encode(each))["event"]
        for each in happenings
    ]
    assert meaning == json.loads(path.read_text())


# --- messages --------------------------------------------------------------------------------------------------------


def test_an_agents_message_names_its_thread_sender_and_time() -> None:
    event = parse_message(freshchat_conversation_id="1019000000000001", in_reply_to={"message_id": "m0"})
    assert event.thread == CONVERSATION
    assert event.aliases == ("1019000000000001",)
    assert event.hints == {"user_id": "u1", "conversation_id": CONVERSATION}
    assert event.message.sender.role is Role.AGENT
    assert event.message.sender.external_id == "a1"
    assert event.message.content == (Text(text="Hello"),)
    assert event.message.reply_to == "m0"
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
    happening = parse(make_envelope(**fields))
    assert isinstance(happening, Ignored)
    assert reason in happening.reason


def test_a_message_without_its_types_is_an_ordinary_one_of_whoever_caused_it() -> None:
    event = parse_message(actor_type=None, message_type=None)
    assert event.message.sender.role is Role.AGENT


def test_only_connected_channels_count() -> None:
    other = "dddddddd-0000-4000-8000-000000000005"
    both = make_endpoint(accounts=frozenset({CHANNEL, other}))
    happening = parse(make_envelope(channel_id=CHANNEL.replace("-", "")), both)
    assert isinstance(happening, MessageReceived)
    assert happening.origin.account == CHANNEL
    with pytest.raises(UnknownAccount) as caught:
        parse(make_envelope(), make_endpoint(accounts=frozenset({other})))
    looked_up = replace(make_endpoint(accounts=frozenset({other})), strangers=frozenset(caught.value.accounts))
    assert parse(make_envelope(), looked_up) == Ignored(reason="from a channel that is not connected")


def test_a_channel_may_be_connected_by_its_number() -> None:
    endpoint = make_endpoint(accounts=frozenset({"8540000000000004"}))
    happening = parse(make_envelope(freshchat_channel_id="8540000000000004"), endpoint)
    assert isinstance(happening, MessageReceived)
    assert happening.origin.account == "8540000000000004"


def test_a_single_connection_still_filters_by_its_channel() -> None:
    endpoint = replace(make_endpoint(accounts=frozenset()), settings={"channel_id": CHANNEL.upper()})
    assert isinstance(parse(make_envelope(), endpoint), MessageReceived)
    with pytest.raises(UnknownAccount):
        parse(make_envelope(channel_id="elsewhere"), endpoint)


# --- parts -----------------------------------------------------------------------------------------------------------


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


# --- conversations ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "place", "status", "meaning"),
    [
        ("conversation_assignment", "assignment", "assigned", ConversationStatus.ACTIVE),
        ("conversation_assignment", "assignment", "resolved", ConversationStatus.ENDED),
        ("conversation_resolution", "resolve", "resolved", ConversationStatus.ENDED),
        ("conversation_reopen", "reopen", "reopened", ConversationStatus.ACTIVE),
        ("conversation_reopen", "reopen", "reopen", ConversationStatus.ACTIVE),
    ],
)
def test_changes_say_whether_the_conversation_goes_on(
    action: str, place: str, status: str, meaning: ConversationStatus
) -> None:
    conversation = {"conversation_id": CONVERSATION, "status": status, "channel_id": CHANNEL, "assigned_agent_id": ""}
    time = "2024-05-06T07:08:00.000Z"
    event = parse({"action": action, "action_time": time, "data": {place: {"conversation": conversation}}})
    assert isinstance(event, ConversationChanged)
    assert event.status is meaning
    assert event.thread == CONVERSATION
    later = parse({"action": action, "action_time": time[:-2] + "1Z", "data": {place: {"conversation": conversation}}})
    assert isinstance(later, ConversationChanged)
    assert later.id != event.id
    assert later.occurred_at - event.occurred_at == timedelta(milliseconds=1)


@pytest.mark.parametrize("action", ["conversation:resolve", "", "user_update", "<script>"])
def test_unknown_actions_are_ignored(action: str) -> None:
    happening = parse({"action": action, "data": {"conversation": 7}})
    assert isinstance(happening, Ignored)
    assert "<" not in happening.reason


# --- what cannot be read ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b'{"action":"message_create"}',
        b'{"action":"message_create","data":{"message":null}}',
        b'{"action":"message_create","data":{"message":{"id":"m1"}}}',
        b'{"action":"message_create","data":{"message":{"conversation_id":"c1"}}}',
        b'{"action":"conversation_reopen","data":{"reopen":{"conversation":{}}}}',
        KNOWN_BODY,
    ],
)
def test_what_is_not_documented_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        CONNECTOR.parse(make_request(body), make_endpoint())


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "url", "name"]), inner),
    max_leaves=8,
)
_PART_NAMES = ["text", "image", "file", "callback", "url_button", "collection", "template_content", "reference", "x"]


@given(st.lists(st.dictionaries(st.sampled_from(_PART_NAMES), _JSON, max_size=2), max_size=3))
def test_no_part_however_odd_makes_a_verified_message_fail(parts: list[dict[str, object]]) -> None:
    happening = parse(make_envelope(message_parts=parts, reply_parts=parts))
    assert isinstance(happening, MessageReceived | Ignored)


@given(st.binary(max_size=200) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_arbitrary_bodies_are_unreadable_or_ignored(body: bytes) -> None:
    try:
        happenings = CONNECTOR.parse(make_request(body), make_endpoint())
    except Unreadable:
        return
    assert all(isinstance(happening, Ignored) for happening in happenings)


# --- ids -------------------------------------------------------------------------------------------------------------


@given(st.uuids())
def test_guids_have_one_normal_form(guid: object) -> None:
    forms = {str(guid), str(guid).upper(), str(guid).replace("-", "")}
    assert {normalize_id(form) for form in forms} == {str(guid)}
    assert name_thread(*sorted(forms)) == (str(guid), ())
