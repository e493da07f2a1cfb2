"""Unblu, a platform: customers are virtual persons, whose messages go into conversations on a channel of our own.

Unblu calls us in two ways, after its generation: API v4 sends requests that want a signed answer in time, API v3 sends
events. The channel and its webhook are made and kept by us.

Documentation: docs/services/unblu.md
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import IO

from patchbay.domain.accounts import Connection, Endpoint, Settings
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import Attachment, Contact, ContactKey, Conversation, Delivered, Part, ReceiptState, Side
from patchbay.kit.abilities import (
    AnswersWebhooks,
    EndsConversations,
    FindsContacts,
    IdentifiesContacts,
    Opened,
    OpensConversations,
    ReportsFailures,
    SendsReceipts,
    TimestampsWebhooks,
    UpdatesContacts,
)
from patchbay.kit.account_setup import Account, ChecksCredentials, RegistersWebhooks, RestoresWebhooks, Webhooks
from patchbay.kit.contract import Connector, Http, HttpRequest, Setting, WebhookRequest, WebhookResponse
from patchbay.kit.failures import Failure
from patchbay.kit.file_abilities import DownloadsAttachments, InlinesAttachments
from patchbay.platforms.unblu import spec


class Unblu(
    Connector,
    AnswersWebhooks,
    TimestampsWebhooks,
    OpensConversations,
    IdentifiesContacts,
    UpdatesContacts,
    FindsContacts,
    EndsConversations,
    SendsReceipts,
    ReportsFailures,
    DownloadsAttachments,
    InlinesAttachments,
    ChecksCredentials,
    RegistersWebhooks,
    RestoresWebhooks,
):
    """See the contract for what each method promises."""

    service = "unblu"
    title = "Unblu"
    side = Side.PLATFORM
    settings: tuple[Setting, ...] = spec.SETTINGS
    capabilities = spec.CAPABILITIES
    behavior = spec.BEHAVIOR
    accepted_status = 200
    signs = True

    # Each method loads what it needs: a webhook function only verifies, parses and answers.

    # --- receiving ---------------------------------------------------------------------------------------------------

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        from patchbay.platforms.unblu import signing

        signing.verify_signatures(request, endpoint.secrets.accepted("webhook_secret"))

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        from patchbay.platforms.unblu import inbound

        return inbound.parse_webhook(request, endpoint)

    def read_timestamp(self, request: WebhookRequest) -> datetime | None:
        from patchbay.kit.schemas import read_wire
        from patchbay.platforms.unblu.schemas import StampWire

        return read_wire(StampWire, request.body).at

    def answer_webhook(
        self,
        request: WebhookRequest,
        endpoint: Endpoint,
        events: Sequence[Event | Ignored],  # noqa: ARG002  (the answer is the same, whatever became of it)
    ) -> WebhookResponse:
        from patchbay.platforms.unblu import webhook_answers

        return webhook_answers.answer_request(request, endpoint)

    # --- customer to agent -------------------------------------------------------------------------------------------

    def identify_contact(self, key: ContactKey, contact: Contact, connection: Connection, http: Http) -> str:
        from patchbay.platforms.unblu import people
        from patchbay.platforms.unblu.client import Api

        return people.identify_person(Api(connection, http), key, contact)

    def update_contact(self, contact: Contact, conversation: Conversation, connection: Connection, http: Http) -> None:
        from patchbay.platforms.unblu import people
        from patchbay.platforms.unblu.client import Api
        from patchbay.platforms.unblu.thread import read_thread

        source_id = read_thread(conversation).source_id
        if source_id:
            people.keep_person(Api(connection, http), source_id, contact)

    def open_conversation(
        self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http
    ) -> Opened:
        from patchbay.platforms.unblu import conversations
        from patchbay.platforms.unblu.client import Api

        return conversations.open_conversation(Api(connection, http), key, contact, first)

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        from patchbay.platforms.unblu import outbound
        from patchbay.platforms.unblu.client import Api

        return outbound.send_text(Api(connection, http), part, conversation)

    def deliver_file(
        self, part: Part, data: IO[bytes], conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        from patchbay.platforms.unblu import outbound
        from patchbay.platforms.unblu.client import Api

        return outbound.send_file(Api(connection, http), part, data, conversation)

    def end_conversation(self, reason: str, conversation: Conversation, connection: Connection, http: Http) -> None:
        from patchbay.platforms.unblu import conversations
        from patchbay.platforms.unblu.client import Api
        from patchbay.platforms.unblu.thread import read_thread

        conversations.end_conversation(Api(connection, http), read_thread(conversation).conversation_id, reason)

    # --- agent to customer -------------------------------------------------------------------------------------------

    def find_contact(self, event: MessageReceived, connection: Connection, http: Http) -> ContactKey | None:
        """API v4 quotes our name for the customer; for API v3 the conversation has it."""
        from patchbay.platforms.unblu.ids import read_source

        if "source_id" in event.hints:
            return read_source(event.hints["source_id"])
        from patchbay.platforms.unblu import conversations
        from patchbay.platforms.unblu.client import Api

        return read_source(conversations.read_conversation(Api(connection, http), event.thread).source_id)

    def make_download_request(self, attachment: Attachment, connection: Connection) -> HttpRequest:
        from patchbay.platforms.unblu import files

        return files.request_download(attachment, connection)

    def list_shown_states(self, connection: Connection) -> frozenset[ReceiptState]:
        return spec.list_shown_states(connection)

    def send_receipt(
        self, state: ReceiptState, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        from patchbay.platforms.unblu import states
        from patchbay.platforms.unblu.client import Api

        states.tell_state(Api(connection, http), state, message_id, conversation)

    def report_failure(
        self, failure: Failure, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        from patchbay.platforms.unblu import states
        from patchbay.platforms.unblu.client import Api

        states.tell_failure(Api(connection, http), failure, message_id, conversation)

    # --- connecting --------------------------------------------------------------------------------------------------

    def check_credentials(self, connection: Connection, http: Http) -> Account:
        from patchbay.platforms.unblu import account

        return account.check_account(connection, http)

    def register_webhooks(self, webhooks: Webhooks, connection: Connection, http: Http) -> Settings:
        from patchbay.platforms.unblu import channels
        from patchbay.platforms.unblu.client import Api

        channels.register(Api(connection, http), webhooks)
        return {}

    def unregister_webhooks(self, connection: Connection, http: Http) -> None:
        """Switches the channel off; deleting it would end its conversations."""
        from patchbay.platforms.unblu import channels
        from patchbay.platforms.unblu.client import Api

        channels.unregister(Api(connection, http))

    def get_registered_url(self, connection: Connection, http: Http) -> str:
        from patchbay.platforms.unblu import channels
        from patchbay.platforms.unblu.client import Api

        return channels.registered_address(Api(connection, http))

    def restore_webhooks(
        self,
        webhooks: Webhooks,  # noqa: ARG002  (another address is no failure of ours, and connecting puts it right)
        connection: Connection,
        http: Http,
    ) -> str:
        from patchbay.platforms.unblu import channels
        from patchbay.platforms.unblu.client import Api

        return channels.heal(Api(connection, http))
