"""The web chat's page without a network and while it is hidden, what it polls meanwhile, and accessibility."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from playground.simulator import Fault
from tests.browser.clock import pass_time
from tests.browser.webchat_harness import (
    Asked,
    Visitor,
    WebChatHarness,
    draw_png,
    find_barriers,
    open_webchat,
    write_in,
)

pytestmark = pytest.mark.browser

# Chromium without a window has no tab that could be hidden: the page is told so.
HIDING = """
    let hidden = false;
    Object.defineProperty(document, "hidden", { get: () => hidden });
    window.setHidden = (value) => {
        hidden = value;
        document.dispatchEvent(new Event("visibilitychange"));
    };
"""


@pytest.fixture
def world() -> Iterator[WebChatHarness]:
    with open_webchat() as world:
        yield world


@pytest.fixture
def ann(world: WebChatHarness, context: BrowserContext) -> Visitor:
    """A visitor in a chat. The browser may complain of the network: that is what these tests take away."""
    page = context.new_page()
    page.add_init_script(HIDING)
    page.goto(world.page)
    visitor = Visitor(page)
    visitor.start()
    return visitor


@pytest.fixture
def page(ann: Visitor) -> Page:
    assert isinstance(ann.page, Page)
    return ann.page


# --- without the network ---------------------------------------------------------------------------------------------


def test_messages_written_offline_are_sent_once_and_in_order(
    world: WebChatHarness, ann: Visitor, page: Page, context: BrowserContext
) -> None:
    ann.write("before")
    world.wait_until(lambda: world.texts == ["before"])
    context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    texts = [f"message {number}" for number in range(5)]
    for text in texts:
        ann.write(text)
    expect(ann.states.last).to_have_attribute("aria-label", "Waiting to be sent")
    context.set_offline(False)
    expect(page.get_by_text("You are offline.")).to_be_hidden()
    expect(ann.states.last).to_have_attribute("aria-label", "Sent")
    ann.sees("before", *texts)
    assert world.texts == ["before", *texts]


#: How many files the browser keeps for the page; it takes a moment to write one down.
COUNT_FILES = """async () => {
    const [made] = await indexedDB.databases();
    if (!made) return 0;
    const request = indexedDB.open(made.name);
    await new Promise((resolve) => (request.onsuccess = resolve));
    if (!request.result.objectStoreNames.contains("files")) return 0;
    const count = request.result.transaction("files").objectStore("files").count();
    await new Promise((resolve) => (count.onsuccess = resolve));
    request.result.close();
    return count.result;
}"""


def test_unsent_messages_and_files_survive_a_reload(
    world: WebChatHarness, ann: Visitor, page: Page, context: BrowserContext
) -> None:
    world.accepts = False
    ann.write("first")
    page.locator("input[type=file]").set_input_files(
        {"name": "lamp.png", "mimeType": "image/png", "buffer": draw_png()}
    )
    too_long_for_a_caption = "third" * 201
    ann.write(too_long_for_a_caption)
    expect(ann.bubbles).to_have_count(3)
    page.wait_for_function(COUNT_FILES)
    page.close()
    world.accepts = True
    again = Visitor(context.new_page())
    again.page.goto(world.page)
    expect(again.states.last).to_have_attribute("aria-label", "Sent")
    again.sees("first", too_long_for_a_caption)
    names = [(note["message"]["attachment"] or {}).get("name") for note in world.received("message")]
    assert names == [None, "lamp.png", None]


@pytest.mark.parametrize("fault", [Fault(lost=True, where=r"POST .*/messages"), Fault(status=503, where="POST .*")])
def test_a_lost_response_makes_no_second_message(world: WebChatHarness, ann: Visitor, fault: Fault) -> None:
    world.simulator.fail_next(fault)
    ann.write("only once")
    ann.write("then this")
    expect(ann.states.last).to_have_attribute("aria-label", "Sent", timeout=10_000)
    ann.sees("only once", "then this")
    messages = [note["message"]["id"] for note in world.received("message")]
    assert len(set(messages)) == 2


def test_two_tabs_send_an_unsent_message_once(world: WebChatHarness, ann: Visitor, context: BrowserContext) -> None:
    other = Visitor(context.new_page())
    other.page.goto(world.page)
    expect(other.box).to_be_visible()
    context.set_offline(True)
    texts = [f"message {number}" for number in range(4)]
    for text in texts:
        ann.write(text)
    context.set_offline(False)
    other.sees(*texts)
    expect(other.states.last).to_have_attribute("aria-label", "Sent")
    assert world.texts == texts


def test_a_refused_message_is_marked_and_does_not_hold_up_the_next_ones(world: WebChatHarness, ann: Visitor) -> None:
    world.simulator.fail_next(Fault(status=400, where=r"POST .*/messages"))
    ann.write("not this")
    expect(ann.bubbles.first).to_contain_text("This message was not accepted.")
    ann.write("but this")
    world.wait_until(lambda: world.texts == ["but this"])
    ann.log.get_by_role("button", name="Discard").click()
    ann.sees("but this")


def test_a_service_that_does_not_respond_is_polled_less_and_less(
    world: WebChatHarness, ann: Visitor, page: Page
) -> None:
    page.clock.install()
    page.reload()
    ann.write("Hello")
    expect(ann.states.last).to_have_attribute("aria-label", "Sent")
    world.simulator.fail_next(Fault(status=503, times=1000))
    expect(page.get_by_text("The chat cannot be reached right now.")).to_be_visible()
    asked = Asked(page)
    page.clock.run_for(60_000)
    assert 1 <= len([call for call in asked.take() if "/messages" in call]) <= 8


# --- while nobody looks ----------------------------------------------------------------------------------------------


def test_a_hidden_page_does_not_poll_and_catches_up_at_once(world: WebChatHarness, ann: Visitor, page: Page) -> None:
    ann.write("Hello")
    expect(ann.states.last).to_have_attribute("aria-label", "Sent")
    page.clock.install()
    asked = Asked(page)
    with page.expect_response("**/messages?after=*"):
        pass
    page.evaluate("setHidden(true)")
    page.clock.run_for(3000)
    asked.take()
    world.reply("Are you still there?")
    page.clock.run_for(10 * 60_000)
    assert asked.take() == []
    page.evaluate("setHidden(false)")
    expect(ann.log.get_by_text("Are you still there?")).to_be_visible(timeout=1000)


def test_a_chat_that_was_left_is_not_polled(world: WebChatHarness, ann: Visitor, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    ann.write("Hello")
    expect(ann.states.last).to_have_attribute("aria-label", "Sent")
    page.get_by_role("button", name="Back to your chats").click()
    expect(page.get_by_role("button", name="Ann")).to_be_focused()
    page.clock.install()
    asked = Asked(page)
    with page.expect_response("**/api/chats"):
        pass_time(page, 20_000)
    assert set(asked.take()) == {"GET api/chats"}
    world.reply("One more thing")
    pass_time(page, 6000)
    expect(page.locator(".badge")).to_contain_text("1 new")
    expect(page).to_have_title("(1) Nordlicht Studio")


# --- what it looks like, and for whom --------------------------------------------------------------------------------


def furnish(world: WebChatHarness, ann: Visitor) -> None:
    """A chat with everything that there is."""
    ann.write("Where is my order? 📦 https://example.org/track")
    buttons = [{"label": "Yes", "payload": "y"}, {"label": "No", "payload": "n"}]
    world.reply("Was it the lamp? See https://example.org/lamps", buttons=buttons)
    ann.log.get_by_role("button", name="Yes").click()
    world.wait_until(lambda: len(world.texts) == 2)
    card = {"type": "card", "title": "Desk lamp Aurora", "text": "Oak, warm white", "buttons": buttons}
    world.reply(content={"type": "cards", "cards": [card, {**card, "title": "Floor lamp Polar"}]})
    world.reply(content={"type": "location", "latitude": 60.17, "longitude": 24.94, "label": "Our shop"})
    link = {"label": "Opening hours", "url": "https://example.org/hours"}
    world.reply("And here is when we are open.", sender={"name": "Helper", "role": "bot"}, buttons=[link])
    for name, kind in (("lamp.png", "image/png"), ("bill.pdf", "application/pdf"), ("note.mp3", "audio/mpeg")):
        content = {"image/png": draw_png(), "application/pdf": b"%PDF-1.4 a bill", "audio/mpeg": b"ID3 a note"}[kind]
        ann.page.locator("input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": content})
        ann.write("")
    world.wait_until(lambda: len(world.texts) == 5)
    ann.write("Too late now")
    world.wait_until(lambda: len(world.texts) == 6)
    world.set_state("failed", "refused")
    expect(ann.bubbles.last).to_contain_text("Not delivered")
    ann.page.locator("input[type=file]").set_input_files(
        {"name": "lamp.png", "mimeType": "image/png", "buffer": draw_png()}
    )
    ann.box.fill("One more")
    world.type()
    expect(ann.log.locator(".typing")).to_be_visible()


@pytest.mark.parametrize(
    ("scheme", "width", "colour"),
    [
        ("light", 1280, "#0b7285"),
        ("dark", 390, "#0b7285"),
        ("light", 320, "#ffe600"),
        ("dark", 1280, "#0a0a14"),
    ],
)
def test_there_are_no_accessibility_violations(
    world: WebChatHarness, ann: Visitor, page: Page, artifacts: Path, scheme: str, width: int, colour: str
) -> None:
    world.simulator.settings["colour"] = colour
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    page.reload()
    furnish(world, ann)
    assert find_barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.screenshot(path=artifacts / f"webchat-{scheme}-{width}.png")
    if width < 860:
        page.get_by_role("button", name="Back to your chats").click()
        assert find_barriers(page) == []
    page.get_by_role("button", name="New chat").click()
    expect(page.get_by_label("Your name")).to_be_visible()
    assert find_barriers(page) == []


def test_menus_and_dialogs_have_no_accessibility_violations(ann: Visitor, page: Page) -> None:
    ann.page.get_by_role("button", name="Emoji").click()
    assert find_barriers(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More").last.click()
    assert find_barriers(page) == []
    page.get_by_role("menuitem", name="Erase this chat").click()
    expect(page.get_by_role("dialog", name="Erase this chat?")).to_be_visible()
    assert find_barriers(page) == []


def test_only_new_messages_are_read_aloud(world: WebChatHarness, ann: Visitor, page: Page) -> None:
    ann.write("Hello")
    ann.sees("Hello")
    page.reload()
    ann.sees("Hello")
    expect(ann.log).to_have_attribute("aria-live", "polite")
    page.evaluate(
        """() => {
            window.heard = [];
            const hear = ({ addedNodes }) => heard.push(...[...addedNodes].map(({ textContent }) => textContent));
            const log = document.querySelector("[role=log]");
            new MutationObserver((all) => all.forEach(hear)).observe(log, { childList: true, subtree: true });
        }"""
    )
    world.reply("Good morning")
    expect(ann.log.get_by_text("Good morning")).to_be_visible()
    world.set_state("read")
    expect(ann.states).to_have_attribute("aria-label", "Read")
    heard = [text for text in page.evaluate("heard") if text]
    assert len(heard) == 1
    assert heard[0].startswith("AL" + "Anna Lind" + "Good morning")


def test_every_text_exists_in_every_language(page: Page) -> None:
    names = page.evaluate(
        """async () => {
            const all = {};
            const show = ([name, text]) => [name, ...text.matchAll(/{\\w+}/g)].join(" ");
            for (const language of ["en", "de", "fr", "es", "fi"]) {
                const address = new URL(`source/texts-${language}.js`, document.baseURI);
                const texts = (await import(address)).default;
                all[language] = Object.entries(texts).map(show);
            }
            return all;
        }"""
    )
    assert len(names["en"]) > 60
    assert all(sorted(texts) == sorted(names["en"]) for texts in names.values())


@pytest.mark.parametrize(("locale", "words"), [("fi-FI", "Nimesi"), ("de-AT", "Ihr Name"), ("ja-JP", "Votre nom")])
def test_the_page_is_in_the_browsers_language_or_else_in_the_owners(
    world: WebChatHarness, context: BrowserContext, locale: str, words: str
) -> None:
    world.simulator.settings["language"] = "fr"
    browser = context.browser
    assert browser is not None
    foreign = browser.new_context(locale=locale)
    page = foreign.new_page()
    page.goto(world.page)
    expect(page.get_by_label(words)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "fr" if locale == "ja-JP" else locale[:2])
    foreign.close()


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en-GB", "this message was not accepted"),
        ("de-DE", "Diese Nachricht wurde nicht angenommen"),
        ("fr-FR", "ce message n’a pas été accepté"),
        ("es-ES", "este mensaje no se aceptó"),
        ("fi-FI", "tätä viestiä ei hyväksytty"),
    ],
)
def test_the_reason_of_a_failure_is_in_the_visitors_language(
    world: WebChatHarness, context: BrowserContext, locale: str, words: str
) -> None:
    with write_in(locale, "Hello?", world, context) as page:
        world.set_state("failed", "refused")
        expect(page.get_by_role("log")).to_contain_text(words)
