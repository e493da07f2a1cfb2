"""API Gateway's events in and answers out."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest

from patchbay.aws.handlers.http_api import (
    MOST_BODY_BYTES,
    HttpApiEvent,
    TrustedProxy,
    read_cookies,
    read_parameter,
    read_request,
    read_source,
    write_response,
)
from patchbay.domain.errors import TooLarge, Unreadable
from patchbay.kit.contract import WebhookResponse
from tests.harness.product import modules

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def _event(**changes: object) -> HttpApiEvent:
    event: HttpApiEvent = {"requestContext": {"http": {"method": "POST"}}, "headers": {}}
    event.update(changes)  # type: ignore[typeddict-item]
    return event


def test_a_request_is_read_with_raw_bytes_and_lower_case_headers() -> None:
    event = _event(
        headers={"X-Viber-Content-Signature": "abc"},
        rawQueryString="sig=a%2Bb&empty=&many=1&many=2",
        pathParameters={"webhook_token": "h0ok", "proxy": "a%20b/c"},
        body="Grüße 👋",
    )
    request = read_request(event, NOW)
    assert request.method == "POST"
    assert request.headers == {"x-viber-content-signature": "abc"}
    assert request.query == {"sig": "a+b", "empty": "", "many": "1,2"}
    assert request.tail == ("a b", "c")
    assert request.body == "Grüße 👋".encode()
    assert request.received_at == NOW
    assert read_parameter(event, "webhook_token") == "h0ok"


def test_a_bare_request_is_read_too() -> None:
    request = read_request(_event(pathParameters=None), NOW)
    assert (request.tail, request.query, request.body) == ((), {}, b"")
    assert read_parameter(_event(pathParameters=None), "webhook_token") == ""


def test_the_source_is_what_api_gateway_saw() -> None:
    context = {"http": {"method": "POST", "sourceIp": "203.0.113.9"}}
    event = _event(requestContext=context, headers={"X-Forwarded-For": "192.0.2.1"})
    assert read_request(event, NOW).source == read_source(event) == "203.0.113.9"
    assert read_source(_event()) == ""


def test_base64_bodies_are_decoded() -> None:
    body = bytes(range(256))
    event = _event(body=base64.b64encode(body).decode(), isBase64Encoded=True)
    assert read_request(event, NOW).body == body


def test_a_body_that_is_not_the_base64_it_claims_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read_request(_event(body="***", isBase64Encoded=True), NOW)


@pytest.mark.parametrize("encoded", [True, False])
def test_bodies_have_a_limit(encoded: bool) -> None:
    def event(size: int) -> HttpApiEvent:
        text = base64.b64encode(bytes(size)).decode() if encoded else "x" * size
        return _event(body=text, isBase64Encoded=encoded)

    assert len(read_request(event(MOST_BODY_BYTES), NOW).body) == MOST_BODY_BYTES
    with pytest.raises(TooLarge):
        read_request(event(MOST_BODY_BYTES + 1), NOW)
    most = 3 * MOST_BODY_BYTES
    assert len(read_request(event(most), NOW, most=most).body) == most
    with pytest.raises(TooLarge, match="larger than 3 MB"):
        read_request(event(most + 1), NOW, most=most)


def test_an_answer_without_content_has_no_body() -> None:
    assert set(write_response(WebhookResponse(status=204, body=b"x"))) == {"statusCode", "headers"}
    assert "body" not in write_response(WebhookResponse(status=200))


def test_an_answer_may_say_something_else_than_every_other() -> None:
    own = {"referrer-policy": "origin", "x-own": "1"}
    headers = write_response(WebhookResponse(status=200, headers=own))["headers"]
    assert {name: headers[name] for name in own} == own
    assert headers["x-content-type-options"] == "nosniff"


def test_text_travels_as_text_and_bytes_as_base64() -> None:
    text = write_response(WebhookResponse(status=200, body="ü".encode(), headers={"content-type": "text/plain"}))
    assert (text["body"], text["isBase64Encoded"], text["headers"]["content-type"]) == ("ü", False, "text/plain")
    binary = write_response(WebhookResponse(status=200, body=b"\xff\x00"))
    assert (base64.b64decode(binary["body"]), binary["isBase64Encoded"]) == (b"\xff\x00", True)


@pytest.mark.parametrize(
    "event",
    [
        _event(cookies=["one=1", "two=a=b", "one=other"], headers={"cookie": "stale=1"}),
        _event(headers={"Cookie": "one=1; two=a=b;one=other"}),
    ],
)
def test_cookies_are_read_from_their_list_or_else_from_the_header(event: HttpApiEvent) -> None:
    assert read_cookies(event) == {"one": "1", "two": "a=b"}


def test_cookies_are_set_beside_the_headers() -> None:
    answer = write_response(WebhookResponse(status=302, headers={"location": "/"}), ["one=1; Path=/", "two=2; Path=/"])
    assert answer["cookies"] == ["one=1; Path=/", "two=2; Path=/"]
    assert "cookies" not in write_response(WebhookResponse(status=302))


# --- who is in front of us -------------------------------------------------------------------------------------------

PROOF = "origin-secret-of-32-random-bytes"
PROXY = TrustedProxy(header="CloudFront-Viewer-Address", secret_hash=hashlib.sha256(PROOF.encode()).hexdigest())


def called_by(**headers: str) -> HttpApiEvent:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {"requestContext": {"http": {"method": "GET", "sourceIp": "198.51.100.7"}}, "headers": named}


@pytest.mark.parametrize(
    ("named", "address"),
    [
        ("203.0.113.9:46532", "203.0.113.9"),
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8::1:46532", "2001:db8::1"),
        ("2001:0db8:0000:0000:0000:0000:0000:0001:46532", "2001:db8::1"),
        ("[2001:db8::1]:46532", "2001:db8::1"),
        ("192.0.2.1, 203.0.113.9", "203.0.113.9"),
        ("", "198.51.100.7"),
        ("nobody", "198.51.100.7"),
    ],
)
def test_a_proxy_that_proves_itself_says_who_the_visitor_is(named: str, address: str) -> None:
    event = called_by(cloudfront_viewer_address=named, x_patchbay_origin=PROOF)
    assert read_source(event, PROXY) == address


@pytest.mark.parametrize("proof", [{}, {"x_patchbay_origin": ""}, {"x_patchbay_origin": PROXY.secret_hash}])
def test_what_anybody_else_claims_does_nothing(proof: dict[str, str]) -> None:
    event = called_by(cloudfront_viewer_address="203.0.113.9:1", x_forwarded_for="203.0.113.9", **proof)
    assert read_source(event, PROXY) == "198.51.100.7"


def test_without_a_proxy_no_header_says_who_the_visitor_is() -> None:
    event = called_by(cloudfront_viewer_address="203.0.113.9:1", x_patchbay_origin="")
    empty = TrustedProxy(header="CloudFront-Viewer-Address", secret_hash="")
    nameless = TrustedProxy(header="", secret_hash=hashlib.sha256(b"").hexdigest())
    assert {read_source(event, proxy) for proxy in (None, empty, nameless)} == {"198.51.100.7"}


def test_the_source_is_read_in_one_place() -> None:
    reading = [path.name for path in modules() if "sourceIp" in path.read_text(encoding="utf-8")]
    assert reading == ["http_api.py"]
