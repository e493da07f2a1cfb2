"""Freshchat, a platform: customers are its users, and what they write are messages of conversations on one channel.

What agents do comes by the account's one webhook, signed with the account's RSA key, or by the Patchbay app that is
installed in the account and relays its product events, or by both. What customers write goes to its API v2. It carries
no typing and no receipts in either direction, and takes no buttons from customers.

Documentation: docs/services/freshchat.md
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from patchbay.domain.accounts import Connection, Endpoint
from patchbay.domain.errors import ConversationGone, NotYet, Untraceable
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import Attachment, Contact, ContactKey, Conversation, Delivered, Message, Part, Sender, Side
from patchbay.kit.abilities import (
    AnswersWebhooks,
    CompletesMessages,
    DescribesSenders,
    FindsContacts,
    IdentifiesContacts,
    LooksUpDeliveries,
    Opened,
    OpensConversations,
    ReceivesInForms,
    ReportsFailures,
    TimestampsWebhooks,
    UpdatesContacts,
)
from patchbay.kit.account_setup import (
    Account,
    ChecksCredentials,
    Choice,
    IdentifiesAccounts,
    IdentifiesTenants,
    ListsManualSteps,
    SuggestsSettings,
    WebhookForm,
    Webhooks,
)
from patchbay.kit.contract import Connector, Http, HttpRequest, Setting, WebhookRequest, WebhookResponse
from patchbay.kit.failures import Failure
from patchbay.kit.file_abilities import DownloadsAttachments, FileSource, UploadsAttachments
from patchbay.kit.lookups import UncertainSend
from patchbay.kit.standard_webhooks import SIGNATURE
from patchbay.platforms.freshchat import spec
from patchbay.platforms.freshchat.ids import normalize_id

_SECOND_LOOK = 0.7  #: seconds until a file that was still being uploaded has its address
_CLOCKS_DIFFER = timedelta(seconds=5)


class Freshchat(
    Connector,
    TimestampsWebhooks,
    AnswersWebhooks,
    ReceivesInForms,
    OpensConversations,
    IdentifiesContacts,
    UpdatesContacts,
    FindsContacts,
    CompletesMessages,
    DescribesSenders,
    ReportsFailures,
    DownloadsAttachments,
    UploadsAttachments,
    LooksUpDeliveries,
    ChecksCredentials,
    SuggestsSettings,
    IdentifiesAccounts,
    IdentifiesTenants,
    ListsManualSteps,
):
    """See the contract for what each method promises."""

    service = "freshchat"
    title = "Freshchat"
    side = Side.PLATFORM
    settings: tuple[Setting, ...] = spec.SETTINGS
    capabilities = spec.CAPABILITIES
    behavior = spec.BEHAVIOR
    accepted_status = 200
    signs = True

    # Each method loads what it needs: a webhook function only verifies and parses, what sends is never loaded there.

    # --- receiving ---------------------------------------------------------------------------------------------------

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        if is_relayed(request):
            from patchbay.platforms.freshchat import app_events

            app_events.verify_signature(request, endpoint)
        else:
            from patchbay.platforms.freshchat import inbound

            inbound.verify_signature(request, endpoint)

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        if is_relayed(request):
            from patchbay.platforms.freshchat import app_events

            return app_events.parse_relayed_event(request, endpoint)
        from patchbay.platforms.freshchat import inbound

        return inbound.parse_webhook(request, endpoint)

    def answer_webhook(
        self,
        request: WebhookRequest,
        endpoint: Endpoint,  # noqa: ARG002  (every account is answered alike)
        events: Sequence[Event | Ignored],  # noqa: ARG002  (what was ignored is accepted too)
    ) -> WebhookResponse | None:
        if not is_relayed(request):
            return None
        from patchbay.platforms.freshchat import app_events

        return app_events.accept(request)

    def read_timestamp(self, request: WebhookRequest) -> datetime | None:
        from patchbay.kit.schemas import read_wire

        if is_relayed(request):
            from patchbay.platforms.freshchat.app_schemas import RelayedEventWire

            return read_wire(RelayedEventWire, request.body).timestamp
        from patchbay.platforms.freshchat.schemas import EnvelopeWire

        return read_wire(EnvelopeWire, request.body).action_time

    def name_form(self, request: WebhookRequest) -> str:
        return spec.APP if is_relayed(request) else spec.WEBHOOK

    def list_forms(self, webhooks: Webhooks, connection: Connection) -> Mapping[str, WebhookForm]:
        from patchbay.platforms.freshchat import account

        return account.list_forms(webhooks, connection)

    # --- customer to agent -------------------------------------------------------------------------------------------

    def identify_contact(self, key: ContactKey, contact: Contact, connection: Connection, http: Http) -> str:
        from patchbay.platforms.freshchat import users
        from patchbay.platforms.freshchat.client import Api

        return users.identify_user(Api(connection, http), key, contact)

    def open_conversation(
        self,
        key: ContactKey,  # noqa: ARG002  (who it is, is known)
        contact: Contact,
        first: Part,
        connection: Connection,
        http: Http,
    ) -> Opened:
        from patchbay.platforms.freshchat import conversations
        from patchbay.platforms.freshchat.client import Api

        return conversations.open_conversation(Api(connection, http), contact, first, connection)

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        from patchbay.platforms.freshchat import conversations, outbound
        from patchbay.platforms.freshchat.client import Api

        api = Api(connection, http)
        user_id = conversations.find_user_of(api, conversation)
        if not user_id:
            raise ConversationGone("Freshchat does not have this conversation")
        return outbound.post_message(api, part, conversation, user_id)

    def look_up_delivery(
        self, part: Part, uncertain: UncertainSend, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered | None:
        from patchbay.kit.rest import looking_up
        from patchbay.platforms.freshchat import conversations, outbound
        from patchbay.platforms.freshchat.client import Api

        api = Api(connection, http)
        with looking_up():
            user_id = conversations.find_user_of(api, conversation)
            return outbound.find_posted(api, part, uncertain, conversation, user_id)

    def upload_attachment(
        self, attachment: Attachment, files: FileSource, connection: Connection, http: Http
    ) -> Attachment:
        from patchbay.platforms.freshchat import uploads
        from patchbay.platforms.freshchat.client import Api

        return uploads.upload_attachment(Api(connection, http), attachment, files)

    def update_contact(self, contact: Contact, conversation: Conversation, connection: Connection, http: Http) -> None:
        from patchbay.platforms.freshchat import conversations, users
        from patchbay.platforms.freshchat.client import Api

        api = Api(connection, http)
        user_id = conversations.find_user_of(api, conversation)
        if user_id:
            users.update_user(api, user_id, contact)

    # --- agent to customer -------------------------------------------------------------------------------------------

    def find_contact(self, event: MessageReceived, connection: Connection, http: Http) -> ContactKey | None:
        if "reference" in event.hints:
            return ContactKey.decode(event.hints["reference"])
        from patchbay.platforms.freshchat import conversations, users
        from patchbay.platforms.freshchat.client import Api

        api = Api(connection, http)
        user_id = conversations.find_user_of(api, _conversation_of(event))
        return ContactKey.decode(users.read_reference(api, user_id)) if user_id else None

    def complete_message(self, event: MessageReceived, connection: Connection, http: Http) -> Message:
        from patchbay.platforms.freshchat import message_events, outbound
        from patchbay.platforms.freshchat.client import Api

        api = Api(connection, http)
        since = event.message.sent_at - _CLOCKS_DIFFER
        with suppress(ConversationGone, Untraceable):
            for wire in outbound.list_messages(api, _conversation_of(event), since):
                if wire.id == event.message.external_id:
                    fresh = message_events.read_message(wire, event.message.sender.role, event.message.sent_at)
                    if not fresh.incomplete:
                        return replace(event.message, content=fresh.content, buttons=fresh.buttons, incomplete=False)
        raise NotYet("Freshchat has not returned the file's URL yet", after=_SECOND_LOOK)

    def describe_sender(self, sender: Sender, connection: Connection, http: Http) -> Sender:
        from patchbay.platforms.freshchat import users
        from patchbay.platforms.freshchat.client import Api

        return users.describe_sender(Api(connection, http), sender)

    def make_download_request(self, attachment: Attachment, connection: Connection) -> HttpRequest:
        from patchbay.platforms.freshchat import uploads

        return uploads.request_download(attachment, connection)

    def report_failure(
        self,
        failure: Failure,
        message_id: str,  # noqa: ARG002  (Freshchat's notes stand in the conversation, they point at no message)
        conversation: Conversation,
        connection: Connection,
        http: Http,
    ) -> None:
        from patchbay.platforms.freshchat import notes
        from patchbay.platforms.freshchat.client import Api

        notes.post_failure_note(Api(connection, http), failure.sentence, conversation, connection)

    # --- connecting --------------------------------------------------------------------------------------------------

    def check_credentials(self, connection: Connection, http: Http) -> Account:
        from patchbay.platforms.freshchat import account
        from patchbay.platforms.freshchat.client import Api

        account.check_settings(connection)
        return account.check_account(Api(connection, http), connection)

    def suggest_values(self, setting: str, connection: Connection, http: Http) -> Sequence[Choice]:
        from patchbay.platforms.freshchat import account
        from patchbay.platforms.freshchat.client import Api, read_base_url

        read_base_url(connection.settings)
        return account.list_choices(Api(connection, http), setting)

    def get_tenant_id(self, connection: Connection) -> str:
        return spec.name_tenant(connection.settings)

    def get_account_id(self, connection: Connection) -> str:
        return normalize_id(connection.setting("channel_id"))

    def list_manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        from patchbay.platforms.freshchat import account

        return account.describe_manual_steps(webhooks, connection)


def is_relayed(request: WebhookRequest) -> bool:
    """Whether it says that it comes from the app; its signature shows whether that is so."""
    return SIGNATURE in request.headers


def _conversation_of(event: MessageReceived) -> Conversation:
    """The conversation as far as an event describes it."""
    return Conversation(external_id=event.thread, aliases=event.aliases, state=event.hints)
