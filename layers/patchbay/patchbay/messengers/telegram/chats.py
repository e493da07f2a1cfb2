"""Where a conversation is at Telegram: a chat, or one topic of it, as one id; and which message of which chat.

Telegram numbers messages by chat, so that a message's id needs the chat's to be the only one of its kind. A person's
chat with a business account has the id of their chat with the bot: behind an @ stands whose account it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ADDRESS = re.compile(r"(?P<chat>-?[0-9]{1,19})(?:/(?P<topic>[0-9]{1,19})|@(?P<owner>[0-9]{1,19}))?")
_MESSAGE = re.compile(r"-?[0-9]{1,19}(?:@[0-9]{1,19})?:(?P<number>[0-9]{1,19})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A chat, and the topic in it that the conversation keeps to; None where the chat has none.

    `owner`: whose business account it is in, by their id; "" for the bot's own chats.
    """

    chat: int | str
    topic: int | None = None
    owner: str = ""

    def encode(self) -> str:
        if self.owner:
            return f"{self.chat}@{self.owner}"
        return str(self.chat) if self.topic is None else f"{self.chat}/{self.topic}"


def read_address(text: str) -> Address:
    """What is no id of ours goes to Telegram as it is, which knows no such chat."""
    found = _ADDRESS.fullmatch(text)
    if not found:
        return Address(chat=text)
    topic = int(found["topic"]) if found["topic"] else None
    return Address(chat=int(found["chat"]), topic=topic, owner=found["owner"] or "")


def name_message(chat: int | str, number: int | str) -> str:
    """The message's id, the same whether it comes in or goes out."""
    return f"{chat}:{number}"


def number_of(message_id: str) -> int | None:
    """The message's number in its chat; None for an id that is none of `name_message`."""
    found = _MESSAGE.fullmatch(message_id)
    return int(found["number"]) if found else None


def number_in(message_id: str, chat: int | str) -> int | None:
    """The same for a message of this chat; None for one of another, as the group had before it was a supergroup."""
    there = message_id.partition(":")[0].partition("@")[0]
    return number_of(message_id) if there == str(chat) else None
