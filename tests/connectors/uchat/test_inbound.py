"""What UChat's webhooks mean: who may speak to a customer, what is said, and what makes two messages two."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import SignatureRejected, Unreadable
from patchbay.domain.events import Ignored, MessageReceived
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    ContactKey,
    Role,
    Text,
    Unsupported,
)
from patchbay.kit.contract import WebhookRequest
from patchbay.platforms.uchat import CONNECTOR
from patchbay.platforms.uchat.ids import read_choice
from tests.harness.gateway import RECEIVED_AT
from tools.sample_events.uchat import ENDPOINT, KEY, MESSAGES, encode_as_php

Json = dict[str, Any]

URL = "https://cdn.example/files/a%20cat.png"


def make_request(body: object, *, flow: str = "f1", **headers: str) -> WebhookRequest:
    raw = body if isinstance(body, bytes) else encode_as_php(body)  # type: ignore[arg-type]
    signature = "sha256=" + hmac.new(KEY.encode(), raw, hashlib.sha256).hexdigest()
    signed = {"x-hub-signature-256": signature, "x-action": "messages", "x-flow-ns": flow}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest(method="POST", headers={**signed, **named}, body=raw, received_at=RECEIVED_AT)


def make_message(**fields: object) -> Json:
    common = {"sender_id": "viber:shop:ann", "conv_id": 48213, "message_type": "outgoing", "private": False}
    return {name: value for name, value in {**common, "type": "text", **fields}.items() if value is not ...}


def parse(request: WebhookRequest) -> MessageReceived | Ignored:
    CONNECTOR.verify(request, ENDPOINT)
    [parsed_event] = CONNECTOR.parse(request, ENDPOINT)
    assert isinstance(parsed_event, MessageReceived | Ignored)
    return parsed_event


def parse_message(**fields: object) -> MessageReceived:
    event = parse(make_request(make_message(**fields)))
    assert isinstance(event, MessageReceived)
    return event


def read_reason(request: WebhookRequest) -> str:
    ignored = parse(request)
    assert isinstance(ignored, Ignored)
    return ignored.reason


# --- who speaks to whom ----------------------------------------------------------------------------------------------


def test_what_the_bot_says_is_for_the_contact_that_it_names() -> None:
    event = parse_message(text="Hello")
    assert event.thread == "viber:shop:ann"
    assert event.message.content == (Text(text="Hello"),)
    assert event.occurred_at == event.message.sent_at == RECEIVED_AT
    assert event.hints == {"number": "48213"}


def test_bot_and_agent_cannot_be_told_apart_and_nobody_is_named() -> None:
    sender = parse_message(text="Hello").message.sender
    assert (sender.role, sender.name) == (Role.BOT, None)


@pytest.mark.parametrize(
    ("sender_id", "key"),
    [
        ("viber:shop:ann:1", ContactKey(service="viber", connection_id="shop", contact_id="ann:1")),
        ("viber:0123456789abcdef", None),
        ("ann", None),
    ],
)
def test_the_contact_is_found_by_our_own_name_for_them(sender_id: str, key: ContactKey | None) -> None:
    event = parse_message(text="Hello", sender_id=sender_id)
    assert CONNECTOR.find_contact(event, None, None) == key  # type: ignore[arg-type]


@pytest.mark.parametrize("conv_id", [..., None, "", "c-7", -1, "１２"])
def test_a_number_that_is_none_is_not_kept(conv_id: object) -> None:
    assert parse_message(text="Hello", conv_id=conv_id).hints == {}


@pytest.mark.parametrize("private", [True, 1, "true"])
def test_private_notes_stay_at_uchat(private: object) -> None:
    assert "private" in read_reason(make_request(make_message(text="a difficult one", private=private)))


@pytest.mark.parametrize("private", [False, 0, None, ...])
def test_what_is_not_private_is_said(private: object) -> None:
    assert parse_message(text="Hello", private=private).message.content == (Text(text="Hello"),)


@pytest.mark.parametrize("kind", ["incoming", "activity", "", None, ...])
def test_only_what_goes_out_is_carried(kind: object) -> None:
    assert "not for customers" in read_reason(make_request(make_message(text="Hello", message_type=kind)))


def test_other_actions_are_ignored_whatever_they_hold() -> None:
    reason = read_reason(make_request(b"no json", x_action="contacts <b>" + "x" * 100))
    assert "'contacts??b?" in reason
    assert len(reason) < 100


def test_reasons_do_not_quote_messages() -> None:
    assert "Hello" not in read_reason(make_request(make_message(text="Hello", private=True)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff\xfe",
        make_message(sender_id=...),
        make_message(sender_id=""),
    ],
)
def test_what_is_no_message_is_unreadable(body: object) -> None:
    with pytest.raises(Unreadable):
        parse(make_request(body))


def test_a_flag_that_cannot_be_read_keeps_a_message_from_customers() -> None:
    assert read_reason(make_request(make_message(text="Hello", private="perhaps"))) == "a private note"


# --- signatures ------------------------------------------------------------------------------------------------------


def test_the_signature_is_over_the_bytes_as_php_writes_them() -> None:
    request = make_request(make_message(text="Grüße / 👋"))
    assert b"\\/" in request.body
    assert b"\\u00fc" in request.body
    assert isinstance(parse(request), MessageReceived)
    rewritten = replace(request, body=json.dumps(json.loads(request.body), ensure_ascii=False).encode())
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(rewritten, ENDPOINT)


@pytest.mark.parametrize("signature", ["", "sha256=", "sha1=00", "sha256=00", "é"])
def test_other_signatures_are_refused(signature: str) -> None:
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(make_request(make_message(), x_hub_signature_256=signature), ENDPOINT)


def test_old_and_new_key_are_accepted_during_a_rotation() -> None:
    request = make_request(make_message(text="Hello"))
    turning = replace(ENDPOINT, secrets=ENDPOINT.secrets.renew({"webhook_verification_key": "the-new-one"}))
    CONNECTOR.verify(request, turning)
    later = replace(ENDPOINT, secrets=Secrets(values={"webhook_verification_key": "the-new-one"}))
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(request, later)


# --- without ids -----------------------------------------------------------------------------------------------------


def test_the_same_words_at_two_moments_are_two_messages_that_know_of_each_other() -> None:
    request = make_request(make_message(text="ok"))
    first, second = parse(request), parse(replace(request, received_at=RECEIVED_AT + timedelta(seconds=1)))
    assert isinstance(first, MessageReceived)
    assert isinstance(second, MessageReceived)
    assert first.id != second.id
    assert first.repeat_key == second.repeat_key == hashlib.sha256(b"f1" + request.body).hexdigest()


def test_other_words_and_other_bots_do_not_repeat_each_other() -> None:
    events = [
        parse(make_request(make_message(text="ok"))),
        parse(make_request(make_message(text="OK"))),
        parse(make_request(make_message(text="ok"), flow="f2")),
    ]
    assert len({event.repeat_key for event in events if isinstance(event, MessageReceived)}) == 3


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(AttachmentKind))
def test_a_file_is_named_after_its_address(kind: AttachmentKind) -> None:
    [file] = parse_message(type=kind.value, url=URL).message.content
    assert file == Attachment(kind=kind, url=URL, name="a cat.png")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://cdn.example/", ""),
        ("https://cdn.example/a/b/c.pdf?name=x.exe#y", "c.pdf"),
        ("https://cdn.example/..%2F..%2Fetc%0A", "etc"),
        ("https://cdn.example/C%3A%5CUsers%5Cme%5Ccv.pdf", "cv.pdf"),
        ("https://[broken/a.png", ""),
    ],
)
def test_odd_addresses_give_harmless_names(url: str, name: str) -> None:
    [file] = parse_message(type="file", url=url).message.content
    assert isinstance(file, Attachment)
    assert file.name == name


def test_words_beside_a_file_are_its_caption() -> None:
    [file] = parse_message(type="image", url=URL, text="our cat").message.content
    assert isinstance(file, Attachment)
    assert file.caption == "our cat"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        (
            {"type": "location", "text": "Here", "url": "https://maps.example/"},
            Text(text="Here\nhttps://maps.example/"),
        ),
        ({"type": "sticker", "url": URL}, Text(text=URL)),
        ({"type": "image", "text": "gone"}, Text(text="gone")),
    ],
)
def test_what_nobody_knows_is_shown_by_what_it_holds(fields: Json, shown: Text) -> None:
    assert parse_message(**fields).message.content == (shown,)


@pytest.mark.parametrize("fields", [{"type": "hologram"}, {"type": "image"}, {"content_type": "list_template"}])
def test_what_holds_nothing_to_show_is_not_dropped_in_silence(fields: Json) -> None:
    [content] = parse_message(**fields).message.content
    assert isinstance(content, Unsupported)


@pytest.mark.parametrize("text", ["", "  ", None, ...])
def test_an_empty_text_is_nothing(text: object) -> None:
    assert "without content" in read_reason(make_request(make_message(text=text)))


# --- buttons ---------------------------------------------------------------------------------------------------------


def read_buttons(*buttons: object) -> tuple[Button, ...]:
    attributes = {"text": "Which?", "buttons": list(buttons)}
    event = parse_message(text="Which?", content_type="button_template", content_attributes=attributes)
    assert event.message.content == (Text(text="Which?"),)
    return event.message.buttons


def test_a_postback_keeps_title_and_payload() -> None:
    assert read_buttons({"type": "postback", "title": "Yes", "payload": "flow:yes:77"}) == (
        Button(label="Yes", payload="flow:yes:77"),
    )


@pytest.mark.parametrize(
    ("button", "read"),
    [
        ({"type": "web_url", "title": "Shop", "url": URL}, Button(label="Shop", url=URL)),
        ({"type": "url", "caption": "Shop", "url": URL}, Button(label="Shop", url=URL)),
        (
            {"type": "phone_number", "title": "Call", "payload": "+358 (40) 1-2"},
            Button(label="Call", url="tel:+3584012"),
        ),
        (
            {"type": "call", "title": "Call", "phone": "\u202a00358 (0)40 1234567\u202c"},
            Button(label="Call", url="tel:+358401234567"),
        ),
        ({"type": "call", "title": "Call", "phone": "+358401"}, Button(label="Call", url="tel:+358401")),
        ({"type": "node", "title": "Next"}, Button(label="Next")),
        ({"type": "postback", "title": None, "payload": 7}, Button(label="7", payload="7")),
        ({"type": "web_url", "url": URL}, Button(label=URL, url=URL)),
    ],
)
def test_other_buttons_are_read_by_what_they_hold(button: Json, read: Button) -> None:
    assert read_buttons(button) == (read,)


def test_what_is_no_button_takes_no_message_along() -> None:
    assert read_buttons("Yes", None, {}, {"title": {"a": 1}}, {"title": "No", "payload": "n"}) == (
        Button(label="No", payload="n"),
    )


@pytest.mark.parametrize("attributes", [None, [], "x", {"buttons": "x"}, {"items": {"a": 1}}])
def test_attributes_that_are_none_leave_the_text(attributes: object) -> None:
    event = parse_message(text="Which?", content_type="button_template", content_attributes=attributes)
    assert event.message.content == (Text(text="Which?"),)


def test_the_text_may_stand_in_the_attributes_alone() -> None:
    event = parse_message(content_type="button_template", content_attributes={"text": "Which?"})
    assert event.message.content == (Text(text="Which?"),)


# --- cards -----------------------------------------------------------------------------------------------------------


def read_cards(*items: Json, text: str = "") -> tuple[Card, ...]:
    attributes = {"ratio": "horizontal", "items": list(items)}
    event = parse_message(text=text, content_type="generic_template", content_attributes=attributes)
    content = event.message.content
    assert all(isinstance(one, Card) for one in content)
    return content  # type: ignore[return-value]


def test_a_card_has_title_subtitle_picture_and_buttons() -> None:
    button = {"type": "postback", "title": "Buy", "payload": "buy"}
    [card] = read_cards({"title": "Basic", "subtitle": "10 EUR", "image_url": URL, "buttons": [button]})
    assert (card.title, card.text) == ("Basic", "10 EUR")
    assert card.image == Attachment(kind=AttachmentKind.IMAGE, url=URL, name="a cat.png")
    assert card.buttons == (Button(label="Buy", payload="buy"),)


@pytest.mark.parametrize(
    ("item", "title", "text"),
    [
        ({"title": "Basic\n10 EUR", "subtitle": "each"}, "Basic", "10 EUR\neach"),
        ({"title": None, "subtitle": "Basic\n10 EUR"}, "Basic", "10 EUR"),
        ({"image_url": URL}, "", ""),
    ],
)
def test_cards_without_a_proper_title_still_say_everything(item: Json, title: str, text: str) -> None:
    [card] = read_cards(item)
    assert (card.title, card.text) == (title, text)


@pytest.mark.parametrize(
    ("link", "button"),
    [
        ({"default_action": {"type": "web_url", "url": URL}}, Button(label="Open", url=URL)),
        ({"default_action": {"url": URL, "title": "See more"}}, Button(label="See more", url=URL)),
        ({"item_url": URL}, Button(label="Open", url=URL)),
    ],
)
def test_what_a_tap_on_the_card_opens_is_a_button(link: Json, button: Button) -> None:
    [card] = read_cards({"title": "Basic", **link})
    assert card.buttons == (button,)


def test_a_link_that_has_a_button_gets_no_second_one() -> None:
    [card] = read_cards(
        {"title": "Basic", "item_url": URL, "buttons": [{"type": "web_url", "title": "Shop", "url": URL}]}
    )
    assert card.buttons == (Button(label="Shop", url=URL),)


def test_the_text_above_cards_is_said_unless_a_card_says_it() -> None:
    event = parse_message(**MESSAGES["carousel"])
    assert event.message.content[0] == Text(text="Our plans")
    for repeated in ("Basic", "10 EUR"):
        assert len(read_cards({"title": "Basic", "subtitle": "10 EUR"}, text=repeated)) == 1


def choices(*items: Json) -> list[tuple[str, str, str]]:
    """The label of each reply, and title and payload as UChat gets them back."""
    replies = [button for card in read_cards(*items) for button in card.buttons if not button.url]
    return [(button.label, *read_choice(button.label, button.payload)) for button in replies]


def offer(title: str, label: str, payload: str) -> Json:
    return {"title": title, "buttons": [{"type": "postback", "title": label, "payload": payload}]}


def test_equal_titles_on_several_cards_are_told_apart_and_come_back_as_they_were() -> None:
    assert choices(offer("Basic", "Choose", "plan:basic"), offer("Pro", "choose", "plan:pro")) == [
        ("Choose: Basic", "Choose", "plan:basic"),
        ("choose: Pro", "choose", "plan:pro"),
    ]
    assert [label for label, *_ in choices(offer("A", "Choose", "1"), offer("A", "Choose", "2"))] == [
        "Choose: 1",
        "Choose: 2",
    ]


def test_equal_titles_that_mean_the_same_stay_as_they_are() -> None:
    assert choices(offer("Basic", "Menu", "menu"), offer("Pro", "Menu", "menu")) == [("Menu", "Menu", "menu")] * 2
