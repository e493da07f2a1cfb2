"""Simulators on a timeline that the caller advances: everything happens in one thread, in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime


class HandTimeline:
    """What is due later is done as soon as it is this one's turn; the clock is the real one."""

    def __init__(self) -> None:
        self._actions: deque[Callable[[], None]] = deque()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        del seconds
        self._actions.append(action)

    def step(self) -> bool:
        """Does the next action. Returns whether there was one."""
        if not self._actions:
            return False
        self._actions.popleft()()
        return True
