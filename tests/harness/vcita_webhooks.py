"""vcita's webhooks as tests make them, and an endpoint that serves two businesses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from patchbay.domain.accounts import Endpoint
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.kit.contract import WebhookRequest
from patchbay.platforms.vcita import CONNECTOR

CHANNEL = "c697a91c-ce0c-469e-918b-fdc2ff6f8a04"
OTHER_CHANNEL = "9b2e7c14-3f0a-4c88-b6a1-55d20e8a7f30"
SESSION = "1f6f0a3e-77b0-4a58-8f2c-9d0b4e1c2a33"
PERSON = "viber:shop:Zm9v+/YmFy==~n2nekjezdsv21v3x"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)

ENDPOINT = Endpoint(
    id="app",
    service="vcita",
    settings={"app_id": "4711"},
    accounts=frozenset({CHANNEL, OTHER_CHANNEL}),
    tenants={"k1pjwutt3mtlt5ft": frozenset({CHANNEL}), "5wbdaiig4avpwl40": frozenset({OTHER_CHANNEL})},
    threads={SESSION: CHANNEL},
)


def make_request(path: str, body: object, method: str = "PUT", at: datetime = NOW) -> WebhookRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest(method=method, tail=tuple(path.split("/")) if path else (), body=raw, received_at=at)


def parse(path: str, body: object, method: str = "PUT", at: datetime = NOW) -> Event | Ignored:
    [parsed_event] = CONNECTOR.parse(make_request(path, body, method, at), ENDPOINT)
    return parsed_event


def make_message(**fields: object) -> dict[str, Any]:
    message = {
        "external_uid": PERSON,
        "message": "Hello",
        "message_uid": "m1",
        "channel_uid": CHANNEL,
        "status": "pending",
        **fields,
    }
    return {name: value for name, value in message.items() if value is not ...}


def parse_message(**fields: object) -> MessageReceived:
    parsed_event = parse("messages", make_message(**fields), "POST")
    assert isinstance(parsed_event, MessageReceived)
    return parsed_event
