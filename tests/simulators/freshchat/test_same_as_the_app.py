"""The simulated app sends byte for byte what the real one sends: integrations/freshchat-app, run by Node."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Any

import pytest

from playground.services.freshchat import DEMO_AGENT, DEMO_APP_SECRET, DEMO_BOT, OTHER_AGENT, marketplace_app
from playground.services.freshchat.relay import Request, make_request, relay
from tests.harness.freshchat import WEBHOOK_URL, make_harness
from tests.harness.freshchat_app import run_app
from tests.harness.product import ROOT

type Json = dict[str, Any]

APP = ROOT / "integrations" / "freshchat-app"
IPARAMS = {"patchbay_address": WEBHOOK_URL, "shared_secret": DEMO_APP_SECRET}
PER_MINUTE = 50  #: that the platform lets an app send
SET_UP = {"onAppInstall", "afterAppUpdate", "onAppUninstall"}


def ask_app(payloads: Sequence[Json]) -> Iterator[Json | None]:
    """The request of the real app about each event; None where it sends nothing."""
    request: Json | None = None
    for line in run_app([{**payload, "iparams": IPARAMS} for payload in payloads]):
        if "url" in line:
            assert request is None, "one request for an event"
            request = line
        else:
            yield request
            request = None


def read_samples() -> list[Json]:
    """What the app's own tests use: what Freshworks' documents show, in our words."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(APP.glob("server/test_data/*/*.json"))]


def record_a_day(monkeypatch: pytest.MonkeyPatch) -> list[Json]:
    """What the simulated platform calls its app with."""
    heard: list[Json] = []

    def listen(payload: Json, *words: Any) -> Request | None:
        heard.append(payload)
        return relay(payload, *words)

    def listen_to_set_up(payload: Json, *words: Any) -> Request:
        heard.append(payload)
        return make_request(payload, *words)

    monkeypatch.setattr(marketplace_app, "relay", listen)
    monkeypatch.setattr(marketplace_app, "make_request", listen_to_set_up)
    harness = make_harness("app")
    chat = harness.conversation()
    harness.call("PUT", f"/users/{chat.user.id}", {"first_name": "Åsa \u202eBerg", "email": "asa@example.com"})
    harness.freshchat.reply(chat.id, DEMO_AGENT, "Grüße \U0001f44b \x7f \u2028 漢 <b>&amp;</b>")
    harness.freshchat.private_note(chat.id, DEMO_AGENT, "VIP?")
    harness.freshchat.post_as_agent(chat.id, DEMO_BOT, [{"text": {"content": "Beep"}}])
    harness.freshchat.quick_replies(chat.id, DEMO_AGENT, "Well?", ["Yes", "No"])
    harness.freshchat.assign(chat.id, OTHER_AGENT)
    harness.freshchat.resolve(chat.id, OTHER_AGENT)
    harness.freshchat.reopen(chat.id, DEMO_AGENT)
    harness.time.settle()
    harness.freshchat.marketplace_app.update("1.0.0")
    harness.freshchat.marketplace_app.uninstall()
    return heard


def distort(payload: Json) -> Iterator[Json]:
    """The same event with what a payload may lack or have too much of."""
    for name in ("domain", "account_id", "timestamp", "version", "data"):
        yield {key: value for key, value in payload.items() if key != name}
    parts: list[Json] = [
        {"actor": None},
        {"actor": {}},
        {"associations": None},
        {"associations": {}},
        {"changes": None},
        {"changes": {}},
    ]
    for part in parts:
        if "data" in payload:
            yield {**payload, "data": {**payload["data"], **part}}
    yield {**payload, "region": "é\udcff\U0001f34f", "extra": 1}


def test_both_apps_send_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    known = read_samples()
    payloads = [*record_a_day(monkeypatch), *known, *(other for payload in known for other in distort(payload))]
    requests = [sent for some in batched(payloads, PER_MINUTE, strict=False) for sent in ask_app(some)]
    assert len(requests) == len(payloads) > 60
    assert sum(request is None for request in requests) > 5
    for payload, sent in zip(payloads, requests, strict=True):
        at = int(sent["headers"]["webhook-timestamp"]) if sent else 0
        make = make_request if payload["event"] in SET_UP else relay
        expected = make(payload, DEMO_APP_SECRET, at)
        assert (sent is None) == (expected is None), payload
        if sent and expected:
            assert sent["body"].encode() == expected.body
            headers = {name.lower(): value for name, value in sent["headers"].items()}
            assert headers == dict(expected.headers)
            assert (sent["method"], sent["url"]) == ("POST", WEBHOOK_URL)
