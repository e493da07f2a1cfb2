"""The web chat's notes as the bridge's events."""

from __future__ import annotations

import re
from collections.abc import Callable

from patchbay.accounts import Endpoint
from patchbay.contract import WebhookRequest
from patchbay.errors import Unreadable
from patchbay.events import (
    ContactChanged,
    Event,
    Ignored,
    MessageReceived,
    Origin,
    ReceiptReceived,
    TypingChanged,
    make_event_id,
)
from patchbay.messengers.webchat.wire import (
    ChatData,
    FileData,
    LeftNote,
    MessageData,
    MessageNote,
    Note,
    ReceiptNote,
    TypingNote,
)
from patchbay.model import Attachment, Contact, Content, Message, ReceiptState, Role, Sender, Tap, Text
from patchbay.wire import read_wire

_RECEIPTS = {"delivered": ReceiptState.DELIVERED, "read": ReceiptState.READ}


def parse(request: WebhookRequest, endpoint: Endpoint) -> list[Event | Ignored]:
    """The one happening in a note. Raises Unreadable for a known kind without what belongs to it."""
    kind = read_wire(Note, request.body).kind
    origin = Origin(service=endpoint.service, endpoint=endpoint.id)
    if kind in _READERS:
        return [_READERS[kind](request, origin)]
    return [Ignored(reason=f"a kind of note that is not known here: {_quote(kind)}")]


def _read_message(request: WebhookRequest, origin: Origin) -> Event:
    note = read_wire(MessageNote, request.body)
    chat, message = note.chat, note.message
    at = message.at or request.received_at
    return MessageReceived(
        id=make_event_id("message", origin, chat.id, message.id),
        origin=origin,
        thread=chat.id,
        occurred_at=at,
        contact=_contact(chat),
        message=Message(
            external_id=message.id,
            sender=Sender(role=Role.CONTACT, external_id=chat.id, name=chat.name or None),
            content=(_content(message),),
            sent_at=at,
            tapped=_tap(message),
        ),
    )


def _read_receipt(request: WebhookRequest, origin: Origin) -> Event:
    """One note for all that came or was seen at once, with the last of it."""
    note = read_wire(ReceiptNote, request.body)
    return ReceiptReceived(
        id=make_event_id("receipt", origin, note.chat.id, note.message.id, note.kind),
        origin=origin,
        thread=note.chat.id,
        occurred_at=note.at or request.received_at,
        message_id=note.message.id,
        state=_RECEIPTS[note.kind],
        covers_earlier=True,
    )


def _read_typing(request: WebhookRequest, origin: Origin) -> Event:
    note = read_wire(TypingNote, request.body)
    at = note.at or request.received_at
    return TypingChanged(
        id=make_event_id("typing", origin, note.chat.id, at.isoformat(), str(note.typing)),
        origin=origin,
        thread=note.chat.id,
        occurred_at=at,
        typing=note.typing,
    )


def _read_leaving(request: WebhookRequest, origin: Origin) -> Event:
    """The visitor has erased the chat: nothing can be shown there any more."""
    note = read_wire(LeftNote, request.body)
    return ContactChanged(
        id=make_event_id("contact", origin, note.chat.id, note.kind),
        origin=origin,
        thread=note.chat.id,
        occurred_at=note.at or request.received_at,
        contact=Contact(external_id=note.chat.id, reachable=False),
        for_good=True,
    )


_READERS: dict[str, Callable[[WebhookRequest, Origin], Event]] = {
    "message": _read_message,
    **dict.fromkeys(_RECEIPTS, _read_receipt),
    "typing": _read_typing,
    "left": _read_leaving,
}


# --- people and contents ---------------------------------------------------------------------------------------------


def _contact(chat: ChatData) -> Contact:
    return Contact(external_id=chat.id, name=chat.name or None, language=chat.language, person=chat.person)


def _content(message: MessageData) -> Content:
    if message.tap:
        return Text(text=message.tap.label)
    if message.attachment:
        return _attachment(message.attachment, message.text)
    if message.text:
        return Text(text=message.text)
    raise Unreadable("a message with neither text nor file nor tap")


def _tap(message: MessageData) -> Tap | None:
    """Without a payload its label is a message like any other."""
    if message.tap is None or not message.tap.payload:
        return None
    return Tap(label=message.tap.label, payload=message.tap.payload)


def _attachment(file: FileData, caption: str) -> Attachment:
    return Attachment(
        kind=file.kind,
        url=file.url,
        name=file.name,
        content_type=file.type,
        size=file.size,
        caption=caption,
        hosted=file.hosted,
    )


def _quote(kind: str) -> str:
    """A word from outside, fit for a log line."""
    return f"'{re.sub(r'[^A-Za-z0-9_.-]', '?', kind)[:40]}'"
