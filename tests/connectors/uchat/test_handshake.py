"""The handshake: what UChat asks while the webhook is being set, and what strangers get."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import SignatureRejected
from patchbay.kit.contract import WebhookRequest, WebhookResponse
from patchbay.platforms.uchat import CONNECTOR
from tests.connectors.services import ROOT, samples
from tests.harness.gateway import RECEIVED_AT, read_gateway_event
from tools.sample_events.uchat import CHALLENGE, ENDPOINT, KEY

FOLDER = ROOT / "events" / "uchat" / "handshakes"
SITUATIONS = sorted(path.stem for path in FOLDER.glob("*.json"))


def ask(body: object = b"", **fields: object) -> WebhookRequest:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"method": "POST", "headers": {"content-type": "application/json"}, **fields}
    return WebhookRequest(body=raw, received_at=RECEIVED_AT, **given)  # type: ignore[arg-type]


def parameters(**changes: object) -> dict[str, object]:
    given = {"hub_mode": "subscribe", "hub_verify_token": KEY, "hub_challenge": CHALLENGE, **changes}
    return {name: value for name, value in given.items() if value is not None}


def shake(request: WebhookRequest) -> WebhookResponse | None:
    return CONNECTOR.answer_handshake(request, ENDPOINT)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_encoding_is_answered_as_written_beside_it(situation: str) -> None:
    answer = shake(read_gateway_event(json.loads((FOLDER / f"{situation}.json").read_text())))
    assert answer is not None
    expected = json.loads((FOLDER / "expected" / f"{situation}.json").read_text())
    assert {"status": answer.status, "headers": dict(answer.headers), "body": answer.body.decode()} == expected


def test_the_samples_cover_every_encoding() -> None:
    assert {"json", "json_with_dots", "form", "query", "get", "wrong_token"} <= set(SITUATIONS)


def test_the_answer_is_the_challenge_and_nothing_else_as_plain_text() -> None:
    answer = shake(ask(parameters()))
    assert answer is not None
    assert (answer.status, answer.body) == (200, CHALLENGE.encode())
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("token", ["", "another", KEY[:-1], KEY.upper(), None, 7, "é"])
def test_a_wrong_token_is_refused_without_a_word(token: object) -> None:
    answer = shake(ask(parameters(hub_verify_token=token)))
    assert answer == WebhookResponse(status=403)


@pytest.mark.parametrize("challenge", ["<script>", "a b", "a\n", "x" * 257, "é", "%3Cb%3E"])
def test_only_a_harmless_challenge_is_echoed(challenge: str) -> None:
    assert shake(ask(parameters(hub_challenge=challenge))) == WebhookResponse(status=403)


def test_a_number_is_a_challenge_too() -> None:
    answer = shake(ask(parameters(hub_challenge=1158201444)))
    assert answer is not None
    assert answer.body == b"1158201444"


def test_old_and_new_key_are_accepted_during_a_rotation() -> None:
    turning = replace(ENDPOINT, secrets=ENDPOINT.secrets.renew({"webhook_verification_key": "the-new-one"}))
    for token in (KEY, "the-new-one"):
        answer = CONNECTOR.answer_handshake(ask(parameters(hub_verify_token=token)), turning)
        assert answer is not None
        assert answer.status == 200


def test_without_a_key_of_ours_nobody_is_greeted() -> None:
    nothing = replace(ENDPOINT, secrets=Secrets())
    for token in ("", KEY):
        answer = CONNECTOR.answer_handshake(ask(parameters(hub_verify_token=token)), nothing)
        assert answer == WebhookResponse(status=403)


@pytest.mark.parametrize(
    "request_",
    [
        ask(),
        ask(b"{"),
        ask(b'{"hub_mode"'),
        ask(b"[" * 100_000 + b'"hub"'),
        ask(["hub_mode"]),
        ask(parameters(hub_mode="unsubscribe")),
        ask(parameters(hub_mode=None)),
        ask(parameters(hub_challenge=None)),
        ask(parameters(hub_challenge={"a": 1})),
        ask({"text": "hub_mode=subscribe"}),
        ask(parameters(), method="PUT"),
        ask(b"\xff\xfehub", headers={"content-type": "application/x-www-form-urlencoded"}),
    ],
    ids=lambda request: f"{request.method} {request.body[:24]!r}",
)
def test_whatever_else_comes_is_no_handshake(request_: WebhookRequest) -> None:
    assert shake(request_) is None
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(request_, ENDPOINT)


def test_messages_are_no_handshakes() -> None:
    for sample in samples("uchat"):
        assert shake(sample.request()) is None
