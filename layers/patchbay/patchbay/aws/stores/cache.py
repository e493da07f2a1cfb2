"""Values that are kept for a while in one container."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from patchbay.bridge.ports import Clock

_STRIPES = 16
_MOST = 8192  #: values; and as many keys that were looked for in vain
_NEVER = timedelta(0)


class TimedCache[V]:
    """Keeps what was loaded for `lifetime`, and for `misses` that there was nothing (None) to load.

    Threads that miss the same key at once load it once: the first loads, the others wait for it. When there are too
    many, the oldest go; keys that were looked for in vain, which strangers may make up, push out only each other.
    """

    def __init__(self, clock: Clock, lifetime: timedelta, *, misses: timedelta = _NEVER) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._misses = misses
        self._kept: dict[str, tuple[datetime, V]] = {}
        self._missed: dict[str, tuple[datetime, None]] = {}
        self._writing = Lock()
        self._locks = tuple(Lock() for _ in range(_STRIPES))

    def get(self, key: str, load: Callable[[], V | None]) -> V | None:
        value = self._fresh(key)
        if value is not None or self._is_missed(key):
            return value
        with self._locks[hash(key) % _STRIPES]:
            value = self._fresh(key)
            if value is None and not self._is_missed(key):
                value = load()
                self._note(key, value)
            return value

    def peek(self, key: str) -> V | None:
        """What is kept, and not yet too old."""
        return self._fresh(key)

    def put(self, key: str, value: V) -> None:
        with self._writing:
            self._missed.pop(key, None)
            _add(self._kept, key, (self._clock.now(), value))

    def forget(self, key: str) -> None:
        with self._writing:
            self._kept.pop(key, None)
            self._missed.pop(key, None)

    def _note(self, key: str, value: V | None) -> None:
        if value is not None:
            self.put(key, value)
        elif self._misses:
            with self._writing:
                _add(self._missed, key, (self._clock.now(), None))

    def _fresh(self, key: str) -> V | None:
        kept = self._kept.get(key)
        if kept is None or self._clock.now() - kept[0] >= self._lifetime:
            return None
        return kept[1]

    def _is_missed(self, key: str) -> bool:
        missed = self._missed.get(key)
        return missed is not None and self._clock.now() - missed[0] < self._misses


def _add[V](kept: dict[str, V], key: str, value: V) -> None:
    kept.pop(key, None)
    if len(kept) >= _MOST:
        del kept[next(iter(kept))]  # the one that was added first
    kept[key] = value
