"""A chat that its owner keeps closed, and a quiet chat, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.webchat_harness import Asked, Visitor, find_barriers, open_webchat

pytestmark = pytest.mark.browser

SENTENCES = {
    "en": "The chat is closed at the moment.",
    "de": "Der Chat ist zurzeit geschlossen.",
    "fr": "La discussion est fermée pour le moment.",
    "es": "El chat está cerrado en este momento.",
    "fi": "Keskustelu on juuri nyt suljettu.",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_a_closed_chat_says_so_in_the_visitors_language(browser: Browser, language: str) -> None:
    with open_webchat(open="no") as world, browser.new_context(locale=language) as context:
        page = context.new_page()
        page.goto(world.page)
        expect(page.get_by_role("status").filter(has_text=SENTENCES[language])).to_be_visible()
        expect(page.locator(".start-form")).to_be_hidden()
        assert find_barriers(page) == []
        page.goto("about:blank")


def test_a_visitor_who_is_writing_when_the_chat_closes_reads_why_and_the_agents_replies(page: Page) -> None:
    with open_webchat() as world:
        page.goto(world.page)
        ann = Visitor(page)
        ann.start()
        ann.write("One")
        expect(ann.states).to_have_attribute("aria-label", "Sent")
        world.simulator.settings["open"] = "no"
        ann.write("Two")
        expect(ann.log.get_by_text(SENTENCES["en"])).to_be_visible()
        expect(page.get_by_role("status").filter(has_text=SENTENCES["en"])).to_be_visible()
        expect(ann.box).to_be_hidden()
        world.reply("Good night.")
        expect(ann.log.get_by_text("Good night.")).to_be_visible()
        world.simulator.settings["open"] = "yes"
        page.reload()
        ann.log.get_by_role("button", name="Try again").click()
        expect(ann.states.last).to_have_attribute("aria-label", "Sent")
        assert world.texts == ["One", "Two"]
        page.goto("about:blank")


def test_a_quiet_chat_is_polled_less_often_until_a_message_comes(page: Page) -> None:
    with open_webchat() as world:
        page.clock.install()
        page.goto(world.page)
        ann = Visitor(page)
        ann.start()
        ann.write("One")
        expect(ann.states).to_have_attribute("aria-label", "Sent")
        asked = Asked(page)

        def polls(seconds: int) -> int:
            asked.take()
            for _ in range(seconds * 2):
                page.clock.run_for(500)
                asked.settle()
            return sum("/messages" in path for path in asked.take() if path.startswith("GET"))

        assert 10 <= polls(24) <= 21
        polls(60)
        assert 3 <= polls(24) <= 7
        ann.write("Two")
        assert 10 <= polls(24) <= 21
        page.goto("about:blank")


def test_a_visitor_with_too_many_chats_is_asked_to_erase_one(page: Page) -> None:
    with open_webchat() as world:
        page.goto(world.page)
        Visitor(page).start()
        page.get_by_role("button", name="New chat").click()
        page.route("**/api/chats", lambda route: route.fulfill(status=409, json={"error": {"code": "too_many_chats"}}))
        page.get_by_label("Your name").fill("Ann")
        page.get_by_role("button", name="Start chat").click()
        expect(page.get_by_role("alert").filter(has_text="You have too many chats.")).to_be_visible()
        page.goto("about:blank")
