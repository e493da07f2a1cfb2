"""A service is out for five minutes: every message arrives, in order, and nobody is told otherwise.

For every messenger, every platform and every way of being out that the simulators know.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from playground.simulator import OUTAGES, Simulator
from tests.harness.pair_world import PAIRS, Scene, make_pair, must_be_exact
from tests.harness.phones import read_words

OUTAGE = 300  #: seconds


def break_down(service: Simulator, kind: str) -> None:
    service.break_down(OUTAGES[kind], OUTAGE)


def assert_arrived(seen: list[str], wanted: list[str], service: Simulator, kind: str) -> None:
    """In order; and once, or where it cannot be known whether it is there, again right away and nothing in between."""
    assert list(dict.fromkeys(seen)) == wanted
    assert seen == sorted(seen, key=wanted.index)
    if must_be_exact(service, OUTAGES[kind]):
        assert seen == wanted


@pytest.fixture(params=PAIRS)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_pair(request.param)
    yield scene
    assert scene.told_otherwise() == []


each_kind = pytest.mark.parametrize("kind", OUTAGES)
#: One of each that matters to us: not done and told so, not told, never begun, done and lost.
some_kinds = pytest.mark.parametrize(
    "kind", ["503", "502 from a proxy", "no connection", "broken connection after the work"]
)


@each_kind
def test_what_customers_write_arrives_after_an_outage_of_the_platform(scene: Scene, kind: str) -> None:
    scene.meet()
    break_down(scene.desk, kind)
    scene.says("one")
    scene.pass_time(60)
    scene.says("two")
    scene.pass_time(140)
    scene.says("three")
    scene.end()
    assert_arrived(scene.agent_sees(), ["hello", "one", "two", "three"], scene.desk, kind)


@each_kind
def test_who_writes_first_during_an_outage_of_the_platform_is_heard_in_one_conversation(
    scene: Scene, kind: str
) -> None:
    break_down(scene.desk, kind)
    scene.says("one")
    scene.pass_time(30)
    scene.says("two")
    scene.end()
    assert_arrived(scene.agent_sees(), ["one", "two"], scene.desk, kind)
    assert len([one for one in scene.conversations if one["messages"]]) == 1


@each_kind
def test_what_agents_write_arrives_after_an_outage_of_the_messenger(scene: Scene, kind: str) -> None:
    scene.meet()
    break_down(scene.phone, kind)
    scene.replies("one")
    scene.pass_time(60)
    scene.replies("two")
    scene.pass_time(140)
    scene.replies("three")
    scene.end()
    assert_arrived(scene.customer_sees(), ["welcome", "one", "two", "three"], scene.phone, kind)


@some_kinds
def test_what_agents_write_does_not_wait_for_the_platforms_own_api(scene: Scene, kind: str) -> None:
    scene.meet()
    scene.pass_time(2 * 3600)  # what was looked up before is forgotten, an agent's name say
    scene.started = scene.time.now()
    break_down(scene.desk, kind)
    scene.replies("one")
    scene.replies("two")
    scene.pass_time(60)
    assert scene.customer_sees() == ["welcome", "one", "two"]
    scene.end()
    assert scene.customer_sees() == ["welcome", "one", "two"]


@some_kinds
def test_files_arrive_after_an_outage_and_keep_their_place_among_the_texts(scene: Scene, kind: str) -> None:
    scene.meet()
    for service, say, send_file in (
        (scene.desk, scene.says, scene.says_with_file),
        (scene.phone, scene.replies, scene.replies_with_file),
    ):
        break_down(service, kind)
        scene.started = scene.time.now()
        say("before")
        scene.pass_time(5)
        send_file()
        scene.pass_time(5)
        say("after")
        scene.end()
    assert_arrived(mark_files(scene.written()), ["hello", "before", "<file>", "after"], scene.desk, kind)
    assert_arrived(mark_files(scene.shown()), ["welcome", "before", "<file>", "after"], scene.phone, kind)


def mark_files(messages: Sequence[dict[str, Any]]) -> list[str]:
    """A file is shown, or is a link where the service takes none."""
    texts = (read_words(each) for each in messages)
    return [
        "<file>" if each["attachment"] or "plan.png" in text else text
        for each, text in zip(messages, texts, strict=True)
    ]
