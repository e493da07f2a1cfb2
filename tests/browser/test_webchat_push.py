"""Notifications for a closed page: the offer, the agreement, what the worker shows, and the end of it.

Chromium without a window has no push service and allows no notifications. So the page subscribes with a stand-in, the
permission is one, the developer tools' protocol hands the worker what the stand-in has decrypted, and the worker writes
down what it would show.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, Worker, expect

from chat.webpush import derive_key
from patchbay.domain.accounts import Secrets
from playground.services.webchat import DEMO_KEY
from tests.browser.webchat_harness import Asked, Visitor, WebChatHarness, find_barriers, open_webchat
from tests.harness.fakes.push_service import Browser, PushService
from tests.harness.virtual_time import VirtualTime

pytestmark = pytest.mark.browser

PUSH_KEY = "k" * 43
KEY = derive_key(PUSH_KEY).public
OFFER = "Would you like a notification"
_SUBSCRIBE = """subscription => {
    const one = { toJSON: () => subscription, unsubscribe: async () => { window.left = true; return true; } };
    let current = null;
    PushManager.prototype.getSubscription = async () => current;
    PushManager.prototype.subscribe = async (options) => { window.asked = options; current = one; return one; };
    Object.defineProperty(Notification, "permission", { get: () => localStorage.permission ?? "default" });
    Notification.requestPermission = async () => {
        window.prompted = true;
        return localStorage.permission ??= window.refuses ? "denied" : "granted";
    };
}"""
_WRITE_DOWN = """() => {
    self.shown = [];
    registration.showNotification = async (title, { body, tag }) => { self.shown.push([title, body, tag]); };
}"""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> PushService:
    service = PushService(VirtualTime(), local=True)
    monkeypatch.setattr("playground.services.webchat.memory.NoPushServices", lambda: service)
    return service


@pytest.fixture
def world(service: PushService) -> Iterator[WebChatHarness]:
    with open_webchat(push="yes") as world:
        service.clock = world.simulator.timeline
        world.simulator.keys = Secrets({"service_key": DEMO_KEY, "push_key": PUSH_KEY})
        yield world


@pytest.fixture
def browser_of_ann(service: PushService, page: Page) -> Browser:
    """What the page of the visitor subscribes with, when they allow it."""
    browser = service.subscribe(KEY)
    subscription = {name: browser.subscription[name] for name in ("endpoint", "keys")}
    page.add_init_script(f"({_SUBSCRIBE})({json.dumps(subscription)})")
    return browser


@pytest.fixture
def ann(world: WebChatHarness, page: Page, browser_of_ann: Browser) -> Iterator[Visitor]:
    del browser_of_ann
    page.goto(world.page)
    yield Visitor(page)
    page.goto("about:blank")


class Tools:
    """The developer tools of a page, which hand its worker what a push service would."""

    def __init__(self, page: Page, context: BrowserContext, scope: str) -> None:
        self._registrations: list[dict[str, str]] = []
        self._scope = scope
        self._session = context.new_cdp_session(page)
        self._session.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: self._registrations.extend(event["registrations"]),
        )
        self._session.send("ServiceWorker.enable")

    def deliver(self, notice: dict[str, str]) -> None:
        registration = {one["registrationId"] for one in self._registrations if one["scopeURL"] == self._scope}
        origin = "/".join(self._scope.split("/")[:3])
        message = {"origin": f"{origin}/", "registrationId": registration.pop(), "data": json.dumps(notice)}
        self._session.send("ServiceWorker.deliverPushMessage", message)


def agree(ann: Visitor, page: Page) -> None:
    ann.start()
    ann.write("Hello")
    page.get_by_role("button", name="Notify me").click()
    expect(page.get_by_text("You will be notified")).to_be_visible()


def turn(page: Page, label: str) -> None:
    page.get_by_role("navigation").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name=label).click()


def test_the_offer_comes_with_the_first_message_and_asks_nothing_before_a_click(ann: Visitor, page: Page) -> None:
    ann.start()
    expect(page.get_by_text(OFFER)).to_have_count(0)
    ann.write("Hello")
    expect(page.get_by_text(OFFER)).to_be_visible()
    assert find_barriers(page) == []
    assert page.evaluate("[window.prompted, window.asked]") == [None, None]
    page.get_by_role("button", name="No, thank you").click()
    expect(page.get_by_text(OFFER)).to_have_count(0)
    ann.write("One more thing")
    expect(ann.bubbles).to_have_count(2)
    page.reload()
    ann.write("And another")
    expect(ann.bubbles).to_have_count(3)
    expect(page.get_by_text(OFFER)).to_have_count(0)
    assert page.evaluate("[window.prompted, window.asked]") == [None, None]


def test_a_closed_page_is_notified_and_a_click_opens_the_chat(
    world: WebChatHarness,
    ann: Visitor,
    page: Page,
    context: BrowserContext,
    browser_of_ann: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chat.push.Presence._LASTS", timedelta(seconds=0.1))  # that long a page counts as open
    agree(ann, page)
    assert page.evaluate("window.asked") == {"userVisibleOnly": True, "applicationServerKey": KEY}
    worker, tools = context.service_workers[0], Tools(page, context, world.page)
    assert worker.evaluate("registration.scope") == world.page
    worker.evaluate(_WRITE_DOWN)
    tools.deliver({"title": "x", "chat": "c", "text": "Nobody needs this: the page is visible"})
    page.goto("about:blank")
    page.wait_for_timeout(150)
    world.reply("It is ready")
    [notice] = browser_of_ann.notices
    tools.deliver(notice)
    assert take_shown(worker, page, 1) == [["Nordlicht Studio", "New message", notice["chat"]]]
    tools.deliver({**notice, "text": "It is ready"})
    assert take_shown(worker, page, 1) == [["Nordlicht Studio", "It is ready", notice["chat"]]]
    page.goto(f"{world.page}#{notice['chat']}")  # what a click opens
    ann.sees("Hello", "It is ready")


def test_a_click_leads_an_open_page_to_the_chat(
    world: WebChatHarness, ann: Visitor, page: Page, context: BrowserContext
) -> None:
    agree(ann, page)
    chat = page.evaluate("location.hash.slice(1)")
    page.get_by_role("button", name="New chat").click()
    expect(page.get_by_label("Your name")).to_be_visible()
    worker = context.service_workers[0]
    worker.evaluate(
        """async (chat) => (await clients.matchAll({ includeUncontrolled: true }))
            .forEach((page) => page.postMessage({ patchbay: "open", chat }))""",
        chat,
    )
    ann.sees("Hello")
    world.reply("Shown at once")
    ann.sees("Hello", "Shown at once")


def test_a_visitor_turns_notifications_off_and_on_again(
    world: WebChatHarness, ann: Visitor, page: Page, service: PushService
) -> None:
    agree(ann, page)
    asked = Asked(page)
    turn(page, "Turn notifications off")
    expect(page.get_by_text("You will not be notified any more")).to_be_visible()
    assert page.evaluate("window.left") is True
    assert [call.rpartition("/")[0] for call in asked.take() if "push" in call] == ["DELETE api/visitors/me/push"]
    turn(page, "Turn notifications on")
    expect(page.get_by_text("You will be notified")).to_be_visible()
    assert [call for call in asked.take() if "push" in call] == [
        "GET api/visitors/me/push",
        "POST api/visitors/me/push",
    ]
    assert service.calls == []


def test_a_page_that_comes_back_subscribes_with_a_new_key_and_else_asks_only_for_it(
    world: WebChatHarness, ann: Visitor, page: Page
) -> None:
    agree(ann, page)
    asked = Asked(page)
    with page.expect_response("**/me/push"):
        page.reload()
    ann.sees("Hello")
    assert [call for call in asked.take() if "push" in call] == ["GET api/visitors/me/push"]
    world.simulator.keys = Secrets({"service_key": DEMO_KEY, "push_key": "n" * 43})
    with page.expect_response(lambda response: response.request.method == "POST" and "push" in response.url):
        page.reload()
    expect(page.locator("body[data-ready]")).to_be_visible()
    assert page.evaluate("window.asked.applicationServerKey") == derive_key("n" * 43).public


def test_a_browser_that_refuses_is_explained_and_not_asked_again(ann: Visitor, page: Page) -> None:
    page.evaluate("window.refuses = true")
    ann.start()
    ann.write("Hello")
    page.get_by_role("button", name="Notify me").click()
    expect(page.get_by_text("This browser does not allow notifications")).to_be_visible()
    page.reload()
    ann.write("One more thing")
    expect(ann.bubbles).to_have_count(2)
    expect(page.get_by_text(OFFER)).to_have_count(0)


def test_without_the_owners_setting_nothing_is_offered(world: WebChatHarness, ann: Visitor, page: Page) -> None:
    world.simulator.settings["push"] = "no"
    page.reload()
    ann.start()
    ann.write("Hello")
    expect(ann.states).to_have_attribute("aria-label", "Sent")
    expect(page.get_by_text(OFFER)).to_have_count(0)
    page.get_by_role("navigation").get_by_role("button", name="More").click()
    expect(page.get_by_role("menuitem")).to_have_count(1)


def take_shown(worker: Worker, page: Page, count: int) -> list[list[str]]:
    """What the worker has shown since the last time, once it is as many."""
    for _ in range(50):
        shown = worker.evaluate("self.shown")
        if len(shown) >= count:
            break
        page.wait_for_timeout(50)
    worker.evaluate("self.shown = []")
    assert isinstance(shown, list)
    return shown
