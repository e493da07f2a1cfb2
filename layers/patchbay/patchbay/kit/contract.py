"""What a connector is: facts about its service, and the three methods that every service has.

A connector module lives in `messengers/` or `platforms/`, is named after its service and has a `CONNECTOR`. Its class
lists as bases `Connector` and every ability that it has, from `abilities` and `account_setup`. It imports only the
domain and the kit (held by a test), keeps no state, stores nothing and reads no clock: it returns facts, and the core
decides.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Protocol, runtime_checkable

from patchbay.domain.accounts import Connection, Endpoint
from patchbay.domain.characters import read_json
from patchbay.domain.errors import Uncertain
from patchbay.domain.events import Event, Ignored
from patchbay.domain.model import (
    Conversation,
    Delivered,
    Part,
    Side,
)
from patchbay.kit.behavior import Behavior
from patchbay.kit.capabilities import Capabilities

# --- the wire, as plain values ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """An inbound webhook. `body` is the raw bytes as sent (signatures are over these); header names are lower case.

    `tail` is what follows `/{service}/{webhook_token}/` in the path, split at the slashes and percent-decoded. `source`
    is the network address that the call came from, "" where it is not known.
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
class FilePlace:
    """Where a file lies in the owner's own store, which services of AWS read and write themselves."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """In `json` of a request for a file: where the service shall put it, for one that hands out no bytes.

    The core gives the place, and asks `write` how the service wants to read of it.
    """

    write: Callable[[FilePlace], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """A call to a service's API. `json`, which may hold `Base64File`s, stands by itself.

    `form` is sent as a form, together with `upload`, or several `uploads`, as a multipart body: the form's fields, then
    the files.
    `timeout` is the most seconds for the whole call: connecting, sending, and the answer to its last byte.
    `as_contact`: made in the name of the customer, with their own access token (`AuthenticatesContacts`).
    `repeatable`: a second call does no harm; of GET, HEAD, PUT and DELETE that goes without saying.
    `keep_for`: the seconds for which the answer may be reused for the same request.
    `aws_service` is the signing name of a service of AWS, such as "social-messaging": `url` is then the path below its
    address, and the core signs the call in the function's own name. `json` may hold one `IncomingFile`.
    """

    method: str
    url: str = field(repr=False)  #: its query may hold a phone number or a name
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: object = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    upload: Upload | None = None
    uploads: Sequence[Upload] = ()
    timeout: float = 10.0
    as_contact: bool = False
    repeatable: bool = False
    keep_for: float = 0.0
    aws_service: str = ""

    @property
    def files(self) -> Sequence[Upload]:
        """All that is uploaded with it."""
        return self.uploads if self.upload is None else (self.upload, *self.uploads)

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
        """The body as JSON with clean texts. Raises Uncertain if it is not JSON: the call may well have worked."""
        try:
            return read_json(self.body)
        except (ValueError, RecursionError):
            raise Uncertain(f"the response (HTTP {self.status}) is not JSON") from None


class Http(Protocol):
    """The only way out. Raises Transient when the request certainly did not arrive, Uncertain when it may have."""

    def send(self, request: HttpRequest) -> HttpResponse: ...


# --- what the owner gives ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value that the owner may give. `help` is the sentence shown when it is asked for."""

    name: str
    help: str
    required: bool = False
    secret: bool = False
    verifies: bool = False  #: without this secret `verify` refuses every webhook
    serves: bool = False  #: a secret that our own server of the service needs; it is kept with those that verify
    chosen: bool = False  #: a secret that a person made up, like a password: it may hold letters of any script
    generated: bool = False  #: a secret that we choose: 32 random bytes when the owner gives none
    prefix: str = ""  #: what a generated secret begins with, before its bytes in base64, where a standard asks for that
    shared: bool = False  #: it belongs to the webhook URL, so connections that share one have it in common
    outbound_messenger: bool = False  #: a messenger's connection, as service:id, on which agents may write first
    default: str = ""
    #: By the name of another setting, the values with which this one is needed; empty: it always is.
    only_for: Mapping[str, frozenset[str]] = field(default_factory=dict)


#: Offered by services whose webhooks are not signed, or hold no time: then it matters more where they come from.
ALLOWED_SOURCES = Setting(
    name="allowed_sources",
    help=(
        "The networks that webhooks may come from, separated by commas, like 203.0.113.0/24; "
        "leave it empty to allow all"
    ),
    shared=True,
)


# --- the contract ----------------------------------------------------------------------------------------------------


@runtime_checkable
class Connector(Protocol):
    """Our code for one service. A class that lacks one of these attributes or methods fails the type check."""

    service: str  #: its name in paths, folders and records, equal to the module's name
    title: str  #: its name for people
    side: Side
    settings: tuple[Setting, ...]
    capabilities: Capabilities  #: what the service can show
    behavior: Behavior  #: how the core must treat the service
    accepted_status: int  #: the answer to a webhook that is safe on the queue
    signs: (
        bool  #: False: bodies are not signed. The webhook token proves who calls, and a shared secret if there is one
    )

    @abstractmethod
    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        """Raises SignatureRejected unless the service itself sent this. Pure; over the raw bytes; constant time."""

    @abstractmethod
    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        """The events in a verified webhook, in their order. Pure. Unknown kinds become `Ignored`, with a reason.

        Raises Unreadable for a webhook that is not what the service documents.
        """

    @abstractmethod
    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        """Sends one part. Raises a DeliveryError; never retries, never sleeps."""


def list_needed(connector: Connector, given: Mapping[str, str]) -> tuple[Setting, ...]:
    """The settings that a connection with the values `given` needs: all but those for other values of another one."""
    values = {setting.name: given.get(setting.name) or setting.default for setting in connector.settings}
    return tuple(
        setting
        for setting in connector.settings
        if all(values.get(name, "") in wanted for name, wanted in setting.only_for.items())
    )
