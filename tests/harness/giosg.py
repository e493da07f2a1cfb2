"""The simulated Giosg in virtual time, with an app of ours that keeps its webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from playground.services.giosg import API_TOKEN, DEMO_ORGANIZATION, DEMO_ROOM, Giosg
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime

Json = dict[str, Any]
KINDS = ("chats", "messages", "memberships")
ORG = f"/api/v5/orgs/{DEMO_ORGANIZATION}"
PUBLIC = f"/api/v5/public/orgs/{DEMO_ORGANIZATION}"
ROOM = f"{PUBLIC}/rooms/{DEMO_ROOM}"


@dataclass(frozen=True)
class Received:
    """A webhook as it came."""

    url: str
    headers: Mapping[str, str]
    body: Json

    @property
    def kind(self) -> str:
        """The last part of the channel: owned_chats, messages, memberships or rooms."""
        return str(self.body["channel"]).rsplit("/", 1)[-1]

    @property
    def action(self) -> str:
        return str(self.body["action"])

    @property
    def resource(self) -> Json:
        resource: Json = self.body["resource"]
        return resource


@dataclass
class OurSide:
    """`answers` come first, then good ones."""

    received: list[Received] = field(default_factory=list)
    answers: list[WebhookAnswer] = field(default_factory=list)
    before_answering: Callable[[Received], None] | None = None

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        assert method == "POST"
        webhook = Received(url, headers, json.loads(body))
        self.received.append(webhook)
        if self.before_answering:
            self.before_answering(webhook)
        return self.answers.pop(0) if self.answers else WebhookAnswer(200)


@dataclass
class GiosgHarness:
    time: VirtualTime
    our_side: OurSide
    giosg: Giosg

    def call(self, method: str, path: str, body: object = None, *, auth: str = f"Token {API_TOKEN}") -> Any:
        """`auth` is the whole header, "" for none."""
        return self.giosg.app.test_client().open(
            path.removeprefix(self.giosg.base_url),
            method=method,
            data=json.dumps(body) if body is not None else None,
            headers={"Content-Type": "application/json", **({"Authorization": auth} if auth else {})},
        )

    def ask(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """The content of an answer that must be good."""
        answer = self.call(method, path, body, **options)
        assert answer.status_code in {200, 201}, answer.data
        return answer.get_json()

    def get(self, path: str) -> Any:
        """What an API user sees below the organization's path."""
        return self.ask("GET", f"{ORG}{path}")

    def new_webhooks(self) -> list[Received]:
        """Those since the last call of this method, with no webhook left to come."""
        self.time.settle()
        found = list(self.our_side.received)
        self.our_side.received.clear()
        return found

    def new_kinds(self) -> list[tuple[str, str]]:
        """The new webhooks as kinds and actions."""
        return [(one.kind, one.action) for one in self.new_webhooks()]

    def received(self, kind: str, action: str) -> list[Json]:
        """The bodies of the new webhooks of one kind."""
        return [one.body for one in self.new_webhooks() if (one.kind, one.action) == (kind, action)]

    def visitor(self, *, enters: bool = True) -> Visitor:
        """A new visitor, by default in the room."""
        made = self.ask("POST", f"{PUBLIC}/auth", {"visitor_secret_id": None}, auth="")
        visitor = Visitor(self, made["visitor_id"], made["visitor_secret_id"], made["access_token"])
        if enters:
            visitor.ask("POST", f"{ROOM}/visitors", {"id": visitor.id})
        return visitor

    def view(self) -> Any:
        """What the page shows, as JSON makes it."""
        return json.loads(json.dumps(self.giosg.view()))

    def shown(self, chat: str) -> Json:
        found: Json = next(one for one in self.view()["conversations"] if one["id"] == chat)
        return found


@dataclass
class Visitor:
    harness: GiosgHarness
    id: str
    secret: str
    token: str

    def call(self, method: str, path: str, body: object = None) -> Any:
        return self.harness.call(method, path, body, auth=f"Bearer {self.token}")

    def ask(self, method: str, path: str, body: object = None) -> Any:
        return self.harness.ask(method, path, body, auth=f"Bearer {self.token}")

    @property
    def chats(self) -> str:
        """The path of the visitor's own chats."""
        return f"/api/v5/public/visitors/{self.id}/chats"

    @property
    def opening(self) -> str:
        """The path at which chats are created."""
        return f"{ROOM}/visitors/{self.id}/chats"

    def name(self, name: str) -> None:
        path = f"{ORG}/rooms/{DEMO_ROOM}/visitors/{self.id}/variables"
        self.harness.ask("POST", path, {"key": "username", "value": name})

    def open(self, chat_type: str = "external") -> Chat:
        return Chat(self, self.ask("POST", self.opening, {"chat_type": chat_type})["id"])


@dataclass
class Chat:
    visitor: Visitor
    id: str

    @property
    def path(self) -> str:
        """The chat as its visitor reaches it."""
        return f"{self.visitor.chats}/{self.id}"

    def post(self, body: object) -> Any:
        return self.visitor.call("POST", f"{self.path}/messages", body)

    def send(self, text: str = "Hello") -> Json:
        sent: Json = self.visitor.ask("POST", f"{self.path}/messages", {"type": "msg", "message": text})
        return sent

    def messages(self) -> list[Json]:
        """As the organization sees them."""
        giosg = self.visitor.harness.giosg
        chat = giosg.chats[self.id]
        return [giosg.serializers.message(chat, message) for message in chat.messages]

    def shown(self) -> Json:
        """As the organization sees it."""
        giosg = self.visitor.harness.giosg
        return giosg.serializers.chat(giosg.chats[self.id])

    @property
    def last(self) -> Json:
        """The newest bubble on the page."""
        last: Json = self.visitor.harness.shown(self.id)["messages"][-1]
        return last


def webhook_url(kind: str) -> str:
    return f"https://hooks.example/giosg/{kind}?secret=s3cr3t"


def make_harness(**options: str) -> GiosgHarness:
    """With an app that subscribes to chats, messages and memberships. `options` are those of `install_app`."""
    time, our_side = VirtualTime(), OurSide()
    giosg = Giosg(time, our_side, Random(7))
    giosg.install_app({kind: webhook_url(kind) for kind in KINDS}, **options)
    return GiosgHarness(time, our_side, giosg)


def make_chat(harness: GiosgHarness, *, name: str = "Ann") -> Chat:
    """A chat with one message that no agent has picked up. The webhooks so far are dropped."""
    visitor = harness.visitor()
    visitor.name(name)
    chat = visitor.open()
    chat.send()
    harness.new_webhooks()
    return chat
