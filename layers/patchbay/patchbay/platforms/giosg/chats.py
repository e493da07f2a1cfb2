"""A customer's chat: the one that goes on, else a new one. What has ended at Giosg is locked for good."""

from __future__ import annotations

from patchbay.domain.errors import AuthorizationNeeded, Closed, ContactGone, DeliveryError, NotYet, Rejected, Transient
from patchbay.domain.model import Contact, ContactKey, Conversation
from patchbay.kit.abilities import PERSON_ID, Opened
from patchbay.kit.contract import HttpResponse
from patchbay.kit.rest import read_answer, read_or
from patchbay.platforms.giosg.client import Api, list_all, refusal
from patchbay.platforms.giosg.ids import same_id
from patchbay.platforms.giosg.responses import MadeWire
from patchbay.platforms.giosg.schemas import ChatWire
from patchbay.platforms.giosg.spec import EXTERNAL, OFFLINE_REPLY, REPLY
from patchbay.platforms.giosg.visitors import describe, enter_room, find_visitor, read_room


def open_chat(api: Api, key: ContactKey, contact: Contact) -> Opened:
    """Raises Closed while no agent is online and Giosg accepts no chats."""
    visitor_id = contact.platform_id
    if not visitor_id:
        raise ContactGone("the customer has not been created in Giosg yet")
    enter_room(api, visitor_id)
    profile_error = _describe_aside(api, visitor_id, contact, key)
    try:
        chat_id = _find(api, visitor_id, has_threads=bool(contact.person)) or _make(api, visitor_id)
    except Rejected:
        enter_room(api, visitor_id, afresh=True)  # says so when Giosg does not know the visitor any more
        raise
    conversation = Conversation(external_id=chat_id, state={PERSON_ID: visitor_id})
    return Opened(conversation=conversation, profile_error=profile_error)


def _describe_aside(api: Api, visitor_id: str, contact: Contact, key: ContactKey) -> str:
    """Why the agents do not see the profile, "" where they do: a name is not worth a message.

    A token that is refused, and a rate limit, concern the calls that follow as well.
    """
    try:
        describe(api, visitor_id, contact, key.service)
    except (AuthorizationNeeded, ContactGone, NotYet):
        raise
    except DeliveryError as failure:
        return str(failure)
    return ""


def find_person(api: Api, conversation: Conversation) -> str:
    """The visitor whose chat it is: from our own record, else from Giosg. "" if it has none."""
    return conversation.state.get(PERSON_ID, "") or find_visitor(api, conversation.external_id)


def is_over(api: Api, visitor_id: str, chat_id: str) -> bool:
    """Whether it takes no messages any more: it has ended, or is not this visitor's."""
    response = api.customer.get("public", "visitors", visitor_id, "chats", chat_id)
    if response.status in {403, 404}:
        return True
    return response.ok and read_or(ChatWire, response, ChatWire()).is_over


def end_chat(api: Api, visitor_id: str, chat_id: str) -> None:
    """What has ended already stays as it is."""
    path = ("public", "visitors", visitor_id, "chats", chat_id)
    response = api.customer.patch(*path, json={"is_ended": True}, repeatable=True)
    if not response.ok and not is_over(api, visitor_id, chat_id):
        raise refusal(response, "ending a chat")


# --- finding and making ----------------------------------------------------------------------------------------------


def _find(api: Api, visitor_id: str, *, has_threads: bool) -> str:
    """The visitor's latest chat in our room that goes on, "" for none.

    Of people with several threads, a chat in which they or an agent have written is another thread's: then it is one
    that was made here and whose answer was lost.
    """
    chats = list_all(api.customer, ChatWire, "public", "visitors", visitor_id, "chats")
    open_ids = [
        chat.id
        for chat in chats
        if chat.id and not chat.is_over and same_id(chat.room_id, api.room) and (chat.is_untouched or not has_threads)
    ]
    return open_ids[-1] if open_ids else ""


def _make(api: Api, visitor_id: str) -> str:
    """Giosg: chats of the type visitor want an agent who is online; external ones may be taken at any time."""
    chat_type = api.connection.setting("chat_type", EXTERNAL)
    if chat_type != EXTERNAL and not read_room(api).is_online:
        raise _closed(api)
    response = _ask_for_chat(api, visitor_id, chat_type)
    if not response.ok:
        if not read_room(api).is_online:  # Giosg documents no status for a room without agents, so the room is read
            raise _closed(api)
        response = _ask_for_chat(api, visitor_id, chat_type)  # an agent may have come online in between
    if not response.ok:
        raise refusal(response, "starting a chat")
    made = read_answer(MadeWire, response)
    if not made.id:
        raise Transient("Giosg created a chat but returned no id")
    return made.id


def _ask_for_chat(api: Api, visitor_id: str, chat_type: str) -> HttpResponse:
    path = ("public", "orgs", api.organization, "rooms", api.room, "visitors", visitor_id, "chats")
    response = api.customer.post(*path, json={"chat_type": chat_type}, repeatable=True)
    if response.status == 400:  # Giosg's own example sends no body
        response = api.customer.post(*path, repeatable=True)
    return response


def _closed(api: Api) -> Closed:
    tells = api.connection.setting("offline") == REPLY
    notice = api.connection.setting("offline_reply", OFFLINE_REPLY) if tells else ""
    return Closed("no agent is online in Giosg's room, which accepts no chats", notice)
