"""Files that a platform does not give out yet: they are waited for, however the platform answers HEAD.

Unblu answers 403 while a scanner holds a file; Giosg 404 until the file has been uploaded. Neither documents HEAD.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from patchbay.kit import registry
from playground.services.giosg import DEMO_AGENT as GIOSG_AGENT
from playground.services.unblu import DEMO_AGENT as UNBLU_AGENT
from tests.harness import giosg_world, unblu_world

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200
HOLDING = 45  #: seconds
Scene = giosg_world.Scene | unblu_world.Scene


@pytest.fixture(params=["unblu v3", "unblu v4", "giosg"])
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    scene: Scene
    if request.param == "giosg":
        scene = giosg_world.make_scene()
    else:
        scene = unblu_world.make_scene("v3" if request.param == "unblu v3" else "v4")
    scene.talk("hello")
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert "HEAD" not in {sent.method for sent in scene.http.sent}


def hold(scene: Scene, seconds: float, head: int = 0) -> None:
    """From now on files are not given out for so long."""
    if isinstance(scene, giosg_world.Scene):
        scene.quirks.late_files, scene.quirks.head_status = seconds, head  # type: ignore[assignment]
    else:
        scene.unblu.quirks.scan_seconds, scene.unblu.quirks.head_status = seconds, head  # type: ignore[assignment]


def send_image(scene: Scene) -> None:
    if isinstance(scene, giosg_world.Scene):
        scene.giosg.send_image(scene.chat.id, GIOSG_AGENT, "map.png", "image/png", PNG)
        scene.giosg.reply(scene.chat.id, GIOSG_AGENT, "as promised")
    else:
        scene.unblu.send_file(scene.conversation.id, UNBLU_AGENT, "map.png", "image/png", PNG)
        scene.unblu.reply(scene.conversation.id, UNBLU_AGENT, "as promised", False)


@pytest.mark.parametrize("head", [0, 405, 404, 501, 403])
def test_a_file_is_waited_for_and_what_follows_keeps_its_place(scene: Scene, head: int) -> None:
    hold(scene, HOLDING, head)
    send_image(scene)
    scene.settle(timedelta(seconds=HOLDING - 10))
    assert scene.customer_sees() == []
    scene.settle(timedelta(seconds=30))
    assert scene.customer_sees() == ["<image>", "as promised"]
    assert list(scene.media.files.values()) == [PNG]


def test_a_file_that_is_there_at_once_is_asked_for_once(scene: Scene) -> None:
    scene.http.sent.clear()
    send_image(scene)
    scene.settle()
    assert scene.customer_sees() == ["<image>", "as promised"]
    assert sum("map.png" in sent.url and sent.method == "GET" for sent in scene.http.sent) == 1


@pytest.mark.parametrize("head", [0, 405])
def test_a_file_that_is_never_given_out_holds_the_conversation_up_no_longer_than_the_completion_time(
    scene: Scene, head: int
) -> None:
    hold(scene, 24 * 3600, head)
    send_image(scene)
    service = "giosg" if isinstance(scene, giosg_world.Scene) else "unblu"
    scene.settle(timedelta(seconds=registry.load(service).behavior.completion_timeout + 60))
    missing, after = scene.customer_sees()
    assert "map.png" in missing
    assert after == "as promised"
