"""What a message costs is computed by AWS's rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bench.prices import PRICES, TITLES, Usage, item_bytes, price, read_units, total, write_units


def test_every_quantity_has_a_price_and_a_name() -> None:
    names = set(Usage().quantities)
    assert set(PRICES) == names
    assert set(TITLES) == names


def test_a_million_requests_cost_what_the_list_says() -> None:
    million = Usage(api_requests=1e6, sqs_requests=3e6, write_units=2e6)
    assert price(million)["api_requests"] == Decimal("1.00")
    assert total(million) == Decimal("1.00") + Decimal("1.50") + Decimal("1.25")


def test_usage_adds_up_and_scales() -> None:
    usage = (Usage(api_requests=1, traces=2) + Usage(api_requests=2)).times(0.5)
    assert (usage.api_requests, usage.traces) == (1.5, 1.0)


@pytest.mark.parametrize(
    ("size", "transaction", "units"),
    [(1, False, 1), (1024, False, 1), (1025, False, 2), (900, True, 2)],
)
def test_a_write_is_charged_by_the_kilobyte(size: int, *, transaction: bool, units: int) -> None:
    assert write_units(size, transaction=transaction) == units


def test_a_consistent_read_costs_twice_the_other() -> None:
    assert read_units(4096, consistent=True) == 1.0
    assert read_units(4097, consistent=True) == 2.0
    assert read_units(10, consistent=False) == 0.5


def test_an_item_is_measured_as_dynamodb_does() -> None:
    item: dict[str, dict[str, Any]] = {
        "pk": {"S": "äb"},
        "n": {"N": "-12345"},
        "on": {"BOOL": True},
        "l": {"L": [{"S": "x"}, {"NULL": True}]},
        "ids": {"SS": ["a", "bc"]},
    }
    assert item_bytes(item) == (2 + 3) + (1 + 5) + (2 + 1) + (1 + 3 + 2 + 2) + (3 + 3 + 2 + 3)
