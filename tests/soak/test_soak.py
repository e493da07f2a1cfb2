"""Twenty-five thousand messages, everything that goes wrong, and nothing lost, out of order, doubled unmarked or stuck.

`make soak` does the same with a hundred thousand.
"""

from __future__ import annotations

import pytest

from bench.soak import describe
from tests.soak.soak import Plan, Soak

SMALL = Plan(seed=5, messages=300, conversations=8)


@pytest.mark.long
def test_nothing_is_lost_out_of_order_doubled_unmarked_or_stuck() -> None:
    result = Soak(Plan(seed=20260105, messages=25_000, conversations=500)).run()
    assert not result.problems, describe(result)


def test_the_same_seed_is_the_same_soak() -> None:
    """So that what was seen once can be looked at again."""
    first, second, other = Soak(SMALL).run(), Soak(SMALL).run(), Soak(Plan(6, 300, 8)).run()
    assert first.fingerprint == second.fingerprint != other.fingerprint
    assert first.injected == second.injected


def test_a_soak_in_which_too_little_goes_wrong_is_no_proof() -> None:
    soak = Soak(SMALL)
    soak.faults.is_calm = True
    result = soak.run()
    assert not result.findings.problems["lost"]
    assert len(result.problems["injected too seldom"]) > 20
    assert "To repeat this run: python -m bench.soak --seed 5 --messages 300 --conversations 8" in describe(result)
