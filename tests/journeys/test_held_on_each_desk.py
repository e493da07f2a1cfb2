"""Outside of a reply window: what the agents of each platform see of a message that is held, and that it arrives."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.kit import registry
from tests.harness.pair_world import PLATFORMS, Scene

SILENT = {"uchat"}  #: a bot would answer such a line


@pytest.fixture(params=PLATFORMS)
def scene(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """With Viber as a messenger that takes agents' messages only for a while."""
    viber = registry.load("viber")
    monkeypatch.setattr(viber, "behavior", replace(viber.behavior, reply_window=86_400.0))
    scene = Scene("viber", request.param)
    open_window(scene)
    scene.says("hello")
    scene.settle()
    return scene


def open_window(scene: Scene, days: int = 1) -> None:
    for session in scene.sessions.all():
        scene.sessions.save(replace(session, window_until=scene.time.now() + timedelta(days=days)))


def count_notices(scene: Scene) -> int:
    return str(scene.desk.view()).count("Your message is held")


def test_the_agents_read_once_that_it_is_held_and_the_customer_reads_it_later(scene: Scene) -> None:
    open_window(scene, days=-1)
    scene.replies("one")
    scene.replies("two")
    scene.pass_time(900)
    assert scene.customer_sees() == []
    assert count_notices(scene) == (0 if scene.desk.service in SILENT else 1)
    open_window(scene)
    scene.says("I am back")
    scene.pass_time(900)
    assert [text for text in scene.customer_sees() if "one" in text or "two" in text] == scene.customer_sees()
    assert len(scene.customer_sees()) == 2
    assert "one" in scene.customer_sees()[0]
    assert not scene.held.messages
    assert not scene.queue.parked
    assert "I am back" in scene.agent_sees()


def test_what_the_agents_discard_is_gone(scene: Scene) -> None:
    open_window(scene, days=-1)
    scene.replies("one")
    scene.replies("/drop")
    scene.pass_time(900)
    assert not scene.held.messages
    assert ("Discarded: 1 message." in str(scene.desk.view())) is (scene.desk.service not in SILENT)
    open_window(scene)
    scene.says("I am back")
    scene.pass_time(900)
    assert scene.customer_sees() == []
