"""News of a conversation that is just being opened: they come before the answer to our own call, and all are heard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from patchbay.domain.model import ConversationStatus
from playground.services.vcita import Vcita
from playground.simulator import Call
from tests.harness.forms import list_forms
from tests.harness.webchat_world import ENDS, Scene, make_scene, platforms


@pytest.fixture(params=list_forms(platforms()))
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_scene(request.param)
    scene.desk.webhooks_first = True
    if isinstance(scene.desk, Vcita):
        scene.desk.quirks.early_webhooks = True
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert not scene.telemetry.logged("webhook refused")
    assert {call.status for call in scene.desk.calls if call.direction == "webhook"} <= {200, 204}


def test_a_first_message_is_heard_and_answered_though_the_news_come_before_the_answers(scene: Scene) -> None:
    scene.says("hello", "are you there?")
    assert scene.agent_sees() == ["hello", "are you there?"]
    scene.reply("yes")
    assert scene.visitor_sees() == ["yes"]
    [session] = [one for one in scene.sessions.all() if one.conversation]
    assert session.conversation is not None
    assert session.conversation.status is ConversationStatus.ACTIVE
    assert not scene.queue.parked


def test_twenty_newcomers_at_once_are_each_heard_once(scene: Scene) -> None:
    for number in range(20):
        scene.webchat.write(scene.webchat.start_chat(f"Guest {number}").id, "hello")
    scene.settle(Scene.HOUR)
    assert [scene.agent_sees(f"Guest {number}") for number in range(20)] == [["hello"]] * 20


def test_a_conversation_that_is_over_before_we_know_it_is_known_to_be_over(scene: Scene) -> None:
    """A rule of the platform's may end it at once. What the customer writes next is heard all the same."""
    action = ENDS.get(scene.desk.service)
    if action is None:
        pytest.skip("the platform does not say that a conversation is over")
    ended: list[Call] = []

    def end_at_once(call: Call) -> None:
        if call.direction == "api" and not ended and scene.conversations():
            ended.append(call)
            scene.start(action)

    scene.desk.listeners.append(end_at_once)
    scene.says("hello")
    assert ended
    [session] = scene.sessions.all()
    assert session.conversation is not None
    went_on = len(scene.conversations()) == 2  # where the first one refused the message that it was opened for
    assert went_on or session.conversation.status is ConversationStatus.ENDED
    scene.says("still there?")
    scene.settle(Scene.HOUR)
    assert {"hello", "still there?"} <= set(scene.agent_sees())
    assert not scene.queue.parked
