"""What a connector is: three methods that every service has; `abilities` holds the optional ones.

A connector module lives in `messengers/` or `platforms/`, is named after its service and has a `CONNECTOR`. It imports
only the core's nouns and rules (a test holds the list), keeps no state, stores nothing and reads no clock: it returns
facts, and the core decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Protocol, runtime_checkable

from patchbay.domain.accounts import Connection, Endpoint
from patchbay.domain.characters import read_json
from patchbay.domain.errors import Uncertain
from patchbay.domain.events import Event, Ignored
from patchbay.domain.model import (
    AttachmentKind,
    Conversation,
    Delivered,
    Part,
    ReceiptState,
    Side,
)

# --- the wire, as plain values ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """An inbound webhook. `body` is the raw bytes as sent (signatures are over these); header names are lower case.

    `tail` is what follows `/{service}/{hook}/` in the path, split at the slashes and percent-decoded. `source` is the
    network address that the call came from, "" where it is not known.
    """

    method: str
    tail: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    received_at: datetime
    source: str = field(default="", repr=False)


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
class Base64File:
    """A file as a text inside `json`: `prefix`, then the file in base64. Read while it is sent and never held whole.

    `size` is in bytes, of the file as it is.
    """

    size: int
    stream: IO[bytes] = field(repr=False)
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A call to a service's API. At most one of `json`, `form` and `upload` is set; `json` may hold `Base64File`s.

    `timeout` is the most seconds for the whole call: connecting, sending, and the answer to its last byte.
    `as_contact`: made in the name of the customer, with the pass that the service gave them (`AuthenticatesContacts`).
    `repeatable`: a second call does no harm; of GET, HEAD, PUT and DELETE that goes without saying.
    `keep_for`: the seconds for which the answer is good enough for whoever asks the same again.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: object = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    upload: Upload | None = None
    timeout: float = 10.0
    as_contact: bool = False
    repeatable: bool = False
    keep_for: float = 0.0

    @property
    def may_repeat(self) -> bool:
        """Whether a lost answer is worth no more than another try."""
        return self.repeatable or self.method in {"GET", "HEAD", "PUT", "DELETE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpResponse:
    """An answer of any status. Header names are lower case. `received_at` is by our own clock, where that is known."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    received_at: datetime | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def read_json(self) -> Any:
        """The body as JSON with clean texts. Raises Uncertain when it is none: the call may well have worked."""
        try:
            return read_json(self.body)
        except (ValueError, RecursionError):
            raise Uncertain(f"the answer (HTTP {self.status}) is not JSON") from None


class Http(Protocol):
    """The only way out. Raises Transient when the request certainly did not arrive, Uncertain when it may have."""

    def send(self, request: HttpRequest) -> HttpResponse: ...


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
class Rate:
    """At most `requests` calls within any `seconds`, for all connections with the same secrets together."""

    requests: int
    seconds: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a service carries **towards its own side**. What is missing is replaced by `degrade`, never dropped."""

    text_limit: int
    caption_limit: int = 0  #: 0: captions become a message of their own
    attachments: Mapping[AttachmentKind, AttachmentRule] = field(default_factory=dict)
    buttons: ButtonRule | None = None
    cards: CardRule | None = None
    link_schemes: frozenset[str] = frozenset({"https", "http"})  #: of the addresses that its buttons open
    locations: bool = False
    location_labels: bool = True  #: False: a location is a bare point, its label becomes a message of its own
    contact_cards: bool = False
    sender_name: bool = False  #: shows the name of whoever writes; otherwise it becomes a prefix of the text
    typing: bool = False  #: typing can be shown on this side
    reports: frozenset[ReceiptState] = frozenset()  #: the receipts that its webhooks bring
    echoes: bool = False  #: our own posts come back as webhooks that `parse` cannot tell from other people's
    reopens: bool = False  #: posting to an ended conversation is tried before a new one is opened
    uncertain_resends: int = 2  #: how often an uncertain part is sent again when the service cannot be asked
    repeatable: bool = False  #: a part that is sent again under the same key is taken once: no doubt can arise
    rate: Rate | None = None  #: more than this is not sent from one container
    opening_calls: int = 1  #: what a new customer's first message takes as a rule, itself included
    lone_threads: bool = False  #: some webhooks name a conversation and not its account
    erases: bool = False  #: its webhooks tell what was deleted for everybody, so that we delete it too
    numbers_contacts: bool = False  #: wants a whole number for each contact, never given to another
    writes_first: bool = False  #: people can be written to, by their phone number, before they have written
    completion: float = 10.0  #: seconds that `complete_message` and `held_files` may take until a message goes on
    #: What its own links to files answer while it does not give a file out yet: it is being scanned, or on its way.
    held_files: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value that the owner may give. `help` is the sentence shown when it is asked for."""

    name: str
    help: str
    required: bool = False
    secret: bool = False
    verifies: bool = False  #: without this secret `verify` refuses every webhook
    chosen: bool = False  #: a secret that a person made up, like a password: it may hold letters of any script
    generated: bool = False  #: a secret that we choose: 32 random bytes when the owner gives none
    writes_first: bool = False  #: names a messenger's connection, as service:id, that can be written to first
    default: str = ""


#: Offered by services whose webhooks are not signed, or hold no time: then it matters more where they come from.
ALLOWED_SOURCES = Setting(
    name="allowed_sources",
    help="The networks that webhooks may come from, with commas between, like 203.0.113.0/24; empty for any",
)


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
