"""A customer's conversation on our channel: found, or opened with their first message."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import ContactGone, Transient, Uncertain
from patchbay.domain.model import Contact, Conversation, Delivered, Part
from patchbay.kit.abilities import Opened
from patchbay.kit.contract import HttpResponse
from patchbay.kit.rest import read_answer, read_or
from patchbay.platforms.freshchat.client import Api, refusal
from patchbay.platforms.freshchat.ids import name_thread, same_id
from patchbay.platforms.freshchat.outbound import call_ids, compose, is_picture_refused, write_part
from patchbay.platforms.freshchat.responses import ConversationsWire
from patchbay.platforms.freshchat.schemas import ConversationWire

_CANDIDATES = 3  #: each costs a call, and only the latest takes messages

_EARLIEST = datetime.min.replace(tzinfo=UTC)


def open_conversation(api: Api, contact: Contact, first: Part, connection: Connection) -> Opened:
    """The customer's latest conversation on our channel unless it is resolved, else a new one.

    Raises ContactGone when Freshchat does not know the customer (any more).
    """
    user_id = contact.platform_id
    if not user_id:
        raise ContactGone("the customer has not been created in Freshchat yet")
    latest = _find_latest(api, user_id, connection.setting("channel_id"))
    if latest and latest.status != "resolved":
        return Opened(conversation=_describe(latest, user_id))
    return _create(api, user_id, first, connection)


def find_user_of(api: Api, conversation: Conversation) -> str:
    """The customer's user id, "" when the conversation is not there."""
    known = conversation.state.get("user_id", "")
    if known:
        return known
    for conversation_id in call_ids(conversation):
        response = api.get("conversations", conversation_id)
        if response.ok:
            if user_id := read_answer(ConversationWire, response).user_id:
                return user_id
            raise Transient("Freshchat did not return the conversation's customer")
        if response.status != 404:
            raise refusal(response, "reading a conversation")
    return ""


def _find_latest(api: Api, user_id: str, channel_id: str) -> ConversationWire | None:
    response = api.get("users", user_id, "conversations")
    if response.status == 404:
        raise ContactGone("Freshchat no longer has the customer")
    if not response.ok:
        raise refusal(response, "listing a customer's conversations")
    listed = read_answer(ConversationsWire, response).conversations
    found = [_read(api, conversation) for conversation in _pick(listed)]
    ours = [conversation for conversation in found if conversation and same_id(conversation.channel_id, channel_id)]
    return max(ours, key=_age, default=None)


def _pick(listed: Sequence[ConversationWire]) -> Sequence[ConversationWire]:
    """The order of the list is not documented: both of its ends, so that the latest is among them."""
    if len(listed) <= _CANDIDATES:
        return listed
    return (*listed[: _CANDIDATES - 1], listed[-1])


def _read(api: Api, listed: ConversationWire) -> ConversationWire | None:
    response = api.get("conversations", listed.own_id)
    if response.status == 404:
        return None
    if not response.ok:
        raise refusal(response, "reading a conversation")
    return read_answer(ConversationWire, response)


def _create(api: Api, user_id: str, first: Part, connection: Connection) -> Opened:
    for wire_part in write_part(first):
        body: dict[str, object] = {
            "channel_id": connection.setting("channel_id"),
            "users": [{"id": user_id}],
            "messages": [compose(wire_part, user_id)],
        }
        if connection.setting("assigned_group_id"):
            body["assigned_group_id"] = connection.setting("assigned_group_id")
        response = api.post("conversations", json=body, repeatable=False)
        if response.ok:
            return _read_created(response, user_id)
        if not is_picture_refused(response):
            break
    if response.status == 404:
        raise Transient("Freshchat does not have the channel of channel_id: run `patchbay doctor`")
    raise refusal(response, "opening a conversation")


def _read_created(response: HttpResponse, user_id: str) -> Opened:
    created = read_or(ConversationWire, response, ConversationWire())
    if not created.own_id:
        raise Uncertain("Freshchat accepted the first message but has not returned its conversation yet")
    message_id = created.messages[0].id if created.messages else ""
    return Opened(conversation=_describe(created, user_id), delivered=Delivered(external_id=message_id))


def _describe(conversation: ConversationWire, user_id: str) -> Conversation:
    thread, aliases = name_thread(conversation.own_id, conversation.freshchat_conversation_id)
    state = {"user_id": user_id}
    if conversation.own_id != thread:
        state["conversation_id"] = conversation.own_id
    return Conversation(external_id=thread, aliases=aliases, state=state)


def _age(conversation: ConversationWire) -> datetime:
    created = conversation.created_time
    return _EARLIEST if created is None else created if created.tzinfo else created.replace(tzinfo=UTC)
