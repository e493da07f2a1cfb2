"""The simulated Unblu as the connector meets it: a connected account, and what its agents see."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from patchbay.domain.accounts import Connection, Endpoint, Secrets
from patchbay.domain.errors import WebhookRefused
from patchbay.domain.events import Event, Ignored
from patchbay.domain.model import (
    Attachment,
    Contact,
    ContactKey,
    Conversation,
    Delivered,
    Part,
    Role,
    Sender,
    Side,
    Text,
)
from patchbay.kit.account_setup import Webhooks
from patchbay.kit.contract import HttpRequest, WebhookRequest
from patchbay.platforms.unblu import CONNECTOR
from playground.services.unblu import DEMO_AGENT, Unblu
from playground.services.unblu.records import Conversation as Shown
from playground.services.unblu.records import Generation, Message
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp

HOST = "unblu.simulator.test"
ADDRESS = "https://hooks.example/unblu/hook"
WEBHOOKS: Webhooks = {"webhook": ADDRESS}
SECRET = "a-secret-of-our-own-choice"

KEY = ContactKey(service="viber", connection_id="shop", contact_id="Zm9v+/YmFy ZQ==:1")
ASA = Contact(external_id=KEY.contact_id, name="Åsa Maria Berg", phone="+46701234567")
CUSTOMER = Sender(role=Role.CONTACT, external_id=KEY.contact_id, name="Åsa Maria Berg")


@dataclass
class Ear:
    """Our webhook function: keeps what it understands and answers. `down` answers nothing good."""

    time: VirtualTime
    endpoint: Endpoint
    heard: list[Event | Ignored] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    down: bool = False

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        if self.down or url != ADDRESS:
            return WebhookAnswer(503)
        lower = {name.lower(): value for name, value in headers.items()}
        request = WebhookRequest(method=method, headers=lower, body=body, received_at=self.time.now())
        try:
            CONNECTOR.verify(request, self.endpoint)
            parsed_events = CONNECTOR.parse(request, self.endpoint)
        except WebhookRefused as refusal:
            self.refused.append(str(refusal))
            return WebhookAnswer(refusal.status)
        self.heard += parsed_events
        answer = CONNECTOR.answer_webhook(request, self.endpoint, parsed_events)
        assert answer is not None
        return WebhookAnswer(answer.status, answer.body, answer.headers)


@dataclass
class Desk:
    time: VirtualTime
    ear: Ear
    unblu: Unblu
    http: WsgiHttp
    connection: Connection

    def settle(self) -> None:
        self.time.settle()

    def change(self, **settings: str) -> Connection:
        self.connection = replace(self.connection, settings={**self.connection.settings, **settings})
        self.ear.endpoint = replace(self.ear.endpoint, settings=self.connection.settings)
        return self.connection

    @property
    def calls(self) -> list[str]:
        """Method and path of what was sent, below the API's root."""
        return [_describe(request) for request in self.http.sent]

    # --- as the core does it -----------------------------------------------------------------------------------------

    def register(self) -> None:
        CONNECTOR.register_webhooks(WEBHOOKS, self.connection, self.http)

    def identify(self, contact: Contact = ASA) -> Contact:
        return replace(contact, platform_id=CONNECTOR.identify_contact(KEY, contact, self.connection, self.http))

    def part(self, text: str = "Hello", **fields: Any) -> Part:
        part = Part(key="message-1:0", content=Text(text=text), sender=CUSTOMER, sent_at=self.time.now())
        return replace(part, **fields)

    def open(self, contact: Contact | None = None, first: Part | None = None) -> Conversation:
        known = contact or self.identify()
        return CONNECTOR.open_conversation(KEY, known, first or self.part(), self.connection, self.http).conversation

    def deliver(self, conversation: Conversation, part: Part | None = None) -> Delivered:
        return CONNECTOR.deliver(part or self.part(), conversation, self.connection, self.http)

    def deliver_file(self, conversation: Conversation, file: Attachment, data: bytes) -> Delivered:
        part = self.part(content=file)
        return CONNECTOR.deliver_file(part, io.BytesIO(data), conversation, self.connection, self.http)

    # --- what is there -----------------------------------------------------------------------------------------------

    @property
    def shown(self) -> Shown:
        """The latest conversation."""
        return self.unblu.conversations[-1]

    @property
    def lines(self) -> list[Message]:
        """What the customers wrote in it."""
        return [message for message in self.shown.messages if message.from_channel]

    def reply(self, text: str = "Hello Åsa", **options: Any) -> Message:
        uid = self.unblu.reply(self.shown.id, DEMO_AGENT, text, **options)
        self.settle()
        return self.message(uid)

    def message(self, uid: str) -> Message:
        found = self.shown.message(uid)
        assert found is not None
        return found

    def heard(self) -> list[Event | Ignored]:
        """What came since the last look, with nothing left to come."""
        self.settle()
        found = list(self.ear.heard)
        self.ear.heard.clear()
        return found


def _describe(request: HttpRequest) -> str:
    path = request.url.split(f"{HOST}/app/rest/", 1)[-1].partition("?")[0]
    return f"{request.method} {path.partition('/')[2]}"


def make_desk(generation: Generation = "v4", *, registered: bool = True) -> Desk:
    """The demo account, with a channel of ours unless that is the test's business."""
    time = VirtualTime()
    ear = Ear(time, Endpoint(id="acme", service="unblu"))
    unblu = Unblu(time, ear, Random(7))
    unblu.generation = generation
    demo = unblu.demo()
    secrets = Secrets(values={**demo.secrets, "webhook_secret": SECRET})
    settings = {**demo.settings, "api_version_found": generation}
    ear.endpoint = replace(ear.endpoint, settings=settings, secrets=secrets)
    connection = Connection(
        id="acme", service="unblu", side=Side.PLATFORM, endpoint_id="acme", settings=settings, secrets=secrets
    )
    desk = Desk(time, ear, unblu, WsgiHttp({HOST: unblu.app}), connection)
    if registered:
        desk.register()
        desk.settle()
        ear.heard.clear()
        desk.http.sent.clear()
    return desk
