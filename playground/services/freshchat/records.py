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


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    id: str
    number: str
    name: str
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    id: str
    name: str


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

    def parts_at(self, now: datetime) -> WireParts:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The Freshworks app as the admin has installed it: where it sends to, and what it signs with."""

    url: str
    secret: str = field(repr=False)
    version: str
