"""What every store of people does, in memory, in DynamoDB as moto plays it, and on the local AWS."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.aws.stores.people import DynamoPeople
from patchbay.aws.stores.table import Table
from patchbay.bridge.people import People, Person
from tests.aws import aws
from tests.harness.fakes.stores import MemoryPeople
from tests.harness.virtual_time import VirtualTime

RETENTION = timedelta(days=365)
ANN = Person(
    platform_connection="desk",
    key="viber:bot:01:Zoë=",
    platform_id="8a60b202",
    secret="a-secret-of-hers",
    contact="viber:bot:01:Zoë=",
)


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime(datetime(2026, 1, 5, tzinfo=UTC))


@pytest.fixture(params=aws.PLACES)
def people(request: pytest.FixtureRequest, time: VirtualTime) -> Iterator[People]:
    if request.param == "memory":
        yield MemoryPeople(time)
        return
    with aws.provided(request) as cloud:
        yield DynamoPeople(Table(cloud.tables, aws.TABLE), time, RETENTION)


def test_a_stranger_is_nobody(people: People) -> None:
    assert people.find("desk", "viber:bot:nobody") is None
    assert people.by_platform_id("desk", "nobody") is None


def test_somebody_is_found_by_our_key_and_by_the_platforms_id(people: People) -> None:
    assert people.add(ANN) == ANN
    assert people.find("desk", ANN.key) == ANN
    assert people.by_platform_id("desk", "8a60b202") == ANN
    assert people.find("other-desk", ANN.key) is None
    assert people.by_platform_id("other-desk", "8a60b202") is None


def test_who_is_stored_first_stays(people: People) -> None:
    people.add(ANN)
    assert people.add(replace(ANN, platform_id="later", secret="another")) == ANN
    assert people.find("desk", ANN.key) == ANN


def test_somebody_who_is_forgotten_can_be_made_known_anew(people: People) -> None:
    people.add(ANN)
    people.forget(ANN)
    assert people.find("desk", ANN.key) is None
    assert people.by_platform_id("desk", "8a60b202") is None
    anew = replace(ANN, platform_id="9b71")
    assert people.add(anew) == anew


def test_somebody_who_goes_on_in_another_thread_stays_the_same(people: People) -> None:
    people.add(ANN)
    people.move(ANN, "viber:bot:another")
    assert people.find("desk", ANN.key) == replace(ANN, contact="viber:bot:another")
    assert people.by_platform_id("desk", "8a60b202") == replace(ANN, contact="viber:bot:another")
    people.forget(ANN)
    people.move(ANN, ANN.contact)
    assert people.find("desk", ANN.key) is None


def test_the_longest_ids_that_services_may_use_are_kept_and_told_apart(people: People) -> None:
    long = "🧵" * 511
    for end in ("a", "b"):
        people.add(replace(ANN, key=f"viber:bot:{long}{end}", platform_id=f"{long}{end}"))
        people.note_unmapped("desk", f"{long}{end}")
    for end in ("a", "b"):
        person = people.find("desk", f"viber:bot:{long}{end}")
        assert person is not None
        assert people.by_platform_id("desk", f"{long}{end}") == person


def test_somebody_who_is_kept_for_longer_is_who_they_were(people: People) -> None:
    people.add(ANN)
    people.keep("desk", ANN.key)
    people.keep("desk", "viber:bot:nobody")
    assert people.find("desk", ANN.key) == people.by_platform_id("desk", "8a60b202") == ANN
    assert people.find("desk", "viber:bot:nobody") is None


def test_every_number_is_given_once(people: People) -> None:
    numbers = [people.take_number("desk") for _ in range(5)]
    assert numbers == list(range(numbers[0], numbers[0] + 5))
    assert numbers[0] > 0
    assert people.take_number("other-desk") == numbers[0]


def test_a_conversation_of_others_is_remembered_for_its_platform(people: People) -> None:
    people.note_unmapped("desk", "c1")
    people.note_unmapped("desk", "c1")
    assert people.is_unmapped("desk", "c1")
    assert not people.is_unmapped("desk", "c2")
    assert not people.is_unmapped("other-desk", "c1")


def test_a_conversation_of_others_is_remembered_for_a_month_whatever_the_table_still_holds(
    people: People, time: VirtualTime
) -> None:
    people.note_unmapped("desk", "c1")
    time.advance(30 * 24 * 3600 - 1)
    assert people.is_unmapped("desk", "c1")
    time.advance(1)
    assert not people.is_unmapped("desk", "c1")


@pytest.mark.parametrize("length", [1100, 2100, 5000])
def test_people_with_ids_of_any_length_are_told_apart(people: People, length: int) -> None:
    one, two = (replace(ANN, key="k" * length + end, platform_id="ö" * length + end) for end in "12")
    people.add(one)
    assert people.find("desk", two.key) is None
    people.add(two)
    assert people.find("desk", one.key) == one
    assert people.by_platform_id("desk", two.platform_id) == two
