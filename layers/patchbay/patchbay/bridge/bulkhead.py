"""A slow service keeps few dispatchers busy, so that the others' messages do not wait for it.

A connection that has proved slow in this container may be called only while the container holds one of the
connection's leases. There are few of them in the whole installation; a dispatcher that gets none leaves the message on
the queue for some seconds. A circuit breaker that opens on failures would not help: a slow service that answers never
fails.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from threading import Lock

from patchbay.bridge.ports import Clock, Leases
from patchbay.domain.errors import NotYet
from patchbay.kit.contract import Http, HttpRequest, HttpResponse

_CALLS = 5  #: the latest calls decide
_SLOW = timedelta(seconds=2)  #: the mean of the latest calls of a slow connection, or the age of a call still open
_LEASE = timedelta(seconds=30)  #: longer than an attempt lasts; of a container that died it ends by itself
_PAUSE = (6.0, 16.0)  #: seconds until a dispatcher without a lease asks again
_MOST = 4096  #: connections remembered


class Unlimited:
    """Leases without a limit, for a single program that does all the work."""

    def take(self, connection_id: str, holder: str, now: datetime, until: datetime) -> bool:  # noqa: ARG002
        return True


@dataclass(slots=True)
class _Line:
    """To one connection. `lease` guards `held_until`, for as long as the table takes to answer."""

    lease: Lock
    took: deque[timedelta] = field(default_factory=lambda: deque(maxlen=_CALLS))
    open_since: list[datetime] = field(default_factory=list)
    held_until: datetime | None = None

    def is_slow(self, now: datetime) -> bool:
        if self.open_since and now - self.open_since[0] > _SLOW:
            return True
        return sum(self.took, timedelta()) > _SLOW * len(self.took)


class Bulkhead:
    """Of one container. Threads share it."""

    def __init__(self, leases: Leases, clock: Clock, random: Random) -> None:
        self._leases = leases
        self._clock = clock
        self._random = random
        self._holder = f"{random.getrandbits(64):016x}"
        self._lines: dict[str, _Line] = {}
        self._lock = Lock()

    def measure(self, http: Http, connection_id: str) -> Http:
        """`http`, whose calls show how slow the connection is."""
        return _MeasuredHttp(self, http, connection_id)

    def admit(self, connection_id: str) -> None:
        """Before an attempt begins. Raises NotYet when the connection is slow and others are busy with it already."""
        now = self._clock.now()
        with self._lock:
            line = self._lines.get(connection_id)
            if line is None or not line.is_slow(now):
                return
        with line.lease:
            if line.held_until and line.held_until > now + _LEASE / 2:
                return
            if self._leases.take(connection_id, self._holder, now, now + _LEASE):
                line.held_until = now + _LEASE
                return
        raise NotYet(
            "the service is slow, and other calls are already waiting for it", after=self._random.uniform(*_PAUSE)
        )

    def begin(self, connection_id: str) -> datetime:
        """A call begins; at the moment that `end` is to be given."""
        now = self._clock.now()
        with self._lock:
            if len(self._lines) >= _MOST:
                self._lines = {name: line for name, line in self._lines.items() if line.open_since}
            self._lines.setdefault(connection_id, _Line(Lock())).open_since.append(now)
        return now

    def end(self, connection_id: str, began: datetime) -> None:
        now = self._clock.now()
        with self._lock:
            line = self._lines[connection_id]
            line.open_since.remove(began)
            line.took.append(now - began)


class _MeasuredHttp:
    """Calls that fail count like those that are answered: a time-out is the slowest answer there is."""

    def __init__(self, bulkhead: Bulkhead, http: Http, connection_id: str) -> None:
        self._bulkhead = bulkhead
        self._http = http
        self._connection_id = connection_id

    def send(self, request: HttpRequest) -> HttpResponse:
        began = self._bulkhead.begin(self._connection_id)
        try:
            return self._http.send(request)
        finally:
            self._bulkhead.end(self._connection_id, began)
