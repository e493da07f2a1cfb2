"""What all leases do, in memory and in the table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.aws.stores.leases import DynamoLeases, places_of
from patchbay.aws.stores.table import Table
from patchbay.bridge.ports import Leases
from tests.aws import aws
from tests.harness.fakes.stores import MemoryLeases

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
UNTIL = NOW + timedelta(seconds=30)


@pytest.fixture(params=aws.PLACES)
def leases(request: pytest.FixtureRequest) -> Iterator[Leases]:
    if request.param == "memory":
        yield MemoryLeases(places=2)
        return
    with aws.provided(request) as cloud:
        yield DynamoLeases(Table(cloud.tables, aws.TABLE), places=2)


def test_there_are_only_so_many_places_for_a_connection(leases: Leases) -> None:
    assert [leases.take("slow", holder, NOW, UNTIL) for holder in "abc"] == [True, True, False]
    assert leases.take("another", "c", NOW, UNTIL)


def test_who_has_a_place_keeps_it(leases: Leases) -> None:
    assert all(leases.take("slow", "a", NOW, UNTIL) for _ in range(3))
    assert leases.take("slow", "b", NOW, UNTIL)


def test_a_place_is_free_when_its_time_is_over(leases: Leases) -> None:
    for holder in "ab":
        leases.take("slow", holder, NOW, UNTIL)
    later = UNTIL + timedelta(seconds=1)
    assert leases.take("slow", "c", later, later + timedelta(seconds=30))


@pytest.mark.parametrize(("dispatchers", "places"), [(1, 1), (2, 1), (5, 2), (20, 8), (1000, 400)])
def test_two_fifths_of_the_dispatchers_may_wait_for_one_slow_connection(dispatchers: int, places: int) -> None:
    assert places_of(dispatchers) == places
