"""What people see on their phones, for the page."""

from __future__ import annotations

from playground.services.telegram.media import find_file_id
from playground.services.telegram.records import BusinessAccount, Chat, Json, Message, Note, Person
from playground.services.telegram.state import State

#: Business accounts' chats have, on the page, the number of their owner, times this, plus that of the customer.
PAGE_NUMBER = 10**15
_SHOWN_AS = {
    "photo": "image",
    "sticker": "image",
    "video": "video",
    "animation": "video",
    "video_note": "video",
    "audio": "audio",
    "voice": "audio",
}
#: What the page offers besides the usual, and the reactions that the app shows first.
_TOOLS = [
    "start",
    "answer",
    "react",
    "edit",
    "delete",
    "voice",
    "sticker",
    "album",
    "venue",
    "keyboard",
    "block",
    "clear",
    "groups",
    "business",
]
_REACTIONS = ["❤️", "👍", "👎", "🔥", "😁", "🎉", "😢", "🙏"]
_SERVICE = {
    "new_chat_members": "Someone joined the group",
    "left_chat_member": "The bot left the group",
    "forum_topic_created": "A topic was created",
    "migrate_to_chat_id": "This group became a supergroup",
    "migrate_from_chat_id": "This supergroup was a group",
}


def show_phones(state: State) -> Json:
    people = [_show_person(state, person) for person in state.people.values()]
    groups = [_show_group(state, chat) for chat in state.chats.values() if _is_group(chat)]
    accounts = state.business.values()
    groups += [_show_business(state, account, chat) for account in accounts for chat in account.chats.values()]
    shown: Json = {"service": state.service, "title": "Telegram", "side": "messenger", "account": state.bot.name}
    return {**shown, "tools": _TOOLS, "reactions": _REACTIONS, "people": people, "groups": groups}


def _is_group(chat: Chat) -> bool:
    """One that became a supergroup is that from then on."""
    return chat.type != "private" and not chat.migrated_to


def _show_person(state: State, person: Person) -> Json:
    chat = state.chats[person.id]
    return {
        "id": str(person.id),
        "name": person.name,
        "avatar": _avatar(state, person),
        "subscribed": chat.started and chat.bot_status != "kicked",
        "messages": _show_lines(state, chat, person),
        "actions": _show_actions(state, chat),
        "business": _name_business(state, person),
    }


def _name_business(state: State, person: Person) -> str:
    """What has become of the bot in the person's own account, for the page."""
    account = state.business.get(person.id)
    return "" if account is None else "connected" if account.enabled else "removed"


def _show_business(state: State, account: BusinessAccount, chat: Chat) -> Json:
    """A customer's chat with an owner, on both their phones: what the bot writes there, the owner has written."""
    customer = chat.members[0]
    return {
        **_show_group(state, chat),
        "id": str(account.owner.id * PAGE_NUMBER + customer.id),
        "name": f"{account.owner.name}, {customer.name}",
        "kind": "business",
        "bot": "business",
        "members": [str(account.owner.id), str(customer.id)],
    }


def _show_group(state: State, chat: Chat) -> Json:
    return {
        "id": str(chat.id),
        "name": chat.title,
        "kind": "forum" if chat.is_forum else chat.type,
        "bot": chat.bot_status,
        "members": [str(person.id) for person in chat.members],
        "topics": [{"id": topic.id, "name": topic.name} for topic in chat.topics],
        "messages": _show_lines(state, chat, None),
        "actions": _show_actions(state, chat),
    }


def _show_actions(state: State, chat: Chat) -> list[Json]:
    """What the bot says that it does: "typing" and the like, which fades after five seconds."""
    now = state.timeline.now()
    return [{"action": action, "topic": topic} for topic, (action, ends_at) in chat.actions.items() if now < ends_at]


def _avatar(state: State, person: Person) -> str:
    return state.locate(state.files[person.avatar_file])


# --- lines -----------------------------------------------------------------------------------------------------------


def _show_lines(state: State, chat: Chat, reader: Person | None) -> list[Json]:
    lines: list[Json] = [_show_note(note) for note in chat.notes if note.after <= chat.cleared_before]
    for message in chat.messages:
        if not message.deleted and message.id > chat.cleared_before:
            lines.append(_show_message(state, chat, message, reader))
        lines += [_show_note(note) for note in chat.notes if note.after == message.id > chat.cleared_before]
    return lines


def _show_note(note: Note) -> Json:
    return {**_BLANK, "id": note.id, "author": "system", "at": note.at.isoformat(), "text": note.text}


_BLANK: Json = {
    "name": "",
    "avatar": None,
    "text": "",
    "attachment": None,
    "buttons": [],
    "cards": [],
    "location": None,
    "status": "",
    "error": "",
    "reactions": [],
    "edited": False,
    "reply_to": None,
    "form": "",
    "entities": [],
    "topic": 0,
    "sender": "",
    "waiting": False,
    "album": "",
}


def _show_message(state: State, chat: Chat, message: Message, reader: Person | None) -> Json:
    content = message.content
    if service := next((text for key, text in _SERVICE.items() if key in content), ""):
        return {**_BLANK, "id": str(message.id), "author": "system", "at": message.at.isoformat(), "text": service}
    person = state.people.get(message.sender)
    kind, file_id = find_file_id(content)
    return {
        **_BLANK,
        "id": str(message.id),
        "author": _author(message, reader, person),
        "name": person.name if person else chat.bot.name,
        "avatar": _avatar(state, person) if person else None,
        "at": message.at.isoformat(),
        "text": _show_text(content),
        "attachment": _show_file(state, kind, file_id, content) if kind else None,
        "buttons": _show_buttons(chat, message),
        "location": _show_location(content),
        "status": "failed" if message.error else "sent",
        "error": message.error,
        "reactions": _show_reactions(state, message, reader),
        "edited": message.edited_at is not None,
        "reply_to": _show_answered(state, chat, message, reader),
        "form": "venue" if "venue" in content else kind,
        "entities": content.get("entities") or content.get("caption_entities") or [],
        "topic": message.thread if chat.is_forum else 0,
        "sender": str(person.id) if person else "",
        "waiting": bool(message.waiting),
        "album": message.media_group,
    }


def _author(message: Message, reader: Person | None, person: Person | None) -> str:
    """On a phone, whatever is not the reader's own comes from the bot."""
    if person is None:
        return "agent"
    return "customer" if reader is None or message.sender == reader.id else "agent"


def _show_text(content: Json) -> str:
    venue, contact = content.get("venue"), content.get("contact")
    if isinstance(venue, dict):
        return f"{venue['title']}\n{venue['address']}"
    if isinstance(contact, dict):
        name = f"{contact['first_name']} {contact.get('last_name', '')}".strip()
        return f"{name}: {contact['phone_number']}"
    return str(content.get("text") or content.get("caption") or "")


def _show_file(state: State, kind: str, file_id: str, content: Json) -> Json:
    file = state.files[file_id]
    facts = content[kind]
    shown_as = "image" if file.content_type == "image/gif" else _SHOWN_AS.get(kind, "file")
    shown: Json = {"kind": shown_as, "url": state.locate(file), "name": file.name, "size": file.size or None}
    if isinstance(facts, dict):
        shown |= {key: facts[key] for key in ("duration", "emoji") if key in facts}
    return shown


def _show_buttons(chat: Chat, message: Message) -> list[Json]:
    markup = message.markup or {}
    rows = markup.get("inline_keyboard")
    if "keyboard" in markup and chat.keyboard == message.id:
        rows = markup["keyboard"]
    if not isinstance(rows, list):
        return []
    return [{"label": button["text"], "url": button.get("url")} for row in rows for button in row]


def _show_location(content: Json) -> Json | None:
    location = content.get("location")
    if not isinstance(location, dict):
        return None
    return {name: location[name] for name in ("latitude", "longitude")}


def _show_reactions(state: State, message: Message, reader: Person | None) -> list[Json]:
    """In a group with who has made it."""
    shown: list[Json] = []
    for who, emoji in message.reactions.items():
        person = state.people.get(who)
        named: Json = {"person": str(person.id), "name": person.name} if person and reader is None else {}
        shown.append({"emoji": emoji, "author": "customer" if person else "agent", **named})
    return shown


def _show_answered(state: State, chat: Chat, message: Message, reader: Person | None) -> Json | None:
    answered = chat.find(message.reply_to) if message.reply_to else None
    if answered is None:
        return None
    person = state.people.get(answered.sender)
    text = str(message.quote["text"]) if message.quote else _show_text(answered.content)
    return {"id": str(answered.id), "author": _author(answered, reader, person), "text": text}
