"""Webhooks that are signed as Standard Webhooks says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.domain.errors import Misconfigured, SignatureRejected
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.standard_webhooks import read_key, verify_standard_webhook

# The standard's own example.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT = datetime.fromtimestamp(1614265330, UTC)
REQUEST = WebhookRequest(
    method="POST",
    headers={
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    body=b'{"test": 2432232314}',
    received_at=AT,
)
OTHER = "whsec_" + "A" * 32


def with_headers(**headers: str) -> WebhookRequest:
    return replace(
        REQUEST, headers={**REQUEST.headers, **{f"webhook-{name}": value for name, value in headers.items()}}
    )


@pytest.mark.parametrize("secrets", [[SECRET], [OTHER, SECRET], [SECRET.removeprefix("whsec_")], [f" {SECRET}\n"]])
def test_the_standards_own_example_is_believed(secrets: list[str]) -> None:
    verify_standard_webhook(REQUEST, secrets)


def test_any_signature_counts_while_a_secret_is_being_replaced() -> None:
    good = REQUEST.headers["webhook-signature"]
    verify_standard_webhook(with_headers(signature=f"v1,AAAA v1a,BBBB {good}"), [SECRET])
    with pytest.raises(SignatureRejected):
        verify_standard_webhook(with_headers(signature=" ".join(["v1,AAAA"] * 9 + [good])), [SECRET])


@pytest.mark.parametrize("seconds", [-300, 300])
def test_clocks_may_differ_by_five_minutes(seconds: int) -> None:
    near, far = AT + timedelta(seconds=seconds), AT + timedelta(seconds=seconds * 1.01)
    verify_standard_webhook(replace(REQUEST, received_at=near), [SECRET])
    with pytest.raises(SignatureRejected, match="another time"):
        verify_standard_webhook(replace(REQUEST, received_at=far), [SECRET])


@pytest.mark.parametrize(
    "request_",
    [
        replace(REQUEST, body=b'{"test":2432232314}'),
        replace(REQUEST, headers={}),
        with_headers(id="msg_other"),
        with_headers(id=""),
        with_headers(timestamp="1614265331"),
        with_headers(timestamp="1614265330.0"),
        with_headers(signature=""),
        with_headers(signature="v1,"),
        with_headers(signature="v1,é\ud800"),
        with_headers(signature="v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ],
)
def test_nothing_else_is_believed(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureRejected):
        verify_standard_webhook(request_, [SECRET])
    with pytest.raises(SignatureRejected):
        verify_standard_webhook(REQUEST, [OTHER])


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_short", "whsec_" + "é" * 40, "whsec_" + "A" * 31])
def test_a_secret_that_is_cut_short_is_named(secret: str) -> None:
    with pytest.raises(Misconfigured, match="not complete"):
        read_key(secret)
