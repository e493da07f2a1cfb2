"""What Unblu calls us with, of both generations at one address.

API v4 sends outbound requests, which name a service and want an answer; API v3 and general webhook registrations send
events. Both say the same things about messages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from patchbay.domain.accounts import Endpoint
from patchbay.domain.errors import Unreadable
from patchbay.domain.events import (
    ConversationChanged,
    Event,
    Ignored,
    MessageReceived,
    Origin,
    ReceiptReceived,
    make_event_id,
)
from patchbay.domain.model import ConversationStatus, Message, ReceiptState, Role, Sender
from patchbay.domain.references import Reference
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.fallbacks import prefix_name
from patchbay.kit.schemas import read_wire
from patchbay.platforms.unblu.contents import read_contents
from patchbay.platforms.unblu.ids import is_own_message, name_said, name_thread
from patchbay.platforms.unblu.schemas import (
    ContactWire,
    ConversationEndedWire,
    MessageStateWire,
    MessageWire,
    NewMessageWire,
    PersonWire,
)
from patchbay.platforms.unblu.spec import YES

SERVICE, EVENT = "x-unblu-service-name", "x-unblu-event"  #: headers

PING = "outbound.ping"
NEW_MESSAGE = "outbound.external_messenger.new_message"
MESSAGE_STATE = "outbound.external_messenger.message_state"
CREATE_CONTACT = "outbound.external_messenger.create_contact"
CREATE_CONVERSATION = "outbound.external_messenger.create_conversation"

_ANSWERED = {
    PING: "a ping",
    CREATE_CONTACT: "a contact that an agent wants to write to: answered at once",
    CREATE_CONVERSATION: "a conversation that an agent starts: answered at once",
}

_NOT_FOR_CUSTOMERS = {
    "SYSTEM": "a line that Unblu itself wrote",
    "QUESTION_ABORTED": "the end of a question",
    "RECORDING_AVAILABLE": "a recording, which is for agents only",
}
_STATES = {"DELIVERED": ReceiptState.DELIVERED, "READ": ReceiptState.READ}

_ECHO = "written by a customer: an echo of our own message"
_SAFE_WORD = re.compile(r"[\w:. -]{1,60}")


def parse_webhook(request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
    """Raises Unreadable for an outbound request of a service that we are not."""
    service = request.headers.get(SERVICE, "")
    if service:
        return _read_service(service, request, endpoint)
    event = request.headers.get(EVENT, "")
    if not event:
        raise Unreadable("not as the service documents it: the name of the service and of the event are missing")
    match event:
        case "external_messenger.new_message":
            return _read_new_message(request, endpoint, per_contact=False)
        case "external_messenger.message_state":
            return [_read_state(request, endpoint)]
        case "conversation.ended":
            return [_read_end(request, endpoint)]
        case "ping":
            return [Ignored(reason="a ping")]
    return [Ignored(reason=f"an event that Patchbay does not forward: {name_safely(event)}")]


def name_safely(word: str) -> str:
    return word if _SAFE_WORD.fullmatch(word) else "(unreadable)"


def _read_service(service: str, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
    if service == NEW_MESSAGE:
        return _read_new_message(request, endpoint, per_contact=True)
    if service == MESSAGE_STATE:
        return [_read_state(request, endpoint)]
    if service in _ANSWERED:
        refused = service != PING and not endpoint.settings.get("outbound_to")
        return [Ignored(reason=_ANSWERED[service], by_settings=refused)]
    raise Unreadable(f"a call for another service: {name_safely(service)}")


# --- messages --------------------------------------------------------------------------------------------------------


def _read_new_message(request: WebhookRequest, endpoint: Endpoint, *, per_contact: bool) -> Sequence[Event | Ignored]:
    """One event for each contact who must get it; with API v3, the one customer of the conversation."""
    wire = read_wire(NewMessageWire, request.body)
    said = wire.conversation_message
    if not said.id or not said.conversation_id:
        raise Unreadable("not as the service documents it: a message without its id or conversation")
    reason = _refuse(said)
    if reason:
        return [Ignored(reason=reason, routine=reason == _ECHO)]
    message = _read_message(said, endpoint, said.server_timestamp or request.received_at)
    if not message.content and not message.buttons:
        return [Ignored(reason="an empty message")]
    if not per_contact:
        return [_make_event(said, message, None, request, endpoint)]
    contacts = [contact for contact in wire.receiving_contacts if contact.source_id]
    return [_make_event(said, message, contact, request, endpoint) for contact in contacts] or [
        Ignored(reason="a message with no recipient on this channel")
    ]


def _refuse(said: MessageWire) -> str:
    """Why a message does not go to the customer; "" when it does."""
    if said.internal:
        return "a note for agents only"
    if said.type in _NOT_FOR_CUSTOMERS:
        return _NOT_FOR_CUSTOMERS[said.type]
    if is_own_message(said.source_id) or (said.sender_person and said.sender_person.person_type == "VISITOR"):
        return _ECHO
    return ""


def _read_message(said: MessageWire, endpoint: Endpoint, sent_at: datetime) -> Message:
    contents = read_contents(said, endpoint.settings.get("base_url", ""))
    sender, content = _read_sender(said.sender_person), contents.content
    if endpoint.settings.get("name_prefix") == YES:
        sender, content = prefix_name(sender, content)
    return Message(
        external_id=name_said(said.conversation_id, said.id),
        sender=sender,
        content=content,
        sent_at=sent_at,
        buttons=contents.buttons,
        question=contents.question,
    )


def _read_sender(person: PersonWire | None) -> Sender:
    """Unblu's system writes texts too (an agent will be with you): automatic ones, like a bot's."""
    if person is None:
        return Sender(role=Role.BOT)
    role = Role.AGENT if person.person_type == "AGENT" else Role.BOT
    return Sender(role=role, external_id=person.id, name=person.name or None)


def _make_event(
    said: MessageWire, message: Message, contact: ContactWire | None, request: WebhookRequest, endpoint: Endpoint
) -> Event:
    """Without an alias: an agent may add a second contact, whose messages must never find the first one's session.

    Unblu: an agent can send a message again that has failed. It stays the same message, in a call of its own.
    """
    origin = _find_origin(endpoint)
    source_id = contact.source_id if contact else ""
    message = replace(message, reply_to=_read_reference(said, source_id, origin))
    hints = {
        "conversation_id": said.conversation_id,
        "channel_id": said.external_messenger_channel_id,
        "source_id": source_id,
        "contact_id": contact.id if contact else "",
        "person_id": contact.person_id if contact else "",
    }
    return MessageReceived(
        id=make_event_id("message", origin, said.id, source_id, _read_call_id(request)),
        message_key=make_event_id("message", origin, said.id, source_id),
        origin=origin,
        thread=name_thread(said.conversation_id, source_id) if contact else said.conversation_id,
        occurred_at=message.sent_at,
        message=message,
        hints={name: value for name, value in hints.items() if value},
    )


def _read_reference(said: MessageWire, source_id: str, origin: Origin) -> Reference | None:
    """A customer's message by the name that we gave it, where Unblu has that (API v4); an agent's own by its event."""
    answered = said.reply_to_message_id
    if not answered:
        return None
    named = said.reply_to_external_message_id
    return Reference(
        message_id=named if is_own_message(named) else name_said(said.conversation_id, answered),
        event_id="" if is_own_message(named) else make_event_id("message", origin, answered, source_id),
    )


def _read_call_id(request: WebhookRequest) -> str:
    """Of a request or an event, the same when Unblu repeats it for want of an answer."""
    return request.headers.get("x-unblu-invocation-id") or request.headers.get("x-unblu-event-id", "")


# --- states ----------------------------------------------------------------------------------------------------------


def _read_state(request: WebhookRequest, endpoint: Endpoint) -> Event | Ignored:
    """How far a customer's message got, which is named as we named it."""
    wire = read_wire(MessageStateWire, request.body)
    if wire.state not in _STATES:
        return Ignored(reason=f"an unknown message state: {name_safely(wire.state)}")
    if not is_own_message(wire.source_id):
        return Ignored(reason="the state of a message that Patchbay did not deliver")
    origin = _find_origin(endpoint)
    return ReceiptReceived(
        id=make_event_id("receipt", origin, wire.source_id, wire.state),
        origin=origin,
        thread=wire.conversation_id or wire.source_id,
        occurred_at=wire.timestamp or request.received_at,
        message_id=wire.source_id,
        state=_STATES[wire.state],
    )


def _read_end(request: WebhookRequest, endpoint: Endpoint) -> Event | Ignored:
    """The registration reports the whole account's conversations; those of Unblu's own chat have no channel."""
    wire = read_wire(ConversationEndedWire, request.body)
    if not wire.conversation.id:
        raise Unreadable("not as the service documents it: an ended conversation without its id")
    if not wire.conversation.external_messenger_channel_id:
        return Ignored(reason="the end of a conversation that is not on a messenger")
    origin = _find_origin(endpoint)
    return ConversationChanged(
        id=make_event_id("conversation", origin, wire.conversation.id, "ended"),
        origin=origin,
        thread=wire.conversation.id,
        occurred_at=wire.timestamp or request.received_at,
        status=ConversationStatus.ENDED,
        undated=wire.timestamp is None,
    )


def _find_origin(endpoint: Endpoint) -> Origin:
    return Origin(service=endpoint.service, endpoint=endpoint.id)
