"""The desk of a platform whose view says what can be done there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk_harness import DeskHarness, Lobby, open_desk

pytestmark = pytest.mark.browser


@pytest.fixture
def shown(page: Page) -> Iterator[DeskHarness]:
    with open_desk(page) as shown:
        yield shown


# --- what the view offers --------------------------------------------------------------------------------------------


def test_only_what_the_view_offers_is_there(shown: DeskHarness) -> None:
    shown.arrive()
    expect(shown.desk.get_by_role("radio")).to_have_count(0)
    expect(shown.desk.get_by_label("Attach a file")).to_be_visible()
    for tool in ("Resolve", "Assign to me"):
        expect(shown.desk.get_by_role("button", name=tool)).to_have_count(0)
    expect(shown.desk.locator(".list-foot")).to_have_text("1 conversation")
    shown.change(modes=["reply", "private_note"], tools=["resolve"])
    expect(shown.desk.get_by_role("radio")).to_have_text(["Reply", "Note"])
    expect(shown.desk.get_by_label("Attach a file")).to_have_count(1)
    expect(shown.desk.get_by_label("Attach a file")).to_be_hidden()
    expect(shown.desk.get_by_role("button", name="Resolve")).to_be_visible()
    expect(shown.desk.get_by_role("button", name="Assign to me")).to_have_count(0)


def test_a_mode_that_is_no_longer_offered_is_left(shown: DeskHarness) -> None:
    shown.arrive()
    shown.change(modes=["reply", "private_note"])
    shown.desk.get_by_role("radio", name="Note").click()
    expect(shown.desk.get_by_label("Private note")).to_be_visible()
    shown.change(modes=["reply"])
    expect(shown.box).to_be_visible()
    expect(shown.desk.get_by_label("Private note")).to_have_count(0)


DROP = """thread => {
    const data = new DataTransfer();
    data.items.add(new File(["x"], "dropped.txt", { type: "text/plain" }));
    thread.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true, bubbles: true }));
}"""


def test_files_are_taken_only_where_they_are_offered(shown: DeskHarness) -> None:
    shown.arrive()
    shown.change(modes=["reply"])
    expect(shown.desk.get_by_label("Attach a file")).to_be_hidden()
    shown.desk.locator(".thread").evaluate(DROP)
    shown.change(modes=["reply", "send_file"])
    expect(shown.desk.get_by_label("Attach a file")).to_be_visible()
    shown.desk.locator(".thread").evaluate(DROP)
    expect(shown.desk.locator(".file")).to_contain_text("dropped.txt")
    assert len(shown.lobby.performed("send_file")) == 1


def test_only_agents_of_the_conversations_business_are_offered(shown: DeskHarness) -> None:
    staff = shown.page.get_by_label("Agent", exact=True).locator("option")
    expect(staff).to_have_text(["Maya Levi", "Priya Nair"])
    shown.arrive(business="Yoga", status="pending")
    expect(staff).to_have_text(["Priya Nair"])
    expect(shown.desk.locator(".thread-head")).to_contain_text("pending · unassigned · Yoga")
    shown.box.fill("Namaste")
    shown.page.keyboard.press("Enter")
    expect(shown.desk.locator(".message.agent")).to_contain_text("Namaste")
    assert shown.lobby.performed("reply")[0]["agent"] == "a2"


# --- typing, reading, statuses ---------------------------------------------------------------------------------------


def test_the_customer_is_seen_typing(shown: DeskHarness) -> None:
    typing = shown.desk.locator(".typing")
    conversation = shown.arrive(typing=True)
    expect(typing).to_have_text("Anna Berg is typing")
    conversation["typing"] = False
    expect(typing).to_be_hidden()


def test_typing_is_reported_once_and_ends_after_a_silence(shown: DeskHarness) -> None:
    shown.arrive()
    shown.stop_clock()  # on a slow machine, silences would occur by themselves
    shown.expect_call("typing", lambda: shown.box.press_sequentially("Just a m"))
    shown.page.clock.fast_forward(2900)
    shown.box.press_sequentially("o")
    shown.page.clock.fast_forward(2000)
    shown.expect_call("typing", lambda: shown.box.press_sequentially("m"))  # reported again, because services forget it
    shown.expect_call("typing", lambda: shown.page.clock.fast_forward(3100))
    known = {"conversation": "c-p1", "agent": "a1"}
    assert shown.lobby.performed("typing") == [{**known, "typing": word} for word in ("true", "true", "false")]


def test_sending_ends_the_typing(shown: DeskHarness) -> None:
    shown.arrive()
    shown.expect_call("typing", lambda: shown.box.press_sequentially("Yes"))
    shown.expect_call("typing", lambda: shown.page.keyboard.press("Enter"))
    expect(shown.desk.locator(".message.agent")).to_contain_text("Yes")
    assert [one["typing"] for one in shown.lobby.performed("typing")] == ["true", "false"]


def test_typing_is_not_reported_in_notes_or_to_a_platform_that_does_not_ask(shown: DeskHarness) -> None:
    shown.arrive()
    shown.change(modes=["reply", "private_note"])
    shown.desk.get_by_role("radio", name="Note").click()
    shown.desk.get_by_label("Private note").press_sequentially("hush")
    shown.page.keyboard.press("Enter")
    expect(shown.desk.locator(".message.note")).to_contain_text("hush")
    shown.change(reports_typing=False)
    shown.desk.get_by_role("radio", name="Reply").click()
    shown.box.press_sequentially("Hello")
    shown.page.keyboard.press("Enter")
    expect(shown.desk.locator(".message.agent")).to_contain_text("Hello")
    assert shown.lobby.performed("typing") == []


def test_a_conversation_on_the_screen_is_reported_as_read(shown: DeskHarness) -> None:
    shown.change(reports_reading=True)
    shown.arrive()
    shown.expect_call("open", lambda: shown.page.clock.fast_forward(1000))
    assert shown.lobby.performed("open") == [{"conversation": "c-p1", "agent": "a1"}]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("pending", "Pending"),
        ("sent", "Sent"),
        ("received", "Received"),
        ("read", "Read"),
        ("error", "Not delivered"),
        ("unavailable", "Not delivered: the customer cannot be reached"),
    ],
)
def test_the_delivery_state_of_a_reply_is_shown(shown: DeskHarness, status: str, words: str) -> None:
    conversation = shown.arrive()
    error = "The channel is full" if status == "error" else ""
    conversation["messages"].append(shown.lobby.bubble("agent", "Maya Levi", "Yes", status=status, error=error))
    expect(shown.desk.locator(".ticks")).to_have_attribute("aria-label", words)
    failure = ["Not delivered: The channel is full"] if error else ["Not delivered"] if status == "unavailable" else []
    expect(shown.desk.locator(".message .failure")).to_have_text(failure)


# --- channels --------------------------------------------------------------------------------------------------------


def test_the_channel_of_a_reply_can_be_chosen(shown: DeskHarness) -> None:
    channels = [{"id": "v", "title": "Viber", "active": True}, {"id": "email", "title": "Email", "active": False}]
    conversation = shown.arrive(channels=channels)
    choice = shown.desk.get_by_label("Reply through")
    expect(choice).to_have_value("v")
    shown.expect_call("switch_channel", lambda: choice.select_option("Email"))
    expect(choice).to_have_value("email")
    assert shown.lobby.performed("switch_channel") == [{"conversation": "c-p1", "agent": "a1", "channel": "email"}]
    conversation["channels"] = [{**one, "active": False} for one in channels]
    expect(choice.locator("option:checked")).to_have_text("Choose a channel")


def test_a_channel_that_is_refused_is_not_shown_as_chosen(shown: DeskHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Lobby, _arguments: Mapping[str, str]) -> None:
        raise ValueError("that channel is blocked")

    monkeypatch.setattr(Lobby, "do_switch_channel", refuse)
    channels = [{"id": "v", "title": "Viber", "active": True}, {"id": "email", "title": "Email", "active": False}]
    shown.arrive(channels=channels)
    shown.desk.get_by_label("Reply through").select_option("Email")
    expect(shown.page.get_by_text("that channel is blocked")).to_be_visible()
    expect(shown.desk.get_by_label("Reply through")).to_have_value("v")


def test_there_is_nothing_to_choose_with_one_channel(shown: DeskHarness) -> None:
    shown.arrive(channels=[{"id": "v", "title": "Viber", "active": True}])
    expect(shown.desk.get_by_label("Reply through")).to_be_hidden()
