"""A webhook becomes events on the queue, or an answer that says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from patchbay.domain.accounts import Connection, Endpoint, Secrets
from patchbay.domain.events import decode
from patchbay.kit.abilities import AnswersHandshakes, ReceivesInForms
from patchbay.kit.account_setup import WebhookForm
from patchbay.kit.contract import WebhookRequest, WebhookResponse
from tests.harness.fakes.bridge import TOKEN, Bridge
from tests.harness.fakes.services import Pigeon


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


def webhook(bridge: Bridge, body: bytes, token: str = TOKEN) -> WebhookRequest:
    return WebhookRequest(method="POST", headers={"x-token": token}, body=body, received_at=bridge.time.now())


GOOD = json.dumps({"thread": "asa", "id": "1", "text": "a secret thought"}).encode()


def test_a_verified_webhook_is_queued_and_answered(bridge: Bridge) -> None:
    answer = bridge.receiver(bridge.messenger).receive("hook-pigeon", webhook(bridge, GOOD))
    assert answer.status == 200
    [envelope] = bridge.queue.receive()
    assert decode(envelope.body).thread == "asa"
    assert bridge.connections.webhooks_seen == {"pigeon-1": bridge.time.now()}


class TwoForms(Pigeon, ReceivesInForms):
    """Its messages come by air or by post."""

    def name_form(self, request: WebhookRequest) -> str:
        return request.headers.get("x-form", "air")

    def list_forms(self, webhooks: Mapping[str, str], connection: Connection) -> Mapping[str, WebhookForm]:
        raise AssertionError("the doctor's question")


def test_the_form_of_a_webhook_is_noted_once_it_is_verified() -> None:
    bridge = Bridge(messenger=TwoForms())
    receiver, good, now = bridge.receiver(bridge.messenger), webhook(bridge, GOOD), bridge.time.now()
    by_post = replace(good, headers={**good.headers, "x-form": "post"})
    for refused in (replace(by_post, headers={"x-form": "post"}), replace(by_post, body=b"{")):
        assert receiver.receive("hook-pigeon", refused).status in {400, 401}
    assert bridge.connections.forms_seen == {}
    for taken in (good, by_post):
        assert receiver.receive("hook-pigeon", taken).status == 200
    assert bridge.connections.forms_seen == {("pigeon-1", "air"): now, ("pigeon-1", "post"): now}


@pytest.mark.parametrize(
    ("webhook_token", "body", "token", "status", "metric"),
    [
        ("hook-unknown", GOOD, TOKEN, 404, "UnknownHook"),
        ("hook-pigeon", GOOD, "wrong", 401, "RejectedSignature"),
        ("hook-pigeon", b"{", TOKEN, 400, "UnreadableWebhook"),
        ("hook-pigeon", b"[]", TOKEN, 400, "UnreadableWebhook"),
    ],
)
def test_a_bad_webhook_is_refused_with_a_reason_and_nothing_is_queued(
    bridge: Bridge, webhook_token: str, body: bytes, token: str, status: int, metric: str
) -> None:
    answer = bridge.receiver(bridge.messenger).receive(webhook_token, webhook(bridge, body, token))
    assert answer.status == status
    assert json.loads(answer.body)["error"]
    assert len(bridge.queue) == 0
    assert bridge.telemetry.metrics[metric] == 1


def test_addresses_that_nobody_has_fill_no_log(bridge: Bridge) -> None:
    """Whoever makes them up can make up any number of them."""
    receiver = bridge.receiver(bridge.messenger)
    for number in range(500):
        assert receiver.receive(f"hook-{number}", webhook(bridge, GOOD, "wrong")).status == 404
    assert len(bridge.telemetry.lines) == 10
    assert bridge.telemetry.metrics == {"UnknownHook": 10}
    bridge.time.advance(70)
    receiver.receive("hook-x", webhook(bridge, GOOD))
    assert bridge.telemetry.metrics["UnknownHook"] == 11


def test_the_service_is_asked_to_send_again_when_the_queue_refuses(bridge: Bridge) -> None:
    bridge.queue.refuse = 1
    receiver = bridge.receiver(bridge.messenger)
    assert receiver.receive("hook-pigeon", webhook(bridge, GOOD)).status == 500
    assert receiver.receive("hook-pigeon", webhook(bridge, GOOD)).status == 200
    assert len(bridge.queue) == 1


def test_a_secret_that_the_owner_has_just_changed_is_accepted(bridge: Bridge) -> None:
    """The cached endpoint still has the old one: it is read again before a webhook is refused."""
    new = Secrets(values={"token": "new"}, previous={"token": TOKEN}, version="2")
    receiver = bridge.receiver(bridge.messenger)
    fresh = bridge.connections.endpoints["pigeon", "hook-pigeon"]
    bridge.connections.renewed["pigeon", "hook-pigeon"] = type(fresh)(id=fresh.id, service=fresh.service, secrets=new)
    assert receiver.receive("hook-pigeon", webhook(bridge, GOOD, "new")).status == 200


class Polite(Pigeon, AnswersHandshakes):
    """A service that greets with its token before it sends anything."""

    def answer_handshake(self, request: WebhookRequest, endpoint: Endpoint) -> WebhookResponse | None:
        if request.body:
            return None
        known = request.headers["x-token"] in endpoint.secrets.accepted("token")
        return WebhookResponse(status=200, body=b"welcome") if known else WebhookResponse(status=403)


def test_a_handshake_is_answered_and_nothing_is_queued() -> None:
    bridge = Bridge(Polite())
    receiver = bridge.receiver(bridge.messenger)
    assert receiver.receive("hook-pigeon", webhook(bridge, b"")).body == b"welcome"
    assert receiver.receive("hook-pigeon", webhook(bridge, b"", "wrong")).status == 403
    assert [len(bridge.telemetry.logged(f"handshake {what}")) for what in ("answered", "refused")] == [1, 1]
    assert receiver.receive("hook-pigeon", webhook(bridge, GOOD)).status == 200
    assert len(bridge.queue) == 1


def test_a_handshake_with_a_secret_that_the_owner_has_just_changed_is_answered() -> None:
    bridge = Bridge(Polite())
    receiver = bridge.receiver(bridge.messenger)
    fresh = bridge.connections.endpoints["pigeon", "hook-pigeon"]
    bridge.connections.renewed["pigeon", "hook-pigeon"] = replace(fresh, secrets=Secrets(values={"token": "new"}))
    assert receiver.receive("hook-pigeon", webhook(bridge, b"", "new")).body == b"welcome"


def test_nothing_of_a_message_is_written_to_the_log(bridge: Bridge) -> None:
    receiver = bridge.receiver(bridge.messenger)
    receiver.receive("hook-pigeon", webhook(bridge, GOOD))
    receiver.receive("hook-pigeon", webhook(bridge, GOOD, "wrong"))
    receiver.receive("hook-pigeon", webhook(bridge, GOOD[:-1]))
    bridge.settle()
    written = repr(bridge.telemetry.lines)
    assert "a secret thought" not in written
    assert TOKEN not in written
    assert "hook-pigeon" not in written
