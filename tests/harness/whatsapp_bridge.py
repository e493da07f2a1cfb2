"""A simulated WhatsApp and, in place of the whole bridge, its connector behind Meta's door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, get_args
from urllib.parse import parse_qsl, urlsplit

from patchbay.domain.accounts import Connection, Endpoint, Secrets
from patchbay.domain.events import Event, Ignored, MessageReceived, ReceiptReceived
from patchbay.domain.model import Attachment, Button, Content, Conversation, Delivered, Part, Role, Sender, Side
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.whatsapp import CONNECTOR
from playground.services.whatsapp import WhatsApp
from playground.services.whatsapp.demo import APP_SECRET, DEMO_TOKEN, PHONE_NUMBER_ID, WABA_ID
from playground.services.whatsapp.records import Message, Person
from playground.simulator import WebhookAnswer
from tests.harness.fakes.media import MemoryMedia
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp

HOOK = "https://bridge.test/whatsapp/hook"
VERIFY_TOKEN = "a-verify-token-of-the-tests"
AGENT = Sender(role=Role.AGENT, name="Ana <3")
UNNAMED = Sender(role=Role.BOT)


@dataclass
class WhatsAppHarness:
    """A bridge of one connector: what it is sent is verified and parsed, what it sends goes to the simulator."""

    settings: dict[str, str] = field(default_factory=dict)
    token: str = DEMO_TOKEN
    secrets: dict[str, str] = field(default_factory=dict)
    events: list[Event | Ignored] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.time = VirtualTime()
        self.whatsapp = WhatsApp(self.time, self.take, Random(7))
        self.core, self.people = self.whatsapp.core, self.whatsapp.people
        self.http = WsgiHttp({urlsplit(self.whatsapp.base_url).netloc: self.whatsapp.app})
        self.media = MemoryMedia(self.http)

    @classmethod
    def connected(cls, **settings: str) -> WhatsAppHarness:
        harness = cls(settings=settings)
        CONNECTOR.register_webhooks({"webhook": HOOK}, harness.connection, harness.http)
        harness.http.sent.clear()
        return harness

    @property
    def connection(self) -> Connection:
        base = {"base_url": self.whatsapp.base_url, "phone_number_id": PHONE_NUMBER_ID, "waba_id": WABA_ID}
        secrets = {"access_token": self.token, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN, **self.secrets}
        return Connection(
            id="whatsapp-1",
            service="whatsapp",
            side=Side.MESSENGER,
            endpoint_id="e1",
            account=PHONE_NUMBER_ID,
            settings={**base, **self.settings},
            secrets=Secrets(secrets),
        )

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(
            id="e1",
            service="whatsapp",
            settings=self.connection.settings,
            secrets=Secrets({"app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN}),
            tenants={WABA_ID: frozenset({PHONE_NUMBER_ID})},
        )

    def take(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        lower = {name.lower(): value for name, value in headers.items()}
        query = dict(parse_qsl(urlsplit(url).query))
        request = WebhookRequest(method=method, query=query, headers=lower, body=body, received_at=self.time.now())
        greeting = CONNECTOR.answer_handshake(request, self.endpoint)
        if greeting is not None:
            return WebhookAnswer(greeting.status, greeting.body, greeting.headers)
        assert url == HOOK
        CONNECTOR.verify(request, self.endpoint)
        self.events += CONNECTOR.parse(request, self.endpoint)
        return WebhookAnswer(200)

    def settle(self) -> None:
        self.time.settle()

    def person(self, name: str = "Maya Chen") -> Person:
        return next(each for each in self.core.state.people.values() if each.name == name)

    def meet(self, name: str = "Maya Chen") -> Person:
        """A customer who has just written, so that the window is open."""
        person = self.person(name)
        self.people.write(person, "Hello")
        self.settle()
        self.events.clear()
        return person

    # --- what came in ------------------------------------------------------------------------------------------------

    def messages(self) -> list[MessageReceived]:
        """With the addresses of their files."""
        self.settle()
        received = [each for each in self.events if isinstance(each, MessageReceived)]
        return [
            replace(each, message=CONNECTOR.complete_message(each, self.connection, self.http))
            if each.message.incomplete
            else each
            for each in received
        ]

    def contents(self) -> list[Content]:
        return [item for each in self.messages() for item in each.message.content]

    def receipts(self) -> list[ReceiptReceived]:
        self.settle()
        return [each for each in self.events if isinstance(each, ReceiptReceived)]

    def ignored(self) -> list[str]:
        self.settle()
        return [each.reason for each in self.events if isinstance(each, Ignored)]

    def parsed(self) -> list[Event]:
        self.settle()
        return [each for each in self.events if isinstance(each, get_args(Event))]

    # --- what goes out -----------------------------------------------------------------------------------------------

    def deliver(
        self,
        to: Person | str,
        content: Any,
        *buttons: Button,
        sender: Sender = AGENT,
        reply_to: str = "",
        newest: str = "",
    ) -> Delivered:
        thread = to if isinstance(to, str) else to.user_id
        conversation = Conversation(external_id=thread, state={"newest_message": newest} if newest else {})
        if isinstance(content, Attachment):
            self.media.files.setdefault(content.url or "", b"x" * (content.size or 0))
            content = CONNECTOR.upload_attachment(content, self.media, self.connection, self.http)
        part = Part(
            key="k:0", content=content, sender=sender, sent_at=self.time.now(), buttons=buttons, reply_to=reply_to
        )
        return CONNECTOR.deliver(part, conversation, self.connection, self.http)

    def last(self, person: Person) -> Message:
        return self.people.messages(person)[-1]

    def sent(self, person: Person) -> list[Message]:
        """Ours, on the person's phone."""
        return [each for each in self.people.messages(person) if each.is_ours]
