"""The settings page of the Freshchat app in a real browser, as Freshworks shows it: three functions and a client."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.browser.webchat_harness import find_barriers

pytestmark = pytest.mark.browser

APP = Path(__file__).parents[2] / "integrations" / "freshchat-app"
PARAMETERS = json.loads((APP / "test" / "parameters.json").read_text(encoding="utf-8"))
ADDRESS = "https://patchbay.example.com/freshchat/tOkEn"
SECRET = "whsec_ZnJlc2hjaGF0LWRlbW8tYXBwLXNlY3JldC0zMmJ5dGU="
WEBHOOK = "https://patchbay.example.com/viber/tOkEn"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
#: Before the installation, the Data Store refuses.
NOT_INSTALLED = "get: async () => { throw { status: 400 }; }"


class Settings:
    """The page, in the place of Freshworks."""

    def __init__(self, page: Page, stored: str) -> None:
        self.page = page
        self.foreign: list[str] = []
        self._client = f"window.app = {{ initialized: async () => ({{ db: {{ {stored} }} }}) }};"
        page.route("**/*", self._serve)
        page.goto("https://settings.example/config/iparams.html")

    def _serve(self, route: Route) -> None:
        url = route.request.url
        if url == "https://settings.example/client.js":
            route.fulfill(content_type=TYPES[".js"], body=self._client)
        elif url.startswith("https://settings.example/config/"):
            path = APP / url.removeprefix("https://settings.example/")
            body = path.read_text(encoding="utf-8").replace("{{{appclient}}}", "/client.js")
            route.fulfill(content_type=TYPES[path.suffix], body=body)
        else:
            self.foreign.append(url)
            route.abort()

    def call(self, function: str, *arguments: object) -> Any:
        """What Freshworks does with one of the three functions that it knows."""
        return self.page.evaluate("([name, words]) => window[name](...words)", [function, list(arguments)])

    def field(self, name: str) -> Locator:
        return self.page.get_by_role("textbox", name=name, exact=True)

    @property
    def address(self) -> Locator:
        return self.field("Patchbay's address")

    @property
    def secret(self) -> Locator:
        return self.page.get_by_label("Shared secret")

    @property
    def webhook(self) -> Locator:
        return self.field("Messenger's webhook address (optional)")

    @property
    def status(self) -> Locator:
        return self.page.get_by_role("status")

    @property
    def copy(self) -> Locator:
        return self.page.get_by_role("button", name="Copy")

    @property
    def to_copy(self) -> Locator:
        return self.field("Register the webhook in the messenger")


type Opener = Callable[..., Settings]


@pytest.fixture
def opened(page: Page) -> Iterator[Opener]:
    def open_settings(stored: str = NOT_INSTALLED) -> Settings:
        return Settings(page, stored)

    yield open_settings
    page.goto("about:blank")


def test_an_installation_by_keyboard(opened: Opener, page: Page) -> None:
    settings = opened()
    for text in (ADDRESS, f" {SECRET} ", WEBHOOK):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(settings.copy).to_be_focused()
    assert settings.call("validate") is True
    assert settings.call("postConfigs") == {
        "__meta": {"secure": ["shared_secret"]},
        "patchbay_address": ADDRESS,
        "shared_secret": SECRET,
        "messenger_webhook": WEBHOOK,
    }
    assert settings.foreign == []


def test_every_mistake_is_named_at_its_field_and_the_first_one_has_the_focus(opened: Opener) -> None:
    settings = opened()
    settings.webhook.fill("viber")
    assert settings.call("validate") is False
    expect(settings.address).to_be_focused()
    expect(settings.address).to_have_accessible_description(
        "For example https://patchbay.example.com/freshchat/TOKEN "
        "Enter the address that Patchbay printed when Freshchat was connected."
    )
    expect(settings.secret).to_have_accessible_description(
        "It begins with whsec_ Paste the shared secret that Patchbay printed when Freshchat was connected."
    )
    for field in (settings.address, settings.secret, settings.webhook):
        expect(field).to_have_attribute("aria-invalid", "true")
    expect(settings.status).to_have_text("The settings are not saved. Correct the marked fields.")
    settings.address.fill(ADDRESS)
    expect(settings.address).to_have_attribute("aria-invalid", "false")
    settings.secret.fill(SECRET)
    settings.webhook.fill("")
    assert settings.call("validate") is True
    expect(settings.status).to_have_text("")


def test_the_page_takes_what_the_app_takes(opened: Opener) -> None:
    settings = opened()
    settings.secret.fill(SECRET)
    for address, is_valid in PARAMETERS["addresses"]:
        settings.address.fill(address)
        assert settings.call("validate") is is_valid, address
    settings.address.fill(ADDRESS)
    for secret, is_valid in PARAMETERS["secrets"]:
        settings.secret.fill(secret)
        assert settings.call("validate") is is_valid, secret


@pytest.mark.parametrize("masked", ["••••••••", "********", "", None], ids=ascii)
def test_a_secret_that_freshworks_hides_must_be_pasted_again(opened: Opener, masked: str | None) -> None:
    settings = opened()
    settings.call("getConfigs", {"patchbay_address": ADDRESS, "shared_secret": masked, "messenger_webhook": ""})
    expect(settings.address).to_have_value(ADDRESS)
    expect(settings.secret).to_have_value("")
    expect(settings.page.get_by_text("Freshworks does not show the stored secret again.")).to_be_visible()
    assert settings.call("validate") is False
    expect(settings.secret).to_be_focused()
    settings.secret.fill(SECRET)
    assert settings.call("validate") is True
    assert settings.call("postConfigs")["shared_secret"] == SECRET


def test_a_secret_that_freshworks_hands_out_is_kept_without_being_shown(opened: Opener) -> None:
    settings = opened()
    settings.call("getConfigs", {"patchbay_address": ADDRESS, "shared_secret": SECRET})
    expect(settings.secret).to_have_value("")
    expect(settings.secret).to_have_accessible_description("A secret is stored. Leave this empty to keep it.")
    assert settings.call("validate") is True
    assert settings.call("postConfigs")["shared_secret"] == SECRET
    other = PARAMETERS["secrets"][0][0]
    settings.secret.fill(other)
    assert settings.call("postConfigs")["shared_secret"] == other


def test_the_messengers_webhook_address_is_there_for_copying(opened: Opener, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    settings = opened("get: async (key) => ({ address: `https://stored.example/${key}` })")
    expect(settings.to_copy).to_have_value("https://stored.example/messenger_webhook")
    settings.call("getConfigs", {"patchbay_address": ADDRESS, "messenger_webhook": WEBHOOK})
    expect(settings.to_copy).to_have_value(WEBHOOK)
    settings.copy.click()
    expect(settings.status).to_have_text("The address is copied.")
    assert settings.page.evaluate("navigator.clipboard.readText()") == WEBHOOK


def test_without_an_address_there_is_nothing_to_copy(opened: Opener) -> None:
    settings = opened()
    expect(settings.copy).to_be_hidden()
    settings.webhook.fill("javascript:alert(1)")
    expect(settings.copy).to_be_hidden()
    settings.webhook.fill(WEBHOOK)
    expect(settings.copy).to_be_visible()


def test_where_the_browser_does_not_copy_the_address_is_selected(opened: Opener) -> None:
    settings = opened()
    settings.webhook.fill(WEBHOOK)
    settings.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    settings.copy.click()
    expect(settings.status).to_contain_text("press Ctrl+C")
    assert settings.page.evaluate("String(document.activeElement.value)") == WEBHOOK


def test_the_page_has_no_barriers(opened: Opener) -> None:
    settings = opened()
    settings.webhook.fill(WEBHOOK)
    assert find_barriers(settings.page) == []
    settings.webhook.fill("wrong")
    settings.call("validate")
    assert find_barriers(settings.page) == []
