"""Webhooks of Giosg's, as its documentation shows them, for one organization and one of its chats."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.events import Event, Ignored
from patchbay.kit.contract import WebhookRequest
from patchbay.platforms.giosg import CONNECTOR

Json = dict[str, Any]

ORGANIZATION = "7f9e9580-095b-42c7-838c-c04e667b26f7"
ROOM = "9926bdfa-56e0-41e5-b98c-6c4008c08dfe"
WEB_ROOM = "30d2f1c4-7a55-4be1-9a0e-5b1c7d20e6aa"
CHAT = "450fc49e-277e-4dd6-af0f-6e9dcb885b09"
MESSAGE = "487a4dce-503a-43d0-bd62-1e1a7582c93b"
AGENT = "7c94ae79-a4b4-4eea-ac23-24c16f910080"
VISITOR = "8a60b202474547dbb8ce19737e4c166f"
RULE = "5c3d9e10-22aa-4b7e-9d0c-7f6a1b2c3d4e"
TENANT = "https://service.giosg.example"
SECRET = "sample-secret-of-the-giosg-samples-which-proves-nothing-else"

CHATS = f"/api/v5/orgs/{ORGANIZATION}/owned_chats"
MESSAGES = f"{CHATS}/{CHAT}/messages"
MEMBERSHIPS = f"{CHATS}/{CHAT}/memberships"

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ENDPOINT = Endpoint(
    id="sample-giosg",
    service="giosg",
    settings={"base_url": TENANT, "organization_id": ORGANIZATION, "room_id": ROOM},
    secrets=Secrets(values={"webhook_secret": SECRET}),
)

_NO_RESPONSE: Json = {
    "selected_reply_suggestion_id": None,
    "selected_reply_suggestion": None,
    "response_to_message_id": None,
    "response_to_attachment_id": None,
    "response_to_attachment": None,
    "response_to_action_id": None,
    "response_to_action": None,
    "response_text": None,
    "response_value": None,
}


def envelope(channel: str, action: str, resource_id: str, resource: Json | None = None) -> Json:
    """Without `resource` it is left out, as Giosg does when something was removed."""
    body: Json = {"channel": channel, "action": action, "resource_id": resource_id}
    return body if resource is None else {**body, "resource": resource}


def said(**fields: Any) -> Json:
    """A message of an agent's; `fields` are what differs."""
    return {
        "id": MESSAGE,
        "type": "msg",
        "chat_id": CHAT,
        "room_id": ROOM,
        "created_at": "2026-01-05T08:59:59.654Z",
        "sender_type": "user",
        "sender_id": AGENT,
        "sender_name": "Aino Virtanen",
        "sender_public_name": "Customer Service",
        "sender_avatar": None,
        "message": "OK, what do you want to know?",
        "is_encrypted": False,
        "sensitive_data_purged_at": None,
        "attachments": [],
        "attachment_template": None,
        **_NO_RESPONSE,
        **fields,
    }


def attachment(**fields: Any) -> Json:
    return {
        "id": "a1f0c2d4-0000-4000-8000-00000000a001",
        "title": None,
        "title_link_url": None,
        "text": None,
        "image_url": None,
        "image_link_url": None,
        "link_target": "_blank",
        "actions": [],
        "attachment_url": None,
        "interaction_id": None,
        "parameters": None,
        **fields,
    }


def button(text: str, value: str, kind: str = "button", number: int = 1) -> Json:
    return {
        "id": f"b1f0c2d4-0000-4000-8000-00000000b{number:03}",
        "text": text,
        "type": kind,
        "link_target": "_blank",
        "value": value,
        "style": "primary",
        "is_disabled_on_selection": True,
        "is_disabled_on_visitor_message": False,
    }


def added(**fields: Any) -> Json:
    """The webhook of a message that was written."""
    return envelope(MESSAGES, "added", MESSAGE, said(**fields))


def make_request(body: Json | bytes, tail: str = "messages", **changes: Any) -> WebhookRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"method": "POST", "tail": (tail,), "query": {"secret": SECRET}, "received_at": NOW, **changes}
    return WebhookRequest(body=raw, **fields)


def parse(body: Json | bytes, **settings: str) -> Sequence[Event | Ignored]:
    """`settings` are the owner's, beside the usual ones."""
    endpoint = Endpoint(id=ENDPOINT.id, service="giosg", settings={**ENDPOINT.settings, **settings})
    return CONNECTOR.parse(make_request(body), endpoint)
