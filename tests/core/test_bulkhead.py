"""A service that is slow but answers must not keep every dispatcher busy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from random import Random
from threading import Event

import pytest

from patchbay.bridge import bulkhead
from patchbay.bridge.bulkhead import Bulkhead
from patchbay.domain.errors import NotYet, Uncertain
from patchbay.kit.contract import HttpRequest, HttpResponse
from tests.harness.fakes.stores import MemoryLeases
from tests.harness.virtual_time import VirtualTime

CALL = HttpRequest(method="GET", url="https://slow.test/")


class SlowHttp:
    def __init__(self, time: VirtualTime, seconds: float) -> None:
        self.time = time
        self.seconds = seconds
        self.fails = False

    def send(self, request: HttpRequest) -> HttpResponse:
        self.time.advance(self.seconds)
        if self.fails:
            raise Uncertain("no answer in time")
        return HttpResponse(status=200)


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


def container(time: VirtualTime, leases: MemoryLeases, seed: int) -> Bulkhead:
    return Bulkhead(leases, time, Random(seed))


def learn(bulkhead: Bulkhead, http: SlowHttp, calls: int = 3, connection: str = "slow") -> None:
    for _ in range(calls):
        bulkhead.measure(http, connection).send(CALL)


def test_a_connection_that_is_quick_or_not_known_needs_no_lease(time: VirtualTime) -> None:
    leases = MemoryLeases()
    one = container(time, leases, 1)
    one.admit("new")
    learn(one, SlowHttp(time, 1.9), calls=20, connection="quick")
    one.admit("quick")
    assert not leases.holders


def test_of_a_slow_connection_only_so_many_containers_are_admitted_as_there_are_places(time: VirtualTime) -> None:
    leases = MemoryLeases(places=2)
    containers = [container(time, leases, seed) for seed in range(5)]
    for each in containers:
        learn(each, SlowHttp(time, 5))
    for each in containers[:2]:
        each.admit("slow")
    for each in containers[2:]:
        with pytest.raises(NotYet) as refusal:
            each.admit("slow")
        assert 6 <= refusal.value.after <= 16
        each.admit("another")


def test_a_lease_lasts_for_an_attempt_and_is_free_again_when_its_container_died(time: VirtualTime) -> None:
    leases = MemoryLeases(places=1)
    one, two = (container(time, leases, seed) for seed in (1, 2))
    learn(one, SlowHttp(time, 10))
    learn(two, SlowHttp(time, 10))
    one.admit("slow")
    with pytest.raises(NotYet):
        two.admit("slow")
    one.admit("slow")
    time.advance(31)
    two.admit("slow")
    with pytest.raises(NotYet):
        one.admit("slow")


def test_a_lease_is_asked_for_once_while_it_lasts(time: VirtualTime) -> None:
    leases = MemoryLeases(places=1)
    one = container(time, leases, 1)
    learn(one, SlowHttp(time, 10))
    one.admit("slow")
    until = dict(leases.holders["slow"])
    time.advance(10)
    one.admit("slow")
    assert leases.holders["slow"] == until
    time.advance(10)
    one.admit("slow")
    assert leases.holders["slow"] != until


def test_calls_that_time_out_are_slow_calls(time: VirtualTime) -> None:
    leases = MemoryLeases(places=0)
    one = container(time, leases, 1)
    http = SlowHttp(time, 10)
    http.fails = True
    for _ in range(3):
        with pytest.raises(Uncertain):
            learn(one, http, calls=1)
    with pytest.raises(NotYet):
        one.admit("slow")


def test_a_service_that_has_recovered_is_free_again(time: VirtualTime) -> None:
    leases = MemoryLeases(places=0)
    one = container(time, leases, 1)
    learn(one, SlowHttp(time, 10), calls=5)
    with pytest.raises(NotYet):
        one.admit("slow")
    learn(one, SlowHttp(time, 0.2), calls=5)
    one.admit("slow")


def test_what_was_slow_needs_a_lease_until_it_has_answered_quickly_however_long_ago_that_was(time: VirtualTime) -> None:
    leases = MemoryLeases(places=1)
    one, two = (container(time, leases, seed) for seed in (1, 2))
    learn(one, SlowHttp(time, 10))
    learn(two, SlowHttp(time, 10))
    time.advance(3600)
    one.admit("slow")
    with pytest.raises(NotYet):
        two.admit("slow")
    time.advance(31)
    two.admit("slow")
    learn(two, SlowHttp(time, 0.2), calls=5)
    with pytest.raises(NotYet):
        one.admit("slow")


def test_one_call_that_hangs_is_enough_though_all_others_were_quick(time: VirtualTime) -> None:
    one = container(time, MemoryLeases(places=0), 1)
    learn(one, SlowHttp(time, 0.2), calls=20)
    learn(one, SlowHttp(time, 10), calls=1)
    with pytest.raises(NotYet):
        one.admit("slow")


def test_a_call_that_is_still_open_shows_that_its_connection_is_slow(time: VirtualTime) -> None:
    one = container(time, MemoryLeases(places=0), 1)
    learn(one, SlowHttp(time, 0.2), calls=20)

    class OpenCall:
        def send(self, request: HttpRequest) -> HttpResponse:
            time.advance(1.9)
            one.admit("slow")
            time.advance(0.2)
            with pytest.raises(NotYet):
                one.admit("slow")
            one.admit("another")
            return HttpResponse(status=200)

    one.measure(OpenCall(), "slow").send(CALL)
    one.admit("slow")


class HangingLeases(MemoryLeases):
    """Of a table that answers when `answers` is set."""

    def __init__(self) -> None:
        super().__init__(places=1)
        self.asked = Event()
        self.answers = Event()
        self.asks = 0

    def take(self, connection_id: str, holder: str, now: datetime, until: datetime) -> bool:
        self.asks += 1
        self.asked.set()
        assert self.answers.wait(10)
        return super().take(connection_id, holder, now, until)


def test_nobody_else_waits_while_a_lease_is_asked_for_and_it_is_asked_for_once(time: VirtualTime) -> None:
    leases = HangingLeases()
    one = container(time, leases, 1)
    learn(one, SlowHttp(time, 10))
    with ThreadPoolExecutor(3) as pool:
        admitted = [pool.submit(one.admit, "slow") for _ in range(3)]
        assert leases.asked.wait(10)
        one.admit("another")
        learn(one, SlowHttp(time, 0.2), calls=1, connection="another")
        leases.answers.set()
        for each in admitted:
            each.result()
    assert leases.asks == 1


def test_of_many_connections_those_in_use_are_remembered(time: VirtualTime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulkhead, "_MOST", 10)
    one = container(time, MemoryLeases(places=0), 1)

    class Nested:
        def send(self, request: HttpRequest) -> HttpResponse:
            for number in range(20):
                learn(one, SlowHttp(time, 1), calls=1, connection=f"connection-{number}")
            return HttpResponse(status=200)

    one.measure(Nested(), "slow").send(CALL)
    with pytest.raises(NotYet):
        one.admit("slow")
