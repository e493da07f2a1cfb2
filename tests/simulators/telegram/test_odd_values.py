"""Whatever a bot sends, the simulated Telegram answers in its own form: a mistake of ours would hide the bot's."""

from __future__ import annotations

import json
from typing import Any

import pytest

from playground.services.telegram import DEMO_TOKEN
from playground.services.telegram.schema import METHODS
from tests.simulators.telegram.scene import HOOK, Scene

ODD: tuple[Any, ...] = (
    *(None, "", " ", "x", "\ud83d", "attach://x", "https://", "http://[", 0, -1, 1.5, 1e400, 2**51, 2**70, True),
    *([], [[]], [{}], [None], [1], {}, {"a": 1}, {"type": "x"}, [{"type": "photo", "media": "x"}] * 2),
    *({"inline_keyboard": [[{}]]}, {"keyboard": [["x"]]}, {"message_id": "x"}, {"message_id": -1, "quote": "x"}),
    *([{"type": "emoji"}], [{"type": "bold", "offset": -1, "length": 0}], "<b>", "&#xD800;", "&#1114112;"),
)


@pytest.fixture(scope="module")
def scene() -> Scene:
    scene = Scene.connected()
    person = scene.meet()
    scene.telegram.send_sticker(person.id, "😀", b"webp")
    return scene


@pytest.mark.parametrize("method", METHODS)
def test_odd_values_are_answered(scene: Scene, method: str) -> None:
    person = next(iter(scene.telegram.people))
    good: dict[str, Any] = {"chat_id": person, "message_id": 2, "user_id": person, "url": HOOK, "parse_mode": "HTML"}
    good |= {"text": "x", "latitude": 1, "longitude": 2, "title": "a", "address": "b", "action": "typing"}
    good |= {"phone_number": "1", "first_name": "a", "message_ids": [3], "photo": f"{HOOK}/a.jpg"}
    good = {name: value for name, value in good.items() if name in METHODS[method]}
    known = METHODS["sendMessage"].items() if method != "sendMessage" else ()
    for name in (name for name, kind in METHODS[method].items() if (name, kind) not in known):
        for number, value in enumerate(ODD):
            for send in (send_json, send_form) if number % 2 else (send_json,):
                answer = send(scene, method, {**good, name: value})
                assert answer.get_json()["ok"] == (answer.status_code == 200), (name, value)
                assert answer.status_code in {200, 400}, (name, value)


def send_json(scene: Scene, method: str, values: dict[str, Any]) -> Any:
    body = json.dumps(values)
    return scene.client.post(f"/bot{DEMO_TOKEN}/{method}", data=body, content_type="application/json")


def send_form(scene: Scene, method: str, values: dict[str, Any]) -> Any:
    form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}
    form = {name: value.encode("utf-8", "replace").decode() for name, value in form.items()}
    return scene.client.post(f"/bot{DEMO_TOKEN}/{method}", data=form)
