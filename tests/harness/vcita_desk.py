"""The simulated vcita as the connector meets it: a connected business, and what its staff see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.model import Contact, ContactKey, Conversation, Part, Role, Sender, Side, Text
from patchbay.kit.contract import HttpRequest, HttpResponse
from patchbay.platforms.vcita import CONNECTOR
from playground.services.vcita import DEMO_BUSINESS, Vcita
from playground.services.vcita.records import Client, Line
from tests.harness.vcita import VcitaHarness, make_harness
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp

HOST = "vcita.simulator.test"
KEY = ContactKey(service="viber", connection_id="shop", contact_id="Zm9v+/YmFy ZQ==:1")
ASA = Contact(external_id=KEY.contact_id, name="Åsa Maria Berg", phone="+46 70-123 45 67")
CUSTOMER = Sender(role=Role.CONTACT, external_id=KEY.contact_id, name="Åsa Maria Berg")


class RateLimited(WsgiHttp):
    """A moment before each call, so that vcita's throttle stays out of the way."""

    def __init__(self, host: str, vcita: Vcita, time: VirtualTime) -> None:
        super().__init__({host: vcita.app})
        self._time = time

    def send(self, request: HttpRequest) -> HttpResponse:
        self._time.advance(0.13)
        return super().send(request)

    @property
    def calls(self) -> list[str]:
        return [f"{request.method} {request.url.split(HOST)[1]}" for request in self.sent]


@dataclass
class Desk:
    harness: VcitaHarness
    http: RateLimited
    connection: Connection

    @property
    def vcita(self) -> Vcita:
        return self.harness.vcita

    @property
    def time(self) -> VirtualTime:
        return self.harness.time

    def settle(self) -> None:
        self.time.settle()

    def change(self, **settings: str) -> Connection:
        self.connection = replace(self.connection, settings={**self.connection.settings, **settings})
        return self.connection

    def part(self, text: str = "Hello", **fields: Any) -> Part:
        part = Part(key="message-1:0", content=Text(text=text), sender=CUSTOMER, sent_at=self.time.now())
        return replace(part, **fields)

    # --- as the core does it -----------------------------------------------------------------------------------------

    def identify(self, contact: Contact = ASA) -> Contact:
        return replace(contact, platform_id=CONNECTOR.identify_contact(KEY, contact, self.connection, self.http))

    def open(self, contact: Contact = ASA) -> Conversation:
        known = contact if contact.platform_id else self.identify(contact)
        return CONNECTOR.open_conversation(KEY, known, self.part(), self.connection, self.http).conversation

    def open_awake(self) -> Conversation:
        """Active on both sides."""
        conversation = self.open()
        self.settle()
        CONNECTOR.activate_conversation(conversation, self.connection, self.http)
        self.settle()
        return conversation

    def deliver(self, conversation: Conversation, part: Part | None = None) -> str:
        return CONNECTOR.deliver(part or self.part(), conversation, self.connection, self.http).external_id

    # --- what is there -----------------------------------------------------------------------------------------------

    @property
    def clients(self) -> list[Client]:
        return self.vcita.find_business(DEMO_BUSINESS).clients

    @property
    def lines(self) -> list[Line]:
        """What the customers wrote."""
        return [line for client in self.clients for line in client.lines if line.author == "customer"]


def make_desk(*, channel: bool = True) -> Desk:
    """The demo business, with an active channel unless that is the test's business."""
    harness = make_harness()
    demo = harness.vcita.demo()
    connection = Connection(
        id="dental",
        service="vcita",
        side=Side.PLATFORM,
        endpoint_id="dental",
        settings=demo.settings,
        secrets=Secrets(demo.secrets),
    )
    desk = Desk(harness, RateLimited(HOST, harness.vcita, harness.time), connection)
    if channel:
        desk.change(**CONNECTOR.set_up_account(connection, desk.http).settings)
        desk.settle()
    desk.http.sent.clear()
    return desk
