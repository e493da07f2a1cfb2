"""What some services can do beyond the contract: one small protocol each, found with `isinstance`.

A connector has an ability by having its method. Nothing here stores anything or retries: the core does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Protocol, runtime_checkable

from patchbay.accounts import Connection, Endpoint
from patchbay.contract import Http, HttpRequest, WebhookRequest, WebhookResponse
from patchbay.events import Event, Ignored, MessageReceived
from patchbay.model import Attachment, Contact, ContactKey, Conversation, Delivered, Message, Part, ReceiptState, Sender

# --- receiving (pure, no I/O) --------------------------------------------------------------------


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


# --- dispatching ---------------------------------------------------------------------------------


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


class FileSource(Protocol):
    """Opens a re-hosted attachment for upload. The stream is closed by the caller."""

    def open(self, attachment: Attachment) -> IO[bytes]: ...


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


# --- connecting ----------------------------------------------------------------------------------

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
