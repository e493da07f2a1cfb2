"""What the agents see, for the page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from playground.services.giosg.desk import name_agent
from playground.services.giosg.files import download_url, find_file, page_url
from playground.services.giosg.message_bodies import find_answer
from playground.services.giosg.records import Chat, Json, LogEntry, Message, Room, StoredFile
from playground.services.giosg.state import State

_MODES = ["reply", "quick_replies", "send_file", "card"]
_TOOLS = ["resolve", "assign", "join", "leave", "end", "purge", "purge_message", "gdpr_purge"]
_LOG_SHOWN = 20
_STATUS_LINES = {"join": "{} joined", "leave": "{} left", "call_ended": "The call has ended"}


def show_desk(state: State) -> dict[str, object]:
    """Agents do not see chats without a message."""
    chats = [chat for chat in state.chats.values() if any(message.type != "join" for message in chat.messages)]
    return {
        "service": state.service,
        "title": "Giosg",
        "side": "platform",
        "agents": [
            {"id": agent.id, "name": name_agent(agent), "avatar": None, "online": agent.online}
            for agent in state.agents
            if not agent.is_bot
        ],
        "modes": _MODES,
        "tools": _TOOLS,
        "offline_notice": "The rooms are offline: visitors of the website cannot start a chat.",
        "reopens": False,
        "reports_typing": True,
        "reports_reading": True,
        "rooms": [_show_room(state, room) for room in state.rooms],
        "pending": sum(chat.is_pending for chat in chats),
        "complaints": state.complaints[-5:],
        "complaint_count": len(state.complaints),
        "webhook_log": [_show_entry(entry) for entry in islice(reversed(state.webhook_log), _LOG_SHOWN)],
        "conversations": [
            _show_chat(state, chat) for chat in sorted(chats, key=lambda one: one.last_activity, reverse=True)
        ],
    }


def _show_room(state: State, room: Room) -> Json:
    return {"id": room.id, "name": room.name, "online": state.is_online, "open": True}


def _show_entry(entry: LogEntry) -> Json:
    """Without the answer, which Giosg shows only in the opened entry."""
    return {
        "app": entry.app,
        "channel": entry.channel,
        "action": entry.action,
        "status": entry.status,
        "retry_index": entry.retry_index,
        "reason": entry.reason,
        "response_status_code": entry.response_status_code,
        "at": entry.created_at.isoformat(timespec="milliseconds"),
        "duration": entry.milliseconds,
    }


def _show_chat(state: State, chat: Chat) -> Json:
    users = [member.id for member in chat.members.values() if member.type == "user" and member.is_participating]
    visitor = chat.members.get(chat.visitor.id) if chat.visitor else None
    return {
        "id": chat.id,
        "contact": {"name": _name_contact(chat), "avatar": None},
        "status": "ended" if chat.is_ended else "queued" if chat.is_pending else "active",
        "assigned_to": users[0] if users else "",
        "members": [name_agent(state.find_agent(user)) for user in users],
        "team": chat.room.name,
        "pending": chat.is_pending,
        "chat_type": chat.type,
        "typing": visitor is not None and visitor.composing == "typing",
        "typing_agents": [user for user in users if chat.members[user].composing == "typing"],
        "variables": _show_variables(chat),
        "messages": [_show_message(state, chat, message) for message in chat.messages],
    }


def _name_contact(chat: Chat) -> str:
    return chat.visitor_name or ("Visitor" if chat.visitor else "Colleagues")


def _show_variables(chat: Chat) -> dict[str, str]:
    inside = chat.room.visitors.get(chat.visitor.id) if chat.visitor else None
    return {variable.key: variable.value or "" for variable in inside.variables.values()} if inside else {}


# --- messages --------------------------------------------------------------------------------------------------------


def _show_message(state: State, chat: Chat, message: Message) -> Json:
    author, name = _describe_author(state, chat, message)
    files = [one for one in message.attachments if _find_file(state, one)]
    plain = [one for one in message.attachments if one not in files and not _is_card(one)]
    cards = [one for one in message.attachments if one not in files and _is_card(one)]
    return {
        "id": message.id,
        "author": author,
        "name": name,
        "avatar": None,
        "at": message.created_at.isoformat(timespec="milliseconds"),
        "text": _show_text(message, name),
        "attachment": _show_file(state, message.attachments),
        "buttons": [_show_button(action) for attachment in plain for action in attachment["actions"]],
        "cards": [_show_card(state, attachment) for attachment in [*files[1:], *cards]],
        "location": None,
        "question": _show_question(chat, message),
        "status": "",
        "error": "",
    }


def _describe_author(state: State, chat: Chat, message: Message) -> tuple[str, str]:
    if message.sender_type == "visitor":
        return ("system" if message.type in _STATUS_LINES else "customer"), _name_contact(chat)
    if message.sender_type == "rule":
        return "bot", "Automation"
    agent = state.find_agent(message.sender_id)
    if message.type in _STATUS_LINES:
        return "system", name_agent(agent)
    return ("bot" if agent.is_bot else "agent"), name_agent(agent)


def _show_text(message: Message, name: str) -> str:
    if message.type in _STATUS_LINES:
        return _STATUS_LINES[message.type].format(name)
    if message.purged_at:
        return "(purged)"
    return message.text or str(message.response.get("response_text") or "")


def _find_file(state: State, attachment: Json) -> StoredFile | None:
    """An image or a document of its own; a card has a text or buttons beside it."""
    if attachment["text"] or attachment["actions"]:
        return None
    return find_file(state, attachment["title_link_url"] or attachment["image_url"])


def _is_card(attachment: Json) -> bool:
    return any(attachment[name] for name in ("title", "text", "image_url", "attachment_url"))


def _show_file(state: State, attachments: Sequence[Json]) -> Json | None:
    """The first there is."""
    for attachment in attachments:
        if file := _find_file(state, attachment):
            url = page_url(state, download_url(state, file))
            kind = "image" if attachment["image_url"] else "file"
            return {"kind": kind, "url": url, "name": file.name, "size": len(file.data)}
    return None


def _show_card(state: State, attachment: Json) -> Json:
    links = [attachment["title_link_url"], attachment["attachment_url"]]
    shown = [{"label": attachment["title"] or "Open", "url": page_url(state, link)} for link in links if link]
    return {
        "title": attachment["title"] or "",
        "text": attachment["text"] or "",
        "image": page_url(state, attachment["image_url"]) if attachment["image_url"] else None,
        "buttons": [*shown, *(_show_button(action) for action in attachment["actions"])],
    }


def _show_button(action: Json) -> Json:
    return {"label": action["text"], "url": action["value"] if action["type"] == "link_button" else None}


def _show_question(chat: Chat, message: Message) -> Json | None:
    actions = [action for attachment in message.attachments for action in attachment["actions"]]
    if not any(action["type"] == "button" for action in actions):
        return None
    answer = find_answer(chat, message)
    return {
        "status": "answered" if answer else "pending",
        "answer": answer.response["response_text"] if answer else "",
    }
