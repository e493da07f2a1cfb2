"""Encryption and proof for push services: the RFCs' own examples, and a service as strict as they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from chat import webpush
from tests.harness.fakes.push_service import Browser, PushService, Refusal, check_proof, decode, encode
from tests.harness.virtual_time import VirtualTime

NOW = datetime(2026, 1, 5, tzinfo=UTC)
# RFC 8291, appendix A.
TEXT = b"When I grow up, I want to be a watermelon"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
BROWSER_PRIVATE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
BROWSER_PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
OWN_PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
    "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
# RFC 8292, section 2.4.
PROOF = (
    "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3Njgs"
    "InN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjv"
    "W2L9OkSSHzvoD1oA, "
    "k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
)


def rfc_browser() -> Browser:
    private = ec.derive_private_key(int.from_bytes(decode(BROWSER_PRIVATE)), ec.SECP256R1())
    return Browser("https://push.example.net/x", "", private, decode(AUTH))


def test_a_message_is_encrypted_as_in_the_rfc() -> None:
    body = webpush.encrypt(TEXT, BROWSER_PUBLIC, AUTH, salt=decode(SALT), own=int.from_bytes(decode(OWN_PRIVATE)))
    assert encode(body) == BODY


def test_the_fake_reads_the_examples_of_the_rfcs() -> None:
    assert rfc_browser().decrypt(decode(BODY)) == TEXT
    issued = 1453523768 - 3600
    assert check_proof(PROOF, "https://push.example.net", issued) == PROOF.rpartition("k=")[2]


@pytest.mark.parametrize(
    ("origin", "now", "proof"),
    [
        ("https://other.example.net", 1453520168, PROOF),
        ("https://push.example.net", 1453523769, PROOF),
        ("https://push.example.net", 1453523768 - 86_401, PROOF),
        ("https://push.example.net", 1453520168, PROOF.replace(".i3CYb", ".i3CYc")),
        ("https://push.example.net", 1453520168, PROOF.removeprefix("vapid ")),
    ],
)
def test_the_fake_refuses_what_is_wrong(origin: str, now: float, proof: str) -> None:
    with pytest.raises(Refusal):
        check_proof(proof, origin, now)


def test_each_message_has_another_key_and_salt() -> None:
    first, second = (webpush.encrypt(TEXT, BROWSER_PUBLIC, AUTH) for _ in range(2))
    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]
    assert rfc_browser().decrypt(first) == rfc_browser().decrypt(second) == TEXT


def test_the_longest_message_is_taken_and_a_longer_one_is_not() -> None:
    body = webpush.encrypt(b"x" * webpush.MOST_BYTES, BROWSER_PUBLIC, AUTH)
    assert len(body) == 4096
    assert len(rfc_browser().decrypt(body)) == webpush.MOST_BYTES
    with pytest.raises(ValueError, match="too long"):
        webpush.encrypt(b"x" * (webpush.MOST_BYTES + 1), BROWSER_PUBLIC, AUTH)


@pytest.mark.parametrize("key", ["", "AAAA", BROWSER_PUBLIC[:-4] + "AAAA", "é" * 87])
def test_a_key_that_is_none_is_a_value_error(key: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  whatever cryptography says
        webpush.encrypt(TEXT, key, AUTH)


def test_a_secret_is_always_the_same_pair_of_keys_and_another_secret_another() -> None:
    one, again, other = (webpush.derive_key(secret) for secret in ("s" * 43, "s" * 43, "t" * 43))
    assert one.public == again.public != other.public
    assert len(decode(one.public)) == 65
    assert "private" not in repr(one).replace("private=<", "")


@pytest.mark.parametrize("address", ["https://fcm.googleapis.com/fcm/send/a", "https://web.push.apple.com:443/Q"])
def test_the_proof_is_for_one_service_and_half_a_day(address: str) -> None:
    key = webpush.derive_key("s" * 43)
    proof = webpush.authorize(key, address, "https://chat.example", NOW)
    origin = "/".join(address.split("/")[:3])
    assert check_proof(proof, origin, NOW.timestamp()) == key.public
    with pytest.raises(Refusal):
        check_proof(proof, origin, (NOW + timedelta(hours=12, seconds=1)).timestamp())


def test_the_service_takes_what_we_send_and_nothing_that_is_changed() -> None:
    time = VirtualTime(NOW)
    service, key = PushService(time), webpush.derive_key("s" * 43)
    browser = service.subscribe(key.public)
    body = webpush.encrypt(b'{"title":"x"}', encode(browser.public), encode(browser.auth))
    headers = {
        "authorization": webpush.authorize(key, browser.endpoint, "https://chat.example", NOW),
        "content-encoding": "aes128gcm",
        "ttl": "60",
    }
    assert service.post(browser.endpoint, headers, body, 1) == 201
    assert browser.notices == [{"title": "x"}]
    assert service.post(browser.endpoint, {**headers, "ttl": ""}, body, 1) == 400
    assert service.post(browser.endpoint, {**headers, "content-encoding": "aesgcm"}, body, 1) == 415
    assert service.post(browser.endpoint, headers, body[:-1] + bytes([body[-1] ^ 1]), 1) == 400
    assert service.post(f"{browser.endpoint}x", headers, body, 1) == 410
    browser.application_key = webpush.derive_key("t" * 43).public
    assert service.post(browser.endpoint, headers, body, 1) == 403
