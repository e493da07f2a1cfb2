"""Conversation routing: another responder shares the chats."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.whatsapp.demo import PHONE_NUMBER_ID
from playground.services.whatsapp.records import Person
from tests.harness.whatsapp import WhatsAppScene

CONTROL = f"{PHONE_NUMBER_ID}/thread_control"
DAY = 86_400


@pytest.fixture
def scene() -> WhatsAppScene:
    scene = WhatsAppScene.connected()
    scene.whatsapp.quirks.routing = True
    return scene


def body(person: Person, action: str, **more: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": f"+{person.phone}", "action": action, **more}


def fields(scene: WhatsAppScene) -> list[str]:
    return [change["field"] for change in scene.settle()]


def test_who_is_not_primary_gets_copies_and_may_not_answer(scene: WhatsAppScene) -> None:
    scene.core.business.set_primary(us=False)
    maya = scene.person()
    scene.people.write(maya, "Hello")
    [change] = scene.settle()
    assert (change["field"], change["value"]["messages"][0]["text"]) == ("standby", {"body": "Hello"})
    assert scene.refuse(maya, text={"body": "x"}).startswith("403 131005")
    scene.core.templates.add("hello", "Hello there")
    scene.send(maya, "template", template={"name": "hello", "language": {"code": "en"}})
    scene.settle()
    scene.core.business.pass_to_us(maya)
    [change] = scene.settle()
    assert (change["field"], change["value"]["type"]) == ("messaging_handovers", "control_passed")
    assert "control_passed" in change["value"]
    scene.people.write(maya, "Hello?")
    assert fields(scene) == ["messages"]
    scene.write(maya)


def test_a_chat_is_passed_and_released(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    to_bot = {"control_pass": {"target_role": "ai_agent"}, "metadata": "wants a refund"}
    assert scene.refused("POST", CONTROL, **body(maya, "pass")) == "400 100"
    assert scene.refused("POST", CONTROL, **body(maya, "pass", metadata="x" * 2001)) == "400 100"
    assert scene.refused("POST", CONTROL, **body(maya, "sing")) == "400 100"
    assert scene.ok("POST", CONTROL, **body(maya, "pass", **to_bot)) == {"success": True}
    assert scene.refused("POST", CONTROL, **body(maya, "release")).startswith("400 100 Only the owner")
    scene.people.write(maya, "Hello")
    assert fields(scene) == ["standby"]
    scene.core.business.pass_to_us(maya)
    scene.settle()
    assert scene.ok("POST", CONTROL, **body(maya, "release")) == {"success": True}
    scene.core.business.set_primary(us=False)
    scene.people.write(maya, "Hello")
    assert fields(scene) == ["standby"]


def test_only_the_escalation_partner_takes(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    scene.core.business.take_from_us(maya)
    [change] = scene.settle()
    assert change["value"]["type"] == "control_taken"
    assert scene.refused("POST", CONTROL, **body(maya, "take")) == "400 2494191"
    scene.whatsapp.quirks.may_take = True
    scene.ok("POST", CONTROL, **body(maya, "take"))
    scene.core.business.take_from_us(maya)
    scene.write(maya)
    scene.settle()
    scene.people.write(maya, "Hello")
    assert fields(scene) == ["messages"]


def test_a_chat_is_nobodys_after_a_day(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    scene.core.business.take_from_us(maya)
    scene.settle()
    scene.time.advance(DAY)
    scene.people.write(maya, "Hello")
    assert fields(scene) == ["messages"]


def test_a_chat_is_somebodys(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    assert scene.refused("POST", CONTROL, to=f"+{maya.phone}", action="pass") == "400 100"
    nobody = {**body(maya, "pass"), "to": "+41790009999"}
    assert scene.refused("POST", CONTROL, **nobody) == "400 100"
