"""A visitor of the shop and an agent at Giosg's desk, with the deployed stack between them."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from playground.run import Playground

pytestmark = [pytest.mark.browser, pytest.mark.deployed]

CROSSING = 30_000  #: milliseconds; a first message meets cold functions


def test_a_visitor_of_the_shop_and_an_agent_talk(page: Page, deployed_world: Playground, artifacts: Path) -> None:
    page.goto(deployed_world.url)
    page.get_by_role("tab", name="Web chat").click()
    page.get_by_role("tab", name="Giosg").click()
    desk = page.locator(".desk:not([hidden])")
    chat = page.frame_locator("iframe.shop").frame_locator("patchbay-chat iframe")
    chat.get_by_label("Your name").fill("Ann", timeout=CROSSING)
    chat.get_by_role("button", name="Start chat").click()
    box = chat.get_by_role("textbox", name="Message")
    box.fill("Is the red one in stock? 👠")
    box.press("Enter")
    desk.locator(".entry", has_text="Is the red one in stock?").click(timeout=CROSSING)
    expect(desk.locator(".message.customer")).to_contain_text("Is the red one in stock? 👠", timeout=CROSSING)
    expect(desk.locator(".pending").first).to_be_visible()

    desk.get_by_role("button", name="Join").click()
    page.get_by_role("radio", name="Quick replies").click()
    page.get_by_label("Question with quick replies").fill("It is. Shall we keep it for you?")
    page.keyboard.press("Enter")
    answer = chat.get_by_role("log").get_by_role("button", name="Yes, please")
    answer.click(timeout=CROSSING)
    expect(desk.locator(".message.customer").last).to_contain_text("Yes, please", timeout=CROSSING)
    webchat = page.locator(".line.queue", has=page.locator(".badge", has_text="Web chat"))
    expect(webchat.first).to_be_visible(timeout=CROSSING)
    page.screenshot(path=artifacts / "webchat-giosg.png")


def test_another_visitor_has_a_separate_window_and_conversation(page: Page, deployed_world: Playground) -> None:
    page.goto(deployed_world.url)
    page.get_by_role("tab", name="Web chat").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Another visitor").click()
    other = opened.value
    other.get_by_label("Your name").fill("Ben", timeout=CROSSING)
    other.get_by_role("button", name="Start chat").click()
    other.get_by_role("textbox", name="Message").fill("Do you deliver on Saturdays?")
    other.keyboard.press("Enter")
    page.get_by_role("tab", name="Giosg").click()
    expect(page.locator(".desk:not([hidden]) .entry", has_text="Ben")).to_be_visible(timeout=CROSSING)
    chat = page.frame_locator("iframe.shop").frame_locator("patchbay-chat iframe")
    expect(chat.get_by_text("Do you deliver on Saturdays?")).to_have_count(0)
    other.close()
