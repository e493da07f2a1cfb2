"""What people see on their phones, for the page."""

from __future__ import annotations

from typing import Any

from playground.services.whatsapp import markup, windows
from playground.services.whatsapp.core import Core
from playground.services.whatsapp.records import MEDIA_TYPES, Json, Message, Person

#: What the page offers besides the usual, and the reactions that the app shows first.
_TOOLS = [
    "answer",
    "react",
    "edit",
    "delete",
    "voice",
    "sticker",
    "venue",
    "block",
    "numbers",
    "marketing",
    "offline",
    "owner",
    "templates",
]
_REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🙏"]
_HIDDEN_TYPES = {"reaction"}
_PAGE, _SAMPLES_PER_SECOND = b"OggS", 48_000
_KINDS = {"sticker": "image", "document": "file"}


def show_phones(core: Core) -> Json:
    people = [_show_person(core, person) for person in core.state.people.values()]
    shown: Json = {"service": "whatsapp", "title": "WhatsApp", "side": "messenger", "account": core.number.name}
    templates = [
        {"id": each.id, "name": each.name, "language": each.language, "category": each.category, "status": each.status}
        for each in core.state.templates.values()
    ]
    return {**shown, "tools": _TOOLS, "reactions": _REACTIONS, "people": people, "templates": templates}


def _show_person(core: Core, person: Person) -> Json:
    chats = [chat for (_, who), chat in core.state.chats.items() if who == person.id]
    messages = sorted((each for chat in chats for each in chat.messages), key=lambda each: each.at)
    now = core.state.timeline.now()
    typing = any(chat.typing_until and now < chat.typing_until for chat in chats)
    return {
        "id": person.id,
        "name": person.name,
        "avatar": None,
        "subscribed": core.number.id not in person.blocked,
        "messages": [_show_message(core, message) for message in messages if message.type not in _HIDDEN_TYPES],
        "actions": [{"action": "typing", "topic": 0}] if typing else [],
        "username": person.username,
        "phone": f"+{person.phone}",
        "visibility": person.visibility,
        "user_id": person.user_id,
        "online": person.online,
        "stopped_marketing": person.stopped_marketing,
        "window": _show_window(person, core),
    }


def _show_window(person: Person, core: Core) -> Json | None:
    """The countdown: until when the business may write as it likes; None if it never might."""
    end = windows.ends_at(person, with_entry=core.quirks.entry_point_opens)
    if end is None:
        return None
    return {"until": end.isoformat(), "free_entry": windows.is_free_entry(person, core.state.timeline.now())}


def _show_message(core: Core, message: Message) -> Json:
    media = _find_media(message)
    text = "" if message.deleted else show_text(message)
    return {
        "id": message.id,
        "author": "agent" if message.is_ours else "customer",
        "name": _name_author(core, message),
        "avatar": None,
        "at": message.at.isoformat(),
        "text": text,
        "attachment": _show_file(core, *media) if media else None,
        "buttons": [] if message.deleted else show_buttons(message),
        "cards": [],
        "location": _show_location(message),
        "status": _show_ticks(message),
        "error": message.error,
        "reactions": [
            {"emoji": emoji, "author": "customer" if who else "agent"} for who, emoji in message.reactions.items()
        ],
        "edited": message.edited,
        "deleted": message.deleted,
        "reply_to": _show_answered(core, message),
        "form": _name_form(message),
        "entities": markup.mark(text),
        "waiting": False,
        "album": "",
        "by_phone": message.by_phone,
    }


def _name_author(core: Core, message: Message) -> str:
    if not message.is_ours:
        return core.state.people[message.person].name
    name = core.state.numbers[message.number].name
    return f"{name} (the owner’s phone)" if message.by_phone else name


def _show_ticks(message: Message) -> str:
    """Of the business's: sent, delivered, read, played, failed. People's have what the business has marked."""
    if message.is_ours:
        return message.status or "sent"
    return "read" if message.seen else "delivered"


def show_text(message: Message) -> str:
    content: Any = message.content
    if message.type == "contacts":
        return "\n".join(_show_card(card) for card in content)
    if message.type == "template":
        return message.shown
    if message.type == "interactive":
        return _show_interactive(content)
    if message.type == "location":
        return "\n".join(str(content[key]) for key in ("name", "address") if content.get(key))
    if not isinstance(content, dict):
        return ""
    return str(content.get("body") or content.get("caption") or content.get("text") or "")


def _show_card(card: Json) -> str:
    phones = ", ".join(str(phone.get("phone", "")) for phone in card.get("phones", []))
    return f"{card['name']['formatted_name']}: {phones}"


def _show_interactive(content: Json) -> str:
    """Of the business: header, body and footer; of a person: what was chosen."""
    for reply in ("button_reply", "list_reply"):
        if reply in content:
            return str(content[reply]["title"])
    if "nfm_reply" in content:
        return str(content["nfm_reply"]["body"])
    header = content.get("header", {}).get("text", "")
    parts = (header, content["body"]["text"], content.get("footer", {}).get("text", ""))
    return "\n".join(part for part in parts if part)


def show_buttons(message: Message) -> list[Json]:
    """Buttons, and the rows of a list, as `tap` counts them."""
    if message.type == "template":
        return [{"label": each["text"], "url": _find_target(each)} for each in message.buttons]
    if message.type != "interactive" or not message.is_ours:
        return []
    action = message.content["action"]
    match message.content["type"]:
        case "button":
            return [{"label": each["reply"]["title"], "url": None} for each in action["buttons"]]
        case "list":
            rows = [row for section in action["sections"] for row in section["rows"]]
            return [
                {
                    "label": row["title"],
                    "url": None,
                    "description": row.get("description", ""),
                    "list": action["button"],
                }
                for row in rows
            ]
        case "cta_url":
            return [{"label": action["parameters"]["display_text"], "url": action["parameters"]["url"]}]
        case "request_contact_info":
            return [{"label": "Share your number", "url": None}]
        case _:
            return []


def _find_target(button: Json) -> str | None:
    """What a template's button opens: an address, or a call."""
    return f"tel:{button['phone_number']}" if "phone_number" in button else button.get("url")


def _show_location(message: Message) -> Json | None:
    if message.type != "location":
        return None
    return {name: float(message.content[name]) for name in ("latitude", "longitude")}


def _name_form(message: Message) -> str:
    if message.type == "audio" and message.content.get("voice"):
        return "voice"
    if message.type == "interactive":
        return str(message.content["type"])
    return {"text": "", "image": "photo"}.get(message.type, message.type)


def _show_answered(core: Core, message: Message) -> Json | None:
    answered = core.state.find_message(message.answers) if message.answers else None
    if answered is None:
        return None
    author = "agent" if answered.is_ours else "customer"
    return {"id": answered.id, "author": author, "text": markup.strip(show_text(answered))}


# --- files -----------------------------------------------------------------------------------------------------------


def _find_media(message: Message) -> tuple[str, Json] | None:
    """The kind and the object of a message's file."""
    if message.deleted:
        return None
    if message.type in MEDIA_TYPES:
        return message.type, message.content
    if message.type != "interactive" or "header" not in message.content:
        return None
    kind = str(message.content["header"]["type"])
    return (kind, message.content["header"][kind]) if kind in MEDIA_TYPES else None


def _show_file(core: Core, kind: str, content: Json) -> Json:
    shown_as = _KINDS.get(kind, kind)
    if link := content.get("link"):
        return {"kind": shown_as, "url": link, "name": content.get("filename", "")}
    media = core.state.media.get(content["id"])
    if media is None:
        return {"kind": shown_as, "url": "", "name": content.get("filename", "")}
    name = content.get("filename") or media.name
    shown = {"kind": shown_as, "url": core.state.locate(media), "name": name, "size": len(media.content)}
    return {**shown, "duration": _measure(media.content)} if kind == "audio" else shown


def _measure(content: bytes) -> int:
    """Seconds of an Opus file in Ogg: its last page says how many samples there were. 0 for other files.

    https://www.rfc-editor.org/rfc/rfc7845#section-4
    """
    page = content.rfind(_PAGE)
    if page < 0 or b"OpusHead" not in content[:100]:
        return 0
    samples = int.from_bytes(content[page + 6 : page + 14], "little")
    return samples // _SAMPLES_PER_SECOND
