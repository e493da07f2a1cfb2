"""What a visit of the web chat's page asks of the function: each request is an invocation that the owner pays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Response, request
from playwright.sync_api import Page, expect

from tests.browser.webchat_harness import Visitor, WebChatHarness, open_webchat

pytestmark = pytest.mark.browser


@dataclass
class Served:
    """The requests that reached the web chat, with the bytes of their answers' bodies."""

    bodies: dict[str, int] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)

    def note(self, response: Response) -> Response:
        path = request.path.rpartition("/static/")[2] if "/static/" in request.path else request.path
        self.paths.append(path.rpartition("demo-hook/")[2] or path)
        self.bodies[self.paths[-1]] = len(response.get_data())
        return response

    def take(self) -> list[str]:
        """The paths since the last time, sorted."""
        paths, self.paths = sorted(path.split("/")[-1] for path in self.paths), []
        return paths


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
def world(served: Served) -> Iterator[WebChatHarness]:
    with open_webchat() as world:
        world.simulator.app.after_request(served.note)
        yield world


def test_a_visit_takes_few_requests(world: WebChatHarness, served: Served, page: Page) -> None:
    page.goto(world.page)
    expect(page.get_by_label("Your name")).to_be_visible()
    assert served.take() == ["about", "demo-hook", "page.css", "page.js"]
    assert sum(served.bodies.values()) < 45_000
    ann = Visitor(page)
    ann.start()
    ann.write("Hello")
    world.wait_until(lambda: world.texts == ["Hello"])
    page.goto("about:blank")
    served.take()

    page.goto(world.page)
    ann.sees("Hello")
    assert set(served.take()) - {"typing"} == {"about", "chats", "demo-hook", "messages"}  # none of the page's files
    page.goto("about:blank")
