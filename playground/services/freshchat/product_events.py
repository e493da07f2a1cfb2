"""Product events: what Freshworks' platform calls an installed app with, in the form of its version 3.0.

People come whole, with their names. Nobody is null, where the account's webhook has "", and a part is null in all
kinds but its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playground.services.freshchat.records import (
    Agent,
    Conversation,
    Installation,
    Message,
    User,
    WireParts,
    format_time,
)
from playground.services.freshchat.serializers import Json, Serializers, show_agent, show_channel, show_group, show_user
from playground.services.freshchat.state import State

_MODULES = ("chat_conversation", "chat_user")
_KINDS = ("callback", "collection", "email", "image", "quick_reply_button", "text", "url_button")
_PERSON = ("avatar", "email", "first_name", "id", "last_name", "phone")

Changes = Mapping[str, tuple[object, object]]


class ProductEvents:
    """Writes them, each as it is at the moment."""

    def __init__(self, state: State, serializers: Serializers) -> None:
        self._state = state
        self._serializers = serializers

    def set_up(self, event: str, installation: Installation) -> Json:
        return self._envelope(event, installation)

    def message(self, conversation: Conversation, message: Message, installation: Installation) -> Json:
        data = {
            "actor": self._actor(conversation, message.actor_type, message.actor_id),
            "associations": self._associations(conversation),
            "message": {**self._model(conversation), "messages": [self._message(conversation, message)]},
        }
        return {**self._envelope("onMessageCreate", installation), "data": data}

    def creation(self, conversation: Conversation, installation: Installation) -> Json:
        """By the user, or by whoever wrote the first message."""
        first = next(iter(conversation.messages), None)
        actor = (first.actor_type, first.actor_id) if first else ("user", conversation.user.id)
        messages = [self._message(conversation, message) for message in conversation.messages]
        data = {
            "actor": self._actor(conversation, *actor),
            "associations": self._associations(conversation),
            "conversation": {**self._model(conversation), "messages": messages},
        }
        return {**self._envelope("onConversationCreate", installation), "data": data}

    def update(
        self, conversation: Conversation, actor: tuple[str, str], changes: Changes, installation: Installation
    ) -> Json:
        """`actor` is a type and an id; `changes` have what was and what is, by the name of the property."""
        data = {
            "actor": self._actor(conversation, *actor),
            "associations": self._associations(conversation),
            "changes": _show_changes(changes),
            "conversation": {**self._model(conversation), "messages": []},
        }
        return {**self._envelope("onConversationUpdate", installation), "data": data}

    def user_update(self, user: User, changes: Changes, installation: Installation) -> Json:
        data = {
            "actor": {"type": "system", "id": self._state.system_id},
            "associations": {},
            "changes": _show_changes(changes),
            "user": show_user(user),
        }
        return {**self._envelope("onUserUpdate", installation), "data": data}

    # --- parts of them -----------------------------------------------------------------------------------------------

    def _envelope(self, event: str, installation: Installation) -> Json:
        return {
            "currentHost": {
                "subscribed_modules": list(_MODULES),
                "endpoint_urls": {"freshchat": "https://demo.freshchat.com"},
            },
            "event": event,
            "iparams": {"patchbay_address": installation.url, "shared_secret": installation.secret},
            "region": "EU",
            "timestamp": int(self._state.timeline.now().timestamp() * 1000),
            "version": "1.0.0",
        }

    def _model(self, conversation: Conversation) -> Json:
        return {
            "app_id": self._state.app_id,
            "assigned_agent_id": conversation.agent or None,
            "assigned_group_id": conversation.group or None,
            "channel_id": conversation.channel.id,
            "conversation_id": self._serializers.conversation_id(conversation),
            "created_time": format_time(conversation.created_at),
            "response_due_type": "NO_RESPONSE_DUE" if conversation.agent else "FIRST_RESPONSE_DUE",
            "status": conversation.status,
            "user_id": conversation.user.id,
        }

    def _message(self, conversation: Conversation, message: Message) -> Json:
        """As in the account's webhook, without what stands around it here."""
        shown = self._serializers.message(conversation, message)
        wanted = ("id", "actor_id", "message_type", "message_source", "created_time", "interaction_id")
        return {
            **{name: shown[name] for name in wanted if name in shown},
            "actor_type": message.actor_type,
            "message_parts": _add_nulls(shown["message_parts"]),
            "reply_parts": _add_nulls(message.reply_parts),
            "org_actor_id": None,
            "is_first_message": message is conversation.messages[0],
        }

    def _associations(self, conversation: Conversation) -> Json:
        agent = self._state.agent(conversation.agent)
        group = next((one for one in self._state.groups if one.id == conversation.group), None)
        return {
            "agent": _show_person(show_agent(agent)) if agent else {},
            "channel": show_channel(conversation.channel),
            "group": show_group(group) if group else {},
            "user": show_user(conversation.user),
        }

    def _actor(self, conversation: Conversation, kind: str, actor_id: str) -> Json:
        person: User | Agent | None = conversation.user if kind == "user" else self._state.agent(actor_id)
        if isinstance(person, User):
            return {"type": kind, **_show_person(show_user(person))}
        if person is None:
            return {"type": kind, **dict.fromkeys(_PERSON), "id": actor_id}
        return {"type": kind, **_show_person(show_agent(person))}


def _show_person(person: Json) -> Json:
    return {name: person[name] for name in _PERSON if name in person}


def _show_changes(changes: Changes) -> Json:
    return {"model_changes": {name: list(change) for name, change in changes.items()}}


def _add_nulls(parts: WireParts) -> list[Json]:
    return [
        {**dict.fromkeys(_KINDS), **{kind: _add_inner_nulls(value) for kind, value in part.items()}} for part in parts
    ]


def _add_inner_nulls(value: Any) -> Any:
    if isinstance(value, Mapping) and "sub_parts" in value:
        return {**value, "sub_parts": _add_nulls(value["sub_parts"])}
    return value
