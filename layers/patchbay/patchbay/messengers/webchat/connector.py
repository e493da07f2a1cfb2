"""The connector: each method hands on to the module that does it, loaded when it is first needed.

The function that takes webhooks only ever verifies and parses; what sends is never loaded there.

Documentation: docs/services/webchat.md
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from patchbay.domain.accounts import Connection, Endpoint, Settings
from patchbay.domain.events import Event, Ignored
from patchbay.domain.model import Contact, Conversation, Delivered, Part, ReceiptState, Sender, Side
from patchbay.kit.abilities import (
    DeletesMessages,
    EditsMessages,
    ErasesContacts,
    ReportsFailures,
    SendsReceipts,
    SendsTyping,
    ShowsReactions,
    StartsThreads,
    TimestampsWebhooks,
)
from patchbay.kit.account_setup import Account, ChecksCredentials, ListsManualSteps, RegistersWebhooks, Webhooks
from patchbay.kit.contract import Connector, Http, WebhookRequest
from patchbay.kit.failures import Failure
from patchbay.kit.signatures import verify_hmac
from patchbay.messengers.webchat import spec

_SIGNATURE = "x-patchbay-signature"
_ALGORITHM = "sha256="


class WebChat(
    Connector,
    TimestampsWebhooks,
    ShowsReactions,
    EditsMessages,
    DeletesMessages,
    ErasesContacts,
    StartsThreads,
    SendsReceipts,
    SendsTyping,
    ReportsFailures,
    ChecksCredentials,
    RegistersWebhooks,
    ListsManualSteps,
):
    """See the contract for what each method promises."""

    service = "webchat"
    title = "Web chat"
    side = Side.MESSENGER
    settings = spec.SETTINGS
    capabilities = spec.CAPABILITIES
    behavior = spec.BEHAVIOR
    accepted_status = 200
    signs = True

    # --- receiving ---------------------------------------------------------------------------------------------------

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        """A page with the widget in it shows the webhook token: only the signature proves who calls."""
        signature = request.headers.get(_SIGNATURE, "").removeprefix(_ALGORITHM)
        verify_hmac(request.body, signature, endpoint.secrets.accepted("service_key"))

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        from patchbay.messengers.webchat.inbound import parse

        return parse(request, endpoint)

    def read_timestamp(self, request: WebhookRequest) -> datetime | None:
        from patchbay.kit.schemas import read_wire
        from patchbay.messengers.webchat.schemas import Stamp

        return read_wire(Stamp, request.body).at

    # --- dispatching -------------------------------------------------------------------------------------------------

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        from patchbay.messengers.webchat import outbound
        from patchbay.messengers.webchat.client import Api

        return outbound.post_message(Api(connection, http), part, conversation)

    def list_shown_states(self, connection: Connection) -> frozenset[ReceiptState]:  # noqa: ARG002  (the same for all)
        return spec.SHOWN_STATES

    def send_receipt(
        self, state: ReceiptState, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        from patchbay.messengers.webchat import outbound
        from patchbay.messengers.webchat.client import Api

        outbound.tell_state(Api(connection, http), message_id, state, conversation)

    def report_failure(
        self, failure: Failure, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        from patchbay.messengers.webchat import outbound
        from patchbay.messengers.webchat.client import Api

        outbound.tell_failure(Api(connection, http), message_id, failure, conversation)

    def send_typing(self, typing: bool, conversation: Conversation, connection: Connection, http: Http) -> None:
        from patchbay.messengers.webchat import outbound
        from patchbay.messengers.webchat.client import Api

        outbound.tell_typing(Api(connection, http), conversation, typing=typing)

    def start_thread(self, beside: Contact, key: str, connection: Connection, http: Http) -> Contact:
        from patchbay.messengers.webchat import outbound
        from patchbay.messengers.webchat.client import Api

        return outbound.begin_chat(Api(connection, http), beside, key)

    def show_reaction(
        self,
        emoji: str,
        sender: Sender,
        message_id: str,
        conversation: Conversation,
        connection: Connection,
        http: Http,
    ) -> None:
        from patchbay.messengers.webchat import outbound
        from patchbay.messengers.webchat.client import Api

        outbound.show_reaction(Api(connection, http), emoji, sender, message_id, conversation)

    def edit_message(
        self, message_id: str, part: Part, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        from patchbay.messengers.webchat import outbound
        from patchbay.messengers.webchat.client import Api

        outbound.edit_message(Api(connection, http), message_id, part, conversation)

    def delete_messages(
        self, message_ids: Sequence[str], conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        from patchbay.messengers.webchat import outbound
        from patchbay.messengers.webchat.client import Api

        outbound.delete_messages(Api(connection, http), message_ids, conversation)

    def erase_contact(self, contact_id: str, connection: Connection, http: Http) -> None:
        from patchbay.messengers.webchat import outbound
        from patchbay.messengers.webchat.client import Api

        outbound.erase_chat(Api(connection, http), contact_id)

    # --- connecting --------------------------------------------------------------------------------------------------

    def check_credentials(self, connection: Connection, http: Http) -> Account:  # noqa: ARG002  (see `account.check_settings`)
        from patchbay.messengers.webchat import account

        return account.check_settings(connection)

    def register_webhooks(self, webhooks: Webhooks, connection: Connection, http: Http) -> Settings:
        from patchbay.messengers.webchat import account

        return account.register(webhooks, connection, http)

    def unregister_webhooks(self, connection: Connection, http: Http) -> None:
        """Nothing is called: without its connection there is no page any more."""

    def get_registered_url(self, connection: Connection, http: Http) -> str:
        from patchbay.messengers.webchat import account

        return account.registered(connection, http)

    def list_manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        from patchbay.messengers.webchat import account

        return account.list_manual_steps(webhooks, connection)
