"""The playground's page with a phone and the desk of a platform that has businesses, channels and an app."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from playwright.sync_api import Locator, Page, expect

from playground.live import LiveTimeline, Server
from playground.page_server import make_app
from playground.trace import Trace
from tests.harness.links import FixedLinks
from tests.harness.tiny import Counter, make_tiny_world


class Lobby(Counter):
    """A platform with businesses, channels and an app. `extra` is added to the counter's view."""

    service = "lobby"

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter.timeline, counter.post, counter.random)
        self.extra: dict[str, Any] = {"modes": ["reply", "send_file"], "tools": [], "reports_typing": True}
        self.agents = [
            {"id": "a1", "name": "Maya Levi", "avatar": None, "business": "Dental"},
            {"id": "a2", "name": "Priya Nair", "avatar": None, "business": "Yoga"},
        ]

    def view(self) -> dict[str, object]:
        return {**super().view(), "service": "lobby", "title": "Lobby", **self.extra}

    def do_typing(self, arguments: dict[str, str]) -> None:
        """It is only recorded."""

    def do_open(self, arguments: dict[str, str]) -> None:
        """It is only recorded."""

    def do_switch_channel(self, arguments: dict[str, str]) -> None:
        for channel in self.of("p1")["channels"]:
            channel["active"] = channel["id"] == arguments["channel"]

    def do_uninstall(self, arguments: dict[str, str]) -> None:
        app = next(one for one in self.extra["apps"] if one["business_uid"] == arguments["business"])
        app["installed"] = False

    def performed(self, action: str) -> list[Mapping[str, str]]:
        return [arguments for done, arguments in self.acts if done == action]


@dataclass(frozen=True)
class DeskHarness:
    page: Page
    lobby: Lobby
    links: FixedLinks
    trace: Trace
    url: str

    @property
    def desk(self) -> Locator:
        return self.page.locator(".desk")

    @property
    def box(self) -> Locator:
        return self.desk.get_by_role("textbox", name="Reply")

    def change(self, **extra: object) -> None:
        self.lobby.extra.update(extra)
        self.trace.changed("lobby")

    def arrive(self, text: str = "Hello", **more: object) -> dict[str, Any]:
        self.lobby.arrive({"id": "p1", "name": "Anna Berg"}, text)
        conversation = self.lobby.of("p1")
        conversation.update(more)
        self.trace.changed("lobby")
        expect(self.desk.locator(".message.customer").last).to_contain_text(text)
        return conversation

    def stop_clock(self) -> None:
        """From now on, time passes on the page only by `fast_forward`."""
        now: float = self.page.evaluate("Date.now()")
        self.page.clock.pause_at(now / 1000 + 1)

    def expect_call(self, action: str, do: Callable[[], object]) -> None:
        with self.page.expect_response(f"**/api/act/lobby/{action}"):
            do()


@contextmanager
def open_desk(page: Page) -> Iterator[DeskHarness]:
    """The playground's page with a phone and the lobby's desk."""
    timeline = LiveTimeline()
    pigeon, counter = make_tiny_world(timeline, Random(1))
    lobby = Lobby(counter)
    pigeon.desk, lobby.phones = lobby, pigeon
    trace, links = Trace(), FixedLinks()
    links.platforms = [{"id": "lobby-demo", "service": "lobby", "status": "active"}]
    links.messengers[0]["link"] = "lobby-demo"
    page.clock.install()
    with Server(make_app({"pigeon": pigeon, "lobby": lobby}, trace, links)) as server:
        page.goto(server.url)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        yield DeskHarness(page, lobby, links, trace, server.url)
        page.goto("about:blank")
    timeline.close()


def make_apps(url: str) -> list[dict[str, Any]]:
    """Of two businesses, neither of which has installed the app."""
    return [
        {
            "app": "bridge",
            "name": "Bridge",
            "business": business,
            "business_uid": business.lower(),
            "installed": False,
            "channel": "",
            "install_url": f"{url}/page/logo.svg",
        }
        for business in ("Dental", "Yoga")
    ]
