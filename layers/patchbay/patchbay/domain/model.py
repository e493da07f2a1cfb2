"""The nouns of the bridge: frozen values that belong to no service.

Every `external_id` is a service's own id and always an opaque string (Viber's message tokens do not fit a float,
Freshchat's ids come in two forms). Times are aware UTC datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from patchbay.domain.contact_key import ContactKey as ContactKey  # noqa: PLC0414
from patchbay.domain.names import Named, read_name
from patchbay.domain.quick_reply import QuickReply
from patchbay.domain.references import Change, Reference

if TYPE_CHECKING:  # a webhook function sends nothing
    from patchbay.domain.albums import Album
    from patchbay.domain.templates import FilledTemplate


class Side(StrEnum):
    MESSENGER = "messenger"  #: where customers write
    PLATFORM = "platform"  #: where agents answer


class Role(StrEnum):
    CONTACT = "contact"
    AGENT = "agent"
    BOT = "bot"


class AttachmentKind(StrEnum):
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"


class ReceiptState(StrEnum):
    """How far a delivered message got. `receipts.py` holds the order."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


class ConversationStatus(StrEnum):
    PENDING = "pending"  #: exists, but the service does not accept messages yet
    ACTIVE = "active"
    ENDED = "ended"


# --- what people say -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender(Named):
    """Who wrote a message, as the other side should see them."""

    role: Role
    external_id: str = ""
    name: str | None = None
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Plain text, no markup of any service."""

    type: Literal["text"] = "text"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file somewhere on the network.

    `url` is None when the webhook did not say where it is (`complete_message` finds out). `protected`: it needs the
    connection's credentials (see `make_download_request`). `size` is in bytes, None when unknown. `hosted`: our own
    URL, valid for the retention time. `maybe_page`: it may be a page's; where no file comes, it stays a link.
    `voice`: somebody said it, as a voice note; `duration` is in seconds. With an `emoji` it is a sticker that means it.
    """

    type: Literal["attachment"] = "attachment"
    kind: AttachmentKind
    url: str | None
    name: str = ""
    content_type: str = ""
    size: int | None = None
    caption: str = ""
    external_id: str = ""
    protected: bool = False
    hosted: bool = False
    maybe_page: bool = False
    voice: bool = False
    duration: float | None = None
    emoji: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A choice offered to a customer: a reply that comes back with `payload`, or a link that opens `url`."""

    label: str
    payload: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    type: Literal["card"] = "card"
    title: str
    text: str = ""
    image: Attachment | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    type: Literal["location"] = "location"
    latitude: float
    longitude: float
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactCard:
    type: Literal["contact_card"] = "contact_card"
    name: str
    phone: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", read_name(self.name) or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """Something that the source service can send and Patchbay has no noun for: carried as the line `description`."""

    type: Literal["unsupported"] = "unsupported"
    description: str


Content = Text | Attachment | Card | Location | ContactCard | Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Postback:
    """A choice the customer made: the `payload` of the button that was offered, and the `label` they saw."""

    label: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of one person: contents in order, the buttons under the last of them.

    `question` is the payload of whatever the customer writes next in their own words, "" when nothing is asked. With a
    `change` it is no new message: `content` is what a corrected one says now, and empty else. What has no id on its
    service, as a reaction has none, has the `external_id` "".
    """

    external_id: str
    sender: Sender
    content: tuple[Content, ...]
    sent_at: datetime
    buttons: tuple[Button, ...] = ()
    question: str = ""
    tapped: Postback | None = None
    reply_to: Reference | None = None
    change: Change | None = None
    incomplete: bool = False  #: the webhook left something out that the connector's `complete_message` can fetch


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one API call of the destination carries, after `fallbacks` has fitted the message to it.

    `key` is stable over retries: the same part of the same event always has the same key. `reply_to` is the message
    that it answers, by the destination's own id; "" where it answers none, or the destination does not show it. Then
    `excerpt` is how that one begins, if it is known. With a `template` it is sent as that one, by `SendsTemplates`, and
    `content` is the text that the customer reads.
    """

    key: str
    content: Text | Attachment | Location | ContactCard | Cards | Album
    sender: Sender
    sent_at: datetime
    buttons: tuple[Button, ...] = ()
    tapped: Postback | None = None
    reply_to: str = ""
    excerpt: str = ""
    template: FilledTemplate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """One or more cards that the destination shows side by side in a single message."""

    type: Literal["cards"] = "cards"
    cards: tuple[Card, ...]


# --- who talks -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Named):
    """The customer, by their id on the messenger. None or "" means: not known, keep what is known already."""

    external_id: str
    name: str | None = None
    avatar_url: str | None = None
    phone: str = ""
    email: str = ""
    language: str = ""
    country: str = ""
    reachable: bool = True  #: False after they blocked or unsubscribed from the account
    unreachable_reason: str = ""  #: why, as a sentence for the agent who writes to them
    person: str = ""  #: the same for all threads of one human, where the messenger can tell; "" where it cannot
    reference: str = ""  #: what brought them: the payload of the link or code by which they came, if it had one
    platform_id: str = ""  #: the linked platform's id of them, once it has been found or made


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A thread on one service. On a messenger it is the contact's own thread: `external_id` is where they are reached.

    `aliases` are other ids that the service uses for the same thread. `state` is the connector's own small memory
    (the platform's user id, say): strings only, no secrets, at most 1 KB.
    """

    external_id: str
    aliases: tuple[str, ...] = ()
    status: ConversationStatus = ConversationStatus.ACTIVE
    status_at: datetime | None = None  #: of the service's latest news about it, by the service's own clock
    state: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The pairing of a contact on a messenger connection with a conversation on a platform connection.

    `conversation` is None while it is being opened; `opening_until`: until when the opener may work before another
    attempt takes over; `opened_at`: since when it is this conversation; `pending_since`: since when the platform has
    not made it active. `kept_since`: when all records of the contact were last renewed. `erased_at`: what was written
    until then is not carried any more. `version` rises with every save: a writer that read an older one is refused.

    `window_until`: until when the messenger lets agents answer freely, some minutes early; None where it does not say,
    or where the contact has never written. `held_in`: the contact's id under which messages of agents are held until
    the contact writes; "" while none is.

    `contact.external_id` is the id under which they were first known, and stays: platforms refer to them by it. Where
    they are reached by now is `thread`; its aliases are other ids of theirs, and its `status_at` is when it moved last.
    `ids_since`: when ids were last learned, None for who never had another: what was written before may have come
    under one of these.

    `no_marketing`: they have asked for no marketing messages; `marketing_at`: when they last chose, None for never.
    """

    messenger_connection: str
    contact: Contact
    platform_connection: str
    thread: Conversation
    conversation: Conversation | None = None
    quick_replies: tuple[QuickReply, ...] = ()
    opening_until: datetime | None = None
    opened_at: datetime | None = None
    pending_since: datetime | None = None
    updated_at: datetime
    kept_since: datetime | None = None
    erased_at: datetime | None = None
    window_until: datetime | None = None
    held_in: str = ""
    ids_since: datetime | None = None
    no_marketing: bool = False
    marketing_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One part is out: its id on the other side ("" if it has none), and its other ids: an album has one per file."""

    external_id: str
    aliases: tuple[str, ...] = ()
