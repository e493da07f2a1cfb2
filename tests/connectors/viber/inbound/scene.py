"""What the tests of this folder share."""

from __future__ import annotations

import json
from typing import Any

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.events import Event, Ignored
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.viber import CONNECTOR
from tests.harness.gateway import RECEIVED_AT

TOKEN = "4e0000000000abcd-0000000000000001-00000000000000ff"
ENDPOINT = Endpoint(id="viber-1", service="viber", secrets=Secrets({"auth_token": TOKEN}))
# Computed once from the algorithm that Viber documents, independently of this code.
KNOWN_BODY = (
    '{"event":"message","timestamp":1700000000123,"chat_hostname":"SN-CALLBACK-01_","message_token":5741311803571721087,'
    '"sender":{"id":"Zm9vYmFyYmF6cXV4MDEyMw==","name":"Åsa"},"message":{"type":"text","text":"Hej!"},"silent":false}'
).encode()


def make_request(body: bytes = KNOWN_BODY, *, header: str | None = None, query: str | None = None) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        headers={} if header is None else {"x-viber-content-signature": header},
        query={} if query is None else {"sig": query},
        body=body,
        received_at=RECEIVED_AT,
    )


def parse(callback: dict[str, Any]) -> Event | Ignored:
    body = json.dumps({"timestamp": 1700000000000, "message_token": 5741311803571721087, **callback}).encode()
    (parsed_event,) = CONNECTOR.parse(make_request(body), ENDPOINT)
    return parsed_event
