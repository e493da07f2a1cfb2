"""Telegram's phone on the page: what the bot does is seen there, and what people do reaches the bot."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.live import LiveTimeline, Server
from playground.page_server import make_app
from playground.services.telegram import DEMO_TOKEN, Telegram
from playground.simulator import WebhookAnswer
from playground.trace import Trace
from tests.browser.webchat_harness import draw_png, find_barriers
from tests.e2e.test_many_conversations import await_until
from tests.harness.links import FixedLinks
from tests.harness.tiny import Counter, answer_all

pytestmark = pytest.mark.browser

KINDS = ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction"]
KINDS += ["business_connection", "business_message", "deleted_business_messages"]
QUESTION = "When shall we come?"
KEYBOARD = {
    "inline_keyboard": [
        [{"text": "10:30", "callback_data": "slot-1030"}, {"text": "12:00", "callback_data": "slot-1200"}],
        [{"text": "All times", "url": "https://shop.example/times"}],
    ]
}


@dataclass
class PhoneHarness:
    """The page with Telegram's phone, and in place of our side a bot."""

    page: Page
    telegram: Telegram
    updates: list[dict[str, Any]] = field(default_factory=list)

    @property
    def phone(self) -> Locator:
        return self.page.locator(".phone")

    @property
    def box(self) -> Locator:
        return self.phone.get_by_role("textbox", name="Message as the customer")

    def message(self, words: str) -> Locator:
        return self.phone.locator(".message", has_text=words)

    def write(self, text: str) -> Locator:
        self.box.fill(text)
        self.page.keyboard.press("Enter")
        expect(self.message(text).last).to_be_visible()
        return self.message(text).last

    def open_menu(self, words: str) -> Locator:
        message = self.message(words).last
        message.hover()
        message.get_by_role("button", name="Actions for").click()
        return self.page.get_by_role("menu", name="Message", exact=True)

    def choose(self, action: str) -> None:
        """From the menu of the chat."""
        self.phone.get_by_role("button", name="More actions").click()
        self.page.get_by_role("menuitem", name=action, exact=True).click()

    # --- the bot -----------------------------------------------------------------------------------------------------

    def call(self, method: str, **values: Any) -> Any:
        answer: Any = self.telegram.app.test_client().post(f"/bot{DEMO_TOKEN}/{method}", json=values).json
        assert answer["ok"], answer
        return answer["result"]

    def say(self, text: str, **more: Any) -> Any:
        """A message to the customer who is shown; its id."""
        return self.call("sendMessage", chat_id=self.customer, text=text, **more)["message_id"]

    @property
    def customer(self) -> int:
        return next(iter(self.telegram.people))

    def hear(self, kind: str) -> dict[str, Any]:
        """The latest update of a kind, once there is one."""
        await_until(lambda: bool(self.heard(kind)), self.telegram, f"an update of the kind {kind}")
        return self.heard(kind)[-1]

    def heard(self, kind: str) -> list[dict[str, Any]]:
        return [update[kind] for update in list(self.updates) if kind in update]


@pytest.fixture
def shown(page: Page) -> Iterator[PhoneHarness]:
    timeline = LiveTimeline()
    updates: list[dict[str, Any]] = []

    def take(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        updates.append(json.loads(body))
        return WebhookAnswer(200)

    telegram = Telegram(timeline, take, Random(1))
    links = FixedLinks()
    links.messengers = [{"id": "telegram-demo", "service": "telegram", "status": "active", "link": "counter-demo"}]
    services = {"telegram": telegram, "counter": Counter(timeline, answer_all, Random(1))}
    with Server(telegram.app) as api, Server(make_app(services, Trace(), links)) as server:
        telegram.base_url = api.url
        harness = PhoneHarness(page, telegram, updates)
        harness.call("setWebhook", url="https://bridge.test/telegram/hook", allowed_updates=KINDS)
        page.goto(server.url)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        yield harness
        page.goto("about:blank")
    timeline.close()


def test_a_chat_is_started_and_words_are_answered_corrected_and_deleted(shown: PhoneHarness) -> None:
    shown.phone.get_by_role("button", name="Start", exact=True).click()
    expect(shown.message("/start")).to_be_visible()
    shown.say("<b>Maya</b>\nHow can we <i>help</i>?", parse_mode="HTML")
    expect(shown.message("How can we").locator("strong")).to_have_text("Maya")

    shown.open_menu("How can we").get_by_role("menuitem", name="Answer").click()
    expect(shown.phone.locator(".draft")).to_contain_text("Answer to Patchbay Demo")
    mine = shown.write("My order is late")
    expect(mine.locator(".quoted")).to_contain_text("How can we help?")
    expect(shown.phone.locator(".draft")).to_be_hidden()
    assert "How can we" in shown.hear("message")["reply_to_message"]["text"]

    shown.open_menu("My order is late").get_by_role("menuitem", name="Edit").click()
    expect(shown.box).to_have_value("My order is late")
    shown.box.fill("My order is here")
    shown.page.keyboard.press("Enter")
    expect(shown.message("My order is here").locator(".edited")).to_have_text("edited")
    assert shown.hear("edited_message")["text"] == "My order is here"
    shown.open_menu("My order is here").get_by_role("menuitem", name="Delete").click()
    expect(shown.message("My order is here")).to_have_count(0)


def test_escape_gives_an_answer_or_a_correction_up(shown: PhoneHarness) -> None:
    shown.write("Hello")
    shown.open_menu("Hello").get_by_role("menuitem", name="Edit").click()
    shown.page.keyboard.press("Escape")
    expect(shown.box).to_have_value("")
    expect(shown.phone.locator(".draft")).to_be_hidden()
    shown.write("And another thing")
    expect(shown.phone.locator(".message")).to_have_count(2)


def test_both_sides_react(shown: PhoneHarness) -> None:
    shown.write("Thank you!")
    sent = shown.say("You are welcome")
    written = shown.hear("message")["message_id"]
    emoji = [{"type": "emoji", "emoji": "❤"}]
    shown.call("setMessageReaction", chat_id=shown.customer, message_id=written, reaction=emoji)
    expect(shown.message("Thank you!").get_by_role("button", name="from the business")).to_be_visible()

    shown.open_menu("You are welcome").get_by_role("menuitemradio", name="React with 🎉").click()
    mine = shown.message("You are welcome").get_by_role("button", name="🎉 from you")
    expect(mine).to_have_attribute("aria-pressed", "true")
    assert shown.hear("message_reaction")["message_id"] == sent
    mine.click()
    expect(mine).to_have_count(0)


def test_a_button_waits_until_the_bot_answers(shown: PhoneHarness) -> None:
    shown.write("I need an appointment")
    shown.say(QUESTION, reply_markup=KEYBOARD)
    keys = shown.message(QUESTION).locator(".choice")
    expect(keys).to_have_text(["10:30", "12:00", "All times"])
    expect(keys.last).to_have_attribute("href", "https://shop.example/times")
    keys.nth(1).focus()
    shown.page.keyboard.press("Enter")
    expect(keys.nth(1)).to_have_attribute("aria-busy", "true")
    expect(keys.nth(1)).to_be_focused()
    query = shown.hear("callback_query")
    assert query["data"] == "slot-1200"
    shown.call("answerCallbackQuery", callback_query_id=query["id"], text="Noted")
    expect(keys.nth(1)).not_to_have_attribute("aria-busy", "true")
    expect(shown.phone.locator(".system")).to_have_text("Noted")


def test_voice_notes_stickers_albums_and_places_are_a_press_away(shown: PhoneHarness) -> None:
    for choice in ("Voice note", "Sticker", "Album of photos", "Place with an address", "Contact card"):
        shown.phone.get_by_role("button", name="Attach", exact=True).click()
        shown.page.get_by_role("menuitem", name=choice).click()
    expect(shown.phone.locator(".bubble.as-sticker img")).to_have_attribute("alt", "😀")
    expect(shown.phone.locator(".bubble.as-photo")).to_have_count(2)
    expect(shown.phone.locator(".message.joins")).to_have_count(1)
    expect(shown.message("Café Central").locator(".location")).to_be_visible()
    note = shown.phone.get_by_role("button", name="Play the voice note, 0:02")
    note.click()
    expect(shown.phone.get_by_role("button", name="Pause the voice note")).to_be_visible()
    expect(note).to_be_visible(timeout=10_000)  # it was played to its end


def test_a_group_has_members_topics_and_the_bot(shown: PhoneHarness, artifacts: Path) -> None:
    page, phone = shown.page, shown.phone
    page.emulate_media(reduced_motion="reduce")
    shown.choose("New group with topics")
    expect(phone.locator(".phone-head")).to_contain_text("1 person and the bot")
    assert shown.hear("my_chat_member")["chat"]["is_forum"]
    shown.choose("Add Tomás Oliveira")
    shown.choose("Make the bot an administrator")
    shown.choose("New topic")
    topics = page.get_by_role("tablist", name="Topics").get_by_role("tab")
    expect(topics).to_have_text(["General", "Deliveries"])
    expect(topics.last).to_have_attribute("aria-selected", "true")
    mine = shown.write("When do you come?")
    asked = shown.hear("message")
    assert (asked["text"], asked["is_topic_message"]) == ("When do you come?", True)

    page.get_by_role("tab", name="Tomás").click()
    page.get_by_role("tab", name="Residents").click()
    expect(phone.locator(".message")).to_have_count(0)
    topics.last.focus()
    page.keyboard.press("Enter")
    expect(mine).to_have_class(re.compile(r"\bleft\b"))
    expect(mine).to_contain_text("Maya")
    where = {"chat_id": asked["chat"]["id"], "message_thread_id": asked["message_thread_id"]}
    shown.call("sendChatAction", **where, action="typing")
    expect(phone.locator(".typing")).to_contain_text("Patchbay Demo is typing")
    answer = {"reply_parameters": {"message_id": asked["message_id"]}, "reply_markup": KEYBOARD}
    shown.call("sendMessage", **where, text="On Friday", **answer)
    expect(shown.message("On Friday").locator(".quoted")).to_contain_text("Maya")
    shown.open_menu("On Friday").get_by_role("menuitemradio", name="React with 👍").click()
    assert shown.hear("message_reaction")["user"]["first_name"] == "Tomás"
    shown.message("On Friday").locator(".choice").first.click()
    assert shown.hear("callback_query")["message"]["message_thread_id"] == where["message_thread_id"]
    assert find_barriers(page) == []
    page.screenshot(path=artifacts / "telegram-group.png")

    page.get_by_role("tab", name="Maya").click()
    expect(shown.message("On Friday").get_by_role("button", name="👍 from Tomás Oliveira")).to_be_visible()
    page.get_by_role("tab", name="Patchbay Demo").click()
    expect(phone.locator(".empty-state")).to_be_visible()


def test_a_person_lets_the_bot_answer_in_their_own_account(shown: PhoneHarness) -> None:
    page, phone = shown.page, shown.phone
    shown.choose("Let the bot answer in my account")
    connection = shown.hear("business_connection")
    assert connection["rights"]["can_reply"]

    page.get_by_role("tab", name="Tomás").click()
    shown.choose("Write to Maya Chen’s account")
    expect(page.get_by_role("tab", name="Maya Chen, Tomás Oliveira")).to_have_attribute("aria-selected", "true")
    shown.write("Open today?")
    asked = shown.hear("business_message")
    where = {"business_connection_id": asked["business_connection_id"], "chat_id": asked["chat"]["id"]}
    assert where["business_connection_id"] == connection["id"]
    shown.call("sendMessage", **where, text="Until six", reply_markup=KEYBOARD)
    expect(shown.message("Until six")).to_have_class(re.compile(r"\bleft\b"))
    shown.message("Until six").locator(".choice").first.click()
    assert shown.hear("callback_query")["message"]["business_connection_id"] == connection["id"]

    page.get_by_role("tab", name="Maya").first.click()
    page.get_by_role("tab", name="Maya Chen, Tomás Oliveira").click()
    expect(shown.message("Until six")).to_have_class(re.compile(r"\bright\b"))
    mine = shown.write("Or seven")
    await_until(lambda: shown.heard("business_message")[-1]["text"] == "Or seven", shown.telegram, "the owner's words")
    shown.open_menu("Or seven").get_by_role("menuitem", name="Delete").click()
    expect(mine).to_have_count(0)
    assert len(shown.hear("deleted_business_messages")["message_ids"]) == 1
    shown.choose("Remove the bot from my account")
    await_until(lambda: len(shown.heard("business_connection")) == 2, shown.telegram, "the end of the connection")
    expect(phone.locator(".phone-head")).to_contain_text("Maya Chen, Tomás Oliveira")


def test_a_bot_is_removed_from_a_group_that_became_a_supergroup(shown: PhoneHarness) -> None:
    shown.choose("New group")
    before = shown.hear("my_chat_member")["chat"]["id"]
    shown.choose("Make it a supergroup")
    expect(shown.phone.locator(".system").last).to_contain_text("This supergroup was a group")
    expect(shown.page.get_by_role("tablist", name="Chats").get_by_role("tab")).to_have_count(2)
    shown.choose("Remove the bot")
    expect(shown.phone.locator(".system").last).to_contain_text("left the group")
    await_until(lambda: len(shown.heard("my_chat_member")) == 2, shown.telegram, "the bot's removal")
    assert shown.heard("my_chat_member")[-1]["chat"]["id"] != before


def test_the_bot_is_seen_typing_and_can_be_blocked(shown: PhoneHarness) -> None:
    shown.write("Hello")
    shown.call("sendChatAction", chat_id=shown.customer, action="typing")
    expect(shown.phone.locator(".typing")).to_contain_text("Patchbay Demo is typing")
    shown.phone.get_by_role("button", name="More actions").click()
    shown.page.get_by_role("menuitem", name="Block the business").click()
    expect(shown.phone.locator(".banner")).to_contain_text("Blocked: the business cannot write here.")
    assert shown.hear("my_chat_member")["new_chat_member"]["status"] == "kicked"
    shown.phone.get_by_role("button", name="Unblock").click()
    expect(shown.phone.locator(".banner")).to_be_hidden()


def test_the_menu_of_a_message_works_with_the_keyboard(shown: PhoneHarness) -> None:
    shown.write("Hello")
    shown.message("Hello").get_by_role("button", name="Actions for").focus()
    shown.page.keyboard.press("Enter")
    expect(shown.page.get_by_role("menuitemradio", name="React with ❤️")).to_be_focused()
    shown.page.keyboard.press("ArrowRight")
    expect(shown.page.get_by_role("menuitemradio", name="React with 👍")).to_be_focused()
    shown.page.keyboard.press("Enter")
    expect(shown.phone.get_by_role("button", name="👍 from you")).to_be_visible()
    expect(shown.message("Hello").get_by_role("button", name="Actions for")).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_talk_has_no_barriers_and_fits_a_small_screen(shown: PhoneHarness, artifacts: Path, theme: str) -> None:
    page = shown.page
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    show_everything(shown)
    assert find_barriers(page) == []
    page.screenshot(path=artifacts / f"telegram-{theme}.png")
    shown.open_menu("Friday suits me")
    assert find_barriers(page) == []
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    shown.open_menu("Friday suits me").get_by_role("menuitem", name="Answer").click()
    page.screenshot(path=artifacts / f"telegram-narrow-{theme}.png")
    assert find_barriers(page) == []


def show_everything(shown: PhoneHarness) -> None:
    """A talk with all that the phone can show."""
    telegram, person = shown.telegram, shown.customer
    me = {"person": str(person)}
    telegram.act("write", {**me, "text": "Hi! My lamp arrived broken 💔"})
    telegram.act("send_file", {**me, **picture(), "caption": "It looks like this"})
    asked = shown.say("<b>Maya</b>\nOh no, sorry! Shall we bring a new one?", parse_mode="HTML", reply_markup=KEYBOARD)
    shown.call("setMessageReaction", chat_id=person, message_id=asked - 1, reaction=[{"type": "emoji", "emoji": "😢"}])
    answer = telegram.act("write", {**me, "text": "Friday suits me", "reply_to": str(asked)})["message"]
    telegram.act("edit", {**me, "message": str(answer), "text": "Friday suits me best"})
    telegram.act("react", {**me, "message": str(asked), "emoji": "❤️"})
    telegram.act("send_voice", {**me, "reply_to": str(asked)})
    telegram.act("send_sticker", {**me, "emoji": "😀"})
    shown.say("See you then", reply_parameters={"message_id": int(str(answer))})
    shown.call("sendChatAction", chat_id=person, action="typing")
    expect(shown.message("See you then")).to_be_visible()
    expect(shown.phone.locator(".bubble.as-sticker img")).to_be_visible()


def picture() -> dict[str, str]:
    return {"name": "lamp.png", "content_type": "image/png", "data": b64encode(draw_png()).decode()}
