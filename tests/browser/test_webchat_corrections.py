"""The page: another name for a chat, other words for a message, deleting one, and a chat that an agent begins."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.webchat_world import ANNA, ChatWorld, Visitor, chat_world, find_barriers, write_in

pytestmark = pytest.mark.browser

LOCALES = ("en-GB", "de-DE", "fr-FR", "es-ES", "fi-FI")


@pytest.fixture
def world() -> Iterator[ChatWorld]:
    with chat_world() as world:
        yield world


@pytest.fixture
def ann(world: ChatWorld, page: Page) -> Iterator[Visitor]:
    """A visitor who has written twice."""
    page.goto(world.page)
    ann = Visitor(page)
    ann.start()
    for text in ("Helo?", "My secret"):
        ann.write(text)
    world.hears(lambda: world.texts == ["Helo?", "My secret"])
    ann.sees("Helo?", "My secret")
    yield ann
    page.goto("about:blank")


def choose(ann: Visitor, message: str, act: str) -> None:
    """By keyboard only, as the menu of the chat itself."""
    button = ann.page.get_by_role("button", name=f"Options for “{message}”")
    button.focus()
    button.press("Enter")
    item = ann.page.get_by_role("menuitem", name=act, exact=True)
    expect(item).to_be_visible()
    item.focus()
    item.press("Enter")


def dialog(ann: Visitor) -> Locator:
    return ann.page.get_by_role("dialog")


# --- other words -----------------------------------------------------------------------------------------------------


def test_words_are_changed_by_keyboard_and_the_message_says_so(ann: Visitor, world: ChatWorld) -> None:
    choose(ann, "Helo?", "Edit")
    field = dialog(ann).get_by_role("textbox", name="Message")
    expect(field).to_be_focused()
    expect(field).to_have_value("Helo?")
    field.fill("Hello?")
    field.press("Enter")
    expect(dialog(ann)).to_have_count(0)
    ann.sees("Hello?", "My secret")
    expect(ann.bubbles.first).to_contain_text("edited")
    expect(ann.log).to_be_focused()
    world.hears(lambda: [note["message"]["text"] for note in world.told("changed")] == ["Hello?"])


def test_a_change_can_be_cancelled_and_no_words_are_none(ann: Visitor, world: ChatWorld, page: Page) -> None:
    choose(ann, "Helo?", "Edit")
    dialog(ann).get_by_role("textbox", name="Message").fill("  ")
    dialog(ann).get_by_role("button", name="Save").click()
    expect(dialog(ann).get_by_role("alert")).to_have_text("Please enter a text, or delete the message.")
    page.keyboard.press("Escape")
    expect(dialog(ann)).to_have_count(0)
    ann.sees("Helo?", "My secret")
    assert world.told("changed") == []


def test_what_the_service_refuses_is_said_and_the_words_stay(ann: Visitor, page: Page) -> None:
    page.route("**/messages/*", lambda route: route.fulfill(status=409, json={"error": {"code": "unchangeable"}}))
    choose(ann, "Helo?", "Edit")
    dialog(ann).get_by_role("textbox", name="Message").fill("Hello?")
    dialog(ann).get_by_role("button", name="Save").click()
    expect(dialog(ann).get_by_role("alert")).to_contain_text("can no longer be changed")
    expect(dialog(ann).get_by_role("textbox", name="Message")).to_have_value("Hello?")


def test_another_tab_shows_the_new_words_and_what_was_deleted_no_more(ann: Visitor, page: Page) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_role("log").locator(".text")).to_have_text(["Helo?", "My secret"])
    choose(ann, "Helo?", "Edit")
    dialog(ann).get_by_role("textbox", name="Message").fill("Hello?")
    dialog(ann).get_by_role("button", name="Save").click()
    expect(other.get_by_role("log").locator(".text")).to_have_text(["Hello?", "My secret"])
    choose(ann, "My secret", "Delete")
    dialog(ann).get_by_role("button", name="Delete").click()
    expect(other.get_by_role("log").locator(".text")).to_have_text(["Hello?"])
    other.close()


def test_what_was_not_delivered_can_be_deleted_and_not_edited(ann: Visitor, world: ChatWorld) -> None:
    world.move("failed", "refused")
    expect(ann.bubbles.last).to_contain_text("Not delivered")
    button = ann.page.get_by_role("button", name="Options for “My secret”")
    button.focus()
    button.press("Enter")
    expect(ann.page.get_by_role("menuitem", name="Delete", exact=True)).to_be_focused()
    expect(ann.page.get_by_role("menuitem", name="Edit", exact=True)).to_have_count(0)


def test_agents_messages_have_no_options(ann: Visitor, world: ChatWorld) -> None:
    world.reply("Good morning")
    expect(ann.bubbles).to_have_count(3)
    expect(ann.bubbles.last.get_by_role("button")).to_have_count(0)


# --- deleting --------------------------------------------------------------------------------------------------------


def test_a_message_is_deleted_after_a_question(ann: Visitor, world: ChatWorld) -> None:
    choose(ann, "My secret", "Delete")
    expect(dialog(ann)).to_contain_text("will see that you deleted it")
    dialog(ann).get_by_role("button", name="Cancel").click()
    ann.sees("Helo?", "My secret")
    choose(ann, "My secret", "Delete")
    dialog(ann).get_by_role("button", name="Delete").click()
    ann.sees("Helo?")
    expect(ann.log).to_be_focused()
    world.hears(lambda: len(world.told("deleted")) == 1)


def test_a_deletion_that_does_not_work_says_so_and_the_message_stays(ann: Visitor, page: Page) -> None:
    page.route("**/messages/*", lambda route: route.fulfill(status=429, json={"error": {"code": "too_many"}}))
    choose(ann, "My secret", "Delete")
    dialog(ann).get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alert").filter(has_text="That was a lot at once")).to_be_visible()
    ann.sees("Helo?", "My secret")


# --- another name ----------------------------------------------------------------------------------------------------


def test_a_chat_gets_another_name_in_its_head_and_in_the_list(ann: Visitor, world: ChatWorld) -> None:
    ann.page.get_by_label("Nordlicht Studio").get_by_role("button", name="More").click()
    ann.page.get_by_role("menuitem", name="Change name").click()
    field = dialog(ann).get_by_role("textbox", name="Your name")
    expect(field).to_have_value("Ann")
    field.fill(" Ann Lind ")
    field.press("Enter")
    expect(dialog(ann)).to_have_count(0)
    expect(ann.page.get_by_text("Chatting as Ann Lind")).to_be_visible()
    entry = ann.page.get_by_role("navigation", name="Your chats").get_by_role("listitem")
    expect(entry).to_contain_text("Ann Lind")
    expect(entry.locator(".avatar")).to_have_text("AL")
    world.hears(lambda: [note["chat"]["name"] for note in world.told("renamed")] == ["Ann Lind"])


def test_a_chat_without_a_name_is_none(ann: Visitor) -> None:
    ann.page.get_by_label("Nordlicht Studio").get_by_role("button", name="More").click()
    ann.page.get_by_role("menuitem", name="Change name").click()
    dialog(ann).get_by_role("textbox", name="Your name").fill("")
    dialog(ann).get_by_role("button", name="Save").click()
    expect(dialog(ann).get_by_role("alert")).to_have_text("Please enter your name.")


# --- a chat that an agent begins -------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1200, 420])
def test_a_chat_that_an_agent_begins_appears_in_the_list(
    ann: Visitor, world: ChatWorld, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    begun = world.call("POST", f"chats/{world.last_chat}/beside", {"key": "giosg-1:chat-2"})["id"]
    world.call(
        "POST",
        f"chats/{begun}/messages",
        {
            "key": "1",
            "sender": ANNA,
            "sent_at": "2026-11-21T12:00:00Z",
            "content": {"type": "text", "text": "We have news for you"},
        },
    )
    if width < 860:
        ann.page.get_by_role("button", name="Back to your chats").click()
    news = ann.page.get_by_role("listitem").filter(has_text="We have news for you")
    expect(news).to_contain_text("1 new", timeout=10_000)
    news.get_by_role("button").click()
    ann.sees("We have news for you")
    ann.write("Thank you")
    world.hears(lambda: world.told("message")[-1]["chat"]["id"] == begun)


# --- for everybody ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_of_it_is_a_barrier(ann: Visitor, page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    choose(ann, "Helo?", "Edit")
    expect(dialog(ann)).to_be_visible()
    assert find_barriers(page) == []
    dialog(ann).get_by_role("textbox", name="Message").fill("Hello?")
    dialog(ann).get_by_role("button", name="Save").click()
    expect(ann.bubbles.first).to_contain_text("edited")
    ann.page.get_by_role("button", name="Options for “My secret”").focus()
    assert find_barriers(page) == []
    choose(ann, "My secret", "Delete")
    assert find_barriers(page) == []


@pytest.mark.parametrize("locale", LOCALES)
def test_it_is_said_in_the_visitors_language(world: ChatWorld, context: BrowserContext, locale: str) -> None:
    words = {
        "en": ("Edit", "edited"),
        "de": ("Bearbeiten", "bearbeitet"),
        "fr": ("Modifier", "modifié"),
        "es": ("Editar", "editado"),
        "fi": ("Muokkaa", "muokattu"),
    }
    edit, edited = words[locale[:2]]
    with write_in(locale, "Helo?", world, context) as page:
        page.get_by_role("log").get_by_role("button").click()
        page.get_by_role("menuitem", name=edit, exact=True).click()
        page.get_by_role("dialog").locator("textarea").fill("Hello?")
        page.keyboard.press("Enter")
        expect(page.get_by_role("log")).to_contain_text(edited)


def test_the_menu_of_a_message_at_the_end_of_the_screen_is_whole(ann: Visitor, world: ChatWorld, page: Page) -> None:
    page.set_viewport_size({"width": 420, "height": 420})
    for number in range(8):
        ann.write(f"line {number}")
    world.hears(lambda: len(world.texts) == 10)
    button = page.get_by_role("button", name="Options for “line 7”")
    button.focus()
    button.press("Enter")
    box = page.get_by_role("menu").locator("visible=true").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 420
