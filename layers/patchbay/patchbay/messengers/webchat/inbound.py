"""The web chat's notes as the bridge's events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from patchbay.domain.accounts import Endpoint
from patchbay.domain.characters import quote_name
from patchbay.domain.errors import Unreadable
from patchbay.domain.events import (
    ContactChanged,
    Event,
    Ignored,
    MessageReceived,
    Origin,
    ReceiptReceived,
    TypingChanged,
    make_event_id,
)
from patchbay.domain.model import (
    Attachment,
    Contact,
    Content,
    Message,
    Postback,
    ReceiptState,
    Role,
    Sender,
    Text,
)
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.schemas import read_wire
from patchbay.messengers.webchat.schemas import (
    ChangedNote,
    ChatData,
    DeletedNote,
    FileData,
    LeftNote,
    MessageData,
    MessageNote,
    Note,
    ReactionNote,
    ReceiptNote,
    ReferenceData,
    RenamedNote,
    TypingNote,
)

_RECEIPTS = {"delivered": ReceiptState.DELIVERED, "read": ReceiptState.READ}


def parse(request: WebhookRequest, endpoint: Endpoint) -> list[Event | Ignored]:
    """The one event in a webhook. Raises Unreadable for a known kind without what belongs to it."""
    kind = read_wire(Note, request.body).kind
    origin = Origin(service=endpoint.service, endpoint=endpoint.id)
    if kind in _READERS:
        return [_READERS[kind](request, origin)]
    return [Ignored(reason=f"an unknown kind of event: {quote_name(kind)}")]


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
            reply_to=_refer_to(message.reply_to, chat.id, origin) if message.reply_to else None,
        ),
    )


def _read_change(request: WebhookRequest, origin: Origin) -> Event:
    note = read_wire(ChangedNote, request.body)
    event_id = make_event_id("changed", origin, note.chat.id, note.message.id, str(note.message.edits))
    file, text = note.message.attachment, note.message.text
    target = replace(_refer(note.chat.id, note.message.id, origin), excerpt=file.name if file else "")
    change = Change(kind=ChangeKind.EDIT, target=target, same_files=file is not None)
    content = _attachment(file, text) if file else Text(text=text)
    return _make_change(event_id, change, (content,), note, request, origin)


def _read_deletion(request: WebhookRequest, origin: Origin) -> Event:
    note = read_wire(DeletedNote, request.body)
    event_id = make_event_id("deleted", origin, note.chat.id, note.message.id)
    target = _refer(note.chat.id, note.message.id, origin)
    change = Change(kind=ChangeKind.DELETION, target=target, written_at=note.message.at)
    return _make_change(event_id, change, (), note, request, origin)


def _read_reaction(request: WebhookRequest, origin: Origin) -> Event:
    note = read_wire(ReactionNote, request.body)
    event_id = make_event_id("reaction", origin, note.chat.id, note.message.id, str(note.number), note.emoji)
    kind = ChangeKind.REACTION if note.added else ChangeKind.REACTION_REMOVED
    change = Change(kind=kind, target=_refer_to(note.message, note.chat.id, origin), emoji=note.emoji)
    return _make_change(event_id, change, (), note, request, origin)


def _refer_to(message: ReferenceData, chat_id: str, origin: Origin) -> Reference:
    """To a message of either side, with its first words."""
    if message.mine:
        return replace(_refer(chat_id, message.id, origin), excerpt=message.excerpt)
    return Reference(message_id=message.id, excerpt=message.excerpt)


def _refer(chat_id: str, message_id: str, origin: Origin) -> Reference:
    """To a message of the visitor."""
    return Reference(message_id=message_id, event_id=make_event_id("message", origin, chat_id, message_id))


def _make_change(
    event_id: str,
    change: Change,
    content: tuple[Content, ...],
    note: ChangedNote | DeletedNote | ReactionNote,
    request: WebhookRequest,
    origin: Origin,
) -> Event:
    at, chat = note.at or request.received_at, note.chat
    return MessageReceived(
        id=event_id,
        origin=origin,
        thread=chat.id,
        occurred_at=at,
        contact=_contact(chat),
        message=Message(
            external_id=note.message.id if content else "",
            sender=Sender(role=Role.CONTACT, external_id=chat.id, name=chat.name or None),
            content=content,
            sent_at=at,
            change=change,
        ),
    )


def _read_renaming(request: WebhookRequest, origin: Origin) -> Event:
    note = read_wire(RenamedNote, request.body)
    at = note.at or request.received_at
    return ContactChanged(
        id=make_event_id("contact", origin, note.chat.id, note.kind, at.isoformat()),
        origin=origin,
        thread=note.chat.id,
        occurred_at=at,
        contact=_contact(note.chat),
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
        contact=Contact(
            external_id=note.chat.id, reachable=False, unreachable_reason="the customer has deleted the chat"
        ),
        for_good=True,
    )


_READERS: dict[str, Callable[[WebhookRequest, Origin], Event]] = {
    "message": _read_message,
    "changed": _read_change,
    "deleted": _read_deletion,
    "reaction": _read_reaction,
    "renamed": _read_renaming,
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
    raise Unreadable("a message without text, file or button")


def _tap(message: MessageData) -> Postback | None:
    """Without a payload its label is a message like any other."""
    if message.tap is None or not message.tap.payload:
        return None
    return Postback(label=message.tap.label, payload=message.tap.payload)


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
