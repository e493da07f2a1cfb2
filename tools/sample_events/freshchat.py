"""Writes events/freshchat/: what API Gateway hands over for each webhook, and what the bridge makes of it.

    python -m tools.sample_events.freshchat

What the Freshworks app relays is in freshchat_app.py. Running it again changes nothing: the signatures have no
randomness in them and the account's key comes from a seed. The expected
events are written by the connector itself and checked by eye when they change;
tests/connectors/freshchat/inbound states the same facts independently.
"""

from __future__ import annotations

import json

from patchbay.domain.accounts import Endpoint, Secrets
from playground.services.freshchat import DEMO_APP_SECRET
from playground.services.freshchat.webhooks import show_key, sign
from tests.harness.sample_rsa_key import make_sample_key
from tools.sample_events.freshchat_app import ACCOUNT, make_relayed
from tools.sample_events.freshchat_parts import (
    AGENT,
    APP,
    BOT,
    CAROUSEL,
    CHANNEL,
    CONVERSATION,
    DROPDOWN,
    FILE,
    GROUP,
    IMAGE,
    MEDIA,
    NUMBER,
    OTHER_CHANNEL,
    START,
    USER,
    Json,
    replies,
    text,
)
from tools.sample_events.samples import SampleWebhook, write_samples

#: Messages: what differs from an agent's ordinary one. None takes a field away.
MESSAGES: dict[str, Json] = {
    "text": {"message_parts": [text("Hi, how can I help?")]},
    "text_in_many_scripts": {"message_parts": [text("שלום 👩‍👩‍👧 — مرحبا — 你好")]},
    "html": {
        "message_parts": [
            text(
                "<p>Hello&nbsp;Åsa,</p><p>5 &lt; 6 &amp; see <a href='https://example.com/faq?a=1&amp;b=2'>our help</a>"
                "<br>Best, <b>Ana</b></p>\n"
            )
        ]
    },
    "image": {"message_parts": [{"image": IMAGE, "text": None}, text("This one?")]},
    "file": {"message_parts": [{"file": {**FILE, "url": f"{MEDIA}/1/a.pdf", "file_hash": "f1"}}]},
    "file_without_address": {"message_parts": [{"file": {**FILE, "file_hash": "f2"}}]},
    "file_with_download_address": {
        "message_parts": [
            {"file": {**FILE, "url": "https://old.example/a", "download_url": "https://api.freshchat.com/v2/files/a"}}
        ]
    },
    "video": {"message_parts": [{"video": {"url": f"{MEDIA}/1/clip.mp4", "content_type": "video/mp4"}}]},
    "quick_replies": {
        "message_parts": [text("Order or refund?")],
        "reply_parts": replies(
            {"quick_reply_button": {"label": "Order"}},
            {"quick_reply_button": {"label": "Refund", "custom_reply_text": "I want my money back"}},
        ),
    },
    "buttons": {
        "actor_type": "bot",
        "actor_id": BOT,
        "message_parts": [
            text("Where to?"),
            {"url_button": {"label": "Shop", "url": "https://shop.example", "target": "_blank"}},
            {"callback": {"label": "Menu", "payload": "menu:main"}},
        ],
    },
    "carousel": {"message_parts": [text("Look:")], "reply_parts": [CAROUSEL]},
    "dropdown": {"message_parts": [text("Which day?")], "reply_parts": [DROPDOWN]},
    "reference": {"message_parts": [{"reference": {"label": "How returns work", "reference_id": "77"}}]},
    "of_unknown_part": {"message_parts": [{"hologram": {"depth": 3}}]},
    "email": {"message_parts": [{"email": {"subject": "Offer", "content": "<p>…</p>"}}]},
    "reply": {"message_parts": [text("Yes.")], "in_reply_to": {"message_id": "cccccccc-0000-4000-8000-00000000002a"}},
    "without_message_type": {"message_parts": [text("Hello")], "message_type": None},
    "without_actor_type_of_agent": {"message_parts": [text("Hello")], "actor_type": None},
    "of_system": {"actor_type": None, "actor_id": "s1", "message_parts": [text(".")]},
    "of_customer": {"actor_type": "user", "actor_id": USER, "user_id": None, "message_parts": [text("Hello")]},
    "private_note": {"message_type": "private", "message_parts": [text("Is she VIP?")]},
    "private_note_of_bot": {
        "actor_type": "bot",
        "actor_id": BOT,
        "message_type": None,
        "botsPrivateNote": True,
        "message_parts": [text("Score 7")],
    },
    "system_line": {
        "message_type": "system",
        "message_parts": [text("Ana resolved the conversation")],
        "meta_data": {"isResolved": True},
    },
    "empty": {"message_parts": [text("&nbsp;")]},
    "of_other_channel": {"channel_id": OTHER_CHANNEL, "message_parts": [text("Hello")]},
    "with_bare_ids": {
        "conversation_id": CONVERSATION.replace("-", ""),
        "channel_id": CHANNEL.replace("-", "").upper(),
        "message_parts": [text("Hello")],
    },
    "of_2018": {
        "message_parts": None,
        "msg_parts": [{"part_type": "text", "properties": {"text": "Hello"}}],
    },
    "audio": {"message_parts": [{"audio": {"url": f"{MEDIA}/1/voice.mp3", "content_type": "audio/mpeg"}}]},
}

SHORT: Json = {"conversation_id": CONVERSATION, "app_id": APP, "channel_id": CHANNEL}
NOBODY: Json = {"assigned_agent_id": "", "assigned_group_id": ""}

CHANGES: dict[str, tuple[str, Json]] = {
    "assignment": (
        "conversation_assignment",
        {
            "assignment": {
                "assignor": "agent",
                "assignor_id": AGENT,
                "to_agent_id": AGENT,
                "to_group_id": GROUP,
                "from_agent_id": "",
                "from_group_id": GROUP,
                "conversation": {
                    **SHORT,
                    "status": "assigned",
                    "assigned_agent_id": AGENT,
                    "assigned_group_id": GROUP,
                },
            }
        },
    ),
    "assignment_to_nobody": (
        "conversation_assignment",
        {
            "assignment": {
                "assignor": "agent",
                "assignor_id": AGENT,
                "to_agent_id": "",
                "to_group_id": "",
                "from_agent_id": AGENT,
                "from_group_id": "",
                "conversation": {**SHORT, **NOBODY, "status": "new"},
            }
        },
    ),
    "resolution": (
        "conversation_resolution",
        {
            "resolve": {
                "resolver": "agent",
                "resolver_id": AGENT,
                "conversation": {**SHORT, **NOBODY, "status": "resolved"},
                "interaction_id": f"{NUMBER}-{START}",
            }
        },
    ),
    "reopen": (
        "conversation_reopen",
        {
            "reopen": {
                "reopener": "user",
                "reopener_id": USER,
                "conversation": {**SHORT, **NOBODY, "status": "reopened", "skill_id": 0},
            }
        },
    ),
    "resolution_in_other_channel": (
        "conversation_resolution",
        {
            "resolve": {
                "resolver": "agent",
                "resolver_id": AGENT,
                "conversation": {**SHORT, "channel_id": OTHER_CHANNEL, "status": "resolved"},
            }
        },
    ),
    "unknown_action": ("conversation_snoozed", {"snooze": {"until": "tomorrow"}}),
}


def make_message(name: str, number: int) -> Json:
    message: Json = {
        "app_id": APP,
        "actor_id": AGENT,
        "org_actor_id": "1700000000000000001",
        "id": f"cccccccc-0000-4000-8000-{number:012x}",
        "channel_id": CHANNEL,
        "conversation_id": CONVERSATION,
        "freshchat_conversation_id": NUMBER,
        "interaction_id": f"{NUMBER}-{START}",
        "message_type": "normal",
        "actor_type": "agent",
        "created_time": f"2024-05-06T07:08:{number:02d}.101Z",
        "user_id": USER,
        "restrictResponse": False,
        "botsPrivateNote": False,
        "message_source": "web",
        **MESSAGES[name],
    }
    return {field: value for field, value in message.items() if value is not None}


def make_envelopes() -> dict[str, Json]:
    """Every webhook by the name of its situation."""
    envelopes: dict[str, Json] = {}
    for number, name in enumerate(MESSAGES):
        message = make_message(name, number)
        actor = {"actor_type": message.get("actor_type", "agent"), "actor_id": AGENT}
        time = f"2024-05-06T07:08:{number:02d}.120Z"
        envelopes[f"message_{name}"] = {
            "actor": actor,
            "action": "message_create",
            "action_time": time,
            "data": {"message": message},
        }
    for number, (name, (action, data)) in enumerate(CHANGES.items()):
        envelopes[name] = {
            "actor": {"actor_type": "agent", "actor_id": AGENT},
            "action": action,
            "action_time": f"2024-05-06T07:09:{number:02d}.000Z",
            "data": data,
        }
    envelopes["message_base64"] = envelopes["message_text_in_many_scripts"]
    return envelopes


def make_webhook(name: str, envelope: Json) -> SampleWebhook:
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
    return SampleWebhook(
        body=body,
        at=START,
        headers={
            "content-type": "application/json",
            "user-agent": "Apache-HttpClient/4.5.13 (Java/11.0.19)",
            "x-freshchat-payload-version": "1.0",
            "x-freshchat-signature": sign(make_sample_key(), body),
            "x-retry-count": "0",
        },
        in_base64=name == "message_base64",
    )


def main() -> None:
    endpoint = Endpoint(
        id="sample-freshchat",
        service="freshchat",
        settings={"base_url": f"https://{ACCOUNT}/v2", "channel_id": CHANNEL, "events": "app"},
        secrets=Secrets({"webhook_public_key": show_key(make_sample_key()), "app_secret": DEMO_APP_SECRET}),
        accounts=frozenset({CHANNEL}),
        tenants={ACCOUNT: frozenset({CHANNEL})},
        strangers=frozenset({OTHER_CHANNEL}),
    )
    webhooks = {name: make_webhook(name, envelope) for name, envelope in make_envelopes().items()}
    write_samples(endpoint, {**webhooks, **make_relayed()})


if __name__ == "__main__":
    main()
