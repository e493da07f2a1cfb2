"""The web chat's page with a live connection: what arrives by itself, and what the page does when nothing does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.clock import pass_time
from tests.browser.live_lines import LiveLines
from tests.browser.test_webchat_waiting import HIDING
from tests.browser.webchat_harness import Asked, Visitor, WebChatHarness, open_webchat

pytestmark = pytest.mark.browser


@pytest.fixture
def world() -> Iterator[WebChatHarness]:
    with open_webchat() as world:
        yield world


@pytest.fixture
def page(context: BrowserContext) -> Page:
    page = context.new_page()
    page.add_init_script(HIDING)
    return page


@pytest.fixture
def lines(world: WebChatHarness, page: Page) -> LiveLines:
    return LiveLines(world, page)


@pytest.fixture
def ann(world: WebChatHarness, lines: LiveLines, page: Page) -> Visitor:
    """A visitor who has written once, with an open connection and a clock that stands still."""
    page.clock.install()
    page.goto(world.page)
    visitor = Visitor(page)
    asked = Asked(page)
    visitor.start()
    lines.await_opening()
    asked.settle()
    visitor.write("Hello")
    world.wait_until(lambda: world.texts == ["Hello"])
    lines.deliver()
    expect(visitor.states).to_have_attribute("aria-label", "Sent")
    assert lines.opened == 1
    return visitor


def polls(asked: Asked) -> list[str]:
    return [call for call in asked.take() if call.startswith("GET")]


def test_what_agents_do_is_shown_without_a_question(
    world: WebChatHarness, lines: LiveLines, ann: Visitor, page: Page
) -> None:
    asked = Asked(page)
    world.type()
    lines.deliver()
    expect(ann.log.locator(".typing")).to_be_visible()
    world.set_state("read")
    world.reply("Good morning", buttons=[{"label": "Yes", "payload": "y"}])
    lines.deliver()
    ann.sees("Hello", "Good morning")
    expect(ann.states).to_have_attribute("aria-label", "Read")
    expect(ann.log.locator(".typing")).to_be_hidden()
    world.wait_until(lambda: len(world.received("read")) == 1)
    lines.deliver()
    ann.log.get_by_role("button", name="Yes").click()
    world.wait_until(lambda: len(world.texts) == 2)
    lines.deliver()
    pass_time(page, 30_000)
    assert polls(asked) == []


def test_typing_ends_when_no_more_is_heard_of_it(
    world: WebChatHarness, lines: LiveLines, ann: Visitor, page: Page
) -> None:
    world.type()
    lines.deliver()
    expect(ann.log.locator(".typing")).to_be_visible()
    page.clock.run_for(10_500)
    expect(ann.log.locator(".typing")).to_be_hidden()


def test_an_update_that_was_lost_is_asked_for_with_the_next_one(
    world: WebChatHarness, lines: LiveLines, ann: Visitor, page: Page
) -> None:
    world.reply("first")
    lines.lose()
    world.reply("second")
    lines.deliver()
    ann.sees("Hello", "first", "second")
    assert lines.opened == 1


def test_an_update_that_was_lost_alone_comes_within_a_minute_and_the_connection_is_not_trusted(
    world: WebChatHarness, lines: LiveLines, ann: Visitor, page: Page
) -> None:
    world.reply("first")
    lines.lose()
    pass_time(page, 61_000)
    ann.sees("Hello", "first")
    world.reply("second")
    lines.lose()
    pass_time(page, 8000)
    ann.sees("Hello", "first", "second")


def await_second_opening(lines: LiveLines, page: Page) -> None:
    """However late the page learns of the last refusal: it waits from then on, and its clock stands still."""
    for _ in range(200):
        if lines.opened == 2:
            return
        pass_time(page, 1000)
    pytest.fail("the page did not connect again")


def test_a_connection_that_is_cut_makes_the_page_poll_and_connect_again(
    world: WebChatHarness, lines: LiveLines, ann: Visitor, page: Page
) -> None:
    lines.refuses = True
    lines.cut()
    world.reply("Are you there?")
    pass_time(page, 2500)
    ann.sees("Hello", "Are you there?")
    lines.refuses = False
    await_second_opening(lines, page)
    asked = Asked(page)
    world.reply("Good.")
    lines.deliver()
    ann.sees("Hello", "Are you there?", "Good.")
    assert lines.opened == 2
    asked.take()


def test_what_is_sent_and_does_not_come_back_shows_a_dead_connection(
    world: WebChatHarness, lines: LiveLines, ann: Visitor, page: Page
) -> None:
    ann.write("Hello?")
    world.wait_until(lambda: len(world.texts) == 2)
    lines.lose()
    lines.refuses = True
    expect(ann.bubbles).to_have_count(2)
    page.clock.run_for(5500)
    world.reply("Yes?")
    lines.lose()
    pass_time(page, 2500)
    ann.sees("Hello", "Hello?", "Yes?")


def test_a_hidden_page_hears_nothing_and_is_up_to_date_at_once(
    world: WebChatHarness, lines: LiveLines, ann: Visitor, page: Page
) -> None:
    asked = Asked(page)
    page.evaluate("setHidden(true)")
    lines.await_closing()
    world.reply("Are you still there?")
    assert lines.deliver() == 0
    page.clock.run_for(61_000)
    assert asked.take() == []
    assert ann.bubbles.count() == 1
    page.evaluate("setHidden(false)")
    expect(ann.log.get_by_text("Are you still there?")).to_be_visible()
    expect(ann.bubbles).to_have_count(2)
    lines.await_opening(2)


def test_an_idle_connection_is_kept_alive_without_a_call(lines: LiveLines, ann: Visitor, page: Page) -> None:
    page.clock.run_for(16 * 60_000 + 1000)
    assert len(lines.pings) == 2


def test_another_chat_shows_in_the_list_without_a_question(
    world: WebChatHarness, lines: LiveLines, ann: Visitor, page: Page
) -> None:
    first = world.last_chat
    page.get_by_role("button", name="New chat").click()
    asked = Asked(page)
    ann.start("Bea")
    asked.settle()
    asked.take()
    world.reply("One more thing", chat=first)
    lines.deliver()
    expect(page.get_by_role("button", name="Ann")).to_contain_text("1 new")
    assert polls(asked) == []


def test_two_tabs_show_what_is_written_in_either(
    world: WebChatHarness, lines: LiveLines, ann: Visitor, page: Page, context: BrowserContext
) -> None:
    other = context.new_page()
    second = LiveLines(world, other)
    other.goto(world.page)
    expect(Visitor(other).box).to_be_visible()
    other.wait_for_function("document.body.dataset.ready === ''")
    ann.write("From the first")
    world.wait_until(lambda: len(world.texts) == 2)
    lines.deliver()
    second.deliver()
    Visitor(other).sees("Hello", "From the first")
    ann.sees("Hello", "From the first")
