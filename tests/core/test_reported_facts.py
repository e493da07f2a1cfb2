"""A service reports facts about an account: they are kept, and what webhooks name by another id is found by them."""

from __future__ import annotations

from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.events import ConnectionChanged, Origin
from tests.harness.fakes.bridge import Bridge


def report(bridge: Bridge, facts: dict[str, str], *aliases: str) -> None:
    now = bridge.time.now()
    bridge.queue.send(
        [
            ConnectionChanged(
                id=f"facts {facts}",
                origin=Origin(service="pigeon", endpoint="pigeon-1"),
                thread="owner-1",
                occurred_at=now,
                status=None,
                facts=facts,
                aliases=aliases,
            )
        ]
    )
    bridge.settle()


def test_facts_are_kept_and_say_nothing_of_the_status() -> None:
    bridge = Bridge()
    bridge.connections.mark("pigeon-1", ConnectionStatus.NEEDS_AUTHORIZATION, "refused")
    report(bridge, {"business_1": "old"})
    report(bridge, {"business_1": "new", "business_2": "else"})
    kept = bridge.connections.connections["pigeon-1"]
    assert {"business_1": "new", "business_2": "else"}.items() <= kept.settings.items()
    assert (kept.status, kept.status_reason) == (ConnectionStatus.NEEDS_AUTHORIZATION, "refused")


def test_webhooks_that_name_only_an_alias_are_found() -> None:
    bridge = Bridge()
    assert bridge.connections.account_of_thread("pigeon-1", "alias-1") is None
    report(bridge, {}, "alias-1", "alias-2")
    found = [bridge.connections.account_of_thread("pigeon-1", alias) for alias in ("alias-1", "alias-2")]
    assert found == ["owner-1", "owner-1"]
    assert bridge.telemetry.metrics.get("AuthorizationNeeded") is None
