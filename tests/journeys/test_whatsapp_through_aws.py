"""WhatsApp through AWS's door with platforms: what SNS sends twice, and in any order, is seen once and in order."""

from __future__ import annotations

import pytest

from playground.misbehaviour import Fault
from tests.harness.pair_world import PLATFORMS, PNG
from tests.harness.whatsapp_scenes import AwsTalk


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_talk_arrives_as_it_was_meant_though_news_come_twice_and_in_any_order(platform: str) -> None:
    scene = AwsTalk(platform)
    scene.whatsapp.switches.webhook_duplicates = scene.whatsapp.switches.webhook_reorder = True
    for words in ("first", "second"):
        scene.says(words)
        scene.pass_time(5)
        scene.replies(f"answer to the {words}")
        scene.settle()
    scene.says_with_file()
    scene.settle()
    scene.replies_with_file()
    scene.end()

    said = [text for text in scene.agent_sees() if text in {"first", "second"}]
    assert said == ["first", "second"]
    assert scene.customer_sees()[:2] == ["answer to the first", "answer to the second"]
    assert PNG in scene.media.files.values()
    assert scene.media.bucket == {}
    assert scene.told_otherwise() == []
    assert not [call for call in scene.whatsapp.calls if call.path.startswith("/v25.0/")], "Meta's door stays closed"


def arrived(scene: AwsTalk) -> bool:
    return any("did this arrive?" in words for words in scene.customer_sees())


@pytest.mark.parametrize("status", [429, 502])
def test_what_aws_refuses_for_a_while_arrives_in_the_end(status: int) -> None:
    scene = AwsTalk("freshchat webhook")
    scene.meet()
    scene.whatsapp.fail_next(Fault(where="POST /v1/whatsapp/send", status=status, times=2))
    scene.replies("did this arrive?")
    scene.pass_time(3600)
    assert arrived(scene)


def test_a_right_that_is_taken_away_holds_messages_until_the_owner_has_given_it_back() -> None:
    scene = AwsTalk("freshchat webhook")
    scene.meet()
    scene.whatsapp.break_down(Fault(where="POST /v1/whatsapp/send", status=403), seconds=3600)
    scene.replies("did this arrive?")
    scene.pass_time(3600)
    assert not arrived(scene)
    scene.reconnect("whatsapp-1")
    scene.pass_time(8 * 3600)
    assert arrived(scene)
