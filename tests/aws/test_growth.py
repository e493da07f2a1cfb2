"""What a message costs does not depend on how many connections there are."""

from __future__ import annotations

import pytest

from bench.connections_growth import Cost, Traffic
from bench.prices import total


@pytest.fixture(scope="module")
def one() -> Cost:
    return Traffic(1).run()


@pytest.mark.parametrize(("pairs", "times", "secrets", "dollars"), [(10, 1.3, 0.01, 0.1), (500, 1.8, 0.05, 0.6)])
def test_a_message_costs_little_more_with_many_connections(
    one: Cost, pairs: int, times: float, secrets: float, dollars: float
) -> None:
    many = Traffic(pairs).run()
    assert many.table <= times * one.table
    assert many.secrets <= secrets
    assert float(total(many.usage.times(1e6))) <= dollars
