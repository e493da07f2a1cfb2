"""Freshchat's JSON objects in webhooks, as far as the bridge needs them; messages and conversations in answers too.

Nothing is required but what is useless without it.

Freshchat says "nobody" as "", as null and by leaving the field out: all three read as "".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from patchbay.wire import String, Wire, no_null_list


def _no_empty_time(value: object) -> object:
    return value or None


Time = Annotated[datetime | None, BeforeValidator(_no_empty_time)]
RawPart = Mapping[str, object]
RawParts = Annotated[tuple[RawPart, ...], BeforeValidator(no_null_list)]


class ActorWire(Wire):
    actor_type: String = ""
    actor_id: String = ""


class EnvelopeWire(Wire):
    """What every webhook has; `data` is read by the action's own rules."""

    actor: ActorWire | None = None
    action: String = ""
    action_time: Time = None
    data: Mapping[str, object] | None = None


class ReplyToWire(Wire):
    message_id: String = ""


class InConversationWire(Wire):
    """Where something is: Freshchat has two ids for conversations and channels, and gives either or both."""

    id: String = ""
    conversation_id: String = ""
    freshchat_conversation_id: String = ""
    channel_id: String = ""
    freshchat_channel_id: String = ""
    user_id: String = ""
    created_time: Time = None


class MessageWire(InConversationWire):
    """A message in webhooks and in the API's answers alike."""

    actor_type: String = ""
    actor_id: String = ""
    message_type: String = ""
    message_parts: RawParts = ()
    reply_parts: RawParts = ()
    msg_parts: RawParts = ()  #: the form of 2018
    in_reply_to: ReplyToWire | None = None
    bots_private_note: bool | None = Field(default=None, alias="botsPrivateNote")


Messages = Annotated[tuple[MessageWire, ...], BeforeValidator(no_null_list)]


class ConversationWire(InConversationWire):
    """In webhooks, in the answer of POST and GET /conversations, and (with `id`) in a user's list."""

    status: String = ""
    messages: Messages = ()

    @property
    def own_id(self) -> str:
        """As Freshchat writes it in its paths."""
        return self.conversation_id or self.id or self.freshchat_conversation_id


class ChangeWire(Wire):
    """What `assignment`, `resolve` and `reopen` have in common."""

    conversation: ConversationWire
