"""What is changed of messages that are out: corrections, reactions, deletions."""

from __future__ import annotations

from collections.abc import Sequence

from patchbay.domain.albums import Album
from patchbay.domain.errors import Rejected
from patchbay.domain.model import Attachment, Conversation, Part, Text
from patchbay.kit.contract import HttpResponse
from patchbay.messengers.telegram import spec
from patchbay.messengers.telegram.chats import number_in, read_address
from patchbay.messengers.telegram.client import Api, make_failure, read_refusal
from patchbay.messengers.telegram.keyboards import Node, build_keyboard, sign_caption, sign_text

_GONE = "message to delete not found"
_SAME = "message is not modified"


def edit_message(api: Api, message_id: str, part: Part, conversation: Conversation) -> None:
    """The words of a text, or below a file: the file itself stays."""
    content = part.content
    match content:
        case Text():
            method, fields = "editMessageText", sign_text(content.text, part.sender)
        case Attachment():
            method, fields = "editMessageCaption", sign_caption(content.caption, part.sender)
        case Album():  # the caption of all is the first one's
            method, fields = "editMessageCaption", sign_caption(content.files[0].caption, part.sender)
        case _:
            raise Rejected("Telegram changes only texts and captions", code="edit")
    response = _call(api, method, message_id, conversation, {**fields, **build_keyboard(part.buttons)})
    if not response.ok and not read_refusal(response).description.count(_SAME):
        raise make_failure(response, "correcting a message")


def show_reaction(api: Api, emoji: str, message_id: str, conversation: Conversation) -> None:
    """A bot has one reaction on each message."""
    shown = [{"type": "emoji", "emoji": spec.write_without_color(emoji)}] if emoji else []
    response = _call(api, "setMessageReaction", message_id, conversation, {"reaction": shown})
    if not response.ok:
        raise make_failure(response, "reacting to a message")


def delete_messages(api: Api, message_ids: Sequence[str], conversation: Conversation) -> None:
    """Telegram deletes a bot's messages for 48 hours. Raises Rejected for an older one; the others are deleted."""
    refused = None
    for message_id in message_ids:
        response = _call(api, "deleteMessage", message_id, conversation, {})
        if not response.ok and _GONE not in read_refusal(response).description:
            refused = make_failure(response, "deleting a message")
    if refused is not None:
        raise refused


def _call(api: Api, method: str, message_id: str, conversation: Conversation, fields: Node) -> HttpResponse:
    chat = read_address(conversation.external_id).chat
    number = number_in(message_id, chat)
    if number is None:
        raise Rejected("this is not a message of the present chat at Telegram", code="message")
    return api.call(method, {"chat_id": chat, "message_id": number, **fields}, repeatable=True)
