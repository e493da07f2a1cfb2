"""People on both sides say a few words again and again while calls fail: each is heard as often as it was said."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.simulator import OUTAGES, Fault, Simulator
from tests.harness.pair_world import Scene, must_be_exact

PAIRS = [
    "viber and freshchat",
    "viber and freshchat both",
    "webchat and freshchat",
    "webchat and freshchat app",
    "webchat and giosg",
    "viber and vcita",
    "viber and unblu",
]
WORDS = ["ok", "ok", "?", "fine"]

GAPS = st.sampled_from([0.0, 0.3, 1.0, 3.0])
SAID = st.lists(st.tuples(st.booleans(), st.sampled_from(WORDS), GAPS), min_size=2, max_size=7)
#: which call fails, counted from the last failure on, and how; a third doubt about one message may end it
FAULTS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(sorted(OUTAGES))), max_size=2)


def misbehave(service: Simulator, faults: list[tuple[int, str]]) -> None:
    where = "/bridge/" if service.service == "webchat" else ".*"  # the rest are calls of visitors
    for after, kind in faults:
        for _ in range(after):
            service.fail_next(Fault(where=where))
        service.fail_next(replace(OUTAGES[kind], where=where))


def is_heard(seen: list[str], said: list[str], service: Simulator, faults: list[tuple[int, str]]) -> bool:
    """Nothing is missing; nothing is there twice but where nobody can know whether it is there."""
    if all(must_be_exact(service, OUTAGES[kind]) for _, kind in faults):
        return seen == said
    more = Counter(seen) - Counter(said)
    return not Counter(said) - Counter(seen) and more.total() <= len(faults)


@pytest.mark.parametrize("pair", PAIRS)
@settings(max_examples=20)
@given(said=SAID, at_desk=FAULTS, at_phone=FAULTS)
def test_the_same_words_arrive_as_often_as_they_were_said(
    pair: str, said: list[tuple[bool, str, float]], at_desk: list[tuple[int, str]], at_phone: list[tuple[int, str]]
) -> None:
    messenger, _, platform = pair.partition(" and ")
    scene = Scene(messenger, platform)
    scene.meet()
    misbehave(scene.desk, at_desk)
    misbehave(scene.phone, at_phone)
    by_customer, by_agent = ["hello"], ["welcome"]
    for is_customer, word, gap in said:
        (scene.says if is_customer else scene.replies)(word)
        (by_customer if is_customer else by_agent).append(word)
        scene.pass_time(gap)
    scene.end()
    assert is_heard(scene.agent_sees(), by_customer, scene.desk, at_desk)
    assert is_heard(scene.customer_sees(), by_agent, scene.phone, at_phone)
    assert scene.told_otherwise() == []
