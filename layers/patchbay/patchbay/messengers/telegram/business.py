"""Updates about business accounts: what customers write to them, and what their owners write on the phone.

A customer's chat with an account is another conversation than their chat with the bot, and goes on when the owner adds
the bot again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from patchbay.domain.accounts import Endpoint
from patchbay.domain.errors import UnknownThread
from patchbay.domain.events import ConnectionChanged, Event, Ignored, MessageReceived, Origin, make_event_id
from patchbay.domain.model import Contact, Content, Message, Postback, Role, Sender, Text
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.telegram.business_accounts import (
    describe_account,
    find_account,
    is_allowed,
    list_accounts,
    list_allowed,
    write_facts,
)
from patchbay.messengers.telegram.chats import Address, name_message
from patchbay.messengers.telegram.contents import is_incomplete, read_contents
from patchbay.messengers.telegram.inbound import find_contents, find_label
from patchbay.messengers.telegram.people import describe_chat, describe_sender, learn_phone
from patchbay.messengers.telegram.references import read_answered, refer_to
from patchbay.messengers.telegram.schemas import (
    BusinessConnection,
    CallbackQuery,
    DeletedMessages,
    IncomingMessage,
    Update,
)

_NOTIFICATIONS = "777000"  #: the chat in which Telegram itself writes: login codes, say
_NOT_ALLOWED = "from a business account that is not among those of the setting business"


def read_business(
    update: Update, request: WebhookRequest, endpoint: Endpoint, origin: Origin
) -> Sequence[Event | Ignored]:
    """Raises UnknownThread for a connection with an account of which nothing is recorded yet."""
    if not list_allowed(endpoint.settings):
        return [Ignored(reason="from a business account, and those are not carried", by_settings=True)]
    if update.business_connection:
        return [_read_connection(update.business_connection, update.update_id, request, endpoint, origin)]
    owner = _find_owner(_name_connection(update), endpoint)
    if isinstance(owner, Ignored):
        return [owner]
    if update.business_message:
        return [_read_message(update.business_message, owner, request, origin)]
    if update.edited_business_message:
        return [_read_edit(update.edited_business_message, update.update_id, owner, request, origin)]
    if update.deleted_business_messages:
        return _read_deletions(update.deleted_business_messages, update.update_id, owner, request, origin)
    return [_read_tap(update.callback_query, owner, request, origin)] if update.callback_query else []


# --- the accounts ----------------------------------------------------------------------------------------------------


def _read_connection(
    connection: BusinessConnection, update_id: str, request: WebhookRequest, endpoint: Endpoint, origin: Origin
) -> Event:
    """What the bot may do in an account. Of a stranger's is noted that it is nobody's, and not whose."""
    owner = connection.user.id
    allowed = is_allowed(endpoint.settings, owner, connection.user.username)
    return ConnectionChanged(
        id=make_event_id("business", origin, update_id),
        origin=origin,
        thread=owner if allowed else "",
        occurred_at=request.received_at,
        status=None,
        facts=write_facts(owner, describe_account(connection)) if allowed else {},
        aliases=(connection.id,),
    )


def _name_connection(update: Update) -> str:
    message = update.business_message or update.edited_business_message
    if message is None and update.callback_query:
        message = update.callback_query.message
    if message is not None:
        return message.business_connection_id
    return update.deleted_business_messages.business_connection_id if update.deleted_business_messages else ""


def _find_owner(connection_id: str, endpoint: Endpoint) -> str | Ignored:
    """Whose account it is. A stranger's may have been added to the setting since it was recorded as nobody's."""
    if not connection_id:
        return Ignored(reason="from a business account that it does not name")
    if connection_id not in endpoint.threads:
        raise UnknownThread(connection_id)
    noted = endpoint.threads[connection_id]
    if not noted.isdecimal():
        added = (owner for owner, account in list_accounts(endpoint.settings) if account.id == connection_id)
        return next(added, Ignored(reason=_NOT_ALLOWED))
    account = find_account(endpoint.settings, noted)
    if account is not None and not is_allowed(endpoint.settings, noted, account.username):
        return Ignored(reason=_NOT_ALLOWED, by_settings=True)
    return noted


# --- messages --------------------------------------------------------------------------------------------------------


def _read_message(message: IncomingMessage, owner: str, request: WebhookRequest, origin: Origin) -> Event | Ignored:
    if refusal := _find_refusal(message, owner):
        return refusal
    contents = find_contents(message, request.body, "business_message")
    if isinstance(contents, Ignored):
        return contents
    received = _make_message(message, contents, owner, request, origin)
    return replace(received, message=replace(received.message, reply_to=_read_answered(message, owner, origin)))


def _find_refusal(message: IncomingMessage, owner: str) -> Ignored | None:
    """Our own answers come back: an account has one bot. What is not from a person may hold codes and tokens."""
    if message.sender_business_bot:
        return Ignored(reason="what the bot has written in a business account", routine=True)
    chat, writer = str(message.chat.id), message.sender
    if not message.chat.is_private or chat in {owner, _NOTIFICATIONS} or (writer and writer.is_bot):
        return Ignored(reason="not a customer's private chat in a business account")
    return None


def _make_message(
    message: IncomingMessage, contents: tuple[Content, ...], owner: str, request: WebhookRequest, origin: Origin
) -> MessageReceived:
    place = Address(chat=message.chat.id, owner=owner).encode()
    contact, sender = _describe_people(message, contents, owner)
    at = message.when(request.received_at)
    return MessageReceived(
        id=make_event_id("message", origin, place, message.message_id),
        origin=origin,
        thread=place,
        occurred_at=at,
        contact=contact,
        message=Message(
            external_id=name_message(place, message.message_id),
            sender=sender,
            content=contents,
            sent_at=at,
            incomplete=is_incomplete(contents),
        ),
    )


def _describe_people(message: IncomingMessage, contents: tuple[Content, ...], owner: str) -> tuple[Contact, Sender]:
    """Whose conversation it is, and who wrote: the customer, the owner, or Telegram in the owner's name."""
    writer = message.sender
    is_customer = writer is None or writer.id == str(message.chat.id)
    place = Address(chat=message.chat.id, owner=owner).encode()
    contact = replace(describe_chat(message.chat, writer if is_customer else None), external_id=place)
    if writer is None or is_customer:
        contact = learn_phone(contact, contents, message)
        return contact, describe_sender(writer, contact)
    role = Role.BOT if message.is_from_offline else Role.AGENT
    return contact, Sender(role=role, external_id=writer.id, name=writer.name or None)


def _read_edit(
    message: IncomingMessage, update_id: str, owner: str, request: WebhookRequest, origin: Origin
) -> Event | Ignored:
    if refusal := _find_refusal(message, owner):
        return refusal
    contents = read_contents(message)
    if message.location or not contents:
        return Ignored(reason="a message of which nothing was corrected that is carried", routine=True)
    first = _make_message(message, contents, owner, request, origin)
    at = message.edited_when(request.received_at)
    change = Change(kind=ChangeKind.EDIT, target=refer_to(first.thread, message.message_id, origin))
    return replace(
        first,
        id=make_event_id("edit", origin, first.thread, message.message_id, update_id),
        occurred_at=at,
        message=replace(first.message, sent_at=at, change=change),
    )


def _read_answered(message: IncomingMessage, owner: str, origin: Origin) -> Reference | None:
    answered = read_answered(message, origin)
    if answered is None or message.reply_to_message is None:
        return None
    place = Address(chat=message.chat.id, owner=owner).encode()
    return refer_to(place, message.reply_to_message.message_id, origin, answered.excerpt)


def _read_deletions(
    deleted: DeletedMessages, update_id: str, owner: str, request: WebhookRequest, origin: Origin
) -> Sequence[Event | Ignored]:
    """Of what was written there. What agents have written stays with them: a line says that it is gone."""
    contact = replace(
        describe_chat(deleted.chat, None), external_id=Address(chat=deleted.chat.id, owner=owner).encode()
    )
    return [
        MessageReceived(
            id=make_event_id("deletion", origin, contact.external_id, number, update_id),
            origin=origin,
            thread=contact.external_id,
            occurred_at=request.received_at,
            contact=contact,
            message=Message(
                external_id="",
                sender=Sender(role=Role.CONTACT),
                content=(),
                sent_at=request.received_at,
                change=Change(
                    kind=ChangeKind.DELETION,
                    target=replace(refer_to(contact.external_id, number, origin), message_id=""),
                ),
            ),
        )
        for number in deleted.message_ids
    ] or [Ignored(reason="a deletion of nothing")]


def _read_tap(query: CallbackQuery, owner: str, request: WebhookRequest, origin: Origin) -> Event | Ignored:
    """As in a chat with the bot: only a button counts that the message has."""
    message = query.message
    if message is None or not (label := find_label(query)):
        return Ignored(reason="a button whose message is not shown to bots any more")
    contents = (Text(text=label),)
    tapped = _make_message(message.model_copy(update={"sender": query.sender}), contents, owner, request, origin)
    return replace(
        tapped,
        id=make_event_id("tap", origin, query.id),
        occurred_at=request.received_at,
        message=replace(
            tapped.message,
            external_id=f"{tapped.thread}:tap-{query.id}",
            sent_at=request.received_at,
            tapped=Postback(label=label, payload=query.data),
        ),
    )
