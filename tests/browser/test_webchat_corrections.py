"""Renaming a chat, editing and deleting a message, and a chat that an agent starts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.webchat_harness import ANNA, Visitor, WebChatHarness, find_barriers, open_webchat, write_in

pytestmark = pytest.mark.browser

LOCALES = ("en-GB", "de-DE", "fr-FR", "es-ES", "fi-FI")


@pytest.fixture
def world() -> Iterator[WebChatHarness]:
    with open_webchat() as world:
        yield world


@pytest.fixture
def ann(world: WebChatHarness, page: Page) -> Iterator[Visitor]:
    """A visitor who has written twice."""
    page.goto(world.page)
    ann = Visitor(page)
    ann.start()
    for text in ("Helo?", "My secret"):
        ann.write(text)
    world.wait_until(lambda: world.texts == ["Helo?", "My secret"])
    ann.sees("Helo?", "My secret")
    yield ann
    page.goto("about:blank")


def choose(ann: Visitor, message: str, act: str) -> None:
    """Only with the keyboard, like the menu of the chat itself."""
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


def test_a_message_is_edited_with_the_keyboard_and_marked(ann: Visitor, world: WebChatHarness) -> None:
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
    world.wait_until(lambda: [note["message"]["text"] for note in world.received("changed")] == ["Hello?"])


def test_an_edit_can_be_cancelled_and_must_not_be_empty(ann: Visitor, world: WebChatHarness, page: Page) -> None:
    choose(ann, "Helo?", "Edit")
    dialog(ann).get_by_role("textbox", name="Message").fill("  ")
    dialog(ann).get_by_role("button", name="Save").click()
    expect(dialog(ann).get_by_role("alert")).to_have_text("Please enter a text, or delete the message.")
    page.keyboard.press("Escape")
    expect(dialog(ann)).to_have_count(0)
    ann.sees("Helo?", "My secret")
    assert world.received("changed") == []


def test_a_refused_edit_is_explained_and_the_text_stays(ann: Visitor, page: Page) -> None:
    page.route("**/messages/*", lambda route: route.fulfill(status=409, json={"error": {"code": "unchangeable"}}))
    choose(ann, "Helo?", "Edit")
    dialog(ann).get_by_role("textbox", name="Message").fill("Hello?")
    dialog(ann).get_by_role("button", name="Save").click()
    expect(dialog(ann).get_by_role("alert")).to_contain_text("can no longer be changed")
    expect(dialog(ann).get_by_role("textbox", name="Message")).to_have_value("Hello?")


def test_another_tab_shows_edits_and_deletions(ann: Visitor, page: Page) -> None:
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


def test_an_undelivered_message_can_be_deleted_but_not_edited(ann: Visitor, world: WebChatHarness) -> None:
    world.set_state("failed", "refused")
    expect(ann.bubbles.last).to_contain_text("Not delivered")
    button = ann.page.get_by_role("button", name="Options for “My secret”")
    button.focus()
    button.press("Enter")
    expect(ann.page.get_by_role("menuitem", name="Delete", exact=True)).to_be_focused()
    expect(ann.page.get_by_role("menuitem", name="Edit", exact=True)).to_have_count(0)


def test_agents_messages_can_be_reacted_to_and_answered_only(ann: Visitor, world: WebChatHarness) -> None:
    world.reply("Good morning")
    button = ann.page.get_by_role("button", name="Options for “Good morning”")
    button.focus()
    button.press("Enter")
    expect(ann.page.get_by_role("menuitem")).to_have_text(["React", "Reply"])


# --- deleting --------------------------------------------------------------------------------------------------------


def test_a_message_is_deleted_after_a_confirmation(ann: Visitor, world: WebChatHarness) -> None:
    choose(ann, "My secret", "Delete")
    expect(dialog(ann)).to_contain_text("will see that you deleted it")
    dialog(ann).get_by_role("button", name="Cancel").click()
    ann.sees("Helo?", "My secret")
    choose(ann, "My secret", "Delete")
    dialog(ann).get_by_role("button", name="Delete").click()
    ann.sees("Helo?")
    expect(ann.log).to_be_focused()
    world.wait_until(lambda: len(world.received("deleted")) == 1)


def test_a_failed_deletion_is_reported_and_the_message_stays(ann: Visitor, page: Page) -> None:
    page.route("**/messages/*", lambda route: route.fulfill(status=429, json={"error": {"code": "too_many"}}))
    choose(ann, "My secret", "Delete")
    dialog(ann).get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alert").filter(has_text="That was a lot at once")).to_be_visible()
    ann.sees("Helo?", "My secret")


# --- another name ----------------------------------------------------------------------------------------------------


def test_a_renamed_chat_has_its_name_in_the_head_and_in_the_list(ann: Visitor, world: WebChatHarness) -> None:
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
    world.wait_until(lambda: [note["chat"]["name"] for note in world.received("renamed")] == ["Ann Lind"])


def test_a_chat_cannot_be_renamed_to_nothing(ann: Visitor) -> None:
    ann.page.get_by_label("Nordlicht Studio").get_by_role("button", name="More").click()
    ann.page.get_by_role("menuitem", name="Change name").click()
    dialog(ann).get_by_role("textbox", name="Your name").fill("")
    dialog(ann).get_by_role("button", name="Save").click()
    expect(dialog(ann).get_by_role("alert")).to_have_text("Please enter your name.")


# --- a chat that an agent begins -------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1200, 420])
def test_a_chat_that_an_agent_starts_appears_in_the_list(
    ann: Visitor, world: WebChatHarness, page: Page, width: int
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
    world.wait_until(lambda: world.received("message")[-1]["chat"]["id"] == begun)


# --- for everybody ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_editing_has_no_accessibility_violations(ann: Visitor, page: Page, scheme: str) -> None:
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
def test_editing_is_in_the_visitors_language(world: WebChatHarness, context: BrowserContext, locale: str) -> None:
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


def test_the_menu_of_a_message_at_the_end_of_the_screen_is_whole(
    ann: Visitor, world: WebChatHarness, page: Page
) -> None:
    page.set_viewport_size({"width": 420, "height": 420})
    for number in range(8):
        ann.write(f"line {number}")
    world.wait_until(lambda: len(world.texts) == 10)
    button = page.get_by_role("button", name="Options for “line 7”")
    button.focus()
    button.press("Enter")
    box = page.get_by_role("menu").locator("visible=true").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 420
