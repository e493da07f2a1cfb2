"""Finds the chat of a call, and refuses what the bot may not do there."""

from __future__ import annotations

import re

from playground.services.telegram.business_api import BusinessApi
from playground.services.telegram.errors import RefusedCall, bad_request, forbidden
from playground.services.telegram.records import Bot, Chat, Json, Message
from playground.services.telegram.state import State


class Chats:
    def __init__(self, state: State, business: BusinessApi) -> None:
        self._state = state
        self._business = business

    def find_named(self, bot: Bot, values: Json) -> Chat:
        """The chat that a call names, in a business account if it names one. Raises RefusedCall."""
        if values.get("business_connection_id"):
            return self._business.find_chat(bot, values)
        return self.find(bot, values["chat_id"])

    def find(self, bot: Bot, chat_id: object) -> Chat:
        """A chat that the bot may use. Raises RefusedCall."""
        number = str(chat_id)
        chat = self._state.chats.get(int(number)) if re.fullmatch(r"-?\d{1,19}", number) else None
        if chat is None or chat.bot is not bot:
            raise bad_request("chat not found")
        if chat.type == "private":
            self._check_person(chat)
        else:
            _check_group(chat)
        return chat

    def _check_person(self, chat: Chat) -> None:
        person = chat.members[0]
        if person.deactivated:
            raise forbidden("user is deactivated")
        if chat.bot_status == "kicked":
            raise forbidden("bot was blocked by the user")
        if not chat.started:
            groups = (each for each in self._state.chats.values() if each.type != "private")
            if any(person in group.members for group in groups):
                raise forbidden("bot can't initiate conversation with a user")
            raise bad_request("chat not found")

    def find_topic(self, chat: Chat, thread: object) -> int:
        """The topic to write to; 0 where the chat has none, or for all that is in none."""
        number = thread if isinstance(thread, int) else 0
        if not number or chat.type == "group" or (chat.type == "supergroup" and not chat.is_forum):
            return 0
        if all(topic.id != number for topic in chat.topics):
            raise bad_request("message thread not found")
        return number

    def find_message(self, chat: Chat, message_id: object, purpose: str) -> Message:
        message = chat.find(message_id) if isinstance(message_id, int) else None
        if message is None:
            raise bad_request(f"message to {purpose} not found")
        return message


def _check_group(chat: Chat) -> None:
    if chat.migrated_to:
        text = "group chat was upgraded to a supergroup chat"
        raise RefusedCall(400, text, migrate_to_chat_id=chat.migrated_to)
    kind = "supergroup" if chat.type == "supergroup" else "group"
    if chat.bot_status == "kicked":
        raise forbidden(f"bot was kicked from the {kind} chat")
    if chat.bot_status == "left":
        raise forbidden(f"bot is not a member of the {kind} chat")
