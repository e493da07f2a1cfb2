"""The page on the simulated Giosg: chats wait until an agent joins, and ended chats stay ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.live import LiveTimeline, Server
from playground.page_server import make_app
from playground.services.giosg import DEMO_AGENT, OTHER_AGENT
from playground.trace import Trace
from tests.harness.giosg import Chat, GiosgHarness, make_chat, make_harness
from tests.harness.links import FixedLinks
from tests.harness.tiny import make_tiny_world

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class GiosgDeskHarness:
    """`chat` waits to be picked up. Time stands still at Giosg until `new_webhooks` is called."""

    page: Page
    harness: GiosgHarness
    chat: Chat

    @property
    def desk(self) -> Locator:
        return self.page.locator(".desk")

    @property
    def head(self) -> Locator:
        return self.desk.locator(".thread-head")

    @property
    def last(self) -> Locator:
        return self.desk.locator(".message").last

    def when_done(self, action: str, do: Callable[[], object]) -> None:
        with self.page.expect_response(f"**/api/act/giosg/{action}"):
            do()

    def send(self, text: str) -> None:
        self.desk.get_by_role("textbox", name="Reply").fill(text)
        self.when_done("reply", lambda: self.page.keyboard.press("Enter"))

    def choose_more(self, name: str) -> None:
        self.head.get_by_role("button", name="More actions").click()
        self.page.get_by_role("menuitem", name=name, exact=True).click()


@pytest.fixture
def shown(page: Page) -> Iterator[GiosgDeskHarness]:
    timeline = LiveTimeline()
    pigeon, _ = make_tiny_world(timeline, Random(1))
    harness = make_harness()
    chat = make_chat(harness, name="Anna Berg")
    giosg = harness.giosg
    simulators = {"pigeon": pigeon, "giosg": giosg}
    with Server(giosg.app) as files, Server(make_app(simulators, Trace(), FixedLinks())) as server:
        giosg.base_url = files.url
        page.goto(server.url)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        expect(page.locator(".desk .message.customer")).to_be_visible()
        yield GiosgDeskHarness(page, harness, chat)
        page.goto("about:blank")
    timeline.close()


# --- rooms and chats that wait ---------------------------------------------------------------------------------------


def test_a_waiting_chat_has_a_red_badge_until_an_agent_joins(shown: GiosgDeskHarness) -> None:
    bubbles = [shown.desk.locator(".pending"), shown.page.get_by_role("tab", name="Giosg").locator(".waiting")]
    expect(bubbles[0]).to_have_text("1chat waiting")
    expect(bubbles[1]).to_have_text("1")
    expect(shown.head).to_contain_text("queued · unassigned · Messengers")
    shown.when_done("join", shown.head.get_by_role("button", name="Join").click)
    for bubble in bubbles:
        expect(bubble).to_be_hidden()
    expect(shown.head).to_contain_text("active · with Aino Virtanen · Messengers")
    expect(shown.desk.locator(".system").last).to_have_text("Aino Virtanen joined")


def test_the_agents_who_stay_are_named_when_one_leaves(shown: GiosgDeskHarness) -> None:
    shown.harness.giosg.join(shown.chat.id, OTHER_AGENT)
    shown.when_done("join", shown.head.get_by_role("button", name="Join").click)
    expect(shown.head).to_contain_text("with Mikko Lahti and Aino Virtanen")
    shown.when_done("leave", shown.head.get_by_role("button", name="Leave").click)
    expect(shown.head).to_contain_text("with Mikko Lahti")
    expect(shown.desk.locator(".system").last).to_have_text("Aino Virtanen left")


def test_rooms_are_online_while_an_agent_is(shown: GiosgDeskHarness) -> None:
    rooms = shown.desk.get_by_role("list", name="Rooms")
    expect(rooms.get_by_role("listitem")).to_have_text(["Messengers online", "Website online"])
    shown.when_done("online", shown.desk.get_by_role("switch", name="Online").uncheck)
    expect(rooms.get_by_role("listitem")).to_have_text(["Messengers offline", "Website offline"])
    expect(shown.desk.locator(".notices")).to_contain_text("No agent is online. The rooms are offline")


# --- talking ---------------------------------------------------------------------------------------------------------


def test_both_sides_see_each_other_type(shown: GiosgDeskHarness) -> None:
    member = f"/api/v5/public/visitors/{shown.chat.visitor.id}/chat_memberships/{shown.chat.id}"
    shown.chat.visitor.ask("PATCH", member, {"composing_status": "typing"})
    expect(shown.desk.get_by_text("Anna Berg is typing")).to_be_visible()
    shown.send("Good morning")
    expect(shown.head).to_contain_text("with Aino Virtanen")
    shown.when_done("typing", lambda: shown.desk.get_by_role("textbox", name="Reply").press_sequentially("Wh"))
    assert shown.harness.giosg.find_chat(shown.chat.id).members[DEMO_AGENT].composing == "typing"
    shown.harness.giosg.join(shown.chat.id, OTHER_AGENT)
    shown.harness.giosg.type(shown.chat.id, OTHER_AGENT)
    shown.chat.visitor.ask("PATCH", member, {"composing_status": "idle"})
    expect(shown.desk.get_by_text("Mikko Lahti is typing")).to_be_visible()


def test_typing_is_not_reported_before_the_agent_has_joined(shown: GiosgDeskHarness) -> None:
    told: list[str] = []
    shown.page.on("request", lambda request: told.append(request.url))
    shown.desk.get_by_role("textbox", name="Reply").press_sequentially("Hello")
    shown.send("Hello")
    assert not [url for url in told if url.endswith("/typing")]


def test_cards_and_buttons_go_out_and_automations_are_marked(shown: GiosgDeskHarness) -> None:
    shown.desk.get_by_role("button", name="Questions and cards").click()
    shown.page.get_by_role("menuitem", name="Card").click()
    shown.desk.get_by_label("Card title").fill("Red shoes")
    shown.desk.get_by_role("textbox", name="Text of the card").fill("Leather, 59 €")
    shown.when_done("card", lambda: shown.page.keyboard.press("Enter"))
    expect(shown.last.locator(".rich-card .choice")).to_have_text("Tell me more")
    expect(shown.last.locator(".author")).to_have_text("Aino Virtanen")
    shown.harness.giosg.rule_message(shown.chat.id, "Are you still there?", [("Yes", "y")])
    expect(shown.last.locator(".author")).to_have_text("Automation")
    expect(shown.last.locator(".choice")).to_have_text("Yes")


# --- what has ended, and what is to be forgotten ---------------------------------------------------------------------


def test_an_ended_chat_stays_ended(shown: GiosgDeskHarness) -> None:
    shown.when_done("resolve", shown.head.get_by_role("button", name="End", exact=True).click)
    expect(shown.desk.get_by_text("This conversation has ended")).to_be_visible()
    for name in ("Reopen", "End", "Join", "Leave"):
        expect(shown.head.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(shown.desk.get_by_role("textbox", name="Reply")).to_have_count(0)
    expect(shown.desk.locator(".list-foot")).to_have_text("0 open · 1 ended")


def test_messages_and_chats_are_purged(shown: GiosgDeskHarness) -> None:
    shown.send("Your card number is 4111")
    shown.last.hover()
    shown.when_done("purge_message", shown.last.get_by_role("button", name="Purge this message").click)
    expect(shown.desk.get_by_text("4111")).to_have_count(0)
    shown.choose_more("Purge the chat")
    expect(shown.desk.get_by_text("No conversations yet")).to_be_visible()


# --- what giosg keeps of its webhooks --------------------------------------------------------------------------------


def test_the_webhook_log_shows_webhooks_and_responses(shown: GiosgDeskHarness) -> None:
    log = shown.desk.locator(".log")
    shown.send("Good morning")
    shown.harness.new_webhooks()
    log.locator("summary").focus()
    shown.page.keyboard.press("Enter")
    rows = log.get_by_role("listitem")
    expect(rows.filter(has_text="messages added").first).to_contain_text("200")
    expect(log.locator("summary")).not_to_contain_text("failed")


# --- how it looks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_desk_fits_wide_and_narrow_screens(shown: GiosgDeskHarness, artifacts: Path, theme: str) -> None:
    page, giosg = shown.page, shown.harness.giosg
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    giosg.reply(shown.chat.id, DEMO_AGENT, "Good morning, Anna")
    giosg.send_buttons(shown.chat.id, DEMO_AGENT, "When?", [("Morning", "am"), ("Evening", "pm")])
    giosg.send_file(shown.chat.id, DEMO_AGENT, "price list.pdf", "application/pdf", b"%PDF" * 4000, "Our prices")
    giosg.web_visitor_writes("Anybody there?", name="Omar Haddad")
    shown.harness.new_webhooks()
    expect(shown.desk.locator(".entry")).to_have_count(2)
    shown.desk.locator(".entry", has_text="Anna").click()
    shown.desk.locator(".log summary").click()
    page.screenshot(path=artifacts / f"giosg-{theme}.png")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Desk", exact=True).click()
    expect(shown.desk.get_by_role("textbox", name="Reply")).to_be_in_viewport()
    page.screenshot(path=artifacts / f"giosg-narrow-{theme}.png")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
