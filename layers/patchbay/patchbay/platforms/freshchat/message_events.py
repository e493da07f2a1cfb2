"""Freshchat's messages, as its webhook and its product events both have them: what they mean, and which are carried."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from patchbay.domain.accounts import Endpoint
from patchbay.domain.errors import UnknownAccount, Unreadable
from patchbay.domain.events import Ignored, MessageReceived, Origin, make_event_id
from patchbay.domain.model import Message, Role, Sender
from patchbay.domain.references import Reference
from patchbay.platforms.freshchat.contents import read_contents
from patchbay.platforms.freshchat.ids import name_channels, name_thread
from patchbay.platforms.freshchat.schemas import ActorWire, InConversationWire, MessageWire, PersonWire

_ROLES = {"agent": Role.AGENT, "bot": Role.BOT}

_ECHO = "written by the customer: an echo of our own message"
_SAFE_WORD = re.compile(r"[\w:. -]{1,60}")


def read_role(message: MessageWire, actor: ActorWire | None = None) -> str:
    """user, agent, bot or system.

    Freshchat leaves the type out for its own system users; the envelope's actor counts when it is the same person.
    """
    if message.actor_type:
        return message.actor_type.lower()
    if actor and actor.actor_type and actor.actor_id == (message.actor_id or actor.actor_id):
        return actor.actor_type.lower()
    return "system"


def read_message(message: MessageWire, role: Role, otherwise: datetime) -> Message:
    """`otherwise` is when it was sent if Freshchat does not say."""
    contents = read_contents(message)
    return Message(
        external_id=message.id,
        sender=Sender(role=role, external_id=message.actor_id),
        content=contents.content,
        sent_at=message.created_time or otherwise,
        buttons=contents.buttons,
        reply_to=Reference(message_id=message.in_reply_to.message_id) if message.in_reply_to else None,
        incomplete=contents.incomplete,
    )


def introduce(sender: Sender, person: PersonWire) -> Sender:
    """`sender` with the name and avatar that customers may see of `person`."""
    return replace(
        sender,
        name=person.first_name.strip() or sender.name,
        avatar_url=(person.avatar.url if person.avatar else "") or sender.avatar_url,
    )


def read_message_event(
    wire: MessageWire, actor: ActorWire | None, otherwise: datetime, endpoint: Endpoint
) -> MessageReceived | Ignored:
    """`actor` did it, as what is around the message says; `otherwise` is when it was sent if Freshchat does not say.

    Raises Unreadable for a message that nothing can be done with, and UnknownAccount for a channel to be looked up.
    """
    thread, aliases = name_thread(wire.conversation_id, wire.freshchat_conversation_id)
    if not wire.id or not thread:
        raise Unreadable("not as the service documents it: a message without its id or conversation")
    role = read_role(wire, actor)
    reason = _refuse(wire, role)
    if reason:
        return Ignored(reason=reason, routine=reason == _ECHO)
    origin = find_origin(endpoint, wire)
    if isinstance(origin, Ignored):
        return origin
    message = read_message(wire, _ROLES[role], otherwise)
    if not message.content and not message.buttons:
        return Ignored(reason="an empty message")
    return MessageReceived(
        id=make_event_id("message", origin, wire.id),
        origin=origin,
        thread=thread,
        occurred_at=message.sent_at,
        message=message,
        aliases=aliases,
        hints=_remember(wire),
    )


def _refuse(message: MessageWire, role: str) -> str:
    """Why a message does not go to the customer; "" when it does."""
    if role == "user":
        return _ECHO
    if role not in _ROLES:
        return "a line that Freshchat itself wrote"
    if message.bots_private_note or message.message_type == "private":
        return "a private note"
    if message.message_type not in {"", "normal"}:  # webhooks have been seen without the type of ordinary messages
        return f"a message of type {name_safely(message.message_type)}"
    return ""


def _remember(message: MessageWire) -> dict[str, str]:
    """Named like the conversation's state, so that a lost session can be made again from an event."""
    own_id = message.conversation_id or message.freshchat_conversation_id
    hints = {"user_id": message.user_id, "conversation_id": own_id}
    return {name: value for name, value in hints.items() if value}


def find_origin(endpoint: Endpoint, about: InConversationWire) -> Origin | Ignored:
    """Names the account, that is the channel. Raises UnknownAccount for one that has to be looked up."""
    named = name_channels(about.channel_id, about.freshchat_channel_id)
    own = name_channels(endpoint.settings.get("channel_id", ""))
    found = next((channel for channel in named if channel in (*own, *endpoint.accounts)), None)
    if found is not None:
        return Origin(service=endpoint.service, endpoint=endpoint.id, account=found)
    if endpoint.strangers.issuperset(named):
        return Ignored(reason="from a channel that is not connected")
    raise UnknownAccount(*named)


def name_safely(word: str) -> str:
    return word if _SAFE_WORD.fullmatch(word) else "(unreadable)"
