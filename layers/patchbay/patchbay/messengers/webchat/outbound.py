"""What reaches a visitor: messages, how far their own ones got, who is typing, and what is taken away again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from patchbay.domain.albums import Album
from patchbay.domain.errors import Rejected, Unreachable
from patchbay.domain.model import (
    Attachment,
    Button,
    Card,
    Cards,
    Contact,
    ContactCard,
    Conversation,
    Delivered,
    Location,
    Part,
    ReceiptState,
    Sender,
    Text,
)
from patchbay.kit.failures import Failure
from patchbay.kit.rest import read_answer
from patchbay.messengers.webchat.client import Api
from patchbay.messengers.webchat.schemas import ChatData, Posted

Json = dict[str, Any]


def post_message(api: Api, part: Part, conversation: Conversation) -> Delivered:
    """The web chat takes a part once, however often it is sent under its key: what is in doubt is just sent again."""
    message = {
        "key": part.key,
        "sender": _sender(part.sender),
        "sent_at": part.sent_at.isoformat(),
        "reply_to": part.reply_to,
        **_says(part),
    }
    response = api.post("chats", conversation.external_id, "messages", json=message, repeatable=True)
    return Delivered(external_id=read_answer(Posted, response).id)


def tell_state(api: Api, message_id: str, state: ReceiptState, conversation: Conversation, reason: str = "") -> None:
    """How far a message of the visitor got; why it failed as a code, which the page words in the visitor's language.

    A chat that is gone wants to know nothing.
    """
    told = {"state": state.value, "reason": reason}
    try:
        api.put("chats", conversation.external_id, "messages", message_id, "state", json=told)
    except Unreachable:
        return


def tell_failure(api: Api, message_id: str, failure: Failure, conversation: Conversation) -> None:
    """What waits for the owner may still arrive: it stays "sent", for a message that has failed never gets further."""
    if failure.final:
        tell_state(api, message_id, ReceiptState.FAILED, conversation, failure.code.value)


def begin_chat(api: Api, beside: Contact, key: str) -> Contact:
    """A chat of the same visitor, under the same name. Raises Rejected when they may have no more."""
    chat = read_answer(ChatData, api.post("chats", beside.external_id, "beside", json={"key": key}, repeatable=True))
    return Contact(external_id=chat.id, name=chat.name or None, language=chat.language, person=chat.person)


def tell_typing(api: Api, conversation: Conversation, *, typing: bool) -> None:
    api.put("chats", conversation.external_id, "typing", json={"typing": typing, "name": ""})


def edit_message(api: Api, message_id: str, part: Part, conversation: Conversation) -> None:
    api.put("chats", conversation.external_id, "messages", message_id, json=_says(part))


def show_reaction(api: Api, emoji: str, sender: Sender, message_id: str, conversation: Conversation) -> None:
    """Each agent has one, by their name."""
    reaction = {"emoji": emoji, "sender": _sender(sender)}
    api.put("chats", conversation.external_id, "messages", message_id, "reaction", json=reaction)


def delete_messages(api: Api, message_ids: Sequence[str], conversation: Conversation) -> None:
    try:
        for message_id in message_ids:
            api.delete("chats", conversation.external_id, "messages", message_id)
    except Unreachable:
        return


def erase_chat(api: Api, chat_id: str) -> None:
    """The whole transcript, with its files."""
    with suppress(Unreachable):
        api.delete("chats", chat_id)


# --- what a message says ---------------------------------------------------------------------------------------------


def _says(part: Part) -> Json:
    return {"content": _content(part.content), "buttons": _buttons(part.buttons)}


def _content(content: Text | Attachment | Location | ContactCard | Cards | Album) -> Json:
    match content:
        case Text():
            return {"type": content.type, "text": content.text}
        case Attachment():
            return _attachment(content)
        case Location():
            place = {"latitude": content.latitude, "longitude": content.longitude, "label": content.label}
            return {"type": content.type, **place}
        case Cards():
            return {"type": content.type, "cards": [_card(card) for card in content.cards]}
        case ContactCard():  # not claimed: `fallbacks` makes a text of it
            raise Rejected("the web chat cannot show contact cards", code="contact")
        case Album():  # the same
            raise Rejected("the web chat cannot show several files as one", code="album")


def _attachment(attachment: Attachment) -> Json:
    if not attachment.url:
        raise Rejected("the attachment could not be downloaded", code="attachment")
    return {
        "type": attachment.type,
        "kind": attachment.kind.value,
        "url": attachment.url,
        "name": attachment.name,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "caption": attachment.caption,
    }


def _card(card: Card) -> Json:
    image = card.image if card.image and card.image.url else None
    return {
        "title": card.title,
        "text": card.text,
        "image": _attachment(image) if image else None,
        "buttons": _buttons(card.buttons),
    }


def _buttons(buttons: Iterable[Button]) -> list[Json]:
    return [{"label": button.label, "payload": button.payload, "url": button.url} for button in buttons]


def _sender(sender: Sender) -> Json:
    return {"name": sender.name or "", "role": sender.role.value}
