"""What the Freshworks app in a Freshchat account relays: the product events behind the samples, and its requests.

Freshworks calls the app with much more than it relays: its parameters, e-mail addresses, phone numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.services.freshchat import DEMO_APP_SECRET
from playground.services.freshchat.relay import make_request
from tests.harness.gateway import RECEIVED_AT
from tools.sample_events.freshchat_parts import (
    AGENT,
    APP,
    BOT,
    CHANNEL,
    CONVERSATION,
    FILE,
    GROUP,
    IMAGE,
    MEDIA,
    OTHER_CHANNEL,
    USER,
    Json,
    replies,
    text,
)
from tools.sample_events.samples import SampleWebhook

ACCOUNT = "acme.freshchat.com"
SIGNED_AT = int(RECEIVED_AT.timestamp())  #: such a request is believed for five minutes only
_AT = SIGNED_AT * 1000 - 880  #: milliseconds

_KINDS = ("collection", "image", "text")  #: some of those that are null beside the one that a part has

ANA: Json = {
    "type": "agent",
    "id": AGENT,
    "first_name": "Ana",
    "last_name": "Kovač",
    "email": "ana@desk.example",
    "phone": None,
    "avatar": {"url": f"{MEDIA}/1/ana.png"},
}
FREDDY: Json = {"type": "bot", "id": BOT, "first_name": "Freddy", "last_name": None, "email": None, "avatar": None}
ASA: Json = {
    "id": USER,
    "reference_id": "viber:shop:x",
    "first_name": "Åsa",
    "last_name": None,
    "email": "asa@home.example",
    "phone": "+46701112233",
    "avatar": {"url": f"{MEDIA}/1/asa.png"},
    "properties": [{"name": "channel", "value": "viber"}],
}
ASA_WRITES: Json = {"type": "user", **ASA}
ASSOCIATIONS: Json = {
    "agent": {"id": AGENT, "first_name": "Ana", "last_name": "Kovač", "email": "ana@desk.example"},
    "channel": {"id": CHANNEL, "name": "Messengers", "enabled": True, "locale": "en"},
    "group": {},
    "user": ASA,
}
OWN_IDS: Json = {"app_id": APP, "channel_id": CHANNEL, "conversation_id": CONVERSATION, "user_id": USER}


def write(*parts: Json, **fields: object) -> Json:
    """An agent's message; each part is null in other kinds than its own."""
    return {"message_parts": [{**dict.fromkeys(_KINDS), **part} for part in parts], **fields}


def make_message(message: Json, number: int) -> Json:
    plain: Json = {
        "id": f"cccccccc-0000-4000-8000-{number:012x}",
        "actor_type": "agent",
        "actor_id": AGENT,
        "message_type": "normal",
        "message_source": "web",
        "created_time": f"2026-01-05T08:59:{number:02d}.101Z",
        "org_actor_id": None,
        "reply_parts": [],
        "is_first_message": False,
    }
    return {field: value for field, value in {**plain, **message}.items() if value != "left out"}


def make_model(**fields: object) -> Json:
    """The conversation, as it stands around its messages."""
    model: Json = {
        "app_id": APP,
        "assigned_agent_id": AGENT,
        "assigned_group_id": GROUP,
        "channel_id": CHANNEL,
        "conversation_id": CONVERSATION,
        "response_due_type": "NO_RESPONSE_DUE",
        "status": "assigned",
        "user_id": USER,
    }
    return {**model, **fields}


def by_customer(*parts: Json) -> Json:
    return write(*parts, actor_type="user", actor_id=USER, message_source="api")


#: Events about messages: the messages, and what differs in the event.
MESSAGES: dict[str, tuple[list[Json], dict[str, Any]]] = {
    "text": ([write(text("Hi, how can I help?"))], {}),
    "text_in_many_scripts": ([write(text("שלום 👩‍👩‍👧 — مرحبا — 你好 \x7f"))], {}),
    "html": ([write(text("<p>Hello&nbsp;Åsa,</p><p>5 &lt; 6<br>Best, <b>Ana</b></p>\n"))], {}),
    "image": ([write({"image": IMAGE}, text("This one?"))], {}),
    "file": ([write({"file": {**FILE, "url": f"{MEDIA}/1/a.pdf", "file_hash": "f1"}})], {}),
    "file_without_address": ([write({"file": {**FILE, "file_hash": "f2"}})], {}),
    "image_without_address": ([write({"image": {"content_type": "image/png"}})], {}),
    "quick_replies": (
        [
            write(
                text("Order or refund?"),
                reply_parts=replies(
                    {"quick_reply_button": {"label": "Order"}},
                    {"quick_reply_button": {"label": "Refund", "custom_reply_text": "I want my money back"}},
                ),
            )
        ],
        {},
    ),
    "buttons_of_bot": (
        [
            write(
                text("Where to?"),
                {"url_button": {"label": "Shop", "url": "https://shop.example", "target": "_blank"}},
                {"callback": {"label": "Menu", "payload": "menu:main"}},
                actor_type="bot",
                actor_id=BOT,
            )
        ],
        {"actor": FREDDY},
    ),
    "of_unknown_part": ([write({"hologram": {"depth": 3}})], {}),
    "with_its_own_ids": ([write(text("Hello"), **OWN_IDS)], {}),
    "with_bare_ids": (
        [write(text("Hello"))],
        {"message": {"conversation_id": CONVERSATION.replace("-", ""), "channel_id": CHANNEL.replace("-", "").upper()}},
    ),
    "without_message_type": ([write(text("Hello"), message_type="left out")], {}),
    "without_actor_type": ([write(text("Hello"), actor_type="left out")], {}),
    "without_people": ([write(text("Hello"))], {"actor": None, "associations": {}}),
    "by_another_agent": ([write(text("Hello"), actor_id="aaaaaaaa-0000-4000-8000-000000000002")], {}),
    "of_other_channel": ([write(text("Hello"))], {"message": {"channel_id": OTHER_CHANNEL}}),
    "several": ([write(text("One")), write(text("Two")), write({"image": IMAGE})], {}),
    "of_agent_customer_and_note": (
        [by_customer(text("Hello?")), write(text("VIP"), message_type="private"), write(text("Hi"))],
        {},
    ),
    "of_customer": ([by_customer(text("Hello?"))], {"actor": ASA_WRITES}),
    "private_note": ([write(text("Is she VIP?"), message_type="private")], {}),
    "empty": ([write(text("&nbsp;"))], {}),
}


def make_data(messages: list[Json], differing: dict[str, Any], number: int, kind: str = "message") -> Json:
    shown = [make_message(message, number + step) for step, message in enumerate(messages)]
    people = {"actor": ANA, "associations": ASSOCIATIONS}
    return {**people, **differing, kind: {**make_model(**differing.get(kind, {})), "messages": shown}}


def change(changes: Json, **fields: object) -> Json:
    return {**make_data([], {"conversation": fields}, 0, "conversation"), "changes": {"model_changes": changes}}


#: All other events, by the name of their situation: the event and its data.
OTHERS: dict[str, tuple[str, Json | None]] = {
    "conversation_created": (
        "onConversationCreate",
        make_data([], {"actor": ASA_WRITES, "conversation": {"status": "new"}}, 0, "conversation"),
    ),
    "conversation_created_by_agent": (
        "onConversationCreate",
        make_data([write(text("We have news"), is_first_message=True)], {}, 40, "conversation"),
    ),
    "conversation_assigned": (
        "onConversationUpdate",
        change({"assigned_agent_id": [None, AGENT], "status": ["new", "assigned"]}),
    ),
    "conversation_assigned_to_nobody": (
        "onConversationUpdate",
        change(
            {"assigned_agent_id": [AGENT, None], "status": ["assigned", "new"]}, assigned_agent_id=None, status="new"
        ),
    ),
    "conversation_resolved": (
        "onConversationUpdate",
        change({"status": ["assigned", "resolved"]}, status="resolved"),
    ),
    "conversation_reopened": (
        "onConversationUpdate",
        change({"status": ["resolved", "assigned"]}),
    ),
    "conversation_waiting": (
        "onConversationUpdate",
        change({"status": ["assigned", "waiting on customer"]}, status="waiting on customer"),
    ),
    "conversation_of_other_channel": (
        "onConversationUpdate",
        change({"status": ["assigned", "resolved"]}, status="resolved", channel_id=OTHER_CHANNEL),
    ),
    "conversation_of_other_priority": ("onConversationUpdate", change({"priority": ["Low", "High"]})),
    "user_changed": (
        "onUserUpdate",
        {
            "actor": {"type": "system", "id": "s1"},
            "associations": {},
            "user": ASA,
            "changes": {"model_changes": {"first_name": ["Asa", "Åsa"]}},
        },
    ),
    "installed": ("onAppInstall", None),
    "updated": ("afterAppUpdate", None),
    "uninstalled": ("onAppUninstall", None),
    "unknown_event": ("onAgentActivityCreate", {"actor": ANA, "agent_activity": {"status": "away"}}),
}


def make_payloads() -> dict[str, Json]:
    """Every product event by the name of its situation, as Freshworks calls the app with it."""
    events: dict[str, tuple[str, Json | None]] = {
        f"message_{name}": ("onMessageCreate", make_data(messages, differing, number))
        for number, (name, (messages, differing)) in enumerate(MESSAGES.items())
    }
    payloads = {name: make_payload(event, data) for name, (event, data) in {**events, **OTHERS}.items()}
    older = {"domain": ACCOUNT, "account_id": "1234"}
    payloads["message_of_platform_2"] = {**payloads["message_text"], **older}
    return payloads


def make_payload(event: str, data: Json | None) -> Json:
    payload: Json = {
        "currentHost": {
            "subscribed_modules": ["chat_conversation", "chat_user"],
            "endpoint_urls": {"freshchat": f"https://{ACCOUNT}"},
        },
        "event": event,
        "iparams": {"shared_secret": DEMO_APP_SECRET},
        "region": "EU",
        "timestamp": _AT,
        "version": "1.0.0",
    }
    return payload if data is None else {**payload, "data": data}


def make_relayed() -> Mapping[str, SampleWebhook]:
    """The app's requests. Some it would keep back: those of another version of it may not."""
    return {f"app_{name}": make_webhook(payload) for name, payload in make_payloads().items()}


def make_webhook(payload: Json) -> SampleWebhook:
    request = make_request(payload, DEMO_APP_SECRET, SIGNED_AT)
    return SampleWebhook(
        body=request.body, at=SIGNED_AT * 1000, headers={**request.headers, "user-agent": "axios/1.7.9"}
    )
