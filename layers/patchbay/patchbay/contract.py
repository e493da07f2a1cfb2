"""What a connector is: three methods that every service has, and small optional abilities.

A connector module lives in `messengers/` or `platforms/`, is named after its service and has a `CONNECTOR`. It imports
only this module, `model`, `events`, `errors`, `signatures` and the helpers of `degrade`; it keeps no state, stores
nothing and reads no clock: it returns facts, and the core decides. Abilities are found with `isinstance`.
"""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Protocol, runtime_checkable

from patchbay.errors import Uncertain
from patchbay.events import Event, Ignored, MessageReceived
from patchbay.model import (
    Attachment,
    AttachmentKind,
    Connection,
    Contact,
    ContactKey,
    Conversation,
    Delivered,
    Endpoint,
    Message,
    Part,
    ReceiptState,
    Sender,
    Side,
)

# --- the wire, as plain values ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """An inbound webhook. `body` is the raw bytes as sent (signatures are over these); header names are lower case.

    `tail` is what follows `/{service}/{hook}/` in the path, split at the slashes and percent-decoded.
    """

    method: str
    tail: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookResponse:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file for a multipart body. `stream` is read piece by piece and never held whole; `size` is in bytes."""

    field_name: str
    name: str
    content_type: str
    size: int
    stream: IO[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A call to a service's API. At most one of `json`, `form` and `upload` is set."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: object = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    upload: Upload | None = None
    timeout: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """An answer of any status. Header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def read_json(self) -> Any:
        """The body as JSON. Raises Uncertain when it is none: the call may well have worked."""
        try:
            return jsonlib.loads(self.body)
        except ValueError:
            raise Uncertain(f"the answer (HTTP {self.status}) is not JSON") from None

    @property
    def retry_after(self) -> float | None:
        """Seconds, from a Retry-After header in its numeric form."""
        value = self.headers.get("retry-after", "").strip()
        return float(value) if value.isdigit() else None


class Http(Protocol):
    """The only way out. Raises Transient when the request certainly did not arrive, Uncertain when it may have."""

    def send(self, request: HttpRequest) -> HttpResponse: ...


class FileSource(Protocol):
    """Opens a re-hosted attachment for upload. The stream is closed by the caller."""

    def open(self, attachment: Attachment) -> IO[bytes]: ...


# --- what a service can do, as data ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRule:
    """What one kind of attachment may be. Empty `content_types` means any type."""

    max_bytes: int
    content_types: frozenset[str] = frozenset()
    forbidden_extensions: frozenset[str] = frozenset()
    needs_size: bool = False
    captions: bool = True  #: False: this kind shows no caption, which becomes a message of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonRule:
    max_count: int
    max_label: int
    links: bool = True  #: buttons that open a URL
    replies: bool = True  #: buttons that answer


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRule:
    max_cards: int = 1
    max_title: int = 80
    max_text: int = 160
    max_buttons: int = 3
    max_label: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a service carries **towards its own side**. What is missing is replaced by `degrade`, never dropped."""

    text_limit: int
    caption_limit: int = 0  #: 0: captions become a message of their own
    attachments: Mapping[AttachmentKind, AttachmentRule] = field(default_factory=dict)
    buttons: ButtonRule | None = None
    cards: CardRule | None = None
    locations: bool = False
    location_labels: bool = True  #: False: a location is a bare point, its label becomes a message of its own
    contact_cards: bool = False
    sender_name: bool = False  #: shows the name of whoever writes; otherwise it becomes a prefix of the text
    typing: bool = False  #: typing can be shown on this side
    reports: frozenset[ReceiptState] = frozenset()  #: the receipts that its webhooks bring
    echoes: bool = False  #: our own posts come back as webhooks that `parse` cannot tell from other people's
    reopens: bool = False  #: posting to an ended conversation is tried before a new one is opened
    uncertain_resends: int = 1  #: how often an uncertain part is sent again when the service cannot be asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value that the owner may give. `help` is the sentence shown when it is asked for."""

    name: str
    help: str
    required: bool = False
    secret: bool = False
    default: str = ""


# --- the contract ----------------------------------------------------------------------------------------------------


@runtime_checkable
class Connector(Protocol):
    """Our code for one service."""

    service: str  #: its name in paths, folders and records, equal to the module's name
    title: str  #: its name for people
    side: Side
    settings: tuple[Setting, ...]
    capabilities: Capabilities
    accepted_status: int  #: the answer to a webhook that is safe on the queue
    signs: bool  #: False: the service signs nothing, so the unguessable hook token is all that proves who calls

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        """Raises SignatureRejected unless the service itself sent this. Pure; over the raw bytes; constant time."""

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        """The happenings in a verified webhook, in order. Pure. Unknown kinds are Ignored.

        Raises Unreadable for a webhook that is not what the service documents.
        """

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        """Sends one part. Raises a DeliveryError; never retries, never sleeps."""


# --- optional abilities: receiving (pure, no I/O) --------------------------------------------------------------------


@runtime_checkable
class ShakesHands(Protocol):
    def shake_hands(self, request: WebhookRequest, endpoint: Endpoint) -> WebhookResponse | None:
        """The answer to the service's handshake, before any signature is asked for; None when this is not one."""


@runtime_checkable
class AnswersWebhooks(Protocol):
    def answer(
        self, request: WebhookRequest, endpoint: Endpoint, happenings: Sequence[Event | Ignored]
    ) -> WebhookResponse | None:
        """The response once all is safe on the queue; None for the usual one."""


# --- optional abilities: dispatching ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A conversation that exists now. `delivered` is set when opening it carried the first part along."""

    conversation: Conversation
    delivered: Delivered | None = None


@runtime_checkable
class OpensConversations(Protocol):
    """Every platform has it."""

    def open(self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http) -> Opened:
        """Finds the contact's open conversation, else makes one. Called again after a crash: must find what it made."""


@runtime_checkable
class UpdatesContacts(Protocol):
    def update_contact(self, contact: Contact, conversation: Conversation, connection: Connection, http: Http) -> None:
        """Shows a changed profile to the agents."""


@runtime_checkable
class FindsContacts(Protocol):
    def find_contact(self, event: MessageReceived, connection: Connection, http: Http) -> ContactKey | None:
        """The contact of a conversation that we have no session for (our table was lost), or None: not ours."""


@runtime_checkable
class CompletesMessages(Protocol):
    def complete_message(self, event: MessageReceived, connection: Connection, http: Http) -> Message:
        """Fills in what the webhook left out. Raises NotYet when the service needs another moment."""


@runtime_checkable
class DescribesSenders(Protocol):
    def describe_sender(self, sender: Sender, connection: Connection, http: Http) -> Sender:
        """The sender with name and avatar; the core caches it for an hour. Never raises for an unknown sender."""


@runtime_checkable
class CarriesReceipts(Protocol):
    def carry_receipt(
        self, state: ReceiptState, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        """Tells the service how far its message `message_id` got."""


@runtime_checkable
class CarriesTyping(Protocol):
    def carry_typing(self, typing: bool, conversation: Conversation, connection: Connection, http: Http) -> None: ...


@runtime_checkable
class ReportsFailures(Protocol):
    def report_failure(
        self, reason: str, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        """Tells whoever wrote `message_id` on this service that it did not get through, and why."""


@runtime_checkable
class DownloadsAttachments(Protocol):
    def download_request(self, attachment: Attachment, connection: Connection) -> HttpRequest:
        """The request that fetches a protected attachment. Credentials go to the service's own host alone."""


@runtime_checkable
class UploadsAttachments(Protocol):
    def upload(self, attachment: Attachment, files: FileSource, connection: Connection, http: Http) -> Attachment:
        """Hands the file to the service; the answer, whose `external_id` names the upload, goes to `deliver`."""


@runtime_checkable
class LooksUpDeliveries(Protocol):
    def look_up(
        self, part: Part, since: datetime, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered | None:
        """Whether an uncertain part did arrive after `since`; None when it did not."""


@runtime_checkable
class RefreshesTokens(Protocol):
    def refresh(self, connection: Connection, http: Http) -> Mapping[str, str]:
        """New secret values. Raises AuthorizationNeeded when the owner has to act."""


# --- optional abilities: connecting ----------------------------------------------------------------------------------

Webhooks = Mapping[str, str]  #: name of the webhook -> our address for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the service says about the account behind the credentials; `settings` are kept on the connection."""

    external_id: str
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    value: str
    label: str


@runtime_checkable
class ChecksCredentials(Protocol):
    def check(self, connection: Connection, http: Http) -> Account:
        """Proves that the credentials work. Raises AuthorizationNeeded or Misconfigured with what to do."""


@runtime_checkable
class SuggestsSettings(Protocol):
    def suggest(self, setting: str, connection: Connection, http: Http) -> Sequence[Choice]:
        """The values that a missing setting could have; empty when it can be anything."""


@runtime_checkable
class NamesWebhooks(Protocol):
    def webhooks(self, address: str) -> Webhooks:
        """All webhook addresses when the service wants more than one; `address` ends with the hook token."""


@runtime_checkable
class PicksAccount(Protocol):
    def account(self, connection: Connection) -> str:
        """The account that the service's webhooks name for this connection."""


@runtime_checkable
class RegistersWebhooks(Protocol):
    def register(self, webhooks: Webhooks, connection: Connection, http: Http) -> None:
        """Points the service at us. Our endpoint is live before: the service may call it while this call is open."""

    def unregister(self, connection: Connection, http: Http) -> None: ...

    def registered(self, connection: Connection, http: Http) -> str:
        """The address the service calls now, "" for none."""


@runtime_checkable
class WantsManualSteps(Protocol):
    def manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        """What the owner must do by hand, one sentence a step, nothing that is done already."""
