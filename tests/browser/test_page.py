"""The page with the smallest possible simulators: what people see, press and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Page, expect

from playground.live import LiveTimeline, Server
from playground.page_server import make_app
from playground.trace import Trace, line_of_record
from tests.harness.links import FixedLinks
from tests.harness.tiny import Counter, Pigeon, make_tiny_world

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class PageHarness:
    page: Page
    pigeon: Pigeon
    counter: Counter
    trace: Trace
    url: str

    def write(self, text: str) -> None:
        self.page.get_by_label("Message as the customer").fill(text)
        self.page.keyboard.press("Enter")


@pytest.fixture
def shown(page: Page) -> Iterator[PageHarness]:
    timeline = LiveTimeline()
    pigeon, counter = make_tiny_world(timeline, Random(1))
    trace = Trace()
    with Server(make_app({"pigeon": pigeon, "counter": counter}, trace, FixedLinks())) as server:
        page.goto(server.url)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        yield PageHarness(page, pigeon, counter, trace, server.url)
        page.goto("about:blank")
    timeline.close()


def test_an_empty_playground_says_what_to_try(shown: PageHarness) -> None:
    expect(shown.page.get_by_text("You are Anna Berg")).to_be_visible()
    expect(shown.page.get_by_text("No conversations yet")).to_be_visible()
    expect(shown.page.get_by_text("Nothing has happened yet")).to_be_visible()
    shown.page.get_by_role("button", name="Where is my order").click()
    expect(shown.page.locator(".desk .message.customer")).to_contain_text("Where is my order? 📦")


def test_a_conversation_there_and_back(shown: PageHarness) -> None:
    page = shown.page
    shown.write("Good morning ☀️")
    expect(page.locator(".desk .message.customer")).to_contain_text("Good morning ☀️")
    page.get_by_role("radio", name="Quick replies").click()
    page.get_by_label("Add a quick reply button").fill("Maybe")
    page.keyboard.press("Enter")
    page.get_by_label("Question with quick replies").fill("Delivery tomorrow?")
    page.keyboard.press("Enter")
    expect(page.locator(".phone button.choice")).to_have_text(["Yes, please", "No, thanks", "Maybe"])
    page.locator(".phone button.choice", has_text="Maybe").click()
    expect(page.locator(".desk .message.customer").last).to_contain_text("Maybe")
    expect(page.locator(".desk .message.agent .ticks")).to_have_attribute("aria-label", "Read")


def test_text_is_never_markup(shown: PageHarness) -> None:
    nasty = "<img src=x onerror=alert(1)> & <b>bold</b> https://example.com/?a=<script>"
    shown.write(nasty)
    expect(shown.page.locator(".desk .text")).to_have_text(nasty)
    assert shown.page.locator(".desk .text img, .desk .text b, .desk .text script").count() == 0
    expect(shown.page.locator(".desk .text a")).to_have_attribute("href", "https://example.com/?a=")


def test_right_to_left_text_runs_from_the_right(shown: PageHarness) -> None:
    shown.write("שלום, מה שלומך?")
    text = shown.page.locator(".desk .text")
    expect(text).to_have_attribute("dir", "auto")
    assert text.evaluate("node => getComputedStyle(node).direction") == "rtl"


def test_an_image_and_a_document_are_one_click_away(shown: PageHarness) -> None:
    page = shown.page
    for choice in ("Sample photo", "Sample document", "Location"):
        page.get_by_role("button", name="Attach", exact=True).click()
        page.get_by_role("menuitem", name=choice).click()
    expect(page.locator(".desk .image img")).to_be_visible()
    expect(page.locator(".desk .file")).to_contain_text("order-1024.pdf")
    expect(page.locator(".desk .location")).to_contain_text("Location")
    width = page.locator(".desk .image img").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert width == 960


def test_a_file_can_be_chosen(shown: PageHarness, tmp_path: Path) -> None:
    paper = tmp_path / "Größe & Maße.txt"
    paper.write_text("10 × 20 cm")
    shown.page.get_by_role("button", name="Attach", exact=True).click()
    with shown.page.expect_file_chooser() as chooser:
        shown.page.get_by_role("menuitem", name="Photo or file").click()
    chooser.value.set_files(paper)
    expect(shown.page.locator(".desk .file")).to_contain_text("Größe & Maße.txt")


def test_an_agent_writes_a_note_resolves_and_is_replaced(shown: PageHarness) -> None:
    page = shown.page
    shown.write("Hello")
    page.get_by_label("Agent", exact=True).select_option("Tom Reyes")
    page.get_by_role("radio", name="Note").click()
    page.get_by_label("Private note").fill("be kind")
    page.keyboard.press("Enter")
    expect(page.locator(".desk .note")).to_contain_text("be kind")
    page.get_by_role("button", name="Assign to me").click()
    expect(page.locator(".thread-head")).to_contain_text("with Tom Reyes")
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()
    expect(page.locator(".phone .message")).to_have_count(1)


def test_a_refusal_is_shown_and_the_text_comes_back(shown: PageHarness) -> None:
    shown.write("x" * 7001)
    expect(shown.page.get_by_text("Pigeon carries 7000 characters at most")).to_be_visible()
    expect(shown.page.get_by_label("Message as the customer")).to_have_value("x" * 7001)


def test_trouble_is_announced_and_reset(shown: PageHarness) -> None:
    page = shown.page
    page.get_by_role("button", name="Make trouble").first.click()
    panel = page.get_by_role("dialog", name="How Pigeon behaves")
    panel.get_by_label("429 Too Many Requests").check()
    panel.get_by_label("Duplicate webhooks").check()
    expect(page.locator("#trouble")).to_contain_text("Pigeon rejects every call with 429 and sends duplicate webhooks")
    assert (shown.pigeon.switches.api_status, shown.pigeon.switches.webhook_duplicates) == (429, True)
    page.get_by_role("button", name="Reset all").click()
    expect(page.locator("#trouble")).to_be_hidden()
    assert shown.pigeon.switches.api_status == 0


def test_the_trace_shows_the_timeline_of_one_message(shown: PageHarness) -> None:
    page = shown.page
    for title, service in (("webhook accepted", "pigeon"), ("event delivered", "counter")):
        record = {"message": title, "service": service, "event": "message-7", "milliseconds": 12}
        shown.trace.add(line_of_record(record, datetime.now(UTC), "dispatcher"))
    page.locator(".line-button", has_text="Event delivered").click()
    expect(page.locator(".timeline li")).to_have_count(2)
    expect(page.locator(".details")).to_contain_text("message-7")


def test_the_trace_can_be_paused_and_filtered(shown: PageHarness) -> None:
    page = shown.page
    shown.write("one")
    expect(page.locator(".line")).to_have_count(2)
    page.get_by_role("button", name="Pause").click()
    shown.write("two")
    expect(page.locator(".desk .message.customer")).to_have_count(2)
    expect(page.locator(".line")).to_have_count(2)
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(".line")).to_have_count(4)
    page.get_by_role("button", name="API calls").click()
    expect(page.locator(".line")).to_have_count(2)
    page.get_by_label("Filter the trace").fill("no such thing")
    expect(page.locator(".line")).to_have_count(0)


def test_changes_appear_on_the_page_by_themselves_and_in_order(shown: PageHarness) -> None:
    shown.write("start")
    expect(shown.page.locator(".phone .message")).to_have_count(1)
    for number in range(10):
        shown.counter.do_reply({"conversation": "c-p1", "agent": "a1", "text": f"news {number}"})
    expect(shown.page.locator(".phone .message.agent")).to_contain_text([f"news {number}" for number in range(10)])


def test_a_trace_from_before_the_page_was_opened_names_its_services(shown: PageHarness) -> None:
    shown.write("Hello")
    badges = shown.page.locator(".line .badge")
    expect(badges).to_have_text(["Pigeon", "Counter"])
    shown.page.reload()
    expect(badges).to_have_text(["Pigeon", "Counter"])


def test_three_hundred_conversations_can_be_found_and_read(shown: PageHarness) -> None:
    for number in range(300):
        person = shown.pigeon.do_new_person({"name": f"Customer {number}"})["id"]
        shown.counter.arrive({"id": person, "name": f"Customer {number}"}, f"Question {number}")
    shown.trace.changed("counter")
    expect(shown.page.locator(".entry")).to_have_count(300)
    shown.page.get_by_label("Search conversations").fill("question 217")
    expect(shown.page.locator(".entry")).to_have_count(1)
    shown.page.locator(".entry").click()
    expect(shown.page.locator(".thread-head")).to_contain_text("Customer 217")


def test_everything_can_be_done_with_the_keyboard(shown: PageHarness) -> None:
    page = shown.page
    shown.write("Hello")
    expect(page.locator(".entry")).to_have_count(1)
    page.get_by_role("button", name="Attach", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Sample photo")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Sample document")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitem", name="Sample document")).to_be_hidden()
    expect(page.get_by_role("button", name="Attach", exact=True)).to_be_focused()


def test_every_control_has_a_name(shown: PageHarness) -> None:
    shown.write("Hello")
    expect(shown.page.locator(".entry")).to_have_count(1)
    nameless = shown.page.locator("button, input, select, textarea").evaluate_all(
        """nodes => nodes.filter(node => !(node.getAttribute("aria-label") || node.textContent.trim()
            || node.labels?.length)).map(node => node.outerHTML)"""
    )
    assert nameless == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_narrow_screen_one_part_is_shown_at_a_time(shown: PageHarness, artifacts: Path, theme: str) -> None:
    page = shown.page
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.set_viewport_size({"width": 390, "height": 844})
    shown.write("From a small screen")
    page.get_by_role("button", name="Desk", exact=True).click()
    page.locator(".entry").click()
    expect(page.locator(".desk .message.customer")).to_contain_text("From a small screen")
    expect(page.locator(".phone")).to_be_hidden()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    page.screenshot(path=artifacts / f"narrow-{theme}.png")


def test_the_theme_can_be_chosen(shown: PageHarness) -> None:
    page = shown.page
    background = "() => getComputedStyle(document.querySelector('.screen')).backgroundColor"
    expect(page.locator(".screen")).to_be_visible()
    light = page.evaluate(background)
    page.get_by_label("Switch between light and dark").click()
    assert page.evaluate(background) != light
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", re.compile("dark"))
