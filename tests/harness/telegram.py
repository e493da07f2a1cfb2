"""A simulated Telegram and, in place of the whole bridge, its connector alone."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from patchbay.domain.accounts import Connection, Endpoint, Secrets
from patchbay.domain.albums import Album
from patchbay.domain.errors import UnknownThread
from patchbay.domain.events import ConnectionChanged, ContactChanged, Event, Ignored, MessageReceived
from patchbay.domain.model import Attachment, Button, Content, Conversation, Delivered, Part, Role, Sender, Side
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.telegram import CONNECTOR
from playground.services.telegram import DEMO_TOKEN, Telegram
from playground.services.telegram.records import Person
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp

HOOK = "https://bridge.test/telegram/hook"
SECRET = "a-secret_of-the-tests"
AGENT = Sender(role=Role.AGENT, name="Ana <3")
UNNAMED = Sender(role=Role.BOT)


@dataclass
class TelegramHarness:
    """A bridge of one connector: what it is sent is verified and parsed, what it sends goes to the simulator."""

    settings: dict[str, str] = field(default_factory=dict)
    token: str = DEMO_TOKEN
    events: list[Event | Ignored] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)  #: calls in our answers to webhooks
    threads: dict[str, str] = field(default_factory=dict)  #: whom webhooks mean by another id

    def __post_init__(self) -> None:
        self.time = VirtualTime()
        self.telegram = Telegram(self.time, self.take, Random(7))
        self.http = WsgiHttp({"telegram.simulator.test": self.telegram.app})

    @classmethod
    def connected(cls, **settings: str) -> TelegramHarness:
        harness = cls(settings=settings)
        CONNECTOR.register_webhooks({"webhook": HOOK}, harness.connection, harness.http)
        return harness

    @property
    def connection(self) -> Connection:
        return Connection(
            id="telegram-1",
            service="telegram",
            side=Side.MESSENGER,
            endpoint_id="e1",
            settings={"base_url": self.telegram.base_url, **self.settings},
            secrets=Secrets({"bot_token": self.token, "webhook_secret": SECRET}),
        )

    def meet(self) -> Person:
        """A customer who has pressed Start."""
        person = next(iter(self.telegram.people.values()))
        self.telegram.start(person.id)
        self.settle()
        self.events.clear()
        self.answers.clear()
        return person

    def settle(self) -> None:
        self.time.settle()

    def take(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        assert url == HOOK
        lower = {name.lower(): value for name, value in headers.items()}
        request = WebhookRequest(method=method, headers=lower, body=body, received_at=self.time.now())
        endpoint = Endpoint(
            id="e1",
            service="telegram",
            settings=self.settings,
            secrets=Secrets({"webhook_secret": SECRET}),
            threads=self.threads,
        )
        CONNECTOR.verify(request, endpoint)
        try:
            events = CONNECTOR.parse(request, endpoint)
        except UnknownThread as unknown:
            return WebhookAnswer(unknown.status)
        self.events += events
        for event in events:
            if isinstance(event, ConnectionChanged):
                self.settings |= event.facts
                self.threads |= dict.fromkeys(event.aliases, event.thread)
        answer = CONNECTOR.answer_webhook(request, endpoint, events)
        if answer is None:
            return WebhookAnswer(200)
        self.answers.append(json.loads(answer.body))
        return WebhookAnswer(answer.status, answer.body, answer.headers)

    # --- what came in ------------------------------------------------------------------------------------------------

    def messages(self) -> list[MessageReceived]:
        """With the addresses of their files."""
        received = [each for each in self.events if isinstance(each, MessageReceived)]
        return [
            replace(each, message=CONNECTOR.complete_message(each, self.connection, self.http))
            if each.message.incomplete
            else each
            for each in received
        ]

    def contents(self) -> list[Content]:
        return [item for each in self.messages() for item in each.message.content]

    def changes(self) -> list[ContactChanged]:
        return [each for each in self.events if isinstance(each, ContactChanged)]

    def ignored(self) -> list[str]:
        return [each.reason for each in self.events if isinstance(each, Ignored)]

    # --- what goes out -----------------------------------------------------------------------------------------------

    def deliver(
        self, to: Person | str, content: Any, *buttons: Button, sender: Sender = AGENT, reply_to: str = ""
    ) -> Delivered:
        part = Part(
            key="k:0", content=content, sender=sender, sent_at=self.time.now(), buttons=buttons, reply_to=reply_to
        )
        conversation = Conversation(external_id=to if isinstance(to, str) else str(to.id))
        if isinstance(content, Attachment):
            data = io.BytesIO(b"x" * (content.size or 0))
            return CONNECTOR.deliver_file(part, data, conversation, self.connection, self.http)
        if isinstance(content, Album):
            files = [io.BytesIO(b"x" * (file.size or 0)) for file in content.files]
            return CONNECTOR.deliver_album(part, files, conversation, self.connection, self.http)
        return CONNECTOR.deliver(part, conversation, self.connection, self.http)

    def lines(self, person: Person) -> list[dict[str, Any]]:
        """What is on the person's phone."""
        people: Any = self.telegram.view()["people"]
        return next(list(one["messages"]) for one in people if one["id"] == str(person.id))

    def last(self, person: Person) -> dict[str, Any]:
        return self.lines(person)[-1]

    def calls(self) -> list[str]:
        """The methods that were called, in their order."""
        return [request.url.rpartition("/")[2].partition("?")[0] for request in self.http.sent]
