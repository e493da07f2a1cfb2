from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient

from playground import world
from playground.accounts import CommandFailed, Owner, connect_sites
from playground.check import Visitor, check_everything
from playground.page_server import make_app
from playground.simulator import Simulator
from playground.sites import Site, other_name
from playground.trace import Line, Trace
from tests.browser.webchat_harness import WebChatHarness, open_webchat
from tests.harness.links import FixedLinks
from tests.harness.tiny import Counter, make_tiny_world
from tests.harness.virtual_time import VirtualTime

PAGE = "http://127.0.0.1:8600"
CHAT = "http://127.0.0.1:4566/_aws/execute-api/abc/$default/webchat/h00k"


class Clerk(Owner):
    """Notes what it is asked to do. `address` is the web chat's."""

    def __init__(self, address: str = CHAT, rows: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__({})
        self.asked: list[tuple[str, ...]] = []
        self.address = address
        self.rows = rows

    def run(self, *arguments: str, secrets: Mapping[str, str] | None = None) -> Mapping[str, object]:
        assert not secrets
        self.asked.append(arguments)
        return {"webhooks": {"webhook": self.address} if self.address else None}

    def connections(self) -> Sequence[Mapping[str, object]]:
        return self.rows


@pytest.fixture
def site() -> Site:
    return Site(service="webchat", title="Web chat", address=CHAT)


@pytest.fixture
def app(site: Site) -> Flask:
    return make_app({}, Trace(), FixedLinks(), {"webchat": site})


@pytest.fixture
def page(app: Flask) -> FlaskClient:
    return app.test_client()


# --- connecting ------------------------------------------------------------------------------------------------------


def test_what_the_stack_is_itself_is_connected_for_the_page_and_linked_in_turn(site: Site) -> None:
    owner, steps = Clerk(), list[str]()
    made = list(connect_sites(world.deployed(), PAGE, cycle(["desk", "other"]), owner, steps.append))
    connect, link = owner.asked
    assert connect[:3] == ("connect", "webchat", "webchat-demo")
    assert "--set=allowed_origins=http://127.0.0.1:8600,http://localhost:8600" in connect
    assert link == ("link", "webchat-demo", "desk")
    assert made == [site]
    assert len(steps) == 2


def test_without_a_platform_it_is_connected_all_the_same() -> None:
    owner = Clerk()
    assert list(connect_sites(world.deployed(), PAGE, iter(()), owner, print))
    assert [asked[0] for asked in owner.asked] == ["connect"]


def test_an_answer_without_an_address_is_changed() -> None:
    with pytest.raises(CommandFailed, match="webhook URLs"):
        list(connect_sites(world.deployed(), PAGE, iter(()), Clerk(address=""), print))


def test_no_simulator_stands_in_for_it() -> None:
    with world.running(seed=1) as simulators:
        assert not set(simulators) & set(world.deployed())
        assert set(simulators) | set(world.deployed()) == set(world.names())


# --- on the page -----------------------------------------------------------------------------------------------------


def test_the_shop_has_the_chat_by_one_line(page: FlaskClient) -> None:
    shop = page.get("/shop/webchat")
    assert shop.mimetype == "text/html"
    assert shop.text.count("<script") == 1
    assert f'<script src="{CHAT}/widget.js" async></script>' in shop.text
    assert page.get("/shop/viber").status_code == 404


def test_the_shop_lets_in_the_chat_and_nothing_else(page: FlaskClient) -> None:
    policy = page.get("/shop/webchat").headers["Content-Security-Policy"]
    assert f"script-src {CHAT}/widget.js;" in policy
    assert f"frame-src {CHAT};" in policy
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'self'" in policy
    with page.get("/") as index:
        assert "frame-ancestors 'none'" in index.headers["Content-Security-Policy"]


def test_its_view_has_no_switches_and_leads_another_visitor_elsewhere(page: FlaskClient, site: Site) -> None:
    [view] = page.get("/api/world").get_json()["services"]
    assert view == page.get("/api/services/webchat").json == site.view()
    assert view["site"]["another"] == CHAT.replace("127.0.0.1", "localhost")
    assert other_name("https://chat.example/webchat/h") == "https://chat.example/webchat/h"
    for path in ("/api/act/webchat/write", "/api/switches/webchat"):
        assert page.post(path, json={}).status_code == 404


def test_a_page_that_is_open_hears_of_a_site_that_is_new(site: Site) -> None:
    trace, shops = Trace(), dict[str, Site]()
    make_app({}, trace, FixedLinks(), shops)
    with trace.follow(0, quiet=0.01) as follower:
        shops["webchat"] = site
        trace.changed("webchat")
        news: Line | str | None = next(iter(follower))
    assert news == "webchat"


# --- looking at everything -------------------------------------------------------------------------------------------


@pytest.fixture
def chat() -> Iterator[WebChatHarness]:
    with open_webchat() as chat:
        yield chat


def test_a_visitor_writes_and_gets_what_is_answered(chat: WebChatHarness) -> None:
    visitor = Visitor("webchat", chat.page)
    visitor.write("Is anybody there?")
    chat.wait_until(lambda: chat.texts == ["Is anybody there?"])
    assert not visitor.has_got("We are")
    chat.reply("We are.")
    assert visitor.has_got("We are")


def test_every_link_and_every_platform_is_tried(chat: WebChatHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    pigeon, counter = make_tiny_world(VirtualTime(), Random(1))
    rows: list[dict[str, object]] = [
        {"id": "counter-demo", "service": "counter", "side": "platform", "link": None},
        {"id": "app", "service": "counter", "side": "platform", "link": None, "app": True},
        {"id": "pigeon-demo", "service": "pigeon", "side": "messenger", "link": "counter-demo"},
        {"id": "webchat-demo", "service": "webchat", "side": "messenger", "link": "counter-demo"},
    ]
    owner = Clerk(chat.page, rows)
    simulators: dict[str, Simulator] = {"pigeon": pigeon, "counter": counter}

    def answer(desk: Counter, arguments: dict[str, str]) -> None:
        """The bridge between them, as far as this test needs one."""
        if arguments["conversation"] == "c-web":
            chat.reply(arguments["text"])
        else:
            desk.answer(arguments, arguments["text"])

    def write(visitor: Visitor, text: str) -> None:
        send(visitor, text)
        counter.arrive({"id": "web", "name": "Ann"}, text)

    send = Visitor.write
    monkeypatch.setattr(Counter, "do_reply", answer)
    monkeypatch.setattr(Visitor, "write", write)
    site = Site(service="webchat", title="Web chat", address=chat.page)
    trips = list(check_everything(simulators, {"webchat": site}, owner))
    assert [(trip.messenger, trip.platform) for trip in trips] == [("pigeon", "counter"), ("webchat", "counter")]
    assert owner.asked == [
        ("connect", "webchat", "webchat-to-counter-demo"),
        ("link", "webchat-to-counter-demo", "counter-demo"),
    ]
