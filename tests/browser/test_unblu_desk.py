"""The page on the simulated Unblu: its desk has more types of messages, a queue, a switch and warnings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.live import LiveTimeline, Server
from playground.page_server import make_app
from playground.services.unblu import DEMO_AGENT, OTHER_AGENT
from playground.simulator import WebhookAnswer
from playground.trace import Trace
from tests.harness.links import FixedLinks
from tests.harness.tiny import make_tiny_world
from tests.harness.unblu import Chat, UnbluHarness, make_harness, reply_post

pytestmark = pytest.mark.browser

CONTACT = "outbound.external_messenger.create_contact"


@dataclass(frozen=True)
class UnbluDeskHarness:
    """`chat` is on a channel that lets agents start chats. Time stands still until `settle` is called."""

    page: Page
    harness: UnbluHarness
    chat: Chat

    @property
    def desk(self) -> Locator:
        return self.page.locator(".desk")

    @property
    def last(self) -> Locator:
        return self.desk.locator(".message").last

    def choose_mode(self, name: str) -> None:
        self.desk.get_by_role("button", name="Questions and cards").click()
        self.page.get_by_role("menuitem", name=name).click()
        expect(self.desk.get_by_role("radio", name=name)).to_be_checked()

    def when_done(self, action: str, do: Callable[[], object]) -> None:
        with self.page.expect_response(f"**/api/act/unblu/{action}"):
            do()

    def send(self, mode: str, name: str, text: str) -> None:
        self.desk.get_by_role("textbox", name=name, exact=True).fill(text)
        self.when_done(mode, lambda: self.page.keyboard.press("Enter"))
        self.harness.time.settle()


@pytest.fixture
def shown(page: Page) -> Iterator[UnbluDeskHarness]:
    harness = make_harness()
    fields = {"outboundSupported": True, "contactIdentifierFieldType": "PHONE_NUMBER"}
    chat = harness.chat(channel=harness.channel(name="Messengers", **fields))
    chat.send("Hello, is the red one in stock?")
    harness.take_webhooks()
    timeline, links = LiveTimeline(), FixedLinks()
    pigeon, _ = make_tiny_world(timeline, Random(1))
    links.platforms = [{"id": "unblu-demo", "service": "unblu", "status": "active"}]
    links.messengers[0]["link"] = "unblu-demo"
    with Server(make_app({"pigeon": pigeon, "unblu": harness.unblu}, Trace(), links)) as server:
        page.goto(server.url)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        expect(page.locator(".desk .message.customer")).to_be_visible()
        yield UnbluDeskHarness(page, harness, chat)
        page.goto("about:blank")
    timeline.close()


# --- kinds of messages -----------------------------------------------------------------------------------------------


def test_questions_and_cards_are_in_a_menu_for_the_keyboard_too(shown: UnbluDeskHarness) -> None:
    page, radios = shown.page, shown.desk.get_by_role("radio")
    usual = ["Reply", "Quick replies", "Note"]
    kinds = shown.desk.locator(".modes").get_by_role("radio")
    expect(kinds).to_have_text(usual)
    shown.desk.get_by_role("button", name="Questions and cards").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem")).to_have_text(["Multiple choice", "Rating", "Text question", "Card"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(kinds).to_have_text([*usual, "Rating"])
    expect(shown.desk.get_by_role("textbox", name="Rating question")).to_be_focused()
    radios.filter(has_text="Reply").first.click()
    expect(kinds).to_have_text(usual)


def test_an_answer_shows_which_message_it_answers(shown: UnbluDeskHarness) -> None:
    asked = shown.desk.locator(".message.customer")
    asked.hover()
    asked.get_by_role("button", name="Actions for").click()
    shown.page.get_by_role("menuitem", name="Answer").click()
    expect(shown.desk.locator(".draft")).to_contain_text("is the red one in stock?")
    shown.send("reply", "Reply", "It is")
    expect(shown.last.locator(".quoted")).to_contain_text("Hello, is the red one in stock?")
    expect(shown.desk.locator(".draft")).to_be_hidden()
    [said] = [one["conversationMessage"] for one in shown.harness.take_bodies("new_message")]
    assert said["replyToMessageId"] == asked.get_attribute("data-id")


def test_a_choice_waits_and_then_shows_what_was_chosen(shown: UnbluDeskHarness) -> None:
    shown.choose_mode("Multiple choice")
    shown.desk.get_by_label("Add an answer to choose").fill("Night")
    shown.send("multiple_choice", "Multiple-choice question", "When shall we come?")
    [question] = [one["conversationMessage"] for one in shown.harness.take_bodies("new_message")]
    assert [one["label"] for one in question["options"]] == ["Morning", "Afternoon", "Evening", "Night"]
    expect(shown.last.locator(".question")).to_contain_text("Waiting for an answer")
    shown.chat.send(reply_post(question["id"], "evening"))
    asked = shown.desk.locator(".message.agent")
    expect(asked.locator(".question")).to_have_text("Answered: Evening")
    expect(asked.locator(".picked")).to_have_text("Evening")
    expect(asked.get_by_role("button", name="Withdraw")).to_have_count(0)
    expect(shown.desk.locator(".message.customer").last).to_contain_text("Evening")


def test_a_choice_without_answers_is_not_asked(shown: UnbluDeskHarness) -> None:
    shown.choose_mode("Multiple choice")
    for answer in ("Morning", "Afternoon", "Evening"):
        shown.desk.get_by_role("button", name=f"Remove the answer {answer}").click()
    box = shown.desk.get_by_role("textbox", name="Multiple-choice question")
    box.fill("When?")
    shown.page.keyboard.press("Enter")
    expect(shown.desk.get_by_label("Add an answer to choose")).to_be_focused()
    expect(box).to_have_value("When?")
    expect(shown.desk.locator(".message.agent")).to_have_count(0)


def test_a_rating_can_be_declined(shown: UnbluDeskHarness) -> None:
    shown.choose_mode("Rating")
    shown.desk.get_by_label("Label of the decline button").fill("Not now")
    shown.send("rating", "Rating question", "How was it?")
    [question] = [one["conversationMessage"] for one in shown.harness.take_bodies("new_message")]
    assert (question["declineLabel"], len(question["options"])) == ("Not now", 5)
    expect(shown.last.locator(".choice")).to_have_text(["★", "★★", "★★★", "★★★★", "★★★★★", "Not now"])
    shown.chat.send(reply_post(question["id"], "declined"))
    expect(shown.desk.locator(".message.agent .question")).to_have_text("Answered: Not now")


def test_a_question_is_withdrawn(shown: UnbluDeskHarness) -> None:
    shown.choose_mode("Text question")
    shown.send("text_question", "Text question", "Your order number?")
    shown.when_done("abort_question", lambda: shown.last.get_by_role("button", name="Withdraw").click())
    expect(shown.desk.locator(".question")).to_have_text("Withdrawn")
    expect(shown.desk.locator(".system")).to_contain_text("Question withdrawn")
    last = shown.harness.take_bodies("new_message")[-1]
    assert last["conversationMessage"]["type"] == "QUESTION_ABORTED"


def test_a_card_needs_a_title_and_shows_its_delivery_state(shown: UnbluDeskHarness) -> None:
    shown.choose_mode("Card")
    box = shown.desk.get_by_role("textbox", name="Text of the card")
    box.fill("Leather, 59 €")
    shown.page.keyboard.press("Enter")
    title = shown.desk.get_by_role("textbox", name="Card title")
    expect(title).to_be_focused()
    expect(box).to_have_value("Leather, 59 €")
    title.fill("Red shoes")
    box.focus()
    shown.when_done("card", lambda: shown.page.keyboard.press("Enter"))
    expect(title).to_have_value("")
    expect(shown.last.locator(".rich-card")).to_contain_text("Red shoes")
    expect(shown.last.locator(".rich-card .choice")).to_have_text("Tell me more")
    expect(shown.last.locator(".ticks")).to_have_attribute("aria-label", "Pending")
    [sent_message] = shown.harness.take_bodies("new_message")
    shown.chat.report("messageDelivered", sent_message["conversationMessage"]["id"])
    expect(shown.last.locator(".ticks")).to_have_attribute("aria-label", "Delivered")


# --- what becomes of messages ----------------------------------------------------------------------------------------


def test_a_reply_goes_from_pending_to_read(shown: UnbluDeskHarness) -> None:
    shown.send("reply", "Reply", "It is")
    [sent_message] = shown.harness.take_bodies("new_message")
    ticks = shown.last.locator(".ticks")
    expect(ticks).to_have_attribute("aria-label", "Pending")
    for call, words in (("messageSentSuccessfully", "Sent"), ("messageRead", "Read")):
        shown.chat.report(call, sent_message["conversationMessage"]["id"])
        expect(ticks).to_have_attribute("aria-label", words)


@pytest.mark.parametrize("state", ["RETRYABLE", "TERMINAL"])
def test_a_failure_says_why_and_a_transient_one_can_be_sent_again(shown: UnbluDeskHarness, state: str) -> None:
    shown.send("reply", "Reply", "It is")
    [sent_message] = shown.harness.take_bodies("new_message")
    failure = {"failState": state, "failureText": "Viber cannot be reached"}
    shown.chat.report("messageSendFailed", sent_message["conversationMessage"]["id"], **failure)
    expect(shown.last.locator(".failure")).to_have_text("Not delivered: Viber cannot be reached")
    retry = shown.last.get_by_role("button", name="Retry")
    expect(retry).to_have_count(1 if state == "RETRYABLE" else 0)
    if state == "RETRYABLE":
        shown.when_done("resend", retry.click)
        expect(shown.last.locator(".failure")).to_have_count(0)
        [again] = shown.harness.take_bodies("new_message")
        assert again["conversationMessage"]["id"] == sent_message["conversationMessage"]["id"]


# --- conversations and agents ----------------------------------------------------------------------------------------


def test_a_conversation_waits_in_the_queue_until_an_agent_takes_it(shown: UnbluDeskHarness) -> None:
    head = shown.desk.locator(".thread-head")
    expect(shown.desk.locator(".entry")).to_contain_text("Queued")
    expect(shown.desk.locator(".list-foot")).to_have_text("1 queued · 0 open · 0 ended")
    expect(head).to_contain_text("queued · unassigned · Customer care")
    shown.desk.get_by_role("button", name="Assign to me").click()
    expect(head).to_contain_text("active · with Carla Rossi · Customer care")
    expect(shown.desk.locator(".queued")).to_have_count(0)
    expect(shown.desk.locator(".list-foot")).to_have_text("1 open · 0 ended")


def test_an_ended_conversation_is_not_written_to_again(shown: UnbluDeskHarness) -> None:
    shown.harness.unblu.text_question(shown.chat.id, DEMO_AGENT, "Your order number?")
    expect(shown.desk.get_by_role("button", name="Withdraw")).to_be_visible()
    shown.desk.get_by_role("button", name="End", exact=True).click()
    expect(shown.desk.get_by_text("This conversation has ended")).to_be_visible()
    for name in ("Reopen", "End", "Assign to me", "Withdraw"):
        expect(shown.desk.get_by_role("button", name=name, exact=True)).to_have_count(0)
    expect(shown.desk.get_by_role("textbox", name="Reply")).to_have_count(0)
    expect(shown.desk.locator(".list-foot")).to_have_text("0 open · 1 ended")


def test_each_agent_goes_offline_separately(shown: UnbluDeskHarness) -> None:
    online, notices = shown.desk.get_by_role("switch", name="Online"), shown.desk.locator(".notices")
    expect(online).to_be_checked()
    online.focus()
    shown.page.keyboard.press("Space")
    you = shown.desk.get_by_label("Agent", exact=True)
    expect(online).not_to_be_checked()
    expect(notices).not_to_contain_text("No agent is online")
    you.select_option(OTHER_AGENT)
    expect(online).to_be_checked()
    expect(you.locator("option")).to_have_text(["Carla Rossi (offline)", "Diego Lindqvist"])
    shown.when_done("online", online.uncheck)
    expect(notices).to_contain_text("No agent is online. Chats that need an agent immediately are refused.")


# --- the line on top -------------------------------------------------------------------------------------------------


def test_the_generation_is_switched_with_keys_and_with_the_mouse(shown: UnbluDeskHarness) -> None:
    group = shown.desk.get_by_role("group", name="API")
    expect(group.get_by_role("radio", name="v4 (Unblu 8)")).to_be_checked()
    group.get_by_role("radio", name="v4").focus()
    shown.when_done("generation", lambda: shown.page.keyboard.press("ArrowRight"))
    expect(group.get_by_role("radio", name="v3 (Unblu 6 and 7)")).to_be_checked()
    expect(shown.desk.get_by_role("button", name="Start a chat")).to_have_count(0)
    generations: list[str] = [shown.harness.unblu.generation]
    shown.when_done("generation", group.get_by_role("radio", name="v4").check)
    expect(shown.desk.get_by_role("button", name="Start a chat")).to_be_visible()
    assert [*generations, shown.harness.unblu.generation] == ["v3", "v4"]


def test_a_channel_that_is_switched_off_is_a_warning(shown: UnbluDeskHarness) -> None:
    bar, notices = shown.desk.get_by_role("list", name="Channels"), shown.desk.locator(".notices")
    expect(bar).to_have_text("Messengers active")
    expect(notices.locator(".notice:visible")).to_have_count(0)
    shown.harness.our_side.answers += [WebhookAnswer(500)] * 6
    shown.send("reply", "Reply", "It is")
    shown.harness.take_webhooks()
    expect(bar).to_have_text("Messengers inactive, unavailable")
    expect(notices).to_contain_text("INACTIVE_UNAVAILABLE")
    expect(shown.last.locator(".failure")).to_contain_text("The messenger did not take the message")


def test_problems_can_be_read_and_dismissed(shown: UnbluDeskHarness) -> None:
    summary = shown.desk.locator(".complaints summary")
    dismiss = shown.desk.get_by_role("button", name="Dismiss the problems")
    for number in range(6):
        shown.harness.unblu.complaints.append(f"the answer is not signed ({number})")
    expect(summary).to_contain_text("Unblu found 6 problems in our responses")
    expect(summary).to_contain_text("the answer is not signed (5)")
    summary.press("Enter")
    expect(shown.desk.locator(".complaints li")).to_have_text(
        [f"the answer is not signed ({n})" for n in range(5, 0, -1)]
    )
    dismiss.click()
    expect(summary).to_be_hidden()
    shown.harness.unblu.complaints.append("the answer came too late")
    expect(summary).to_contain_text("the answer came too late")


# --- agents write first ----------------------------------------------------------------------------------------------


def begin(shown: UnbluDeskHarness) -> Locator:
    shown.desk.get_by_role("button", name="Start a chat").click()
    dialog = shown.page.get_by_role("dialog", name="Start a chat")
    expect(dialog.get_by_label("Phone number")).to_be_focused()
    dialog.get_by_label("Phone number").fill("+4915112345678")
    dialog.get_by_label("Name").fill("Ann")
    dialog.get_by_label("First message").fill("Good morning, your order has come.")
    dialog.get_by_role("button", name="Send and start").click()
    return dialog


def test_a_started_chat_is_opened(shown: UnbluDeskHarness) -> None:
    dialog = begin(shown)
    expect(dialog).to_be_hidden()
    expect(shown.desk.locator(".entry")).to_have_count(2)
    expect(shown.desk.locator(".message")).to_have_count(1)
    expect(shown.last).to_contain_text("Good morning, your order has come.")
    expect(shown.desk.locator(".thread-head")).to_contain_text("active · with Carla Rossi")


def test_the_agent_reads_in_the_dialog_why_a_chat_is_refused(shown: UnbluDeskHarness) -> None:
    kind, model = "INVALID_CONTACT_IDENTIFIER", "ExternalMessengerCreateContactInvalidContactIdentifierResponse"
    shown.harness.our_side.replies[CONTACT] = {
        "$_type": model,
        "type": kind,
        "errorText": "Viber lets only customers write first.",
    }
    dialog = begin(shown)
    expect(dialog.get_by_role("alert")).to_have_text("Viber lets only customers write first.")
    expect(dialog.get_by_label("First message")).to_have_value("Good morning, your order has come.")
    expect(shown.desk.locator(".entry")).to_have_count(1)
    shown.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(shown.desk.get_by_role("button", name="Start a chat")).to_be_focused()


# --- how it looks ----------------------------------------------------------------------------------------------------


def fill_desk(shown: UnbluDeskHarness) -> None:
    unblu, chat = shown.harness.unblu, shown.chat
    unblu.send_file(chat.id, DEMO_AGENT, "price list.pdf", "application/pdf", b"%PDF" * 4000, "Our prices")
    unblu.card(chat.id, DEMO_AGENT, "Red shoes", "Leather, 59 €", replies=[("Tell me more", "Tell me more")])
    choice = unblu.multiple_choice(chat.id, DEMO_AGENT, "When shall we come?", [("Morning", "am"), ("Evening", "pm")])
    unblu.internal_note(chat.id, DEMO_AGENT, "A regular")
    unblu.rating(chat.id, DEMO_AGENT, "How did we do?", [("★" * n, str(n)) for n in range(1, 6)], "Not now")
    shown.harness.our_side.answers += [WebhookAnswer(0)] * 12
    late = unblu.reply(chat.id, DEMO_AGENT, "We close at six today.")
    shown.harness.take_webhooks()
    chat.send(reply_post(choice, "pm"))
    shown.harness.chat("viber:ben", channel=chat.channel).send("Good evening")
    unblu.set_online(OTHER_AGENT, False)
    expect(shown.desk.locator(f'[data-id="{late}"] .failure')).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_desk_fits_wide_and_narrow_screens(shown: UnbluDeskHarness, artifacts: Path, theme: str) -> None:
    page = shown.page
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    fill_desk(shown)
    shown.choose_mode("Multiple choice")
    page.screenshot(path=artifacts / f"unblu-{theme}.png")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Desk", exact=True).click()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    page.screenshot(path=artifacts / f"unblu-narrow-{theme}.png")
    shown.desk.locator(".entry[aria-selected=true]").click()
    expect(shown.desk.get_by_role("textbox", name="Multiple-choice question")).to_be_in_viewport()
    page.screenshot(path=artifacts / f"unblu-narrow-thread-{theme}.png")
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
