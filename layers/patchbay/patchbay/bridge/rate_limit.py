"""Keeping to a service's rate from one container: a call above it is not sent, and its message comes again.

Nothing sleeps here: a function that waits is paid for, and other conversations would wait with it. Whatever has begun
may finish: a newcomer's calls are booked together before the first of them, and the later calls of a connector's
method are never refused, but counted, so that those who come next make up for them. Messages of open conversations
want one call and take any room there is, newcomers leave some of it. Who is refused is given a time of their own.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from math import exp2
from random import Random
from threading import Lock

from patchbay.bridge.call_schedule import Timetable
from patchbay.bridge.ports import Clock
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import RateLimited
from patchbay.kit.behavior import Rate
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.statuses import read_retry_after

_MOST_ACCOUNTS = 1024  #: remembered before idle ones are forgotten
_MOST_REFUSED = 4096  #: conversations whose refusals are counted, of one account
_FIRST_PAUSE = 0.5  #: seconds; doubled from the second refusal on
_LONGEST_PAUSE = 120.0  #: about 700 receives a day: the queue itself gives up at 1000
_LONGEST_CLOSED = 60.0  #: for so long one refusal of the service stops everybody, whatever it asks for
_PATIENCE = 5  #: refusals after which a newcomer takes any room, as messages of open conversations do
_LONGEST_CALL = 1.0  #: seconds; what takes longer (a file) says nothing of the others
_LONGEST_CALM = 4.0  #: seconds after a refusal of the service in which nobody new is begun with
_SLOWEST = 8.0
_RECOVERY = 8.0  #: seconds in which a rate that was halved comes half the way back
_GUESS = Rate(requests=5)  #: of a service that names no rate, once it has asked for fewer calls
_FULL = "the rate limit is reached"


class RateLimiter:
    """Counts what was sent with each set of secrets, which is how services count."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self._clock = clock
        self._random = random
        self._accounts: dict[Hashable, _Account] = {}
        self._lock = Lock()

    def limit(self, http: Http, connection: Connection, rate: Rate | None, whose: Hashable = None) -> Http:
        """`http` for one step: its first call raises NotYet when it is one too many, later ones are counted only.

        Calls that were booked for `whose` are never too many. Without a rate only the service itself refuses calls.
        """
        return _RateLimitedHttp(self, http, _name(connection), rate, whose)

    def book(self, connection: Connection, rate: Rate | None, whose: Hashable, calls: int) -> None:
        """Sets the next `calls` of `whose` aside, all or none. Raises NotYet when there is no room for them."""
        with self._lock:
            now = self._now()
            account = self._find(_name(connection))
            account.calls.drop(whose)  # an earlier attempt may have left some
            window = account.newcomers.window(now, rate)
            patient = account.refusals.get(whose, 0) < _PATIENCE
            most = rate.requests - (max(1, rate.requests // 5) if patient else 0) if rate else 0
            times = [now + number * account.took for number in range(calls)]
            free_at = max(account.closed_until, account.newcomers.calm_until)
            if rate and most:
                free_at = max(free_at, account.calls.earliest(times[: most if patient else 1], most, window))
            if free_at > now:
                raise self._refuse(account, account.newcomers, whose, free_at, calls / (most or _GUESS.requests), rate)
            if rate:
                account.calls.book(whose, times)

    def take(self, key: Hashable, rate: Rate | None, whose: Hashable, *, begun: bool) -> bool:
        """Counts one call; whether it was booked. Raises NotYet when it is one too many and nothing has `begun`."""
        with self._lock:
            now = self._now()
            account = self._find(key)
            window = account.others.window(now, rate)
            booked = account.calls.has_booked(whose)
            free_at = account.closed_until
            if rate and not booked:
                free_at = max(free_at, account.calls.earliest([now], rate.requests, window))
            if free_at > now and not begun:
                raise self._refuse(account, account.others, whose, free_at, 1 / rate.requests if rate else 0.0, rate)
            if rate:
                account.calls.forget_before(now - max(window, account.newcomers.window(now, rate)))
                account.calls.make(now, whose)
            return booked

    def heed(self, key: Hashable, rate: Rate | None, whose: Hashable, response: HttpResponse, *, booked: bool) -> None:
        """Learns from an answer. Raises NotYet for one that asks for fewer calls: it was no failure of the message."""
        with self._lock:
            account = self._find(key)
            asked = response.status == 429 or bool(rate and rate.asks_for_fewer and rate.asks_for_fewer(response))
            if not asked:
                account.refusals.pop(whose, None)
                return
            now, pause = self._now(), read_retry_after(response) or 0.0
            account.newcomers.slow_down(now, rate)
            if not booked:
                account.others.slow_down(now, rate)
            account.closed_until = max(account.closed_until, now + min(pause, _LONGEST_CLOSED))
            group = account.newcomers if booked else account.others
            free_at = max(now + pause, group.calm_until) if booked else now + pause
            raise self._refuse(account, group, whose, free_at, reason="the service asked for fewer calls")

    def watch(self, key: Hashable, http: Http, request: HttpRequest) -> HttpResponse:
        """The answer, and how long it took is remembered."""
        since = self._now()
        response = http.send(request)
        with self._lock:
            account = self._find(key)
            account.took += (min(self._now() - since, _LONGEST_CALL) - account.took) / 4
        return response

    def _refuse(
        self,
        account: _Account,
        group: _Group,
        whose: Hashable,
        free_at: float,
        share: float = 0.0,
        rate: Rate | None = None,
        *,
        reason: str = _FULL,
    ) -> RateLimited:
        """Those who wait come back one after another, and later each time they are refused.

        Each takes `share` of what the rate allows at the time of their turn: it may be more again by then.
        """
        now = self._now()
        due = max(free_at, group.next_turn)
        gap = share * group.window(due, rate)
        group.next_turn = due + gap
        again = max(account.count_refusal(whose) - 1, 0)
        grown = min(_FIRST_PAUSE * 2.0**again, _LONGEST_PAUSE) * self._random.uniform(0.8, 1.2)
        return RateLimited(reason, after=max(due - now + self._random.uniform(0, gap), grown))

    def _find(self, key: Hashable) -> _Account:
        if key not in self._accounts and len(self._accounts) >= _MOST_ACCOUNTS:
            self._accounts = {known: each for known, each in self._accounts.items() if not each.calls.is_empty}
        return self._accounts.setdefault(key, _Account())

    def _now(self) -> float:
        return self._clock.now().timestamp()


@dataclass(slots=True)
class _Group:
    """Who waits for the same. All times are seconds, moments those of the epoch."""

    slowness: float = 1.0  #: how many times slower than its rate the service was to be called, at `slowed_at`
    slowed_at: float = 0.0
    calm_until: float = 0.0  #: after a refusal by the service
    next_turn: float = 0.0  #: when the next who is refused shall come again

    def window(self, now: float, rate: Rate | None) -> float:
        """The seconds within which the rate's calls may be made."""
        return (rate or _GUESS).seconds * self._slowness(now)

    def _slowness(self, now: float) -> float:
        """Other containers may call with the same secrets: after a refusal half as much, then slowly more again."""
        return max(1.0, self.slowness * exp2((self.slowed_at - now) / _RECOVERY))

    def slow_down(self, now: float, rate: Rate | None) -> None:
        """Once for all refusals of one moment."""
        if now >= self.calm_until:
            self.slowness, self.slowed_at = min(2 * self._slowness(now), _SLOWEST), now
            self.calm_until = now + min(self.window(now, rate), _LONGEST_CALM)


@dataclass(slots=True)
class _Account:
    """What is known of one set of secrets."""

    calls: Timetable = field(default_factory=Timetable)
    took: float = 0.0  #: seconds that a call takes, lately
    closed_until: float = 0.0  #: the service has said so: until then nothing is sent
    newcomers: _Group = field(default_factory=_Group)
    others: _Group = field(default_factory=_Group)  #: messages of open conversations, and all else
    refusals: dict[Hashable, int] = field(default_factory=dict)  #: of each conversation, since it was last let through

    def count_refusal(self, whose: Hashable) -> int:
        """How often `whose` was refused before, in this container."""
        if len(self.refusals) >= _MOST_REFUSED:
            self.refusals.clear()
        before = self.refusals.get(whose, 0)
        if whose is not None:
            self.refusals[whose] = before + 1
        return before


class _RateLimitedHttp:
    def __init__(
        self, rate_limiter: RateLimiter, http: Http, key: Hashable, rate: Rate | None, whose: Hashable
    ) -> None:
        self._rate_limiter = rate_limiter
        self._http = http
        self._key = key
        self._rate = rate
        self._whose = whose
        self._begun = False

    def send(self, request: HttpRequest) -> HttpResponse:
        booked = self._rate_limiter.take(self._key, self._rate, self._whose, begun=self._begun)
        self._begun = True
        response = self._rate_limiter.watch(self._key, self._http, request)
        self._rate_limiter.heed(self._key, self._rate, self._whose, response, booked=booked)
        return response


def _name(connection: Connection) -> Hashable:
    """A connection without secrets has nothing in common with another one."""
    return frozenset(connection.secrets.credentials.items()) or connection.id
