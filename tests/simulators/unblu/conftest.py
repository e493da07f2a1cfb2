"""The simulated Unblu in each generation, and with a conversation."""

from __future__ import annotations

import pytest

from tests.harness.unblu_harness import Chat, UnbluHarness, make_unblu


@pytest.fixture(params=["v4", "v3"])
def harness(request: pytest.FixtureRequest) -> UnbluHarness:
    """In both generations, one after the other."""
    return make_unblu(request.param)


@pytest.fixture
def chat(harness: UnbluHarness) -> Chat:
    return harness.chat()


@pytest.fixture
def v4() -> UnbluHarness:
    return make_unblu("v4")


@pytest.fixture
def v3() -> UnbluHarness:
    return make_unblu("v3")
