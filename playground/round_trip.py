"""One message from a customer to a desk and the agent's answer back, through whatever lies between."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any, Protocol

from playground.simulator import Simulator

PATIENCE = 60.0  #: seconds until a message counts as lost
LOOKS_EVERY = 0.1  #: seconds


class NothingArrived(Exception):
    """The bridge did not carry a message in time."""


class Customer(Protocol):
    """A person on a messenger."""

    @property
    def service(self) -> str: ...

    def write(self, text: str) -> None: ...

    def has_got(self, mark: str) -> bool:
        """Whether a message with `mark` in it has come."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """Seconds from the customer to the desk, and from the desk back."""

    messenger: str
    platform: str
    there: float
    back: float


class Phone:
    """The first customer of a simulated messenger, or a new one."""

    def __init__(self, messenger: Simulator) -> None:
        if not _entries(messenger, "people"):
            messenger.act("new_person", {"name": "Anna Berg"})
        self.service = messenger.service
        self._messenger = messenger
        self._person = str(_entries(messenger, "people")[0]["id"])

    def write(self, text: str) -> None:
        self._messenger.act("write", {"person": self._person, "text": text})

    def has_got(self, mark: str) -> bool:
        return _find(self._messenger, "people", mark) == self._person


def make_round_trip(customer: Customer, platform: Simulator, patience: float = PATIENCE) -> RoundTrip:
    """Raises NothingArrived."""
    mark = token_hex(4)
    began = time.monotonic()
    customer.write(f"Hello, are you there? ({mark})")
    conversation = _await(platform.service, lambda: _find(platform, "conversations", mark), patience)
    arrived = time.monotonic()
    agent = str(_entries(platform, "agents")[0]["id"])
    platform.act("reply", {"conversation": conversation, "agent": agent, "text": f"Yes, we are. ({mark[::-1]})"})
    _await(customer.service, lambda: customer.has_got(mark[::-1]), patience)
    there, back = arrived - began, time.monotonic() - arrived
    return RoundTrip(messenger=customer.service, platform=platform.service, there=there, back=back)


def _entries(simulator: Simulator, kind: str) -> Sequence[Mapping[str, Any]]:
    entries = simulator.view()[kind]
    if not isinstance(entries, list):
        raise TypeError(f"the view of {simulator.service} has no list of {kind}")
    return entries


def _find(simulator: Simulator, kind: str, mark: str) -> str:
    """The person or conversation with a message that holds `mark`; "" if there is none."""
    for entry in _entries(simulator, kind):
        if any(mark in message["text"] for message in entry["messages"]):
            return str(entry["id"])
    return ""


def _await[Found](service: str, look: Callable[[], Found], patience: float) -> Found:
    """What `look` finds, once that is anything."""
    ends = time.monotonic() + patience
    while not (found := look()):
        if time.monotonic() > ends:
            raise NothingArrived(f"no message arrived on {service} within {patience:.0f} s")
        time.sleep(LOOKS_EVERY)
    return found
