"""vcita's webhooks: one root address for all businesses of an app, and below it a path for each kind of news.

Nothing in them says whose they are but the uid of a channel or a session, and no event has an id of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from patchbay.domain.accounts import ConnectionStatus, Endpoint
from patchbay.domain.errors import UnknownAccount, UnknownTenant, UnknownThread, UnknownWebhook, Unreadable
from patchbay.domain.events import (
    ConnectionChanged,
    ConversationChanged,
    Event,
    Ignored,
    MessageReceived,
    Origin,
    ReceiptReceived,
    TypingChanged,
    make_event_id,
)
from patchbay.domain.model import ConversationStatus, Message, ReceiptState, Role, Sender
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.schemas import read_id, read_wire
from patchbay.platforms.vcita.contents import read_contents
from patchbay.platforms.vcita.ids import is_own_message
from patchbay.platforms.vcita.schemas import MessageWire, PlatformEventWire, StatusWire, TypingWire
from patchbay.platforms.vcita.threads import Thread, split_name

_RECONNECT = "connect the business again"

_CHANNELS = {
    "active": (ConnectionStatus.ACTIVE, ""),
    "pending": (ConnectionStatus.PENDING, "vcita has not opened the channel yet"),
    "inactive": (ConnectionStatus.DISABLED, f"the channel is switched off in vcita: {_RECONNECT} to switch it on"),
    "blocked": (ConnectionStatus.DISABLED, "the channel is blocked in vcita: ask vcita's support why"),
    "deleted": (ConnectionStatus.DISABLED, f"the channel was deleted in vcita: {_RECONNECT} to create a new one"),
    "error": (
        ConnectionStatus.DISABLED,
        f"the channel has failed in vcita: check the app's api_uri with `patchbay doctor`, then {_RECONNECT}",
    ),
}
_SESSIONS = {
    "pending": ConversationStatus.PENDING,
    "active": ConversationStatus.ACTIVE,
    "inactive": ConversationStatus.ENDED,
    "deleted": ConversationStatus.ENDED,
    "failed": ConversationStatus.ENDED,
}
_RECEIPTS = {
    "received": (ReceiptState.DELIVERED, ""),
    "read": (ReceiptState.READ, ""),
    "error": (ReceiptState.FAILED, "vcita could not show the message to the business"),
    "unavailable": (ReceiptState.FAILED, "the business cannot be reached"),
}
_MESSAGE_STATUSES = {*_RECEIPTS, "pending", "channel_pending", "sent"}

_UNINSTALLED = "the business removed the app: it must install the app and give its consent again"

_SAFE_WORD = re.compile(r"[\w:./ -]{1,60}")


def parse_webhook(request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
    """Raises UnknownHook for other paths; UnknownAccount, UnknownTenant and UnknownThread if no connection has them."""
    steps = tuple(filter(None, request.tail))  # an api_uri that ends with a slash makes two of them
    match (request.method, steps):
        case ("PUT", ("channels", channel_uid)):
            return [_read_channel(read_id(channel_uid), request, endpoint)]
        case ("PUT", ("sessions", session_uid)):
            return [_read_session(read_id(session_uid), request, endpoint)]
        case ("POST", ("messages",)):
            return [_read_message(request, endpoint)]
        case ("PUT", ("messages", message_uid)):
            return [_read_status(read_id(message_uid), request, endpoint)]
        case ("POST" | "PUT", ("sessions", session_uid, "typing") | (session_uid, "typing")):
            return [_read_typing(read_id(session_uid), request, endpoint)]
        case ("POST", ("app_subscription",)):
            return _read_platform_event(request, endpoint)
    raise UnknownWebhook("vcita does not send webhooks to this path or with this method")


# --- channels and sessions -------------------------------------------------------------------------------------------


def _read_channel(channel_uid: str, request: WebhookRequest, endpoint: Endpoint) -> Event | Ignored:
    word = _read_word(request)
    origin = _find_origin(endpoint, channel_uid)
    if word not in _CHANNELS:
        return Ignored(reason=f"a channel with an unknown status: {_name_safely(word)}")
    status, reason = _CHANNELS[word]
    return ConnectionChanged(
        id=make_event_id("connection", origin, word, _moment(request)),
        origin=origin,
        thread=channel_uid,
        occurred_at=request.received_at,
        status=status,
        reason=reason,
    )


def _read_session(session_uid: str, request: WebhookRequest, endpoint: Endpoint) -> Event | Ignored:
    word = _read_word(request)
    origin = _find_origin_of_session(endpoint, session_uid)
    if word not in _SESSIONS:
        return Ignored(reason=f"a session with an unknown status: {_name_safely(word)}")
    return ConversationChanged(
        id=make_event_id("conversation", origin, session_uid, word, _moment(request)),
        origin=origin,
        thread=session_uid,
        occurred_at=request.received_at,
        status=_SESSIONS[word],
        undated=True,
    )


def _read_typing(session_uid: str, request: WebhookRequest, endpoint: Endpoint) -> Event:
    typing = read_wire(TypingWire, request.body).typing
    origin = _find_origin_of_session(endpoint, session_uid)
    return TypingChanged(
        id=make_event_id("typing", origin, session_uid, str(typing), _moment(request)),
        origin=origin,
        thread=session_uid,
        occurred_at=request.received_at,
        typing=typing,
    )


# --- messages --------------------------------------------------------------------------------------------------------


def _read_message(request: WebhookRequest, endpoint: Endpoint) -> Event | Ignored:
    wire = read_wire(MessageWire, request.body)
    if not (wire.external_uid and wire.message_uid and wire.channel_uid):
        raise Unreadable("not as the service documents it: a message without external_uid, message_uid or channel_uid")
    origin = _find_origin(endpoint, wire.channel_uid)
    if wire.direction == "client_to_business" or is_own_message(wire.message_uid):
        return Ignored(reason="written by the customer: an echo of our own message", routine=True)
    sent_at = wire.created_at or request.received_at
    thread = Thread(
        session_uid=wire.session_uid,
        external_uid=wire.external_uid,
        contact_uid=wire.contact_uid or split_name(wire.external_uid)[1],
        channel_uid=wire.channel_uid,
    )
    message = Message(
        external_id=wire.message_uid,
        sender=Sender(role=Role.AGENT),  # vcita does not say who of the staff
        content=read_contents(wire),
        sent_at=sent_at,
    )
    return MessageReceived(
        id=make_event_id("message", origin, wire.message_uid),
        origin=origin,
        thread=wire.external_uid,
        occurred_at=sent_at,
        message=message,
        aliases=(wire.session_uid,) if wire.session_uid else (),
        hints=thread.remember(),
    )


def _read_status(message_uid: str, request: WebhookRequest, endpoint: Endpoint) -> Event | Ignored:
    wire = read_wire(StatusWire, request.body)
    word, channel_uid = wire.status.lower(), wire.channel_uid
    if word not in _MESSAGE_STATUSES and channel_uid.lower() in _MESSAGE_STATUSES:
        # vcita's description gives each of the two fields the type of the other.
        word, channel_uid = channel_uid.lower(), wire.status
    if not word or not channel_uid:
        raise Unreadable("not as the service documents it: a message's status without status or channel_uid")
    origin = _find_origin(endpoint, channel_uid)
    if word not in _RECEIPTS:
        known = word in _MESSAGE_STATUSES
        return Ignored(reason=f"a message status with nothing new: {_name_safely(word)}", routine=known)
    state, reason = _RECEIPTS[word]
    return ReceiptReceived(
        id=make_event_id("receipt", origin, message_uid, word),
        origin=origin,
        thread=message_uid,
        occurred_at=request.received_at,
        message_id=message_uid,
        state=state,
        reason=reason,
    )


# --- the platform's own events ---------------------------------------------------------------------------------------


def _read_platform_event(request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
    wire = read_wire(PlatformEventWire, request.body)
    if not wire.entity_name or not wire.event_type:
        raise Unreadable("not as the service documents it: an event without entity_name or event_type")
    name = f"{wire.entity_name}/{wire.event_type}"
    if name == "app_subscription/installed":
        return [Ignored(reason="a business installed the app: it is connected when it gives its consent")]
    if name != "app_subscription/uninstalled":
        return [Ignored(reason=f"an event that Patchbay does not forward: {_name_safely(name)}")]
    business_uid = (wire.data.business_id or wire.data.business_uid) if wire.data else ""
    if wire.data is None or not business_uid:
        raise Unreadable("not as the service documents it: an uninstalled app without its business")
    own_app = endpoint.settings.get("app_id", "")
    if own_app and wire.data.app_id and wire.data.app_id != own_app:
        return [Ignored(reason="a business removed another app", by_settings=True)]
    return _close_accounts(business_uid, request, endpoint)


def _close_accounts(business_uid: str, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
    channels = endpoint.tenants.get(business_uid)
    if channels is None:
        raise UnknownTenant(business_uid)
    origins = [Origin(service=endpoint.service, endpoint=endpoint.id, account=one) for one in sorted(channels)]
    return [
        ConnectionChanged(
            id=make_event_id("connection", origin, "uninstalled", _moment(request)),
            origin=origin,
            thread=origin.account,
            occurred_at=request.received_at,
            status=ConnectionStatus.DISABLED,
            reason=_UNINSTALLED,
        )
        for origin in origins
    ] or [Ignored(reason="a business that is not connected removed the app")]


# --- whose it is, and when -------------------------------------------------------------------------------------------


def _find_origin(endpoint: Endpoint, channel_uid: str) -> Origin:
    if channel_uid not in endpoint.accounts | {endpoint.settings.get("channel_uid", "")}:
        raise UnknownAccount(channel_uid)
    return Origin(service=endpoint.service, endpoint=endpoint.id, account=channel_uid)


def _find_origin_of_session(endpoint: Endpoint, session_uid: str) -> Origin:
    account = endpoint.threads.get(session_uid)
    if not account:
        raise UnknownThread(session_uid)
    return Origin(service=endpoint.service, endpoint=endpoint.id, account=account)


def _read_word(request: WebhookRequest) -> str:
    word = read_wire(StatusWire, request.body).status.lower()
    if not word:
        raise Unreadable("not as the service documents it: status (missing)")
    return word


def _moment(request: WebhookRequest) -> str:
    """Part of an id where vcita gives none: active, inactive and active again are three happenings."""
    return request.received_at.isoformat()


def _name_safely(word: str) -> str:
    return word if _SAFE_WORD.fullmatch(word) else "(unreadable)"
