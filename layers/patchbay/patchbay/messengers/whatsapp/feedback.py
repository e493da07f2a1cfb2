"""What a customer sees besides messages: two blue ticks, and that someone is typing.

WhatsApp knows both only of a message of the customer's, and to show typing marks that message as read.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/typing-indicators
"""

from __future__ import annotations

from contextlib import suppress

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import DeliveryError
from patchbay.domain.model import Conversation, Part, Role
from patchbay.kit.behavior import NEWEST
from patchbay.messengers.whatsapp import spec
from patchbay.messengers.whatsapp.doors import Door


def show_typing(door: Door, conversation: Conversation, connection: Connection, *, typing: bool) -> None:
    """For up to 25 seconds, or until the next message: it ends by itself."""
    newest = conversation.state.get(NEWEST, "")
    if typing and newest and read_policy(connection) != spec.NEVER:
        door.mark({**_read(newest), "typing_indicator": {"type": "text"}})


def mark_read(door: Door, message_id: str) -> None:
    """Earlier messages of the conversation are marked with it."""
    door.mark(_read(message_id))


def mark_answered(door: Door, part: Part, conversation: Conversation, connection: Connection) -> None:
    """An agent has answered what the customer wrote last. The answer is out, whatever becomes of this."""
    newest = conversation.state.get(NEWEST, "")
    if newest and part.sender.role is Role.AGENT and read_policy(connection) == spec.ON_REPLY:
        with suppress(DeliveryError):
            mark_read(door, newest)


def read_policy(connection: Connection) -> str:
    return connection.setting("read_receipts", spec.ON_REPLY)


def _read(message_id: str) -> dict[str, object]:
    return {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
