"""The whole playground, really deployed, once for all tests of a run that need it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from playground.run import Playground, running_playground


@pytest.fixture(scope="session")
def deployed_world() -> Iterator[Playground]:
    """The stack in a local AWS of its own, the simulators connected to it, and the page, on free ports."""
    steps: list[str] = []
    with running_playground(steps.append, port=0) as playground:
        yield playground
