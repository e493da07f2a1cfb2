"""The page on the simulated UChat: its bot and its agents share one chat, and customers press buttons."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.live import LiveTimeline, Server
from playground.page_server import make_app
from playground.services.uchat import DEMO_AGENT, UChat
from playground.services.uchat.records import Contact, Draft, Registration
from playground.simulator import WebhookAnswer
from playground.trace import Trace
from tests.harness.links import FixedLinks
from tests.harness.tiny import make_tiny_world
from tests.harness.virtual_time import VirtualTime

pytestmark = pytest.mark.browser


def take(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
    return WebhookAnswer(200)


@dataclass(frozen=True)
class UChatDeskHarness:
    """Time stands still at UChat until `settle` is called."""

    page: Page
    uchat: UChat
    anna: Contact
    time: VirtualTime

    @property
    def desk(self) -> Locator:
        return self.page.locator(".desk")

    @property
    def head(self) -> Locator:
        return self.desk.locator(".thread-head")

    @property
    def last(self) -> Locator:
        return self.desk.locator(".message").last

    def hear(self, text: str, payload: str = "") -> None:
        """Anna writes, or presses a button with that payload; the bot answers when it may."""
        first, content = not self.anna.messages, Draft(text=text)
        self.uchat.actions.receive(self.anna, content, payload)
        self.uchat.bot.answer(self.anna, content, payload=payload or None, first=first)
        self.time.settle()

    def when_done(self, action: str, do: Callable[[], object]) -> None:
        with self.page.expect_response(f"**/api/act/uchat/{action}"):
            do()
        self.time.settle()

    def choose_mode(self, name: str) -> None:
        self.desk.get_by_role("button", name="Questions and cards").click()
        self.page.get_by_role("menuitem", name=name).click()

    def send(self, mode: str, box: str, text: str) -> None:
        self.desk.get_by_role("textbox", name=box, exact=True).fill(text)
        self.when_done(mode, lambda: self.page.keyboard.press("Enter"))


@pytest.fixture
def shown(page: Page) -> Iterator[UChatDeskHarness]:
    timeline, time = LiveTimeline(), VirtualTime()
    pigeon, _ = make_tiny_world(timeline, Random(1))
    uchat = UChat(time, take, Random(7))
    uchat.workspace.webhook = Registration(url="https://bridge.test/uchat/hook", key="k", status="verified")
    anna = uchat.actions.make_contact(uchat.workspace, "viber:anna", 48213)
    anna.profile["name"] = "Anna Berg"
    simulators = {"pigeon": pigeon, "uchat": uchat}
    with Server(uchat.app) as files, Server(make_app(simulators, Trace(), FixedLinks())) as server:
        uchat.base_url = files.url
        shown = UChatDeskHarness(page, uchat, anna, time)
        shown.hear("Hello")
        page.goto(server.url)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        expect(page.locator(".desk .message.bot")).to_be_visible()
        yield shown
        page.goto("about:blank")
    timeline.close()


# --- who speaks, and who has the conversation ------------------------------------------------------------------------


def test_the_bot_and_agents_are_marked(shown: UChatDeskHarness) -> None:
    expect(shown.desk.locator(".message.bot.right")).to_have_count(1)
    expect(shown.last.locator(".author")).to_have_text("Bot")
    expect(shown.desk.locator(".snippet")).to_contain_text("Bot: Hi Anna Berg!")
    expect(shown.head).to_contain_text("open · with the bot")
    shown.send("reply", "Reply", "I take over")
    expect(shown.last.locator(".author")).to_have_text("Ines Duarte")
    expect(shown.head).to_contain_text("open · with Ines Duarte")
    expect(shown.head.get_by_role("switch", name="The bot handles this conversation")).not_to_be_checked()


def test_the_bot_is_switched_on_and_off_with_the_keyboard(shown: UChatDeskHarness) -> None:
    switch = shown.head.get_by_role("switch", name="The bot handles this conversation")
    expect(switch).to_be_checked()
    switch.focus()
    shown.when_done("bot", lambda: shown.page.keyboard.press("Space"))
    expect(shown.head).to_contain_text("open · unassigned")
    assert not shown.anna.has_bot
    shown.when_done("bot", switch.click)
    expect(switch).to_be_checked()
    assert shown.anna.has_bot


def test_the_bot_can_be_switched_off_for_the_whole_desk(shown: UChatDeskHarness) -> None:
    group = shown.desk.get_by_role("group", name="Bot")
    shown.when_done("scripted_bot", group.get_by_role("radio", name="Off").check)
    switch = shown.head.get_by_role("switch", name="The bot handles this conversation")
    expect(switch).to_be_disabled()
    expect(switch).not_to_be_checked()
    shown.hear("menu")
    assert shown.anna.messages[-1].author == "customer"


def test_a_conversation_is_assigned_moved_resolved_and_reopened(shown: UChatDeskHarness) -> None:
    shown.when_done("assign", shown.desk.get_by_role("button", name="Assign to me").click)
    expect(shown.head).to_contain_text("with Ines Duarte and the bot")
    shown.head.get_by_role("button", name="More actions").click()
    expect(shown.page.get_by_role("menuitem")).to_have_text(["Move to pending", "Move to done"])
    shown.page.get_by_role("menuitem", name="Move to pending").click()
    expect(shown.head).to_contain_text("pending")
    shown.when_done("resolve", shown.desk.get_by_role("button", name="Resolve").click)
    expect(shown.head).to_contain_text("done")
    expect(shown.desk.locator(".list-foot")).to_have_text("0 open · 1 resolved")
    shown.when_done("reopen", shown.desk.get_by_role("button", name="Reopen").click)
    expect(shown.head).to_contain_text("open")


def test_agents_go_offline(shown: UChatDeskHarness) -> None:
    shown.when_done("online", shown.desk.get_by_role("switch", name="Online").uncheck)
    assert not shown.uchat.find_agent(DEMO_AGENT).online


# --- what is written -------------------------------------------------------------------------------------------------


def test_a_carousel_has_cards_with_the_same_buttons(shown: UChatDeskHarness) -> None:
    shown.choose_mode("Carousel")
    shown.desk.get_by_label("Add a card to the carousel").fill("Premium")
    shown.desk.get_by_label("Add a button to each card").fill("Compare")
    shown.send("carousel", "Text above the cards", "Our plans")
    expect(shown.last).to_contain_text("Our plans")
    expect(shown.last.locator(".rich-card b")).to_have_text(["Basic", "Pro", "Premium"])
    expect(shown.last.locator(".rich-card").last.locator(".choice")).to_have_text(["Choose", "Compare"])


def test_a_carousel_without_cards_is_not_sent(shown: UChatDeskHarness) -> None:
    shown.choose_mode("Carousel")
    for card in ("Basic", "Pro"):
        shown.desk.get_by_role("button", name=f"Remove the card {card}").click()
    box = shown.desk.get_by_role("textbox", name="Text above the cards")
    box.fill("Our plans")
    shown.page.keyboard.press("Enter")
    expect(shown.desk.get_by_label("Add a card to the carousel")).to_be_focused()
    expect(box).to_have_value("Our plans")
    assert shown.anna.messages[-1].author == "bot"


def test_cards_have_links_and_phone_numbers(shown: UChatDeskHarness) -> None:
    shown.hear("cards")
    call = shown.last.get_by_role("link", name="Call us").first
    expect(call).to_have_attribute("href", "tel:+358401234567")
    assert call.get_attribute("target") is None
    expect(shown.last.get_by_role("link", name="Pro", exact=True)).to_have_attribute("href", "https://shop.example/pro")


def test_a_pressed_button_shows_its_payload(shown: UChatDeskHarness) -> None:
    shown.hear("menu")
    shown.hear("Opening hours", "flow:hours:1")
    expect(shown.desk.locator(".message.customer").last.locator(".pressed")).to_contain_text("flow:hours:1")
    expect(shown.last).to_contain_text("You chose Opening hours")
    expect(shown.desk.locator(".pressed")).to_have_count(1)


# --- what is amiss ---------------------------------------------------------------------------------------------------


def test_a_webhook_that_is_not_verified_is_a_warning(shown: UChatDeskHarness) -> None:
    bar, notices = shown.desk.get_by_role("list", name="Channels"), shown.desk.locator(".notices")
    expect(bar).to_have_text("Api Chat active")
    expect(notices.locator(".notice:visible")).to_have_count(0)
    shown.uchat.workspace.webhook.status = "unverified"
    expect(bar).to_have_text("Api Chat unverified")
    expect(notices).to_contain_text("Nothing that is written here is sent")
    shown.uchat.complaints.append("the signature is missing")
    expect(shown.desk.locator(".complaints summary")).to_contain_text("the signature is missing")


# --- how it looks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_desk_fits_wide_and_narrow_screens(shown: UChatDeskHarness, artifacts: Path, theme: str) -> None:
    page = shown.page
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    shown.hear("menu")
    shown.hear("Opening hours", "flow:hours:1")
    shown.hear("cards")
    shown.uchat.reply(shown.anna.user_ns, DEMO_AGENT, "Shall I help you choose?")
    shown.uchat.private_note(shown.anna.user_ns, DEMO_AGENT, "A regular")
    shown.choose_mode("Carousel")
    expect(shown.desk.locator(".message.note")).to_be_visible()
    page.screenshot(path=artifacts / f"uchat-{theme}.png")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Desk", exact=True).click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    shown.desk.locator(".entry").click()
    expect(shown.desk.get_by_role("textbox", name="Text above the cards")).to_be_in_viewport()
    page.screenshot(path=artifacts / f"uchat-narrow-{theme}.png")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
