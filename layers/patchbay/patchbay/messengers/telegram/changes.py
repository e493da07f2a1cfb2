"""What is changed of messages that are out."""

from __future__ import annotations

from collections.abc import Sequence

from patchbay.domain.model import Conversation
from patchbay.messengers.telegram.chats import number_of, read_address
from patchbay.messengers.telegram.client import Api, make_failure, read_refusal

_GONE = "message to delete not found"


def delete_messages(api: Api, message_ids: Sequence[str], conversation: Conversation) -> None:
    """Telegram deletes a bot's messages for 48 hours. Raises Rejected for an older one; the others are deleted."""
    chat, refused = read_address(conversation.external_id).chat, None
    for number in filter(None, map(number_of, message_ids)):
        response = api.call("deleteMessage", {"chat_id": chat, "message_id": number}, repeatable=True)
        if not response.ok and _GONE not in read_refusal(response).description:
            refused = make_failure(response, "deleting a message")
    if refused is not None:
        raise refused
