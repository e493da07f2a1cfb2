"""vcita, a platform: customers are a business's clients, and what they write goes into their session on a channel.

Patchbay is a communication app of vcita's: one address takes the webhooks of all businesses that have installed it, and
each business has a token and a channel of its own.

Documentation: docs/services/vcita.md
"""

from __future__ import annotations

from collections.abc import Sequence

from patchbay.domain.accounts import Connection, Endpoint
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import (
    Contact,
    ContactKey,
    Conversation,
    ConversationStatus,
    Delivered,
    Part,
    ReceiptState,
    Side,
)
from patchbay.kit.abilities import (
    ActivatesConversations,
    FindsContacts,
    IdentifiesContacts,
    Opened,
    OpensConversations,
    ReportsFailures,
    SendsReceipts,
    SendsTyping,
)
from patchbay.kit.account_setup import (
    Account,
    AccountSetup,
    App,
    AuthorizesAccounts,
    ChecksCredentials,
    CreatesApps,
    Grant,
    IdentifiesAccounts,
    IdentifiesTenants,
    ListsManualSteps,
    ListsWebhooks,
    SetsUpAccounts,
    Webhooks,
)
from patchbay.kit.contract import Connector, Http, Setting, WebhookRequest
from patchbay.kit.failures import Failure
from patchbay.platforms.vcita import spec


class Vcita(
    Connector,
    OpensConversations,
    IdentifiesContacts,
    ActivatesConversations,
    FindsContacts,
    SendsReceipts,
    SendsTyping,
    ReportsFailures,
    ChecksCredentials,
    ListsWebhooks,
    IdentifiesAccounts,
    IdentifiesTenants,
    SetsUpAccounts,
    AuthorizesAccounts,
    CreatesApps,
    ListsManualSteps,
):
    """See the contract for what each method promises."""

    service = "vcita"
    title = "vcita"
    side = Side.PLATFORM
    settings: tuple[Setting, ...] = spec.SETTINGS
    capabilities = spec.CAPABILITIES
    behavior = spec.BEHAVIOR
    accepted_status = 204
    signs = False

    # Each method loads what it needs: a webhook function only verifies and parses, what sends is never loaded there.

    # --- receiving ---------------------------------------------------------------------------------------------------

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        """vcita signs nothing and sends no secret: who knows the webhook token in the path is taken for vcita."""

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        from patchbay.platforms.vcita import inbound

        return inbound.parse_webhook(request, endpoint)

    # --- customer to staff -------------------------------------------------------------------------------------------

    def identify_contact(self, key: ContactKey, contact: Contact, connection: Connection, http: Http) -> str:
        from patchbay.platforms.vcita import contacts
        from patchbay.platforms.vcita.client import Api

        return contacts.identify_contact(Api(connection, http), key, contact)

    def open_conversation(
        self,
        key: ContactKey,
        contact: Contact,
        first: Part,  # noqa: ARG002  (a session is made empty)
        connection: Connection,
        http: Http,
    ) -> Opened:
        from patchbay.platforms.vcita import sessions
        from patchbay.platforms.vcita.client import Api

        return sessions.open_session(Api(connection, http), key, contact)

    def activate_conversation(
        self, conversation: Conversation, connection: Connection, http: Http
    ) -> ConversationStatus:
        from patchbay.platforms.vcita import sessions
        from patchbay.platforms.vcita.client import Api

        return sessions.wake_session(Api(connection, http), conversation)

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        from patchbay.platforms.vcita import outbound
        from patchbay.platforms.vcita.client import Api

        return outbound.push_message(Api(connection, http), part, conversation)

    # --- staff to customer -------------------------------------------------------------------------------------------

    def find_contact(
        self,
        event: MessageReceived,
        connection: Connection,  # noqa: ARG002
        http: Http,  # noqa: ARG002  (vcita quotes our name for the person, which says it all)
    ) -> ContactKey | None:
        from patchbay.platforms.vcita.threads import split_name

        return split_name(event.thread)[0]

    def list_shown_states(self, connection: Connection) -> frozenset[ReceiptState]:
        from patchbay.platforms.vcita import receipts

        return receipts.list_shown_states(connection.setting("status_set", spec.FULL))

    def send_receipt(
        self,
        state: ReceiptState,
        message_id: str,
        conversation: Conversation,  # noqa: ARG002  (vcita's message ids are unique per channel)
        connection: Connection,
        http: Http,
    ) -> None:
        from patchbay.platforms.vcita import receipts
        from patchbay.platforms.vcita.client import Api

        receipts.tell_status(Api(connection, http), message_id, state, connection.setting("status_set", spec.FULL))

    def report_failure(
        self,
        failure: Failure,
        message_id: str,
        conversation: Conversation,  # noqa: ARG002  (as above)
        connection: Connection,
        http: Http,
    ) -> None:
        from patchbay.platforms.vcita import receipts
        from patchbay.platforms.vcita.client import Api

        receipts.tell_failure(Api(connection, http), message_id, failure, connection.setting("status_set", spec.FULL))

    def send_typing(self, typing: bool, conversation: Conversation, connection: Connection, http: Http) -> None:
        from patchbay.platforms.vcita import receipts
        from patchbay.platforms.vcita.client import Api

        receipts.tell_typing(Api(connection, http), conversation, typing=typing)

    # --- connecting --------------------------------------------------------------------------------------------------

    def check_credentials(self, connection: Connection, http: Http) -> Account:
        from patchbay.platforms.vcita import account

        return account.check_account(connection, http)

    def get_account_id(self, connection: Connection) -> str:
        return connection.setting("channel_uid")

    def get_tenant_id(self, connection: Connection) -> str:
        return connection.setting("business_uid")

    def list_webhooks(self, address: str, connection: Connection) -> Webhooks:  # noqa: ARG002
        """The root of the communication app's interface, and the URL for installed and removed apps."""
        return {"api_uri": address, "app_subscription": f"{address}/app_subscription"}

    def set_up_account(self, connection: Connection, http: Http) -> AccountSetup:
        from patchbay.platforms.vcita import channels
        from patchbay.platforms.vcita.client import Api

        return channels.set_up_channel(Api(connection, http), connection)

    def list_manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        from patchbay.platforms.vcita import channels

        return channels.describe_manual_steps(webhooks, connection)

    # --- the app that businesses join --------------------------------------------------------------------------------

    def is_app(self, connection: Connection) -> bool:
        from patchbay.platforms.vcita import account

        return account.is_app(connection)

    def build_consent_url(self, app: Connection, redirect: str, state: str) -> str:
        from patchbay.platforms.vcita import consent

        return consent.write_consent_url(app, redirect, state)

    def redeem_code(self, code: str, redirect: str, app: Connection, http: Http) -> Grant:
        from patchbay.platforms.vcita import consent

        return consent.redeem_code(code, redirect, app, http)

    def create_app(self, webhooks: Webhooks, redirect: str, connection: Connection, http: Http) -> App | None:
        """See `apps.create_app`: what is shown once is stored between the first call and the second."""
        from patchbay.platforms.vcita import apps

        return apps.create_app(webhooks, redirect, connection, http)
