"""What a ceiling costs that is counted in the table: little more than what it allows, however many ask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from patchbay.aws.stores.quotas import TableLimits
from patchbay.aws.stores.table import Table
from tests.aws import aws
from tests.harness.moto_transport import observing
from tests.harness.virtual_time import VirtualTime

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Fleet:
    """Containers that share the table, and the calls that they make."""

    def __init__(self, cloud: aws.Aws, size: int) -> None:
        self.time = VirtualTime()
        self.calls: list[str] = []
        self.cloud = cloud
        table = Table(cloud.tables, aws.TABLE)
        self.containers = [TableLimits(table, self.time, lambda key: f"COUNT#{key}") for _ in range(size)]

    def ask(self, times: int, most: int, window: timedelta = MINUTE) -> int:
        """So many calls, handed round; the answer is how many were allowed."""
        with observing(lambda operation, _: self.calls.append(operation)):
            answers = [
                self.containers[number % len(self.containers)].take("site", most, window) for number in range(times)
            ]
        return answers.count(0)


@pytest.fixture
def cloud() -> Iterator[aws.Aws]:
    with aws.running() as cloud:
        yield cloud


def test_a_call_that_is_allowed_costs_one_write_and_no_read(cloud: aws.Aws) -> None:
    fleet = Fleet(cloud, 1)
    assert fleet.ask(10, 10) == 10
    assert fleet.calls == ["UpdateItem"] * 10


def test_a_container_remembers_that_it_was_refused(cloud: aws.Aws) -> None:
    fleet = Fleet(cloud, 5)
    assert fleet.ask(3000, 20) == 20
    assert set(fleet.calls) == {"UpdateItem"}
    assert len(fleet.calls) == 20 + 2 * 5


def test_containers_count_together_and_an_attack_of_a_day_is_bounded(cloud: aws.Aws) -> None:
    """A thousand of them hammering would be a thousand writes a second to one item, which is what DynamoDB takes."""
    fleet = Fleet(cloud, 3)
    allowed = 0
    for _ in range(24 * 6):
        allowed += fleet.ask(50, 100, DAY)
        fleet.time.advance(600)
    assert allowed == 100
    assert len(fleet.calls) <= 100 + 2 * 3


def test_a_counter_stays_small_and_goes_by_itself(cloud: aws.Aws) -> None:
    fleet = Fleet(cloud, 1)
    for _ in range(40):
        fleet.ask(1, 1000)
        fleet.time.advance(7)
    [item] = cloud.dynamodb.scan(TableName=aws.TABLE)["Items"]
    assert len([name for name in item if name.startswith("slice_")]) <= 8
    left = int(item["expires_at"]["N"]) - fleet.time.now().timestamp()
    assert 60 <= left <= 200
