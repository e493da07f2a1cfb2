"""How things look in the API and in webhooks."""

from __future__ import annotations

from typing import Any

from playground.services.freshchat.records import Agent, Channel, Conversation, Group, Message, User, bare, format_time
from playground.services.freshchat.state import State

Json = dict[str, Any]


class Serializers:
    def __init__(self, state: State) -> None:
        self._state = state

    def conversation_id(self, conversation: Conversation) -> str:
        return bare(conversation.id) if self._state.quirks.bare_ids else conversation.id

    def conversation(self, conversation: Conversation) -> Json:
        """In the API."""
        return {
            **self.event_conversation(conversation, conversation.status),
            "user_id": conversation.user.id,
            "assigned_agent_id": conversation.agent or None,
            "assigned_group_id": conversation.group or None,
            "created_time": format_time(conversation.created_at),
            "properties": {"priority": "Low"},
        }

    def event_conversation(self, conversation: Conversation, status: str) -> Json:
        """In webhooks."""
        return {
            "conversation_id": self.conversation_id(conversation),
            "freshchat_conversation_id": conversation.number,
            "app_id": self._state.app_id,
            "status": status,
            "channel_id": conversation.channel.id,
            "assigned_agent_id": conversation.agent,
            "assigned_group_id": conversation.group,
        }

    def message(self, conversation: Conversation, message: Message) -> Json:
        """In webhooks and in the API alike."""
        shown: Json = {
            "id": message.id,
            "app_id": self._state.app_id,
            "channel_id": conversation.channel.id,
            "freshchat_channel_id": conversation.channel.number,
            "conversation_id": self.conversation_id(conversation),
            "freshchat_conversation_id": conversation.number,
            "interaction_id": conversation.interaction,
            "user_id": conversation.user.id,
            "actor_type": message.actor_type,
            "actor_id": message.actor_id,
            "message_type": message.message_type,
            "message_source": message.source,
            "message_parts": message.parts_at(self._state.timeline.now()),
            "reply_parts": message.reply_parts,
            "created_time": format_time(message.created_at),
            "restrictResponse": False,
            "botsPrivateNote": message.message_type == "private" and message.actor_type == "bot",
        }
        return {name: value for name, value in shown.items() if name not in self._omitted(message)}

    def _omitted(self, message: Message) -> set[str]:
        quirks = self._state.quirks
        names = set()
        if not message.reply_parts:
            names.add("reply_parts")
        if message.actor_type == "system":
            names.add("actor_type")  # system users have an id and no type
        if quirks.omit_message_type and message.message_type == "normal":
            names.add("message_type")
        if quirks.omit_user_id or message.actor_type == "user":
            names.add("user_id")
        return names


def show_user(user: User) -> Json:
    """Fields that were never set are null."""
    empty = dict.fromkeys(("reference_id", "first_name", "last_name", "email", "phone", "avatar"))
    return {
        "id": user.id,
        "created_time": format_time(user.created_at),
        "updated_time": format_time(user.updated_at),
        **empty,
        "properties": [],
        "social_profiles": [],
        **user.profile,
    }


def show_agent(agent: Agent) -> Json:
    return {
        "id": agent.id,
        "email": f"{agent.first_name.lower()}@desk.example",
        "first_name": agent.first_name,
        "last_name": agent.last_name,
        "avatar": {"url": agent.avatar} if agent.avatar else None,
        "groups": [],
        "is_deactivated": False,
    }


def show_channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "enabled": channel.enabled,
        "public": True,
        "tags": [],
        "locale": "en",
        "welcome_message": {"message_parts": [{"text": {"content": "Welcome!"}}], "message_type": "normal"},
    }


def show_group(group: Group) -> Json:
    return {"id": group.id, "name": group.name, "description": "", "routing_type": "BROADCAST", "agents": []}
