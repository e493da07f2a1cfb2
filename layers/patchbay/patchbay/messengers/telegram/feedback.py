"""What a customer sees besides messages: that someone is typing."""

from __future__ import annotations

from patchbay.domain.model import Conversation
from patchbay.messengers.telegram.chats import read_address
from patchbay.messengers.telegram.client import Api, make_failure


def show_typing(api: Api, conversation: Conversation, *, typing: bool) -> None:
    """For `Behavior.typing_lasts` seconds, or until the next message: no call ends it."""
    if not typing:
        return
    address = read_address(conversation.external_id)
    topic = {} if address.topic is None else {"message_thread_id": address.topic}
    fields = {"chat_id": address.chat, **topic, "action": "typing"}
    response = api.call("sendChatAction", fields, repeatable=True)
    if not response.ok:
        raise make_failure(response, "showing that someone is typing")
