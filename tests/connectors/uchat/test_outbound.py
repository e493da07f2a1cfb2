"""What is posted to UChat's bot for each part, and what its answers mean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import (
    AuthorizationNeeded,
    ConversationGone,
    DeliveryError,
    Rejected,
    Transient,
    Uncertain,
)
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Contact,
    ContactCard,
    ContactKey,
    Content,
    Conversation,
    Delivered,
    Location,
    Message,
    Part,
    Postback,
    Role,
    Sender,
    Side,
    Text,
)
from patchbay.kit.contract import HttpResponse
from patchbay.kit.fallbacks import render
from patchbay.platforms.uchat import CONNECTOR
from patchbay.platforms.uchat.ids import write_choice
from tests.harness.fakes.recording_http import RecordingHttp

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
KEY = ContactKey(service="viber", connection_id="shop", contact_id="Zm9v+/YmFy==")
ANN = Contact(
    external_id=KEY.contact_id, name="Ann Lee", phone="+358401234567", email="ann@x.example", platform_id="48213"
)
BOT_URL = "https://bot.uchat.example/api/apichat/AbC123"
CONNECTION = Connection(
    id="uchat-1",
    service="uchat",
    side=Side.PLATFORM,
    endpoint_id="uchat-1",
    settings={"bot_url": BOT_URL},
    secrets=Secrets({"flow_api_key": "the-flow-key", "partner_api_key": "the-partner-key"}),
)
PICTURE = Attachment(
    kind=AttachmentKind.IMAGE,
    url="https://bridge.test/media/t/cat.png",
    name="cat.png",
    content_type="image/png",
    size=9,
    caption="my cat",
    hosted=True,
)


def make_part(content: Any, tapped: Postback | None = None, name: str | None = "Ann Lee") -> Part:
    sender = Sender(role=Role.CONTACT, external_id=KEY.contact_id, name=name)
    return Part(key="event:0", content=content, sender=sender, sent_at=NOW, tapped=tapped)


def open_conversation(contact: Contact = ANN, key: ContactKey = KEY) -> Conversation:
    network = RecordingHttp()
    opened = CONNECTOR.open_conversation(key, contact, make_part(Text(text="x")), CONNECTION, network)
    assert opened.delivered is None
    assert network.requests == []  # UChat knows a contact by their first message
    return opened.conversation


def deliver(part: Part, network: RecordingHttp, connection: Connection = CONNECTION) -> Delivered:
    return CONNECTOR.deliver(part, open_conversation(), connection, network)


def post(part: Part) -> dict[str, Any]:
    network = RecordingHttp()
    deliver(part, network)
    [body] = network.bodies
    return body


def fail(answer: HttpResponse | DeliveryError, connection: Connection = CONNECTION) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        deliver(make_part(Text(text="my-very-private-words")), RecordingHttp(answer), connection)
    return caught.value


# --- what is posted --------------------------------------------------------------------------------------------------


def test_a_text_says_who_writes_with_every_message() -> None:
    network = RecordingHttp()
    delivered = deliver(make_part(Text(text="Grüße <b> 👋")), network)
    [request] = network.requests
    assert (request.method, request.url) == ("POST", BOT_URL)
    assert request.headers == {"Authorization": "Bearer the-flow-key", "Accept": "application/json"}
    assert request.json == {
        "content": "Grüße <b> 👋",
        "message_type": "incoming",
        "sender": {
            "id": "viber:shop:Zm9v+/YmFy==",
            "name": "Ann Lee",
            "email": "ann@x.example",
            "phone_number": "+358401234567",
            "type": "contact",
        },
        "conversation_id": 48213,
        "event": "message_created",
    }
    assert delivered == Delivered(external_id="")


@pytest.mark.parametrize("kind", list(AttachmentKind))
def test_a_file_is_one_link_without_words(kind: AttachmentKind) -> None:
    body = post(make_part(replace(PICTURE, kind=kind, caption="")))
    assert body["content"] == ""
    assert body["event"] == "message_created"
    assert body["attachments"] == [{"file_type": kind.value, "data_url": PICTURE.url}]


def test_a_tap_is_a_postback_with_the_buttons_own_title_and_payload() -> None:
    body = post(make_part(Text(text="1"), Postback(label="Yes", payload="flow:yes:77")))
    assert body["content"] == "Yes"
    assert body["event"] == "message_postback"
    assert body["submitted_values"] == [{"title": "Yes", "payload": "flow:yes:77"}]


def test_a_choice_that_was_shown_under_another_label_comes_back_as_it_was() -> None:
    shown = Postback(label="Choose: Basic", payload=write_choice("Choose", "plan:basic"))
    body = post(make_part(Text(text="Choose: Basic"), shown))
    assert body["content"] == "Choose"
    assert body["submitted_values"] == [{"title": "Choose", "payload": "plan:basic"}]


def test_a_tap_that_means_nothing_to_the_bot_is_what_was_said() -> None:
    body = post(make_part(Text(text="Next"), Postback(label="Next", payload="")))
    assert (body["content"], body["event"]) == ("Next", "message_created")
    assert "submitted_values" not in body


def render_bodies(*content: Content) -> list[dict[str, Any]]:
    message = Message(external_id="m", sender=Sender(role=Role.CONTACT, name="Ann"), content=content, sent_at=NOW)
    return [post(part) for part in render(message, CONNECTOR.capabilities, "event", NOW).parts]


def test_a_caption_follows_its_file_as_a_message_of_its_own() -> None:
    file, caption = render_bodies(PICTURE)
    assert "attachments" in file
    assert "attachments" not in caption
    assert (file["content"], caption["content"]) == ("", "my cat")


@pytest.mark.parametrize(("size", "is_file"), [(100 * 1024 * 1024, True), (100 * 1024 * 1024 + 1, False)])
def test_files_above_the_cap_are_told_as_text(size: int, is_file: bool) -> None:
    [body] = render_bodies(replace(PICTURE, caption="", size=size))
    assert ("attachments" in body) is is_file
    assert is_file or PICTURE.url in body["content"]


def test_places_and_contacts_are_text() -> None:
    place, card = render_bodies(
        Location(latitude=60.17, longitude=24.94, label="Us"), ContactCard(name="Bo", phone="+4670")
    )
    assert place["content"] == "Us\nhttps://maps.google.com/?q=60.17,24.94"
    assert card["content"] == "Bo: +4670"


def test_what_cannot_be_written_is_refused() -> None:
    lost = make_part(replace(PICTURE, url=None))
    with pytest.raises(Rejected):
        deliver(lost, RecordingHttp())


# --- who writes ------------------------------------------------------------------------------------------------------


def name_of(conversation: Conversation, name: str | None) -> str:
    network = RecordingHttp()
    CONNECTOR.deliver(make_part(Text(text="x"), name=name), conversation, CONNECTION, network)
    [body] = network.bodies
    return str(body["sender"]["name"])


def test_a_new_name_is_used_at_once_and_the_old_one_where_none_is_said() -> None:
    conversation = open_conversation()
    assert name_of(conversation, "Ann Moe") == "Ann Moe"
    assert name_of(conversation, None) == "Ann Lee"
    assert name_of(open_conversation(Contact(external_id="a", platform_id="7")), None) == "Customer"


def test_what_is_not_known_of_a_customer_is_empty() -> None:
    network = RecordingHttp()
    stranger = open_conversation(Contact(external_id=KEY.contact_id, platform_id="7"))
    CONNECTOR.deliver(make_part(Text(text="x"), name=None), stranger, CONNECTION, network)
    [body] = network.bodies
    assert (body["sender"]["email"], body["sender"]["phone_number"]) == ("", "")


def test_the_memory_of_a_conversation_stays_small() -> None:
    conversation = open_conversation(replace(ANN, name="👩‍🚀" * 500))
    assert len(json.dumps(dict(conversation.state), ensure_ascii=False).encode()) < 1024
    assert len(name_of(conversation, "x" * 500)) <= 255


def test_ids_of_contacts_are_stable_and_their_own_and_never_too_long() -> None:
    keys = [KEY, *(replace(KEY, contact_id="x" * 80 + end) for end in "ab"), replace(KEY, contact_id="x" * 53)]
    names = [open_conversation(key=key).external_id for key in keys]
    assert names == [open_conversation(key=key).external_id for key in keys]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 64 and name.startswith("viber:") for name in names)
    assert ContactKey.decode(names[0]) == KEY
    assert ContactKey.decode(names[1]) is None


@pytest.mark.parametrize("number", ["", "0", "-7", "x", "１２", "2147483648", "9" * 5000])
def test_without_a_number_the_conversation_is_opened_anew(number: str) -> None:
    conversation = Conversation(external_id="viber:shop:ann", state={"number": number})
    network = RecordingHttp()
    with pytest.raises(ConversationGone):
        CONNECTOR.deliver(make_part(Text(text="x")), conversation, CONNECTION, network)
    assert network.requests == []


# --- what the answers mean -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse(status=200, body=b'{"status":"ok"}'),
        HttpResponse(status=201, body=b"<html>"),
        HttpResponse(status=204),
    ],
    ids=lambda answer: str(answer.status),
)
def test_any_success_will_do(answer: HttpResponse) -> None:
    assert deliver(make_part(Text(text="x")), RecordingHttp(answer)) == Delivered(external_id="")


@pytest.mark.parametrize("status", [425, 429, 503])
def test_what_may_work_later_is_tried_later(status: int) -> None:
    failure = fail(HttpResponse(status=status, headers={"retry-after": "7"}))
    assert isinstance(failure, Transient)
    assert failure.retry_after == 7


@pytest.mark.parametrize(
    "answer", [Uncertain("no answer"), *(HttpResponse(status=status) for status in (408, 500, 502, 504))], ids=str
)
def test_no_answer_is_a_doubt(answer: HttpResponse | DeliveryError) -> None:
    assert isinstance(fail(answer), Uncertain)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "copy it again"),
        (403, "manage flow"),
        (404, "connect uchat uchat-1"),
        (405, "bot_url"),
        (410, "bot_url"),
        (302, "bot_url"),
    ],
)
def test_what_the_owner_must_mend_waits_for_the_owner(status: int, words: str) -> None:
    failure = fail(HttpResponse(status=status, headers={"location": "/login"}, body=b"<html>"))
    assert isinstance(failure, AuthorizationNeeded)
    assert words in str(failure)
    assert ("flow_api_key" in str(failure)) is (status in {401, 403})


def refuse(status: int, body: Mapping[str, object] | bytes) -> Rejected:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    failure = fail(HttpResponse(status=status, body=raw))
    assert isinstance(failure, Rejected)
    return failure


def test_a_refused_message_says_which_fields_and_quotes_nobody() -> None:
    errors = {"sender.name": ["my-very-private-words"], "content": ["too long"], "my-very-private-words": ["x"]}
    told = str(refuse(422, {"message": "my-very-private-words is too long", "errors": errors}))
    assert told == "UChat refused the request: posting this message (HTTP 422, content, sender)"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"message":"no"}', b'{"errors":[]}', b'{"errors":"x"}'])
@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refusal_without_fields_is_one_too(status: int, body: bytes) -> None:
    assert str(refuse(status, body)) == f"UChat refused the request: posting this message (HTTP {status})"


@pytest.mark.parametrize("bot_url", ["", "http://bot.example/x", "bot.example", "https://a:b@bot.example/x"])
def test_without_an_address_to_post_to_messages_wait_for_the_owner(bot_url: str) -> None:
    network = RecordingHttp()
    with pytest.raises(AuthorizationNeeded, match="bot_url"):
        deliver(make_part(Text(text="x")), network, replace(CONNECTION, settings={"bot_url": bot_url}))
    assert network.requests == []


def test_a_button_is_nothing_that_customers_send() -> None:
    assert CONNECTOR.capabilities.buttons is None
    message = Message(
        external_id="m",
        sender=Sender(role=Role.CONTACT),
        content=(Text(text="Which?"),),
        sent_at=NOW,
        buttons=(Button(label="A", payload="a"),),
    )
    [part] = render(message, CONNECTOR.capabilities, "event", NOW).parts
    assert isinstance(part.content, Text)
    assert part.content.text == "Which?\n1. A"
