"""What one Giosg organization holds: its people, rooms, visitors, chats and apps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from playground.simulator import Webhook

Json = dict[str, Any]
ChatType = Literal["operator", "visitor", "external", "group", "task"]
Composing = Literal["idle", "typing", "typed"]
MemberType = Literal["user", "visitor"]
SenderType = Literal["user", "visitor", "rule"]
Action = Literal["added", "changed", "removed"]

#: The other types are lines about the chat: who joined, which button was pressed.
DATA_TYPES = frozenset({"msg", "autosuggest", "system", "interaction_submit", "call_request"})


@dataclass(slots=True, kw_only=True, eq=False)
class Agent:
    """A user of the organization. Visitors see only `public_name`."""

    id: str
    first_name: str
    last_name: str
    public_name: str
    online: bool = False
    is_bot: bool = False
    avatar: Json | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    key: str
    value: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class RoomVisitor:
    present_until: datetime
    variables: dict[str, Variable] = field(default_factory=dict)

    @property
    def name(self) -> str | None:
        """The variable `username`; None while it is not set."""
        username = self.variables.get("username")
        return username.value if username else None


@dataclass(slots=True, kw_only=True, eq=False)
class Room:
    id: str
    name: str
    visitors: dict[str, RoomVisitor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """`id` is 32 hexadecimal digits without dashes."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitorToken:
    visitor: Visitor
    expires_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class Member:
    id: str
    type: MemberType
    is_participating: bool = True
    composing: Composing = "idle"
    last_seen_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """`text` is None for lines about the chat and after a purge; `response` holds the `response_*` fields."""

    id: str
    type: str
    created_at: datetime
    sender_type: SenderType
    sender_id: str
    text: str | None
    attachments: list[Json] = field(default_factory=list)
    response: Json = field(default_factory=dict)
    purged_at: datetime | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Chat:
    id: str
    type: ChatType
    room: Room
    visitor: Visitor | None
    created_at: datetime
    updated_at: datetime
    members: dict[str, Member] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    waiting_since: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_ended(self) -> bool:
        return self.ended_at is not None

    @property
    def present_users(self) -> int:
        return sum(member.type == "user" and member.is_participating for member in self.members.values())

    @property
    def is_pending(self) -> bool:
        return self.waiting_since is not None and not self.present_users

    @property
    def last_activity(self) -> datetime:
        return self.messages[-1].created_at if self.messages else self.created_at

    @property
    def visitor_name(self) -> str | None:
        inside = self.room.visitors.get(self.visitor.id) if self.visitor else None
        return inside.name if inside else None

    def message(self, message_id: str) -> Message | None:
        return next((message for message in self.messages if message.id == message_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """`ready_at`: until then its address leads to nothing."""

    id: str
    name: str
    content_type: str
    data: bytes = field(repr=False)
    ready_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AppWebhook:
    """`kinds` are the last steps of the channels that it subscribes to: owned_chats, messages, memberships, rooms."""

    endpoint_url: str = field(repr=False)
    kinds: frozenset[str]


@dataclass(slots=True, kw_only=True, eq=False)
class App:
    """`bot_user` is the id of the user that the app writes as, "" where it has none."""

    id: str
    name: str
    webhooks: tuple[AppWebhook, ...]
    bot_user: str = ""


@dataclass(slots=True, kw_only=True, eq=False)
class LogEntry:
    """A line of the app's webhook log: one try to deliver. Giosg keeps what our side answered."""

    app: str
    channel: str
    action: Action
    created_at: datetime
    started_at: datetime
    retry_index: int = 0
    status: Literal["pending", "started", "successful", "failed"] = "pending"
    reason: str = ""
    response_status_code: int | None = None
    response_body: str = field(default="", repr=False)
    completed_at: datetime | None = None
    milliseconds: float = 0.0

    def again(self, at: datetime, retry_index: int) -> LogEntry:
        """The line of another try."""
        return LogEntry(
            app=self.app,
            channel=self.channel,
            action=self.action,
            created_at=at,
            started_at=at,
            retry_index=retry_index,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing(Webhook):
    """A webhook with its line in the log. `secrets` are what our answer must not repeat."""

    entry: LogEntry
    secrets: tuple[str, ...] = field(default=(), repr=False)
