"""News of a conversation that come late, or once more, and are older than what is known by then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from patchbay.domain.model import ConversationStatus
from playground.services.freshchat import Freshchat
from playground.simulator import WebhookAnswer
from tests.connectors.services import samples
from tests.harness.forms import list_forms
from tests.harness.webchat_world import ENDS, Scene, make_scene


class Line:
    """Between the platform and us: keeps what was sent, and loses the first webhooks after `lose`."""

    def __init__(self, scene: Scene) -> None:
        self._post = scene.desk.post
        self.sent: list[tuple[str, str, Mapping[str, str], bytes]] = []
        self.lost = 0
        scene.desk.post = self.carry

    def carry(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        if self.lost:
            self.lost -= 1
            return WebhookAnswer(503)
        self.sent.append((method, url, headers, body))
        return self._post(method, url, headers, body)

    def repeat(self, sent: list[tuple[str, str, Mapping[str, str], bytes]]) -> None:
        assert sent
        for method, url, headers, body in sent:
            is_too_late = "webhook-signature" in headers  # it holds the time of sending, and is good for five minutes
            assert self._post(method, url, headers, body).status in ({401} if is_too_late else {200, 204})


@pytest.fixture(params=list_forms(ENDS))
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene = make_scene(request.param)
    if isinstance(scene.desk, Freshchat):
        scene.desk.quirks.resolved_refuses = False  # so that the same conversation goes on
    scene.says("hello")
    scene.reply("good morning")
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert not scene.queue.parked


def test_every_platform_that_says_when_conversations_end_is_here() -> None:
    meanings = [(sample.service, meaning) for sample in samples() for meaning in sample.expected]
    ends = {name for name, one in meanings if one.get("status") == "ended" and not one["undated"]}
    assert ends <= set(ENDS)
    assert ends


def expect_that_it_goes_on(scene: Scene, conversations: int) -> None:
    [session] = scene.sessions.all()
    assert session.conversation is not None
    assert session.conversation.status is ConversationStatus.ACTIVE
    scene.says("still there?")
    scene.reply("yes")
    assert scene.agent_sees() == ["hello", "one more thing", "still there?"]
    assert scene.visitor_sees() == ["good morning", "yes"]
    assert len(scene.conversations()) == conversations


def test_an_end_that_is_reported_again_ends_nothing_that_has_begun_since(scene: Scene) -> None:
    line = Line(scene)
    scene.act(ENDS[scene.desk.service])
    end = list(line.sent)
    scene.settle_for(5)
    scene.says("one more thing")
    conversations = len(scene.conversations())
    scene.settle_for(400)  # the queue knows a repetition for five minutes
    line.repeat(end)
    scene.settle()
    expect_that_it_goes_on(scene, conversations)


def test_an_end_that_is_overtaken_by_what_has_begun_since_ends_nothing(scene: Scene) -> None:
    line = Line(scene)
    line.lost = 1
    scene.start(ENDS[scene.desk.service])
    scene.time.advance(0.2)
    scene.says("one more thing")
    conversations = len(scene.conversations())
    scene.settle(Scene.HOUR)
    assert line.lost == 0
    assert len(line.sent) > 1
    expect_that_it_goes_on(scene, conversations)


@pytest.mark.parametrize("scene", ["freshchat both"], indirect=True)
def test_an_end_that_the_slower_of_two_ways_reports_ends_nothing_that_has_begun_since(scene: Scene) -> None:
    assert isinstance(scene.desk, Freshchat)
    scene.desk.quirks.app_delay = 60
    scene.start("resolve")
    scene.settle_for(5)
    scene.desk.quirks.app_delay = 0  # what happens from now on is relayed at once
    scene.says("one more thing")
    scene.settle(Scene.HOUR)
    expect_that_it_goes_on(scene, 1)
