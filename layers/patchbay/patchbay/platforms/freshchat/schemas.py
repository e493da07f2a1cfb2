"""Freshchat's JSON objects in webhooks, as far as the bridge needs them; messages and conversations in answers too.

Freshchat says "nobody" as "", as null and by leaving the field out: all three read as "". Its times are UTC, with and
without saying so.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from patchbay.kit.schemas import Guard, Id, Items, Moment, Private, Wire

RawPart = Mapping[str, object]


class AvatarWire(Wire):
    url: str = ""


class PersonWire(Wire):
    """A user or an agent."""

    id: Id = ""
    type: str = ""
    reference_id: Id = ""
    first_name: str = ""
    avatar: AvatarWire | None = None
    created_time: Moment | None = None


class ActorWire(Wire):
    actor_type: str = ""
    actor_id: Id = ""


class EnvelopeWire(Wire):
    """What every webhook has; `data` is read by the action's own rules."""

    actor: ActorWire | None = None
    action: str = ""
    action_time: Moment | None = None
    data: Mapping[str, object] | None = None


class ReplyToWire(Wire):
    message_id: Id = ""


class InConversationWire(Wire):
    """Where something is: Freshchat has two ids for conversations and channels, and gives either or both."""

    id: Id = ""
    conversation_id: Id = ""
    freshchat_conversation_id: Id = ""
    channel_id: Id = ""
    freshchat_channel_id: Id = ""
    user_id: Id = ""
    created_time: Moment | None = None


class MessageWire(InConversationWire):
    """A message in webhooks and in the API's answers alike."""

    actor_type: str = ""
    actor_id: Id = ""
    message_type: Guard = ""
    message_parts: Items[RawPart] = ()
    reply_parts: Items[RawPart] = ()
    msg_parts: Items[RawPart] = ()  #: the form of 2018
    in_reply_to: ReplyToWire | None = None
    bots_private_note: Private = Field(default=False, alias="botsPrivateNote")


class ConversationWire(InConversationWire):
    """In webhooks, in the answer of POST and GET /conversations, and (with `id`) in a user's list."""

    status: str = ""
    messages: Items[MessageWire] = ()

    @property
    def own_id(self) -> str:
        """As Freshchat writes it in its paths."""
        return self.conversation_id or self.id or self.freshchat_conversation_id


class ChangeWire(Wire):
    """What `assignment`, `resolve` and `reopen` have in common."""

    conversation: ConversationWire
