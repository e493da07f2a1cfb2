"""A clock that only moves when it is told to, and the actions that are due on the way."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


class VirtualTime:
    """Both the bridge's clock and the simulators' timeline."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._order = count()
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        """Moves the clock, without doing what is due."""
        self._now += timedelta(seconds=seconds)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self._now + timedelta(seconds=seconds), next(self._order), action))

    def next_due(self) -> datetime | None:
        return self._due[0][0] if self._due else None

    def run_due(self) -> bool:
        """Does everything that is due now. Returns whether there was anything."""
        ran = False
        while self._due and self._due[0][0] <= self._now:
            _, _, action = heapq.heappop(self._due)
            action()
            ran = True
        return ran

    def jump(self, to: datetime) -> None:
        self._now = max(self._now, to)
