"""What Giosg calls us with: additions, changes and removals of the organization's chats, messages and members.

The subscriptions are the whole organization's, so most of it concerns chats of the web site, and nothing of these is
kept. Which of our addresses was called does not matter: the channel says what it is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from patchbay.domain.accounts import Endpoint
from patchbay.domain.errors import Unreadable
from patchbay.domain.events import (
    ContentErased,
    ConversationChanged,
    Event,
    Ignored,
    MessageReceived,
    Origin,
    ReceiptReceived,
    TypingChanged,
    make_event_id,
)
from patchbay.domain.model import ConversationStatus, ReceiptState
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.schemas import read_id, read_wire, read_wire_object
from patchbay.platforms.giosg.ids import is_visitor, same_id
from patchbay.platforms.giosg.message_filter import ECHO, is_notice, read_message, refuse_message
from patchbay.platforms.giosg.schemas import ChatWire, EnvelopeWire, MemberWire, MessageWire

ADDED, CHANGED, REMOVED = "added", "changed", "removed"

_CHATS = re.compile(r"/api/v\d+/orgs/(?P<organization>[^/]+)/owned_chats")
_MESSAGES = re.compile(rf"{_CHATS.pattern}/(?P<chat>[^/]+)/messages")
_MEMBERS = re.compile(rf"{_CHATS.pattern}/(?P<chat>[^/]+)/memberships")

Happenings = Sequence[Event | Ignored]


def parse_webhook(request: WebhookRequest, endpoint: Endpoint) -> Happenings:
    """Raises Unreadable for what is no webhook of Giosg's."""
    envelope = read_wire(EnvelopeWire, request.body)
    for pattern, read in ((_MESSAGES, _read_message), (_MEMBERS, _read_member), (_CHATS, _read_chat)):
        found = pattern.fullmatch(envelope.channel)
        if found is None:
            continue
        if not same_id(found["organization"], endpoint.settings.get("organization_id", "")):
            return [Ignored(reason="another organization's", by_settings=True)]
        if not envelope.resource_id:
            raise Unreadable("not as the service documents it: a webhook without its subject")
        if envelope.action not in {ADDED, CHANGED, REMOVED}:
            return [Ignored(reason="an unknown action")]
        return read(read_id(found.groupdict().get("chat") or envelope.resource_id), envelope, request, endpoint)
    return [Ignored(reason="a channel that Patchbay does not forward")]


def _find_origin(endpoint: Endpoint) -> Origin:
    return Origin(service=endpoint.service, endpoint=endpoint.id)


def _is_elsewhere(room_id: str, endpoint: Endpoint) -> bool:
    """Changes tell no room: whose chat it is, the session knows."""
    return bool(room_id) and not same_id(room_id, endpoint.settings.get("room_id", ""))


# --- chats -----------------------------------------------------------------------------------------------------------


def _read_chat(chat_id: str, envelope: EnvelopeWire, request: WebhookRequest, endpoint: Endpoint) -> Happenings:
    if envelope.action == ADDED:
        return [Ignored(reason="a new chat: Patchbay records its own when it creates them")]
    if envelope.action == REMOVED:
        return [_erase(chat_id, "", request, endpoint), _end(chat_id, request, endpoint)]
    chat = read_wire_object(ChatWire, envelope.resource or {})
    if _is_elsewhere(chat.room_id, endpoint):
        return [Ignored(reason="a chat in another room", by_settings=True)]
    if not chat.is_over:
        return [Ignored(reason="a change to a chat that has not ended", routine=True)]
    return [_end(chat_id, request, endpoint)]


def _end(chat_id: str, request: WebhookRequest, endpoint: Endpoint) -> Event:
    origin = _find_origin(endpoint)
    return ConversationChanged(
        id=make_event_id("conversation", origin, chat_id, "ended"),
        origin=origin,
        thread=chat_id,
        occurred_at=request.received_at,
        status=ConversationStatus.ENDED,
        undated=True,
    )


def _erase(chat_id: str, message_id: str, request: WebhookRequest, endpoint: Endpoint) -> Event:
    """Of the whole chat without a `message_id`."""
    origin = _find_origin(endpoint)
    return ContentErased(
        id=make_event_id("erasure", origin, chat_id, message_id),
        origin=origin,
        thread=chat_id,
        occurred_at=request.received_at,
        message_id=message_id,
    )


# --- messages --------------------------------------------------------------------------------------------------------


def _read_message(chat_id: str, envelope: EnvelopeWire, request: WebhookRequest, endpoint: Endpoint) -> Happenings:
    message_id = envelope.resource_id
    if envelope.action == REMOVED:
        return [_erase(chat_id, message_id, request, endpoint)]
    if envelope.resource is None:
        raise Unreadable("not as the service documents it: a message without its resource")
    wire = read_wire_object(MessageWire, envelope.resource)
    if _is_elsewhere(wire.room_id, endpoint):
        return [Ignored(reason="a message in another room", by_settings=True)]
    if envelope.action == CHANGED:
        return [_read_change(chat_id, message_id, wire, request, endpoint)]
    reason = refuse_message(wire, endpoint.settings)
    if reason:
        return [Ignored(reason=reason, by_settings=is_notice(wire), routine=reason == ECHO)]
    message = read_message(wire, message_id, wire.created_at or request.received_at, endpoint.settings)
    if not (message.content or message.buttons or message.incomplete):
        return [Ignored(reason="an empty message")]
    origin = _find_origin(endpoint)
    return [
        MessageReceived(
            id=make_event_id("message", origin, message_id),
            origin=origin,
            thread=chat_id,
            occurred_at=message.sent_at,
            message=message,
        )
    ]


def _read_change(
    chat_id: str, message_id: str, wire: MessageWire, request: WebhookRequest, endpoint: Endpoint
) -> Event | Ignored:
    """A purge takes the text away. An encrypted one is out of the API's reach when its key is gone, and still there."""
    purged = bool(wire.sensitive_data_purged_at)
    emptied = "message" in wire.model_fields_set and wire.message is None and not wire.is_encrypted
    if purged or emptied:
        return _erase(chat_id, message_id, request, endpoint)
    return Ignored(reason="a change to a message, which is not sent again")


# --- members ---------------------------------------------------------------------------------------------------------


def _read_member(chat_id: str, envelope: EnvelopeWire, request: WebhookRequest, endpoint: Endpoint) -> Happenings:
    """Giosg: a change does not say whose membership it is, but visitors' ids have their own form."""
    member = read_wire_object(MemberWire, envelope.resource or {})
    member_id = member.member_id or envelope.resource_id
    if member.member_type == "visitor" or is_visitor(member_id):
        return [Ignored(reason="an action of the customer", routine=True)]
    if envelope.action == REMOVED:
        return [Ignored(reason="a member who has left the chat")]
    told = (
        _read_typing(chat_id, member_id, member, request, endpoint) if _tells_typing(member, envelope.action) else None,
        _read_sight(chat_id, member_id, member, endpoint),
    )
    return [event for event in told if event] or [Ignored(reason="another change to a membership", routine=True)]


def _tells_typing(member: MemberWire, action: str) -> bool:
    """Who joins is not typing, which is no news."""
    return member.composing_status == "typing" or (action == CHANGED and bool(member.composing_status))


def _read_typing(
    chat_id: str, member_id: str, member: MemberWire, request: WebhookRequest, endpoint: Endpoint
) -> Event:
    """Nothing in the webhook tells one time of typing from the next, so its arrival does."""
    origin, at = _find_origin(endpoint), request.received_at
    typing = member.composing_status == "typing"
    return TypingChanged(
        id=make_event_id("typing", origin, chat_id, member_id, str(typing), at.isoformat()),
        origin=origin,
        thread=chat_id,
        occurred_at=at,
        typing=typing,
    )


def _read_sight(chat_id: str, member_id: str, member: MemberWire, endpoint: Endpoint) -> Event | None:
    """All that was in the chat when a person last looked has been read."""
    if member.last_seen_at is None or member.is_bot:
        return None
    origin = _find_origin(endpoint)
    return ReceiptReceived(
        id=make_event_id("receipt", origin, chat_id, member_id, member.last_seen_at.isoformat()),
        origin=origin,
        thread=chat_id,
        occurred_at=member.last_seen_at,
        message_id="",
        state=ReceiptState.READ,
        covers_earlier=True,
    )
