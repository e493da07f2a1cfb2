"""The web chat's widget on sites of other origins: one line of script, whatever the site looks like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Frame, FrameLocator, Page, expect

from playground.live import Server
from tests.browser.clock import pass_time
from tests.browser.webchat_harness import Asked, Visitor, WebChatHarness, find_barriers, make_site, open_webchat

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Shop:
    """A site that is allowed to show the chat; under the name `stranger` it is another origin, which is not."""

    world: WebChatHarness
    url: str

    @property
    def stranger(self) -> str:
        return self.url.replace("127.0.0.1", "localhost")


@pytest.fixture
def shop() -> Iterator[Shop]:
    with (
        open_webchat(welcome_message="Ask us anything.") as world,
        Server(make_site(f"{world.page}/widget.js")) as site,
    ):
        world.simulator.settings["allowed_origins"] = f"https://shop.example, {site.url}"
        yield Shop(world, site.url)


@pytest.fixture
def page(page: Page, shop: Shop) -> Iterator[Page]:
    page.goto(shop.url)
    yield page
    page.goto("about:blank")


def frame_of(page: Page) -> Frame:
    return next(frame for frame in page.frames if frame.url.endswith("?widget"))


def inside(page: Page) -> FrameLocator:
    return page.frame_locator("patchbay-chat iframe")


def open_chat(page: Page) -> Visitor:
    page.get_by_role("button", name="Open chat").click()
    expect(inside(page).get_by_label("Your name").or_(inside(page).get_by_label("Message", exact=True))).to_be_visible()
    return Visitor(frame_of(page))


def test_a_button_opens_the_chat_and_escape_closes_it(page: Page, shop: Shop) -> None:
    button = page.get_by_role("button", name="Open chat")
    button.focus()
    page.keyboard.press("Enter")
    expect(inside(page).get_by_label("Your name")).to_be_focused()
    page.keyboard.type("Ann")
    page.keyboard.press("Enter")
    expect(inside(page).get_by_role("textbox", name="Message")).to_be_focused()
    page.keyboard.type("Hello")
    page.keyboard.press("Enter")
    shop.world.wait_until(lambda: shop.world.texts == ["Hello"])
    page.keyboard.press("Escape")
    expect(page.locator("patchbay-chat iframe")).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    expect(inside(page).get_by_role("textbox", name="Message")).to_be_focused()


def test_escape_first_closes_what_is_open_inside(page: Page) -> None:
    visitor = open_chat(page)
    visitor.start()
    visitor.page.get_by_role("button", name="Emoji").click()
    page.keyboard.press("Escape")
    expect(visitor.box).to_be_visible()
    visitor.page.get_by_role("button", name="Close chat").click()
    expect(page.locator("patchbay-chat iframe")).to_be_hidden()
    expect(page.get_by_role("button", name="Open chat")).to_be_focused()


def test_a_site_that_closes_the_chat_keeps_the_focus(page: Page) -> None:
    open_chat(page)
    link = page.get_by_role("link", name="More")
    link.focus()
    page.evaluate("PatchbayChat.close()")
    expect(page.locator("patchbay-chat iframe")).to_be_hidden()
    expect(link).to_be_focused()


def test_the_sites_styles_do_not_reach_the_button(page: Page, shop: Shop) -> None:
    button = page.get_by_role("button", name="Open chat")
    expect(button).to_be_visible()
    looks = button.evaluate(
        "node => (({ width, borderRadius, backgroundColor, color }) => [width, borderRadius, backgroundColor, color])"
        "(getComputedStyle(node))"
    )
    assert looks == ["60px", "50%", "rgb(11, 114, 133)", "rgb(255, 255, 255)"]
    place = button.bounding_box()
    assert place is not None
    assert (place["x"], place["y"]) == (1440 - 80, 900 - 80)


def test_the_widget_adds_one_global_name_and_makes_no_needless_requests(page: Page, shop: Shop) -> None:
    expect(page.get_by_role("button", name="Open chat")).to_be_visible()
    before = set(
        page.evaluate(
            "() => { const frame = document.createElement('iframe'); document.body.append(frame);"
            "const names = Object.getOwnPropertyNames(frame.contentWindow); frame.remove(); return names }"
        )
    )
    after = set(page.evaluate("Object.getOwnPropertyNames(window)"))
    assert {name for name in after - before if not name.isdigit()} == {"PatchbayChat"}
    asked = Asked(page)
    page.reload()
    expect(page.get_by_role("button", name="Open chat")).to_be_visible()
    assert asked.take() == ["GET api/about"]
    page.evaluate("PatchbayChat.open()")
    expect(inside(page).get_by_label("Your name")).to_be_visible()
    page.evaluate("PatchbayChat.close()")
    expect(page.locator("patchbay-chat iframe")).to_be_hidden()


def test_a_badge_counts_unread_messages(page: Page, shop: Shop) -> None:
    visitor = open_chat(page)
    visitor.start()
    visitor.write("Hello")
    visitor.sees("Hello")
    chat = shop.world.last_chat
    page.clock.install()
    page.keyboard.press("Escape")
    asked = Asked(page)
    shop.world.reply("Good morning", chat=chat)
    shop.world.reply("Still there?", chat=chat)
    pass_time(page, 21_000)
    expect(page.get_by_role("button", name="Open chat, 2 unread")).to_be_visible()
    assert set(asked.take()) == {"GET api/chats"}
    page.reload()
    button = page.get_by_role("button", name="Open chat, 2 unread")
    button.click()
    Visitor(frame_of(page)).sees("Hello", "Good morning", "Still there?")
    expect(page.get_by_role("button", name="Close chat", exact=True)).to_be_visible()
    shop.world.wait_until(lambda: bool(shop.world.received("read")))
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Open chat", exact=True)).to_be_visible()


def test_a_closed_widget_polls_three_times_a_minute_and_an_open_one_often(page: Page, shop: Shop) -> None:
    visitor = open_chat(page)
    visitor.start()
    visitor.write("Hello")
    visitor.sees("Hello")
    shop.world.reply("Good morning", chat=shop.world.last_chat)
    expect(visitor.log.get_by_text("Good morning")).to_be_visible(timeout=2000)
    page.clock.install()
    with page.expect_response("**/api/chats"):  # a widget that is closed asks at once what is unread
        page.keyboard.press("Escape")
        expect(page.locator("patchbay-chat iframe")).to_be_hidden()
        page.clock.run_for(2000)
    asked = Asked(page)
    for _ in range(3):
        with page.expect_response("**/api/chats"):
            pass_time(page, 20_500)
    calls = asked.take()
    assert set(calls) == {"GET api/chats"}
    assert 3 <= len(calls) <= 4


def test_a_site_that_is_not_allowed_shows_nothing(context: BrowserContext, shop: Shop) -> None:
    page = context.new_page()
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    with page.expect_console_message(lambda message: "allowed_origins" in message.text):
        page.goto(shop.stranger)
    assert page.locator("patchbay-chat").count() == 0
    page.evaluate(
        "address => { const f = document.createElement('iframe'); f.src = address; document.body.append(f) }",
        f"{shop.world.page}?widget",
    )
    expect(page.frame_locator("iframe").get_by_label("Your name")).to_have_count(0)
    page.evaluate("PatchbayChat.open()")
    assert page.locator("patchbay-chat").count() == 0


def test_messages_of_other_windows_are_ignored(page: Page, shop: Shop) -> None:
    visitor = open_chat(page)
    page.evaluate("window.postMessage({ patchbay: 'chat', close: true, unread: 7 }, '*')")
    page.evaluate("frames[0]?.postMessage({ patchbay: 'other', open: false }, '*')")
    expect(visitor.page.get_by_label("Your name")).to_be_visible()
    expect(page.get_by_role("button", name="Close chat", exact=True)).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_there_are_no_accessibility_violations(
    page: Page, shop: Shop, artifacts: Path, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 860})
    assert find_barriers(page) == []
    visitor = open_chat(page)
    page.screenshot(path=artifacts / f"widget-start-{scheme}-{width}.png")
    assert find_barriers(frame_of(page)) == []
    visitor.start()
    visitor.write("Hello, is anybody there?")
    visitor.sees("Hello, is anybody there?")
    buttons = [{"label": "Yes", "payload": "y"}, {"label": "No", "payload": "n"}]
    shop.world.reply("Good morning, Ann! Is it about the lamp?", chat=shop.world.last_chat, buttons=buttons)
    expect(visitor.log.get_by_role("button", name="Yes")).to_be_visible()
    assert find_barriers(frame_of(page)) == []
    assert find_barriers(page) == []
    page.screenshot(path=artifacts / f"widget-{scheme}-{width}.png")
    if width < 500:
        place = page.locator("patchbay-chat iframe").bounding_box()
        assert place == {"x": 0, "y": 0, "width": width, "height": 860}
