"""How the workspace API shows contacts and messages."""

from __future__ import annotations

from datetime import datetime

from playground.services.uchat.records import Contact, Json, Message

_TYPES = {"customer": "in", "bot": "out", "agent": "agent", "note": "note", "system": "system"}


def show_subscriber(contact: Contact) -> Json:
    profile = contact.profile
    first, _, last = contact.name.partition(" ")
    latest = contact.messages[-1] if contact.messages else None
    spoken = format_time(contact.last_activity)
    return {
        "name": contact.name,
        "user_ns": contact.user_ns,
        "user_id": contact.user_id,
        "first_name": profile.get("first_name", first),
        "last_name": profile.get("last_name", last),
        "gender": profile.get("gender"),
        "email": profile.get("email") or None,
        "phone": profile.get("phone") or None,
        "locale": None,
        "language": None,
        "profile_pic": profile.get("image"),
        "subscribed": format_time(contact.created_at),
        "opted_in_email": None,
        "opted_in_sms": None,
        "opted_in_through": "apichat",
        "last_interaction": spoken,
        "last_seen": spoken,
        "last_message_at": spoken,
        "last_message_type": _TYPES[latest.author] if latest else None,
        "tags": [],
        "user_fields": [],
    }


def show_message(message: Message) -> Json:
    content = message.content
    return {
        "id": message.id,
        "type": _TYPES[message.author],
        "msg_type": content.kind,
        "content": content.text,
        "payload": {"text": content.text} if content.kind == "text" else {"url": content.url},
        "sender_id": message.agent.id if message.agent else 0,
        "ts": int(message.at.timestamp()),
    }


def format_time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}"
