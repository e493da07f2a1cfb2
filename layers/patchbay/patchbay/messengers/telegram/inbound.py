"""Telegram's updates as the bridge's events.

Telegram sends a chat's next update only when we have taken the one before: what cannot be read is ignored with a
reason, because refusing it would hold up all that the person writes for a day.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from patchbay.domain.accounts import Endpoint
from patchbay.domain.characters import quote_name, read_json
from patchbay.domain.errors import Unreadable
from patchbay.domain.events import ContactChanged, Event, Ignored, MessageReceived, Origin, make_event_id
from patchbay.domain.model import (
    Contact,
    ContactCard,
    Content,
    Message,
    Postback,
    Role,
    Sender,
    Text,
    Unsupported,
)
from patchbay.domain.names import read_name
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.phones import read_number
from patchbay.kit.schemas import read_wire
from patchbay.messengers.telegram import spec
from patchbay.messengers.telegram.chats import Address, name_message
from patchbay.messengers.telegram.contents import describe_unknown, is_incomplete, read_contents
from patchbay.messengers.telegram.schemas import CallbackQuery, Chat, IncomingMessage, Membership, Update, User

LEFT = frozenset({"left", "kicked"})  #: as what somebody is a member who is none

_START = re.compile(r"/start(?:@\w{1,64})?(?:\s+(?P<reference>[A-Za-z0-9_-]{1,64}))?\s*")
#: What tells about a chat, and is nothing that a person says.
_NEWS = re.compile(
    "new_chat_|left_chat_|delete_chat_|pinned_|forum_topic_|general_forum_|video_chat_|message_auto_|boost_added|"
    "chat_|proximity_|write_access_|connected_website|group_chat_|supergroup_chat_|channel_chat_|giveaway|successful_"
)
#: What surrounds a message's contents, of the fields that are not read.
_ABOUT = re.compile(
    "from$|chat$|date$|message_id$|sender_|business_|forward_|is_|reply_|external_|quote$|via_|edit_|has_|media_group|"
    "author_|effect_|link_preview|show_|message_thread|entities$|caption|direct_messages_|paid_(message|star)|guest_"
)


def parse(request: WebhookRequest, endpoint: Endpoint) -> list[Event | Ignored]:
    """The one event in an update."""
    update = read_wire(Update, request.body)
    origin = Origin(service=endpoint.service, endpoint=endpoint.id)
    if update.message:
        return [_read_message(update.message, request, endpoint, origin)]
    if update.callback_query:
        return [_read_tap(update.callback_query, request, endpoint, origin)]
    if update.my_chat_member:
        return [_read_membership(update.my_chat_member, update.update_id, request, endpoint, origin)]
    if update.edited_message:
        return [Ignored(reason="a message that was edited")]
    return [Ignored(reason=f"an update that is not carried: {quote_name(_name_unread(request.body))}")]


def _name_unread(body: bytes) -> str:
    """What an update is about that is of an unknown kind, or lacks what Telegram documents."""
    fields = read_json(body)
    return next((name for name in fields if name != "update_id"), "") if isinstance(fields, dict) else ""


# --- messages --------------------------------------------------------------------------------------------------------


def _read_message(
    message: IncomingMessage, request: WebhookRequest, endpoint: Endpoint, origin: Origin
) -> Event | Ignored:
    if refusal := find_refusal(message.chat, endpoint):
        return refusal
    started = read_start(message)
    if started is not None and not started:
        return _change_contact(message, request, origin)
    contents = (_tell_reference(started),) if started else read_contents(message)
    if not contents:
        kind = _name_content(request.body, "message")
        if not kind or _NEWS.match(kind) or message.migrate_to_chat_id or message.migrate_from_chat_id:
            return Ignored(reason=f"news about a chat: {quote_name(kind)}")
        contents = (describe_unknown(kind),)
    contact = _learn_phone(_name_contact(message), contents, message)
    at = message.when(request.received_at)
    return MessageReceived(
        id=make_event_id("message", origin, str(message.chat.id), message.message_id),
        origin=origin,
        thread=contact.external_id,
        occurred_at=at,
        contact=contact,
        message=Message(
            external_id=name_message(message.chat.id, message.message_id),
            sender=_name_sender(message.sender, contact),
            content=_say_who(contents, message),
            sent_at=at,
            incomplete=is_incomplete(contents),
        ),
    )


def find_refusal(chat: Chat, endpoint: Endpoint) -> Ignored | None:
    """Why nothing of the chat is carried; None where it is."""
    if chat.is_group and endpoint.settings.get("groups", spec.NO) != spec.YES:
        return Ignored(reason="from a group, and groups are not carried", by_settings=True)
    if not chat.is_group and not chat.is_private:
        return Ignored(reason="from a channel")
    return None


def read_start(message: IncomingMessage) -> str | None:
    """The reference with which a person has pressed Start, "" for none; None for any other message."""
    found = _START.fullmatch(message.text) if message.chat.is_private else None
    return (found["reference"] or "") if found else None


def _tell_reference(reference: str) -> Content:
    """The link that brought the person says what it is about. It is not the person's own words."""
    return Unsupported(description=f"The customer opened the chat with the reference {reference}")


def _change_contact(message: IncomingMessage, request: WebhookRequest, origin: Origin) -> Event:
    """They pressed Start, and may be written to. That says nothing yet."""
    contact = _name_contact(message)
    return ContactChanged(
        id=make_event_id("contact", origin, str(message.chat.id), message.message_id),
        origin=origin,
        thread=contact.external_id,
        occurred_at=message.when(request.received_at),
        contact=contact,
    )


def _name_content(body: bytes, kind: str) -> str:
    """The field that makes up a message of which no content is known; "" when nothing does."""
    fields: Any = read_json(body)
    return next((name for name in fields[kind] if not _ABOUT.match(name)), "")


# --- buttons ---------------------------------------------------------------------------------------------------------


def _read_tap(query: CallbackQuery, request: WebhookRequest, endpoint: Endpoint, origin: Origin) -> Event | Ignored:
    """What is on the button is what the person said.

    Programs can press buttons that were never shown, so only one counts that the message has.
    """
    message = query.message
    if message is None or not (label := find_label(query)):
        return Ignored(reason="a button whose message is not shown to bots any more")
    if refusal := find_refusal(message.chat, endpoint):
        return refusal
    contact = _name_contact(message, query.sender)
    at = request.received_at  # Telegram does not say when a button was pressed
    said = (Text(text=label),)
    return MessageReceived(
        id=make_event_id("tap", origin, query.id),
        origin=origin,
        thread=contact.external_id,
        occurred_at=at,
        contact=contact,
        message=Message(
            external_id=f"{message.chat.id}:tap-{query.id}",
            sender=_name_sender(query.sender, contact),
            content=_say_who(said, message, query.sender),
            sent_at=at,
            tapped=Postback(label=label, payload=query.data),
        ),
    )


def find_label(query: CallbackQuery) -> str:
    """What is on the pressed button; "" when its message shows no such button."""
    buttons = query.message.reply_markup if query.message else ()
    return next((button.text for button in buttons if query.data and button.callback_data == query.data), "")


# --- the bot in its chats --------------------------------------------------------------------------------------------


def _read_membership(
    change: Membership, update_id: str, request: WebhookRequest, endpoint: Endpoint, origin: Origin
) -> Event | Ignored:
    """A person has blocked the bot, or lets it write again; a group has removed it."""
    if refusal := find_refusal(change.chat, endpoint):
        return refusal
    thread = Address(chat=change.chat.id).encode()
    reachable = change.new_chat_member.status not in LEFT
    known = _describe(change.chat, change.sender)
    return ContactChanged(
        id=make_event_id("membership", origin, thread, update_id),
        origin=origin,
        thread=thread,
        occurred_at=change.when(request.received_at),
        contact=replace(known, external_id=thread, reachable=reachable),
    )


# --- people ----------------------------------------------------------------------------------------------------------


def _name_contact(message: IncomingMessage, person: User | None = None) -> Contact:
    """Whose conversation it is: the person, or the whole group; a topic of it is a conversation by itself."""
    topic = message.message_thread_id if message.is_topic_message else None
    contact = _describe(message.chat, person or message.sender)
    return replace(contact, external_id=Address(chat=message.chat.id, topic=topic).encode())


def _describe(chat: Chat, person: User | None) -> Contact:
    if not chat.is_private:
        return Contact(external_id=str(chat.id), name=chat.title or None)
    name, language = (person.name, person.language_code) if person else ("", "")
    return Contact(external_id=str(chat.id), name=name or None, language=language)


def _name_sender(person: User | None, contact: Contact) -> Sender:
    """In a group, the member who wrote."""
    if person is None:
        return Sender(role=Role.CONTACT, external_id=contact.external_id, name=contact.name)
    return Sender(role=Role.CONTACT, external_id=person.id, name=person.name or None)


def _learn_phone(contact: Contact, contents: tuple[Content, ...], message: IncomingMessage) -> Contact:
    """They gave their own card, which Telegram marks: otherwise it never tells numbers. It leaves out the plus."""
    own = message.contact is not None and message.sender is not None and message.contact.user_id == message.sender.id
    card = next((item for item in contents if isinstance(item, ContactCard) and item.phone), None)
    if not own or card is None or not message.chat.is_private:
        return contact
    number = f"+{card.phone}" if card.phone.isdecimal() else card.phone
    return replace(contact, phone=read_number(number) or card.phone)


def _say_who(
    contents: tuple[Content, ...], message: IncomingMessage, person: User | None = None
) -> tuple[Content, ...]:
    """In a group, where agents see the group's name on everything, the words begin with their author's."""
    sender = person or message.sender
    name = read_name(message.sender_chat.title if message.sender_chat else sender.name if sender else "")
    if message.chat.is_private or not name:
        return contents
    first = contents[0]
    if isinstance(first, Text):
        return (replace(first, text=f"{name}: {first.text}"), *contents[1:])
    return (Text(text=f"{name}:"), *contents)


def read_update(request: WebhookRequest) -> Update | None:
    """The same for what answers it; None for what cannot be read."""
    try:
        return read_wire(Update, request.body)
    except Unreadable:
        return None
