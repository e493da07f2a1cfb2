"""What the agents see, for the page."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from playground.services.uchat.records import Contact, Draft, Json, Message, Registration
from playground.services.uchat.state import State

_MODES = ["reply", "quick_replies", "card", "carousel", "private_note", "send_file"]


def show_desk(state: State) -> dict[str, object]:
    workspace = state.workspace
    contacts = [one for one in state.contacts if one.workspace is workspace]
    return {
        "service": state.service,
        "title": "UChat",
        "side": "platform",
        "agents": [
            {"id": str(agent.id), "name": agent.name, "avatar": None, "online": agent.online}
            for agent in workspace.agents
        ],
        "modes": _MODES,
        "tools": ["resolve", "assign", "bot", "move_chat"],
        "switch": {
            "action": "scripted_bot",
            "title": "Bot",
            "value": "on" if state.quirks.bot else "off",
            "options": [{"value": "on", "label": "On"}, {"value": "off", "label": "Off"}],
        },
        "channels": _show_channels(workspace.webhook),
        "complaints": state.complaints[-5:],
        "complaint_count": len(state.complaints),
        "conversations": [
            _show_chat(state, one) for one in sorted(contacts, key=lambda one: one.last_activity, reverse=True)
        ],
    }


def _show_channels(webhook: Registration) -> list[Json]:
    if not webhook.url:
        return []
    return [{"id": "apichat", "title": "Api Chat", "status": "ACTIVE" if webhook.is_verified else "UNVERIFIED"}]


def _show_chat(state: State, contact: Contact) -> Json:
    return {
        "id": contact.user_ns,
        "contact": {
            "id": contact.user_id,
            "name": contact.name,
            "avatar": None,
            "phone": contact.profile.get("phone", ""),
            "email": contact.profile.get("email", ""),
        },
        "status": contact.status,
        "bot": state.quirks.bot and contact.has_bot,
        "assigned_to": contact.agent.name if contact.agent else "",
        "typing": False,
        "messages": [_show_message(state, contact, message) for message in contact.messages],
    }


def _show_message(state: State, contact: Contact, message: Message) -> Json:
    attributes = message.content.template.get("content_attributes", {})
    names = {"customer": contact.name, "bot": "Bot", "system": "UChat"}
    return {
        "id": str(message.id),
        "author": message.author,
        "name": message.agent.name if message.agent else names[message.author],
        "avatar": None,
        "at": message.at.isoformat(timespec="milliseconds"),
        "text": _text_of(message.content),
        "payload": message.payload,
        "attachment": _show_media(state, message.content) if message.content.url else None,
        "buttons": [_show_button(button) for button in attributes.get("buttons", [])],
        "cards": [_show_card(item) for item in attributes.get("items", [])],
        "location": None,
        "status": message.status if message.author in {"bot", "agent"} else "",
        "error": "",
    }


def _text_of(content: Draft) -> str:
    """ "" for a text that is only the title of the first card, which shows it."""
    items = content.template.get("content_attributes", {}).get("items", [])
    return "" if items and items[0]["title"] == content.text else content.text


def _show_media(state: State, content: Draft) -> Json:
    """Of the contacts' files UChat knows only the address."""
    file = state.find_file(content.url)
    name = unquote(urlsplit(content.url).path.rpartition("/")[2])
    return {
        "kind": content.kind,
        "url": content.url,
        "name": file.name if file else name or content.kind,
        "size": len(file.data) if file else None,
    }


def _show_card(item: Json) -> Json:
    action = item["default_action"] or {}
    return {
        "title": item["title"],
        "text": item["subtitle"],
        "image": item["image_url"],
        "url": action.get("url") or item["item_url"],
        "buttons": [_show_button(button) for button in item["buttons"]],
    }


def _show_button(button: Json) -> Json:
    if button["type"] in {"phone_number", "call"}:
        return {"label": button["title"], "url": f"tel:{button.get('phone') or button['payload']}"}
    return {"label": button["title"], "url": button.get("url")}
