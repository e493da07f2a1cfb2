"""What Freshchat's webhooks mean, and which of them are believed."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from patchbay.domain.errors import SignatureRejected
from patchbay.domain.events import Ignored, encode
from patchbay.kit.contract import WebhookRequest
from patchbay.platforms.freshchat import CONNECTOR
from tests.connectors.freshchat.inbound.scene import (
    KNOWN_BODY,
    make_endpoint,
    make_request,
)
from tests.connectors.services import sample_endpoint
from tests.harness.gateway import read_gateway_event

SAMPLES = Path(__file__).parents[4] / "events" / "freshchat"
KNOWN_KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAx3xDJtHZ9BgKa6FiOgwSA1lnWAGFIw7YD+hNQ7JOIpjn3Ms9R0iSK972gTmCKNuXepO+"
    "Y0vTxcwBC/Ut1yeUmrncOYZTefZTc66csnkB4JH+3vKUjyPb7r43veiE2q4TDsXanrNKPS6AI97DaYRTJ8UVDBOjJBSts7HbyjcDHfLinfp69jMp"
    "dRuAiMtbiILuRn0UiEIWnmHBBYWANLkDtRPP5ETuSOyFhKReeP/iwws9M7KxHLAYtiSHOj5eYUvC1ljOC7Amu40eHH+x4oK9gkFMm8+q66rIuwee"
    "RDTUPIJ1iC5CDkPLdLe8EfssRavsSWjCSUpmNlPMQeli5N/JeQIDAQAB"
)
KNOWN_SIGNATURE = (
    "j9AJr/172d0JmQevyMltPqxnOkwmAb+dZ633it4Uzd0lBLF34DiRZ5iqg3nfHLi9XiQ9ztxyufD4PVFC6gEDQC7eX+lobQBR1/8wDRGqSMzN3ojs"
    "5k7eftN41DPEnIVFjog3F1235plprf7COD2H9rOI1/GyjHhf6kad/oVjnA1liwgHCPRU+fVWGK1VOANdAtFDcxk0CFSFgFl01qcCNHoaRWqeJYrT"
    "kxptTNZb1i0lSN9QrePY9vGrsdj3sQyMtLgLXohq1ilpVtYvN6n/BVguiCHKDXiEHknYyYP6Sulxfeh19xumQ/xtxTtNMoyu3/PcVGr/pU46weoe"
    "/E4xQQ=="
)
SPKI = f"-----BEGIN PUBLIC KEY-----\n{KNOWN_KEY}\n-----END PUBLIC KEY-----\n"
MISLABELLED = f"-----BEGIN RSA PUBLIC KEY-----\n{KNOWN_KEY}\n-----END RSA PUBLIC KEY-----\n"
ON_ONE_LINE = f"-----BEGIN RSA PUBLIC KEY----- {KNOWN_KEY[:64]} {KNOWN_KEY[64:]} -----END RSA PUBLIC KEY-----"
# The same key in PKCS#1: SPKI without its 24 bytes of algorithm.
PKCS1 = base64.b64encode(base64.b64decode(KNOWN_KEY)[24:]).decode()

# --- who sent it ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [SPKI, MISLABELLED, ON_ONE_LINE, KNOWN_KEY, PKCS1])
def test_the_key_verifies_however_it_was_pasted(key: str) -> None:
    CONNECTOR.verify(make_request(KNOWN_BODY, KNOWN_SIGNATURE), make_endpoint(key=key))


@pytest.mark.parametrize(
    "request_",
    [
        make_request(KNOWN_BODY),
        make_request(KNOWN_BODY, ""),
        make_request(KNOWN_BODY, "not base64!"),
        make_request(KNOWN_BODY, KNOWN_SIGNATURE[:-4]),
        make_request(KNOWN_BODY + b" ", KNOWN_SIGNATURE),
        make_request(KNOWN_BODY.replace("ü".encode(), b"\\u00fc"), KNOWN_SIGNATURE),
    ],
    ids=["no header", "empty", "no base64", "cut short", "a byte more", "re-encoded"],
)
def test_only_the_signed_bytes_are_believed(request_: WebhookRequest) -> None:
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(request_, make_endpoint(key=SPKI))


def test_the_replaced_key_is_believed_while_freshchat_may_still_sign_with_it() -> None:
    sample = json.loads((SAMPLES / "endpoint.json").read_text())["secrets"]["webhook_public_key"]
    CONNECTOR.verify(make_request(KNOWN_BODY, KNOWN_SIGNATURE), make_endpoint(key=sample, previous=SPKI))


def test_without_a_key_nothing_is_believed_and_the_owner_learns_where_it_is() -> None:
    with pytest.raises(SignatureRejected, match="Admin Settings > Webhooks"):
        CONNECTOR.verify(make_request(KNOWN_BODY, KNOWN_SIGNATURE), make_endpoint())


# --- the samples ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted((SAMPLES / "expected").glob("*.json")), ids=lambda path: path.stem)
def test_each_sample_event_is_verified_and_means_what_is_written_beside_it(path: Path) -> None:
    endpoint = sample_endpoint("freshchat")
    request = read_gateway_event(json.loads((SAMPLES / path.name).read_text()))
    CONNECTOR.verify(request, endpoint)
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(replace(request, body=request.body + b"\n"), endpoint)
    parsed_events = CONNECTOR.parse(request, endpoint)
    assert parsed_events == CONNECTOR.parse(request, endpoint)
    meaning = [
        {"ignored": each.reason} if isinstance(each, Ignored) else json.loads(encode(each))["event"]
        for each in parsed_events
    ]
    assert meaning == json.loads(path.read_text())
