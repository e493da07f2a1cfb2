"""Keeping to a service's rate from one container: a call above it is not sent, and its message comes again.

Nothing sleeps here: a function that waits is paid for, and other conversations would wait with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from datetime import datetime, timedelta
from random import Random
from threading import Lock

from patchbay.accounts import Connection
from patchbay.contract import Http, HttpRequest, HttpResponse, Rate
from patchbay.errors import NotYet
from patchbay.ports import Clock

_MOST = 1024  #: accounts remembered before idle ones are forgotten


class Pacer:
    """Counts what was sent with each set of secrets, which is how services count."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random
        self._sent: dict[Hashable, deque[datetime]] = {}
        self._lock = Lock()

    def limit(self, http: Http, connection: Connection, rate: Rate) -> Http:
        """`http` that raises NotYet instead of sending more than `rate` allows."""
        return _PacedHttp(self, http, frozenset(connection.secrets.values.items()), rate)

    def take(self, key: Hashable, rate: Rate) -> None:
        """Counts one call. Raises NotYet when it would be one too many."""
        now = self._clock.now()
        with self._lock:
            if len(self._sent) >= _MOST:
                self._forget_idle(now - timedelta(seconds=rate.seconds))
            recent = self._sent.setdefault(key, deque(maxlen=rate.requests))
            if len(recent) == rate.requests:
                free_at = recent[0] + timedelta(seconds=rate.seconds)
                if free_at > now:
                    spread = self._random.uniform(0, rate.seconds)  # those who wait must not come back all at once
                    raise NotYet("as many calls as the service allows", after=(free_at - now).total_seconds() + spread)
            recent.append(now)

    def _forget_idle(self, since: datetime) -> None:
        self._sent = {key: recent for key, recent in self._sent.items() if recent and recent[-1] > since}


class _PacedHttp:
    def __init__(self, pacer: Pacer, http: Http, key: Hashable, rate: Rate) -> None:
        self._pacer = pacer
        self._http = http
        self._key = key
        self._rate = rate

    def send(self, request: HttpRequest) -> HttpResponse:
        self._pacer.take(self._key, self._rate)
        return self._http.send(request)
