"""Fixtures of all tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playground.run import Playground


@pytest.fixture(scope="session")
def deployed_world() -> Iterator[Playground]:
    """The stack in a local AWS of its own, the simulators connected to it, and the page, on free ports."""
    from playground.run import running_playground

    steps: list[str] = []
    with running_playground(steps.append, port=0) as playground:
        yield playground
