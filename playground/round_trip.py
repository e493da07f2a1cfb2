"""One message from a customer to the desk and the agent's answer back, through whatever lies between."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from playground.simulator import Call, Simulator

PATIENCE = 60.0  #: seconds until a message counts as lost


class NothingArrived(Exception):
    """The bridge did not carry a message in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """Seconds from the customer's phone to the desk, and from the desk back."""

    there: float
    back: float


def make_round_trip(simulators: Mapping[str, Simulator], patience: float = PATIENCE) -> RoundTrip:
    """With the first messenger and the first platform. Raises NothingArrived."""
    messenger, platform = (_first(simulators, side) for side in ("messenger", "platform"))
    mark = token_hex(4)
    person = _somebody(messenger)
    messenger.act("write", {"person": person, "text": f"Is anybody there? ({mark})"})
    conversation, there = _await(platform, lambda: _find(platform, "conversations", mark), patience)
    agent = str(_entries(platform, "agents")[0]["id"])
    platform.act("reply", {"conversation": conversation, "agent": agent, "text": f"We are. ({mark[::-1]})"})
    _, back = _await(messenger, lambda: _find(messenger, "people", mark[::-1]), patience)
    return RoundTrip(there=there, back=back)


def _first(simulators: Mapping[str, Simulator], side: str) -> Simulator:
    return next(simulator for simulator in simulators.values() if simulator.view()["side"] == side)


def _somebody(messenger: Simulator) -> str:
    people = _entries(messenger, "people")
    if not people:
        messenger.act("new_person", {"name": "Anna Berg"})
        people = _entries(messenger, "people")
    return str(people[0]["id"])


def _entries(simulator: Simulator, kind: str) -> Sequence[Mapping[str, Any]]:
    entries = simulator.view()[kind]
    if not isinstance(entries, list):
        raise TypeError(f"the view of {simulator.service} has no list of {kind}")
    return entries


def _find(simulator: Simulator, kind: str, mark: str) -> str | None:
    """The person or conversation with a message that holds `mark`."""
    for entry in _entries(simulator, kind):
        if any(mark in message["text"] for message in entry["messages"]):
            return str(entry["id"])
    return None


def _await(simulator: Simulator, look: Callable[[], str | None], patience: float) -> tuple[str, float]:
    """What `look` finds after some call to `simulator`, and how many seconds that took."""
    started = time.monotonic()
    called = threading.Event()

    def notice(_call: Call) -> None:
        called.set()

    simulator.listeners.append(notice)
    try:
        while (found := look()) is None:
            left = started + patience - time.monotonic()
            if left <= 0:
                raise NothingArrived(f"nothing arrived on {simulator.service} within {patience:.0f} s")
            called.wait(min(left, 1))
            called.clear()
    finally:
        simulator.listeners.remove(notice)
    return found, time.monotonic() - started
