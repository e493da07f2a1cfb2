"""The web chat over memory stores, browsers that call it, and a bridge that remembers what it was told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import UUID

from chat.app import ChatApp
from chat.assets import Assets
from chat.live import LiveUpdates
from chat.model import name_chat
from chat.ports import Bridge, NotNotified
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.model import Side
from patchbay.kit.contract import WebhookRequest
from playground.services.webchat.memory import MemoryFiles, MemoryStore, make_means
from playground.services.webchat.outside import MemoryChannel
from tests.harness.fakes.push_service import PushService
from tests.harness.fakes.stores import MemoryConnections
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

HOOK = "the-hook"
KEY = "the-service-key"
BASE = "https://bridge.test"
LIVE = "wss://live.test/live"
SITE = Connection(
    id="web",
    service="webchat",
    side=Side.MESSENGER,
    endpoint_id="web",
    settings={"title": "Ask us", "allowed_origins": "https://shop.test, http://127.0.0.1:8000"},
    secrets=Secrets(values={"service_key": KEY}),
)
#: The same with notifications.
PUSHING = replace(
    SITE,
    settings={**SITE.settings, "push": "yes"},
    secrets=Secrets(values={"service_key": KEY, "push_key": "k" * 43}),
)
type Json = dict[str, Any]


@dataclass(slots=True)
class MemoryBridge(Bridge):
    """Remembers the notes that it took. It refuses the next `refuses`."""

    notes: list[Json] = field(default_factory=list)
    raw: list[tuple[str, bytes, str]] = field(default_factory=list)
    refuses: int = 0
    before: Callable[[], object] | None = None  #: what happens elsewhere while the next note is on its way

    def tell(self, webhook_token: str, body: bytes, signature: str) -> None:
        parsed_event, self.before = self.before, None
        if parsed_event:
            parsed_event()
        if self.refuses:
            self.refuses -= 1
            raise NotNotified("the queue is away")
        self.raw.append((webhook_token, body, signature))
        self.notes.append(json.loads(body))

    def of_kind(self, kind: str) -> list[Json]:
        return [note for note in self.notes if note["kind"] == kind]

    @property
    def messages(self) -> list[str]:
        """The ids of the messages that it was told, each once, in the order of their first arrival: as the queue."""
        return list(dict.fromkeys(note["message"]["id"] for note in self.of_kind("message")))


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


PAGE = (
    '<!doctype html><base href="{webhook_token}/"><link href="static/page.css"><script src="static/page.js"></script>'
)


def write_static(folder: Path) -> Path:
    """A page small enough for tests."""
    files = {
        "page.html": PAGE,
        "widget.js": "widget()",
        "worker.js": "w()",
        "page.js": "main()",
        "page.css": "a{}",
        "icon.svg": "<svg/>",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


class WebChat:
    """The service over memory stores, and what it told the bridge."""

    def __init__(
        self, static: Path, make_store: Callable[[VirtualTime], MemoryStore] = MemoryStore, *, live: str = LIVE
    ) -> None:
        """`live` is the address of live connections, "" when they are off."""
        self.time = VirtualTime()
        self.random = Random(7)
        self.telemetry = MemoryTelemetry()
        self.bridge = MemoryBridge()
        self.connections = MemoryConnections()
        self.connections.add(SITE, HOOK)
        self.store = make_store(self.time)
        self.files = MemoryFiles("https://files.test/bucket", self.time)
        self.contacts: dict[str, str] = {}  #: what a visitor calls a chat -> what the bridge calls it
        self.channel = MemoryChannel()
        self.push = PushService(self.time)
        live_updates = LiveUpdates(live, self.store, self.channel, self.time, self.telemetry)
        means = make_means(
            self.store,
            self.files,
            self.bridge,
            self.time,
            self.telemetry,
            live=live_updates,
            push_services=self.push,
        )
        self.gate = ChatApp(means, self.connections, Assets(static))

    def call(
        self,
        method: str,
        path: str = "",
        body: object = None,
        *,
        webhook_token: str = HOOK,
        source: str = "192.0.2.1",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """`path` is below the page's address. A body of bytes goes as it is, anything else as JSON."""
        parts = urlsplit(path)
        raw = (
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        )
        typed = {"content-type": "application/json"} if body is not None else {}
        request = WebhookRequest(
            method=method,
            tail=tuple(parts.path.split("/")) if parts.path else (),
            query=dict(parse_qsl(parts.query)),
            headers={**typed, **(headers or {})},
            body=raw,
            received_at=self.time.now(),
        )
        answer = self.gate.answer(webhook_token, BASE, source, request)
        return Answer(answer.status, answer.headers, answer.body)

    def connect(self, address: str, origin: str, name: str, source: str = "192.0.2.1") -> int:
        """The status that a browser gets which opens `address`; the API calls the connection `name`."""
        [ticket] = parse_qs(urlsplit(address).query)["ticket"]
        return self.gate.connect(ticket, origin, source, name).status

    def ask(self, method: str, path: str, body: object = None, *, key: str = KEY) -> Answer:
        """A call of the bridge. A chat may be named as its visitor calls it."""
        named = "/".join(self.contacts.get(step, step) for step in path.split("/"))
        return self.call(method, f"bridge/{named}", body, headers={"authorization": f"Bearer {key}"})

    def reply(self, chat: str, text: str, key: str = "", **more: object) -> str:
        """An agent writes; the answer is the message's id."""
        said: Json = {"type": "text", "text": text}
        message = {
            "key": key or self.new_id(),
            "sender": {"name": "Anna", "avatar": "https://desk.test/anna.png", "role": "agent"},
            "sent_at": self.time.now().isoformat(),
            "content": said,
            "buttons": [],
            **more,
        }
        answer = self.ask("POST", f"chats/{chat}/messages", message)
        assert answer.status in {200, 201}, answer.body
        return str(answer.json["id"])

    def new_id(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def browser(self, language: str = "en", source: str = "192.0.2.1") -> Browser:
        made = self.call("POST", "api/visitors", {"language": language}, source=source)
        assert made.status == 201, made.body
        return Browser(self, made.json["visitor"], made.json["token"])


@dataclass(slots=True)
class Browser:
    """One visitor."""

    web: WebChat
    visitor: str
    token: str

    def call(self, method: str, path: str, body: object = None, *, source: str = "192.0.2.1", **headers: str) -> Answer:
        sent = {"authorization": f"Bearer {self.token}", **headers}
        return self.web.call(method, f"api/{path}", body, source=source, headers=sent)

    def start(self, name: str = "Ann", chat: str = "") -> str:
        """A new chat; the answer is its id."""
        answer = self.call("POST", "chats", {"id": chat or self.web.new_id(), "name": name})
        assert answer.status == 201, answer.body
        own_id = str(answer.json["id"])
        self.web.contacts[own_id] = name_chat(SITE.id, self.visitor, own_id)
        return own_id

    def post(self, chat: str, text: str = "", message: str = "", **more: object) -> Answer:
        body = {"id": message or self.web.new_id(), **({"text": text} if text else {}), **more}
        return self.call("POST", f"chats/{chat}/messages", body)

    def poll(self, chat: str, after: str | None = None, **query: str) -> Json:
        asked = {**({"after": after} if after else {}), **query}
        path = f"chats/{chat}/messages?" + "&".join(f"{name}={value}" for name, value in asked.items())
        answer = self.call("GET", path)
        assert answer.status == 200, answer.body
        document: Json = answer.json
        return document

    def texts(self, chat: str) -> list[str]:
        return [message["text"] for message in self.poll(chat)["messages"]]

    def upload(self, chat: str, name: str, content_type: str, content: bytes) -> str:
        """A file in the store; the answer is the upload's id."""
        offered = self.call("POST", f"chats/{chat}/uploads", {"name": name, "size": len(content), "type": content_type})
        assert offered.status == 201, offered.body
        assert self.web.files.take(offered.json["fields"], content)
        return str(offered.json["upload"])

    def open_live(self, name: str = "connection", origin: str = "https://shop.test") -> list[Json]:
        """Opens a live connection; what arrives on it is added to the answer."""
        heard: list[Json] = []
        self.web.channel.open[name] = lambda update: heard.append(json.loads(update))
        address = self.call("POST", "live", origin=origin).json["url"]
        assert self.web.connect(address, origin, name) == 200
        return heard
