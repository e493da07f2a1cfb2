"""The web chat's page in a real browser, on the real service over memory stores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.webchat_harness import Asked, Visitor, WebChatHarness, open_webchat

pytestmark = pytest.mark.browser


@pytest.fixture
def world() -> Iterator[WebChatHarness]:
    with open_webchat(welcome_message="Ask us anything.") as world:
        yield world


@pytest.fixture
def ann(world: WebChatHarness, page: Page) -> Iterator[Visitor]:
    """A visitor who sees the page for the first time."""
    page.goto(world.page)
    yield Visitor(page)
    page.goto("about:blank")


# --- beginning and coming back ---------------------------------------------------------------------------------------


def test_a_visitor_is_asked_only_for_a_name(world: WebChatHarness, ann: Visitor, page: Page) -> None:
    expect(page.get_by_role("heading", name="Nordlicht Studio")).to_be_visible()
    expect(page.get_by_text("Ask us anything.")).to_be_visible()
    expect(page.get_by_label("Your name")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Please enter your name.")
    page.keyboard.type("Ann")
    page.keyboard.press("Enter")
    expect(ann.box).to_be_focused()
    page.keyboard.type("Hello")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("there")
    page.keyboard.press("Enter")
    ann.sees("Hello\nthere")
    expect(ann.states).to_have_attribute("aria-label", "Sent")
    expect(ann.box).to_have_value("")
    (note,) = world.received("message")
    assert (note["chat"]["name"], note["message"]["text"]) == ("Ann", "Hello\nthere")


@pytest.mark.parametrize("name", ["\u3164", "\u200b \u2060", "\u0301"], ids=ascii)
def test_an_invisible_name_is_refused(ann: Visitor, page: Page, name: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Please enter your name.")
    page.get_by_label("Your name").fill("👩‍🚀")
    page.keyboard.press("Enter")
    expect(ann.box).to_be_focused()


def test_opening_the_page_creates_no_visitor(ann: Visitor, page: Page) -> None:
    asked = Asked(page)
    page.reload()
    expect(page.get_by_label("Your name")).to_be_visible()
    assert asked.take() == ["GET api/about"]
    assert page.evaluate("Object.keys(localStorage).filter(key => key.endsWith(':token'))") == []


def test_after_a_reload_the_same_chat_opens(ann: Visitor, page: Page, world: WebChatHarness) -> None:
    ann.start("Ann")
    ann.write("One")
    expect(ann.states).to_have_attribute("aria-label", "Sent")
    page.get_by_role("button", name="New chat").click()
    ann.start("Ben")
    ann.write("Two")
    ann.sees("Two")
    page.reload()
    ann.sees("Two")
    page.goto(world.page)
    ann.sees("Two")
    page.get_by_role("button", name="Ann").click()
    ann.sees("One")
    page.go_back()
    ann.sees("Two")


def test_a_draft_survives_a_reload(ann: Visitor, page: Page) -> None:
    ann.start()
    ann.box.fill("Not yet fini")
    page.reload()
    expect(ann.box).to_have_value("Not yet fini")


def test_two_visitors_see_only_their_own_chats(ann: Visitor, world: WebChatHarness, context: BrowserContext) -> None:
    ann.start("Ann")
    ann.write("I am Ann")
    world.wait_until(lambda: world.texts == ["I am Ann"])
    browser = context.browser
    assert browser is not None
    other = browser.new_context(locale="en-GB")
    ben = Visitor(other.new_page())
    ben.page.goto(f"{world.page}#{world.last_chat}")
    ben.start("Ben")
    ben.write("I am Ben")
    world.wait_until(lambda: world.texts == ["I am Ann", "I am Ben"])
    world.reply("Hello Ben")
    ben.sees("I am Ben", "Hello Ben")
    ann.sees("I am Ann")
    expect(ann.page.locator(".entry")).to_have_count(1)
    expect(ben.page.locator(".entry")).to_have_count(1)
    other.close()


# --- there and back --------------------------------------------------------------------------------------------------


def test_a_reply_appears_within_two_seconds_with_the_agents_name(ann: Visitor, world: WebChatHarness) -> None:
    ann.start()
    ann.write("Hello?")
    ann.sees("Hello?")
    world.reply("Good morning, how can I help?")
    expect(ann.log.get_by_text("Good morning, how can I help?")).to_be_visible(timeout=2000)
    expect(ann.bubbles.last.locator(".author")).to_have_text("Anna Lind")
    expect(ann.page.get_by_role("heading", name="Anna Lind")).to_be_visible()
    world.wait_until(lambda: bool(world.received("read")))


def test_ticks_show_the_delivery_state_of_a_message(ann: Visitor, world: WebChatHarness) -> None:
    ann.start()
    ann.write("Hello?")
    expect(ann.states).to_have_attribute("aria-label", "Sent")
    for state, words in (("sent", "Delivered"), ("read", "Read")):
        world.set_state(state)
        expect(ann.states).to_have_attribute("aria-label", words)
    ann.write("And now?")
    expect(ann.states.last).to_have_attribute("aria-label", "Sent")
    world.set_state("failed", "refused")
    expect(ann.bubbles.last).to_contain_text("Not delivered: this message was not accepted. Write it differently")
    ann.bubbles.last.get_by_role("button", name="Try again").click()
    world.wait_until(lambda: world.texts == ["Hello?", "And now?", "And now?"])


def test_both_sides_see_each_other_typing(ann: Visitor, world: WebChatHarness) -> None:
    ann.start()
    ann.write("Hello?")
    ann.sees("Hello?")
    world.type()
    expect(ann.page.get_by_text("Anna Lind is typing")).to_be_attached()
    expect(ann.log.locator(".typing")).to_be_visible()
    world.type(typing=False)
    expect(ann.log.locator(".typing")).to_be_hidden()
    ann.box.press_sequentially("Mm")
    world.wait_until(lambda: [note["typing"] for note in world.received("typing")] == [True])


def test_a_button_is_tapped_once(ann: Visitor, world: WebChatHarness) -> None:
    ann.start()
    ann.write("Hello?")
    ann.sees("Hello?")
    buttons = [{"label": "Yes", "payload": "secret-yes"}, {"label": "No", "payload": "n"}]
    links = [{"label": "Our hours", "url": "https://example.org/hours"}]
    call = {"label": "Call us", "url": "tel:+358401234567"}
    world.reply("Tomorrow?", buttons=[*buttons, *links, call])
    expect(ann.log.get_by_role("link", name="Call us")).to_have_attribute("href", "tel:+358401234567")
    expect(ann.log.get_by_role("link", name="Our hours")).to_have_attribute("href", "https://example.org/hours")
    ann.log.get_by_role("button", name="Yes").click()
    ann.sees("Hello?", "Tomorrow?", "Yes")
    expect(ann.log.locator(".picked")).to_contain_text("Yes")
    expect(ann.log.get_by_role("button", name="No")).to_have_count(0)
    tap = world.received("message")[-1]["message"]["tap"]
    assert tap == {"label": "Yes", "payload": "secret-yes"}


def test_a_card_has_its_own_buttons(ann: Visitor, world: WebChatHarness) -> None:
    ann.start()
    ann.write("Hello?")
    ann.sees("Hello?")
    cards = [
        {"type": "card", "title": title, "text": "In stock", "buttons": [{"label": "Reserve", "payload": title}]}
        for title in ("Desk lamp", "Floor lamp")
    ]
    world.reply(content={"type": "cards", "cards": cards})
    floor = ann.log.locator(".card", has_text="Floor lamp")
    floor.get_by_role("button", name="Reserve").click()
    world.wait_until(lambda: len(world.texts) == 2)
    assert world.received("message")[-1]["message"]["tap"]["payload"] == "Floor lamp"


def test_text_is_never_markup_and_urls_become_links(ann: Visitor, world: WebChatHarness) -> None:
    ann.start("<b>Ann</b>")
    nasty = "<img src=x onerror=alert(1)> (see https://example.com/a_(b)?c=<script>), javascript:alert(1) http://"
    ann.write(nasty)
    ann.sees(nasty)
    assert ann.page.locator(".text img, .text script, .names b").count() == 0
    link = ann.log.locator(".text a")
    expect(link).to_have_attribute("href", "https://example.com/a_(b)?c=")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


@pytest.mark.parametrize(
    ("name", "initials"),
    [("anna lind", "AL"), ("🇩🇪 Team 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪🏴󠁧󠁢󠁥󠁮󠁧󠁿"), ("👩‍🚀", "👩‍🚀"), ("e\u0301lodie क्षितिज", "E\u0301क्षि")],
)
def test_initials_are_whole_characters(ann: Visitor, world: WebChatHarness, name: str, initials: str) -> None:
    ann.start()
    ann.write("Hello?")
    ann.sees("Hello?")
    world.reply("Hello!", sender={"name": name, "avatar": None, "role": "agent"})
    ann.sees("Hello?", "Hello!")
    expect(ann.log.locator(".avatar").last).to_have_text(initials)


def test_an_erased_transcript_leaves_the_screen(ann: Visitor, world: WebChatHarness) -> None:
    ann.start()
    ann.write("Hello?")
    ann.sees("Hello?")
    gone = world.reply("The wrong customer's secret")
    ann.sees("Hello?", "The wrong customer's secret")
    world.call("DELETE", f"chats/{world.last_chat}/messages/{gone}")
    ann.sees("Hello?")


def test_a_long_chat_is_loaded_page_by_page(ann: Visitor, page: Page, world: WebChatHarness) -> None:
    ann.start()
    ann.write("The first of all")
    chat = world.last_chat
    for number in range(210):
        world.reply(f"line {number}", chat=chat)
    page.reload()
    expect(ann.bubbles).to_have_count(200)
    expect(ann.log.get_by_text("line 209", exact=True)).to_be_in_viewport()
    ann.log.evaluate("log => log.scrollTo(0, 0)")
    expect(ann.log.get_by_text("line 10", exact=True)).to_be_in_viewport()
    page.get_by_role("button", name="Show earlier messages").click()
    expect(ann.bubbles).to_have_count(211)
    expect(ann.log.get_by_text("line 10", exact=True)).to_be_in_viewport()
    expect(page.get_by_role("button", name="Show earlier messages")).to_be_hidden()
    world.reply("and one more", chat=chat)
    page.get_by_role("button", name="New messages").click()
    expect(ann.log.get_by_text("and one more")).to_be_in_viewport()
    expect(page.get_by_role("button", name="New messages")).to_be_hidden()


# --- keyboard --------------------------------------------------------------------------------------------------------


def test_everything_can_be_done_with_the_keyboard(ann: Visitor, page: Page, world: WebChatHarness) -> None:
    ann.start()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Emoji")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Emoji")).to_be_visible()  # it is loaded with the first press
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Emoji")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Emoji")).to_be_visible()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(ann.box).to_be_focused()
    page.keyboard.type(" there")
    page.keyboard.press("Enter")
    world.wait_until(lambda: bool(world.texts))
    assert world.texts[0].endswith(" there")
    assert len(world.texts[0]) == len("😀 there")
    page.get_by_role("button", name="More").last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Change name")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Erase this chat")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(ann.box).to_be_visible()
