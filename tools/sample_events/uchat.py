"""Writes events/uchat/: what API Gateway hands over for each webhook of UChat's, and what the bridge makes of it.

    python -m tools.sample_events.uchat

Running it again changes nothing: the key is fixed. The expected events are written by the connector itself and checked
by eye when they change; tests/connectors/uchat/test_inbound.py states the same facts independently.
"""

from __future__ import annotations

import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.platforms.uchat import CONNECTOR
from tests.harness.gateway import read_gateway_event
from tools.sample_events.samples import ROOT, SampleWebhook, make_gateway_event, write_files, write_samples

START = 1767603600000

KEY = "sample-key-of-the-uchat-samples-which-signs-nothing-else"
CHALLENGE = "205c40409f9bcdeb9e00614b442c5fdd"
FLOW = "f48151"
SENDER = "viber:shop:01234567890A="
NUMBER = 48213

ENDPOINT = Endpoint(
    id="sample-uchat",
    service="uchat",
    settings={"bot_url": "https://bot.uchat.example/api/apichat/AbC123"},
    secrets=Secrets(values={"webhook_verification_key": KEY}),
)

Json = dict[str, Any]


def postback(title: str, payload: str) -> Json:
    return {"type": "postback", "title": title, "payload": payload}


def item(title: str, *buttons: Json, **fields: Any) -> Json:
    """A card; what is not given is null, as UChat has it."""
    empty = {"image_url": None, "item_url": None, "subtitle": None, "default_action": None}
    return {"title": title, **empty, **fields, "buttons": list(buttons)}


def cards(text: str, *items: Json, ratio: str = "horizontal") -> Json:
    attributes = {"ratio": ratio, "items": list(items)}
    return {"text": text, "type": "text", "content_type": "generic_template", "content_attributes": attributes}


def media(kind: str, name: str) -> Json:
    return {"url": f"https://cdn.uchat.example/files/{name}", "type": kind}


QUESTION = {"text": "Continue?", "buttons": [postback("Yes", "flow:yes:77"), postback("No", "flow:no:77")]}
OTHER_BUTTONS = {
    "text": "How can we help?",
    "buttons": [
        {"type": "web_url", "title": "Our page", "url": "https://shop.example/help?a=1&b=2"},
        {"type": "phone_number", "title": "Call us", "payload": "+358 40 123 4567"},
        {"type": "url", "title": "Our shop", "url": "https://shop.example/"},
        {"type": "call", "title": "Call the shop", "phone": "+358401234567"},
        postback("Talk to us", "flow:agent:12"),
        {"type": "node", "title": "Something new"},
    ],
}
BASIC = item(
    "Basic", postback("Choose", "plan:basic"), subtitle="10 EUR", image_url="https://cdn.uchat.example/files/b.png"
)
PRO = item("Pro", postback("Choose", "plan:pro"), subtitle="30 EUR", image_url="https://cdn.uchat.example/files/p.png")

#: What a message holds beside whom it is for.
MESSAGES: dict[str, Json] = {
    "text": {"text": "Hi Ann, how can I help?", "type": "text"},
    "text_in_many_scripts": {"text": "שלום 👩‍👩‍👧 — مرحبا — 你好 — Grüße / <b>", "type": "text"},
    "image": media("image", "house%20red.jpg"),
    "audio": media("audio", "voice.mp3"),
    "video": media("video", "tour.mp4"),
    "file": media("file", "Plan%20M%C3%A4rz.pdf"),
    "buttons": {
        "text": "Continue?",
        "type": "text",
        "content_type": "button_template",
        "content_attributes": QUESTION,
    },
    "other_buttons": {
        "text": "How can we help?",
        "type": "text",
        "content_type": "button_template",
        "content_attributes": OTHER_BUTTONS,
    },
    "carousel": cards("Our plans", BASIC, PRO),
    "card": cards(
        "Summer sale",
        item(
            "Summer sale",
            postback("Order", "order:9"),
            subtitle="Until August",
            default_action={"type": "web_url", "url": "https://shop.example/sale"},
        ),
        ratio="square",
    ),
    "card_with_item_url": cards("", item("Our shop", item_url="https://shop.example/")),
    "unknown_type": {"text": "Where we are", "url": "https://maps.example/?q=1,2", "type": "location"},
    "unknown_type_without_words": {"type": "hologram"},
    "empty": {"text": "", "type": "text"},
    "private": {"text": "Ann is difficult", "type": "text", "private": True},
    "incoming": {"text": "Hello", "type": "text", "message_type": "incoming"},
}


def encode_as_php(value: Json) -> bytes:
    """As PHP's `json_encode` without flags: slashes and everything outside ASCII are escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def make_message(number: int, fields: Json, *, action: str = "messages", in_base64: bool = False) -> SampleWebhook:
    whom = {"sender_id": SENDER, "conv_id": NUMBER}
    raw = encode_as_php({**whom, "message_type": "outgoing", "private": False, **fields})
    return SampleWebhook(
        body=raw,
        at=START + 1000 * number,
        headers={
            "content-type": "application/json",
            "user-agent": "GuzzleHttp/7",
            "x-action": action,
            "x-flow-ns": FLOW,
            "x-hub-signature-256": "sha256=" + hmac.new(KEY.encode(), raw, "sha256").hexdigest(),
        },
        in_base64=in_base64,
    )


def make_messages() -> dict[str, SampleWebhook]:
    messages = {f"message_{name}": make_message(number, MESSAGES[name]) for number, name in enumerate(MESSAGES)}
    text = MESSAGES["text"]
    messages["message_base64"] = make_message(len(messages), MESSAGES["text_in_many_scripts"], in_base64=True)
    messages["unknown_action"] = make_message(len(messages), text, action="contacts")
    return messages


def make_handshakes() -> dict[str, SampleWebhook]:
    """UChat names three parameters and no encoding. They are not signed."""
    values = {"mode": "subscribe", "verify_token": KEY, "challenge": CHALLENGE}
    given, dotted = ({f"hub{dot}{name}": value for name, value in values.items()} for dot in "_.")
    json_type, form_type = "application/json", "application/x-www-form-urlencoded"
    agent = {"user-agent": "GuzzleHttp/7"}
    wrong = encode_as_php({**given, "hub_verify_token": "another"})
    return {
        "json": SampleWebhook(body=encode_as_php(given), at=START, headers={**agent, "content-type": json_type}),
        "json_with_dots": SampleWebhook(
            body=encode_as_php(dotted), at=START, headers={**agent, "content-type": json_type}
        ),
        "form": SampleWebhook(
            body=urlencode(given).encode(), at=START, headers={**agent, "content-type": form_type}, in_base64=True
        ),
        "query": SampleWebhook(body=b"", at=START, headers=agent, query=given),
        "get": SampleWebhook(body=b"", at=START, headers=agent, query=dotted, method="GET"),
        "wrong_token": SampleWebhook(body=wrong, at=START, headers={**agent, "content-type": json_type}),
    }


def write_handshakes(folder: Path) -> None:
    """Beside the messages, because they are answered instead of being verified and parsed."""
    events = {name: make_gateway_event("uchat", webhook) for name, webhook in make_handshakes().items()}
    write_files(folder, events, {name: describe_answer(event) for name, event in events.items()})


def describe_answer(event: dict[str, Any]) -> object:
    answer = CONNECTOR.answer_handshake(read_gateway_event(event), ENDPOINT)
    return answer and {"status": answer.status, "headers": dict(answer.headers), "body": answer.body.decode()}


def main() -> None:
    write_samples(ENDPOINT, make_messages())
    write_handshakes(ROOT / "events" / "uchat" / "handshakes")


if __name__ == "__main__":
    main()
