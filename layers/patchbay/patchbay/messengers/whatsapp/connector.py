"""The connector: each method hands on to the module that does it, loaded when it is first needed.

A webhook function only ever verifies, parses and answers; what sends is never loaded there.

Documentation: docs/services/whatsapp.md
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from patchbay.domain.accounts import Connection, Endpoint, Settings
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import Attachment, Conversation, Delivered, Message, Part, ReceiptState, Sender, Side
from patchbay.domain.templates import FilledTemplate, Template
from patchbay.kit.abilities import (
    AnswersHandshakes,
    CompletesMessages,
    ReceivesInForms,
    SendsReceipts,
    SendsTyping,
    ShowsReactions,
    TimestampsWebhooks,
)
from patchbay.kit.account_setup import (
    Account,
    ChecksCredentials,
    HearsFromTopic,
    IdentifiesAccounts,
    IdentifiesTenants,
    RegistersWebhooks,
    TopicMessage,
    WebhookForm,
    Webhooks,
)
from patchbay.kit.contract import Connector, Http, HttpRequest, WebhookRequest, WebhookResponse
from patchbay.kit.file_abilities import DownloadsAttachments, FileSource, UploadsAttachments
from patchbay.kit.template_abilities import ManagesTemplates, SendsTemplates
from patchbay.messengers.whatsapp import spec


class WhatsApp(
    Connector,
    AnswersHandshakes,
    TimestampsWebhooks,
    ReceivesInForms,
    CompletesMessages,
    DownloadsAttachments,
    UploadsAttachments,
    SendsReceipts,
    SendsTyping,
    ShowsReactions,
    SendsTemplates,
    ManagesTemplates,
    ChecksCredentials,
    IdentifiesAccounts,
    IdentifiesTenants,
    RegistersWebhooks,
    HearsFromTopic,
):
    """See the contract for what each method promises."""

    service = "whatsapp"
    title = "WhatsApp"
    side = Side.MESSENGER
    settings = spec.SETTINGS
    capabilities = spec.CAPABILITIES
    behavior = spec.BEHAVIOR
    accepted_status = 200
    signs = True

    # --- receiving ---------------------------------------------------------------------------------------------------

    def answer_handshake(self, request: WebhookRequest, endpoint: Endpoint) -> WebhookResponse | None:
        from patchbay.messengers.whatsapp import handshake

        return handshake.answer_handshake(request, endpoint)

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        from patchbay.messengers.whatsapp import handshake

        handshake.verify_signature(request, endpoint)

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        from patchbay.messengers.whatsapp.inbound import parse

        return parse(request, endpoint)

    def read_timestamp(self, request: WebhookRequest) -> datetime | None:
        from patchbay.messengers.whatsapp.timestamps import read_timestamp

        return read_timestamp(request)

    def name_form(self, request: WebhookRequest) -> str:
        from patchbay.messengers.whatsapp import routing_forms

        return routing_forms.name_form(request)

    def list_forms(
        self,
        webhooks: Webhooks,
        connection: Connection,  # noqa: ARG002  (the same for all)
    ) -> Mapping[str, WebhookForm]:
        from patchbay.messengers.whatsapp import routing_forms

        del webhooks  # there is one for both
        return routing_forms.list_forms()

    # --- files that came in ------------------------------------------------------------------------------------------

    def complete_message(self, event: MessageReceived, connection: Connection, http: Http) -> Message:
        from patchbay.messengers.whatsapp import files
        from patchbay.messengers.whatsapp.doors import open_door

        return files.complete(open_door(connection, http), event.message)

    def make_download_request(self, attachment: Attachment, connection: Connection) -> HttpRequest:
        from patchbay.messengers.whatsapp.doors import make_download_request

        return make_download_request(attachment, connection)

    # --- dispatching -------------------------------------------------------------------------------------------------

    def upload_attachment(
        self, attachment: Attachment, files: FileSource, connection: Connection, http: Http
    ) -> Attachment:
        from patchbay.messengers.whatsapp.doors import open_door
        from patchbay.messengers.whatsapp.files import upload

        return upload(open_door(connection, http), attachment, files)

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        from patchbay.messengers.whatsapp import feedback, outbound
        from patchbay.messengers.whatsapp.doors import open_door

        door = open_door(connection, http)
        delivered = outbound.deliver(door, part, conversation)
        feedback.mark_answered(door, part, conversation, connection)
        return delivered

    def list_shown_states(self, connection: Connection) -> frozenset[ReceiptState]:
        from patchbay.messengers.whatsapp import feedback

        opened = feedback.read_policy(connection) == spec.ON_OPEN
        return frozenset({ReceiptState.READ}) if opened else frozenset()

    def send_receipt(
        self,
        state: ReceiptState,
        message_id: str,
        conversation: Conversation,  # noqa: ARG002  (WhatsApp's message ids are unique)
        connection: Connection,
        http: Http,
    ) -> None:
        from patchbay.messengers.whatsapp import feedback
        from patchbay.messengers.whatsapp.doors import open_door

        if state in self.list_shown_states(connection):
            feedback.mark_read(open_door(connection, http), message_id)

    def send_typing(self, typing: bool, conversation: Conversation, connection: Connection, http: Http) -> None:
        from patchbay.messengers.whatsapp import feedback
        from patchbay.messengers.whatsapp.doors import open_door

        feedback.show_typing(open_door(connection, http), conversation, connection, typing=typing)

    def show_reaction(
        self,
        emoji: str,
        sender: Sender,  # noqa: ARG002  (a number has one reaction)
        message_id: str,
        conversation: Conversation,
        connection: Connection,
        http: Http,
    ) -> None:
        from patchbay.messengers.whatsapp import changes
        from patchbay.messengers.whatsapp.doors import open_door

        changes.show_reaction(open_door(connection, http), emoji, message_id, conversation)

    # --- templates ---------------------------------------------------------------------------------------------------

    def list_templates(self, connection: Connection, http: Http) -> Sequence[Template]:
        from patchbay.messengers.whatsapp import template_calls
        from patchbay.messengers.whatsapp.doors import open_door

        return template_calls.list_templates(open_door(connection, http))

    def send_template(
        self, filled: FilledTemplate, part: Part, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        from patchbay.messengers.whatsapp import template_calls
        from patchbay.messengers.whatsapp.doors import open_door

        return template_calls.send(open_door(connection, http), filled, part, conversation)

    def create_template(self, template: Template, connection: Connection, http: Http) -> Template:
        from patchbay.messengers.whatsapp import template_calls
        from patchbay.messengers.whatsapp.doors import open_door

        return template_calls.create(open_door(connection, http), template)

    def edit_template(self, template: Template, connection: Connection, http: Http) -> Template:
        from patchbay.messengers.whatsapp import template_calls
        from patchbay.messengers.whatsapp.doors import open_door

        return template_calls.edit(open_door(connection, http), template)

    def delete_template(self, template: Template, connection: Connection, http: Http) -> None:
        from patchbay.messengers.whatsapp import template_calls
        from patchbay.messengers.whatsapp.doors import open_door

        template_calls.delete(open_door(connection, http), template)

    # --- connecting --------------------------------------------------------------------------------------------------

    def check_credentials(self, connection: Connection, http: Http) -> Account:
        from patchbay.messengers.whatsapp.account import check_settings
        from patchbay.messengers.whatsapp.doors import open_setup

        check_settings(connection)
        return open_setup(connection, http).check()

    def get_account_id(self, connection: Connection) -> str:
        """The number's id at Meta, which both doors name."""
        return connection.setting("phone_number_id")

    def get_tenant_id(self, connection: Connection) -> str:
        return connection.setting("waba_id")

    def register_webhooks(self, webhooks: Webhooks, connection: Connection, http: Http) -> Settings:
        from patchbay.messengers.whatsapp.doors import open_setup

        return open_setup(connection, http).register(webhooks)

    def unregister_webhooks(self, connection: Connection, http: Http) -> None:
        from patchbay.messengers.whatsapp.doors import open_setup

        open_setup(connection, http).unregister()

    def get_registered_url(self, connection: Connection, http: Http) -> str | None:
        from patchbay.messengers.whatsapp.doors import open_setup

        return open_setup(connection, http).registered()

    def get_topic_source(self, connection: Connection) -> str:
        from patchbay.messengers.whatsapp.aws_events import get_topic_source

        return get_topic_source(connection)

    def read_topic_message(self, text: str) -> TopicMessage:
        from patchbay.messengers.whatsapp.aws_events import read_topic_message

        return read_topic_message(text)
