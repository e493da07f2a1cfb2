"""The function is killed at each of its calls to the world in turn: nothing is lost, reordered, or doubled unmarked."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from tests.harness.forms import list_forms
from tests.harness.webchat_world import Scene, make_scene, platforms

SAID = ["Hello!", "Is anybody there?"]
ANSWER = "Yes. How can I help?"


def talk(service: str, die_at: tuple[int, str] | None) -> Scene:
    """A first message, a second, and an answer, with one death on the way."""
    scene = make_scene(service)
    scene.life.calls = 0
    scene.life.die_at = die_at
    scene.says(*SAID)
    scene.settle(timedelta(hours=3))
    scene.reply(ANSWER)
    scene.settle(timedelta(hours=3))
    return scene


@pytest.mark.parametrize("service", list_forms(platforms()))
def test_wherever_the_function_dies_everything_arrives_in_order(service: str) -> None:
    calls = talk(service, None).life.calls
    assert calls > 20
    for number in range(1, calls + 1):
        moment = (number, ("before", "after")[number % 2])
        scene = talk(service, moment)
        seen, shown = scene.agent_sees(), scene.visitor_sees()
        assert list(dict.fromkeys(seen)) == SAID, moment
        assert list(dict.fromkeys(shown)) == [ANSWER], moment
        doubled = sum(times - 1 for times in Counter([*seen, *shown]).values())
        marked = sum(delivery.uncertain for delivery in scene.ledger.deliveries.values())
        assert doubled <= marked, moment
        assert not scene.queue.parked, moment
        assert len(scene.queue) == 0, moment
        assert scene.life.die_at is None, moment
        assert len({one["id"] for one in scene.conversations() if one["messages"]}) == 1, moment
