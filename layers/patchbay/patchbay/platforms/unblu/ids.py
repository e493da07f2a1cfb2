"""Our names for things at Unblu, and where they are read again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from patchbay.domain.model import ContactKey

_PART = "pb-"  #: starts the source id of each message that we send
_QUESTION, _WORDS = "reply:", "say:"
_MOST = 230  #: Unblu: source ids have at most 250 characters; the rest is for what is put behind

_LATER = re.compile(r"~[0-9a-f]{8}$")


def name_source(key: ContactKey) -> str:
    """The source id of a customer: of their person, their contact and their conversation."""
    name = key.encode()
    return name if len(name) <= _MOST else f"pb#{_digest(name, 32)}"


def name_later_source(source_id: str, part_key: str) -> str:
    """For a conversation after one whose source id stays taken: the same for every attempt at the same message."""
    return f"{source_id}~{_digest(part_key, 8)}"


def read_source(source_id: str) -> ContactKey | None:
    """Whose it is, or None for one that is not ours."""
    return ContactKey.decode(_LATER.sub("", source_id))


def name_contact_source(contact_id: str) -> str:
    """The source id of a conversation that an agent starts with a contact."""
    return f"pb-contact-{contact_id}"


def name_thread(conversation_id: str, source_id: str) -> str:
    """A conversation as one of its contacts takes part in it: several may share a conversation since API v4."""
    return f"{conversation_id}~{source_id}"


def name_said(conversation_id: str, message_id: str) -> str:
    """An agent's message. Its states are told with its conversation, which may not be the customer's present one."""
    return f"{conversation_id}/{message_id}"


def read_said(name: str) -> tuple[str, str]:
    """The conversation and the message."""
    conversation_id, _, message_id = name.rpartition("/")
    return conversation_id, message_id


def name_message(part_key: str) -> str:
    return f"{_PART}{part_key}"


def is_own_message(source_id: str) -> bool:
    return source_id.startswith(_PART)


# --- what a button brings back ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """To a question's message; without one it is said as a text."""

    question_id: str
    value: str


def write_reply(message_id: str, value: str) -> str:
    """The payload of a choice; without `value` the customer's own words are the answer."""
    return f"{_QUESTION}{message_id}:{value}"


def write_words(text: str) -> str:
    """The payload of a button that says `text`, which may be another text than its label."""
    return f"{_WORDS}{text}"


def read_payload(payload: str, label: str) -> Answer:
    """What a tap on a button means; a button of another platform says its label."""
    if payload.startswith(_QUESTION):
        message_id, joint, value = payload.removeprefix(_QUESTION).partition(":")
        if message_id and joint:
            return Answer(message_id, value or label)
    if payload.startswith(_WORDS):
        return Answer("", payload.removeprefix(_WORDS) or label)
    return Answer("", label)


def _digest(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
