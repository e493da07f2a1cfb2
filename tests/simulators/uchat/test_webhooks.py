"""What the simulated UChat sends when its bot or an agent writes."""

from __future__ import annotations

import json

import pytest

from playground.services.uchat import DEMO_AGENT, Button, Card
from playground.services.uchat.php import encode_json
from playground.services.uchat.records import Kind
from playground.simulator import WebhookAnswer
from tests.harness.uchat import ANN, CONVERSATION, HOOK, Json, UChatHarness, make_harness

CHOICES = [Button(title="Yes", payload="flow:yes:77"), Button(title="No", payload="flow:no:77")]


@pytest.fixture
def harness() -> UChatHarness:
    harness = make_harness(bot=False)
    harness.write("Hello")
    return harness


def common(kind: str = "text", *, private: bool = False) -> Json:
    return {
        "sender_id": ANN,
        "conv_id": CONVERSATION,
        "type": kind,
        "message_type": "outgoing",
        "private": private,
    }


# --- the seven payloads ----------------------------------------------------------------------------------------------


def test_a_text(harness: UChatHarness) -> None:
    harness.uchat.reply(ANN, DEMO_AGENT, "How can I help?")
    assert harness.take_bodies() == [{**common(), "text": "How can I help?"}]


@pytest.mark.parametrize("kind", ["image", "audio", "video", "file"])
def test_media_have_an_address_and_no_text(harness: UChatHarness, kind: Kind) -> None:
    harness.uchat.send_media(ANN, DEMO_AGENT, kind, "https://cdn.example/a.bin")
    assert harness.take_bodies() == [{**common(kind), "url": "https://cdn.example/a.bin"}]


def test_what_is_in_a_file_is_served_by_uchat(harness: UChatHarness) -> None:
    harness.uchat.send_media(ANN, DEMO_AGENT, "image", b"\x89PNG", name="a b.png", content_type="image/png")
    [body] = harness.take_bodies()
    path = body["url"].removeprefix(harness.uchat.base_url)
    assert path.endswith("/a%20b.png")
    served = harness.uchat.app.test_client().get(path)
    assert (served.data, served.content_type) == (b"\x89PNG", "image/png")
    assert harness.uchat.app.test_client().get("/files/none/a.png").status_code == 404


def test_a_button_template_says_its_text_twice(harness: UChatHarness) -> None:
    harness.uchat.send_buttons(ANN, DEMO_AGENT, "Continue?", CHOICES)
    buttons = [
        {"type": "postback", "title": "Yes", "payload": "flow:yes:77"},
        {"type": "postback", "title": "No", "payload": "flow:no:77"},
    ]
    assert harness.take_bodies() == [
        {
            **common(),
            "text": "Continue?",
            "content_type": "button_template",
            "content_attributes": {"text": "Continue?", "buttons": buttons},
        }
    ]


def test_a_generic_template_has_cards(harness: UChatHarness) -> None:
    plain = Card(title="Basic", subtitle="10 EUR", image_url="https://cdn.example/b.png", buttons=CHOICES[:1])
    linked = Card(title="Pro", item_url="https://shop.example/pro", default_url="https://shop.example/pro?x=1")
    harness.uchat.send_cards(ANN, DEMO_AGENT, "Our plans", [plain, linked], "square")
    [body] = harness.take_bodies()
    assert (body["text"], body["type"], body["content_type"]) == ("Our plans", "text", "generic_template")
    assert body["content_attributes"] == {
        "ratio": "square",
        "items": [
            {
                "title": "Basic",
                "image_url": "https://cdn.example/b.png",
                "item_url": None,
                "subtitle": "10 EUR",
                "default_action": None,
                "buttons": [{"type": "postback", "title": "Yes", "payload": "flow:yes:77"}],
            },
            {
                "title": "Pro",
                "image_url": None,
                "item_url": "https://shop.example/pro",
                "subtitle": "",
                "default_action": {"type": "web_url", "url": "https://shop.example/pro?x=1"},
                "buttons": [],
            },
        ],
    }


def test_buttons_open_pages_and_call_numbers(harness: UChatHarness) -> None:
    buttons = [Button(title="Shop", url="https://shop.example"), Button(title="Call", phone="+358401234567")]
    harness.uchat.send_buttons(ANN, DEMO_AGENT, "Or", buttons)
    harness.uchat.quirks.own_buttons = True
    harness.uchat.send_buttons(ANN, DEMO_AGENT, "Or", buttons)
    facebook, own = (body["content_attributes"]["buttons"] for body in harness.take_bodies())
    assert facebook == [
        {"type": "web_url", "title": "Shop", "url": "https://shop.example"},
        {"type": "phone_number", "title": "Call", "payload": "+358401234567"},
    ]
    assert own == [
        {"type": "url", "title": "Shop", "url": "https://shop.example"},
        {"type": "call", "title": "Call", "phone": "+358401234567"},
    ]


def test_an_internal_note_is_private(harness: UChatHarness) -> None:
    harness.uchat.private_note(ANN, DEMO_AGENT, "A regular")
    assert harness.take_bodies() == [{**common(private=True), "text": "A regular"}]


# --- bytes and headers -----------------------------------------------------------------------------------------------


def test_the_body_is_json_as_php_writes_it(harness: UChatHarness) -> None:
    harness.uchat.reply(ANN, DEMO_AGENT, 'Grüße 👋 https://x.example/ä "a\\b"\n')
    [webhook] = harness.take_webhooks()
    assert webhook.raw == (
        b'{"sender_id":"viber:01ab","conv_id":48213,'
        b'"text":"Gr\\u00fc\\u00dfe \\ud83d\\udc4b https:\\/\\/x.example\\/\\u00e4 \\"a\\\\b\\"\\n",'
        b'"type":"text","message_type":"outgoing","private":false}'
    )


@pytest.mark.parametrize("text", ["", "/", "\\/", "\\u00e4", "ä€𝒳\u2028\x7f\x01\t", "שלום"])
def test_what_php_writes_reads_as_what_was_meant(text: str) -> None:
    encoded = encode_json({"text": text, "none": None, "list": []})
    assert json.loads(encoded) == {"text": text, "none": None, "list": []}
    assert encoded.isascii()
    assert b"/" not in encoded.replace(b"\\/", b"")


def test_the_signature_is_over_the_bytes_that_are_sent(harness: UChatHarness) -> None:
    harness.uchat.reply(ANN, DEMO_AGENT, "Grüße https://x.example/")
    [webhook] = harness.take_webhooks()
    assert (webhook.method, webhook.url) == ("POST", HOOK)
    assert webhook.is_signed()
    assert webhook.headers["x-hub-signature-256"].startswith("sha256=")
    assert webhook.headers["x-flow-ns"] == "f48151"
    assert webhook.headers["x-action"] == "messages"
    assert webhook.headers["content-type"] == "application/json"


def test_what_was_signed_before_a_change_of_keys_keeps_its_signature(harness: UChatHarness) -> None:
    harness.uchat.switches.webhook_delay = 5
    harness.uchat.reply(ANN, DEMO_AGENT, "Before")
    harness.register(webhook_verification_key="the-new-key")
    harness.uchat.reply(ANN, DEMO_AGENT, "After")
    before, after = harness.take_webhooks()
    assert before.is_signed()
    assert after.is_signed("the-new-key")


def test_nothing_is_sent_without_a_webhook(harness: UChatHarness) -> None:
    harness.partner("DELETE")
    harness.uchat.reply(ANN, DEMO_AGENT, "Anybody?")
    assert not harness.take_webhooks()
    assert harness.chat["messages"][-1]["status"] == ""


# --- retries and misbehaviour ----------------------------------------------------------------------------------------


def test_a_refused_webhook_comes_again_with_the_same_bytes(harness: UChatHarness) -> None:
    harness.our_side.answers += [WebhookAnswer(500), WebhookAnswer(0)]
    harness.uchat.reply(ANN, DEMO_AGENT, "Hello")
    began = harness.time.now()
    webhooks = harness.take_webhooks()
    assert len({webhook.raw for webhook in webhooks}) == 1
    assert (len(webhooks), (harness.time.now() - began).total_seconds()) == (3, 1 + 5)
    assert harness.chat["messages"][-1]["status"] == "sent"


def test_what_was_accepted_comes_again_when_the_answer_was_lost(harness: UChatHarness) -> None:
    harness.uchat.quirks.lost_answers = 1
    harness.uchat.reply(ANN, DEMO_AGENT, "Hello")
    one, other = harness.take_webhooks()
    assert one == other
    assert harness.chat["messages"][-1]["status"] == "sent"


@pytest.mark.parametrize("retries", [(), (2.0, 2.0)])
def test_how_often_it_comes_again_can_be_chosen(harness: UChatHarness, retries: tuple[float, ...]) -> None:
    harness.uchat.webhook_retries = retries
    harness.our_side.answers += [WebhookAnswer(503)] * 9
    harness.uchat.reply(ANN, DEMO_AGENT, "Hello")
    assert len(harness.take_webhooks()) == 1 + len(retries)
    assert harness.chat["messages"][-1]["status"] == "pending"


def test_the_next_webhooks_may_be_signed_wrongly(harness: UChatHarness) -> None:
    harness.uchat.quirks.bad_signatures = 1
    harness.uchat.reply(ANN, DEMO_AGENT, "One")
    harness.uchat.reply(ANN, DEMO_AGENT, "Two")
    assert [webhook.is_signed() for webhook in harness.take_webhooks()] == [False, True]


def test_a_webhook_may_come_twice_at_once(harness: UChatHarness) -> None:
    harness.uchat.switches.webhook_duplicates = True
    harness.uchat.reply(ANN, DEMO_AGENT, "Hello")
    one, other = harness.take_webhooks()
    assert one == other


def test_webhooks_of_one_contact_keep_their_order_unless_they_are_shaken(harness: UChatHarness) -> None:
    words = [str(number) for number in range(8)]
    for word in words:
        harness.uchat.reply(ANN, DEMO_AGENT, word)
    assert harness.take_texts() == words
    harness.uchat.switches.webhook_reorder = True
    for word in words:
        harness.uchat.reply(ANN, DEMO_AGENT, word)
    shaken = harness.take_texts()
    assert shaken != words
    assert sorted(shaken) == words


def test_there_may_be_webhooks_of_another_kind(harness: UChatHarness) -> None:
    harness.uchat.send_unknown_action(ANN)
    [webhook] = harness.take_webhooks()
    assert webhook.headers["x-action"] == "tags"
    assert webhook.is_signed()
