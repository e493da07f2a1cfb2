"""The web chat on the deployed stack: visitors in a real browser, agents at Giosg."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests
from flask import Flask
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from playground.accounts import Owner
from playground.live import Server
from playground.run import Playground
from playground.services.giosg import DEMO_AGENT, Giosg
from playground.services.giosg.records import Chat
from tests.browser.webchat_harness import Asked, Visitor, draw_png
from tests.e2e.test_many_conversations import await_until

pytestmark = [pytest.mark.deployed, pytest.mark.browser]

CROSSING = 30_000  #: milliseconds; a first message meets cold functions


@dataclass
class Chats:
    """A web chat that is linked to Giosg. `address` is its page's, `shop` a site that shows it."""

    giosg: Giosg
    address: str
    shop: str

    def chats_of(self, name: str) -> list[Chat]:
        return [
            chat
            for chat in list(self.giosg.chats.values())
            if chat.visitor
            and chat.visitor.id in chat.room.visitors
            and chat.room.visitors[chat.visitor.id].name == name
        ]

    def agents_see(self, name: str) -> list[str]:
        """What a visitor of that name has written."""
        messages = [one for chat in self.chats_of(name) for one in list(chat.messages)]
        return [str(one.text or one.response.get("response_value")) for one in messages if one.sender_type == "visitor"]


@pytest.fixture(scope="module")
def chats(deployed_world: Playground) -> Iterator[Chats]:
    giosg = deployed_world.simulators["giosg"]
    assert isinstance(giosg, Giosg)
    owner = Owner(deployed_world.aws.environment)
    shop = Flask("shop")
    with Server(shop) as site:
        answer = owner.run(
            "connect", "webchat", "site", "--set=title=Nordlicht Studio", f"--set=allowed_origins={site.url}"
        )
        webhooks = answer["webhooks"]
        assert isinstance(webhooks, dict)
        address = str(webhooks["webhook"])
        shop.add_url_rule("/", view_func=lambda: _show_shop(address))
        owner.run("link", "site", "giosg-demo")
        giosg.go_online(DEMO_AGENT)
        yield Chats(giosg, address, site.url)
        owner.run("disconnect", "site", "--yes")


@pytest.fixture
def ann(chats: Chats, page: Page) -> Iterator[Visitor]:
    page.goto(chats.address)
    yield Visitor(page)
    page.goto("about:blank")


def test_a_visitor_and_an_agent_talk(chats: Chats, ann: Visitor, page: Page) -> None:
    giosg, name = chats.giosg, "Ann Ek"
    ann.start(name)
    ann.write("Hello! 👋")
    await_until(lambda: chats.agents_see(name) == ["Hello! 👋"], giosg, "the first message")
    expect(ann.states).to_have_attribute("aria-label", "Delivered", timeout=CROSSING)

    [chat] = chats.chats_of(name)
    giosg.join(chat.id, DEMO_AGENT)
    giosg.type(chat.id, DEMO_AGENT)
    expect(ann.log.locator(".typing")).to_be_visible(timeout=CROSSING)
    giosg.reply(chat.id, DEMO_AGENT, "Good day, שלום")
    expect(ann.log.get_by_text("Good day, שלום")).to_be_visible(timeout=CROSSING)
    giosg.read(chat.id, DEMO_AGENT)
    expect(ann.states).to_have_attribute("aria-label", "Read", timeout=CROSSING)

    giosg.send_buttons(chat.id, DEMO_AGENT, "Tomorrow?", [("Yes, please", "yes"), ("No", "no")])
    ann.log.get_by_role("button", name="Yes, please").click(timeout=CROSSING)
    await_until(lambda: len(chats.agents_see(name)) == 2, giosg, "the choice")

    picture = draw_png()
    page.locator("input[type=file]").set_input_files({"name": "sea.png", "mimeType": "image/png", "buffer": picture})
    if page.get_by_role("button", name="Send").is_enabled():
        page.get_by_role("button", name="Send").click()
    await_until(lambda: any("sea.png" in text for text in chats.agents_see(name)), giosg, "the picture")
    link = next(text for text in chats.agents_see(name) if "sea.png" in text).split(": ", 1)[1].split("\n")[0]
    assert requests.get(link, timeout=30).content == picture


def test_what_is_deleted_at_giosg_is_deleted_on_the_page(chats: Chats, ann: Visitor) -> None:
    giosg, name = chats.giosg, "Bea Ek"
    ann.start(name)
    ann.write("My number is 12345")
    await_until(lambda: len(chats.agents_see(name)) == 1, giosg, "the message")
    [chat] = chats.chats_of(name)
    giosg.reply(chat.id, DEMO_AGENT, "Thank you for it")
    expect(ann.log.get_by_text("Thank you for it")).to_be_visible(timeout=CROSSING)
    giosg.purge_chat(chat.id)
    expect(ann.bubbles).to_have_count(0, timeout=CROSSING)


def test_the_widget_on_a_site_of_the_owners(chats: Chats, page: Page) -> None:
    name = "Cleo Ek"
    page.goto(chats.shop)
    page.get_by_role("button", name="Open chat").click()
    frame = page.frame_locator("iframe")
    frame.get_by_label("Your name").fill(name)
    frame.get_by_role("button", name="Start chat").click()
    frame.get_by_role("textbox", name="Message").fill("From the shop")
    frame.get_by_role("textbox", name="Message").press("Enter")
    await_until(lambda: chats.agents_see(name) == ["From the shop"], chats.giosg, "the message from the widget")


def test_visitors_are_separate_and_strangers_get_nothing(chats: Chats, ann: Visitor, context: BrowserContext) -> None:
    name = "Dora Ek"
    ann.start(name)
    ann.write("Mine alone")
    await_until(lambda: chats.agents_see(name) == ["Mine alone"], chats.giosg, "the message")
    made = requests.post(f"{chats.address}/api/visitors", json={"language": "en"}, timeout=30)
    assert made.status_code == 201
    token = {"authorization": f"Bearer {made.json()['token']}"}
    assert requests.get(f"{chats.address}/api/chats", headers=token, timeout=30).json() == {"chats": []}
    chat_id = ann.page.evaluate("location.hash.slice(1)")
    assert requests.get(f"{chats.address}/api/chats/{chat_id}", headers=token, timeout=30).status_code == 404
    assert requests.get(f"{chats.address}/api/chats", timeout=30).status_code == 401
    foreign = {**token, "origin": "https://elsewhere.example"}
    answer = requests.post(f"{chats.address}/api/chats", json={}, headers=foreign, timeout=30)
    assert answer.status_code == 403
    assert requests.get(f"{chats.address}/bridge/about", timeout=30).status_code == 401


def test_what_an_agent_writes_arrives_by_itself_and_without_a_connection_too(chats: Chats, page: Page) -> None:
    """The page asks every minute while it is connected: what it shows at once came over the connection."""
    lines: list[WebSocketRoute] = []

    def connect(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    page.route_web_socket("**/live?ticket=*", connect)
    page.goto(chats.address)
    asked, ann, name = Asked(page), Visitor(page), "Edda Ek"
    ann.start(name)
    ann.write("Hello")
    await_until(lambda: chats.agents_see(name) == ["Hello"], chats.giosg, "the first message")
    expect(ann.states).to_have_attribute("aria-label", "Delivered", timeout=CROSSING)
    [chat] = chats.chats_of(name)
    page.wait_for_timeout(3000)  # what was under way when the connection opened
    asked.settle()
    asked.take()
    chats.giosg.reply(chat.id, DEMO_AGENT, "By itself")
    expect(ann.log.get_by_text("By itself")).to_be_visible(timeout=CROSSING)
    assert [call for call in asked.take() if "messages" in call] == []

    [line] = lines
    page.route("**/api/live", lambda route: route.fulfill(status=429, body="{}"))  # no further connection
    line.close(code=1001)
    chats.giosg.reply(chat.id, DEMO_AGENT, "By a question")
    expect(ann.log.get_by_text("By a question")).to_be_visible(timeout=CROSSING)
    assert [call for call in asked.take() if "messages" in call]


def _show_shop(address: str) -> str:
    return f"""<!doctype html><html lang="en"><title>A shop</title><main><h1>A shop</h1></main>
        <script src="{address}/widget.js" async></script></html>"""
