"""What some services can do beyond the contract: one small protocol each, found with `isinstance`.

A connector has an ability by having its method. Nothing here stores anything or retries: the core does. What is of use
while an account is connected is in `connecting`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Protocol, runtime_checkable

from patchbay.domain.accounts import Connection, Endpoint
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import (
    Attachment,
    Contact,
    ContactKey,
    Conversation,
    ConversationStatus,
    Delivered,
    Message,
    Part,
    ReceiptState,
    Sender,
)
from patchbay.kit.contract import Http, HttpRequest, WebhookRequest, WebhookResponse
from patchbay.kit.failures import Failure

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


@runtime_checkable
class DatesWebhooks(Protocol):
    """Of services whose signed bodies say when: what somebody has kept is known by it."""

    def read_time(self, request: WebhookRequest) -> datetime | None:
        """When the service wrote the webhook, the same however often it is repeated; None where it does not say."""


# --- dispatching ---------------------------------------------------------------------------------


@runtime_checkable
class ErasesMessages(Protocol):
    """Of services that keep what was said for us."""

    def erase_messages(
        self, message_ids: Sequence[str], conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        """Takes messages away that we delivered; what is gone already is no error."""


@runtime_checkable
class ErasesContacts(Protocol):
    """Of services that keep for us who their contacts are, and all that was said with them."""

    def erase_contact(self, contact_id: str, connection: Connection, http: Http) -> None:
        """Takes all away that the service keeps of the contact; what is gone already is no error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A conversation that exists now. `delivered` is set when opening it carried the first part along.

    `unshown` says why the agents do not see the customer's profile yet, where they do not: that holds up no message.
    """

    conversation: Conversation
    delivered: Delivered | None = None
    unshown: str = ""


@runtime_checkable
class OpensConversations(Protocol):
    """Every platform has it."""

    def open(self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http) -> Opened:
        """Finds the contact's open conversation, else makes one. Called again after a crash: must find what it made."""


@runtime_checkable
class IdentifiesContacts(Protocol):
    """Of platforms where a person exists before their conversation."""

    def identify(self, key: ContactKey, contact: Contact, connection: Connection, http: Http) -> str:
        """The platform's id of the contact, found or made. It is kept before `open` is called with it as `platform_id`.

        `open` raises ContactGone when the platform knows that id no more; then it is asked for once again.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What lets us call a service in a customer's name.

    `secret` makes them the same person for good and is kept; `authorization` is the header's value, good for `seconds`.
    """

    platform_id: str
    secret: str = field(repr=False)
    authorization: str = field(repr=False)
    seconds: float


@runtime_checkable
class AuthenticatesContacts(Protocol):
    """Of platforms where each customer has an identity of their own, in whose name their messages are sent."""

    def authenticate(self, secret: str, contact: Contact, connection: Connection, http: Http) -> Pass:
        """A pass for the person whose `secret` it is; for a new person when it is "".

        The core keeps the secret before the pass is used for anything, and the pass until a minute before its end.
        Requests with `as_contact` then carry it, and a new one after a 401, once. Raises ContactGone for a secret that
        the service knows no more.
        """


#: Where the state of a conversation says whose it is, at platforms with `FindsPeople`.
PERSON_ID = "person_id"


@runtime_checkable
class FindsPeople(Protocol):
    """Of platforms whose webhooks tell of everybody's conversations, not of ours alone."""

    def find_person(self, event: MessageReceived, connection: Connection, http: Http) -> str:
        """The platform's id of the customer in the event's conversation, "" for none.

        Asked once a conversation: the core keeps the answer as `PERSON_ID` in the state of one that it takes up.
        """


@runtime_checkable
class ActivatesConversations(Protocol):
    """Of platforms whose conversations sleep: new ones until they are woken, old ones when an agent leaves them."""

    def activate(self, conversation: Conversation, connection: Connection, http: Http) -> ConversationStatus:
        """Asks for the conversation to become active; the status that it has now.

        A conversation that is still pending is asked for again after a while, because the webhook that tells of the
        change may be lost. Raises ConversationGone when it cannot be woken.
        """


@runtime_checkable
class UpdatesContacts(Protocol):
    def update_contact(self, contact: Contact, conversation: Conversation, connection: Connection, http: Http) -> None:
        """Shows a changed profile to the agents."""


@runtime_checkable
class FindsContacts(Protocol):
    def find_contact(self, event: MessageReceived, connection: Connection, http: Http) -> ContactKey | None:
        """The contact of a conversation that we have no session for (our table was lost), or None: not ours."""


@runtime_checkable
class BeginsThreads(Protocol):
    """Of messengers on which one person may have several threads."""

    def begin_thread(self, beside: Contact, key: str, connection: Connection, http: Http) -> Contact:
        """Another thread of the person who has `beside`: the same one for the same `key`.

        Raises Rejected when there can be none.
        """


@runtime_checkable
class EndsConversations(Protocol):
    def end(self, reason: str, conversation: Conversation, connection: Connection, http: Http) -> None:
        """Ends a conversation whose customer cannot be reached any more. `reason` is for the agents."""


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
        self, failure: Failure, message_id: str, conversation: Conversation, connection: Connection, http: Http
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
class InlinesAttachments(Protocol):
    """Of services that take a file as part of the message itself."""

    def deliver_file(
        self, part: Part, data: IO[bytes], conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        """`deliver` for a part whose content is an attachment; `data` is the file, closed by the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """What is known of a part that may have arrived: it was sent at `since` or later, by our own clock.

    What else we have delivered into the conversation is known by its ids, and is never the part that is looked for:
    `before` are those that were out when it was sent, `after` those that followed.
    """

    since: datetime
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()


@runtime_checkable
class LooksUpDeliveries(Protocol):
    def look_up(
        self, part: Part, doubt: Doubt, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered | None:
        """The customer's message that says what `part` says and is none of those that we know; None for none.

        `lookups.find_unknown` decides which messages can be it. Raises Untraceable when the service shows too few of
        them to tell.
        """


@runtime_checkable
class RefreshesTokens(Protocol):
    def refresh(self, connection: Connection, http: Http) -> Mapping[str, str]:
        """New secret values. Raises AuthorizationNeeded when the owner has to act."""
