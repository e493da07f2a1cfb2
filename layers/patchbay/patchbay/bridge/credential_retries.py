"""Refused credentials are tried once more, seconds later, before a connection is said to need its owner.

A service that restarts, or a proxy before it, refuses everybody for a moment.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from patchbay.bridge.ports import Clock

CHECK_AFTER = 6.0  #: seconds until refused credentials are tried once more
_REMEMBERED = timedelta(minutes=15)
_MOST = 4096  #: connections


class CredentialRetries:
    """Of one container. Threads share it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._first: dict[str, datetime] = {}
        self._lock = Lock()

    def is_momentary(self, connection_id: str) -> bool:
        """Whether this refusal is the first lately, or comes with the first: then nothing is decided yet."""
        now = self._clock.now()
        with self._lock:
            first = self._first.get(connection_id)
            if first is None or now - first > _REMEMBERED:
                if len(self._first) >= _MOST:
                    self._first.clear()
                self._first[connection_id] = now
                return True
            return (now - first).total_seconds() < CHECK_AFTER - 1

    def forget(self, connection_id: str) -> None:
        """The refusal has been decided on: the next one is a first one again."""
        with self._lock:
            self._first.pop(connection_id, None)
