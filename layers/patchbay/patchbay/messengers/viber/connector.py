"""The connector: each method hands on to the module that does it, loaded when it is first needed.

A webhook function only ever verifies, parses and answers; what sends is never loaded there.

Documentation: docs/services/viber.md
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from patchbay.domain.accounts import Connection, Endpoint, Settings
from patchbay.domain.events import Event, Ignored
from patchbay.domain.feedback import FeedbackKind
from patchbay.domain.model import Conversation, Delivered, Part, Side
from patchbay.domain.text import shorten
from patchbay.kit.abilities import AnswersWebhooks, TimestampsWebhooks
from patchbay.kit.account_setup import Account, ChecksCredentials, RegistersWebhooks, SelectsFeedback, Webhooks
from patchbay.kit.contract import Connector, Http, WebhookRequest, WebhookResponse
from patchbay.kit.signatures import verify_hmac
from patchbay.messengers.viber import spec


class Viber(Connector, AnswersWebhooks, TimestampsWebhooks, ChecksCredentials, RegistersWebhooks, SelectsFeedback):
    service = "viber"
    title = "Viber"
    side = Side.MESSENGER
    settings = spec.SETTINGS
    capabilities = spec.CAPABILITIES
    behavior = spec.BEHAVIOR
    accepted_status = 200  # Viber repeats whatever gets another answer
    signs = True

    # --- receiving ---------------------------------------------------------------------------------------------------

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        """Viber signs with the bot's token, in a header and, on some routes, in the query."""
        signature = request.headers.get("x-viber-content-signature") or request.query.get("sig")
        verify_hmac(request.body, signature, endpoint.secrets.accepted("auth_token"))

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        from patchbay.messengers.viber.inbound import parse

        return parse(request, endpoint)

    def read_timestamp(self, request: WebhookRequest) -> datetime | None:
        from patchbay.kit.schemas import read_wire
        from patchbay.messengers.viber.schemas import Stamp

        return read_wire(Stamp, request.body).at

    def answer_webhook(
        self, request: WebhookRequest, endpoint: Endpoint, events: Sequence[Event | Ignored]
    ) -> WebhookResponse | None:
        """The welcome message is the body of the response when a person opens the chat."""
        from patchbay.messengers.viber.inbound import CHAT_OPENED, read_event_name
        from patchbay.messengers.viber.sender import build_sender

        del events  # a chat that is opened is mostly ignored, and greeted all the same
        welcome = endpoint.settings.get("welcome_message", "").strip()
        if not welcome or read_event_name(request) != CHAT_OPENED:
            return None
        message = {
            "type": "text",
            "text": shorten(welcome, self.capabilities.text_limit),
            "sender": build_sender(endpoint.settings),
        }
        body = json.dumps(message, ensure_ascii=False).encode()
        return WebhookResponse(status=200, body=body, headers={"content-type": "application/json; charset=utf-8"})

    # --- dispatching -------------------------------------------------------------------------------------------------

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        from patchbay.messengers.viber.outbound import deliver

        return deliver(part, conversation, connection, http)

    # --- connecting --------------------------------------------------------------------------------------------------

    def check_credentials(self, connection: Connection, http: Http) -> Account:
        from patchbay.messengers.viber.account import check

        return check(connection, http)

    def register_webhooks(self, webhooks: Webhooks, connection: Connection, http: Http) -> Settings:
        from patchbay.messengers.viber.account import register

        register(webhooks, connection, http)
        return {}

    def unregister_webhooks(self, connection: Connection, http: Http) -> None:
        from patchbay.messengers.viber.account import unregister

        unregister(connection, http)

    def get_registered_url(self, connection: Connection, http: Http) -> str:
        from patchbay.messengers.viber.account import registered

        return registered(connection, http)

    def get_registered_feedback(self, connection: Connection, http: Http) -> frozenset[FeedbackKind]:
        from patchbay.messengers.viber.account import registered_feedback

        return registered_feedback(connection, http)
