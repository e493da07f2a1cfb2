"""The menu that links a messenger to a platform."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk_harness import DeskHarness, make_apps, open_desk

pytestmark = pytest.mark.browser


@pytest.fixture
def shown(page: Page) -> Iterator[DeskHarness]:
    with open_desk(page) as shown:
        yield shown


def test_where_messages_go_is_chosen_with_the_keyboard(shown: DeskHarness) -> None:
    shown.links.join("lobby-demo-dental", "lobby", "pending")
    page = shown.page
    button = page.get_by_role("button", name="Messages go to")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", checked=True)).to_be_focused()
    expect(page.get_by_role("menuitemradio").nth(1)).to_contain_text("lobby-demo-dental · pending")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(button).to_have_text("to: lobby-demo-dental")
    assert shown.links.messengers[0]["link"] == "lobby-demo-dental"
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(button).to_be_focused()


def test_a_connection_added_while_the_menu_is_open_appears_in_it(shown: DeskHarness) -> None:
    page = shown.page
    page.get_by_role("button", name="Messages go to").click()
    expect(page.get_by_role("menuitemradio")).to_have_count(1)
    shown.links.join("lobby-demo-yoga", "lobby")
    page.clock.fast_forward(2100)
    expect(page.get_by_role("menuitemradio")).to_have_count(2)
    expect(page.get_by_role("menuitemradio", checked=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitemradio")).to_have_count(0)


def test_a_business_that_installed_the_app_can_be_chosen_without_a_reload(shown: DeskHarness) -> None:
    apps = make_apps(shown.url)
    shown.links.platforms = [{"id": "counter-demo", "service": "counter", "status": "active"}]
    shown.links.messengers[0]["link"] = "counter-demo"
    shown.change(apps=apps)
    button = shown.page.get_by_role("button", name="Messages go to")
    expect(button).to_have_text("to: counter")
    shown.links.join("lobby-demo-dental", "lobby")
    shown.change(apps=[{**apps[0], "installed": True, "channel": "active"}, apps[1]])
    expect(shown.desk.locator(".apps summary")).to_contain_text("1 of 2 installed")
    shown.page.clock.fast_forward(1600)
    expect(shown.desk.get_by_text("Choose Lobby above the phone")).to_be_visible()
    button.click()
    expect(shown.page.get_by_role("menuitemradio")).to_have_count(2)


def test_a_refused_link_is_reported_and_nothing_changes(shown: DeskHarness) -> None:
    shown.links.join("lobby-demo-dental", "lobby")
    shown.links.refusal = "lobby-demo-dental is an app"
    button = shown.page.get_by_role("button", name="Messages go to")
    button.click()
    shown.page.get_by_role("menuitemradio", name="lobby-demo-dental").click()
    expect(shown.page.locator(".toast")).to_contain_text("lobby-demo-dental is an app")
    expect(button).to_have_text("to: lobby-demo")
