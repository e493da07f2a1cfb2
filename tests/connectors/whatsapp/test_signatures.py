"""Who calls: Meta's handshake, and the signature over the bytes as they come."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import SignatureRejected
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.whatsapp import CONNECTOR
from tests.connectors.whatsapp.scene import ENDPOINT, NOW, VECTORS, request

SIGNATURE = "x-hub-signature-256"


@pytest.mark.parametrize("name", VECTORS)
def test_a_body_is_accepted_as_meta_has_signed_it(name: str) -> None:
    vector = VECTORS[name]
    CONNECTOR.verify(request(vector["body"], **{SIGNATURE: vector["signature"]}), ENDPOINT)


def test_a_body_that_is_written_anew_is_not_what_was_signed() -> None:
    vector = VECTORS["text"]
    for anew in (
        json.dumps(json.loads(vector["body"]), ensure_ascii=False, separators=(",", ":")),
        json.dumps(json.loads(vector["body"])),
    ):
        with pytest.raises(SignatureRejected):
            CONNECTOR.verify(request(anew, **{SIGNATURE: vector["signature"]}), ENDPOINT)


def test_nothing_else_counts_as_the_signature() -> None:
    body = VECTORS["text"]["body"]
    legacy = hmac.new(b"test-app-secret-0123456789abcdef", body.encode(), hashlib.sha1).hexdigest()
    for header, value in ((SIGNATURE, ""), (SIGNATURE, f"sha1={legacy}"), ("x-hub-signature", f"sha1={legacy}")):
        with pytest.raises(SignatureRejected):
            CONNECTOR.verify(request(body, **{header: value}), ENDPOINT)
    without = replace(ENDPOINT, secrets=Secrets({"verify_token": "a-token"}))
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(request(body, **{SIGNATURE: VECTORS["text"]["signature"]}), without)


def greet(**query: str) -> tuple[int, bytes] | None:
    asked = {name.replace("_", ".", 1): value for name, value in query.items()}
    handshake = WebhookRequest(method="GET", query=asked, received_at=NOW)
    answer = CONNECTOR.answer_handshake(handshake, ENDPOINT)
    return (answer.status, answer.body) if answer else None


def test_a_handshake_with_our_token_is_answered_with_its_challenge() -> None:
    asked = {"hub_mode": "subscribe", "hub_verify_token": "a-token", "hub_challenge": "1158201444"}
    assert greet(**asked) == (200, b"1158201444")
    assert greet(**{**asked, "hub_verify_token": "another"}) == (403, b"")
    assert greet(**{**asked, "hub_verify_token": ""}) == (403, b"")
    assert greet(**{**asked, "hub_challenge": "<script>"}) == (403, b"")
    assert greet(**{**asked, "hub_mode": "unsubscribe"}) == (403, b"")
    assert greet(name="value") is None
    assert CONNECTOR.answer_handshake(request(VECTORS["text"]["body"]), ENDPOINT) is None
