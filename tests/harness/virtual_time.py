"""A clock that tests move by hand: due actions run in order of their time, nothing sleeps."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count


class VirtualTime:
    """A `Clock` and a simulator's `Timeline` in one."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._order = count()
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []

    def now(self) -> datetime:
        return self._now

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self._now + timedelta(seconds=seconds), next(self._order), action))

    @property
    def waiting(self) -> int:
        return len(self._due)

    @property
    def next_due(self) -> datetime | None:
        return self._due[0][0] if self._due else None

    def jump(self, to: datetime) -> None:
        """Moves the clock to `to`, or leaves it when that is past, without doing what is due."""
        self._now = max(self._now, to)

    def run_due(self) -> bool:
        """Does what is due now. Returns whether there was anything."""
        ran = False
        while self._due and self._due[0][0] <= self._now:
            self._step()
            ran = True
        return ran

    def advance(self, seconds: float) -> None:
        """Lets `seconds` pass and runs what falls due, including what that causes within the time."""
        until = self._now + timedelta(seconds=seconds)
        while self._due and self._due[0][0] <= until:
            self._step()
        self._now = until

    def settle(self, limit: int = 10_000) -> None:
        """Jumps from one due action to the next until nothing is left. Raises AssertionError when that never ends."""
        for _ in range(limit):
            if not self._due:
                return
            self._step()
        raise AssertionError(f"still {len(self._due)} actions waiting after {limit}")

    def _step(self) -> None:
        at, _, action = heapq.heappop(self._due)
        self._now = max(self._now, at)
        action()
