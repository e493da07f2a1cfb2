"""The web chat itself on free ports, a bridge that records its webhooks, sites that show it, and visitors."""

from __future__ import annotations

import json
import re
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import requests
from flask import Flask, Response, send_from_directory
from playwright.sync_api import BrowserContext, Frame, Locator, Page, Request, expect

from playground.live import LiveTimeline, Server
from playground.services.webchat import DEMO_KEY, WebChatSimulator
from playground.simulator import Timeline, WebhookAnswer

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SCRIPTS = Path(__file__).parents[2] / "functions" / "webchat" / "static"
type Json = dict[str, Any]

ANNA: Json = {"name": "Anna Lind", "avatar": None, "role": "agent"}


class WebChatHarness:
    """The web chat and a bridge that records its webhooks (`notes`). While `accepts` is false, messages wait."""

    def __init__(self, timeline: Timeline, **settings: str) -> None:
        self.simulator = WebChatSimulator(timeline, self._hear, Random(5))
        self.simulator.settings.update({"title": "Nordlicht Studio", "colour": "#0b7285", **settings})
        self.notes: list[Json] = []
        self.accepts = True
        self._changed = threading.Condition()

    @property
    def page(self) -> str:
        return self.simulator.page

    def _hear(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        if not self.accepts:
            return WebhookAnswer(500)
        with self._changed:
            self.notes.append(json.loads(body))
            self._changed.notify_all()
        return WebhookAnswer(200)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Waits until the bridge has received what makes `holds` true."""
        with self._changed:
            assert self._changed.wait_for(holds, timeout=5), self.notes

    def received(self, kind: str) -> list[Json]:
        return [note for note in self.notes if note["kind"] == kind]

    @property
    def texts(self) -> list[str]:
        return [note["message"]["text"] for note in self.received("message")]

    @property
    def last_chat(self) -> str:
        """The chat with the latest message; waits for the first one."""
        self.wait_until(lambda: bool(self.received("message")))
        return str(self.received("message")[-1]["chat"]["id"])

    # --- what agents do ----------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, body: object = None) -> Json:
        answer = requests.request(
            method,
            f"{self.page}/bridge/{path}",
            headers={"authorization": f"Bearer {DEMO_KEY}"},
            json=body,
            timeout=10,
        )
        answer.raise_for_status()
        document: Json = answer.json() if answer.content else {}
        return document

    def reply(self, text: str = "", chat: str = "", content: Json | None = None, **more: object) -> str:
        """An agent writes into the chat with the latest message. Returns the message's id."""
        message = {
            "key": f"key-{self.simulator.random.getrandbits(64)}",
            "sender": ANNA,
            "sent_at": "2026-11-21T12:00:00Z",
            "content": content or {"type": "text", "text": text},
            "buttons": [],
            **more,
        }
        return str(self.call("POST", f"chats/{chat or self.last_chat}/messages", message)["id"])

    def set_state(self, state: str, reason: str = "") -> None:
        """Sets the delivery state of the latest message."""
        note = self.received("message")[-1]
        path = f"chats/{note['chat']['id']}/messages/{note['message']['id']}/state"
        self.call("PUT", path, {"state": state, "reason": reason})

    def type(self, typing: bool = True, name: str = "Anna Lind") -> None:
        self.call("PUT", f"chats/{self.last_chat}/typing", {"typing": typing, "name": name})


def _serve_source(hook: str, filename: str) -> Response:
    del hook
    return send_from_directory(SCRIPTS, filename)


@contextmanager
def open_webchat(**settings: str) -> Iterator[WebChatHarness]:
    """A web chat with these settings, served on a free port."""
    with ExitStack() as stack:
        timeline = LiveTimeline()
        stack.callback(timeline.close)
        world = WebChatHarness(timeline, **settings)
        # For tests of one module: what the page itself loads is bundled.
        world.simulator.app.add_url_rule("/webchat/<hook>/source/<filename>", "source", _serve_source)
        server = stack.enter_context(Server(world.simulator.app))
        world.simulator.base_url = server.url
        world.simulator.paste_webhooks({"webchat": f"{server.url}/webchat/demo-hook"})
        yield world


class Visitor:
    """A visitor with the page, or with the frame of the widget."""

    def __init__(self, page: Page | Frame) -> None:
        self.page = page

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log", name="Messages")

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name="Message")

    @property
    def bubbles(self) -> Locator:
        return self.log.get_by_role("article")

    @property
    def states(self) -> Locator:
        """The delivery state of each own message, in order."""
        return self.log.locator(".mine .ticks")

    def start(self, name: str = "Ann") -> None:
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_role("button", name="Start chat").click()
        expect(self.box).to_be_visible()

    def write(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")

    def sees(self, *texts: str) -> None:
        expect(self.log.locator(".text")).to_have_text(list(texts))


class Asked:
    """The calls of the chat's API that a page makes."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._paths: list[str] = []
        self._open: set[Request] = set()
        page.on("request", self._note)
        page.on("requestfinished", self._close)
        page.on("requestfailed", self._close)

    def _note(self, request: Request) -> None:
        found = re.search(r"/(api/.*)", request.url)
        if found:
            self._paths.append(f"{request.method} {found[1]}")
            self._open.add(request)

    def _close(self, request: Request) -> None:
        self._open.discard(request)

    def settle(self) -> None:
        """Waits until every call has its response."""
        while self._open:
            self._page.wait_for_event("requestfinished")

    def take(self) -> list[str]:
        """All calls since the last time."""
        paths, self._paths[:] = list(self._paths), []
        return paths


@contextmanager
def write_in(locale: str, text: str, world: WebChatHarness, context: BrowserContext) -> Iterator[Page]:
    """The page of a visitor whose browser has this language, and who has started a chat with `text`."""
    browser = context.browser
    assert browser is not None
    foreign = browser.new_context(locale=locale)
    page = foreign.new_page()
    page.goto(world.page)
    page.get_by_role("textbox").fill("Ann")
    page.keyboard.press("Enter")
    page.locator("textarea").fill(text)
    page.keyboard.press("Enter")
    world.wait_until(lambda: world.texts == [text])
    yield page
    foreign.close()


def find_barriers(page: Page | Frame) -> list[str]:
    """What axe finds, each with the elements; frames inside are looked at one by one."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run(document, { iframes: false })).violations")
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}" for one in found]


def draw_png(side: int = 64) -> bytes:
    """A square image in one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    lines = (b"\0" + bytes([11, 114, 133]) * side) * side
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def make_site(script: str, more: str = "") -> Flask:
    """A site with aggressive styles, which shows the widget."""
    app = Flask("site")
    page = f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title><style>
        * {{ color: red !important; font-size: 40px !important; border-radius: 0 !important; }}
        button, iframe, span, patchbay-chat {{ display: none !important; position: static !important; }}
        a {{ color: #900 !important }}
        </style></head><body><main><h1>A shop</h1><p><a href="#more">More</a></p>{more}</main>
        <script src="{script}" async></script></body></html>"""
    app.add_url_rule("/", view_func=lambda: page)
    return app
