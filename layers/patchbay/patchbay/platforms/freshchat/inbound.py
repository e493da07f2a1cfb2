"""Freshchat's account webhook: who sent it, and what happened.

One webhook serves the whole account, so the events of all channels arrive here and only those of ours go on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from patchbay.domain.accounts import Endpoint
from patchbay.domain.errors import SignatureRejected, UnknownAccount, Unreadable
from patchbay.domain.events import ConversationChanged, Event, Ignored, MessageReceived, Origin, make_event_id
from patchbay.domain.model import ConversationStatus, Message, Role, Sender
from patchbay.domain.references import Reference
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.schemas import read_wire, read_wire_object
from patchbay.kit.signatures import verify_rsa_sha256
from patchbay.platforms.freshchat.contents import read_contents
from patchbay.platforms.freshchat.ids import name_channels, name_thread
from patchbay.platforms.freshchat.schemas import ActorWire, ChangeWire, ConversationWire, EnvelopeWire, MessageWire

_SIGNATURE = "x-freshchat-signature"

_ROLES = {"agent": Role.AGENT, "bot": Role.BOT}

#: action -> where its details are, and what it makes of the conversation
_CHANGES = {
    "conversation_assignment": ("assignment", ConversationStatus.ACTIVE),
    "conversation_resolution": ("resolve", ConversationStatus.ENDED),
    "conversation_reopen": ("reopen", ConversationStatus.ACTIVE),
}

_ECHO = "written by the customer: an echo of our own message"
_SAFE_WORD = re.compile(r"[\w:. -]{1,60}")


def verify_signature(request: WebhookRequest, endpoint: Endpoint) -> None:
    """RSA over the raw body with the account's key. The signature holds no time: repeats are the ledger's business."""
    keys = endpoint.secrets.accepted("webhook_public_key")
    if not keys:
        raise SignatureRejected(
            "webhook_public_key is missing: copy the key from Freshchat's Admin Settings > Webhooks "
            "into a file, then run `patchbay connect freshchat {endpoint.id} --secret "
            "webhook_public_key=@key.pem`"
        )
    verify_rsa_sha256(request.body, request.headers.get(_SIGNATURE), keys)


def parse_webhook(request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
    envelope = read_wire(EnvelopeWire, request.body)
    if envelope.action == "message_create":
        return [_read_message(envelope, request.received_at, endpoint)]
    if envelope.action in _CHANGES:
        return [_read_change(envelope, request.received_at, endpoint)]
    return [Ignored(reason=f"an action that Patchbay does not forward: {_name_safely(envelope.action)}")]


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


def _read_message(envelope: EnvelopeWire, received_at: datetime, endpoint: Endpoint) -> Event | Ignored:
    wire = read_wire_object(MessageWire, (envelope.data or {}).get("message"))
    thread, aliases = name_thread(wire.conversation_id, wire.freshchat_conversation_id)
    if not wire.id or not thread:
        raise Unreadable("not as the service documents it: a message without its id or conversation")
    reason = _refuse(wire, read_role(wire, envelope.actor))
    if reason:
        return Ignored(reason=reason, routine=reason == _ECHO)
    origin = _find_origin(endpoint, wire)
    if isinstance(origin, Ignored):
        return origin
    role = _ROLES[read_role(wire, envelope.actor)]
    message = read_message(wire, role, envelope.action_time or received_at)
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
        return f"a message of type {_name_safely(message.message_type)}"
    return ""


def _remember(message: MessageWire) -> dict[str, str]:
    """Named like the conversation's state, so that a lost session can be made again from an event."""
    own_id = message.conversation_id or message.freshchat_conversation_id
    hints = {"user_id": message.user_id, "conversation_id": own_id}
    return {name: value for name, value in hints.items() if value}


def _read_change(envelope: EnvelopeWire, received_at: datetime, endpoint: Endpoint) -> Event | Ignored:
    place, status = _CHANGES[envelope.action]
    conversation = read_wire_object(ChangeWire, (envelope.data or {}).get(place)).conversation
    thread, aliases = name_thread(conversation.own_id, conversation.freshchat_conversation_id)
    if not thread:
        raise Unreadable("not as the service documents it: a conversation without its id")
    origin = _find_origin(endpoint, conversation)
    if isinstance(origin, Ignored):
        return origin
    if place == "assignment" and conversation.status == "resolved":
        status = ConversationStatus.ENDED  # taking its agent away is part of resolving it
    occurred_at = envelope.action_time or received_at
    return ConversationChanged(
        id=make_event_id("conversation", origin, thread, envelope.action, occurred_at.isoformat()),
        origin=origin,
        thread=thread,
        occurred_at=occurred_at,
        status=status,
        aliases=aliases,
    )


def _find_origin(endpoint: Endpoint, about: MessageWire | ConversationWire) -> Origin | Ignored:
    """Names the account, that is the channel. Raises UnknownAccount for one that has to be looked up."""
    named = name_channels(about.channel_id, about.freshchat_channel_id)
    own = name_channels(endpoint.settings.get("channel_id", ""))
    found = next((channel for channel in named if channel in (*own, *endpoint.accounts)), None)
    if found is not None:
        return Origin(service=endpoint.service, endpoint=endpoint.id, account=found)
    if endpoint.strangers.issuperset(named):
        return Ignored(reason="from a channel that is not connected")
    raise UnknownAccount(*named)


def _name_safely(word: str) -> str:
    return word if _SAFE_WORD.fullmatch(word) else "(unreadable)"
