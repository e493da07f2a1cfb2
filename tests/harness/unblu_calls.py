"""Unblu's calls as tests make them, and an endpoint that receives them."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.kit.contract import WebhookRequest
from patchbay.platforms.unblu import CONNECTOR

Json = dict[str, Any]

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SECRET = "the-secret-of-the-channel"
TENANT = "https://acme.unblu.example"
ENDPOINT = Endpoint(
    id="acme",
    service="unblu",
    settings={"base_url": TENANT},
    secrets=Secrets(values={"webhook_secret": SECRET}),
)

ANN: Json = {"$_type": "ExternalMessengerContact", "id": "c-ann", "sourceId": "viber:shop:ann+/=", "personId": "p-ann"}
BOB: Json = {"$_type": "ExternalMessengerContact", "id": "c-bob", "sourceId": "viber:shop:bob", "personId": "p-bob"}
CARLA: Json = {"$_type": "PersonData", "id": "p-carla", "displayName": "Carla Rossi", "personType": "AGENT"}

_HEADERS = {"sha1": "x-unblu-signature", "sha256": "x-unblu-signature-256"}


def with_settings(**settings: str) -> Endpoint:
    return replace(ENDPOINT, settings={**ENDPOINT.settings, **settings})


def sign(body: bytes, algorithm: str = "sha256", secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).hexdigest()


def make_call(
    body: object, *, service: str = "", event: str = "", signed: Sequence[str] = ("sha256",)
) -> WebhookRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"x-unblu-service-name": service, "x-unblu-event": event}
    headers = {name: value for name, value in named.items() if value}
    signatures = {_HEADERS[algorithm]: sign(raw, algorithm) for algorithm in signed}
    return WebhookRequest(method="POST", headers={**headers, **signatures}, body=raw, received_at=NOW)


def make_service_call(name: str, body: object, **options: Any) -> WebhookRequest:
    """An outbound request of API v4."""
    service = name if name.startswith("outbound") else f"outbound.external_messenger.{name}"
    return make_call(body, service=service, **options)


def make_message(**fields: object) -> Json:
    """An agent's text, unless `fields` say otherwise."""
    message = {
        "$_type": "TextMessageData",
        "type": "TEXT",
        "id": "m1",
        "conversationId": "conv",
        "externalMessengerChannelId": "chan",
        "senderPerson": CARLA,
        "serverTimestamp": 1767603599500,
        "internal": False,
        "text": "Hello",
        "textType": "SIMPLE_TEXT",
        **fields,
    }
    return {name: value for name, value in message.items() if value is not ...}


def parse(request: WebhookRequest, endpoint: Endpoint = ENDPOINT) -> Sequence[Event | Ignored]:
    CONNECTOR.verify(request, endpoint)
    return CONNECTOR.parse(request, endpoint)


def parse_all(*contacts: Json, endpoint: Endpoint = ENDPOINT, **fields: object) -> Sequence[Event | Ignored]:
    """What a message for these contacts means, in API v4."""
    body = {"conversationMessage": make_message(**fields), "receivingContacts": list(contacts)}
    return parse(make_service_call("new_message", body), endpoint)


def parse_message(*, endpoint: Endpoint = ENDPOINT, **fields: object) -> MessageReceived:
    [event] = parse_all(ANN, endpoint=endpoint, **fields)
    assert isinstance(event, MessageReceived)
    return event


def parse_older(**fields: object) -> MessageReceived:
    """The same in API v3."""
    body = {"conversationMessage": make_message(**fields)}
    [event] = parse(make_call(body, event="external_messenger.new_message"))
    assert isinstance(event, MessageReceived)
    return event
