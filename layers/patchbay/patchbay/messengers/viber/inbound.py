"""Viber's callbacks as the bridge's events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from patchbay.domain.accounts import Endpoint
from patchbay.domain.characters import quote_name
from patchbay.domain.events import (
    ContactChanged,
    Event,
    Ignored,
    MessageReceived,
    Origin,
    ReceiptReceived,
    make_event_id,
)
from patchbay.domain.model import (
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
from patchbay.domain.text import cut_text
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.phones import read_number
from patchbay.kit.schemas import read_wire
from patchbay.messengers.viber.schemas import (
    Callback,
    IncomingMessage,
    LocationData,
    MessageCallback,
    Profile,
    ProfileCallback,
    UserCallback,
)

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
    "webhook": "Viber's test call to the webhook URL",
    "action": "a pressed button that only the bot needs to know about",
    "client_status": "the status of a payment",
}


def parse(request: WebhookRequest, endpoint: Endpoint) -> list[Event | Ignored]:
    """The one event in a callback. Raises Unreadable for a known event without its documented fields."""
    name = read_event_name(request)
    origin = Origin(service=endpoint.service, endpoint=endpoint.id)
    if name in _READERS:
        return [_READERS[name](name, request, origin)]
    return [Ignored(reason=_IGNORED.get(name) or f"an unknown event: {quote_name(name)}")]


def read_event_name(request: WebhookRequest) -> str:
    return read_wire(Callback, request.body).event


# --- events ----------------------------------------------------------------------------------------------------------


def _read_message(name: str, request: WebhookRequest, origin: Origin) -> Event:
    callback = read_wire(MessageCallback, request.body)
    contact = _contact(callback.sender)
    contents = _contents(callback.message)
    at = callback.date(request.received_at)
    own = next((item for item in contents if isinstance(item, ContactCard) and item.phone), None)
    if own and own.name.strip() == contact.name:
        phone = read_number(own.phone) or own.phone
        contact = replace(contact, phone=phone)  # they gave their own card: Viber itself never tells numbers
    return MessageReceived(
        id=make_event_id(name, origin, contact.external_id, callback.message_token),
        origin=origin,
        thread=contact.external_id,
        occurred_at=at,
        contact=contact,
        message=Message(
            external_id=callback.message_token,
            sender=Sender(
                role=Role.CONTACT,
                external_id=contact.external_id,
                name=contact.name,
                avatar_url=contact.avatar_url,
            ),
            content=contents,
            sent_at=at,
        ),
    )


def _read_receipt(name: str, request: WebhookRequest, origin: Origin) -> Event:
    """Viber reports `delivered` once per device, also of customers' own messages.

    It reports `seen` once for all that was unread, on its last message.
    """
    callback = read_wire(UserCallback, request.body)
    state = _RECEIPTS[name]
    is_of_own_too = state is ReceiptState.DELIVERED
    own = make_event_id("message", origin, callback.user_id, callback.message_token)
    problem = f"Viber could not show it: {callback.desc or 'no reason given'}"
    return ReceiptReceived(
        id=make_event_id("receipt", origin, callback.user_id, callback.message_token, name),
        origin=origin,
        thread=callback.user_id,
        occurred_at=callback.date(request.received_at),
        message_id=callback.message_token,
        state=state,
        reason=cut_text(problem, 200) if name == "failed" else "",
        covers_earlier=state is ReceiptState.READ,
        own_event=own if is_of_own_too else "",
    )


def _read_opening(name: str, request: WebhookRequest, origin: Origin) -> Event | Ignored:
    """Opening the chat is no subscription: until they write, the welcome message is all that may be sent."""
    callback = read_wire(ProfileCallback, request.body)
    if not callback.subscribed:
        return Ignored(reason="a person who is not subscribed opened the chat")
    return _contact_changed(name, callback, request, origin)


def _read_subscription(name: str, request: WebhookRequest, origin: Origin) -> Event:
    return _contact_changed(name, read_wire(ProfileCallback, request.body), request, origin)


def _contact_changed(name: str, callback: ProfileCallback, request: WebhookRequest, origin: Origin) -> Event:
    contact = _contact(callback.user)
    return ContactChanged(
        id=make_event_id("contact", origin, contact.external_id, callback.message_token, name),
        origin=origin,
        thread=contact.external_id,
        occurred_at=callback.date(request.received_at),
        contact=contact,
    )


def _read_unsubscription(name: str, request: WebhookRequest, origin: Origin) -> Event:
    callback = read_wire(UserCallback, request.body)
    return ContactChanged(
        id=make_event_id("contact", origin, callback.user_id, callback.message_token, name),
        origin=origin,
        thread=callback.user_id,
        occurred_at=callback.date(request.received_at),
        contact=Contact(
            external_id=callback.user_id,
            reachable=False,
            unreachable_reason="the customer has unsubscribed from the bot and must write first",
        ),
    )


_READERS: dict[str, Callable[[str, WebhookRequest, Origin], Event | Ignored]] = {
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


def _contents(message: IncomingMessage) -> tuple[Content, ...]:
    """What a message holds; where that cannot be shown, a line that says so above what words there are."""
    known = _known_content(message)
    if known:
        return (known,)
    words = (Text(text=message.text),) if message.text else ()
    if words and not message.type:
        return words
    lost = Unsupported(description=f"Viber message of type {quote_name(message.type)}, which cannot be shown here")
    return (lost, *words)


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
            return _location(message.location)
        case "contact" if message.contact:
            return ContactCard(name=message.contact.name or "", phone=message.contact.phone_number or "")
        case _:
            return _attachment(message)


def _location(place: LocationData) -> Location | Text | None:
    """A point on the map; without one, its address in words."""
    if place.lat is not None and place.lon is not None:
        return Location(latitude=place.lat, longitude=place.lon, label=place.address or "")
    return Text(text=place.address) if place.address else None


def _attachment(message: IncomingMessage) -> Attachment | None:
    """Viber: the media's address needs no token and is valid for about an hour."""
    kind = _ATTACHMENTS.get(message.type)
    if kind is None or not message.media:
        return None
    return Attachment(
        kind=kind,
        url=message.media,
        name=message.file_name or "",
        size=message.size,
        caption=message.text or "",
    )


def _link(message: IncomingMessage) -> Text | None:
    lines = dict.fromkeys(line for line in (message.text, message.media) if line)
    return Text(text="\n".join(lines)) if lines else None


def _sticker(message: IncomingMessage) -> Attachment | None:
    number = message.sticker_id or ""
    url = message.media or (_STICKERS.format(number) if number.isdecimal() and number.isascii() else None)
    return Attachment(kind=AttachmentKind.IMAGE, url=url, name=f"sticker-{number}.png") if url else None
