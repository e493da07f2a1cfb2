"""Telegram's updates as the bridge's events.

Telegram sends a chat's next update only when we have taken the one before: what cannot be read is ignored with a
reason, because refusing it would hold up all that the person writes for a day.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from patchbay.domain.accounts import Endpoint
from patchbay.domain.characters import quote_name, read_json
from patchbay.domain.errors import Unreadable
from patchbay.domain.events import ContactChanged, Event, Ignored, MessageReceived, Origin, ThreadMoved, make_event_id
from patchbay.domain.model import Content, Message, Postback, Text, Unsupported
from patchbay.domain.references import Change, ChangeKind
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.schemas import read_wire
from patchbay.messengers.telegram import spec
from patchbay.messengers.telegram.chats import Address, name_message
from patchbay.messengers.telegram.contents import describe_unknown, is_incomplete, read_contents
from patchbay.messengers.telegram.people import (
    describe_chat,
    describe_contact,
    describe_sender,
    learn_phone,
    say_who,
)
from patchbay.messengers.telegram.references import read_answered, read_reactions, refer_to
from patchbay.messengers.telegram.schemas import CallbackQuery, Chat, IncomingMessage, Membership, Update
from patchbay.messengers.telegram.spec import BLOCKED, REMOVED

_START = re.compile(r"/start(?:@\w{1,64})?(?:\s+(?P<reference>[A-Za-z0-9_-]{1,64}))?\s*")
#: What is said about a chat, and not by a person.
_NEWS = re.compile(
    "new_chat_|left_chat_|delete_chat_|pinned_|forum_topic_|general_forum_|video_chat_|message_auto_|boost_added|"
    "chat_|proximity_|write_access_|connected_website|group_chat_|supergroup_chat_|channel_chat_|giveaway|successful_"
)
#: What surrounds a message's contents, of the fields that are not read.
_ABOUT = re.compile(
    "from$|chat$|date$|message_id$|sender_|business_|forward_|is_|reply_|external_|quote$|via_|edit_|has_|media_group|"
    "author_|effect_|link_preview|show_|message_thread|entities$|caption|direct_messages_|paid_(message|star)|guest_"
)


def parse(request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
    """The events in an update: one, unless a person has changed several reactions at once."""
    update = read_wire(Update, request.body)
    origin = Origin(service=endpoint.service, endpoint=endpoint.id)
    if is_business(update):
        from patchbay.messengers.telegram.business import read_business  # most bots have no business accounts

        return read_business(update, request, endpoint, origin)
    if update.message:
        return [_read_message(update.message, request, endpoint, origin)]
    if update.edited_message:
        return [_read_edit(update.edited_message, update.update_id, request, endpoint, origin)]
    if update.message_reaction:
        refusal = find_refusal(update.message_reaction.chat, endpoint)
        at = update.message_reaction.when(request.received_at)
        return [refusal] if refusal else read_reactions(update.message_reaction, update.update_id, at, origin)
    if update.callback_query:
        return [_read_tap(update.callback_query, request, endpoint, origin)]
    if update.my_chat_member:
        return [_read_membership(update.my_chat_member, update.update_id, request, endpoint, origin)]
    return [Ignored(reason=f"an update that is not carried: {quote_name(_name_unread(request.body))}")]


def is_business(update: Update) -> bool:
    """Whether it is about a business account, and not about the bot's own chats."""
    tapped = update.callback_query.message if update.callback_query else None
    about = (update.business_connection, update.business_message, update.edited_business_message)
    return any(about) or bool(update.deleted_business_messages or (tapped and tapped.business_connection_id))


def _name_unread(body: bytes) -> str:
    """What an update is about that is of an unknown kind, or lacks what Telegram documents."""
    fields = read_json(body)
    return next((name for name in fields if name != "update_id"), "") if isinstance(fields, dict) else ""


def read_update(request: WebhookRequest) -> Update | None:
    """The same for what answers it; None for what cannot be read."""
    try:
        return read_wire(Update, request.body)
    except Unreadable:
        return None


# --- messages --------------------------------------------------------------------------------------------------------


def _read_message(
    message: IncomingMessage, request: WebhookRequest, endpoint: Endpoint, origin: Origin
) -> Event | Ignored:
    if refusal := find_refusal(message.chat, endpoint):
        return refusal
    if message.migrate_to_chat_id or message.migrate_from_chat_id:
        return _read_move(message, request, origin)
    started = read_start(message)
    if started is not None and not started:
        return _change_contact(message, request, origin)
    contents = (_tell_reference(started),) if started else find_contents(message, request.body, "message")
    if isinstance(contents, Ignored):
        return contents
    received = _make_message(message, contents, request, origin)
    if started and received.contact:
        received = replace(received, contact=replace(received.contact, reference=started))
    return replace(received, message=replace(received.message, reply_to=read_answered(message, origin)))


def find_contents(message: IncomingMessage, body: bytes, kind: str) -> tuple[Content, ...] | Ignored:
    """What the message holds, or that it is of a type which is not known. `kind` is the update's."""
    if contents := read_contents(message):
        return contents
    name = _name_content(body, kind)
    if not name or _NEWS.match(name) or message.migrate_to_chat_id or message.migrate_from_chat_id:
        return Ignored(reason=f"news about a chat: {quote_name(name)}")
    return (describe_unknown(name),)


def _read_move(message: IncomingMessage, request: WebhookRequest, origin: Origin) -> Event:
    """A group became a supergroup. Telegram says so in both: it is one event."""
    here = str(message.chat.id)
    old, new = (here, str(message.migrate_to_chat_id)) if message.migrate_to_chat_id else ("", here)
    old = old or str(message.migrate_from_chat_id)
    return ThreadMoved(
        id=make_event_id("move", origin, old, new),
        origin=origin,
        thread=old,
        occurred_at=message.when(request.received_at),
        moved_to=new,
    )


def _make_message(
    message: IncomingMessage, contents: tuple[Content, ...], request: WebhookRequest, origin: Origin
) -> MessageReceived:
    contact = learn_phone(describe_contact(message), contents, message)
    at = message.when(request.received_at)
    return MessageReceived(
        id=make_event_id("message", origin, str(message.chat.id), message.message_id),
        origin=origin,
        thread=contact.external_id,
        occurred_at=at,
        contact=contact,
        message=Message(
            external_id=name_message(message.chat.id, message.message_id),
            sender=describe_sender(message.sender, contact),
            content=say_who(contents, message),
            sent_at=at,
            incomplete=is_incomplete(contents),
        ),
    )


def _read_edit(
    message: IncomingMessage, update_id: str, request: WebhookRequest, endpoint: Endpoint, origin: Origin
) -> Event | Ignored:
    """Words that were corrected. A position that is shared for a while comes as edits of its message, too."""
    if refusal := find_refusal(message.chat, endpoint):
        return refusal
    contents = read_contents(message)
    if message.location or not contents:
        return Ignored(reason="a message of which nothing was corrected that is carried", routine=True)
    first = _make_message(message, contents, request, origin)
    change = Change(kind=ChangeKind.EDIT, target=refer_to(message.chat.id, message.message_id, origin))
    at = message.edited_when(request.received_at)
    return replace(
        first,
        id=make_event_id("edit", origin, str(message.chat.id), message.message_id, update_id),
        occurred_at=at,
        message=replace(first.message, sent_at=at, change=change),
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
    contact = describe_contact(message)
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
    contact = describe_contact(message, query.sender)
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
            sender=describe_sender(query.sender, contact),
            content=say_who(said, message, query.sender),
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
    reachable = not change.is_out
    known = describe_chat(change.chat, change.sender)
    return ContactChanged(
        id=make_event_id("membership", origin, thread, update_id),
        origin=origin,
        thread=thread,
        occurred_at=change.when(request.received_at),
        contact=replace(known, reachable=reachable, unreachable_reason="" if reachable else _explain(change)),
    )


def _explain(change: Membership) -> str:
    """As the refusal of a message does."""
    return BLOCKED if change.chat.is_private else REMOVED
