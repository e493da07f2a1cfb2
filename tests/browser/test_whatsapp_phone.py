"""WhatsApp's phone on the page: what the business sends is seen there, and what people do reaches the business."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.live import LiveTimeline, Server
from playground.page_server import make_app
from playground.services.whatsapp import WhatsApp
from playground.services.whatsapp.demo import DEMO_TOKEN, PHONE_NUMBER_ID, TEMPLATES
from playground.services.whatsapp.records import FIELDS, Callback, Person
from playground.simulator import WebhookAnswer
from playground.trace import Trace
from tests.browser.webchat_harness import draw_png, find_barriers
from tests.e2e.test_many_conversations import await_until
from tests.harness.links import FixedLinks
from tests.harness.tiny import Counter, answer_all
from tests.simulators.whatsapp.test_people import BUTTONS, LIST

pytestmark = pytest.mark.browser

LINK = {
    "type": "cta_url",
    "body": {"text": "Pay here"},
    "action": {"name": "cta_url", "parameters": {"display_text": "Pay", "url": "https://shop.example/pay"}},
}


@dataclass
class WhatsAppHarness:
    """The page with WhatsApp's phone, and in place of our side what a business does."""

    page: Page
    whatsapp: WhatsApp
    news: list[dict[str, Any]] = field(default_factory=list)

    @property
    def phone(self) -> Locator:
        return self.page.locator(".phone")

    @property
    def person(self) -> Person:
        return next(iter(self.whatsapp.core.state.people.values()))

    def message(self, words: str) -> Locator:
        return self.phone.locator(".message", has_text=words)

    def write(self, text: str) -> Locator:
        self.phone.get_by_role("textbox", name="Message as the customer").fill(text)
        self.page.keyboard.press("Enter")
        expect(self.message(text).last).to_be_visible()
        return self.message(text).last

    def mine(self, words: str) -> Locator:
        return self.phone.locator(".message.right", has_text=words)

    def open_menu(self, message: Locator) -> Locator:
        message.hover()
        message.get_by_role("button", name="Actions for").click()
        return self.page.get_by_role("menu", name="Message", exact=True)

    def choose(self, action: str) -> None:
        """From the menu of the chat."""
        self.phone.get_by_role("button", name="More actions").click()
        self.page.get_by_role("menuitem", name=action, exact=True).click()

    def attach(self, name: str) -> None:
        self.phone.get_by_role("button", name="Attach", exact=True).click()
        self.page.get_by_role("menuitem", name=name).click()

    # --- the business ------------------------------------------------------------------------------------------------

    def send(self, kind: str, content: Mapping[str, Any], **more: Any) -> str:
        """To the customer who is shown; its id."""
        sent = self.call({"to": f"+{self.person.phone}", "type": kind, kind: content, **more})
        return str(sent["messages"][0]["id"])

    def call(self, body: Mapping[str, Any]) -> Any:
        path, headers = f"/v25.0/{PHONE_NUMBER_ID}/messages", {"Authorization": f"Bearer {DEMO_TOKEN}"}
        whole = {"messaging_product": "whatsapp", **body}
        answer = self.whatsapp.app.test_client().post(path, json=whole, headers=headers)
        assert answer.status_code == 200, answer.json
        return answer.json

    def say(self, text: str, **more: Any) -> str:
        return self.send("text", {"body": text}, **more)

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """The messages of this type."""
        values = [change["value"] for one in list(self.news) for entry in one["entry"] for change in entry["changes"]]
        return [message for value in values for message in value.get("messages", []) if message["type"] == kind]

    def hear(self, kind: str) -> dict[str, Any]:
        """The latest message of this type, once there is one."""
        await_until(lambda: bool(self.heard(kind)), self.whatsapp, f"a message of the type {kind}")
        return self.heard(kind)[-1]


@pytest.fixture
def shown(page: Page) -> Iterator[WhatsAppHarness]:
    timeline = LiveTimeline()
    news: list[dict[str, Any]] = []

    def take(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        news.append(json.loads(body))
        return WebhookAnswer(200)

    whatsapp = WhatsApp(timeline, take, Random(1))
    for template in TEMPLATES:
        whatsapp.core.templates.add(**template)
    state = whatsapp.core.state
    app = next(iter(state.apps.values()))
    app.callback, app.fields = Callback(url="https://bridge.test/whatsapp/hook", verify_token="token"), set(FIELDS)
    for account in state.accounts.values():
        account.subscriptions[app.id] = Callback()
    links = FixedLinks()
    links.messengers = [{"id": "whatsapp-demo", "service": "whatsapp", "status": "active", "link": "counter-demo"}]
    services = {"whatsapp": whatsapp, "counter": Counter(timeline, answer_all, Random(1))}
    with Server(whatsapp.app) as api, Server(make_app(services, Trace(), links)) as server:
        whatsapp.base_url = api.url
        page.goto(server.url)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        yield WhatsAppHarness(page, whatsapp, news)
        page.goto("about:blank")
    timeline.close()


def test_words_are_answered_corrected_deleted_and_reacted_to(shown: WhatsAppHarness) -> None:
    shown.write("My order is late")
    seen = {"status": "read", "message_id": shown.hear("text")["id"], "typing_indicator": {"type": "text"}}
    shown.call(seen)
    expect(shown.phone.locator(".typing")).to_contain_text("Patchbay Demo is typing")
    expect(shown.mine("My order is late").get_by_role("img", name="Read")).to_be_visible()
    answered = shown.say("*Maya:*\nWe look into it", context={"message_id": shown.hear("text")["id"]})
    theirs = shown.message("We look into it")
    expect(theirs.locator("strong")).to_have_text("Maya:")
    expect(theirs).not_to_contain_text("*")
    expect(theirs.locator(".quoted")).to_contain_text("My order is late")
    expect(theirs.get_by_role("img", name="Read")).to_be_visible()

    shown.open_menu(theirs).get_by_role("menuitemradio", name="React with 🙏").click()
    assert shown.hear("reaction")["reaction"] == {"message_id": answered, "emoji": "🙏"}
    shown.send("reaction", {"message_id": shown.hear("text")["id"], "emoji": "👍"})
    mine = shown.mine("My order is late")
    expect(mine.get_by_role("button", name="👍 from the business")).to_be_visible()

    shown.choose("The owner answers on the phone")
    expect(shown.message("I am on my way")).to_contain_text("the owner’s phone")
    shown.open_menu(mine).get_by_role("menuitem", name="Edit").click()
    shown.phone.get_by_role("textbox", name="Message as the customer").fill("My order is here")
    shown.page.keyboard.press("Enter")
    corrected = shown.mine("My order is here")
    expect(corrected.locator(".edited")).to_have_text("edited")
    assert shown.hear("edit")["edit"]["message"]["text"]["body"] == "My order is here"
    shown.open_menu(corrected).get_by_role("menuitem", name="Delete").click()
    expect(shown.message("This message was deleted")).to_have_count(1)
    shown.hear("revoke")


def test_buttons_lists_and_links_are_pressed(shown: WhatsAppHarness) -> None:
    shown.write("I need an appointment")
    asked = shown.send("interactive", BUTTONS)
    shown.send("interactive", LIST)
    shown.send("interactive", LINK)
    shown.phone.get_by_role("button", name="11:00").click()
    assert shown.hear("interactive")["context"]["id"] == asked
    row = shown.phone.get_by_role("button", name="Cut 45 min")
    expect(row).to_be_hidden()
    shown.phone.locator("summary", has_text="Open").click()
    row.click()
    await_until(lambda: len(shown.heard("interactive")) == 2, shown.whatsapp, "the row of the list")
    assert shown.heard("interactive")[-1]["interactive"]["list_reply"]["title"] == "Cut"
    expect(shown.phone.get_by_role("link", name="Pay")).to_have_attribute("href", "https://shop.example/pay")


def test_what_is_not_words_is_a_press_away(shown: WhatsAppHarness) -> None:
    for name in ("Sample photo", "Voice note", "Sticker", "Place with an address", "Contact card"):
        shown.attach(name)
    expect(shown.phone.locator(".bubble.as-photo img")).to_be_visible()
    expect(shown.phone.locator(".bubble.as-sticker img")).to_be_visible()
    expect(shown.phone.get_by_role("button", name="Play the voice note, 0:02")).to_be_visible()
    expect(shown.message("Café Central").locator(".location")).to_be_visible()
    expect(shown.message("Maria Petrova")).to_contain_text("+359881234567")


def test_after_the_window_only_templates_come(shown: WhatsAppHarness, artifacts: Path) -> None:
    page, line = shown.page, shown.phone.locator(".window-line")
    page.emulate_media(reduced_motion="reduce")
    expect(line).to_contain_text("Closed: the business may send only templates")
    shown.write("Hello")
    expect(line).to_contain_text("The business may answer freely for 23 h 59 min")
    shown.person.entry_until = shown.whatsapp.timeline.now() + timedelta(hours=71, seconds=90)
    shown.write("From your advertisement")
    expect(line).to_contain_text("for 71 h 1 min (an ad)")
    line.get_by_role("button", name="24 hours later").click()
    expect(line).to_contain_text("Closed: the business may send only templates")

    values = [
        {"type": "text", "parameter_name": name, "text": text} for name, text in (("name", "Maya"), ("day", "Friday"))
    ]
    components = [{"type": "body", "parameters": values}]
    sent = shown.send("template", {"name": "visit_reminder", "language": {"code": "en"}, "components": components})
    reminder = shown.message("Hello Maya, we come on Friday")
    expect(reminder.locator(".choice")).to_have_text(["Yes", "Another day", "All times"])
    assert find_barriers(page) == []
    page.screenshot(path=artifacts / "whatsapp-closed.png")
    reminder.get_by_role("button", name="Another day").click()
    assert shown.hear("button")["context"]["id"] == sent
    expect(line).to_contain_text("freely for")


def test_the_business_learns_what_people_decide(shown: WhatsAppHarness) -> None:
    head = shown.phone.locator(".phone-head")
    shown.write("Hello")
    expect(head).to_contain_text(f"Maya Chen’s phone, +{shown.person.phone}")
    shown.choose("Hide the number")
    expect(head).to_contain_text("@maya.chen, number hidden")
    old = shown.person.user_id
    shown.choose("Change the number")
    assert shown.hear("system")["from_user_id"] == old
    shown.choose("Let the number come and go")
    expect(head).to_contain_text("comes and goes")
    shown.choose("Stop marketing")
    shown.choose("Resume marketing")
    shown.choose("Go offline")
    shown.say("Are you there?")
    expect(shown.message("Are you there?").get_by_role("img", name="Sent")).to_be_visible()
    shown.choose("Go online")
    expect(shown.message("Are you there?").get_by_role("img", name="Read")).to_be_visible()
    shown.choose("Block the business")
    expect(shown.phone.locator(".banner")).to_contain_text("Blocked")


def test_templates_are_reviewed_on_the_page(shown: WhatsAppHarness) -> None:
    shown.choose("Templates")
    panel = shown.page.get_by_role("dialog", name="Templates of the business")
    expect(panel.get_by_role("listitem")).to_have_count(3)
    panel.get_by_role("button", name="Pause visit_reminder").click()
    expect(panel.get_by_role("listitem").first).to_contain_text("utility · paused")
    panel.get_by_role("button", name="Add an approved template").click()
    expect(panel.get_by_role("listitem").last).to_contain_text("order_ready")
    assert find_barriers(shown.page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_talk_has_no_barriers_and_fits_a_small_screen(shown: WhatsAppHarness, artifacts: Path, theme: str) -> None:
    page, whatsapp = shown.page, shown.whatsapp
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    me = {"person": shown.person.id}
    photo = {"name": "lamp.png", "content_type": "image/png", "data": b64encode(draw_png()).decode()}
    whatsapp.act("write", {**me, "text": "Hi! My lamp arrived broken 💔"})
    whatsapp.act("send_file", {**me, **photo, "caption": "It looks like *this*"})
    whatsapp.act("send_voice", me)
    shown.say("*Maya:*\nOh no, sorry! When shall we come?")
    shown.send("interactive", LIST)
    shown.send("interactive", BUTTONS)
    shown.phone.locator("summary").click()
    expect(shown.phone.get_by_role("button", name="11:00")).to_be_visible()
    assert find_barriers(page) == []
    page.screenshot(path=artifacts / f"whatsapp-{theme}.png")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    assert find_barriers(page) == []
