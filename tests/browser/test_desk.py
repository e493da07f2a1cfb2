"""The desk of a platform whose view says what can be done there, and whose businesses install an app."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.live import LiveTimeline, Server
from playground.page_server import make_app
from playground.trace import Trace
from tests.harness.links import FixedLinks
from tests.harness.tiny import Counter, make_tiny_world

pytestmark = pytest.mark.browser


class Lobby(Counter):
    """A platform with businesses, channels and an app. `extra` is what its view says beside the counter's."""

    service = "lobby"

    def __init__(self, counter: Counter) -> None:
        super().__init__(counter.timeline, counter.post, counter.random)
        self.extra: dict[str, Any] = {"modes": ["reply", "send_file"], "tools": [], "tells_typing": True}
        self.agents = [
            {"id": "a1", "name": "Maya Levi", "avatar": None, "business": "Dental"},
            {"id": "a2", "name": "Priya Nair", "avatar": None, "business": "Yoga"},
        ]

    def view(self) -> dict[str, object]:
        return {**super().view(), "service": "lobby", "title": "Lobby", **self.extra}

    def do_typing(self, arguments: dict[str, str]) -> None:
        """Nobody sees it."""

    def do_open(self, arguments: dict[str, str]) -> None:
        """Nobody sees it."""

    def do_switch_channel(self, arguments: dict[str, str]) -> None:
        for channel in self.of("p1")["channels"]:
            channel["active"] = channel["id"] == arguments["channel"]

    def do_uninstall(self, arguments: dict[str, str]) -> None:
        app = next(one for one in self.extra["apps"] if one["business_uid"] == arguments["business"])
        app["installed"] = False

    def told(self, action: str) -> list[Mapping[str, str]]:
        return [arguments for done, arguments in self.acts if done == action]


@dataclass(frozen=True)
class Shown:
    page: Page
    lobby: Lobby
    links: FixedLinks
    trace: Trace
    url: str

    @property
    def desk(self) -> Locator:
        return self.page.locator(".desk")

    @property
    def box(self) -> Locator:
        return self.desk.get_by_role("textbox", name="Reply")

    def change(self, **extra: object) -> None:
        self.lobby.extra.update(extra)
        self.trace.changed("lobby")

    def arrive(self, text: str = "Hello", **more: object) -> dict[str, Any]:
        self.lobby.arrive({"id": "p1", "name": "Anna Berg"}, text)
        conversation = self.lobby.of("p1")
        conversation.update(more)
        self.trace.changed("lobby")
        expect(self.desk.locator(".message.customer").last).to_contain_text(text)
        return conversation

    def stop_clock(self) -> None:
        """From now on the page's time passes by `fast_forward` alone."""
        now: float = self.page.evaluate("Date.now()")
        self.page.clock.pause_at(now / 1000 + 1)

    def when_told(self, action: str, do: Callable[[], object]) -> None:
        with self.page.expect_response(f"**/api/act/lobby/{action}"):
            do()


@pytest.fixture
def shown(page: Page) -> Iterator[Shown]:
    timeline = LiveTimeline()
    pigeon, counter = make_tiny_world(timeline, Random(1))
    lobby = Lobby(counter)
    pigeon.desk, lobby.phones = lobby, pigeon
    trace, links = Trace(), FixedLinks()
    links.platforms = [{"id": "lobby-demo", "service": "lobby", "status": "active"}]
    links.messengers[0]["link"] = "lobby-demo"
    page.clock.install()
    with Server(make_app({"pigeon": pigeon, "lobby": lobby}, trace, links)) as server:
        page.goto(server.url)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        yield Shown(page, lobby, links, trace, server.url)
        page.goto("about:blank")
    timeline.close()


# --- what the view offers --------------------------------------------------------------------------------------------


def test_only_what_the_view_offers_is_there(shown: Shown) -> None:
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


def test_a_mode_that_is_no_longer_offered_is_left(shown: Shown) -> None:
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


def test_files_are_taken_only_where_they_are_offered(shown: Shown) -> None:
    shown.arrive()
    shown.change(modes=["reply"])
    expect(shown.desk.get_by_label("Attach a file")).to_be_hidden()
    shown.desk.locator(".thread").evaluate(DROP)
    shown.change(modes=["reply", "send_file"])
    expect(shown.desk.get_by_label("Attach a file")).to_be_visible()
    shown.desk.locator(".thread").evaluate(DROP)
    expect(shown.desk.locator(".file")).to_contain_text("dropped.txt")
    assert len(shown.lobby.told("send_file")) == 1


def test_those_are_offered_who_work_at_the_conversations_business(shown: Shown) -> None:
    staff = shown.page.get_by_label("You are this agent").locator("option")
    expect(staff).to_have_text(["Maya Levi", "Priya Nair"])
    shown.arrive(business="Yoga", status="pending")
    expect(staff).to_have_text(["Priya Nair"])
    expect(shown.desk.locator(".thread-head")).to_contain_text("pending · nobody’s yet · Yoga")
    shown.box.fill("Namaste")
    shown.page.keyboard.press("Enter")
    expect(shown.desk.locator(".message.agent")).to_contain_text("Namaste")
    assert shown.lobby.told("reply")[0]["agent"] == "a2"


# --- typing, reading, statuses ---------------------------------------------------------------------------------------


def test_the_customer_is_seen_typing(shown: Shown) -> None:
    typing = shown.desk.locator(".typing")
    conversation = shown.arrive(typing=True)
    expect(typing).to_have_text("Anna Berg is typing")
    conversation["typing"] = False
    expect(typing).to_be_hidden()


def test_typing_is_told_once_and_ends_after_a_silence(shown: Shown) -> None:
    shown.arrive()
    shown.stop_clock()  # a slow machine would make a silence of its own
    shown.when_told("typing", lambda: shown.box.press_sequentially("Just a m"))
    shown.page.clock.fast_forward(2900)
    shown.box.press_sequentially("o")
    shown.page.clock.fast_forward(2000)
    shown.when_told("typing", lambda: shown.box.press_sequentially("m"))  # told again, lest the service forget it
    shown.when_told("typing", lambda: shown.page.clock.fast_forward(3100))
    known = {"conversation": "c-p1", "agent": "a1"}
    assert shown.lobby.told("typing") == [{**known, "typing": word} for word in ("true", "true", "false")]


def test_sending_ends_the_typing(shown: Shown) -> None:
    shown.arrive()
    shown.when_told("typing", lambda: shown.box.press_sequentially("Yes"))
    shown.when_told("typing", lambda: shown.page.keyboard.press("Enter"))
    expect(shown.desk.locator(".message.agent")).to_contain_text("Yes")
    assert [one["typing"] for one in shown.lobby.told("typing")] == ["true", "false"]


def test_typing_is_nobodys_business_in_notes_and_where_the_view_does_not_ask(shown: Shown) -> None:
    shown.arrive()
    shown.change(modes=["reply", "private_note"])
    shown.desk.get_by_role("radio", name="Note").click()
    shown.desk.get_by_label("Private note").press_sequentially("hush")
    shown.page.keyboard.press("Enter")
    expect(shown.desk.locator(".message.note")).to_contain_text("hush")
    shown.change(tells_typing=False)
    shown.desk.get_by_role("radio", name="Reply").click()
    shown.box.press_sequentially("Hello")
    shown.page.keyboard.press("Enter")
    expect(shown.desk.locator(".message.agent")).to_contain_text("Hello")
    assert shown.lobby.told("typing") == []


def test_a_conversation_that_is_looked_at_is_told_as_read(shown: Shown) -> None:
    shown.change(tells_reading=True)
    shown.arrive()
    shown.when_told("open", lambda: shown.page.clock.fast_forward(1000))
    assert shown.lobby.told("open") == [{"conversation": "c-p1", "agent": "a1"}]


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
def test_a_replys_status_is_shown(shown: Shown, status: str, words: str) -> None:
    conversation = shown.arrive()
    error = "The channel is full" if status == "error" else ""
    conversation["messages"].append(shown.lobby.bubble("agent", "Maya Levi", "Yes", status=status, error=error))
    expect(shown.desk.locator(".ticks")).to_have_attribute("aria-label", words)
    failure = ["Not delivered: The channel is full"] if error else ["Not delivered"] if status == "unavailable" else []
    expect(shown.desk.locator(".message .failure")).to_have_text(failure)


# --- channels --------------------------------------------------------------------------------------------------------


def test_the_channel_of_a_reply_can_be_chosen(shown: Shown) -> None:
    channels = [{"id": "v", "title": "Viber", "active": True}, {"id": "email", "title": "Email", "active": False}]
    conversation = shown.arrive(channels=channels)
    choice = shown.desk.get_by_label("Reply through")
    expect(choice).to_have_value("v")
    shown.when_told("switch_channel", lambda: choice.select_option("Email"))
    expect(choice).to_have_value("email")
    assert shown.lobby.told("switch_channel") == [{"conversation": "c-p1", "agent": "a1", "channel": "email"}]
    conversation["channels"] = [{**one, "active": False} for one in channels]
    expect(choice.locator("option:checked")).to_have_text("Choose a channel")


def test_a_channel_that_is_refused_is_not_shown_as_chosen(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Lobby, _arguments: Mapping[str, str]) -> None:
        raise ValueError("that channel is blocked")

    monkeypatch.setattr(Lobby, "do_switch_channel", refuse)
    channels = [{"id": "v", "title": "Viber", "active": True}, {"id": "email", "title": "Email", "active": False}]
    shown.arrive(channels=channels)
    shown.desk.get_by_label("Reply through").select_option("Email")
    expect(shown.page.get_by_text("that channel is blocked")).to_be_visible()
    expect(shown.desk.get_by_label("Reply through")).to_have_value("v")


def test_there_is_nothing_to_choose_with_one_channel(shown: Shown) -> None:
    shown.arrive(channels=[{"id": "v", "title": "Viber", "active": True}])
    expect(shown.desk.get_by_label("Reply through")).to_be_hidden()


# --- apps ------------------------------------------------------------------------------------------------------------


def make_apps(url: str) -> list[dict[str, Any]]:
    """Of two businesses, neither of which has installed the app."""
    return [
        {
            "app": "bridge",
            "name": "Bridge",
            "business": business,
            "business_uid": business.lower(),
            "installed": False,
            "channel": "",
            "install_url": f"{url}/page/logo.svg",
        }
        for business in ("Dental", "Yoga")
    ]


def test_an_app_is_installed_in_a_tab_of_its_own(shown: Shown) -> None:
    shown.change(apps=make_apps(shown.url))
    expect(shown.desk.get_by_text("Install the app first")).to_be_visible()
    install = shown.desk.get_by_role("link", name="Install the app at Yoga")
    with shown.page.context.expect_page() as opened:
        install.click()
    opened.value.wait_for_load_state()
    assert opened.value.url == f"{shown.url}/page/logo.svg"
    opened.value.close()


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ("", "Installed, not allowed to connect yet"),
        ("pending", "Installed, channel pending"),
        ("active", "Installed, channel active"),
        ("blocked", "Installed, channel blocked"),
    ],
)
def test_an_installed_app_tells_its_channel(shown: Shown, channel: str, words: str) -> None:
    dental, yoga = make_apps(shown.url)
    shown.change(apps=[{**dental, "installed": True, "channel": channel}, yoga])
    panel = shown.desk.locator(".apps")
    expect(panel.locator("summary")).to_contain_text("1 of 2 installed")
    panel.locator("summary").press("Enter")
    expect(panel.locator(".app-state")).to_have_text([words, "Not installed"])
    expect(panel.get_by_role("link", name="at Dental")).to_have_count(0 if channel else 1)


def test_an_app_is_uninstalled(shown: Shown) -> None:
    dental, yoga = make_apps(shown.url)
    shown.change(apps=[{**dental, "installed": True, "channel": "active"}, yoga])
    shown.desk.locator(".apps summary").click()
    shown.desk.get_by_role("button", name="Uninstall Bridge at Dental").click()
    expect(shown.desk.locator(".app-state").first).to_have_text("Not installed")
    assert shown.lobby.told("uninstall") == [{"business": "dental", "app": "bridge"}]


def test_an_address_that_is_no_web_address_is_no_link(shown: Shown) -> None:
    dental, _ = make_apps(shown.url)
    shown.change(apps=[{**dental, "install_url": "javascript:alert(1)"}])
    expect(shown.desk.locator(".app-row a")).to_have_count(1)
    assert shown.desk.locator("a[href]").count() == 0


# --- who talks to whom -----------------------------------------------------------------------------------------------


def test_where_messages_go_is_chosen_with_the_keyboard(shown: Shown) -> None:
    shown.links.join("lobby-demo-dental", "lobby", "pending")
    page = shown.page
    button = page.get_by_role("button", name="Messages go to")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitemradio", checked=True)).to_be_focused()
    expect(page.get_by_role("menuitemradio").nth(1)).to_contain_text("lobby-demo-dental · pending")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(button).to_have_text("to: lobby-demo-dental")
    assert shown.links.messengers[0]["link"] == "lobby-demo-dental"
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(button).to_be_focused()


def test_whoever_joins_while_the_menu_is_open_appears_in_it(shown: Shown) -> None:
    page = shown.page
    page.get_by_role("button", name="Messages go to").click()
    expect(page.get_by_role("menuitemradio")).to_have_count(1)
    shown.links.join("lobby-demo-yoga", "lobby")
    page.clock.fast_forward(2100)
    expect(page.get_by_role("menuitemradio")).to_have_count(2)
    expect(page.get_by_role("menuitemradio", checked=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("menuitemradio")).to_have_count(0)


def test_a_business_that_joined_can_be_chosen_without_a_reload(shown: Shown) -> None:
    apps = make_apps(shown.url)
    shown.links.platforms = [{"id": "counter-demo", "service": "counter", "status": "active"}]
    shown.links.messengers[0]["link"] = "counter-demo"
    shown.change(apps=apps)
    button = shown.page.get_by_role("button", name="Messages go to")
    expect(button).to_have_text("to: counter")
    shown.links.join("lobby-demo-dental", "lobby")
    shown.change(apps=[{**apps[0], "installed": True, "channel": "active"}, apps[1]])
    expect(shown.desk.locator(".apps summary")).to_contain_text("1 of 2 installed")
    shown.page.clock.fast_forward(1600)
    expect(shown.desk.get_by_text("Choose Lobby on top of the phone")).to_be_visible()
    button.click()
    expect(shown.page.get_by_role("menuitemradio")).to_have_count(2)


def test_a_link_that_is_refused_is_told_and_nothing_changes(shown: Shown) -> None:
    shown.links.join("lobby-demo-dental", "lobby")
    shown.links.refusal = "lobby-demo-dental is an app"
    button = shown.page.get_by_role("button", name="Messages go to")
    button.click()
    shown.page.get_by_role("menuitemradio", name="lobby-demo-dental").click()
    expect(shown.page.locator(".toast")).to_contain_text("lobby-demo-dental is an app")
    expect(button).to_have_text("to: lobby-demo")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_desk_of_apps_fits_a_narrow_screen(shown: Shown, artifacts: Path, theme: str) -> None:
    page = shown.page
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.set_viewport_size({"width": 390, "height": 844})
    dental, yoga = make_apps(shown.url)
    shown.change(apps=[{**dental, "installed": True, "channel": "active"}, yoga])
    page.get_by_role("button", name="Desk", exact=True).click()
    shown.desk.locator(".apps summary").click()
    expect(shown.desk.get_by_role("button", name="Uninstall")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    page.screenshot(path=artifacts / f"apps-narrow-{theme}.png")
    page.get_by_role("button", name="Customer").click()
    page.get_by_role("button", name="Messages go to").click()
    expect(page.get_by_role("menuitemradio")).to_be_in_viewport()
