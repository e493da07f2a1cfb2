"""What the tests of this folder share: webhooks as Meta writes them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.whatsapp import CONNECTOR

NUMBER = "106540352242922"
WABA = "102290129340398"
MAYA = {"profile": {"name": "Maya Chen"}, "wa_id": "41791234567", "user_id": "CH.13491208655302741918"}
NOW = datetime(2026, 9, 5, 9, 21, tzinfo=UTC)
SECRET = "test-app-secret-0123456789abcdef"
ENDPOINT = Endpoint(
    id="e1",
    service="whatsapp",
    settings={"phone_number_id": NUMBER},
    secrets=Secrets({"app_secret": SECRET, "verify_token": "a-token"}),
    tenants={WABA: frozenset({NUMBER})},
)
VECTORS: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "vectors.json").read_text())


def request(body: bytes | str, **headers: str) -> WebhookRequest:
    content = body.encode() if isinstance(body, str) else body
    return WebhookRequest(method="POST", headers={"x-hub-signature-256": "", **headers}, body=content, received_at=NOW)


def make_webhook(field: str = "messages", entry: dict[str, Any] | None = None, **value: Any) -> bytes:
    metadata = {"display_phone_number": "15550783881", "phone_number_id": NUMBER}
    whole = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    change = {"field": field, "value": whole}
    return json.dumps(
        {"object": "whatsapp_business_account", "entry": [{"id": WABA, "changes": [change], **(entry or {})}]}
    ).encode()


def parse(body: bytes | str, endpoint: Endpoint = ENDPOINT) -> Sequence[Event | Ignored]:
    return CONNECTOR.parse(request(body), endpoint)


def read(kind: str, content: Any, **more: Any) -> Event | Ignored:
    """A message of Maya's, as the only event of its webhook."""
    message = {
        "from": "41791234567",
        "from_user_id": MAYA["user_id"],
        "id": "wamid.ONE",
        "timestamp": "1788600000",
        "type": kind,
        kind: content,
        **more,
    }
    [event] = parse(make_webhook(contacts=[MAYA], messages=[message]))
    return event


def read_message(kind: str, content: Any, **more: Any) -> MessageReceived:
    event = read(kind, content, **more)
    assert isinstance(event, MessageReceived)
    return event


def ignored(body: bytes | str, **endpoint: Any) -> str:
    [event] = parse(body, replace(ENDPOINT, **endpoint))
    assert isinstance(event, Ignored)
    return event.reason
