"""Webhooks of services that prove little are taken only from the addresses that the owner allows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from patchbay.bridge.webhook_sources import is_allowed, read_networks
from patchbay.domain.errors import Misconfigured
from patchbay.kit.contract import ALLOWED_SOURCES, WebhookRequest
from tests.core.test_receive import GOOD, Polite
from tests.harness.fakes.bridge import TOKEN, Bridge

OURS = "203.0.113.0/24, 2001:db8:1::/48,198.51.100.7"


def allow(bridge: Bridge, allowed: str) -> None:
    for key, endpoint in bridge.connections.endpoints.items():
        bridge.connections.endpoints[key] = replace(endpoint, settings={ALLOWED_SOURCES.name: allowed})


def call(bridge: Bridge, source: str, body: bytes = GOOD) -> tuple[int, bytes]:
    request = WebhookRequest(
        method="POST", headers={"x-token": TOKEN}, body=body, received_at=bridge.time.now(), source=source
    )
    answer = bridge.receiver(bridge.messenger).receive("hook-pigeon", request)
    return answer.status, answer.body


@pytest.mark.parametrize("source", ["203.0.113.9", "2001:db8:1:2::3", "198.51.100.7", "::ffff:203.0.113.9"])
def test_a_webhook_from_an_allowed_address_is_taken(source: str) -> None:
    bridge = Bridge()
    allow(bridge, OURS)
    assert call(bridge, source)[0] == 200
    assert len(bridge.queue) == 1


@pytest.mark.parametrize("source", ["203.0.114.9", "2001:db8:2::3", "198.51.100.8", "", "no address", "203.0.113.9:80"])
def test_another_is_refused_and_counted_and_learns_nothing(source: str) -> None:
    bridge = Bridge()
    allow(bridge, OURS)
    status, body = call(bridge, source)
    assert status == 401
    assert b"203.0.113" not in body
    assert len(bridge.queue) == 0
    assert bridge.telemetry.metrics == {"RejectedSource": 1, "RejectedSignature": 1}
    assert not source or source not in str(bridge.telemetry.lines)


def test_nothing_is_asked_of_the_address_unless_the_owner_wants_it() -> None:
    assert call(Bridge(), "192.0.2.1")[0] == 200


def test_an_address_that_the_owner_has_just_allowed_is_taken() -> None:
    bridge = Bridge()
    fresh = replace(
        bridge.connections.endpoints["pigeon", "hook-pigeon"], settings={ALLOWED_SOURCES.name: "192.0.2.0/24"}
    )
    bridge.connections.renewed["pigeon", "hook-pigeon"] = fresh
    allow(bridge, OURS)
    assert call(bridge, "192.0.2.1")[0] == 200


def test_a_handshake_from_elsewhere_is_refused_too() -> None:
    bridge = Bridge(messenger=Polite())
    allow(bridge, OURS)
    assert call(bridge, "192.0.2.1", b"")[0] == 401
    assert call(bridge, "203.0.113.9", b"")[0] == 200


# --- the setting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("203.0.113.7/24", "203.0.113.0/24"),
        ("2001:db8::1/32", "2001:db8::/32"),
        ("203.0.113.0/33", "write IP addresses"),
        ("example.com", "write IP addresses"),
        ("203.0.113.9,,198.51.100.7", "write IP addresses"),
        ("203.0.113.9 198.51.100.7", "write IP addresses"),
        ("0.0.0.0/0", "allows every address"),
        ("::/0", "allows every address"),
        (",", "write IP addresses"),
    ],
)
def test_what_is_no_list_of_networks_is_explained(text: str, advice: str) -> None:
    with pytest.raises(Misconfigured, match=ALLOWED_SOURCES.name) as caught:
        read_networks(text)
    assert advice in str(caught.value)


def test_a_stored_list_that_cannot_be_read_lets_nobody_in() -> None:
    assert not is_allowed("203.0.113.9", "nonsense")
    assert is_allowed("203.0.113.9", "203.0.113.9")
