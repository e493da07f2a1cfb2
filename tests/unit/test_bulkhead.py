"""A service that is slow but answers must not keep every dispatcher busy."""

from __future__ import annotations

from random import Random

import pytest

from patchbay.bulkhead import Bulkhead
from patchbay.contract import HttpRequest, HttpResponse
from patchbay.errors import NotYet, Uncertain
from tests.fakes.stores import MemoryLeases
from tests.support.virtual_time import VirtualTime

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


def test_after_a_while_without_calls_a_connection_gets_another_chance(time: VirtualTime) -> None:
    one = container(time, MemoryLeases(places=0), 1)
    learn(one, SlowHttp(time, 10), calls=5)
    time.advance(121)
    one.admit("slow")
