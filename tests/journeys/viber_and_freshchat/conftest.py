"""A customer on Viber, an agent on Freshchat: every behaviour that the bridge promises, across both simulators."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from playground.services.freshchat import Freshchat
from playground.services.viber import Viber
from tests.journeys.viber_and_freshchat.scene import Scene

FORMS = ("webhook", "app", "both", "both, app first")


@pytest.fixture(params=FORMS)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Whichever way Freshchat reports what agents do; by both, the app hears first or second."""
    events, _, order = request.param.partition(", ")
    scene = Scene("viber", "freshchat")
    viber, freshchat = scene.simulators["viber"], scene.simulators["freshchat"]
    assert isinstance(viber, Viber)
    assert isinstance(freshchat, Freshchat)
    scene.viber, scene.freshchat = viber, freshchat
    freshchat.events, freshchat.quirks.app_first = events, order == "app first"
    scene.connect("viber")
    scene.connect("freshchat")
    scene.link("viber-1", "freshchat-1")
    scene.asa = viber.new_person("Åsa")
    scene.settle()
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
