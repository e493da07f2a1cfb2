"""What the tests of this folder share."""

from __future__ import annotations

import json
from typing import Any

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.events import Event, Ignored
from patchbay.kit.contract import WebhookRequest
from patchbay.platforms.freshchat import CONNECTOR
from tests.harness.gateway import RECEIVED_AT

CHANNEL = "dddddddd-0000-4000-8000-000000000004"
CONVERSATION = "eeeeeeee-0000-4000-8000-000000000005"
# Made once with a key that was thrown away, independently of this code.
KNOWN_BODY = (
    '{"actor":{"actor_type":"agent","actor_id":"a1"},"action":"message_create",'
    '"action_time":"2024-01-02T03:04:05.678Z",'
    '"data":{"message":{"message_parts":[{"text":{"content":"Grüße"}}],"id":"m1"}}}'
).encode()


def make_request(body: bytes, signature: str | None = None) -> WebhookRequest:
    headers = {} if signature is None else {"x-freshchat-signature": signature}
    return WebhookRequest(method="POST", headers=headers, body=body, received_at=RECEIVED_AT)


def make_endpoint(*, key: str = "", previous: str = "", accounts: frozenset[str] = frozenset({CHANNEL})) -> Endpoint:
    secrets = Secrets({"webhook_public_key": key}, {"webhook_public_key": previous})
    return Endpoint(id="desk", service="freshchat", secrets=secrets, accounts=accounts)


def parse(envelope: object, endpoint: Endpoint | None = None) -> Event | Ignored:
    body = json.dumps(envelope).encode()
    [parsed_event] = CONNECTOR.parse(make_request(body), endpoint or make_endpoint())
    return parsed_event


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
