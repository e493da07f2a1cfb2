"""Characters that no queue and no database takes cost a sign, and nothing that follows: on every service."""

from __future__ import annotations

import pytest

from tests.journeys.test_outages import MESSENGERS, PLATFORMS, Scene

ODD = ["co\ufffeoperate", "a\uffff", "a\x00b\x08c"]
SIGNS = ["co\ufffdoperate", "a\ufffd", "a\ufffdb\ufffdc"]


@pytest.fixture(params=[f"{messenger} and {platform}" for messenger in MESSENGERS for platform in PLATFORMS])
def scene(request: pytest.FixtureRequest) -> Scene:
    messenger, _, platform = request.param.partition(" and ")
    return Scene(messenger, platform)


def test_what_a_customer_writes_after_an_odd_character_is_heard_like_all_else(scene: Scene) -> None:
    for text in ("Hello", *ODD, "Are you there?"):
        scene.says(text)
        scene.pass_time(1)
    scene.end()
    assert scene.agent_sees() == ["Hello", *SIGNS, "Are you there?"]
    assert scene.told_otherwise() == []


def test_what_an_agent_writes_after_an_odd_character_is_heard_like_all_else(scene: Scene) -> None:
    scene.meet()
    for text in (*ODD, "Is that all?"):
        scene.replies(text)
        scene.pass_time(1)
    scene.end()
    assert scene.customer_sees() == ["welcome", *SIGNS, "Is that all?"]
    assert scene.told_otherwise() == []
