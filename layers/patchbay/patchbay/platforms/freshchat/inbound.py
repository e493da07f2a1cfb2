"""The account's webhook: who sent it, and what happened. What the Patchbay app relays is read in `app_events`.

One webhook serves the whole account, so the events of all channels arrive here and only those of ours go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from patchbay.domain.accounts import Endpoint
from patchbay.domain.errors import SignatureRejected, Unreadable
from patchbay.domain.events import ConversationChanged, Event, Ignored, make_event_id
from patchbay.domain.model import ConversationStatus
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.schemas import read_wire, read_wire_object
from patchbay.kit.signatures import verify_rsa_sha256
from patchbay.platforms.freshchat.ids import name_thread
from patchbay.platforms.freshchat.message_events import find_origin, name_safely, read_message_event
from patchbay.platforms.freshchat.schemas import ChangeWire, EnvelopeWire, MessageWire

_SIGNATURE = "x-freshchat-signature"

#: action -> where its details are, and what it makes of the conversation
_CHANGES = {
    "conversation_assignment": ("assignment", ConversationStatus.ACTIVE),
    "conversation_resolution": ("resolve", ConversationStatus.ENDED),
    "conversation_reopen": ("reopen", ConversationStatus.ACTIVE),
}


def verify_signature(request: WebhookRequest, endpoint: Endpoint) -> None:
    """RSA over the raw body with the account's key. The signature holds no time: repeats are the ledger's business."""
    keys = endpoint.secrets.accepted("webhook_public_key")
    if not keys:
        raise SignatureRejected(
            "webhook_public_key is missing: copy the key from Freshchat's Admin Settings > Webhooks "
            f"into a file, then run `patchbay connect freshchat {endpoint.id} --secret "
            "webhook_public_key=@key.pem`"
        )
    verify_rsa_sha256(request.body, request.headers.get(_SIGNATURE), keys)


def parse_webhook(request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
    envelope = read_wire(EnvelopeWire, request.body)
    if envelope.action == "message_create":
        wire = read_wire_object(MessageWire, (envelope.data or {}).get("message"))
        return [read_message_event(wire, envelope.actor, envelope.action_time or request.received_at, endpoint)]
    if envelope.action in _CHANGES:
        return [_read_change(envelope, request.received_at, endpoint)]
    return [Ignored(reason=f"an action that Patchbay does not forward: {name_safely(envelope.action)}")]


def _read_change(envelope: EnvelopeWire, received_at: datetime, endpoint: Endpoint) -> Event | Ignored:
    place, status = _CHANGES[envelope.action]
    conversation = read_wire_object(ChangeWire, (envelope.data or {}).get(place)).conversation
    thread, aliases = name_thread(conversation.own_id, conversation.freshchat_conversation_id)
    if not thread:
        raise Unreadable("not as the service documents it: a conversation without its id")
    origin = find_origin(endpoint, conversation)
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
        undated=envelope.action_time is None,
        status=status,
        aliases=aliases,
    )
