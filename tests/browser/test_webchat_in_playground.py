"""The web chat beside the phones: a shop's site whose script loads the chat from another origin."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect

from playground.live import LiveTimeline, Server
from playground.page_server import make_app
from playground.sites import Site, other_name
from playground.trace import Trace
from tests.browser.webchat_harness import WebChatHarness, open_webchat
from tests.harness.links import FixedLinks
from tests.harness.tiny import make_tiny_world

pytestmark = pytest.mark.browser

SOON = 10_000  #: milliseconds; the chat's script, its page and its first answers come one after another


@dataclass(frozen=True)
class ShopHarness:
    page: Page
    world: WebChatHarness
    links: FixedLinks
    shops: dict[str, Site]
    trace: Trace
    url: str

    @property
    def tab(self) -> Locator:
        return self.page.get_by_role("tab", name="Web chat")

    @property
    def shop(self) -> FrameLocator:
        return self.page.frame_locator("iframe.shop")

    @property
    def chat(self) -> FrameLocator:
        return self.shop.frame_locator("patchbay-chat iframe")

    def open(self) -> None:
        self.tab.click()
        expect(self.chat.get_by_label("Your name")).to_be_focused(timeout=SOON)

    def connect(self) -> None:
        self.shops["webchat"] = Site(service="webchat", title="Web chat", address=self.world.page)
        self.trace.changed("webchat")


@pytest.fixture
def waiting(page: Page) -> Iterator[ShopHarness]:
    """The page before the web chat is connected."""
    timeline = LiveTimeline()
    pigeon, counter = make_tiny_world(timeline, Random(1))
    links, trace, shops = FixedLinks(), Trace(), dict[str, Site]()
    app = make_app({"pigeon": pigeon, "counter": counter}, trace, links, shops)
    with open_webchat(welcome_message="Ask us anything.") as world, Server(app) as server:
        world.simulator.settings["allowed_origins"] = f"{server.url},{other_name(server.url)}"
        page.goto(server.url)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        yield ShopHarness(page, world, links, shops, trace, server.url)
        page.goto("about:blank")
    timeline.close()


@pytest.fixture
def shown(waiting: ShopHarness) -> ShopHarness:
    waiting.connect()
    expect(waiting.tab).to_be_visible()
    return waiting


def test_the_web_chat_appears_when_it_is_connected_and_can_be_linked(waiting: ShopHarness) -> None:
    page = waiting.page
    expect(page.locator("#messengers .tabs").get_by_role("tab")).to_have_text(["Pigeon"])
    web_chat = {"id": "webchat-demo", "service": "webchat", "status": "active", "link": None}
    waiting.links.messengers.append(web_chat)
    waiting.connect()
    waiting.tab.click()
    expect(page.get_by_text("to: nowhere")).to_be_visible()
    page.get_by_text("to: nowhere").click()
    page.get_by_role("menuitemradio", name="Counter").click()
    expect(page.get_by_role("button", name="Messages go to Counter")).to_be_visible()
    assert web_chat["link"] == "counter-demo"


def test_a_visitor_of_the_shop_writes_and_gets_a_reply(shown: ShopHarness) -> None:
    shown.open()
    expect(shown.chat.get_by_text("Ask us anything.")).to_be_visible()
    shown.chat.get_by_label("Your name").fill("Ann")
    shown.chat.get_by_role("button", name="Start chat").click()
    shown.chat.get_by_role("textbox", name="Message").fill("Is the red one in stock?")
    shown.page.keyboard.press("Enter")
    shown.world.wait_until(lambda: shown.world.texts == ["Is the red one in stock?"])
    shown.world.reply("It is.")
    expect(shown.chat.get_by_role("log").get_by_text("It is.")).to_be_visible(timeout=SOON)


def test_one_line_of_html_adds_the_chat_from_its_own_origin(shown: ShopHarness) -> None:
    shown.open()
    script = shown.shop.locator("script")
    expect(script).to_have_count(1)
    expect(script).to_have_attribute("src", f"{shown.world.page}/widget.js")
    assert urlsplit(shown.world.page).netloc != urlsplit(shown.url).netloc


def test_the_shops_policy_allows_only_what_the_chat_needs(shown: ShopHarness) -> None:
    answer = shown.page.request.get(f"{shown.url}/shop/webchat")
    rules = dict(rule.strip().split(" ", 1) for rule in answer.headers["content-security-policy"].split(";"))
    origin, address = shown.world.simulator.base_url, shown.world.page
    assert {name: value for name, value in rules.items() if origin in value} == {
        "script-src": f"{address}/widget.js",
        "connect-src": f"{address}/api/about",
        "frame-src": address,
    }
    policy = shown.page.request.get(shown.url).headers["content-security-policy"]
    assert origin not in policy
    assert "frame-ancestors 'none'" in policy
    assert shown.page.request.get(f"{shown.url}/shop/pigeon").status == 404


def test_the_chat_is_closed_and_opened_again(shown: ShopHarness) -> None:
    shown.open()
    shown.chat.get_by_label("Your name").fill("Ann")
    shown.chat.get_by_role("button", name="Start chat").click()
    shown.chat.get_by_role("textbox", name="Message").fill("Good morning")
    shown.page.keyboard.press("Enter")
    shown.world.wait_until(lambda: shown.world.texts == ["Good morning"])
    shown.page.get_by_role("tab", name="Pigeon").focus()
    shown.page.keyboard.press("Enter")
    expect(shown.page.locator("iframe")).to_have_count(0)
    shown.page.keyboard.press("ArrowRight")
    expect(shown.tab).to_be_focused()
    shown.page.keyboard.press("Enter")
    expect(shown.chat.get_by_role("log").get_by_text("Good morning")).to_be_visible(timeout=SOON)


def test_the_shop_is_visible_behind_the_chat(shown: ShopHarness) -> None:
    shown.open()
    shown.chat.get_by_role("button", name="Close").click()
    shown.shop.get_by_role("button", name="Open chat").click()
    expect(shown.chat.get_by_label("Your name")).to_be_focused()
    expect(shown.shop.get_by_role("heading", name="Red shoes")).to_be_attached()


def test_another_visitor_sees_nothing_of_the_first_one(shown: ShopHarness, context: BrowserContext) -> None:
    shown.open()
    shown.chat.get_by_label("Your name").fill("Ann")
    shown.chat.get_by_role("button", name="Start chat").click()
    expect(shown.chat.get_by_role("textbox", name="Message")).to_be_visible()
    with context.expect_page() as opened:
        shown.page.get_by_role("link", name="Another visitor").click()
    other = opened.value
    expect(other.get_by_label("Your name")).to_have_value("")
    other.get_by_label("Your name").fill("Ben")
    other.get_by_role("button", name="Start chat").click()
    other.get_by_role("textbox", name="Message").fill("Good evening")
    other.keyboard.press("Enter")
    shown.world.wait_until(lambda: shown.world.texts == ["Good evening"])
    expect(shown.chat.get_by_text("Good evening")).to_have_count(0)
    other.close()


def test_only_simulators_have_switches(shown: ShopHarness) -> None:
    trouble = shown.page.locator("#messengers").get_by_role("button", name="Make trouble")
    expect(trouble).to_be_visible()
    shown.tab.click()
    expect(trouble).to_have_count(0)
    post = shown.page.request.post
    for path in ("/api/act/webchat/write", "/api/switches/webchat"):
        assert (
            post(f"{shown.url}{path}", data=json.dumps({}), headers={"content-type": "application/json"}).status == 404
        )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_shop_fits_wide_and_narrow_screens(shown: ShopHarness, artifacts: Path, theme: str) -> None:
    page = shown.page
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    shown.open()
    shown.chat.get_by_label("Your name").fill("Ann")
    page.screenshot(path=artifacts / f"webchat-tab-{theme}.png")
    shown.chat.get_by_role("button", name="Close").click()
    page.screenshot(path=artifacts / f"webchat-shop-{theme}.png")
    page.set_viewport_size({"width": 390, "height": 844})
    page.screenshot(path=artifacts / f"webchat-narrow-{theme}.png")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
