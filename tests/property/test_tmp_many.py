"""Whatever fails, and whoever is faster: each held message reaches the customer once, in the order of writing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from patchbay.domain.events import HeldOverdue, Origin
from patchbay.domain.model import Part
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, Office
from tests.harness.fakes.windowed import WindowedPigeon


class ExactPigeon(WindowedPigeon):
    """It takes a part that comes twice once, so nothing may be there twice."""

    behavior = replace(WindowedPigeon.behavior, idempotent_sends=True)

    def keep(self, thread: str, part: Part) -> None:
        if part.key not in self.keys.get(thread, []):
            super().keep(thread, part)


class NotingOffice(Office):
    behavior = replace(Office.behavior, failures_as_notes=True)


PASSING = [Fault.BUSY, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.PENDING]
DEATHS = [Fault.DIED_BEFORE, Fault.DIED_AFTER]
FAULTS = st.lists(st.one_of(st.none(), st.sampled_from(PASSING)), max_size=8)
#: At most two: after three deaths a message is a dead letter, which is another story.
DEATH = st.lists(st.tuples(st.integers(0, 8), st.sampled_from(DEATHS)), max_size=2)
DEEDS = st.lists(
    st.sampled_from(["agent", "agent", "customer", "choose", "list", "a day", "hours", "settle", "work", "monitor"]),
    min_size=2,
    max_size=14,
)


def live(bridge: Bridge, deeds: list[str]) -> list[str]:
    """What the agents wrote. Nobody waits for the dispatcher unless something says so; no message waits for a day."""
    written = []
    for number, deed in enumerate(deeds):
        bridge.time.advance(1)
        if deed == "agent":
            written.append(f"m{number}")
        _do(bridge, deed, number)
    return written


def _do(bridge: Bridge, deed: str, number: int) -> None:
    desk, conversation = bridge.platform, "conversation-1"
    deeds: dict[str, Callable[[], object]] = {
        "agent": lambda: bridge.agent_writes(f"m{number}"),
        "customer": lambda: bridge.customer_writes(f"c{number}"),
        "choose": lambda: bridge.webhook(desk, conversation, "1", f"choice {number}"),
        "list": lambda: bridge.webhook(desk, conversation, "/template", f"choice {number}"),
        "a day": lambda: _pass_a_day(bridge),
        "hours": lambda: bridge.time.advance(3 * 3600),
        "settle": lambda: bridge.settle(timedelta(hours=1)),
        "work": bridge.work,
        "monitor": lambda: _look_for_overdue(bridge, number),
    }
    deeds[deed]()


def _pass_a_day(bridge: Bridge) -> None:
    bridge.settle(timedelta(hours=2))
    bridge.time.advance(25 * 3600)


def _look_for_overdue(bridge: Bridge, number: int) -> None:
    now = bridge.time.now()
    for place in bridge.held.overdue(now, 100):
        origin = Origin(service="pigeon", endpoint="pigeon-1")
        bridge.queue.send([HeldOverdue(id=f"o{number}", origin=origin, thread=place.contact, occurred_at=now)])


@settings(max_examples=1500)
@given(deeds=DEEDS, faults=FAULTS, deaths=DEATH, desk=FAULTS)
def test_nothing_is_lost_doubled_or_reordered(
    deeds: list[str], faults: list[Fault | None], deaths: list[tuple[int, Fault]], desk: list[Fault | None]
) -> None:
    pigeon = ExactPigeon()
    bridge = Bridge(pigeon, NotingOffice())
    pigeon.now = bridge.time.now
    bridge.connections.change("pigeon-1", settings={"hold_hours": "336"})
    bridge.customer_writes("hello")
    bridge.settle()
    pigeon.faults.extend(faults)
    for place, death in deaths:
        pigeon.faults.insert(place, death)
    bridge.platform.faults.extend(desk)
    written = live(bridge, deeds)
    bridge.settle(timedelta(hours=3))
    bridge.customer_writes("I am back")
    bridge.settle(timedelta(hours=12))
    assert not bridge.queue.parked
    assert re.findall(r"\bm\d+", " ".join(pigeon.everything())) == written
    assert not bridge.held.messages
    assert [text for text in bridge.platform.everything() if re.fullmatch(r"c\d+", text)] == [
        f"c{number}" for number, deed in enumerate(deeds) if deed == "customer"
    ]


@settings(max_examples=1500)
@given(deeds=DEEDS, faults=FAULTS)
def test_whatever_waits_too_long_has_an_end_that_the_agents_read(deeds: list[str], faults: list[Fault | None]) -> None:
    pigeon = ExactPigeon()
    bridge = Bridge(pigeon, NotingOffice())
    pigeon.now = bridge.time.now
    bridge.connections.change("pigeon-1", settings={"hold_hours": "30"})
    bridge.customer_writes("hello")
    bridge.settle()
    pigeon.faults.extend(faults)
    written = live(bridge, deeds)
    bridge.settle(timedelta(hours=3))
    for round_ in range(3):
        bridge.time.advance(31 * 3600)
        _look_for_overdue(bridge, 100 + round_)
        bridge.settle(timedelta(hours=3))
    assert not bridge.held.messages
    assert not bridge.queue.parked
    reached = re.findall(r"\bm\d+", " ".join(pigeon.everything()))
    reported = [message for message, reason in bridge.platform.reports if reason.startswith("the customer has not")]
    failed = [name.rpartition(":")[2] for name in reported if not name.startswith("choice")]
    assert reached == [name for name in written if name in reached]
    assert sorted([*reached, *failed]) == sorted(written)


def test_templates_carry_the_words() -> None:
    """`live` picks the first template, which says what is held."""
    pigeon = ExactPigeon()
    bridge = Bridge(pigeon, NotingOffice())
    pigeon.now = bridge.time.now
    bridge.customer_writes("hello")
    bridge.settle()
    live(bridge, ["a day", "agent", "settle", "choose", "settle"])
    assert pigeon.everything() == ["News for you: m1\nAcme"]
