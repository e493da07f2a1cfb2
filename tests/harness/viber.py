"""A simulated Viber and, in place of the whole bridge, its connector alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from patchbay.domain.accounts import Connection, Endpoint, Secrets
from patchbay.domain.events import Event, Ignored, MessageReceived, ReceiptReceived
from patchbay.domain.model import Button, Conversation, Delivered, Part, ReceiptState, Role, Sender, Side
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.viber import connector
from playground.services.viber import DEMO_TOKEN, Viber
from playground.services.viber.records import Line, Person
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp

HOOK = "https://bridge.test/viber/hook"
CONNECTOR = connector.Viber()
AGENT = Sender(role=Role.AGENT, name="Ana", avatar_url="https://cdn.test/ana.jpg")
HOSTED = "https://bridge.test/media/t"


@dataclass
class ViberHarness:
    """A bridge of one connector: what it is sent is verified and parsed, what it sends goes to the simulator."""

    settings: dict[str, str] = field(default_factory=dict)
    token: str = DEMO_TOKEN
    answers: list[int] = field(default_factory=list)  #: the statuses of the next answers to webhooks; then 200
    events: list[Event | Ignored] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.time = VirtualTime()
        self.viber = Viber(self.time, self.take, Random(7))
        self.http = WsgiHttp({"viber.simulator.test": self.viber.app})

    @classmethod
    def connected(cls, **settings: str) -> ViberHarness:
        harness = cls(settings=settings)
        harness.register()
        return harness

    def meet(self) -> Person:
        """A customer who has written, and whose message has arrived."""
        person = next(iter(self.viber.people.values()))
        self.viber.write(person.id, "Hello")
        self.time.settle()
        self.events.clear()
        self.bodies.clear()
        return person

    @property
    def connection(self) -> Connection:
        return Connection(
            id="viber-1",
            service="viber",
            side=Side.MESSENGER,
            endpoint_id="e1",
            settings={"base_url": f"{self.viber.base_url}/pa", "sender_name": "Shop", **self.settings},
            secrets=Secrets({"auth_token": self.token}),
        )

    def take(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        address, _, query = url.partition("?")
        self.urls.append(address)
        request = WebhookRequest(
            method=method,
            headers={name.lower(): value for name, value in headers.items()},
            query=dict(pair.split("=") for pair in query.split("&") if pair),
            body=body,
            received_at=self.time.now(),
        )
        if self.answers and (status := self.answers.pop(0)) != 200:
            return WebhookAnswer(status)
        settings = {"sender_name": "Shop", **self.settings}
        endpoint = Endpoint(id="e1", service="viber", settings=settings, secrets=Secrets({"auth_token": self.token}))
        CONNECTOR.verify(request, endpoint)
        events = CONNECTOR.parse(request, endpoint)
        self.events += events
        self.bodies.append(json.loads(body))
        answer = CONNECTOR.answer_webhook(request, endpoint, events)
        return WebhookAnswer(200, answer.body, answer.headers) if answer else WebhookAnswer(200)

    def register(self) -> None:
        CONNECTOR.register_webhooks({"webhook": HOOK}, self.connection, self.http)

    def deliver(self, person: Person, content: Any, *buttons: Button) -> Delivered:
        part = Part(key="k:0", content=content, sender=AGENT, sent_at=self.time.now(), buttons=buttons)
        return CONNECTOR.deliver(part, Conversation(external_id=person.id), self.connection, self.http)

    def call(self, method: str, payload: object, **more: Any) -> dict[str, Any]:
        """A bare API call, as any client could make it."""
        headers = more.pop("headers", {"X-Viber-Auth-Token": self.token})
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        answer = self.viber.app.test_client().post(f"/pa/{method}", data=data, headers=headers, **more)
        assert answer.status_code == 200
        read: dict[str, Any] = json.loads(answer.data)
        return read

    def messages(self) -> list[MessageReceived]:
        return [each for each in self.events if isinstance(each, MessageReceived)]

    def receipts(self) -> list[tuple[str, ReceiptState]]:
        return [(each.message_id, each.state) for each in self.events if isinstance(each, ReceiptReceived)]


def last_line(person: Person) -> Line:
    return person.lines[-1]


def text_for(person: Person, **more: Any) -> dict[str, Any]:
    return {"receiver": person.id, "sender": {"name": "Ana"}, "type": "text", "text": "Hi", **more}
