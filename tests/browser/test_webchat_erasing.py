"""A visitor erases a chat, or everything; and a visitor whose token was revoked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from playground.simulator import Fault
from tests.browser.webchat_harness import Visitor, WebChatHarness, open_webchat

pytestmark = pytest.mark.browser


@pytest.fixture
def world() -> Iterator[WebChatHarness]:
    with open_webchat() as world:
        yield world


@pytest.fixture
def ann(world: WebChatHarness, page: Page) -> Iterator[Visitor]:
    """A visitor who sees the page for the first time."""
    page.goto(world.page)
    yield Visitor(page)
    page.goto("about:blank")


def erase(page: Page, what: str) -> None:
    page.get_by_role("button", name="More").locator("visible=true").last.click()
    page.get_by_role("menuitem", name=what).click()
    page.get_by_role("dialog").get_by_role("button", name="Erase").click()


def test_a_chat_is_erased(ann: Visitor, page: Page, world: WebChatHarness) -> None:
    ann.start("Ann")
    ann.write("One")
    world.wait_until(lambda: world.texts == ["One"])
    page.get_by_role("button", name="New chat").click()
    ann.start("Ben")
    ann.box.fill("half a sentence")
    erase(page, "Erase this chat")
    expect(page.get_by_text("The chat has been erased.")).to_be_visible()
    expect(page.locator(".entry")).to_have_count(1)
    expect(page.locator(".entry .preview")).to_have_text("One")
    page.go_back()
    expect(page.get_by_role("button", name="Ann")).to_be_visible()
    expect(page.get_by_text("half a sentence")).to_have_count(0)


def test_everything_is_erased(ann: Visitor, page: Page, world: WebChatHarness) -> None:
    ann.start("Ann")
    ann.write("One")
    ann.sees("One")
    page.get_by_role("button", name="New chat").click()
    erase(page, "Erase everything")
    expect(page.get_by_text("Everything has been erased.")).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("")
    assert len(world.received("left")) == 1
    assert page.evaluate("Object.keys(localStorage).filter(key => !key.endsWith(':about'))") == []
    page.reload()
    expect(page.get_by_label("Your name")).to_be_visible()


def test_a_visitor_with_a_revoked_token_starts_again(ann: Visitor, page: Page, world: WebChatHarness) -> None:
    ann.start("Ann")
    ann.write("One")
    ann.sees("One")
    world.simulator.fail_next(Fault(status=401, where=r"GET .*/messages"))
    expect(page.get_by_text("Your earlier chats no longer exist.")).to_be_visible()
    ann.start("Ann")
    ann.write("Again")
    ann.sees("Again")
