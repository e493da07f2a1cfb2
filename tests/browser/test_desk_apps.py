"""A platform whose businesses install an app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk_harness import DeskHarness, make_apps, open_desk

pytestmark = pytest.mark.browser


@pytest.fixture
def shown(page: Page) -> Iterator[DeskHarness]:
    with open_desk(page) as shown:
        yield shown


def test_an_app_is_installed_in_a_new_tab(shown: DeskHarness) -> None:
    shown.change(apps=make_apps(shown.url))
    expect(shown.desk.get_by_text("Install the app first")).to_be_visible()
    install = shown.desk.get_by_role("link", name="Install the app at Yoga")
    with shown.page.context.expect_page() as opened:
        install.click()
    opened.value.wait_for_load_state()
    assert opened.value.url == f"{shown.url}/page/logo.svg"
    opened.value.close()


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("", "Installed, access not allowed yet"),
        ("pending", "Installed, channel pending"),
        ("active", "Installed, channel active"),
        ("blocked", "Installed, channel blocked"),
    ],
)
def test_an_installed_app_shows_its_channel(shown: DeskHarness, channel: str, words: str) -> None:
    dental, yoga = make_apps(shown.url)
    shown.change(apps=[{**dental, "installed": True, "channel": channel}, yoga])
    panel = shown.desk.locator(".apps")
    expect(panel.locator("summary")).to_contain_text("1 of 2 installed")
    panel.locator("summary").press("Enter")
    expect(panel.locator(".app-state")).to_have_text([words, "Not installed"])
    expect(panel.get_by_role("link", name="at Dental")).to_have_count(0 if channel else 1)


def test_an_app_is_uninstalled(shown: DeskHarness) -> None:
    dental, yoga = make_apps(shown.url)
    shown.change(apps=[{**dental, "installed": True, "channel": "active"}, yoga])
    shown.desk.locator(".apps summary").click()
    shown.desk.get_by_role("button", name="Uninstall Bridge at Dental").click()
    expect(shown.desk.locator(".app-state").first).to_have_text("Not installed")
    assert shown.lobby.performed("uninstall") == [{"business": "dental", "app": "bridge"}]


def test_an_address_that_is_not_http_is_not_a_link(shown: DeskHarness) -> None:
    dental, _ = make_apps(shown.url)
    shown.change(apps=[{**dental, "install_url": "javascript:alert(1)"}])
    expect(shown.desk.locator(".app-row a")).to_have_count(1)
    assert shown.desk.locator("a[href]").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_desk_of_apps_fits_a_narrow_screen(shown: DeskHarness, artifacts: Path, theme: str) -> None:
    page = shown.page
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.set_viewport_size({"width": 390, "height": 844})
    dental, yoga = make_apps(shown.url)
    shown.change(apps=[{**dental, "installed": True, "channel": "active"}, yoga])
    page.get_by_role("button", name="Desk", exact=True).click()
    shown.desk.locator(".apps summary").click()
    expect(shown.desk.get_by_role("button", name="Uninstall")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    page.screenshot(path=artifacts / f"apps-narrow-{theme}.png")
    page.get_by_role("button", name="Customer").click()
    page.get_by_role("button", name="Messages go to").click()
    expect(page.get_by_role("menuitemradio")).to_be_in_viewport()
