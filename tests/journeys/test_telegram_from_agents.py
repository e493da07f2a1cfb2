"""What agents do on their platform, as customers see it on Telegram: that they type, and several files at once."""

from __future__ import annotations

import pytest

from playground.services.giosg import DEMO_AGENT, Giosg
from playground.services.giosg.attachments import make_attachment
from tests.harness.pair_world import PNG, Scene


def talk(platform: str) -> Scene:
    scene = Scene("telegram", platform)
    scene.meet()
    return scene


def is_typing(scene: Scene) -> bool:
    return [action["action"] for action in scene.ann["actions"]] == ["typing"]


def types(scene: Scene, on: bool) -> None:
    scene.agent_does("typing", typing=str(on).lower())


def chat_actions(scene: Scene) -> int:
    return sum(request.url.endswith("/sendChatAction") for request in scene.http.sent)


def watch(scene: Scene, seconds: int) -> list[bool]:
    """Whether the customer sees typing, second by second."""
    seen = []
    for _ in range(seconds):
        scene.pass_time(1)
        seen.append(is_typing(scene))
    return seen


@pytest.mark.parametrize("platform", ["giosg", "vcita"])
def test_customers_see_typing_while_the_agent_types(platform: str) -> None:
    scene = talk(platform)
    types(scene, on=True)
    assert watch(scene, 20) == [True] * 20
    types(scene, on=False)
    scene.pass_time(5)
    calls = chat_actions(scene)
    assert watch(scene, 70) == [False] * 70
    assert chat_actions(scene) == calls <= 6


@pytest.mark.parametrize("platform", ["giosg", "vcita"])
def test_the_message_ends_it_whether_its_end_is_reported_or_not(platform: str) -> None:
    scene = talk(platform)
    types(scene, on=True)
    assert watch(scene, 7) == [True] * 7
    scene.replies("here you are")
    assert watch(scene, 70) == [False] * 70
    assert scene.customer_sees()[-1] == "here you are"
    assert not scene.queue.parked


def test_typing_whose_end_is_lost_ends_after_a_minute() -> None:
    scene = talk("giosg")
    types(scene, on=True)
    assert watch(scene, 60) == [True] * 60
    assert watch(scene, 60)[5:] == [False] * 55
    assert chat_actions(scene) <= 16
    assert not len(scene.queue)


def test_several_images_of_an_agent_are_one_album() -> None:
    scene = talk("giosg")
    giosg = scene.desk
    assert isinstance(giosg, Giosg)
    chat = str(scene.conversations[-1]["id"])
    files = [
        make_attachment(giosg, title=f"{name}.png", image=giosg._store(f"{name}.png", "image/png", PNG))
        for name in ("one", "two", "three")
    ]
    giosg.write(chat, DEMO_AGENT, "our rooms", files)
    scene.settle()
    calls = [request.url.rpartition("/")[2] for request in scene.http.sent if "telegram" in request.url]
    assert calls[-2:] == ["sendMessage", "sendMediaGroup"]
    words, *album = scene.shown()[-4:]
    assert words["text"].endswith("our rooms")
    assert len({line["album"] for line in album}) == 1
    assert album[0]["album"]
    assert [line["attachment"]["name"] for line in album] == ["one.png", "two.png", "three.png"]
    assert scene.told_otherwise() == []
