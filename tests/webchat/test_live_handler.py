"""Live connections through the function: from the WebSocket API's event to the table, and from a message to the API."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest

from chat.aws.handler import make_handler
from patchbay.aws import clients
from patchbay.aws.api.exchange import Answer
from patchbay.aws.api.transport import NoAnswer, Transport
from patchbay.aws.handlers.http_api import HttpApiEvent
from tests.aws import aws
from tests.harness.fakes.chats import write_static
from tests.harness.moto_transport import MotoTransport
from tests.webchat.test_handler import CHAT, Place, place, read

__all__ = ["place"]

HOST = f"live123.execute-api.{aws.REGION}.amazonaws.com"
SHOP = "https://shop.test"
SENT = {"key": "k", "sent_at": "2026-01-05T09:00:00Z", "content": {"type": "text", "text": "hello, Ann"}}


class Line(Transport):
    """The WebSocket API: answers with `status`, None for no answer at all."""

    def __init__(self) -> None:
        self.status: int | None = 200
        self.sent: list[tuple[str, Any]] = []

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        assert (method, headers["host"]) == ("POST", HOST)
        self.sent.append((path, json.loads(body)))
        if self.status is None:
            raise NoAnswer("TimeoutError")
        return Answer(status=self.status, headers={}, body=b"")


@pytest.fixture
def line(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """Given to the function of `place`, whose visitor has a chat."""
    found = Line()

    def connect(endpoint: str, limits: clients.Limits) -> Transport:
        return found if HOST in endpoint else MotoTransport(endpoint, limits)

    with patch.dict("os.environ", {"LIVE_API_ID": "live123"}), patch.object(clients, "connecting", connect):
        clients.forget()
        place.handler = make_handler(write_static(tmp_path_factory.mktemp("static")))
        place.start()
        yield found


def open_live(place: Place, connection: str = "L0SM9cOFvHcCIhw=", address: str = "") -> int:
    address = address or read(place.request("POST", "api/live", {}, Origin=SHOP))["url"]
    assert address.startswith(f"wss://{HOST}/live?ticket=")
    [ticket] = parse_qs(urlsplit(address).query)["ticket"]
    event: dict[str, Any] = {
        "requestContext": {
            "routeKey": "$connect",
            "eventType": "CONNECT",
            "connectionId": connection,
            "apiId": "live123",
            "stage": "live",
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "headers": {"Origin": SHOP, "Host": HOST, "Sec-WebSocket-Version": "13"},
        "queryStringParameters": {"ticket": ticket},
        "isBase64Encoded": False,
    }
    return place.handler(cast("HttpApiEvent", event), None)["statusCode"]


def rows(place: Place) -> list[str]:
    items = place.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"]
    return [item["sk"]["S"] for item in items if item["sk"]["S"].startswith("LIVE#")]


def test_what_an_agent_writes_is_put_on_the_visitors_connection(place: Place, line: Line) -> None:
    assert open_live(place) == 200
    assert place.ask("POST", f"chats/{place.contact}/messages", SENT)["statusCode"] == 201
    [(path, update)] = line.sent
    assert path == "/live/%40connections/L0SM9cOFvHcCIhw%3D"
    assert (update["chat"]["id"], [message["text"] for message in update["messages"]]) == (CHAT, ["hello, Ann"])


def test_a_ticket_opens_one_connection_over_all_containers(place: Place, line: Line) -> None:
    address = read(place.request("POST", "api/live", {}, Origin=SHOP))["url"]
    assert [open_live(place, name, address) for name in ("one", "two")] == [200, 401]


@pytest.mark.parametrize("parameters", [None, {}, {"ticket": "x"}])
def test_a_stranger_is_refused_without_a_read(place: Place, line: Line, parameters: Mapping[str, str] | None) -> None:
    context = {"connectionId": "c", "identity": {"sourceIp": "192.0.2.9"}}
    event = {"requestContext": context, "headers": {}, "queryStringParameters": parameters}
    place.cloud.calls.clear()
    assert place.handler(cast("HttpApiEvent", event), None)["statusCode"] == 401
    assert place.cloud.calls == []


@pytest.mark.parametrize("status", [None, 403, 429, 500])
def test_an_api_that_fails_costs_the_bridge_nothing(
    place: Place, line: Line, status: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    open_live(place)
    line.status = status
    assert place.ask("POST", f"chats/{place.contact}/messages", SENT)["statusCode"] == 201
    assert "LiveUpdateFailed" in capsys.readouterr().out
    assert len(rows(place)) == 1


def test_a_connection_that_is_gone_is_forgotten_once_its_ticket_is_over(place: Place, line: Line) -> None:
    open_live(place)
    line.status = 410
    with patch("chat.live.TICKET_TIME", timedelta(seconds=-1)):
        place.ask("POST", f"chats/{place.contact}/messages", SENT)
    assert rows(place) == []


def test_nothing_is_left_of_a_visitor_who_leaves(place: Place, line: Line) -> None:
    open_live(place)
    assert len(rows(place)) == 1
    assert place.request("DELETE", "api/visitors/me")["statusCode"] == 204
    assert rows(place) == []


def test_no_log_line_holds_a_ticket_or_a_connection(place: Place, line: Line, log: io.StringIO) -> None:
    address = read(place.request("POST", "api/live", {}, Origin=SHOP))["url"]
    open_live(place, "a-connection", address)
    open_live(place, "a-connection", address)
    line.status = 500
    place.ask("POST", f"chats/{place.contact}/messages", SENT)
    assert "bad_ticket" in log.getvalue()
    for private in (address.partition("ticket=")[2], "a-connection", place.token, "192.0.2.1", "hello, Ann"):
        assert private not in log.getvalue()
