"""What the bridge asks of the world. `aws/` answers with AWS, the tests with memory; both pass the same tests.

A class's docstring is its contract: what it promises, what it must not do, and what None means. A port raises what its
methods name. Anything else that it raises is an outage or a mistake: the use cases do not catch it, and the event is
tried again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:  # a webhook function loads these ports, and few of the nouns in them
    from patchbay.bridge.ledger import Cause, Copy
    from patchbay.bridge.outcomes import Disposition
    from patchbay.bridge.scan_results import Scan
    from patchbay.domain.accounts import Connection, ConnectionStatus, Endpoint
    from patchbay.domain.events import Event
    from patchbay.domain.model import Attachment, Session
    from patchbay.kit.contract import FilePlace, HttpRequest

Unit = Literal["Count", "Seconds", "Milliseconds", "Bytes"]
EVERY_SERVICE = "all"  #: what a gauge of the whole installation is measured for


class Clock(Protocol):
    """The only source of the time: the bridge asks no system clock, so that tests decide what time it is."""

    def now(self) -> datetime:
        """Aware, UTC."""


class Telemetry(Protocol):
    """The log and the metrics. It must not raise: what cannot be logged must not hold up a message.

    Fields are ids, names, numbers and reasons: never a secret, a webhook token or a text. A field that is None is left
    out.
    """

    def detail(self, what: str, **fields: str | int | float | bool | None) -> None:
        """What happened as it should and is of no interest unless somebody looks for it: not written by default."""

    def info(self, what: str, **fields: str | int | float | bool | None) -> None:
        """What happened as it should (INFO)."""

    def warning(self, what: str, **fields: str | int | float | bool | None) -> None:
        """What went wrong and is dealt with: a refusal, a retry, a dead letter (WARNING)."""

    def error(self, what: str, **fields: str | int | float | bool | None) -> None:
        """What went wrong inside Patchbay or its stores, and needs a person to look at it (ERROR)."""

    def count(self, metric: str, service: str, amount: int = 1) -> None: ...

    def gauge(self, metric: str, service: str, value: float, unit: Unit = "Count") -> None:
        """How much of something there is at present; of several values in one invocation the largest stands.

        `unit` is CloudWatch's word. What concerns no single service is measured for `EVERY_SERVICE`.
        """


class Deadline(Protocol):
    """How long the present invocation may still work, before AWS kills the function."""

    def seconds_left(self) -> float:
        """Zero when work must be handed back at once; infinite where nothing ends it."""


# --- the queue -------------------------------------------------------------------------------------------------------


class QueueProducer(Protocol):
    """Where webhooks, and the bridge itself, put events. When `send` returns, they are safe."""

    def send(self, events: Sequence[Event]) -> None:
        """Puts events on the queue, in order, each once per id. Raises QueueRefused when any was not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One message as the queue handed it out. `receipt_handle` changes with every receive; `id` is the queue's own id.

    `receives` counts how often it was handed out, this time included, whether it was tried or not. `stored` is
    where the body lies that was too large for the queue; it goes with the message.
    """

    id: str
    receipt_handle: str
    group: str
    body: str = field(repr=False)
    enqueued_at: datetime
    receives: int = 1
    stored: str = ""


class QueueConsumer(Protocol):
    """The queue, for the program that handles a batch of it. It must not reorder a message group or repeat a call.

    A call that fails changes nothing that matters: the message stays hidden, and is handed out again later.
    """

    def take_more(self, most: int) -> Sequence[Envelope]:
        """Messages besides those of the batch, ten at once. They leave the queue by `complete_early` only."""

    def complete_early(self, envelopes: Sequence[Envelope]) -> None:
        """Takes messages that are done off the queue, before the batch that they came in has ended.

        Raises when any is still there; others may be gone.
        """

    def put_off(self, envelope: Envelope, seconds: float) -> None:
        """Hands the message out again after `seconds` (0: at once). Its group waits for it."""

    def release(self, envelopes: Sequence[Envelope]) -> None:
        """`put_off` for no time, ten in one call. Raises when any was not released; others may have been."""

    def dead_letter(self, envelope: Envelope, reason: str, cause: Cause) -> None:
        """Copies the message to the dead-letter queue, once. The caller then completes the original."""


class Isolation(Protocol):
    """Where a message is tried on which the function has died: apart from all others."""

    def handle(self, envelope: Envelope, seconds: float) -> Disposition | None:
        """The verdict on the message, tried for at most `seconds`; None when it ended without one, again."""


class Leases(Protocol):
    """The few places beside which no more dispatchers may wait for a slow connection."""

    def take(self, connection_id: str, holder: str, now: datetime, until: datetime) -> bool:
        """Whether `holder` has one of the connection's places now, for which its earlier one is renewed."""


# --- configuration ---------------------------------------------------------------------------------------------------


class Connections(Protocol):
    """The configuration as the functions read it, through caches. None: there is no such endpoint or connection.

    It must not write what the owner configures; the marks and notes that it writes are the bridge's own.
    """

    def endpoint(self, service: str, webhook_token: str) -> Endpoint | None:
        """With its secrets. Cached for a minute."""

    def renew_endpoint(self, service: str, webhook_token: str, *, secrets: bool = True) -> Endpoint | None:
        """Past the caches: the owner may have changed a secret or a setting. Without `secrets`, those are left alone.

        At most once a second and endpoint, else None: then what `endpoint` knows is no older than that.
        """

    def connection(self, connection_id: str) -> Connection | None:
        """With its secrets. Cached for a minute."""

    def connection_of(self, endpoint_id: str, account: str) -> Connection | None:
        """The connection that an event's origin names. Cached for a minute."""

    def has_account(self, endpoint_id: str, account: str) -> bool:
        """Whether a connection of the endpoint has the account, or is getting it this moment.

        Cached for a minute; that none has it, for a second when an account was connected meanwhile.
        """

    def accounts_of(self, endpoint_id: str, tenant: str) -> frozenset[str]:
        """The accounts of one owner that have a connection of the endpoint."""

    def renew(self, connection_id: str, *, secrets: bool = False) -> Connection | None:
        """Past the caches, which then hold the answer.

        Its secrets are read again when the connection names a newer version, or with `secrets`, for those that the
        service refuses: the owner may have changed them in the secret store itself.
        """

    def mark(self, connection_id: str, status: ConnectionStatus, reason: str) -> None: ...

    def note_facts(self, connection_id: str, facts: Mapping[str, str]) -> None:
        """Keeps what the service says of an account among its connection's settings, in place of what it said."""

    def awaits_account(self, endpoint_id: str) -> bool:
        """Whether an account is being connected just now, so that webhooks may name one that is not stored yet."""

    def account_of_thread(self, endpoint_id: str, thread: str) -> str | None:
        """The account that a conversation was noted to belong to. Cached for a minute."""

    def await_thread(self, endpoint_id: str) -> None:
        """Notes, before a conversation is opened, that webhooks may name one of which nothing is noted yet."""

    def awaits_thread(self, endpoint_id: str) -> bool:
        """Whether a conversation of the endpoint is being opened just now, or was a moment ago."""

    def note_thread(self, connection: Connection, thread: str) -> None:
        """Notes whose conversation `thread` is, for webhooks that name only the conversation."""

    def note_webhook(self, endpoint_id: str, at: datetime, form: str = "") -> None:
        """Remembers the last verified webhook, of each form; writes at most once an hour per form and container."""


class Authorizations(Protocol):
    """What the webhook monitor writes about connections whose credentials were refused. It changes no credentials."""

    def note_check(self, connection: Connection, at: datetime) -> None:
        """Counts one more attempt with the credentials of `connection`, where it still needs authorization."""

    def restore(self, connection: Connection, at: datetime) -> bool:
        """Makes it active again; False when its status has changed since `connection` was read."""


# --- sessions --------------------------------------------------------------------------------------------------------


class Sessions(Protocol):
    """The contacts and their conversations. Reads are consistent, and a write never undoes another writer's.

    None: no session is stored, or it has expired. It must not merge a session: on a Conflict, the caller decides again.
    """

    def of_contact(self, messenger_connection: str, contact_id: str) -> Session | None:
        """By any id that leads to the contact. Consistent."""

    def find(self, messenger_connection: str, contact_id: str) -> tuple[str, Session | None]:
        """The same, with the id under which the contact is kept or is to be, often `contact_id` itself."""

    def of_conversation(self, platform_connection: str, conversation_id: str) -> Session | None:
        """By the conversation's id or any of its aliases. Consistent."""

    def save(self, session: Session) -> Session:
        """Stores it under the contact and under the conversation's ids; the answer has the next version.

        The ids of the contact's thread lead to it from now on. Raises Conflict when the stored version is not
        `session.version` (0: nothing is stored yet), or another session is stored under one of these ids.
        """

    def redirect(self, messenger_connection: str, contact_id: str, home: str, replaced: Session | None = None) -> None:
        """From now on `contact_id` leads to the contact who is kept under `home`.

        Raises Conflict when a session is stored under `contact_id`, unless it is `replaced`, which then is gone.
        """

    def keep(self, session: Session, now: datetime) -> Session:
        """Renews the time for which the contact is kept. It writes when nothing was written for a day, else not.

        `kept_since` of the answer has moved when all records that lead to the session were renewed with it. Raises
        Conflict as `save` does.
        """


# --- media -----------------------------------------------------------------------------------------------------------


class Media(Protocol):
    """Our copies of files. It must not fetch from an address of our own network, or keep a file whole in memory.

    What it stores is served at an address that nobody can guess, for as long as the owner keeps files.
    """

    def reserve(self) -> str:
        """A new token: the part of a copy's address that nobody can guess."""

    def token_of(self, attachment: Attachment) -> str:
        """The token of a hosted file, "" for one that is not in our store."""

    def host(self, attachment: Attachment, request: HttpRequest, max_bytes: int, token: str = "") -> Attachment:
        """Copies a file to our store, piece by piece: the answer is `hosted`, with our URL, size, sniffed type, name.

        A request of a service of AWS hands out no bytes: the service puts the file there, and it is examined in place.
        Under the `token` that was reserved for it, else under a new one. Raises MediaRefused (forbidden address, too
        large, gone), MediaUnsafe (a kind that is not passed on), Transient or Uncertain.
        """

    @property
    def scans(self) -> bool:
        """Whether hosted files are scanned for malware."""

    def scan_result(self, attachment: Attachment) -> Scan:
        """What the scanner says of a hosted file so far. Raises Transient."""

    def open(self, attachment: Attachment) -> IO[bytes]:
        """The bytes of a hosted attachment, to be read piece by piece."""

    def locate(self, attachment: Attachment, content_type: str = "") -> FilePlace:
        """Where a hosted attachment lies, for services of AWS that read it there. It may be gone by now.

        With another `content_type` than its own that is a copy, which is deleted within days. Raises MediaRefused and
        Transient.
        """

    def recall(self, attachment: Attachment, copy: Copy) -> Attachment:
        """What `host` answered, when our copy of `attachment` was made. Without an address when the copy is gone."""

    def erase(self, token: str) -> None:
        """Deletes our copy before its time; one that is gone is no error."""
