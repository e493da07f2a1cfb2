"""What some services can do beyond the contract: one small abstract class each.

A connector lists its abilities as bases, so that the type checker holds it to each signature. The core looks for them
with `isinstance`: a connector that does not list an ability does not have it. Nothing here stores anything, retries or
sleeps: the core does. Abilities for connecting an account are in `account_setup`.

Every method with `http` calls the service and may raise a DeliveryError. Further errors are named at the method.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from patchbay.domain.accounts import Connection, Endpoint
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import (
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
from patchbay.kit.contract import Http, WebhookRequest, WebhookResponse
from patchbay.kit.failures import Failure

if TYPE_CHECKING:  # a webhook function looks nothing up and sets nothing up
    from patchbay.kit.account_setup import WebhookForm, Webhooks
    from patchbay.kit.lookups import UncertainSend

# --- receiving (pure, no I/O) ----------------------------------------------------------------------------------------


class AnswersHandshakes(ABC):
    """For services that call a webhook URL once to see whether it is ours."""

    @abstractmethod
    def answer_handshake(self, request: WebhookRequest, endpoint: Endpoint) -> WebhookResponse | None:
        """The response to a handshake; None when `request` is not one, and is then verified as usual.

        Called before the signature is checked, so it must not act on anything in the request.
        """


class AnswersWebhooks(ABC):
    """For services that read the body of our response."""

    @abstractmethod
    def answer_webhook(
        self, request: WebhookRequest, endpoint: Endpoint, events: Sequence[Event | Ignored]
    ) -> WebhookResponse | None:
        """The response to a verified webhook whose `events` are on the queue; None for an empty `accepted_status`."""


class TimestampsWebhooks(ABC):
    """For services whose signed bodies contain the time of sending. The core then refuses old and repeated ones."""

    @abstractmethod
    def read_timestamp(self, request: WebhookRequest) -> datetime | None:
        """When the service first sent the webhook, the same in each of its retries; None when the body does not say."""


class ReceivesInForms(ABC):
    """For services that send the same news in different forms to one URL. Patchbay notes when each last arrived."""

    @abstractmethod
    def name_form(self, request: WebhookRequest) -> str:
        """The form of a verified webhook, one of those that `list_forms` names. Pure."""

    @abstractmethod
    def list_forms(self, webhooks: Webhooks, connection: Connection) -> Mapping[str, WebhookForm]:
        """All forms, by a short name in lower case. `connection` is the one that owns the URL. Pure."""


# --- conversations and contacts --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A conversation that exists now.

    `delivered` is set when opening it sent the first part too. `profile_error` says why the agents do not see the
    customer's profile, "" when they do. It delays no message: the core has the profile shown later.
    """

    conversation: Conversation
    delivered: Delivered | None = None
    profile_error: str = ""


class OpensConversations(ABC):
    """Every platform has it."""

    @abstractmethod
    def open_conversation(
        self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http
    ) -> Opened:
        """The contact's open conversation, found or created.

        It is called again after a crash and must then find what it created, by `key`. Raises ContactGone when the
        platform no longer knows `contact.platform_id`.
        """


class ActivatesConversations(ABC):
    """For platforms whose conversations start inactive, or become so when an agent leaves them."""

    @abstractmethod
    def activate_conversation(
        self, conversation: Conversation, connection: Connection, http: Http
    ) -> ConversationStatus:
        """Asks the platform to activate the conversation. The answer is its status now.

        While it is still pending, the core asks again after a while, because the webhook that reports the change may be
        lost. Raises ConversationGone when it cannot be activated.
        """


class EndsConversations(ABC):
    @abstractmethod
    def end_conversation(self, reason: str, conversation: Conversation, connection: Connection, http: Http) -> None:
        """Ends a conversation whose customer cannot be reached any more. `reason` is a sentence for the agents."""


class StartsThreads(ABC):
    """For messengers on which one person may have several threads."""

    @abstractmethod
    def start_thread(self, beside: Contact, key: str, connection: Connection, http: Http) -> Contact:
        """Another thread of the person who has the thread `beside`. The same `key` always gives the same thread.

        Raises Rejected when the person cannot have another one.
        """


class IdentifiesContacts(ABC):
    """For platforms on which a contact exists before its first conversation."""

    @abstractmethod
    def identify_contact(self, key: ContactKey, contact: Contact, connection: Connection, http: Http) -> str:
        """The platform's id of the contact, found or created.

        The core stores it as `contact.platform_id` before it opens a conversation, and asks once more after
        ContactGone.
        """


class UpdatesContacts(ABC):
    @abstractmethod
    def update_contact(self, contact: Contact, conversation: Conversation, connection: Connection, http: Http) -> None:
        """Shows agents the changed profile."""


class FindsContacts(ABC):
    @abstractmethod
    def find_contact(self, event: MessageReceived, connection: Connection, http: Http) -> ContactKey | None:
        """The contact of a conversation for which the core has no session; None when the conversation is not ours."""


#: The key in a conversation's state under which the core keeps what `find_platform_id` answers.
PERSON_ID = "person_id"


class FindsPlatformIds(ABC):
    """For platforms whose webhooks report all conversations of an account, not only ours."""

    @abstractmethod
    def find_platform_id(self, event: MessageReceived, connection: Connection, http: Http) -> str:
        """The contact's id in the event's conversation, "" for none. Asked once for each without a session."""


class ErasesContacts(ABC):
    """For services that store personal data of contacts for us."""

    @abstractmethod
    def erase_contact(self, contact_id: str, connection: Connection, http: Http) -> None:
        """Erases all data of the contact at the service. Data that does not exist is no error."""


# --- messages --------------------------------------------------------------------------------------------------------


class CompletesMessages(ABC):
    """For services whose webhooks may leave out parts of a message."""

    @abstractmethod
    def complete_message(self, event: MessageReceived, connection: Connection, http: Http) -> Message:
        """The event's message with what the webhook left out.

        Raises NotYet when the service does not have it yet; after `Behavior.completion_timeout` the message goes on as
        it is.
        """


class DescribesSenders(ABC):
    @abstractmethod
    def describe_sender(self, sender: Sender, connection: Connection, http: Http) -> Sender:
        """The sender with name and avatar, else `sender` itself. The core caches the answer for an hour."""


class LooksUpDeliveries(ABC):
    @abstractmethod
    def look_up_delivery(
        self, part: Part, uncertain: UncertainSend, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered | None:
        """The message that is `part`, by its content; None when it did not arrive. It must send nothing.

        `lookups.find_unknown` selects the messages that can be it. Raises Untraceable when the service does not show
        enough of the conversation to decide.
        """


class ShowsReactions(ABC):
    @abstractmethod
    def show_reaction(
        self,
        emoji: str,
        sender: Sender,
        message_id: str,
        conversation: Conversation,
        connection: Connection,
        http: Http,
    ) -> None:
        """Puts our side's reaction on a message, in place of an earlier one; "" takes it away.

        It is that of `sender` only where the service shows who of our side has reacted; elsewhere it is that of all.
        To do it again changes nothing. Raises Rejected for what the service does not show: it becomes a line of text.
        """


class EditsMessages(ABC):
    @abstractmethod
    def edit_message(
        self, message_id: str, part: Part, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        """Shows `part` in place of what a message that we delivered has said.

        To do it again changes nothing. Raises Rejected for what cannot be changed: the correction becomes a message.
        """


class DeletesMessages(ABC):
    @abstractmethod
    def delete_messages(
        self, message_ids: Sequence[str], conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        """Deletes messages that we delivered. A message that is already deleted is no error."""


class SendsReceipts(ABC):
    @abstractmethod
    def list_shown_states(self, connection: Connection) -> frozenset[ReceiptState]:
        """The delivery statuses that people see, SENT included. The core forwards no other. Pure."""

    @abstractmethod
    def send_receipt(
        self, state: ReceiptState, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        """Reports the delivery status of the service's own message `message_id` to the service."""


class SendsTyping(ABC):
    @abstractmethod
    def send_typing(self, typing: bool, conversation: Conversation, connection: Connection, http: Http) -> None:
        """Shows that the other side is typing, or has stopped."""


class ReportsFailures(ABC):
    @abstractmethod
    def report_failure(
        self, failure: Failure, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        """Shows the author of the service's own message `message_id` that it was not delivered, and why."""
