"""Values that are kept for a while in one container."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from patchbay.ports import Clock

_STRIPES = 16
_MOST = 4096


class TimedCache[V]:
    """Keeps what was loaded for `lifetime`. What was not found (None) is not kept: it may appear at any time.

    Threads that miss the same key at once load it once: the first loads, the others wait for it.
    """

    def __init__(self, clock: Clock, lifetime: timedelta) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._kept: dict[str, tuple[datetime, V]] = {}
        self._locks = tuple(Lock() for _ in range(_STRIPES))

    def get(self, key: str, load: Callable[[], V | None]) -> V | None:
        value = self._fresh(key)
        if value is not None:
            return value
        with self._locks[hash(key) % _STRIPES]:
            value = self._fresh(key)
            if value is None:
                value = load()
                if value is not None:
                    self.put(key, value)
            return value

    def put(self, key: str, value: V) -> None:
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[key] = (self._clock.now(), value)

    def forget(self, key: str) -> None:
        self._kept.pop(key, None)

    def _fresh(self, key: str) -> V | None:
        kept = self._kept.get(key)
        if kept is None or self._clock.now() - kept[0] >= self._lifetime:
            return None
        return kept[1]
