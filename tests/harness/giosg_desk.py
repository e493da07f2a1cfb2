"""The simulated Giosg as the connector meets it: a connected organization, a customer with a pass, what agents see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from patchbay.bridge.contact_tokens import ContactTokens, Customer
from patchbay.domain.accounts import Connection, Endpoint, Secrets
from patchbay.domain.errors import WebhookRefused
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import Contact, ContactKey, Conversation, Delivered, Part, Role, Sender, Side, Text
from patchbay.kit.contract import Http, HttpRequest, WebhookRequest
from patchbay.platforms.giosg import CONNECTOR
from playground.services.giosg import DEMO_AGENT, Giosg
from playground.services.giosg.records import Chat, Message
from playground.simulator import WebhookAnswer
from tests.harness.fakes.stores import MemoryPeople
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp

HOST = "giosg.simulator.test"
ADDRESS = "https://hooks.example/giosg/hook"
SECRET = "a-secret-of-our-own-choice"

KEY = ContactKey(service="viber", connection_id="shop", contact_id="Zm9v+/YmFy ZQ==:1")
ASA = Contact(external_id=KEY.contact_id, name="Åsa Maria Berg", phone="+46701234567", language="sv")
CUSTOMER = Sender(role=Role.CONTACT, external_id=KEY.contact_id, name="Åsa Maria Berg")


@dataclass
class Ear:
    """Our webhook function: keeps what it understands."""

    time: VirtualTime
    endpoint: Endpoint
    heard: list[Event | Ignored] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        address, _, secret = url.partition("?secret=")
        tail = tuple(address.removeprefix(f"{ADDRESS}/").split("/"))
        request = WebhookRequest(
            method=method, tail=tail, query={"secret": secret}, body=body, received_at=self.time.now()
        )
        try:
            CONNECTOR.verify(request, self.endpoint)
            self.heard += CONNECTOR.parse(request, self.endpoint)
        except WebhookRefused as refusal:
            self.refused.append(str(refusal))
            return WebhookAnswer(refusal.status)
        return WebhookAnswer(200)


@dataclass
class Desk:
    time: VirtualTime
    ear: Ear
    giosg: Giosg
    http: WsgiHttp
    connection: Connection
    passes: ContactTokens

    def change(self, **settings: str) -> Connection:
        self.connection = replace(self.connection, settings={**self.connection.settings, **settings})
        self.ear.endpoint = replace(self.ear.endpoint, settings=self.connection.settings)
        return self.connection

    @property
    def calls(self) -> list[str]:
        """Method and path of what was sent, below the API's root, with ids as *."""
        return [_describe(request) for request in self.http.sent]

    # --- as the core does it -----------------------------------------------------------------------------------------

    def identify(self, contact: Contact = ASA) -> Contact:
        """The contact with a visitor of their own."""
        customer = _customer(contact)
        return replace(contact, platform_id=self.passes.identify(customer, CONNECTOR, self.connection, self.http))

    def as_contact(self, contact: Contact = ASA) -> Http:
        return self.passes.wrap(self.http, _customer(contact), CONNECTOR, self.connection)

    def part(self, text: str = "Hello", **fields: Any) -> Part:
        part = Part(key="message-1:0", content=Text(text=text), sender=CUSTOMER, sent_at=self.time.now())
        return replace(part, **fields)

    def open(self, contact: Contact = ASA) -> Conversation:
        known = self.identify(contact)
        opened = CONNECTOR.open_conversation(KEY, known, self.part(), self.connection, self.as_contact(contact))
        return opened.conversation

    def deliver(self, conversation: Conversation, part: Part | None = None) -> Delivered:
        return CONNECTOR.deliver(part or self.part(), conversation, self.connection, self.as_contact())

    # --- what is there -----------------------------------------------------------------------------------------------

    @property
    def shown(self) -> Chat:
        """The latest chat."""
        return list(self.giosg.chats.values())[-1]

    @property
    def lines(self) -> list[Message]:
        """What visitors wrote in it."""
        return [message for message in self.shown.messages if message.sender_type == "visitor"]

    @property
    def variables(self) -> dict[str, str | None]:
        visitor = self.shown.visitor
        assert visitor is not None
        return {key: each.value for key, each in self.shown.room.visitors[visitor.id].variables.items()}

    def reply(self, text: str = "Hello Åsa") -> Message:
        return self.message(self.giosg.reply(self.shown.id, DEMO_AGENT, text))

    def message(self, message_id: str) -> Message:
        found = self.shown.message(message_id)
        assert found is not None
        return found

    def heard(self) -> list[Event]:
        """What came since the last look and is not ignored, with nothing left to come."""
        self.time.settle()
        found = [each for each in self.ear.heard if not isinstance(each, Ignored)]
        self.ear.heard.clear()
        return found

    def heard_message(self) -> MessageReceived:
        [message] = [each for each in self.heard() if isinstance(each, MessageReceived)]
        return message


def _customer(contact: Contact) -> Customer:
    return Customer(person=contact.person or KEY.encode(), contact_key=KEY.encode(), contact=contact)


def _describe(request: HttpRequest) -> str:
    path = request.url.split(f"{HOST}/api/v5/", 1)[-1].partition("?")[0]
    return f"{request.method} {'/'.join('*' if len(step) >= 32 else step for step in path.split('/'))}"


def make_desk(*, installed: bool = True, **settings: str) -> Desk:
    """The demo organization, with our app installed unless that is the test's business."""
    time = VirtualTime()
    ear = Ear(time, Endpoint(id="acme", service="giosg"))
    giosg = Giosg(time, ear, Random(7))
    demo = giosg.demo()
    secrets = Secrets(values={**demo.secrets, "webhook_secret": SECRET})
    given = {**demo.settings, **settings}
    ear.endpoint = replace(ear.endpoint, settings=given, secrets=secrets)
    connection = Connection(
        id="acme", service="giosg", side=Side.PLATFORM, endpoint_id="acme", settings=given, secrets=secrets
    )
    if installed:
        giosg.paste_webhooks(CONNECTOR.list_webhooks(ADDRESS, connection))
    http = WsgiHttp({HOST: giosg.app})
    return Desk(time, ear, giosg, http, connection, ContactTokens(MemoryPeople(time), time))
