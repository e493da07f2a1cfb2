"""What people see on their phones, for the page."""

from __future__ import annotations

from playground.services.whatsapp import windows
from playground.services.whatsapp.core import Core
from playground.services.whatsapp.records import MEDIA_TYPES, Json, Message, Person

_TOOLS = ["answer", "react", "voice", "sticker", "block"]
_REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"]


def show_phones(core: Core) -> Json:
    people = [_show_person(core, person) for person in core.state.people.values()]
    shown: Json = {"service": "whatsapp", "title": "WhatsApp", "side": "messenger", "account": core.number.name}
    return {**shown, "tools": _TOOLS, "reactions": _REACTIONS, "people": people}


def _show_person(core: Core, person: Person) -> Json:
    chats = [chat for (_, who), chat in core.state.chats.items() if who == person.id]
    messages = sorted((each for chat in chats for each in chat.messages), key=lambda each: each.at)
    end = windows.ends_at(person)
    return {
        "id": person.id,
        "name": person.name,
        "avatar": None,
        "subscribed": core.number.id not in person.blocked,
        "messages": [_show_message(core, message) for message in messages if message.type != "reaction"],
        "window_until": end.isoformat() if end else None,
    }


def _show_message(core: Core, message: Message) -> Json:
    content = message.content
    text = content.get("body") or content.get("caption") or "" if isinstance(content, dict) else ""
    return {
        "id": message.id,
        "author": "agent" if message.is_ours else "customer",
        "name": core.state.numbers[message.number].name if message.is_ours else core.state.people[message.person].name,
        "avatar": None,
        "at": message.at.isoformat(),
        "text": str(text),
        "attachment": _show_file(core, message) if message.type in MEDIA_TYPES else None,
        "buttons": [],
        "cards": [],
        "location": content if message.type == "location" else None,
        "status": message.status or "sent",
        "error": message.error,
    }


def _show_file(core: Core, message: Message) -> Json:
    kind = {"sticker": "image", "document": "file"}.get(message.type, message.type)
    if link := message.content.get("link"):
        return {"kind": kind, "url": link, "name": message.content.get("filename", "")}
    media = core.state.media.get(message.content["id"])
    name = message.content.get("filename") or (media.name if media else "")
    url = core.state.locate(media) if media else ""
    return {"kind": kind, "url": url, "name": name, "size": len(media.content) if media else None}
