"""What the tests of this folder share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from patchbay.domain.accounts import Connection
from patchbay.domain.model import (
    Contact,
    ContactKey,
    Conversation,
    Part,
    Role,
    Sender,
    Text,
)
from patchbay.kit.abilities import Opened
from patchbay.platforms.freshchat import CONNECTOR
from playground.services.freshchat import Freshchat
from playground.services.freshchat.records import Conversation as Desk
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp

HOST = "freshchat.simulator.test"
KEY = ContactKey(service="viber", connection_id="shop", contact_id="Zm9v+/YmFy ZQ==:1")
ASA = Contact(external_id=KEY.contact_id, name="Åsa Berg", avatar_url="https://a.example/asa.jpg")
CUSTOMER = Sender(role=Role.CONTACT, external_id=KEY.contact_id, name="Åsa Berg")


@dataclass
class World:
    time: VirtualTime
    desk: Freshchat
    http: WsgiHttp
    connection: Connection

    def part(self, text: str = "Hello", **fields: Any) -> Part:
        part = Part(key="e:0", content=Text(text=text), sender=CUSTOMER, sent_at=self.time.now())
        return replace(part, **fields)

    def begin(self, contact: Contact, first: Part, connection: Connection | None = None) -> Opened:
        """As the core does it: who it is, is kept before anything is opened."""
        connection = connection or self.connection
        platform_id = CONNECTOR.identify_contact(KEY, contact, connection, self.http)
        return CONNECTOR.open_conversation(KEY, replace(contact, platform_id=platform_id), first, connection, self.http)

    def open(self, text: str = "First") -> Conversation:
        return self.begin(ASA, self.part(text)).conversation

    def deliver(self, conversation: Conversation, part: Part | None = None) -> str:
        return CONNECTOR.deliver(part or self.part(), conversation, self.connection, self.http).external_id

    def seen(self, conversation: Conversation) -> Desk:
        found = self.desk.conversation(conversation.external_id)
        assert found is not None
        return found

    def texts(self, conversation: Conversation) -> list[str]:
        return [
            part["text"]["content"]
            for message in self.seen(conversation).messages
            for part in message.message_parts
            if "text" in part
        ]

    def with_settings(self, **settings: str) -> Connection:
        return replace(self.connection, settings={**self.connection.settings, **settings})


def accept(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
    return WebhookAnswer(200)
