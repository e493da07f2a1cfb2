"""What people do to messages in the web chat besides writing them: reactions, answers, and what agents take back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Frame, Locator, Page, expect

from playground.live import Server
from playground.services.webchat.records import SITE
from tests.browser.webchat_harness import Visitor, WebChatHarness, find_barriers, make_site, open_webchat, write_in

pytestmark = pytest.mark.browser

LOCALES = ("en-GB", "de-DE", "fr-FR", "es-ES", "fi-FI")


@pytest.fixture
def world() -> Iterator[WebChatHarness]:
    with open_webchat() as world:
        yield world


def begin(world: WebChatHarness, page: Page | Frame) -> Visitor:
    """A visitor who has asked, and got a question back."""
    ann = Visitor(page)
    ann.start()
    ann.write("Is ten fine?")
    world.wait_until(lambda: world.texts == ["Is ten fine?"])
    world.reply("Tea or coffee?")
    ann.sees("Is ten fine?", "Tea or coffee?")
    return ann


@pytest.fixture
def ann(world: WebChatHarness, page: Page) -> Iterator[Visitor]:
    page.goto(world.page)
    yield begin(world, page)
    page.goto("about:blank")


def choose(ann: Visitor, message: str, act: str) -> None:
    """Only with the keyboard."""
    button = ann.page.get_by_role("button", name=f"Options for “{message}”")
    button.focus()
    button.press("Enter")
    item = ann.page.get_by_role("menuitem", name=act, exact=True)
    expect(item).to_be_visible()
    item.focus()
    item.press("Enter")


def picker(ann: Visitor) -> Locator:
    return ann.page.get_by_role("group", name="React")


def announced(ann: Visitor, sentence: str) -> None:
    expect(ann.page.get_by_role("status").filter(has_text=sentence)).to_have_count(1)


def agents_message(world: WebChatHarness) -> str:
    """The path of the latest one, for the bridge."""
    chat = world.simulator.store.chat(SITE, world.last_chat)
    assert chat is not None
    assert chat.last_theirs is not None
    return f"chats/{chat.id}/messages/{chat.last_theirs.id}"


# --- reactions -------------------------------------------------------------------------------------------------------


def test_a_visitor_reacts_with_the_keyboard_and_takes_it_back(ann: Visitor, world: WebChatHarness) -> None:
    choose(ann, "Tea or coffee?", "React")
    first, second = picker(ann).get_by_role("button").nth(0), picker(ann).get_by_role("button").nth(1)
    expect(first).to_be_focused()
    first.press("ArrowRight")
    expect(second).to_be_focused()
    second.press("Enter")
    expect(ann.bubbles.last.get_by_role("listitem")).to_have_text("❤️You")
    expect(ann.page.get_by_role("button", name="Options for “Tea or coffee?”")).to_be_focused()
    announced(ann, "You reacted ❤️ to “Tea or coffee?”")
    world.wait_until(lambda: [note["emoji"] for note in world.received("reaction")] == ["❤️"])

    choose(ann, "Tea or coffee?", "React")
    expect(second).to_be_focused()
    expect(second).to_have_attribute("aria-pressed", "true")
    second.press("Enter")
    expect(ann.bubbles.last.get_by_role("listitem")).to_have_count(0)
    announced(ann, "You removed ❤️ from “Tea or coffee?”")
    world.wait_until(lambda: [note["added"] for note in world.received("reaction")] == [True, False])


def test_the_choice_of_reactions_closes_without_one(ann: Visitor, world: WebChatHarness, page: Page) -> None:
    choose(ann, "Tea or coffee?", "React")
    expect(picker(ann)).to_be_visible()
    page.keyboard.press("Escape")
    expect(picker(ann)).to_have_count(0)
    expect(page.get_by_role("button", name="Options for “Tea or coffee?”")).to_be_focused()
    assert world.received("reaction") == []


def test_an_agents_reaction_is_shown_with_a_name_and_announced(ann: Visitor, world: WebChatHarness) -> None:
    mine = world.received("message")[-1]["message"]["id"]
    path, anna = f"chats/{world.last_chat}/messages/{mine}/reaction", {"sender": {"name": "Anna Lind"}}
    world.call("PUT", path, {"emoji": "🦊"})
    announced(ann, "Nordlicht Studio reacted 🦊 to “Is ten fine?”")
    world.call("PUT", path, {"emoji": "👍", **anna})
    announced(ann, "Anna Lind reacted 👍 to “Is ten fine?”")
    expect(ann.bubbles.first.get_by_role("listitem")).to_have_text(["🦊Nordlicht Studio", "👍Anna Lind"])
    world.call("PUT", path, {"emoji": "", **anna})
    announced(ann, "Anna Lind removed 👍 from “Is ten fine?”")
    expect(ann.bubbles.first.get_by_role("listitem")).to_have_text("🦊Nordlicht Studio")


def test_a_message_of_only_cards_is_reacted_to_and_answered(ann: Visitor, world: WebChatHarness) -> None:
    card: dict[str, object] = {"title": "Blue lamp", "text": "39 €", "image": None, "buttons": []}
    world.reply(content={"type": "cards", "cards": [card]}, buttons=[{"label": "Take it", "payload": "1", "url": None}])
    expect(ann.bubbles.last.locator(".card")).to_be_visible()
    expect(ann.bubbles.last.locator("time")).to_be_visible()
    choose(ann, "Blue lamp", "React")
    picker(ann).get_by_role("button").first.press("Enter")
    expect(ann.bubbles.last.get_by_role("listitem")).to_have_text("👍You")
    assert find_barriers(ann.page) == []
    choose(ann, "Blue lamp", "Reply")
    ann.write("This one")
    expect(ann.bubbles.last.get_by_role("button", name="Reply: Anna Lind")).to_contain_text("Blue lamp")
    world.wait_until(lambda: len(world.received("message")) == 2)
    assert world.received("message")[-1]["message"]["reply_to"]["excerpt"] == "Blue lamp"


def test_a_refused_reaction_is_explained(ann: Visitor, page: Page) -> None:
    page.route("**/reaction", lambda route: route.fulfill(status=429, json={"error": {"code": "too_many"}}))
    choose(ann, "Tea or coffee?", "React")
    picker(ann).get_by_role("button").first.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="That was a lot at once")).to_be_visible()
    expect(ann.bubbles.last.get_by_role("listitem")).to_have_count(0)


def test_where_its_script_cannot_be_loaded_the_menu_says_so(ann: Visitor, page: Page) -> None:
    page.route("**/later.js", lambda route: route.fulfill(status=404))
    choose(ann, "Tea or coffee?", "React")
    expect(page.get_by_role("alert").filter(has_text="Something went wrong")).to_be_visible()


# --- answers ---------------------------------------------------------------------------------------------------------


def test_a_visitor_answers_with_the_keyboard_and_jumps_to_what_is_quoted(ann: Visitor, world: WebChatHarness) -> None:
    choose(ann, "Tea or coffee?", "Reply")
    expect(ann.box).to_be_focused()
    announced(ann, "Tea or coffee?")
    ann.write("Tea")
    ann.sees("Is ten fine?", "Tea or coffee?", "Tea")
    quote = ann.bubbles.last.get_by_role("button", name="Reply: Anna Lind")
    expect(quote).to_contain_text("Tea or coffee?")
    world.wait_until(lambda: len(world.texts) == 2)
    assert world.received("message")[-1]["message"]["reply_to"]["excerpt"] == "Tea or coffee?"
    quote.press("Enter")
    expect(ann.bubbles.nth(1)).to_be_focused()
    ann.write("With milk")
    world.wait_until(lambda: len(world.texts) == 3)
    assert world.received("message")[-1]["message"]["reply_to"] is None


def test_an_answer_is_cancelled_by_escape_and_by_its_button(ann: Visitor, world: WebChatHarness) -> None:
    bar = ann.page.locator(".answered")
    choose(ann, "Tea or coffee?", "Reply")
    expect(bar).to_be_visible()
    ann.box.press("Escape")
    expect(bar).to_be_hidden()
    choose(ann, "Tea or coffee?", "Reply")
    bar.get_by_role("button", name="Cancel").click()
    expect(bar).to_be_hidden()
    expect(ann.box).to_be_focused()
    ann.write("Tea")
    world.wait_until(lambda: len(world.texts) == 2)
    assert world.received("message")[-1]["message"]["reply_to"] is None


def test_an_agents_answer_shows_what_it_quotes_until_that_is_gone(ann: Visitor, world: WebChatHarness) -> None:
    mine = world.received("message")[-1]["message"]["id"]
    world.reply("Ten is fine", reply_to=mine)
    expect(ann.bubbles.last.get_by_role("button", name="Reply: You")).to_contain_text("Is ten fine?")
    choose(ann, "Is ten fine?", "Delete")
    ann.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(ann.bubbles.last.locator(".quote")).to_have_text("Message deleted")
    assert "Is ten fine?" not in ann.log.inner_text()


# --- what agents change ----------------------------------------------------------------------------------------------


def test_an_agents_correction_is_marked_and_announced(ann: Visitor, world: WebChatHarness) -> None:
    world.call("PUT", agents_message(world), {"content": {"type": "text", "text": "Tea or cocoa?"}})
    ann.sees("Is ten fine?", "Tea or cocoa?")
    expect(ann.bubbles.last).to_contain_text("edited")
    announced(ann, "Anna Lind: edited")


def test_what_an_agent_deletes_leaves_a_line_and_is_announced(ann: Visitor, world: WebChatHarness, page: Page) -> None:
    world.call("DELETE", agents_message(world))
    expect(ann.log.get_by_text("Message deleted")).to_be_visible()
    ann.sees("Is ten fine?")
    announced(ann, "Message deleted")
    page.reload()
    ann.sees("Is ten fine?")
    expect(ann.log.get_by_text("Message deleted")).to_have_count(0)


def test_of_a_transcript_that_is_erased_no_lines_are_left(ann: Visitor, world: WebChatHarness) -> None:
    world.call("DELETE", f"chats/{world.last_chat}")
    expect(ann.bubbles).to_have_count(0)
    expect(ann.log.get_by_text("Message deleted")).to_have_count(0)


# --- for everybody ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_none_of_it_has_accessibility_violations(ann: Visitor, world: WebChatHarness, page: Page, scheme: str) -> None:
    page.set_viewport_size({"width": 390, "height": 780})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    mine = world.received("message")[-1]["message"]["id"]
    world.call("PUT", f"chats/{world.last_chat}/messages/{mine}/reaction", {"emoji": "❤️"})
    world.reply("Ten is fine, and so is every other time of the day that you may think of", reply_to=mine)
    expect(ann.bubbles).to_have_count(3)
    choose(ann, "Tea or coffee?", "React")
    expect(picker(ann)).to_be_visible()
    assert find_barriers(page) == []
    picker(ann).get_by_role("button").first.press("Enter")
    choose(ann, "Is ten fine?", "Reply")
    expect(page.locator(".answered")).to_be_visible()
    assert find_barriers(page) == []
    ann.write("Good")
    expect(ann.bubbles).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    world.call("DELETE", agents_message(world))
    expect(ann.log.get_by_text("Message deleted")).to_be_visible()
    assert find_barriers(page) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_it_is_in_the_visitors_language(world: WebChatHarness, context: BrowserContext, locale: str) -> None:
    words = {
        "en": ("React", "You reacted 👍 to “Helo?”"),
        "de": ("Reagieren", "Sie: Reaktion 👍 auf „Helo?“"),
        "fr": ("Réagir", "Vous : réaction 👍 à «\u00a0Helo?\u00a0»"),
        "es": ("Reaccionar", "Usted: reacción 👍 a «Helo?»"),
        "fi": ("Reagoi", "Sinä: reaktio 👍 viestiin ”Helo?”"),
    }
    react, sentence = words[locale[:2]]
    with write_in(locale, "Helo?", world, context) as page:
        page.get_by_role("log").get_by_role("button").click()
        page.get_by_role("menuitem", name=react, exact=True).click()
        page.get_by_role("group", name=react).get_by_role("button").first.click()
        status = page.get_by_role("status").filter(has_text="👍")
        expect(status).to_have_count(1)
        assert status.inner_text(timeout=5000) == sentence


# --- the widget ------------------------------------------------------------------------------------------------------


def test_in_the_widget_a_visitor_reacts_answers_and_stays(world: WebChatHarness, page: Page) -> None:
    with Server(make_site(f"{world.page}/widget.js")) as site:
        world.simulator.settings["allowed_origins"] = site.url
        page.goto(site.url)
        page.get_by_role("button", name="Open chat").click()
        page.wait_for_function("document.querySelector('patchbay-chat') !== null")
        frame = next(frame for frame in page.frames if frame.url.endswith("?widget"))
        ann = begin(world, frame)
        choose(ann, "Tea or coffee?", "React")
        picker(ann).get_by_role("button").first.press("Enter")
        expect(ann.bubbles.last.get_by_role("listitem")).to_have_text("👍You")
        choose(ann, "Tea or coffee?", "Reply")
        ann.box.press("Escape")
        expect(frame.locator(".answered")).to_be_hidden()
        expect(ann.box).to_be_visible()
        choose(ann, "Tea or coffee?", "Reply")
        ann.write("Tea")
        expect(ann.bubbles.last.get_by_role("button", name="Reply: Anna Lind")).to_be_visible()
        world.call("PUT", agents_message(world), {"content": {"type": "text", "text": "Tea or cocoa?"}})
        expect(ann.bubbles.nth(1)).to_contain_text("edited")
        world.call("DELETE", agents_message(world))
        expect(ann.log.get_by_text("Message deleted").first).to_be_visible()
        page.goto("about:blank")
