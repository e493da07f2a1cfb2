"""The same words twice within seconds, and a call for one of them fails: they arrive as often as they were said.

For every messenger, every platform and every way in which a call fails. Where a service can be asked what has arrived,
an earlier message that says the same is no answer to that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from playground.services.freshchat import Freshchat
from playground.simulator import OUTAGES, Fault, Simulator
from tests.harness.forms import FRESHCHAT
from tests.harness.pair_world import PAIRS, Scene, make_pair, must_be_exact

GAPS = [0.0, 1.5]  #: seconds between the two
POSTS = "POST"  #: every call that may send a message is one


@pytest.fixture(params=PAIRS)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_pair(request.param)
    scene.meet()
    yield scene
    assert scene.told_otherwise() == []


def fail_posts(service: Simulator, kind: str, *, after: int) -> None:
    """The call after `after` others fails."""
    for _ in range(after):
        service.fail_next(Fault(where=POSTS))
    service.fail_next(replace(OUTAGES[kind], where=POSTS))


def assert_said(seen: Sequence[str], wanted: Sequence[str], service: Simulator, kind: str) -> None:
    """As often as it was said; once more at most where it cannot be known whether it is there."""
    if must_be_exact(service, OUTAGES[kind]):
        assert list(seen) == list(wanted)
    missing = Counter(wanted) - Counter(seen)
    assert not missing
    assert len(seen) <= len(wanted) + 1


each_kind = pytest.mark.parametrize("kind", OUTAGES)
some_kinds = pytest.mark.parametrize("kind", ["500", "503", "no connection", "broken connection after the work"])
each_gap = pytest.mark.parametrize("gap", GAPS)


@each_kind
@each_gap
def test_a_customer_who_says_the_same_twice_is_heard_twice(scene: Scene, kind: str, gap: float) -> None:
    scene.says("ok")
    scene.pass_time(gap)
    fail_posts(scene.desk, kind, after=0)
    scene.says("ok")
    scene.end()
    assert_said(scene.agent_sees(), ["hello", "ok", "ok"], scene.desk, kind)


@each_kind
@each_gap
@pytest.mark.parametrize("pair", [pair for pair in PAIRS if "freshchat" in pair])
def test_an_agent_who_says_the_same_twice_is_heard_twice(pair: str, kind: str, gap: float) -> None:
    scene = make_pair(pair)
    scene.meet()
    scene.replies("ok")
    scene.pass_time(gap)
    fail_posts(scene.phone, kind, after=0)
    scene.replies("ok")
    scene.end()
    assert_said(scene.customer_sees(), ["welcome", "ok", "ok"], scene.phone, kind)


@some_kinds
def test_an_agents_equal_words_in_between_are_no_customers(scene: Scene, kind: str) -> None:
    scene.says("ok")
    scene.pass_time(0.2)
    scene.replies("ok")
    scene.pass_time(0.2)
    fail_posts(scene.desk, kind, after=0)
    scene.says("ok")
    scene.end()
    assert_said(scene.agent_sees(), ["hello", "ok", "ok"], scene.desk, kind)
    assert scene.customer_sees() == ["welcome", "ok"]


@some_kinds
def test_what_reads_alike_without_its_markup_is_not_the_same(scene: Scene, kind: str) -> None:
    scene.says("a<b>c")
    scene.pass_time(0.2)
    fail_posts(scene.desk, kind, after=0)
    scene.says("a<i>c")
    scene.end()
    assert_said(scene.agent_sees(), ["hello", "a<b>c", "a<i>c"], scene.desk, kind)


@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("kind", ["500", "broken connection after the work"])
def test_equal_parts_of_one_message_arrive_as_often_as_there_are(scene: Scene, kind: str, after: int) -> None:
    """A text that is too long for one message, each of whose parts says the same."""
    text = ("ha " * 1_300).strip()
    fail_posts(scene.desk, kind, after=after)
    scene.says(text)
    scene.end()
    said = " ".join(scene.agent_sees()[1:]).split().count("ha")
    assert said >= 1_300
    if must_be_exact(scene.desk, OUTAGES[kind]):
        assert said == 1_300


@each_kind
@pytest.mark.parametrize("form", FRESHCHAT)
def test_an_answer_that_names_no_message_hides_no_later_one(form: str, kind: str) -> None:
    """Freshchat may answer 202 with nothing in it."""
    scene = Scene("viber", form)
    scene.meet()
    assert isinstance(scene.desk, Freshchat)
    scene.desk.quirks.answers_202 = True
    scene.says("ok")
    scene.pass_time(0.5)
    fail_posts(scene.desk, kind, after=0)
    scene.says("ok")
    scene.end()
    assert_said(scene.agent_sees(), ["hello", "ok", "ok"], scene.desk, kind)
