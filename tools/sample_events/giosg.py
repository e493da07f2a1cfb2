"""Writes events/giosg/: what API Gateway hands over for each webhook of Giosg's, and what the bridge makes of it.

    python -m tools.sample_events.giosg

Running it again changes nothing. The expected events are written by the connector itself and checked by eye when they
change; tests/connectors/giosg/test_inbound.py states the same facts independently.
"""

from __future__ import annotations

import json

from tests.harness.giosg_webhooks import (
    AGENT,
    CHAT,
    CHATS,
    ENDPOINT,
    MEMBERSHIPS,
    MESSAGE,
    MESSAGES,
    ORGANIZATION,
    ROOM,
    RULE,
    SECRET,
    TENANT,
    VISITOR,
    WEB_ROOM,
    Json,
    added,
    attachment,
    button,
    envelope,
    said,
)
from tools.sample_events.samples import SampleWebhook, write_samples

START = 1767603600000
OTHER_ORGANIZATION = "e6a08f51-0000-4000-8000-00000000e6a0"

CHAT_ADDED: Json = {
    "id": CHAT,
    "chat_type": "external",
    "room_id": ROOM,
    "room_name": "Messengers",
    "room_organization_id": ORGANIZATION,
    "created_at": "2026-01-05T08:59:00.000Z",
    "is_waiting": False,
    "is_pending": False,
    "is_ended": False,
    "ended_at": None,
    "message_count": 0,
    "member_count": 1,
    "visitor_member_count": 1,
    "user_member_count": 0,
    "is_encrypted": False,
}
CARD = attachment(
    title="House by the lake",
    text="**Big**, see [the plan](https://shop.example/plan)",
    image_url="https://pictures.example/house.jpg",
    title_link_url="https://shop.example/house",
    actions=[button("I want it", "buy:1"), button("More", "https://shop.example/more", "link_button", 2)],
)
CHOICES = attachment(actions=[button("Monday", "mon"), button("Tuesday", "tue", number=2)])
UPLOAD = attachment(title="Plan März.pdf", title_link_url=f"{TENANT}/downloads/1/Plan%20M%C3%A4rz.pdf")

#: Situation -> a message that was added, where it differs from an ordinary one.
SAID: dict[str, Json] = {
    "text": {},
    "text_in_many_scripts": {"message": "שלום 👩‍👩‍👧 — مرحبا — 你好 — Grüße"},
    "of_rule": {"sender_type": "rule", "sender_id": RULE, "sender_public_name": "Automation", "message": "One moment"},
    "autosuggest": {"type": "autosuggest", "message": "Can I help you?"},
    "system": {"type": "system", "sender_type": "rule", "sender_id": RULE, "message": "We are closed on Sundays."},
    "with_avatar": {"sender_avatar": {"id": "7", "url": "https://pictures.example/aino.jpg"}},
    "with_time_without_z": {"created_at": "2026-01-05T08:59:59.654"},
    "image": {"message": None, "attachments": [attachment(title="Sea", image_url="https://pictures.example/sea.jpg")]},
    "file": {"message": "As promised", "attachments": [UPLOAD]},
    "card": {"message": None, "attachments": [CARD]},
    "buttons": {"message": "Which day?", "attachments": [CHOICES]},
    "interaction": {
        "type": "interaction_submit",
        "message": None,
        "attachments": [attachment(title="Your order", attachment_url="https://forms.example/order")],
    },
    "call_request": {"type": "call_request", "message": None},
    "encrypted": {"message": None, "is_encrypted": True, "encrypted_message": "c2VjcmV0"},
    "of_customer": {"sender_type": "visitor", "sender_id": VISITOR, "sender_public_name": "Åsa"},
    "of_customer_action": {"type": "action", "sender_type": "visitor", "sender_id": VISITOR, "message": None},
    "join": {"type": "join", "message": None},
    "leave": {"type": "leave", "message": None},
    "call_ended": {"type": "call_ended", "message": None},
    "empty": {"message": None},
    "of_another_room": {"room_id": WEB_ROOM},
    "of_unknown_type": {"type": "hologram"},
}

#: Situation -> any other webhook.
OTHERS: dict[str, Json] = {
    "message_purged": envelope(
        MESSAGES, "changed", MESSAGE, {"message": None, "sensitive_data_purged_at": "2026-01-05T08:59:59.900Z"}
    ),
    "message_emptied": envelope(MESSAGES, "changed", MESSAGE, {"id": MESSAGE, "message": None}),
    "message_changed": envelope(MESSAGES, "changed", MESSAGE, {"selected_reply_suggestion_id": None}),
    "message_removed": envelope(MESSAGES, "removed", MESSAGE),
    "message_removed_with_resource": envelope(MESSAGES, "removed", MESSAGE, {}),
    "message_of_another_organization": envelope(
        MESSAGES.replace(ORGANIZATION, OTHER_ORGANIZATION), "added", MESSAGE, said()
    ),
    "message_with_bot_token": {
        **added(),
        "app_user_auth": {
            "access_token": "sample-token-of-a-bot",
            "token_type": "Bearer",
            "expires_in": 300,
            "user_id": RULE,
            "organization_id": ORGANIZATION,
        },
    },
    "chat_added": envelope(CHATS, "added", CHAT, CHAT_ADDED),
    "chat_waiting": envelope(CHATS, "changed", CHAT, {"is_waiting": True, "is_pending": True, "message_count": 1}),
    "chat_ended": envelope(CHATS, "changed", CHAT, {"is_ended": True, "ended_at": "2026-01-05T08:59:59.424Z"}),
    "chat_removed": envelope(CHATS, "removed", CHAT),
    "member_joined": envelope(
        MEMBERSHIPS,
        "added",
        AGENT,
        {
            "member_id": AGENT,
            "member_type": "user",
            "member_public_name": "Customer Service",
            "is_participating": True,
            "composing_status": "idle",
            "last_seen_at": "2026-01-05T08:59:58.000Z",
            "is_bot": False,
        },
    ),
    "member_typing": envelope(MEMBERSHIPS, "changed", AGENT, {"composing_status": "typing"}),
    "member_stopped_typing": envelope(MEMBERSHIPS, "changed", AGENT, {"composing_status": "typed"}),
    "member_has_read": envelope(
        MEMBERSHIPS, "changed", AGENT, {"last_seen_at": "2026-01-05T08:59:59.000", "unread_message_count": 0}
    ),
    "member_is_the_customer": envelope(MEMBERSHIPS, "changed", VISITOR, {"composing_status": "typing"}),
    "member_present": envelope(MEMBERSHIPS, "changed", AGENT, {"is_present": True}),
    "room_changed": envelope(f"/api/v5/orgs/{ORGANIZATION}/rooms", "changed", ROOM, {"is_online": False}),
    "unknown_action": envelope(MESSAGES, "archived", MESSAGE, {}),
}

_TAILS = {"chat": "chats", "member": "memberships", "room": "rooms"}


def make_webhook(situation: str, body: Json, number: int, *, in_base64: bool = False) -> SampleWebhook:
    return SampleWebhook(
        body=json.dumps(body, ensure_ascii=False).encode(),
        at=START + 1000 * number,
        headers={"content-type": "application/json"},
        query={"secret": SECRET},
        tail=_TAILS.get(situation.partition("_")[0], "messages"),
        in_base64=in_base64,
    )


def make_samples() -> dict[str, SampleWebhook]:
    bodies = {f"message_{name}": added(**fields) for name, fields in SAID.items()} | OTHERS
    webhooks = {name: make_webhook(name, body, number) for number, (name, body) in enumerate(bodies.items())}
    in_base64 = make_webhook("message_base64", bodies["message_text_in_many_scripts"], len(bodies), in_base64=True)
    return {**webhooks, "message_base64": in_base64}


def main() -> None:
    write_samples(ENDPOINT, make_samples())


if __name__ == "__main__":
    main()
