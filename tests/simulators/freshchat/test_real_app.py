"""The simulated app sends, byte for byte, what the real one sends: so every test with the one speaks for the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from playground.services.freshchat import DEMO_AGENT, DEMO_APP_SECRET, DEMO_BOT, marketplace_app
from playground.services.freshchat.relay import Request, relay
from tests.harness.freshchat import make_harness
from tests.harness.freshchat_app import ADDRESS, run_app

Payload = dict[str, Any]


@pytest.fixture
def payloads(monkeypatch: pytest.MonkeyPatch) -> list[Payload]:
    """Everything that Freshworks calls the app with while people talk, what the app keeps to itself included."""
    heard: list[Payload] = []

    def listen(payload: Payload, *given: Any) -> Request | None:
        heard.append(payload)
        return relay(payload, *given)

    monkeypatch.setattr(marketplace_app, "relay", listen)
    harness = make_harness("app")
    desk = harness.freshchat
    where = harness.conversation().id
    harness.call("PUT", f"/users/{desk.users[0].id}", {"first_name": "Åsa \u202eBerg", "email": "asa@example.com"})
    desk.reply(where, DEMO_AGENT, "Grüße 👩‍🚀 <b>& Co.</b>")
    desk.reply(where, DEMO_BOT, "a line\x7f\u2028and another")
    desk.send_file(where, DEMO_AGENT, "März.pdf", "application/pdf", b"%PDF", "here")
    desk.quick_replies(where, DEMO_AGENT, "Which?", ["Red", "Blue"])
    desk.private_note(where, DEMO_AGENT, "VIP?")
    desk.system_line(where, "Ana joined")
    desk.resolve(where, DEMO_AGENT)
    desk.reopen(where, DEMO_AGENT)
    desk.assign(where, "")
    harness.time.settle()
    installation = desk.installation
    assert installation is not None
    set_up = [harness.freshchat.marketplace_app.describe(event) for event in ("onAppInstall", "afterAppUpdate")]
    parameters = {"patchbay_address": f"{ADDRESS}token-1", "shared_secret": DEMO_APP_SECRET}
    return [{**payload, "iparams": parameters} for payload in [*set_up, *heard]]


def test_both_apps_send_the_same_requests(payloads: list[Payload]) -> None:
    said = run_app(payloads)
    assert {payload["event"] for payload in payloads} >= {
        "onAppInstall",
        "onMessageCreate",
        "onConversationCreate",
        "onConversationUpdate",
        "onUserUpdate",
    }
    for payload in payloads:
        real = take(said)
        at = int(real["headers"]["webhook-timestamp"]) if real else 0
        request = relay(payload, DEMO_APP_SECRET, at)
        assert (request is None) is (real is None), payload["event"]
        if real is None or request is None:
            continue
        assert real["url"] == f"{ADDRESS}token-1"
        assert real["body"].encode() == request.body
        assert lower(real["headers"]).items() >= lower(request.headers).items()


def take(said: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The request that the real app made of the next event, if any."""
    request = said.pop(0) if "body" in said[0] else None
    assert "rendered" in said.pop(0)
    return request


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
