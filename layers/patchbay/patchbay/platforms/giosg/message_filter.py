"""Which of a chat's messages customers get, and how."""

from __future__ import annotations

from datetime import datetime

from patchbay.domain.accounts import Settings
from patchbay.domain.model import Message, Role, Sender, Text, Unsupported
from patchbay.kit.addresses import is_web_address
from patchbay.kit.fallbacks import prefix_name
from patchbay.platforms.giosg.contents import read_contents
from patchbay.platforms.giosg.schemas import MessageWire
from patchbay.platforms.giosg.spec import YES

#: Giosg's types of messages that say something; the others are lines about the chat.
_SAID = frozenset({"msg", "autosuggest", "system", "interaction_submit", "call_request"})
_NOTICES = {"join": "joined the chat", "leave": "left the chat"}

ECHO = "written by a customer: an echo of our own message"
_ENCRYPTED = Unsupported(description="an encrypted message, which cannot be shown here")


def refuse_message(wire: MessageWire, settings: Settings) -> str:
    """Why a message does not go to the customer; "" when it does."""
    if wire.sender_type == "visitor":
        return ECHO
    if wire.sender_type not in {"user", "rule"}:
        return "from an unknown kind of sender"
    if wire.sensitive_data_purged_at:
        return "a message that has already been purged"
    if wire.type in _NOTICES:
        return "" if settings.get("notices") == YES and is_notice(wire) else "an agent joined or left"
    return "" if wire.type in _SAID else "a line about the chat, or a message of an unknown type"


def is_notice(wire: MessageWire) -> bool:
    """Whether it says that an agent comes or goes, which the owner may want customers to read."""
    return wire.type in _NOTICES and wire.sender_type == "user"


def read_message(wire: MessageWire, message_id: str, sent_at: datetime, settings: Settings) -> Message:
    """Incomplete while its text has to be asked for."""
    if wire.type in _NOTICES:
        return _write_notice(wire, message_id, sent_at)
    contents = read_contents(wire, message_id, settings)
    sender, content = _read_sender(wire), contents.content
    if settings.get("name_prefix") == YES:
        sender, content = prefix_name(sender, content)
    return Message(
        external_id=message_id,
        sender=sender,
        content=content,
        sent_at=sent_at,
        buttons=contents.buttons,
        incomplete=is_locked(wire),
    )


def read_complete_message(wire: MessageWire, known: Message, settings: Settings) -> Message:
    """The message as Giosg's API tells it: with its text, or a line that it cannot be read."""
    message = read_message(wire, known.external_id, known.sent_at, settings)
    if is_locked(wire) and not message.content:
        return Message(external_id=known.external_id, sender=known.sender, content=(_ENCRYPTED,), sent_at=known.sent_at)
    return message


def is_locked(wire: MessageWire) -> bool:
    """Giosg: an encrypted text can be had from the API while its key is kept, 90 minutes after the last message."""
    return wire.is_encrypted and wire.message is None


def _write_notice(wire: MessageWire, message_id: str, sent_at: datetime) -> Message:
    line = f"{wire.sender_public_name or 'An agent'} {_NOTICES[wire.type]}."
    return Message(external_id=message_id, sender=Sender(role=Role.BOT), content=(Text(text=line),), sent_at=sent_at)


def _read_sender(wire: MessageWire) -> Sender:
    """By the name that is meant for visitors: `sender_name` is the agent's real one."""
    avatar = wire.sender_avatar.url if wire.sender_avatar else ""
    return Sender(
        role=Role.AGENT if wire.sender_type == "user" else Role.BOT,
        external_id=wire.sender_id,
        name=wire.sender_public_name or None,
        avatar_url=avatar if is_web_address(avatar) else None,
    )
