"""The pace that a service allows: who goes first, who waits for how long, and what another container's calls teach."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from patchbay.bridge.call_schedule import Timetable
from patchbay.bridge.rate_limit import RateLimiter
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import NotYet
from patchbay.domain.model import Side
from patchbay.kit.behavior import Rate
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from tests.harness.virtual_time import VirtualTime

REQUEST = HttpRequest(method="GET", url="https://x.test")
TEN = Rate(requests=10, seconds=1.0)


def connection_with(token: str) -> Connection:
    secrets = Secrets(values={"token": token})
    return Connection(id=token, service="x", side=Side.PLATFORM, endpoint_id=token, secrets=secrets)


class Service:
    """Takes a tenth of a second for a call, and may ask for fewer."""

    def __init__(self, rate: Rate | None = TEN) -> None:
        self.time = VirtualTime()
        self.rate_limiter = RateLimiter(self.time, Random(1))
        self.rate = rate
        self.sent: list[float] = []
        self.answer = HttpResponse(status=200)
        self._started = self.time.now()

    @property
    def now(self) -> float:
        return (self.time.now() - self._started).total_seconds()

    def send(self, request: HttpRequest) -> HttpResponse:
        self.sent.append(self.now)
        self.time.advance(0.1)
        return self.answer

    def step(self, whose: str = "", token: str = "a") -> Http:
        return self.rate_limiter.limit(self, connection_with(token), self.rate, whose or None)

    def call(self, whose: str = "", token: str = "a", calls: int = 1) -> None:
        """One step of so many calls."""
        http = self.step(whose, token)
        for _ in range(calls):
            http.send(REQUEST)

    def book(self, whose: str, calls: int) -> None:
        self.rate_limiter.book(connection_with("a"), self.rate, whose, calls)

    def refusal(self, whose: str = "", calls: int = 0) -> float:
        """Seconds to wait until the next try, of a booking of so many `calls`, else of a call."""
        with pytest.raises(NotYet) as caught:
            self.book(whose, calls) if calls else self.call(whose)
        return caught.value.after


# --- the rate --------------------------------------------------------------------------------------------------------


def test_a_service_may_ask_for_fewer_calls_in_its_own_words() -> None:
    service = Service(Rate(requests=10, asks_for_fewer=lambda response: b"slower" in response.body))
    service.answer = HttpResponse(status=400, body=b"not like this")
    service.call()
    service.answer = HttpResponse(status=400, body=b"slower, please")
    assert service.refusal() > 0
    service.answer = HttpResponse(status=200)
    for _ in range(10):
        service.time.advance(0.2)
        service.call()


def test_no_more_is_begun_than_the_service_allows() -> None:
    service = Service(Rate(requests=8, seconds=1.0))
    for _ in range(8):
        service.call()
    assert 0.2 <= service.refusal() <= 0.8
    assert len(service.sent) == 8
    service.time.advance(0.2)
    service.call()
    assert len(service.sent) == 9


def test_each_token_has_its_own_pace_and_connections_with_one_token_share_it() -> None:
    service = Service(Rate(requests=1))
    service.call(token="a")
    service.call(token="b")
    with pytest.raises(NotYet):
        service.call(token="a")


def test_what_has_begun_goes_on_and_those_who_come_next_make_up_for_it() -> None:
    service = Service(Rate(requests=4, seconds=10.0))
    service.call(calls=9)
    assert len(service.sent) == 9
    service.time.advance(9.2)  # the first call is too long ago to count, and more than four are not
    assert service.refusal() > 0
    service.time.advance(0.3)
    assert service.refusal() > 0
    service.time.advance(0.2)
    service.call()


def test_a_service_without_a_rate_is_called_without_end() -> None:
    service = Service(rate=None)
    for _ in range(1000):
        service.book("ann", 6)
        service.call("ann")
    assert len(service.sent) == 1000


# --- newcomers -------------------------------------------------------------------------------------------------------


def test_the_calls_of_a_newcomer_are_booked_together_or_not_at_all() -> None:
    service = Service()
    service.book("ann", 6)
    assert service.refusal("bob", calls=6) > 0
    for _ in range(6):
        service.call("ann")  # each in a step of its own
    assert len(service.sent) == 6


def test_newcomers_leave_room_for_open_conversations() -> None:
    service = Service()
    service.book("ann", 6)
    service.book("bob", 2)
    assert service.refusal("cid", calls=1) > 0
    service.call("a known customer")
    service.call("another")
    assert service.refusal("one more") > 0


def test_one_newcomer_follows_another_at_the_rate_whatever_a_call_takes() -> None:
    """Calls that are made later are booked for then: the next need not wait until all of the first are forgotten."""
    service = Service(Rate(requests=10, seconds=1.0))
    for _ in range(20):  # until it is known what a call takes
        service.call()
        service.time.advance(1)
    begun = []
    for number in range(40):
        try:
            service.book(f"newcomer {number}", 6)
            begun.append(service.now)
        except NotYet:
            pass
        service.time.advance(0.1)
    assert all(0.7 < later - earlier < 1.0 for earlier, later in pairwise(begun))


def test_who_is_refused_comes_back_one_after_another() -> None:
    service = Service()
    service.book("first", 8)
    waits = [service.refusal(f"newcomer {number}", calls=8) for number in range(30)]
    assert 25 <= max(waits) <= 35  # eight of ten calls a second
    for second in range(1, 28):
        assert sum(second <= wait < second + 1 for wait in waits) <= 3


@pytest.mark.parametrize("rate", [TEN, None])
def test_who_waits_long_waits_no_slower_than_the_service_will_be_by_then(rate: Rate | None) -> None:
    """A service refuses calls for some seconds. Turns that are given meanwhile must not be as slow for minutes."""
    service = Service(rate)
    service.answer = HttpResponse(status=429)
    for number in range(5):
        service.time.advance(5)
        service.refusal(f"known {number}")
    waits = [service.refusal(f"newcomer {number}", calls=3) for number in range(50)]
    assert max(waits) < 60  # 50 × 3 calls


def test_refusals_are_followed_by_longer_and_longer_pauses() -> None:
    service = Service(Rate(requests=1, seconds=100_000.0))
    service.call()
    service.rate = Rate(requests=1, seconds=0.0001)
    service.answer = HttpResponse(status=429)
    waits = [service.refusal("ann") for _ in range(12)]
    assert waits[0] <= 0.6
    assert waits[-1] >= 90
    assert all(wait <= 150 for wait in waits)
    assert waits[6] > 4 * waits[2]


def test_a_newcomer_gets_in_at_last_where_known_customers_leave_no_room() -> None:
    service = Service()
    refused = 0
    for _ in range(300):
        service.call("a known customer")
        try:
            service.book("ann", 6)
            break
        except NotYet:
            refused += 1
            service.time.advance(0.05)
    assert refused < 20


# --- the service's own word ------------------------------------------------------------------------------------------


def test_when_the_service_asks_for_a_pause_everybody_waits_for_it_and_nothing_is_sent() -> None:
    service = Service()
    service.answer = HttpResponse(status=429, headers={"retry-after": "7"})
    assert service.refusal("ann") >= 7
    service.answer = HttpResponse(status=200)
    assert service.refusal("bob") > 6
    assert service.refusal("cid", calls=2) > 6
    assert len(service.sent) == 1
    service.time.advance(7)
    service.call("bob")


def test_a_long_pause_is_for_the_message_that_was_refused_and_stops_others_for_a_minute() -> None:
    """A service may limit what one customer is written."""
    service = Service()
    service.answer = HttpResponse(status=429, headers={"retry-after": "3600"})
    assert service.refusal("ann") >= 3600
    service.answer = HttpResponse(status=200)
    service.time.advance(60)
    service.call("bob")


def test_a_refusal_of_the_service_slows_newcomers_down_and_they_become_quicker_again() -> None:
    service = Service(Rate(requests=10, seconds=1.0))
    usual = count_begun(service)
    service.answer = HttpResponse(status=429)
    service.refusal("ann")
    service.answer = HttpResponse(status=200)
    assert count_begun(service) < 0.7 * usual
    service.call("a known customer")
    service.time.advance(60)
    assert count_begun(service) == usual


def count_begun(service: Service) -> int:
    """How many newcomers of one call each are let in within five seconds."""
    begun = 0
    for moment in range(50):
        service.time.advance(0.1)
        for number in range(10):
            try:
                service.book(f"newcomer {moment}/{number}", 1)
                begun += 1
            except NotYet:
                break
    return begun


# --- the arithmetic --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_what_fits_is_never_too_much(seed: int) -> None:
    random = Random(seed)
    table, now, every = Timetable(), 0.0, list[float]()
    most, window = random.randint(1, 12), random.uniform(0.5, 10)
    for number in range(150):
        now += random.expovariate(2)
        table.forget_before(now - window)
        distance = random.choice([0.0, 0.1, 1.0])
        times = [now + step * distance for step in range(random.randint(1, most))]
        start = table.earliest(times, most, window)
        assert start >= now
        if start == now:
            table.book(number, times)
            every += times
    every.sort()
    assert all(later - earlier >= window - 1e-3 for earlier, later in zip(every, every[most:], strict=False))


def test_connections_without_secrets_have_a_rate_each() -> None:
    """A service of AWS knows its callers by their role, and counts by account."""
    limiter, time = RateLimiter(VirtualTime(), Random(1)), Service(TEN)
    one, other = (Connection(id=name, service="x", side=Side.MESSENGER, endpoint_id=name) for name in ("one", "other"))
    for _ in range(10):
        limiter.limit(time, one, Rate(requests=10, seconds=60.0)).send(REQUEST)
    with pytest.raises(NotYet):
        limiter.limit(time, one, Rate(requests=10, seconds=60.0)).send(REQUEST)
    limiter.limit(time, other, Rate(requests=10, seconds=60.0)).send(REQUEST)
