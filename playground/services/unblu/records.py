"""What one Unblu account holds: people, channels with their contacts, registrations, conversations and messages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

Json = dict[str, Any]
Generation = Literal["v4", "v3"]
Status = Literal["ACTIVE", "INACTIVE", "INACTIVE_UNAVAILABLE"]
ConversationState = Literal["QUEUED", "ACTIVE", "ENDED"]
MessageState = Literal["pending", "sent", "delivered", "read", "failed"]

#: Later ones include earlier ones; a failure is none of them.
STATE_ORDER: tuple[MessageState, ...] = ("pending", "sent", "delivered", "read")
QUESTIONS = frozenset({"MULTICHOICE_QUESTION", "RATING_QUESTION", "TEXT_QUESTION"})


def to_millis(time: datetime) -> int:
    return int(time.timestamp() * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user of the API."""

    name: str
    password: str = field(repr=False)
    admin: bool


@dataclass(slots=True, kw_only=True, eq=False)
class Person:
    """`profile` holds the fields that people and services set, as the API names them."""

    id: str
    source: Literal["USER_DB", "VIRTUAL"]
    type: Literal["AGENT", "VISITOR", "SYSTEM", "BOT"]
    source_id: str
    profile: Json
    online: bool = False

    @property
    def name(self) -> str:
        full = f"{self.profile.get('firstName') or ''} {self.profile.get('lastName') or ''}".strip()
        return full or str(self.profile.get("nickname") or self.profile.get("username") or "Visitor")


@dataclass(slots=True, kw_only=True, eq=False)
class Receiver:
    """An address that Unblu sends to. `fields` is what the admin or the API set, as the API names it."""

    ENDPOINT: ClassVar[str]
    SECRET: ClassVar[str]
    STATUS: ClassVar[str]
    VERSION: ClassVar[str]

    id: str
    created_at: datetime
    modified_at: datetime
    fields: Json
    version: int = 0
    failures: int = 0  #: in a row

    @property
    def name(self) -> str:
        return str(self.fields["name"])

    @property
    def endpoint(self) -> str:
        return str(self.fields.get(self.ENDPOINT) or "")

    @property
    def secret(self) -> str:
        return str(self.fields.get(self.SECRET) or "")

    @property
    def api_version(self) -> str:
        return str(self.fields.get(self.VERSION) or "")

    @property
    def status(self) -> Status:
        status: Status = self.fields[self.STATUS]
        return status

    def show(self, account: str) -> Json:
        return {
            "id": self.id,
            "creationTimestamp": to_millis(self.created_at),
            "modificationTimestamp": to_millis(self.modified_at),
            "version": self.version,
            "accountId": account,
            **self.fields,
        }


@dataclass(slots=True, kw_only=True, eq=False)
class Channel(Receiver):
    """A custom external messenger channel."""

    ENDPOINT: ClassVar[str] = "webhookEndpoint"
    SECRET: ClassVar[str] = "webhookSecret"
    STATUS: ClassVar[str] = "webhookStatus"
    VERSION: ClassVar[str] = "webhookApiVersion"

    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def states_external(self) -> bool:
        return bool(self.fields.get("messageStateHandledExternally"))

    @property
    def timeout(self) -> float:
        """Seconds in which an outbound request has to be answered."""
        return float(self.fields.get("outboundTimeoutMillis") or 10_000) / 1000


@dataclass(slots=True, kw_only=True, eq=False)
class Registration(Receiver):
    """A general webhook registration."""

    ENDPOINT: ClassVar[str] = "endpoint"
    SECRET: ClassVar[str] = "secret"
    STATUS: ClassVar[str] = "status"
    VERSION: ClassVar[str] = "apiVersion"


@dataclass(slots=True, kw_only=True, eq=False)
class Contact:
    id: str
    created_at: datetime
    modified_at: datetime
    channel: Channel
    source_id: str
    person: Person
    name: str
    description: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Participant:
    """`external`: writes through the channel, with a contact since API v4."""

    person: Person
    kind: Literal["CONTEXT_PERSON", "SECONDARY_VISITOR", "ASSIGNED_AGENT", "SECONDARY_AGENT"]
    external: bool = False
    contact: Contact | None = None
    hidden: bool = False
    starred: bool = False
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    key: str
    name: str
    content_type: str
    data: bytes = field(repr=False)
    ready_at: datetime  #: until then it is being scanned


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """`body` is what its type has in addition, as the API names it. `reached`: its state at each contact or person."""

    id: str
    action_id: str
    type: str
    sender: Person | None
    at: datetime
    body: Json
    fallback: str
    contact: Contact | None = None  #: whose message came through the channel
    from_channel: bool = False
    internal: bool = False
    source_id: str | None = None
    external_id: str | None = None
    answers: Message | None = None
    file: StoredFile | None = None
    state: MessageState = "pending"
    failure: str = ""
    retryable: bool = False
    reported: list[MessageState] = field(default_factory=list)  #: what our side reported, in its order
    reached: dict[str, MessageState] = field(default_factory=dict)
    answer: str | None = None  #: the value that answered a question
    answer_status: Literal["PENDING", "ANSWERED", "TIMEDOUT", "CANCELED"] = "PENDING"

    @property
    def is_question(self) -> bool:
        return self.type in QUESTIONS

    def advance(self, state: MessageState) -> bool:
        """Whether this changes anything: a read message is not delivered again, a failed one can still arrive."""
        if self.state != "failed" and STATE_ORDER.index(state) <= STATE_ORDER.index(self.state):
            return False
        self.state, self.failure, self.retryable = state, "", False
        return True

    def fail(self, text: str, *, retryable: bool) -> None:
        if self.state not in {"delivered", "read"}:
            self.state, self.failure, self.retryable = "failed", text, retryable


@dataclass(slots=True, kw_only=True, eq=False)
class Conversation:
    id: str
    created_at: datetime
    engagement: str
    channel: Channel | None
    source_id: str | None
    topic: str | None
    locale: str
    team: str | None
    state: ConversationState = "QUEUED"
    visibility: str = "PRIVATE"
    source_url: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    participants: list[Participant] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    assignee: Person | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None

    @property
    def is_over(self) -> bool:
        return self.state == "ENDED"

    def external(self) -> list[Participant]:
        """Those who take part through the channel now."""
        return [one for one in self.participants if one.external and not one.gone]

    def message(self, uid: str) -> Message | None:
        return next((found for found in self.messages if found.id == uid), None)

    def context(self) -> Participant | None:
        """The customer."""
        return next((one for one in self.participants if one.kind == "CONTEXT_PERSON"), None)


def find[T: (Person, Channel, Registration, Contact, Conversation)](things: Iterable[T], uid: str | None) -> T | None:
    return next((one for one in things if one.id == uid), None)
