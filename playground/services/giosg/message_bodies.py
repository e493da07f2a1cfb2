"""What visitors may post to a chat: a text, or the answer to a button."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playground.services.giosg.bodies import need_text, read_choice, read_text
from playground.services.giosg.errors import wrong_field
from playground.services.giosg.records import Chat, Json, Message

TEXT_LIMIT = 2000  #: characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    kind: str
    text: str | None = None
    response: Json = field(default_factory=dict)


def read_message(chat: Chat, body: Json, *, takes_actions: bool) -> Post:
    """Raises ApiError."""
    need_text(body, "type")
    kinds = ("msg", "action") if takes_actions else ("msg",)
    if read_choice(body, "type", kinds) == "action":
        return Post(kind="action", response=_read_response(chat, body))
    return Post(kind="msg", text=need_text(body, "message", TEXT_LIMIT))


def _read_response(chat: Chat, body: Json) -> Json:
    """The `response_*` fields, for a button that is there and can still be pressed."""
    message = chat.message(need_text(body, "response_to_message_id"))
    if message is None:
        raise wrong_field("response_to_message_id", "There is no such message in this chat.")
    attachment = _find(message.attachments, need_text(body, "response_to_attachment_id"))
    if attachment is None:
        raise wrong_field("response_to_attachment_id", "The message has no such attachment.")
    action = _find(attachment["actions"], need_text(body, "response_to_action_id"))
    if action is None or action["type"] != "button":
        raise wrong_field("response_to_action_id", "The attachment has no such button.")
    if read_text(body, "response_value") != action["value"]:
        raise wrong_field("response_value", "This is not the value of the button.")
    if is_disabled(chat, message, action):
        raise wrong_field("response_to_action_id", "The button is disabled.")
    return {
        "response_to_message_id": message.id,
        "response_to_attachment_id": attachment["id"],
        "response_to_attachment": attachment,
        "response_to_action_id": action["id"],
        "response_to_action": action,
        "response_text": action["text"],
        "response_value": action["value"],
    }


def find_answer(chat: Chat, message: Message) -> Message | None:
    """The visitor's latest answer to a message with buttons."""
    answers = (one for one in chat.messages if one.response.get("response_to_message_id") == message.id)
    return next(reversed(list(answers)), None)


def is_disabled(chat: Chat, message: Message, action: Json) -> bool:
    later = chat.messages[chat.messages.index(message) + 1 :]
    if action["is_disabled_on_selection"] and find_answer(chat, message):
        return True
    wrote = any(one.sender_type == "visitor" and one.type == "msg" for one in later)
    return bool(action["is_disabled_on_visitor_message"]) and wrote


def _find(items: list[Json], item_id: str) -> dict[str, Any] | None:
    return next((item for item in items if item["id"] == item_id), None)
