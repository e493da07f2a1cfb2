"""What the simulated WhatsApp keeps: apps, accounts, numbers, people, messages, files and templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Json = dict[str, Any]

Visibility = Literal["shown", "hidden", "changing"]
MEDIA_TYPES = ("image", "video", "audio", "document", "sticker")
_FIELD_NAMES = (
    "account_alerts account_review_update account_update business_capability_update business_username_update calls "
    "flows group_lifecycle_update group_participants_update group_settings_update group_status_update history "
    "message_echoes message_template_components_update message_template_quality_update "
    "message_template_status_update messages messaging_handovers partner_solutions phone_number_name_update "
    "phone_number_quality_update security smb_app_state_sync smb_message_echoes standby template_category_update "
    "tracking_events user_id_update user_preferences"
)
FIELDS = frozenset(_FIELD_NAMES.split())  #: what an app may subscribe to


@dataclass(slots=True, kw_only=True)
class Callback:
    """Where webhooks go. An empty address is none."""

    url: str = ""
    verify_token: str = field(default="", repr=False)


@dataclass(slots=True, kw_only=True)
class App:
    id: str
    name: str
    secret: str = field(repr=False)
    callback: Callback = field(default_factory=Callback)
    fields: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Token:
    """An access token of a system user. `accounts` are the WhatsApp accounts that it reaches."""

    value: str = field(repr=False)
    app: str
    accounts: set[str]
    scopes: set[str] = field(
        default_factory=lambda: {"whatsapp_business_management", "whatsapp_business_messaging", "business_management"}
    )
    issued_at: datetime
    expires_at: datetime | None = None  #: None never ends
    is_valid: bool = True


@dataclass(slots=True, kw_only=True)
class Number:
    """A business's phone number. `display` has only digits."""

    id: str
    account: str
    display: str
    name: str
    country_code: str
    pin: str = ""
    code: str = ""  #: that was sent to the phone to verify the number
    is_verified: bool = True
    is_registered: bool = True
    registrations: list[datetime] = field(default_factory=list)
    quality: str = "GREEN"
    throughput: int = 80  #: messages a second
    name_status: str = "APPROVED"
    username: str = ""
    is_on_phone: bool = False  #: the owner has it in the WhatsApp Business app as well
    blocked: list[str] = field(default_factory=list)  #: people, by their id here
    callback: Callback | None = None
    trouble: Json | None = None  #: an error of its health


@dataclass(slots=True, kw_only=True)
class Account:
    """A WhatsApp Business Account."""

    id: str
    name: str
    portfolio: str
    subscriptions: dict[str, Callback] = field(default_factory=dict)  #: by app; an empty callback is the app's own
    limit: str = "TIER_2K"
    is_verified: bool = True
    trouble: Json | None = None
    created: list[datetime] = field(default_factory=list)  #: when templates were


@dataclass(slots=True, kw_only=True)
class Person:
    id: str
    name: str
    phone: str  #: only digits
    user_id: str  #: business-scoped
    parent_user_id: str = ""
    username: str = ""
    visibility: Visibility = "shown"
    webhooks: int = 0  #: how many spoke of a person whose phone comes and goes
    former_phones: list[str] = field(default_factory=list)
    former_user_ids: list[str] = field(default_factory=list)
    on_whatsapp: bool = True
    online: bool = True
    reads_at_once: bool = False
    blocked: set[str] = field(default_factory=set)  #: numbers that the person has blocked
    stopped_marketing: bool = False
    wrote_at: datetime | None = None
    came_by_ad_at: datetime | None = None
    entry_until: datetime | None = None  #: the end of the free entry point


@dataclass(slots=True, kw_only=True)
class Message:
    """A message in either direction. `content` is the API's own object of its type."""

    id: str
    number: str
    person: str
    is_ours: bool  #: from the business
    at: datetime
    type: str
    content: Any
    answers: str = ""  #: the message that is quoted
    status: str = ""  #: of the business's: sent, delivered, read, played, failed
    error: str = ""
    seen: bool = False  #: the business has marked it as read
    to_phone: bool = False  #: addressed by the phone, so that statuses have it
    tracker: str = ""  #: biz_opaque_callback_data
    category: str = "service"
    is_priced: bool = False  #: a status has named the price of the delivered message
    template: str = ""
    shown: str = ""  #: the text of a template as people see it
    buttons: list[Json] = field(default_factory=list)  #: of a template, with payloads and addresses filled in
    reactions: dict[str, str] = field(default_factory=dict)  #: emoji by person; the business is ""
    edited: bool = False
    deleted: bool = False
    by_phone: bool = False  #: the owner wrote it in the app


@dataclass(slots=True, kw_only=True)
class Chat:
    number: str
    person: str
    messages: list[Message] = field(default_factory=list)
    typing_until: datetime | None = None
    owner: str = ""  #: of the thread while routing is on: "us", "other", or "" for nobody
    owned_until: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Media:
    id: str
    number: str
    content: bytes = field(repr=False)
    content_type: str
    name: str = ""
    expires_at: datetime
    is_ours: bool = False
    source: str = ""  #: the address that it was given by, if nobody here has read it


@dataclass(slots=True, kw_only=True)
class Template:
    id: str
    account: str
    name: str
    language: str
    category: str
    status: str
    components: list[Json]
    is_named: bool = False
    quality: str = "UNKNOWN"
    reason: str = "NONE"
    created_at: datetime
    edits: list[datetime] = field(default_factory=list)
    pauses: int = 0
    paused_until: datetime | None = None
    next_category: str = ""
    is_generated: bool = False
