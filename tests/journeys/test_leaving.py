"""A customer leaves while the rate limiter or a moment's failure is in the way: the agents see it all the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from patchbay.kit import registry
from patchbay.kit.abilities import EndsConversations
from playground.services.viber import Viber
from playground.simulator import Fault
from tests.harness.pair_world import PLATFORMS, Scene

ENDING = [each for each in PLATFORMS if isinstance(registry.load(each.partition(" ")[0]), EndsConversations)]


@pytest.fixture(params=ENDING)
def scene(request: pytest.FixtureRequest) -> Scene:
    scene = Scene("viber", request.param)
    scene.meet()
    return scene


def leave(scene: Scene) -> None:
    assert isinstance(scene.phone, Viber)
    scene.phone.unsubscribe(scene.ann["id"])


def statuses(scene: Scene) -> list[str]:
    shown: Any = scene.desk.view()["conversations"]
    return sorted(str(one["status"]) for one in shown)


def test_some_platforms_end_conversations() -> None:
    assert ENDING


def test_one_of_many_who_leaves_while_the_others_write_is_seen_to_have_left(scene: Scene) -> None:
    assert isinstance(scene.phone, Viber)
    others = [scene.phone.new_person(f"Person {number}") for number in range(8)]
    for person in others:
        scene.phone.write(person.id, "hello")
    leave(scene)
    scene.pass_time(300)
    assert statuses(scene).count("ended") == 1
    assert len(statuses(scene)) == 9


@pytest.mark.parametrize(
    "fault",
    [Fault(status=500), Fault(status=503), Fault(status=429, retry_after=20), Fault(status=401), Fault(lost=True)],
)
def test_a_failure_at_the_wrong_moment_hides_no_leaving(scene: Scene, fault: Fault) -> None:
    scene.desk.fail_next(fault)
    leave(scene)
    scene.settle(timedelta(minutes=5))
    assert statuses(scene) == ["ended"]


def test_whoever_comes_back_while_their_leaving_cannot_be_told_is_heard_at_once(scene: Scene) -> None:
    for _ in range(4):
        scene.desk.fail_next(Fault(status=503, where="/end$|PATCH .*/chats/"))
    leave(scene)
    scene.pass_time(1)
    scene.says("I am back")
    scene.pass_time(5)
    assert scene.agent_sees()[-1] == "I am back"
    scene.says("and stay")
    scene.settle(timedelta(hours=1))
    assert scene.agent_sees()[-2:] == ["I am back", "and stay"]
    assert statuses(scene) != ["ended"]
