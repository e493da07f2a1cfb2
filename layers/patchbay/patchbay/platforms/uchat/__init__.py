"""UChat, a platform: its bot, and the agents behind the bot, answer customers through the channel Api Chat.

Api Chat is an add-on of UChat's partners. A workspace has one webhook, which brings what bot and agents say, and one
address that contacts' messages are posted to. It knows no ids of messages, no receipts and no typing.

Documentation: docs/services/uchat.md
"""

from __future__ import annotations

from collections.abc import Sequence

from patchbay.abilities import Opened
from patchbay.accounts import Connection, Endpoint, Settings
from patchbay.connecting import Account, Webhooks
from patchbay.contract import Http, Setting, WebhookRequest, WebhookResponse
from patchbay.events import Event, Ignored, MessageReceived
from patchbay.model import Contact, ContactKey, Conversation, Delivered, Part, Side
from patchbay.platforms.uchat import traits


class UChat:
    """See the contract for what each method promises."""

    service = "uchat"
    title = "UChat"
    side = Side.PLATFORM
    settings: tuple[Setting, ...] = traits.SETTINGS
    capabilities = traits.CAPABILITIES
    accepted_status = 200
    signs = True

    # Each method loads what it needs: a webhook function only greets, verifies and parses.

    # --- receiving ---------------------------------------------------------------------------------------------------

    def shake_hands(self, request: WebhookRequest, endpoint: Endpoint) -> WebhookResponse | None:
        from patchbay.platforms.uchat import handshake

        return handshake.answer_handshake(request, endpoint)

    def verify(self, request: WebhookRequest, endpoint: Endpoint) -> None:
        from patchbay.platforms.uchat import handshake

        handshake.verify_signature(request, endpoint)

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        from patchbay.platforms.uchat import parsing

        return parsing.parse_webhook(request, endpoint)

    # --- customer to bot and agent -----------------------------------------------------------------------------------

    def open(
        self,
        key: ContactKey,
        contact: Contact,
        first: Part,  # noqa: ARG002
        connection: Connection,  # noqa: ARG002
        http: Http,  # noqa: ARG002  (a conversation begins with its first message, and needs no call)
    ) -> Opened:
        from patchbay.platforms.uchat import messages

        return Opened(conversation=messages.describe_conversation(key, contact))

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        from patchbay.platforms.uchat import messages
        from patchbay.platforms.uchat.api import Api

        return messages.post_part(Api(connection, http), part, conversation)

    # --- bot and agent to customer -----------------------------------------------------------------------------------

    def find_contact(
        self,
        event: MessageReceived,
        connection: Connection,  # noqa: ARG002
        http: Http,  # noqa: ARG002  (UChat quotes our name for the contact)
    ) -> ContactKey | None:
        return ContactKey.decode(event.thread)

    # --- connecting --------------------------------------------------------------------------------------------------

    def check(self, connection: Connection, http: Http) -> Account:
        from patchbay.platforms.uchat import account
        from patchbay.platforms.uchat.api import Api

        return account.check_account(Api(connection, http), connection)

    def register(self, webhooks: Webhooks, connection: Connection, http: Http) -> Settings:
        from patchbay.platforms.uchat import account
        from patchbay.platforms.uchat.api import Api

        return account.register(Api(connection, http), webhooks, connection)

    def unregister(self, connection: Connection, http: Http) -> None:
        from patchbay.platforms.uchat import account
        from patchbay.platforms.uchat.api import Api

        account.unregister(Api(connection, http), connection)

    def registered(self, connection: Connection, http: Http) -> str | None:
        from patchbay.platforms.uchat import account
        from patchbay.platforms.uchat.api import Api

        return account.registered_address(Api(connection, http), connection)

    def manual_steps(self, webhooks: Webhooks, connection: Connection) -> tuple[str, ...]:
        from patchbay.platforms.uchat import account

        return account.describe_manual_steps(webhooks, connection)


CONNECTOR = UChat()
