"""The simulated Giosg in virtual time, with an app of ours that keeps what it is told."""

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
class Told:
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
class Us:
    """`answers` come first, then good ones."""

    received: list[Told] = field(default_factory=list)
    answers: list[WebhookAnswer] = field(default_factory=list)
    before_answering: Callable[[Told], None] | None = None

    def __call__(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        assert method == "POST"
        told = Told(url, headers, json.loads(body))
        self.received.append(told)
        if self.before_answering:
            self.before_answering(told)
        return self.answers.pop(0) if self.answers else WebhookAnswer(200)


@dataclass
class House:
    time: VirtualTime
    us: Us
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

    def news(self) -> list[Told]:
        """What came since the last look, with nothing left to come."""
        self.time.settle()
        found = list(self.us.received)
        self.us.received.clear()
        return found

    def story(self) -> list[tuple[str, str]]:
        """The news as kinds and actions."""
        return [(one.kind, one.action) for one in self.news()]

    def told(self, kind: str, action: str) -> list[Json]:
        """The bodies of one kind among the news."""
        return [one.body for one in self.news() if (one.kind, one.action) == (kind, action)]

    def visitor(self, *, enters: bool = True) -> Visitor:
        """A new visitor, in the room unless told otherwise."""
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
    house: House
    id: str
    secret: str
    token: str

    def call(self, method: str, path: str, body: object = None) -> Any:
        return self.house.call(method, path, body, auth=f"Bearer {self.token}")

    def ask(self, method: str, path: str, body: object = None) -> Any:
        return self.house.ask(method, path, body, auth=f"Bearer {self.token}")

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
        self.house.ask("POST", path, {"key": "username", "value": name})

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
        found: list[Json] = self.visitor.house.get(f"/owned_chats/{self.id}/messages")["results"]
        return found

    @property
    def last(self) -> Json:
        """The newest bubble on the page."""
        last: Json = self.visitor.house.shown(self.id)["messages"][-1]
        return last


def hook(kind: str) -> str:
    return f"https://hooks.example/giosg/{kind}?secret=s3cr3t"


def make_house(**options: str) -> House:
    """With an app that is told of chats, messages and memberships. `options` are those of `install_app`."""
    time, us = VirtualTime(), Us()
    giosg = Giosg(time, us, Random(7))
    giosg.install_app({kind: hook(kind) for kind in KINDS}, **options)
    return House(time, us, giosg)


def make_chat(house: House, *, name: str = "Ann") -> Chat:
    """A chat with one message that nobody has picked up. What has been told so far is forgotten."""
    visitor = house.visitor()
    visitor.name(name)
    chat = visitor.open()
    chat.send()
    house.news()
    return chat
