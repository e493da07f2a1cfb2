"""What is changed of messages that are there: our side's reaction."""

from __future__ import annotations

from patchbay.domain.errors import Rejected
from patchbay.domain.model import Conversation
from patchbay.messengers.whatsapp.doors import Door
from patchbay.messengers.whatsapp.outbound import address


def show_reaction(door: Door, emoji: str, message_id: str, conversation: Conversation) -> None:
    """A business has one reaction on each message; an empty one takes it away."""
    if not message_id:
        raise Rejected("this is not a message at WhatsApp", code="message")
    reaction = {"message_id": message_id, "emoji": emoji}
    door.mark({**address(conversation.external_id), "type": "reaction", "reaction": reaction})
