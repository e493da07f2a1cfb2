"""How often something may happen: counts in the slices of a window that slides, and where a call comes from."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from patchbay.bridge.ports import Clock

SLICES = 6  #: of a window. What is counted leaves it a slice at a time, up to a slice late
_MOST_KEYS = 10_000
_NETWORK = 64  #: bits: an IPv6 customer has at least these to themselves, and any number of addresses in them


class Limits(Protocol):
    def take(self, key: str, most: int, window: timedelta, amount: int = 1) -> float:
        """Counts `amount`; the answer is how many seconds to wait, 0 when it is allowed.

        Never more than `most` is allowed in any stretch of time as long as the window. What was allowed may weigh for
        one slice longer than that; what was refused weighs nothing.
        """


class LocalLimits(Limits):
    """Counted in this container only. When there are too many keys, the oldest are forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[str, dict[int, int]] = {}

    def take(self, key: str, most: int, window: timedelta, amount: int = 1) -> float:
        now = self._clock.now().timestamp()
        number = find_slice(now, window)
        counts = {known: count for known, count in self._counts.pop(key, {}).items() if is_live(known, number)}
        wait = seconds_to_wait(counts, now, window, most, amount)
        counts[number] = counts.get(number, 0) + (0 if wait else amount)
        if len(self._counts) >= _MOST_KEYS:
            del self._counts[next(iter(self._counts))]
        self._counts[key] = counts
        return wait


def find_slice(now: float, window: timedelta) -> int:
    """The number of the slice that a time is in."""
    return int(now // _length(window))


def is_live(number: int, present: int) -> bool:
    """Whether a slice lies in the window that ends in the `present` one, if only in part."""
    return present - SLICES <= number <= present


def seconds_to_wait(counts: Mapping[int, int], now: float, window: timedelta, most: int, amount: int) -> float:
    """Until `amount` fits below `most`; 0 when it does. `counts` are those of slices, without this amount."""
    present = find_slice(now, window)
    for later in range(SLICES + 2):
        if amount + sum(count for number, count in counts.items() if is_live(number, present + later)) <= most:
            return (present + later) * _length(window) - now if later else 0
    return window.total_seconds()


def network_of(address: str) -> str:
    """Where a call comes from, as it is counted: an IPv4 address, or the /64 of an IPv6 one. "" for anything else."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, _NETWORK), strict=False))


def _length(window: timedelta) -> float:
    return window.total_seconds() / SLICES
