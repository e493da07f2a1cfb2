"""What one vcita directory holds: businesses with their staff and clients, apps, tokens, channels and sessions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from playground.simulator_types import Webhook

Json = dict[str, Any]
ChannelStatus = Literal["pending", "active", "inactive", "deleted", "blocked", "error"]
SessionStatus = Literal["pending", "inactive", "active", "deleted", "failed"]
MessageStatus = Literal["pending", "channel_pending", "sent", "received", "read", "error", "unavailable"]

#: What the source of the communication app's guide knows; the API took the others later.
BASIC_STATUSES: frozenset[MessageStatus] = frozenset({"pending", "received", "read", "error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    uid: str
    first_name: str
    last_name: str
    role: str = "user"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(slots=True, kw_only=True)
class Line:
    """One line of a thread. `message_uid` is the id in webhooks, `pushed_uid` the one that the app gave if it did.

    `reported` is every status in its order: the app's for a staff member's message, vcita's for a client's.
    """

    uid: str
    author: Literal["customer", "agent", "system"]
    at: datetime
    text: str
    message_uid: str = ""
    pushed_uid: str = ""
    html: bool = False
    staff: Staff | None = None
    channel: Channel | None = None
    attachments: list[Json] = field(default_factory=list)
    status: MessageStatus = "pending"
    reported: list[MessageStatus] = field(default_factory=list)

    @property
    def pushed(self) -> bool:
        """It came through the API."""
        return bool(self.pushed_uid)


@dataclass(slots=True, kw_only=True)
class Client:
    """A contact of one business, and the thread with them."""

    uid: str
    matter_uid: str
    business: Business
    created_at: datetime
    profile: Json
    lines: list[Line] = field(default_factory=list)
    typing_until: datetime | None = None
    staff: Staff | None = None  #: whose conversation it is

    @property
    def name(self) -> str:
        return f"{self.profile.get('first_name') or ''} {self.profile.get('last_name') or ''}".strip()

    @property
    def phone(self) -> str:
        return str(self.profile.get("phone") or "")

    @property
    def email(self) -> str:
        return str(self.profile.get("email") or "")


@dataclass(slots=True, kw_only=True)
class Business:
    uid: str
    name: str
    staff: list[Staff]
    clients: list[Client] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class App:
    """`assigned` and `installed` hold uids of businesses."""

    id: int
    code_name: str
    name: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    api_uri: str = ""
    types: list[str] = field(default_factory=list)
    url_params: list[str] = field(default_factory=list)
    oauth_redirect_uris: list[str] = field(default_factory=list)
    assigned: set[str] = field(default_factory=set)
    installed: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Bound to an app, a business, both, or (`directory`) to the directory."""

    value: str = field(repr=False)
    app: App | None = None
    business: Business | None = None
    staff: Staff | None = None
    directory: bool = False
    expires_at: datetime | None = None

    def covers(self, business: Business) -> bool:
        if self.directory:
            return True
        if self.business is not None:
            return self.business is business
        return self.app is not None and business.uid in self.app.installed


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An authorization code, good for one exchange."""

    value: str = field(repr=False)
    app: App
    business: Business
    staff: Staff
    redirect_uri: str
    expires_at: datetime


@dataclass(slots=True, kw_only=True)
class Channel:
    uid: str
    business: Business
    app: App
    type: str
    display_name: str
    status: ChannelStatus = "pending"

    @property
    def title(self) -> str:
        return self.display_name or self.app.name


@dataclass(slots=True, kw_only=True)
class Session:
    uid: str
    channel: Channel
    client: Client
    external_uid: str
    status: SessionStatus = "pending"

    @property
    def is_gone(self) -> bool:
        return self.status in {"deleted", "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """To a platform webhook. `business` is "" for a directory's own: it gets the webhooks of all its businesses."""

    id: str
    event: str
    target_url: str
    business: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    name: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SentWebhook:
    """A line of the webhook log. `status` is our side's answer; 0 when there was none."""

    at: datetime
    webhook: Webhook
    status: int
