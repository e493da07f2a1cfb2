from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient

from playground.page_server import make_app
from playground.trace import Trace
from tests.harness.links import FixedLinks
from tests.harness.tiny import Counter, Pigeon, make_tiny_world
from tests.harness.virtual_time import VirtualTime


@pytest.fixture
def world() -> tuple[Pigeon, Counter]:
    return make_tiny_world(VirtualTime(), Random(1))


@pytest.fixture
def trace() -> Trace:
    return Trace()


@pytest.fixture
def links() -> FixedLinks:
    return FixedLinks()


@pytest.fixture
def app(world: tuple[Pigeon, Counter], trace: Trace, links: FixedLinks) -> Flask:
    return make_app({simulator.service: simulator for simulator in world}, trace, links)


@pytest.fixture
def page(app: Flask) -> FlaskClient:
    return app.test_client()


def test_the_page_and_its_parts_are_served_with_a_strict_policy(page: FlaskClient) -> None:
    with page.get("/") as answer:
        assert answer.status_code == 200
        assert b"<main>" in answer.data
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    parts = ("main.js", "style.css", "logo.svg", "fonts/inter-latin-wght-normal.woff2")
    for path in [*(f"/page/{part}" for part in parts), "/webchat/static/dom.js"]:
        with page.get(path) as found:
            assert found.status_code == 200
            assert found.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/page/../run.py", "/page/..%2frun.py", "/page/nothing.js", "/webchat/static/..%2fapp.py"]
)
def test_nothing_outside_the_page_is_served(page: FlaskClient, path: str) -> None:
    assert page.get(path).status_code == 404


def test_the_world_is_every_view_with_its_switches(page: FlaskClient) -> None:
    services = page.get("/api/world").get_json()["services"]
    assert [(view["service"], view["side"]) for view in services] == [("pigeon", "messenger"), ("counter", "platform")]
    assert services[0]["switches"]["api_status"] == 0
    assert page.get("/api/services/pigeon").json == services[0]


def test_what_people_do_reaches_the_simulator(page: FlaskClient, world: tuple[Pigeon, Counter]) -> None:
    answer = page.post("/api/act/pigeon/write", json={"person": "p1", "text": "שלום 👋", "card": None})
    assert answer.status_code == 200
    assert world[0].acts == [("write", {"person": "p1", "text": "שלום 👋"})]
    assert world[1].of("p1")["messages"][0]["text"] == "שלום 👋"


def test_numbers_arrive_as_text(page: FlaskClient, world: tuple[Pigeon, Counter]) -> None:
    page.post("/api/act/pigeon/send_location", json={"person": "p1", "latitude": 48.2, "longitude": 16})
    assert world[0].acts[-1][1] == {"person": "p1", "latitude": "48.2", "longitude": "16"}


def test_a_refusal_is_told_in_words(page: FlaskClient) -> None:
    answer = page.post("/api/act/pigeon/write", json={"person": "p1", "text": "x" * 7001})
    assert answer.status_code == 422
    assert answer.json == {"error": "Pigeon carries 7000 characters at most"}


@pytest.mark.parametrize("path", ["/api/act/pigeon/dance", "/api/act/nobody/write", "/api/switches/nobody"])
def test_unknown_services_and_actions_are_not_found(page: FlaskClient, path: str) -> None:
    answer = page.post(path, json={})
    assert answer.status_code == 404
    assert answer.get_json()["error"]


def test_switches_are_set_one_by_one_and_put_back_together(page: FlaskClient, world: tuple[Pigeon, Counter]) -> None:
    page.post("/api/switches/pigeon", json={"api_status": 429, "api_retry_after": 3})
    answer = page.post("/api/switches/pigeon", json={"webhook_duplicates": True, "webhook_delay": 2})
    switches = answer.get_json()
    assert (switches["api_status"], switches["api_retry_after"], switches["webhook_delay"]) == (429, 3, 2.0)
    assert world[0].app.test_client().get("/ping").status_code == 429
    page.post("/api/switches", json={})
    assert world[0].app.test_client().get("/ping").data == b"pong"
    assert not world[0].switches.webhook_duplicates


@pytest.mark.parametrize(
    "order", [{"api_statsu": 429}, {"api_status": "429"}, {"api_status": True}, {"webhook_delay": -1}, {"api_lost": 1}]
)
def test_impossible_switches_are_refused_and_change_nothing(
    page: FlaskClient, world: tuple[Pigeon, Counter], order: dict[str, object]
) -> None:
    before = repr(world[0].switches)
    assert page.post("/api/switches/pigeon", json={"webhook_reorder": True, **order}).status_code == 422
    assert repr(world[0].switches) == before


def test_foreign_sites_can_neither_read_nor_order(page: FlaskClient, world: tuple[Pigeon, Counter]) -> None:
    assert page.get("/api/world", headers={"Host": "evil.example"}).status_code == 403
    form = page.post("/api/act/pigeon/write", data={"person": "p1", "text": "x"})
    plain = page.post("/api/act/pigeon/write", data='{"person":"p1","text":"x"}', content_type="text/plain")
    assert (form.status_code, plain.status_code) == (415, 415)
    assert world[0].acts == []


def test_an_order_is_an_object(page: FlaskClient) -> None:
    assert page.post("/api/act/pigeon/write", json=["p1"]).status_code == 400


# --- who talks to whom -----------------------------------------------------------------------------------------------


def test_links_are_shown_and_changed(page: FlaskClient, links: FixedLinks) -> None:
    links.join("shop-anna", "shop", "pending")
    assert page.get("/api/links").json == {"messengers": links.messengers, "platforms": links.platforms}
    answer = page.post("/api/links", json={"messenger": "pigeon-demo", "platform": "shop-anna"})
    assert answer.get_json()["messengers"][0]["link"] == "shop-anna"
    assert page.get("/api/links").json == answer.json


def test_links_that_cannot_be_are_refused_in_words(page: FlaskClient, links: FixedLinks) -> None:
    for order in ({"messenger": "pigeon-demo", "platform": "--help"}, {"platform": "counter-demo"}, {}):
        answer = page.post("/api/links", json=order)
        assert (answer.status_code, answer.get_json()["error"][:22]) == (404, "there is no connection")
    links.refusal = "`patchbay link` failed: the table is gone"
    answer = page.post("/api/links", json={"messenger": "pigeon-demo", "platform": "counter-demo"})
    assert (answer.status_code, answer.json) == (422, {"error": links.refusal})


def test_foreign_sites_change_no_links(page: FlaskClient, links: FixedLinks) -> None:
    links.join("shop-anna", "shop")
    order = {"messenger": "pigeon-demo", "platform": "shop-anna"}
    assert page.post("/api/links", data=order).status_code == 415
    assert page.post("/api/links", json=order, headers={"Host": "evil.example"}).status_code == 403
    assert page.get("/api/links", headers={"Host": "evil.example"}).status_code == 403
    assert links.messengers[0]["link"] == "counter-demo"


# --- the stream ------------------------------------------------------------------------------------------------------


def read(chunks: Iterator[bytes], kind: str) -> str:
    """The data of the next event of a kind, which must come within a few seconds."""
    for chunk in islice(chunks, 30):
        fields = dict(line.split(": ", 1) for line in chunk.decode().strip().splitlines() if not line.startswith(":"))
        if fields.get("event") == kind:
            return fields["data"]
    raise AssertionError(f"no {kind} in the stream")


def test_each_call_is_a_line_and_news_of_a_change(page: FlaskClient, world: tuple[Pigeon, Counter]) -> None:
    with page.get("/api/trace", buffered=False) as answer:
        chunks = answer.iter_encoded()
        assert read(chunks, "hello")
        world[0].app.test_client().get("/ping")
        line = json.loads(read(chunks, "line"))
        assert (line["kind"], line["title"], line["status"], line["mood"]) == ("api", "GET /ping", 200, "good")
        assert json.loads(read(chunks, "changed")) == "pigeon"


def test_a_change_without_any_call_is_noticed(page: FlaskClient, world: tuple[Pigeon, Counter]) -> None:
    with page.get("/api/trace", buffered=False) as answer:
        chunks = answer.iter_encoded()
        read(chunks, "hello")
        world[0].people["p1"]["name"] = "Anna Maria Berg"
        assert json.loads(read(chunks, "changed")) == "pigeon"


def test_a_page_that_comes_back_gets_what_it_missed(page: FlaskClient, world: tuple[Pigeon, Counter]) -> None:
    caller = world[0].app.test_client()
    caller.get("/ping?1")
    caller.get("/nowhere")
    with page.get("/api/trace", buffered=False) as answer:
        run = read(answer.iter_encoded(), "hello")
    with page.get("/api/trace", headers={"Last-Event-ID": f"{run}/1"}, buffered=False) as answer:
        assert json.loads(read(answer.iter_encoded(), "line"))["title"] == "GET /nowhere"
    with page.get("/api/trace", headers={"Last-Event-ID": "another/1"}, buffered=False) as answer:
        assert json.loads(read(answer.iter_encoded(), "line"))["title"] == "GET /ping"


def test_a_page_that_left_is_forgotten(page: FlaskClient, trace: Trace) -> None:
    with page.get("/api/trace", buffered=False) as answer:
        chunks = answer.iter_encoded()
        trace.changed("pigeon")
        read(chunks, "hello")
        trace.changed("pigeon")
        read(chunks, "changed")
        assert trace.is_watched
    assert not trace.is_watched


def test_the_story_of_a_line_that_is_gone_is_not_found(page: FlaskClient) -> None:
    assert page.get("/api/trace/4711/story").status_code == 404
