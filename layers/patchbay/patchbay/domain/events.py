"""What travels on the queue: normalised happenings, versioned.

Each event names its `origin` (endpoint and account; together they find the connection) and its `thread`: the contact's
id when it comes from a messenger, the conversation's id when it comes from a platform. `id` is derived from the
service's own ids, so the same event always has the same id and is handled once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from patchbay.domain.account_news import AccountNews as AccountNews  # noqa: PLC0414
from patchbay.domain.account_news import HeldOverdue as HeldOverdue  # noqa: PLC0414
from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.characters import clean, has_odd_json
from patchbay.domain.contact_introduced import ContactIntroduced as ContactIntroduced  # noqa: PLC0414
from patchbay.domain.errors import TooNew, Unreadable
from patchbay.domain.event_base import FeedbackEvent, Parsed
from patchbay.domain.event_base import Origin as Origin  # noqa: PLC0414  (whoever makes events finds it here)
from patchbay.domain.event_ids import group_feedback as group_feedback  # noqa: PLC0414
from patchbay.domain.event_ids import group_thread as group_thread  # noqa: PLC0414
from patchbay.domain.event_ids import group_typing as group_typing  # noqa: PLC0414
from patchbay.domain.event_ids import make_event_id as make_event_id  # noqa: PLC0414
from patchbay.domain.event_upgrades import UPGRADES, Fields
from patchbay.domain.feedback import FeedbackKind
from patchbay.domain.held_place import HeldPlace
from patchbay.domain.model import Contact, ConversationStatus, Message, ReceiptState
from patchbay.domain.prices import Price
from patchbay.domain.thread_moved import ThreadMoved as ThreadMoved  # noqa: PLC0414

if TYPE_CHECKING:
    from pydantic import TypeAdapter

VERSION = 3

#: As an origin's account: that of the conversation, which is being opened and will be noted in a moment.
ACCOUNT_TO_COME = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived(Parsed):
    """A person wrote. `aliases` are other ids of the thread; `hints` are the connector's, for `find_contact`.

    A messenger's aliases are ids by which it knows the same contact, or knew them: a name, which may change hands at
    any time, is none. `thread` is the one to answer to.

    `message_key` is set where an author can have a message sent again that has failed: the same for every such event,
    while each has an `id` of its own. `repeat_key` is set by services that give their messages no ids: equal for equal
    webhooks, of which one that follows another within seconds is a repetition. `window_until`: until when the messenger
    lets agents answer freely from now on; None where this message says nothing about it. `held` is where a message of
    an agent was held, of one that is on the queue once more.
    """

    kind: Literal["message"] = "message"
    message: Message
    contact: Contact | None = None  #: set by messengers
    aliases: tuple[str, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    message_key: str = ""
    repeat_key: str = ""
    window_until: datetime | None = None
    held: HeldPlace | None = None

    @property
    def ledger_id(self) -> str:
        return self.message_key or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptReceived(FeedbackEvent):
    """A message that we delivered got further. `covers_earlier`: so did all that went before it in the thread.

    Without a `message_id` it is about all that was delivered in the thread until `occurred_at`. Some services report
    messages that came from there, too: `own_event` is the id of the message's event, if it may be one of those.
    `price` is what the messenger says that the message costs, in one of its receipts only. `part_key` is that of the
    `Part`, where the service brings back what was sent along with it: so a part is found that may have arrived.
    """

    kind: Literal["receipt"] = "receipt"
    message_id: str
    state: ReceiptState
    reason: str = ""
    covers_earlier: bool = False
    own_event: str = ""
    price: Price | None = None
    part_key: str = ""

    @property
    def own_key(self) -> str:
        """Where the ledger has the message if it came from there; "" where that cannot be."""
        return f"{self.thread_group}#{self.own_event}" if self.own_event else ""

    @property
    def feedback(self) -> FeedbackKind | None:
        """None for a message that only waits to be sent."""
        return None if self.state is ReceiptState.QUEUED else FeedbackKind(self.state.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypingChanged(FeedbackEvent):
    kind: Literal["typing"] = "typing"
    typing: bool
    aliases: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """So does typing: while it lasts it waits on the queue, and no receipt must wait behind it."""
        return group_typing(self.origin.endpoint, self.origin.account, self.thread)

    @property
    def feedback(self) -> FeedbackKind:
        return FeedbackKind.TYPING


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationChanged(Parsed):
    """The conversation became active, pending or ended on its service.

    `undated`: the service does not say when, and `occurred_at` is when we received it.
    """

    kind: Literal["conversation"] = "conversation"
    status: ConversationStatus
    aliases: tuple[str, ...] = ()
    undated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentErased(Parsed):
    """What was said was deleted on its service, for everybody: one message; all of the thread without `message_id`."""

    kind: Literal["erasure"] = "erasure"
    message_id: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChanged(Parsed):
    """The customer's profile or reachability changed (subscribed, unsubscribed, renamed).

    `for_good`: nobody will ever write under this id again. `aside`: it did not work at once, and is tried again beside
    the customer's messages, which must not wait for it.
    """

    kind: Literal["contact"] = "contact"
    contact: Contact
    for_good: bool = False
    aside: bool = False

    @property
    def group(self) -> str:
        endpoint, account = self.origin.endpoint, self.origin.account
        return group_feedback(endpoint, account, self.thread) if self.aside else self.thread_group


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketingChosen(Parsed):
    """Whether the customer takes marketing messages from then on. Answers to what they ask are another matter.

    `aliases` are other ids of the contact: they may have been known by one of these only.
    """

    kind: Literal["marketing"] = "marketing"
    wanted: bool
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionChanged(Parsed):
    """The service says that the account itself changed (removed, blocked, active again); `status` None: not that.

    `facts` are kept among its settings. Webhooks that name only one of the `aliases` mean `thread` from now on.
    """

    kind: Literal["connection"] = "connection"
    status: ConnectionStatus | None
    reason: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


Event = (
    MessageReceived
    | ReceiptReceived
    | TypingChanged
    | ConversationChanged
    | ContentErased
    | ContactChanged
    | ConnectionChanged
    | AccountNews
    | HeldOverdue
    | ThreadMoved
    | ContactIntroduced
    | MarketingChosen
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A webhook, or a piece of one, that is understood and not acted on. `reason` is for the log: no message text.

    `by_settings`: other settings would have it acted on, so it is read again with those that are stored by now.
    `routine`: it comes with every message, as an echo does, and is no news to anybody: it leaves no line in the log.
    """

    reason: str
    by_settings: bool = False
    routine: bool = False


def encode(event: Event) -> str:
    """The event as JSON for the queue: only characters that XML 1.0 has, and none that a service would choke on.

    Written without pydantic's schema of events: to build it takes a cold webhook function longer than all its calls.
    """
    from pydantic_core import PydanticSerializationError, to_json, to_jsonable_python

    try:
        content = to_json(event, inf_nan_mode="null")
    except PydanticSerializationError:  # half of a surrogate pair, which has no UTF-8
        content = b""
    if not content or has_odd_json(content):
        fields = clean(to_jsonable_python(event, inf_nan_mode="null"))
        content = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return f'{{"version":{VERSION},"event":{content.decode()}}}'


def decode(text: str | bytes) -> Event:
    """The event in `text`, also one of an older version that UPGRADES leads on from.

    Raises TooNew for one of a newer version, and Unreadable for anything else: nothing is guessed at.
    """
    from pydantic import ValidationError

    try:
        envelope = json.loads(text)
        fields = _upgrade(envelope["version"], envelope["event"])
        event: Event = _adapter(fields["kind"]).validate_python(fields)
        return event
    except ValidationError as error:
        where = ", ".join(".".join(str(step) for step in item["loc"]) for item in error.errors()[:3])
        raise Unreadable(f"not an event of version {VERSION} (invalid: {where})") from None
    except (ValueError, KeyError, TypeError):
        raise Unreadable("not an event: it is not a JSON object with version and event") from None


def _upgrade(version: int, fields: Fields) -> Fields:
    what = f"an event of version {version}; this deployment reads version {VERSION}"
    if type(version) is not int:
        raise Unreadable(what)
    if version > VERSION:
        raise TooNew(what)
    for number in range(version, VERSION):
        if number not in UPGRADES:
            raise Unreadable(what)
        fields = UPGRADES[number](fields)
    return fields


@cache
def _kinds() -> Mapping[str, type[Event]]:
    return {kind.__dataclass_fields__["kind"].default: kind for kind in get_args(Event)}


# Built on first use, and of each kind by itself: most batches hold messages only.
@cache
def _adapter(kind: str) -> TypeAdapter[Any]:
    """Raises KeyError for a kind that there is not."""
    from pydantic import TypeAdapter

    return TypeAdapter(_kinds()[kind])
