"""A customer on Viber, agents at Giosg: what they say to each other, and what comes in between: the fixtures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.giosg_world import Scene, make_scene


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = make_scene()
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert scene.giosg.complaints == []
