"""The simulated Unblu in each generation, and with a conversation."""

from __future__ import annotations

import pytest

from tests.harness.unblu import Chat, UnbluHarness, make_harness


@pytest.fixture(params=["v4", "v3"])
def harness(request: pytest.FixtureRequest) -> UnbluHarness:
    """In both generations, one after the other."""
    return make_harness(request.param)


@pytest.fixture
def chat(harness: UnbluHarness) -> Chat:
    return harness.chat()


@pytest.fixture
def v4() -> UnbluHarness:
    return make_harness("v4")


@pytest.fixture
def v3() -> UnbluHarness:
    return make_harness("v3")
