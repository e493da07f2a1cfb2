"""A slow service keeps few dispatchers busy, so that the others' messages do not wait for it.

A connection that has proved slow in this container may be called only while the container holds one of the
connection's leases. There are few of them in the whole installation; whoever gets none leaves the message on the queue
for some seconds. A breaker that opens on failures would not do: a service that is slow and answers never fails.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from random import Random
from threading import Lock

from patchbay.contract import Http, HttpRequest, HttpResponse
from patchbay.errors import NotYet
from patchbay.ports import Clock, Leases

_CALLS = 5  #: the latest calls decide
_LEAST_CALLS = 3
_SLOW = 2.0  #: seconds: the mean of the latest calls of a slow connection
_FORGOTTEN = timedelta(minutes=2)  #: without a call for so long, a connection gets another chance
_LEASE = timedelta(seconds=30)  #: longer than an attempt lasts; of a container that died it ends by itself
_PAUSE = (6.0, 16.0)  #: seconds until somebody who got no lease asks again
_MOST = 4096  #: connections remembered


class Unlimited:
    """Places for everybody: where a single program does all the work."""

    def take(self, connection_id: str, holder: str, now: datetime, until: datetime) -> bool:  # noqa: ARG002
        return True


class Bulkhead:
    """Of one container. Threads share it."""

    def __init__(self, leases: Leases, clock: Clock, random: Random) -> None:
        self._leases = leases
        self._clock = clock
        self._random = random
        self._holder = f"{random.getrandbits(64):016x}"
        self._calls: dict[str, deque[tuple[datetime, float]]] = {}
        self._held: dict[str, datetime] = {}
        self._lock = Lock()

    def measure(self, http: Http, connection_id: str) -> Http:
        """`http`, whose calls tell how slow the connection is."""
        return _MeasuredHttp(self, http, connection_id)

    def admit(self, connection_id: str) -> None:
        """Before an attempt begins. Raises NotYet when the connection is slow and others are busy with it already."""
        now = self._clock.now()
        with self._lock:
            if not self._is_slow(connection_id, now) or self._held.get(connection_id, now) > now + _LEASE / 2:
                return
            if self._leases.take(connection_id, self._holder, now, now + _LEASE):
                self._held[connection_id] = now + _LEASE
                return
        raise NotYet("the service is slow, and others wait for it already", after=self._random.uniform(*_PAUSE))

    def now(self) -> datetime:
        return self._clock.now()

    def time(self, connection_id: str, began: datetime) -> None:
        now = self._clock.now()
        with self._lock:
            if len(self._calls) >= _MOST:
                self._calls.clear()
            calls = self._calls.setdefault(connection_id, deque(maxlen=_CALLS))
            calls.append((now, (now - began).total_seconds()))

    def _is_slow(self, connection_id: str, now: datetime) -> bool:
        calls = self._calls.get(connection_id, ())
        lately = [seconds for at, seconds in calls if now - at < _FORGOTTEN]
        return len(lately) >= _LEAST_CALLS and sum(lately) / len(lately) > _SLOW


class _MeasuredHttp:
    """Calls that fail count like those that are answered: a time-out is the slowest answer there is."""

    def __init__(self, bulkhead: Bulkhead, http: Http, connection_id: str) -> None:
        self._bulkhead = bulkhead
        self._http = http
        self._connection_id = connection_id

    def send(self, request: HttpRequest) -> HttpResponse:
        began = self._bulkhead.now()
        try:
            return self._http.send(request)
        finally:
            self._bulkhead.time(self._connection_id, began)
