"""What Viber's callbacks mean, and which of them are believed."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path

import pytest

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.errors import SignatureRejected
from patchbay.domain.events import Ignored, decode, encode
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.viber import CONNECTOR
from tests.connectors.viber.inbound.scene import ENDPOINT, KNOWN_BODY, TOKEN, make_request
from tests.harness.gateway import read_gateway_event

SAMPLES = Path(__file__).parents[4] / "events" / "viber"
KNOWN_SIGNATURE = "e3225ac84f9ca80ef48903a23b9f8b4aa537d62396d2407b2a522351eabc1709"

# --- who is believed ------------------------------------------------------------------------------------------------


def test_the_signature_in_the_header_is_accepted() -> None:
    assert len(KNOWN_BODY) == 227
    CONNECTOR.verify(make_request(header=KNOWN_SIGNATURE), ENDPOINT)


def test_the_signature_in_the_query_is_accepted_when_there_is_no_header() -> None:
    CONNECTOR.verify(make_request(query=KNOWN_SIGNATURE), ENDPOINT)


def test_a_token_that_was_replaced_lately_still_verifies() -> None:
    rotated = replace(ENDPOINT, secrets=Secrets({"auth_token": "new"}, previous={"auth_token": TOKEN}))
    CONNECTOR.verify(make_request(header=KNOWN_SIGNATURE), rotated)


@pytest.mark.parametrize(
    "request_",
    [
        make_request(),
        make_request(header="", query=""),
        make_request(header="0" * 64),
        make_request(query="0" * 64),
        make_request(header="0" * 64, query=KNOWN_SIGNATURE),
        make_request(header="sha256=" + KNOWN_SIGNATURE),
        make_request(KNOWN_BODY.replace(b"Hej", b"Nej"), header=KNOWN_SIGNATURE),
        make_request(KNOWN_BODY + b"\n", header=KNOWN_SIGNATURE),
        make_request(header="\udcff"),
    ],
    ids=["unsigned", "empty", "wrong header", "wrong query", "header decides", "prefix", "tampered", "longer", "bytes"],
)
def test_anything_else_is_rejected(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(request_, ENDPOINT)


def test_nothing_is_believed_before_there_is_a_token() -> None:
    signature = hmac.new(b"", KNOWN_BODY, hashlib.sha256).hexdigest()
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(make_request(header=signature), replace(ENDPOINT, secrets=Secrets({"auth_token": ""})))


# --- samples --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.json") if path.stem != "endpoint"))
def test_a_sample_event_means_what_is_written_beside_it(name: str) -> None:
    record = json.loads((SAMPLES / "endpoint.json").read_text())
    endpoint = Endpoint(id=record["id"], service=record["service"], secrets=Secrets(record["secrets"]))
    request = read_gateway_event(json.loads((SAMPLES / f"{name}.json").read_text()))
    expected = json.loads((SAMPLES / "expected" / f"{name}.json").read_text())

    CONNECTOR.verify(request, endpoint)
    parsed_events = CONNECTOR.parse(request, endpoint)

    assert parsed_events == CONNECTOR.parse(request, endpoint), "twice the same"
    assert [
        {"ignored": each.reason} if isinstance(each, Ignored) else json.loads(encode(each))["event"]
        for each in parsed_events
    ] == expected
    assert all(decode(encode(each)) == each for each in parsed_events if not isinstance(each, Ignored))
