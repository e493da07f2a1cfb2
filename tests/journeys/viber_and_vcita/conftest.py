"""A customer on Viber, a business at vcita: every behaviour that is vcita's own, across both simulators."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from patchbay.domain.accounts import ConnectionStatus
from tests.journeys.viber_and_vcita.scene import Scene, make_scene


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = make_scene()
    scene.connect("vcita")
    scene.link("viber-1", "vcita-1")
    scene.settle()
    scene.time.advance(2)  # connecting has taken some of this second's calls
    assert scene.status() is ConnectionStatus.ACTIVE
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    refused = [sent for sent in scene.vcita.webhook_log if sent.status not in {204, 404}]
    assert not refused
    for token in list(scene.vcita.tokens):
        assert scene.vcita.busiest(token) <= 8
