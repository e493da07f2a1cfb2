"""Live connections of a page, played in the browser: what the web chat sends waits here until a test lets it arrive."""

from __future__ import annotations

import time
from collections import deque
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, WebSocketRoute

from tests.browser.webchat_harness import WebChatHarness

ADDRESS = "ws://live.test/live"


class LiveLines:
    """`opened` counts the connections; `refuses` makes the browser fail to open any more."""

    def __init__(self, world: WebChatHarness, page: Page) -> None:
        self._world = world
        self._sockets: dict[str, WebSocketRoute] = {}
        self._waiting: deque[tuple[str, str]] = deque()
        self.opened = 0
        self.refuses = False
        self.pings: list[str] = []
        self._page = page
        world.simulator.live.address = ADDRESS
        page.route_web_socket(f"{ADDRESS}**", self._open)

    def _open(self, socket: WebSocketRoute) -> None:
        simulator, name = self._world.simulator, f"line {id(self)} {self.opened}"
        [ticket] = parse_qs(urlsplit(socket.url).query)["ticket"]
        parts = urlsplit(simulator.page)
        origin = f"{parts.scheme}://{parts.netloc}"
        if self.refuses or simulator.gate.connect(ticket, origin, "127.0.0.1", name).status != 200:
            socket.close(code=1011)
            return
        self.opened += 1
        self._sockets[name] = socket
        simulator.channel.open[name] = lambda update: self._waiting.append((name, update.decode()))
        socket.on_close(lambda _code, _reason: self._forget(name))
        socket.on_message(lambda message: self.pings.append(str(message)))

    def await_opening(self, count: int = 1) -> None:
        """Waits until so many connections were opened."""
        end = time.monotonic() + 5
        while self.opened < count:
            assert time.monotonic() < end, "no connection was opened"
            self._page.wait_for_timeout(20)

    def await_closing(self) -> None:
        """Waits until the page has closed its connection."""
        end = time.monotonic() + 5
        while self._sockets:
            assert time.monotonic() < end, "the connection is open"
            self._page.wait_for_timeout(20)

    def deliver(self) -> int:
        """Lets everything arrive that was sent; the answer is how much that was."""
        count = 0
        while self._waiting:
            name, update = self._waiting.popleft()
            if name in self._sockets:
                self._sockets[name].send(update)
                count += 1
        return count

    def lose(self) -> None:
        """What was sent never arrives, and nobody notices."""
        self._waiting.clear()

    def _forget(self, name: str) -> None:
        self._sockets.pop(name, None)
        self._world.simulator.channel.open.pop(name, None)

    def cut(self) -> None:
        for name, socket in list(self._sockets.items()):
            self._forget(name)
            socket.close(code=1001)
