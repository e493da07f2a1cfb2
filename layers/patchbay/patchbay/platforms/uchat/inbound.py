"""UChat's webhooks as the bridge's events."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from patchbay.domain.accounts import Endpoint
from patchbay.domain.characters import quote_name, read_whole_number
from patchbay.domain.events import Event, Ignored, MessageReceived, Origin, make_event_id
from patchbay.domain.model import Message, Role, Sender
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.schemas import read_wire
from patchbay.platforms.uchat.contents import read_contents
from patchbay.platforms.uchat.schemas import MessageWire

_MESSAGES = "messages"
_INCOMING = "incoming"  #: what we have sent ourselves
_OUTGOING = "outgoing"


def parse_webhook(request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
    """The one event in a webhook. Raises Unreadable for an invalid message."""
    action = request.headers.get("x-action", "").strip() or _MESSAGES
    if action != _MESSAGES:
        return [Ignored(reason=f"an unknown action: {quote_name(action)}")]
    wire = read_wire(MessageWire, request.body)
    if wire.message_type != _OUTGOING:
        reason = f"a message that is not for customers: {quote_name(wire.message_type)}"
        return [Ignored(reason=reason, routine=wire.message_type == _INCOMING)]
    if wire.private:
        return [Ignored(reason="a private note")]
    return [_read_message(wire, request, endpoint)]


def _read_message(wire: MessageWire, request: WebhookRequest, endpoint: Endpoint) -> Event | Ignored:
    """UChat does not say whether the bot or an agent speaks, nor who.

    Its messages have no ids and no times. Two equal ones are two messages, so the id is made of the moment as well;
    `repeat_key` is the same for both, by which a repetition within seconds is known.
    """
    contents = read_contents(wire)
    if not contents.content and not contents.buttons:
        return Ignored(reason="a message without content")
    origin = Origin(service=endpoint.service, endpoint=endpoint.id)
    flow = request.headers.get("x-flow-ns", "").encode("utf-8", "surrogateescape")
    digest = hashlib.sha256(flow + request.body).hexdigest()
    return MessageReceived(
        id=make_event_id("message", origin, digest, request.received_at.isoformat()),
        origin=origin,
        thread=wire.sender_id,
        occurred_at=request.received_at,
        # UChat's samples bring back the number that was posted: it goes on where our own record of it was lost.
        hints={"number": wire.conv_id} if read_whole_number(wire.conv_id) is not None else {},
        repeat_key=digest,
        message=Message(
            external_id="",
            sender=Sender(role=Role.BOT),
            content=contents.content,
            buttons=contents.buttons,
            sent_at=request.received_at,
        ),
    )
