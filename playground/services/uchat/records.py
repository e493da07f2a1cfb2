"""What a UChat partner's workspaces hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]
Author = Literal["customer", "bot", "agent", "note", "system"]
ChatStatus = Literal["open", "pending", "spam", "done"]
Kind = Literal["text", "image", "audio", "video", "file"]
MEDIA: tuple[Kind, ...] = ("image", "audio", "video", "file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    id: int
    name: str
    online: bool = True


@dataclass(slots=True, kw_only=True)
class Registration:
    """The one webhook of a workspace; every field is "" when there is none."""

    url: str = ""
    key: str = field(default="", repr=False)
    status: str = ""

    @property
    def is_verified(self) -> bool:
        return self.status == "verified"


@dataclass(slots=True, kw_only=True)
class Workspace:
    """`flow_keys`: its flow API keys, and whether each has the right "manage flow"."""

    id: str
    name: str
    code: str
    flow_ns: str
    has_addon: bool
    flow_keys: dict[str, bool] = field(repr=False)
    agents: list[Agent]
    webhook: Registration = field(default_factory=Registration)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    key: str
    name: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message before it is sent. `template` is a `content_type` with its `content_attributes`."""

    text: str = ""
    kind: Kind = "text"
    url: str = ""
    template: Json = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Message:
    """`payload` is that of the button which a customer pressed; `status` what became of one that left UChat."""

    id: int
    author: Author
    at: datetime
    content: Draft
    agent: Agent | None = None
    payload: str = ""
    status: str = ""


@dataclass(slots=True, kw_only=True)
class Contact:
    """A bot user with their one chat. `user_id` is the `sender.id` of the posts, `user_ns` UChat's own id.

    `offered`: the payloads of the buttons that the contact was sent.
    """

    user_ns: str
    user_id: str
    conversation_id: int
    workspace: Workspace
    created_at: datetime
    profile: dict[str, str]
    status: ChatStatus = "open"
    agent: Agent | None = None
    has_bot: bool = True  #: the bot answers in this chat
    offered: set[str] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.profile.get("name", "")

    @property
    def last_activity(self) -> datetime:
        return self.messages[-1].at if self.messages else self.created_at
