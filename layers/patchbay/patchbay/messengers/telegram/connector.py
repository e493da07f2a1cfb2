"""The connector: each method hands on to the module that does it, loaded when it is first needed.

A webhook function only ever verifies, parses and answers; what sends is never loaded there.

Documentation: docs/services/telegram.md
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

from patchbay.domain.accounts import Connection, Endpoint, Settings
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import Attachment, Conversation, Delivered, Message, Part, Sender, Side
from patchbay.kit.abilities import (
    AnswersWebhooks,
    CompletesMessages,
    DeletesMessages,
    EditsMessages,
    SendsTyping,
    ShowsReactions,
)
from patchbay.kit.account_setup import Account, ChecksCredentials, RegistersWebhooks, Webhooks
from patchbay.kit.contract import Connector, Http, HttpRequest, WebhookRequest, WebhookResponse
from patchbay.kit.file_abilities import DownloadsAttachments, InlinesAlbums, InlinesAttachments
from patchbay.kit.signatures import verify_secret
from patchbay.messengers.telegram import spec

_HEADER = "x-telegram-bot-api-secret-token"


class Telegram(
    Connector,
    AnswersWebhooks,
    CompletesMessages,
    DownloadsAttachments,
    InlinesAttachments,
    InlinesAlbums,
    SendsTyping,
    ShowsReactions,
    EditsMessages,
    DeletesMessages,
    ChecksCredentials,
    RegistersWebhooks,
):
    """See the contract for what each method promises."""

    service = "telegram"
    title = "Telegram"
    side = Side.MESSENGER
    settings = spec.SETTINGS
    capabilities = spec.CAPABILITIES
    behavior = spec.BEHAVIOR
    accepted_status = 200
    signs = False

    # --- receiving ---------------------------------------------------------------------------------------------------

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        """Telegram signs nothing: it sends along the secret that it was given with the webhook's address."""
        verify_secret(request.headers.get(_HEADER), endpoint.secrets.accepted("webhook_secret"))

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        from patchbay.messengers.telegram.inbound import parse

        return parse(request, endpoint)

    def answer_webhook(
        self, request: WebhookRequest, endpoint: Endpoint, events: Sequence[Event | Ignored]
    ) -> WebhookResponse | None:
        """A call that Telegram makes by itself: it costs nothing, and a pressed button is released at once."""
        from patchbay.messengers.telegram.webhook_responses import answer

        del events  # a button is released, and a group is declined, whatever was carried
        return answer(request, endpoint)

    # --- files that came in ------------------------------------------------------------------------------------------

    def complete_message(self, event: MessageReceived, connection: Connection, http: Http) -> Message:
        from patchbay.messengers.telegram import files
        from patchbay.messengers.telegram.client import Api

        return files.complete(Api(connection, http), event.message)

    def make_download_request(self, attachment: Attachment, connection: Connection) -> HttpRequest:
        from patchbay.messengers.telegram import files

        return files.request_file(attachment, connection)

    # --- dispatching -------------------------------------------------------------------------------------------------

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        from patchbay.messengers.telegram import outbound
        from patchbay.messengers.telegram.business_api import name_delivered, open_api

        delivered = outbound.deliver(open_api(connection, http, conversation), part, conversation)
        return name_delivered(delivered, conversation)

    def deliver_file(
        self, part: Part, data: IO[bytes], conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        from patchbay.messengers.telegram import outbound
        from patchbay.messengers.telegram.business_api import name_delivered, open_api

        delivered = outbound.deliver_file(open_api(connection, http, conversation), part, data, conversation)
        return name_delivered(delivered, conversation)

    def deliver_album(
        self, part: Part, files: Sequence[IO[bytes]], conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        from patchbay.messengers.telegram import outbound
        from patchbay.messengers.telegram.business_api import name_delivered, open_api

        delivered = outbound.deliver_album(open_api(connection, http, conversation), part, files, conversation)
        return name_delivered(delivered, conversation)

    def send_typing(self, typing: bool, conversation: Conversation, connection: Connection, http: Http) -> None:
        from patchbay.messengers.telegram import feedback
        from patchbay.messengers.telegram.business_api import open_api

        feedback.show_typing(open_api(connection, http, conversation), conversation, typing=typing)

    def show_reaction(
        self,
        emoji: str,
        sender: Sender,  # noqa: ARG002  (a bot has one reaction)
        message_id: str,
        conversation: Conversation,
        connection: Connection,
        http: Http,
    ) -> None:
        from patchbay.messengers.telegram import changes
        from patchbay.messengers.telegram.business_api import open_api

        changes.show_reaction(open_api(connection, http, conversation), emoji, message_id, conversation)

    def edit_message(
        self, message_id: str, part: Part, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        from patchbay.messengers.telegram import changes
        from patchbay.messengers.telegram.business_api import open_api

        changes.edit_message(open_api(connection, http, conversation), message_id, part, conversation)

    def delete_messages(
        self, message_ids: Sequence[str], conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        from patchbay.messengers.telegram import changes
        from patchbay.messengers.telegram.business_api import open_api

        changes.delete_messages(open_api(connection, http, conversation), message_ids, conversation)

    # --- connecting --------------------------------------------------------------------------------------------------

    def check_credentials(self, connection: Connection, http: Http) -> Account:
        from patchbay.messengers.telegram.account import check

        return check(connection, http)

    def register_webhooks(self, webhooks: Webhooks, connection: Connection, http: Http) -> Settings:
        from patchbay.messengers.telegram.account import register

        register(webhooks, connection, http)
        return {}

    def unregister_webhooks(self, connection: Connection, http: Http) -> None:
        from patchbay.messengers.telegram.account import unregister

        unregister(connection, http)

    def get_registered_url(self, connection: Connection, http: Http) -> str:
        from patchbay.messengers.telegram.account import registered

        return registered(connection, http)
