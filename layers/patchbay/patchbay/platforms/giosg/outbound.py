"""A part as a visitor's message, its trace at Giosg, and the typing indicator."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from patchbay.domain.errors import ConversationGone, DeliveryError, Rejected, Untraceable
from patchbay.domain.model import Conversation, Delivered, Part, Text
from patchbay.kit.contract import HttpResponse
from patchbay.kit.lookups import UncertainSend, find_unknown
from patchbay.kit.rest import read_or
from patchbay.platforms.giosg.chats import find_person, is_over
from patchbay.platforms.giosg.client import TOO_LONG, Api, list_all, refusal
from patchbay.platforms.giosg.ids import Action, read_action
from patchbay.platforms.giosg.responses import MadeWire
from patchbay.platforms.giosg.schemas import MessageWire

Json = dict[str, object]


def send_message(api: Api, part: Part, conversation: Conversation) -> Delivered:
    """Raises ConversationGone when the chat takes no more messages."""
    text = _read_text(part)
    visitor_id = _find_visitor(api, conversation)
    action = read_action(part.tapped.payload) if part.tapped else None
    if action is not None:
        response = _post(api, visitor_id, conversation, _write_answer(action))
        if response.ok:
            return _describe(response)
        # A button works once, or no more when its message is purged. What was said is still said.
    response = _post(api, visitor_id, conversation, {"type": "msg", "message": text})
    if not response.ok:
        raise _judge(api, response, visitor_id, conversation)
    return _describe(response)


def find_message(api: Api, part: Part, uncertain: UncertainSend, conversation: Conversation) -> Delivered | None:
    """The latest message of the customer that says the same and that we do not know."""
    text = _read_text(part)
    action = read_action(part.tapped.payload) if part.tapped else None
    path = ("public", "visitors", _find_visitor(api, conversation), "chats", conversation.external_id, "messages")
    try:
        listed = list_all(api.customer, MessageWire, *path, query=_NEWEST_FIRST, whole=True)
        for wire in find_unknown(_list_newest_first(listed), uncertain, lambda one: one.id, lambda one: one.created_at):
            if wire.sender_type == "visitor" and (wire.message == text or _answers(wire, action)):
                return Delivered(external_id=wire.id)
    except Rejected as failure:
        if failure.code == TOO_LONG:
            raise Untraceable("Giosg did not return the whole chat") from None
        if is_over(api, path[2], conversation.external_id):
            raise ConversationGone("the chat has ended in Giosg") from None
        raise failure from None
    return None


def tell_typing(api: Api, conversation: Conversation, *, typing: bool) -> None:
    path = ("public", "visitors", _find_visitor(api, conversation), "chat_memberships", conversation.external_id)
    body = {"is_participating": True, "composing_status": "typing" if typing else "idle"}
    response = api.customer.patch(*path, json=body, repeatable=True)
    if not response.ok:
        raise refusal(response, "showing that the customer is typing")


# --- sending ---------------------------------------------------------------------------------------------------------


def _read_text(part: Part) -> str:
    """Of a button the label, which is what the customer saw."""
    if not isinstance(part.content, Text):
        raise Rejected("Giosg does not support this kind of message", code="unsupported")
    return part.tapped.label if part.tapped and part.tapped.label else part.content.text


def _find_visitor(api: Api, conversation: Conversation) -> str:
    visitor_id = find_person(api, conversation)
    if not visitor_id:
        raise ConversationGone("the chat's customer is no longer known")
    return visitor_id


def _write_answer(action: Action) -> Json:
    return {
        "type": "action",
        "response_to_message_id": action.message_id,
        "response_to_attachment_id": action.attachment_id,
        "response_to_action_id": action.action_id,
        "response_value": action.value,
    }


def _post(api: Api, visitor_id: str, conversation: Conversation, body: Json) -> HttpResponse:
    """Giosg: no organization stands in this path."""
    path = ("public", "visitors", visitor_id, "chats", conversation.external_id, "messages")
    return api.customer.post(*path, json=body, repeatable=False)


def _describe(response: HttpResponse) -> Delivered:
    return Delivered(external_id=read_or(MadeWire, response, MadeWire()).id)


def _judge(api: Api, response: HttpResponse, visitor_id: str, conversation: Conversation) -> DeliveryError:
    """Giosg documents no status for a chat that has ended, so it is asked."""
    if is_over(api, visitor_id, conversation.external_id):
        return ConversationGone("the chat has ended in Giosg")
    return refusal(response, "sending a message")


# --- looking up ------------------------------------------------------------------------------------------------------

_NEWEST_FIRST = {"ordering": "-created_at"}


def _list_newest_first(messages: Iterator[MessageWire]) -> Iterator[MessageWire]:
    """As Giosg lists them when it keeps to the ordering that it was asked for; else the whole list, turned round."""
    begun: list[MessageWire] = []
    for wire in messages:
        begun.append(wire)
        if _time_of(wire) != _time_of(begun[0]):
            break
    if begun and _time_of(begun[-1]) > _time_of(begun[0]):
        return iter(sorted((*begun, *messages), key=_time_of, reverse=True))
    return chain(begun, messages)


def _answers(wire: MessageWire, action: Action | None) -> bool:
    if action is None:
        return False
    return (wire.response_to_message_id, wire.response_to_action_id) == (action.message_id, action.action_id)


def _time_of(wire: MessageWire) -> float:
    return wire.created_at.timestamp() if wire.created_at else 0.0
