"""Limits that are counted in this process alone."""

from __future__ import annotations

from datetime import timedelta

from patchbay.ports import Clock
from patchbay.webchat.ports import Limits

_MOST_KEYS = 10_000


class LocalLimits(Limits):
    """Fixed windows, as the table counts them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[tuple[str, int], int] = {}

    def take(self, key: str, most: int, window: timedelta) -> float:
        number, wait = split_window(self._clock.now().timestamp(), window)
        if len(self._counts) >= _MOST_KEYS:
            self._counts.clear()
        count = self._counts.get((key, number), 0) + 1
        self._counts[key, number] = count
        return wait if count > most else 0


def split_window(seconds: float, window: timedelta) -> tuple[int, float]:
    """The number of the window that a time is in, and the seconds until the next."""
    length = window.total_seconds()
    number = int(seconds // length)
    return number, (number + 1) * length - seconds
