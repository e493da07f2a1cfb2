"""Subscriptions in the table, and calls to push services over the network."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import boto3
import pytest
from flask import Flask, request

from chat.aws.chats import DynamoStore
from chat.aws.handler import make_handler
from chat.aws.leftovers import list_leftovers
from chat.aws.push import DynamoSubscriptions, HttpPushServices
from chat.aws.rows import Rows
from chat.model import Chat, Subscription, Visitor
from chat.ports import PushFailed, Subscriptions, Visitors
from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.table import Table
from patchbay.domain.errors import Conflict
from playground.live import Server
from playground.services.webchat.memory import MemoryStore
from tests.aws import aws
from tests.harness.fakes.chats import PUSHING, write_static
from tests.harness.fakes.push_service import PushService
from tests.harness.virtual_time import VirtualTime
from tests.webchat.test_handler import CHAT, Place, read

NOW = datetime(2026, 1, 5, tzinfo=UTC)
UNTIL = NOW + timedelta(days=30)
ONE = Subscription(
    id="1", endpoint="https://fcm.googleapis.com/1", browser_key="b", auth="a", key="k", at=NOW, until=UNTIL
)


# --- the store -------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["memory", "dynamo"])
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[Visitors, Subscriptions, VirtualTime]]:
    clock = VirtualTime(NOW)
    if request.param == "memory":
        store = MemoryStore(clock)
        yield store, store, clock
        return
    with aws.running() as cloud:
        rows = Rows(cloud.tables, aws.TABLE)
        yield DynamoStore(Table(cloud.tables, aws.TABLE), rows, clock), DynamoSubscriptions(rows, clock), clock


def test_a_subscription_is_kept_for_its_visitor_until_its_end(
    stores: tuple[Visitors, Subscriptions, VirtualTime],
) -> None:
    visitors, subscriptions, clock = stores
    visitors.save_visitor("web", Visitor(id="v", until=UNTIL))
    other = replace(ONE, id="2", until=NOW + timedelta(days=1))
    for one in (ONE, other, ONE):
        subscriptions.save_subscription("web", "v", one)
    assert sorted(subscriptions.subscriptions("web", "v"), key=lambda one: one.id) == [ONE, other]
    assert list(subscriptions.subscriptions("web", "w")) == list(subscriptions.subscriptions("other", "v")) == []
    clock.jump(NOW + timedelta(days=1))
    assert list(subscriptions.subscriptions("web", "v")) == [ONE]
    for _ in range(2):
        subscriptions.forget_subscription("web", "v", "1")
    assert list(subscriptions.subscriptions("web", "v")) == []


@pytest.mark.parametrize("known", [None, Visitor(id="v", until=UNTIL, revoked=True)])
def test_nothing_is_kept_of_a_visitor_who_has_left(
    stores: tuple[Visitors, Subscriptions, VirtualTime], known: Visitor | None
) -> None:
    visitors, subscriptions, _ = stores
    if known is not None:
        visitors.save_visitor("web", known)
    with pytest.raises(Conflict):
        subscriptions.save_subscription("web", "v", ONE)
    assert list(subscriptions.subscriptions("web", "v")) == []


def test_the_owner_erases_them_with_the_visitors_last_chat() -> None:
    with aws.running() as cloud:
        table, rows, clock = Table(cloud.tables, aws.TABLE), Rows(cloud.tables, aws.TABLE), VirtualTime(NOW)
        store = DynamoStore(table, rows, clock)
        store.save_visitor("web", Visitor(id="v", until=UNTIL))
        first, last = (
            Chat(site="web", id=name, visitor="v", name="Ann", created_at=NOW, updated_at=NOW, until=UNTIL)
            for name in "ab"
        )
        store.start(first)
        store.start(last)
        DynamoSubscriptions(rows, clock).save_subscription("web", "v", ONE)
        kinds = [[str(one["sk"]) for one in list_leftovers(table, "web", "a") if isinstance(one, dict)]]
        store.erase(last)
        kinds.append([str(one["sk"]) for one in list_leftovers(table, "web", "a") if isinstance(one, dict)])
    assert ["PUSH#1" in one for one in kinds] == [False, True]


# --- the network -----------------------------------------------------------------------------------------------------


def test_the_status_of_a_push_service_is_the_answer() -> None:
    app, heard = Flask("push"), []

    @app.post("/send")
    def send() -> tuple[str, int]:
        heard.append((request.headers["TTL"], request.headers["Content-Encoding"], request.get_data()))
        return "", 410

    with Server(app) as server:
        headers = {"ttl": "60", "content-encoding": "aes128gcm"}
        assert HttpPushServices(local=True).post(f"{server.url}/send", headers, b"\x00\xff", 2) == 410
    assert heard == [("60", "aes128gcm", b"\x00\xff")]


def test_a_push_service_that_answers_late_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        started = time.monotonic()
        with pytest.raises(PushFailed):
            HttpPushServices(local=True).post(address, {}, b"x", 0.4)
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("address", ["https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://10.0.0.1/"])
def test_nothing_inside_a_network_is_called(address: str) -> None:
    with pytest.raises(PushFailed, match="not public"):
        HttpPushServices(local=False).post(address, {}, b"x", 2)


# --- the function ----------------------------------------------------------------------------------------------------


def test_the_function_notifies_a_subscriber_and_loads_nothing_for_it_before(tmp_path: Path) -> None:
    app, service = Flask("push"), PushService(SystemClock(), local=True)

    @app.post("/fcm/send/<name>")
    def send(name: str) -> tuple[str, int]:
        headers = {key.lower(): value for key, value in request.headers.items()}
        return "", service.post(f"{service.origin}/fcm/send/{name}", headers, request.get_data(), 1)

    with aws.running() as cloud, Server(app) as server, patch.dict("os.environ", cloud.environment):
        service.origin = server.url
        clients.forget()
        with patch.dict("os.environ", {"PATCHBAY_EMULATOR": "yes"}):
            table = boto3.resource("dynamodb", region_name=aws.REGION).Table(aws.TABLE)
            configuration = ConfigurationStore(table, cloud.secrets, "test", SystemClock())
            place = Place(cloud, configuration, make_handler(write_static(tmp_path)), configuration.save(PUSHING))
            sys.modules.pop("chat.webpush", None)
            place.start()
            assert read(place.request("GET", "api/about"))["push"] is True
            assert "chat.webpush" not in sys.modules
            key = read(place.request("GET", "api/visitors/me/push"))["key"]
            browser = service.subscribe(key)
            assert place.request("POST", "api/visitors/me/push", browser.subscription)["statusCode"] == 201
            sent = {"key": "k", "sent_at": "2026-01-05T09:00:00Z", "content": {"type": "text", "text": "hello"}}
            assert place.ask("POST", f"chats/{place.contact}/messages", sent)["statusCode"] == 201
        clients.forget()
    assert service.refusals == []
    assert browser.notices == [{"title": "Ask us", "chat": CHAT, "text": ""}]
