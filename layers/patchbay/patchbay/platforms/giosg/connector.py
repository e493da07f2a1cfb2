"""Giosg, a platform: customers are visitors of a room, each with an identity of their own, who write into a chat.

Calls for a customer use an access token of the customer's own; all others use the organization's token. Giosg signs
nothing: a secret in the webhook URLs proves that Giosg calls.

Documentation: docs/services/giosg.md
"""

from __future__ import annotations

from collections.abc import Sequence

from patchbay.domain.accounts import Connection, Endpoint
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import Attachment, Contact, ContactKey, Conversation, Delivered, Message, Part, Side
from patchbay.kit.abilities import (
    CompletesMessages,
    EndsConversations,
    FindsPlatformIds,
    LooksUpDeliveries,
    Opened,
    OpensConversations,
    SendsTyping,
    UpdatesContacts,
)
from patchbay.kit.account_setup import Account, ChecksCredentials, ListsManualSteps, ListsWebhooks, Webhooks
from patchbay.kit.contract import Connector, Http, HttpRequest, Setting, WebhookRequest
from patchbay.kit.file_abilities import DownloadsAttachments
from patchbay.kit.lookups import UncertainSend
from patchbay.kit.token_abilities import AuthenticatesContacts, ContactToken
from patchbay.platforms.giosg import spec


class Giosg(
    Connector,
    OpensConversations,
    AuthenticatesContacts,
    FindsPlatformIds,
    UpdatesContacts,
    EndsConversations,
    CompletesMessages,
    SendsTyping,
    DownloadsAttachments,
    LooksUpDeliveries,
    ChecksCredentials,
    ListsWebhooks,
    ListsManualSteps,
):
    """See the contract for what each method promises."""

    service = "giosg"
    title = "Giosg"
    side = Side.PLATFORM
    settings: tuple[Setting, ...] = spec.SETTINGS
    capabilities = spec.CAPABILITIES
    behavior = spec.BEHAVIOR
    accepted_status = 200
    signs = False

    # Each method loads what it needs: a webhook function only verifies and parses, what sends is never loaded there.

    # --- receiving ---------------------------------------------------------------------------------------------------

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        from patchbay.kit.signatures import verify_secret

        verify_secret(request.query.get("secret"), endpoint.secrets.accepted("webhook_secret"))

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        from patchbay.platforms.giosg import inbound

        return inbound.parse_webhook(request, endpoint)

    # --- customer to agent -------------------------------------------------------------------------------------------

    def authenticate_contact(
        self,
        secret: str,
        contact: Contact,  # noqa: ARG002  (a visitor is nobody until they are described)
        connection: Connection,
        http: Http,
    ) -> ContactToken:
        from patchbay.platforms.giosg import visitors
        from patchbay.platforms.giosg.client import Api

        return visitors.authenticate(Api(connection, http), secret)

    def open_conversation(
        self,
        key: ContactKey,
        contact: Contact,
        first: Part,  # noqa: ARG002  (a chat is made empty)
        connection: Connection,
        http: Http,
    ) -> Opened:
        from patchbay.platforms.giosg import chats
        from patchbay.platforms.giosg.client import Api

        return chats.open_chat(Api(connection, http), key, contact)

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        from patchbay.platforms.giosg import outbound
        from patchbay.platforms.giosg.client import Api

        return outbound.send_message(Api(connection, http), part, conversation)

    def look_up_delivery(
        self, part: Part, uncertain: UncertainSend, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered | None:
        from patchbay.kit.rest import looking_up
        from patchbay.platforms.giosg import outbound
        from patchbay.platforms.giosg.client import Api

        with looking_up():
            return outbound.find_message(Api(connection, http), part, uncertain, conversation)

    def update_contact(self, contact: Contact, conversation: Conversation, connection: Connection, http: Http) -> None:
        from patchbay.platforms.giosg import chats, visitors
        from patchbay.platforms.giosg.client import Api

        api = Api(connection, http)
        visitor_id = chats.find_person(api, conversation)
        if visitor_id:
            visitors.describe(api, visitor_id, contact)

    def send_typing(self, typing: bool, conversation: Conversation, connection: Connection, http: Http) -> None:
        from patchbay.platforms.giosg import outbound
        from patchbay.platforms.giosg.client import Api

        outbound.tell_typing(Api(connection, http), conversation, typing=typing)

    def end_conversation(
        self,
        reason: str,  # noqa: ARG002  (Giosg ends a chat without a word)
        conversation: Conversation,
        connection: Connection,
        http: Http,
    ) -> None:
        from patchbay.platforms.giosg import chats
        from patchbay.platforms.giosg.client import Api

        api = Api(connection, http)
        visitor_id = chats.find_person(api, conversation)
        if visitor_id:
            chats.end_chat(api, visitor_id, conversation.external_id)

    # --- agent to customer -------------------------------------------------------------------------------------------

    def find_platform_id(self, event: MessageReceived, connection: Connection, http: Http) -> str:
        from patchbay.platforms.giosg import visitors
        from patchbay.platforms.giosg.client import Api

        return visitors.find_visitor(Api(connection, http), event.thread)

    def complete_message(self, event: MessageReceived, connection: Connection, http: Http) -> Message:
        from patchbay.platforms.giosg import files

        return files.complete_message(event, connection, http)

    def make_download_request(self, attachment: Attachment, connection: Connection) -> HttpRequest:
        from patchbay.platforms.giosg import files

        return files.request_download(attachment, connection)

    # --- connecting --------------------------------------------------------------------------------------------------

    def check_credentials(self, connection: Connection, http: Http) -> Account:
        from patchbay.platforms.giosg import account

        return account.check_account(connection, http)

    def list_webhooks(self, address: str, connection: Connection) -> Webhooks:
        """The webhooks about chats, messages and members, each with the secret that proves who calls."""
        from urllib.parse import quote

        secret = quote(connection.secrets.get("webhook_secret"), safe="")
        return {name: f"{address}/{name}?secret={secret}" for name in ("chats", "messages", "memberships")}

    def list_manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        from patchbay.platforms.giosg import account

        return account.describe_manual_steps(webhooks, connection)
