"""Everything at once: messengers' phones and the desks on the page, and the deployed stack between them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.run import Playground

pytestmark = [pytest.mark.browser, pytest.mark.deployed]

CROSSING = 30_000  #: milliseconds; a first message meets cold functions


@pytest.fixture
def shown(page: Page, deployed_world: Playground) -> Page:
    page.goto(deployed_world.url)
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    return page


def test_a_customer_and_an_agent_talk_with_images_and_buttons(shown: Page, artifacts: Path) -> None:
    phone, desk = shown.locator(".phone"), shown.locator(".desk:not([hidden])")

    shown.get_by_role("textbox", name="Message as the customer").fill("Hi! Where is my order? 📦")
    shown.keyboard.press("Enter")
    expect(desk.locator(".message.customer")).to_contain_text("Where is my order? 📦", timeout=CROSSING)

    shown.get_by_role("button", name="Attach", exact=True).click()
    shown.get_by_role("menuitem", name="Sample photo").click()
    picture = desk.locator(".message.customer .image img")
    expect(picture).to_be_visible(timeout=CROSSING)
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 960

    shown.get_by_role("radio", name="Quick replies").click()
    shown.get_by_label("Question with quick replies").fill("It left this morning. Shall we bring it tomorrow?")
    shown.keyboard.press("Enter")
    expect(phone.locator(".message.agent")).to_contain_text("Shall we bring it tomorrow?", timeout=CROSSING)
    expect(phone.get_by_role("button", name="Yes, please")).to_be_visible()

    phone.get_by_role("button", name="Yes, please").click()
    expect(desk.locator(".message.customer").last).to_contain_text("Yes, please", timeout=CROSSING)

    for record in ("Webhook accepted", "Event delivered"):
        expect(shown.locator(".line.queue", has_text=record).first).to_be_visible(timeout=CROSSING)
    shown.screenshot(path=artifacts / "playground.png")


def test_an_agents_note_stays_at_the_desk_and_the_file_arrives(shown: Page) -> None:
    phone, desk = shown.locator(".phone"), shown.locator(".desk:not([hidden])")
    customers = shown.get_by_role("tablist", name="Customers")
    known = customers.get_by_role("tab").count()
    shown.get_by_role("button", name="Add a customer").click()
    expect(customers.get_by_role("tab").nth(known)).to_have_attribute("aria-selected", "true")
    shown.get_by_role("textbox", name="Message as the customer").fill("שלום, אפשר חשבונית?")
    shown.keyboard.press("Enter")
    entry = desk.locator(".entry", has_text="חשבונית")
    expect(entry).to_be_visible(timeout=CROSSING)
    entry.click()

    shown.get_by_role("radio", name="Note").click()
    shown.get_by_label("Private note").fill("asked twice already")
    shown.keyboard.press("Enter")
    expect(desk.locator(".message.note")).to_contain_text("asked twice already")

    desk.get_by_label("Attach a file").click()
    shown.get_by_role("menuitem", name="Sample document").click()
    expect(phone.locator(".message.agent .file")).to_contain_text("order-1024.pdf", timeout=CROSSING)
    expect(phone.get_by_text("asked twice already")).to_have_count(0)


def test_a_message_that_a_busy_platform_refused_goes_out_later(shown: Page, deployed_world: Playground) -> None:
    shown.locator("#platforms").get_by_role("button", name="Make trouble").click()
    shown.get_by_role("dialog", name="How Freshchat behaves").get_by_label("429 Too Many Requests").check()
    shown.keyboard.press("Escape")
    expect(shown.locator("#trouble")).to_contain_text("Freshchat rejects every call with 429")
    shown.get_by_role("textbox", name="Message as the customer").fill("Are you still there?")
    shown.keyboard.press("Enter")
    expect(shown.locator(".line.api.warn").first).to_be_visible(timeout=CROSSING)
    shown.get_by_role("button", name="Reset all").click()
    expect(shown.locator("#trouble")).to_be_hidden()
    arrived = shown.locator(".desk:not([hidden])").locator(".snippet, .text").get_by_text("Are you still there?")
    expect(arrived.first).to_be_visible(timeout=CROSSING)


def test_telegrams_pictures_buttons_reactions_and_corrections_cross(shown: Page, artifacts: Path) -> None:
    shown.get_by_role("tab", name="Telegram").click()
    phone, desk = shown.locator(".phone-wrap:not([hidden]) .phone"), shown.locator(".desk:not([hidden])")
    box = phone.get_by_role("textbox", name="Message as the customer")
    box.fill("Do you have time on Monday?")
    shown.keyboard.press("Enter")
    entry = desk.locator(".entry", has_text="time on Monday")
    expect(entry).to_be_visible(timeout=CROSSING)
    entry.click()

    phone.get_by_role("button", name="Attach", exact=True).click()
    shown.get_by_role("menuitem", name="Album of photos").click()
    expect(phone.locator(".message.customer.joins .as-photo")).to_be_visible()
    expect(desk.locator(".message.customer .image img")).to_have_count(2, timeout=CROSSING)
    desk.get_by_label("Attach a file").click()
    shown.get_by_role("menuitem", name="Sample photo").click()
    expect(phone.locator(".message.agent .image img")).to_be_visible(timeout=CROSSING)

    desk.get_by_role("radio", name="Quick replies").click()
    desk.get_by_role("textbox", name="Question with quick replies").fill("At ten?")
    shown.keyboard.press("Enter")
    asked = phone.locator(".message.agent", has_text="At ten?")
    expect(asked).to_be_visible(timeout=CROSSING)
    choose(shown, asked, "React with 👍", role="menuitemradio")
    expect(desk.locator(".message.customer").last).to_contain_text("👍 to", timeout=CROSSING)
    asked.get_by_role("button", name="Yes, please").click()
    expect(desk.locator(".message.customer").last).to_contain_text("Yes, please", timeout=CROSSING)
    expect(asked.locator(".busy")).to_have_count(0, timeout=CROSSING)

    choose(shown, asked, "Answer")
    box.fill("Or at noon")
    shown.keyboard.press("Enter")
    said = phone.locator(".message.customer", has_text="Or at noon")
    expect(said.locator(".quoted")).to_contain_text("At ten?")
    choose(shown, said, "Edit")
    box.fill("Or at one")
    shown.keyboard.press("Enter")
    expect(desk.locator(".message.customer").last).to_contain_text("✎ Corrected: Or at one", timeout=CROSSING)
    shown.screenshot(path=artifacts / "playground-telegram.png")


def test_whatsapps_choices_reactions_and_templates_cross(shown: Page, artifacts: Path) -> None:
    shown.get_by_role("tab", name="WhatsApp").click()
    phone, desk = shown.locator(".phone-wrap:not([hidden]) .phone"), shown.locator(".desk:not([hidden])")
    phone.get_by_role("textbox", name="Message as the customer").fill("When is the visit?")
    shown.keyboard.press("Enter")
    entry = desk.locator(".entry", has_text="When is the visit?")
    expect(entry).to_be_visible(timeout=CROSSING)
    entry.click()
    phone.get_by_role("button", name="Attach", exact=True).click()
    shown.get_by_role("menuitem", name="Sample photo").click()
    expect(desk.locator(".message.customer .image img")).to_be_visible(timeout=CROSSING)

    desk.get_by_role("radio", name="Quick replies").click()
    desk.get_by_role("textbox", name="Question with quick replies").fill("At ten?")
    shown.keyboard.press("Enter")
    asked = phone.locator(".message.agent", has_text="At ten?")
    expect(asked).to_be_visible(timeout=CROSSING)
    choose(shown, asked, "React with 👍", role="menuitemradio")
    expect(desk.locator(".message.customer").last).to_contain_text("👍 to", timeout=CROSSING)
    asked.get_by_role("button", name="Yes, please").click()
    expect(desk.locator(".message.customer").last).to_contain_text("Yes, please", timeout=CROSSING)

    expect(phone.locator(".window-line")).to_contain_text("The business may answer freely for 23 h")
    phone.get_by_role("button", name="24 hours later").click()
    desk.get_by_role("radio", name="Reply", exact=True).click()
    answer = desk.get_by_role("textbox", name="Reply", exact=True)
    answer.fill("It was moved")
    shown.keyboard.press("Enter")
    held = desk.locator(".message", has_text="Your message is held")
    expect(held).to_be_visible(timeout=CROSSING)
    number = re.search(r"(\d+)  we_answered", held.inner_text())
    assert number, held.inner_text()
    answer.fill(number.group(1))
    shown.keyboard.press("Enter")
    expect(phone.locator(".message.agent").last).to_contain_text("You have an answer from us.", timeout=CROSSING)
    expect(phone.get_by_text("It was moved")).to_have_count(0)
    shown.screenshot(path=artifacts / "playground-whatsapp.png")


def choose(page: Page, message: Locator, name: str, role: Literal["menuitem", "menuitemradio"] = "menuitem") -> None:
    """From the menu of a message on the phone."""
    message.hover()
    message.get_by_role("button", name="Actions for").click()
    page.get_by_role(role, name=name).click()
