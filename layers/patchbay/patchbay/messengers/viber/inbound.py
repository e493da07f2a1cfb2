"""Viber's callbacks as the bridge's events."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from patchbay.accounts import Endpoint
from patchbay.contract import WebhookRequest
from patchbay.events import ContactChanged, Event, Ignored, MessageReceived, Origin, ReceiptReceived, make_event_id
from patchbay.messengers.viber.wire import (
    Callback,
    IncomingMessage,
    MessageCallback,
    Profile,
    ProfileCallback,
    UserCallback,
)
from patchbay.model import (
    Attachment,
    AttachmentKind,
    Contact,
    ContactCard,
    Content,
    Location,
    Message,
    ReceiptState,
    Role,
    Sender,
    Text,
    Unsupported,
)
from patchbay.wire import read_wire

CHAT_OPENED = "conversation_started"

_STAND_IN_NAMES = {"", "subscriber"}  # shown instead of the name of a user who keeps their profile to themselves
_STICKERS = "https://viber.github.io/docs/img/stickers/{}.png"
_ATTACHMENTS = {
    "picture": AttachmentKind.IMAGE,
    "video": AttachmentKind.VIDEO,
    "file": AttachmentKind.FILE,
}
_RECEIPTS = {
    "delivered": ReceiptState.DELIVERED,
    "seen": ReceiptState.READ,
    "failed": ReceiptState.FAILED,
}
_IGNORED = {
    "webhook": "Viber tries the webhook's address",
    "action": "a press that the bot is told of and the agents need not know",
    "client_status": "the state of a payment",
}


def parse(request: WebhookRequest, endpoint: Endpoint) -> list[Event | Ignored]:
    """The one happening in a callback. Raises Unreadable for a known event without its documented fields."""
    name = read_event_name(request)
    origin = Origin(service=endpoint.service, endpoint=endpoint.id)
    if name in _READERS:
        return [_READERS[name](name, request.body, origin)]
    return [Ignored(reason=_IGNORED.get(name) or f"an event that is not known here: {_quote(name)}")]


def read_event_name(request: WebhookRequest) -> str:
    return read_wire(Callback, request.body).event


# --- events ----------------------------------------------------------------------------------------------------------


def _read_message(name: str, body: bytes, origin: Origin) -> Event:
    callback = read_wire(MessageCallback, body)
    contact = _contact(callback.sender)
    content = _content(callback.message)
    if isinstance(content, ContactCard) and content.phone and content.name.strip() == contact.name:
        contact = replace(contact, phone=content.phone)  # they gave their own card: Viber itself never tells numbers
    return MessageReceived(
        id=make_event_id(name, origin, contact.external_id, callback.message_token),
        origin=origin,
        thread=contact.external_id,
        occurred_at=callback.at,
        contact=contact,
        message=Message(
            external_id=callback.message_token,
            sender=Sender(
                role=Role.CONTACT,
                external_id=contact.external_id,
                name=contact.name,
                avatar_url=contact.avatar_url,
            ),
            content=(content,),
            sent_at=callback.at,
        ),
    )


def _read_receipt(name: str, body: bytes, origin: Origin) -> Event:
    """Viber reports `delivered` once per device and `seen` once for all that was unread, on its last message."""
    callback = read_wire(UserCallback, body)
    state = _RECEIPTS[name]
    return ReceiptReceived(
        id=make_event_id("receipt", origin, callback.user_id, callback.message_token, name),
        origin=origin,
        thread=callback.user_id,
        occurred_at=callback.at,
        message_id=callback.message_token,
        state=state,
        reason=f"Viber could not show it: {callback.desc or 'no reason given'}"[:200] if name == "failed" else "",
        covers_earlier=state is ReceiptState.READ,
    )


def _read_opening(name: str, body: bytes, origin: Origin) -> Event | Ignored:
    """Opening the chat is no subscription: until they write, the welcome message is all that may be sent."""
    callback = read_wire(ProfileCallback, body)
    if not callback.subscribed:
        return Ignored(reason="somebody who is not subscribed opened the chat")
    return _contact_changed(name, callback, origin)


def _read_subscription(name: str, body: bytes, origin: Origin) -> Event:
    return _contact_changed(name, read_wire(ProfileCallback, body), origin)


def _contact_changed(name: str, callback: ProfileCallback, origin: Origin) -> Event:
    contact = _contact(callback.user)
    return ContactChanged(
        id=make_event_id("contact", origin, contact.external_id, callback.message_token, name),
        origin=origin,
        thread=contact.external_id,
        occurred_at=callback.at,
        contact=contact,
    )


def _read_unsubscription(name: str, body: bytes, origin: Origin) -> Event:
    callback = read_wire(UserCallback, body)
    return ContactChanged(
        id=make_event_id("contact", origin, callback.user_id, callback.message_token, name),
        origin=origin,
        thread=callback.user_id,
        occurred_at=callback.at,
        contact=Contact(external_id=callback.user_id, reachable=False),
    )


_READERS: dict[str, Callable[[str, bytes, Origin], Event | Ignored]] = {
    "message": _read_message,
    CHAT_OPENED: _read_opening,
    "subscribed": _read_subscription,
    "unsubscribed": _read_unsubscription,
    **dict.fromkeys(_RECEIPTS, _read_receipt),
}


# --- people and contents ---------------------------------------------------------------------------------------------


def _contact(profile: Profile) -> Contact:
    name = (profile.name or "").strip()
    return Contact(
        external_id=profile.id,
        name=None if name.casefold() in _STAND_IN_NAMES else name,
        avatar_url=profile.avatar or None,
        language=profile.language or "",
        country=profile.country or "",
    )


def _content(message: IncomingMessage) -> Content:
    return _known_content(message) or Unsupported(
        description=f"Viber: a message of type {_quote(message.type)} that cannot be shown here"
    )


def _known_content(message: IncomingMessage) -> Content | None:
    """The message's content, None when its type is not known or what makes it up is missing."""
    match message.type:
        case "text":
            return Text(text=message.text) if message.text else None
        case "url":
            return _link(message)
        case "sticker":
            return _sticker(message)
        case "location" if message.location:
            place = message.location
            return Location(latitude=place.lat, longitude=place.lon, label=place.address or "")
        case "contact" if message.contact:
            return ContactCard(name=message.contact.name or "", phone=message.contact.phone_number or "")
        case _:
            return _attachment(message)


def _attachment(message: IncomingMessage) -> Attachment | None:
    """Viber: the media's address needs no token and is valid for about an hour."""
    kind = _ATTACHMENTS.get(message.type)
    if kind is None or not message.media:
        return None
    return Attachment(
        kind=kind,
        url=message.media,
        name=message.file_name or "",
        size=message.size or None,
        caption=message.text or "",
    )


def _link(message: IncomingMessage) -> Text | None:
    lines = dict.fromkeys(line for line in (message.text, message.media) if line)
    return Text(text="\n".join(lines)) if lines else None


def _sticker(message: IncomingMessage) -> Attachment | None:
    number = message.sticker_id or ""
    url = message.media or (_STICKERS.format(number) if number.isdecimal() and number.isascii() else None)
    return Attachment(kind=AttachmentKind.IMAGE, url=url, name=f"sticker-{number}.png") if url else None


def _quote(name: str) -> str:
    """A name from outside, fit for a log line."""
    return f"'{re.sub(r'[^A-Za-z0-9_.-]', '?', name)[:40]}'"
