"""What seldom happens to held messages: stores that are away, agents who react, desks that cannot be informed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Never

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay.domain.errors import Misconfigured
from patchbay.domain.references import Change, ChangeKind
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.lively import LivelyOffice, change, refer, say
from tests.harness.fakes.services import Fault
from tests.harness.fakes.window_stores import MemoryHeldMessages, watch_overdue
from tests.harness.fakes.windowed import WindowedPigeon

DAY = timedelta(days=1)


class NotingOffice(LivelyOffice):
    """Its failures are notes in the conversation. Its calls meet faults."""

    behavior = replace(LivelyOffice.behavior, failures_as_notes=True)

    def report_failure(self, *args: object) -> None:
        fault = self.next_fault()
        self.raise_before(fault)
        super().report_failure(*args)  # type: ignore[arg-type]
        self.raise_after(fault)


@pytest.fixture
def pigeon() -> WindowedPigeon:
    return WindowedPigeon()


@pytest.fixture
def bridge(pigeon: WindowedPigeon) -> Bridge:
    made = Bridge(pigeon, NotingOffice())
    pigeon.now = made.time.now
    made.customer_writes("hello")
    made.settle()
    return made


def close(bridge: Bridge) -> None:
    bridge.time.advance(25 * 3600)


def react(bridge: Bridge, name: str) -> None:
    target = refer(bridge, bridge.platform, name)
    change(bridge, bridge.platform, "r1", Change(kind=ChangeKind.REACTION, target=target, emoji="👍"))
    bridge.settle(timedelta(minutes=5))


def test_an_agents_reaction_on_their_own_held_message_changes_nothing(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    close(bridge)
    say(bridge, bridge.platform, "m1", "one")
    bridge.settle(timedelta(minutes=5))
    react(bridge, "m1")
    assert [held.event.message.external_id for held in bridge.held.messages.values()] == ["m1"]
    bridge.customer_writes("back")
    bridge.settle()
    assert pigeon.everything() == ["one"]


def test_a_reaction_to_what_the_customer_wrote_too_long_ago_is_left_out(bridge: Bridge) -> None:
    close(bridge)
    react(bridge, bridge.platform.ids["conversation-1"][0])
    assert not bridge.held.messages
    assert Outcome.SKIPPED in {delivery.outcome for delivery in bridge.ledger.deliveries.values()}


@pytest.mark.parametrize(
    ("faults", "notices", "unreported"),
    [([Fault.LOST_AFTER], 1, 0), ([Fault.REFUSED], 0, 1), ([Fault.BUSY] * 20, 0, 1)],
)
def test_what_agents_cannot_be_informed_of_is_counted_and_their_message_stays_held(
    bridge: Bridge, faults: list[Fault], notices: int, unreported: int
) -> None:
    close(bridge)
    bridge.platform.faults.extend(faults)
    bridge.agent_writes("one")
    bridge.settle(timedelta(hours=8))
    assert len(bridge.held.messages) == 1
    assert len(bridge.platform.reports) == notices
    assert bridge.telemetry.metrics["UnreportedFailures"] == unreported


def test_stores_that_are_away_are_asked_in_the_next_round(bridge: Bridge) -> None:
    class Away(MemoryHeldMessages):
        def overdue(self, *_: object) -> Never:
            raise TimeoutError("the table is away")

    watch = watch_overdue(bridge.time, bridge.telemetry, bridge.queue, Away(), bridge.connector_of)
    watch.report(list(bridge.connections.connections.values()))
    assert not len(bridge.queue)


def test_a_service_that_this_version_does_not_have_has_no_window(bridge: Bridge) -> None:
    def find(service: str) -> object:
        raise Misconfigured(f"no service {service}")

    watch = watch_overdue(bridge.time, bridge.telemetry, bridge.queue, bridge.held, find)  # type: ignore[arg-type]
    watch.report(list(bridge.connections.connections.values()))
    assert not len(bridge.queue)


def test_what_has_ended_meanwhile_is_not_released(bridge: Bridge, pigeon: WindowedPigeon) -> None:
    close(bridge)
    bridge.agent_writes("one")
    bridge.settle(timedelta(minutes=5))
    (held,) = bridge.held.messages.values()
    entry = bridge.ledger.deliveries[held.event.ledger_key]
    bridge.ledger.save(replace(entry, outcome=Outcome.SKIPPED, in_flight=False))
    bridge.customer_writes("back")
    bridge.settle()
    assert pigeon.everything() == []
    assert not bridge.held.messages
