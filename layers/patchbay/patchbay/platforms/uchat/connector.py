"""UChat, a platform: its bot, and the agents behind the bot, answer customers through the channel Api Chat.

Api Chat is an add-on of UChat's partners. A workspace has one webhook, which brings what bot and agents say, and one
address that contacts' messages are posted to. It knows no ids of messages, no receipts and no typing.

Documentation: docs/services/uchat.md
"""

from __future__ import annotations

from collections.abc import Sequence

from patchbay.domain.accounts import Connection, Endpoint, Settings
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import Contact, ContactKey, Conversation, Delivered, Part, Side
from patchbay.kit.abilities import AnswersHandshakes, FindsContacts, Opened, OpensConversations
from patchbay.kit.account_setup import Account, ChecksCredentials, ListsManualSteps, RegistersWebhooks, Webhooks
from patchbay.kit.contract import Connector, Http, Setting, WebhookRequest, WebhookResponse
from patchbay.platforms.uchat import spec


class UChat(
    Connector,
    AnswersHandshakes,
    OpensConversations,
    FindsContacts,
    ChecksCredentials,
    RegistersWebhooks,
    ListsManualSteps,
):
    """See the contract for what each method promises."""

    service = "uchat"
    title = "UChat"
    side = Side.PLATFORM
    settings: tuple[Setting, ...] = spec.SETTINGS
    capabilities = spec.CAPABILITIES
    behavior = spec.BEHAVIOR
    accepted_status = 200
    signs = True

    # Each method loads what it needs: a webhook function only greets, verifies and parses.

    # --- receiving ---------------------------------------------------------------------------------------------------

    def answer_handshake(self, request: WebhookRequest, endpoint: Endpoint) -> WebhookResponse | None:
        from patchbay.platforms.uchat import handshake

        return handshake.answer_handshake(request, endpoint)

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        from patchbay.platforms.uchat import handshake

        handshake.verify_signature(request, endpoint)

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        from patchbay.platforms.uchat import inbound

        return inbound.parse_webhook(request, endpoint)

    # --- customer to bot and agent -----------------------------------------------------------------------------------

    def open_conversation(
        self,
        key: ContactKey,
        contact: Contact,
        first: Part,  # noqa: ARG002
        connection: Connection,  # noqa: ARG002
        http: Http,  # noqa: ARG002  (a conversation begins with its first message, and needs no call)
    ) -> Opened:
        from patchbay.platforms.uchat import outbound

        return Opened(conversation=outbound.describe_conversation(key, contact))

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        from patchbay.platforms.uchat import outbound
        from patchbay.platforms.uchat.client import Api

        return outbound.post_part(Api(connection, http), part, conversation)

    # --- bot and agent to customer -----------------------------------------------------------------------------------

    def find_contact(
        self,
        event: MessageReceived,
        connection: Connection,  # noqa: ARG002
        http: Http,  # noqa: ARG002  (UChat quotes our name for the contact)
    ) -> ContactKey | None:
        return ContactKey.decode(event.thread)

    # --- connecting --------------------------------------------------------------------------------------------------

    def check_credentials(self, connection: Connection, http: Http) -> Account:
        from patchbay.platforms.uchat import account
        from patchbay.platforms.uchat.client import Api

        return account.check_account(Api(connection, http), connection)

    def register_webhooks(self, webhooks: Webhooks, connection: Connection, http: Http) -> Settings:
        from patchbay.platforms.uchat import account
        from patchbay.platforms.uchat.client import Api

        return account.register(Api(connection, http), webhooks, connection)

    def unregister_webhooks(self, connection: Connection, http: Http) -> None:
        from patchbay.platforms.uchat import account
        from patchbay.platforms.uchat.client import Api

        account.unregister(Api(connection, http), connection)

    def get_registered_url(self, connection: Connection, http: Http) -> str | None:
        from patchbay.platforms.uchat import account
        from patchbay.platforms.uchat.client import Api

        return account.registered_address(Api(connection, http), connection)

    def list_manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        from patchbay.platforms.uchat import account

        return account.describe_manual_steps(webhooks, connection)
