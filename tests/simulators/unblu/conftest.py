"""The simulated Unblu in each generation, and with a conversation."""

from __future__ import annotations

import pytest

from tests.harness.unblu_office import Chat, Office, make_office


@pytest.fixture(params=["v4", "v3"])
def office(request: pytest.FixtureRequest) -> Office:
    """In both generations, one after the other."""
    return make_office(request.param)


@pytest.fixture
def chat(office: Office) -> Chat:
    return office.chat()


@pytest.fixture
def v4() -> Office:
    return make_office("v4")


@pytest.fixture
def v3() -> Office:
    return make_office("v3")
