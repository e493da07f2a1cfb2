"""What a Freshchat account holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

WireParts = list[dict[str, Any]]


def bare(text: str) -> str:
    """An id for comparing: the API takes GUIDs with and without dashes."""
    return text.replace("-", "").lower()


def format_time(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"


@dataclass(slots=True, kw_only=True)
class User:
    id: str
    created_at: datetime
    updated_at: datetime
    profile: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.profile.get("first_name") or "")

    @property
    def avatar(self) -> str | None:
        return (self.profile.get("avatar") or {}).get("url")

    def show(self) -> dict[str, object]:
        """As the API answers: fields that were never set are null."""
        empty = dict.fromkeys(("reference_id", "first_name", "last_name", "email", "phone", "avatar"))
        return {
            "id": self.id,
            "created_time": format_time(self.created_at),
            "updated_time": format_time(self.updated_at),
            **empty,
            "properties": [],
            "social_profiles": [],
            **self.profile,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    id: str
    first_name: str
    last_name: str
    avatar: str | None
    bot: bool = False

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def show(self) -> dict[str, object]:
        return {
            "id": self.id,
            "email": f"{self.first_name.lower()}@desk.example",
            "first_name": self.first_name,
            "last_name": self.last_name,
            "avatar": {"url": self.avatar} if self.avatar else None,
            "groups": [],
            "is_deactivated": False,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    id: str
    number: str
    name: str
    enabled: bool = True

    def show(self) -> dict[str, object]:
        return {
            "id": self.id,
            "name": self.name,
            "enabled": self.enabled,
            "public": True,
            "tags": [],
            "locale": "en",
            "welcome_message": {"message_parts": [{"text": {"content": "Welcome!"}}], "message_type": "normal"},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    id: str
    name: str

    def show(self) -> dict[str, object]:
        return {"id": self.id, "name": self.name, "description": "", "routing_type": "BROADCAST", "agents": []}


@dataclass(slots=True, kw_only=True)
class Message:
    """`complete_at`: until then the files of the message have no address."""

    id: str
    actor_type: str
    actor_id: str
    message_type: str
    message_parts: WireParts
    reply_parts: WireParts
    created_at: datetime
    source: str
    complete_at: datetime | None = None

    def show_parts(self, now: datetime) -> WireParts:
        if self.complete_at is None or now >= self.complete_at:
            return self.message_parts
        return [{kind: _without_address(value) for kind, value in part.items()} for part in self.message_parts]


def _without_address(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in value.items() if name not in {"url", "download_url"}}


@dataclass(slots=True, kw_only=True)
class Conversation:
    id: str
    number: str
    channel: Channel
    user: User
    created_at: datetime
    status: str = "new"
    agent: str = ""
    group: str = ""
    interaction: str = ""
    messages: list[Message] = field(default_factory=list)

    def is_named(self, text: str) -> bool:
        return text == self.number or bare(text) == bare(self.id)

    @property
    def last_activity(self) -> datetime:
        return self.messages[-1].created_at if self.messages else self.created_at


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    key: str
    name: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(slots=True)
class Account:
    """Everything of one Freshchat account."""

    users: list[User] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    conversations: list[Conversation] = field(default_factory=list)
    files: dict[str, StoredFile] = field(default_factory=dict)

    def user(self, user_id: str) -> User | None:
        return next((user for user in self.users if user.id == user_id), None)

    def agent(self, agent_id: str) -> Agent | None:
        return next((agent for agent in self.agents if agent.id == agent_id), None)

    def channel(self, channel_id: str) -> Channel | None:
        return next((channel for channel in self.channels if bare(channel.id) == bare(channel_id)), None)

    def conversation(self, conversation_id: str) -> Conversation | None:
        return next((found for found in self.conversations if found.is_named(conversation_id)), None)

    def conversations_of(self, user: User) -> list[Conversation]:
        """The newest first."""
        return [found for found in reversed(self.conversations) if found.user is user]

    def is_latest(self, conversation: Conversation) -> bool:
        others = self.conversations_of(conversation.user)
        return next(found for found in others if found.channel is conversation.channel) is conversation
