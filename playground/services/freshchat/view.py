"""What the agents see, for the page."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from playground.services.freshchat.records import Conversation, Message, format_time
from playground.services.freshchat.state import State

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_AUTHORS = {"user": "customer", "agent": "agent", "bot": "bot", "system": "system"}


def show_desk(state: State) -> dict[str, object]:
    conversations = sorted(state.conversations, key=lambda one: one.last_activity, reverse=True)
    return {
        "service": state.service,
        "title": "Freshchat",
        "side": "platform",
        "agents": [
            {"id": agent.id, "name": agent.name, "avatar": agent.avatar} for agent in state.agents if not agent.bot
        ],
        "conversations": [_show_conversation(state, conversation) for conversation in conversations],
    }


def _show_conversation(state: State, conversation: Conversation) -> dict[str, object]:
    agent = state.agent(conversation.agent)
    return {
        "id": conversation.id,
        "contact": {"name": conversation.user.name, "avatar": conversation.user.avatar},
        "status": conversation.status,
        "assigned_to": agent.name if agent else "",
        "messages": [_show_message(state, conversation, message) for message in conversation.messages],
    }


def _show_message(state: State, conversation: Conversation, message: Message) -> dict[str, object]:
    name, avatar = _describe_author(state, conversation, message)
    parts = flatten([*message.message_parts, *message.reply_parts])
    written = message.actor_type != "user"  # agents and bots write HTML, customers' text is shown as it is
    return {
        "id": message.id,
        "author": "note" if message.message_type == "private" else _AUTHORS[message.actor_type],
        "name": name,
        "avatar": avatar,
        "at": format_time(message.created_at),
        "text": "\n".join(_plain(part["text"]["content"], written) for part in parts if "text" in part),
        "attachment": next((_show_file(*next(iter(part.items()))) for part in parts if _is_file(part)), None),
        "buttons": [_show_button(part) for part in parts if _is_button(part)],
        "cards": [],
        "location": None,
        "status": "",
        "error": "",
    }


def flatten(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The parts without nulls and without the collections around them."""
    flat: list[dict[str, Any]] = []
    for part in parts:
        named = {kind: value for kind, value in part.items() if value is not None}
        if "collection" in named:
            flat += flatten(named["collection"]["sub_parts"])
        elif named:
            flat.append(named)
    return flat


def _describe_author(state: State, conversation: Conversation, message: Message) -> tuple[str, str | None]:
    if message.actor_type == "user":
        return conversation.user.name, conversation.user.avatar
    agent = state.agent(message.actor_id)
    return (agent.name, agent.avatar) if agent else ("Freshchat", None)


def _plain(content: str, written: bool) -> str:
    return html.unescape(_TAG.sub("", content)) if written else content


def _is_file(part: Mapping[str, Any]) -> bool:
    return bool({"image", "file", "video"} & part.keys())


def _is_button(part: Mapping[str, Any]) -> bool:
    return bool({"url_button", "quick_reply_button", "callback"} & part.keys())


def _show_file(kind: str, value: Mapping[str, Any]) -> dict[str, object]:
    return {
        "kind": kind,
        "url": value.get("url"),
        "name": value.get("name") or kind,
        "size": value.get("file_size_in_bytes"),
    }


def _show_button(part: Mapping[str, Any]) -> dict[str, object]:
    value = next(iter(part.values()))
    return {"label": value["label"], "url": value.get("url")}
