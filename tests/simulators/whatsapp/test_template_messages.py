"""Templates in messages: their values, and what does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.whatsapp import WhatsAppScene
from tests.simulators.whatsapp.test_templates import create, refuse, send


@pytest.fixture
def scene() -> WhatsAppScene:
    return WhatsAppScene.connected()


def text(value: str, name: str = "") -> dict[str, str]:
    return {"type": "text", "text": value, **({"parameter_name": name} if name else {})}


def part(kind: str, *parameters: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "parameters": list(parameters), **more}


def link(value: str = "77", index: str = "1") -> dict[str, Any]:
    return part("button", text(value), sub_type="url", index=index)


DAY_PART = part("header", text("Montag", "day"))
NAMES = part("body", text("10:30", "time"), text("Zoë", "first_name"))


def test_named_values_are_filled_in(scene: WhatsAppScene) -> None:
    create(scene)
    scene.settle()
    maya = scene.person()
    answer = send(scene, maya, "visit_reminder", DAY_PART, NAMES, link(), language="de")
    assert answer["messages"][0]["message_status"] == "accepted"
    line = scene.phone(maya)[0]
    assert line["text"] == "Termin am Montag\nGuten Tag Zoë, wir sehen uns um 10:30.\nAcme"
    assert [(each["label"], each["url"]) for each in line["buttons"]] == [
        ("Passt", None),
        ("Verschieben", "https://a.test/v/77"),
        ("Anrufen", "tel:+41445550100"),
    ]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ([DAY_PART, NAMES], "400 131008"),
        ([NAMES, link()], "400 132000"),
        ([DAY_PART, part("body", text("Zoë", "first_name")), link()], "400 132000"),
        ([DAY_PART, part("body", text("Zoë"), text("10:30")), link()], "400 132012"),
        ([DAY_PART, part("body", text("Zoë", "name"), text("10:30", "time")), link()], "400 132012"),
        ([DAY_PART, part("body", text("", "first_name"), text("10:30", "time")), link()], "400 131008"),
        ([DAY_PART, part("body", text("a\nb", "first_name"), text("10:30", "time")), link()], "400 100"),
        ([DAY_PART, part("body", text("a     b", "first_name"), text("1", "time")), link()], "400 100"),
        ([DAY_PART, part("body", text("x" * 1000, "first_name"), text("1", "time")), link()], "400 132005"),
        ([DAY_PART, part("body", {"type": "image"}, text("1", "time")), link()], "400 132012"),
        ([DAY_PART, NAMES, link(index="7")], "400 131008"),
        ([DAY_PART, NAMES, link(), part("button", text("x"), sub_type="url", index="5")], "400 132000"),
        ([DAY_PART, NAMES, part("button", text("x"))], "400 131008"),
        ([DAY_PART, NAMES, link(), part("footer", text("x"))], "400 100"),
    ],
)
def test_values_must_fit(scene: WhatsAppScene, parts: list[Any], code: str) -> None:
    create(scene)
    scene.settle()
    assert refuse(scene, scene.person(), "visit_reminder", *parts, language="de") == code


def test_other_languages_and_names_are_unknown(scene: WhatsAppScene) -> None:
    scene.core.templates.add("hello", "Hello there")
    maya = scene.person()
    assert refuse(scene, maya, language="de") == "404 132001"
    assert refuse(scene, maya, "bye") == "404 132001"
    assert refuse(scene, maya, "hello", part("body", text("x"))) == "400 132000"
    send(scene, maya)


def test_numbered_values_have_no_names(scene: WhatsAppScene) -> None:
    scene.core.templates.add("hello", "Hello {{1}}, it is {{2}} now")
    maya = scene.person()
    send(scene, maya, "hello", part("body", text("Zoë"), {"type": "currency", "currency": MONEY}))
    assert scene.phone(maya)[0]["text"] == "Hello Zoë, it is CHF 5 now"
    assert refuse(scene, maya, "hello", part("body", text("Zoë", "name"), text("x", "time"))) == "400 132012"


MONEY = {"fallback_value": "CHF 5", "code": "CHF", "amount_1000": 5000}


def test_a_header_may_be_a_file_or_a_place(scene: WhatsAppScene) -> None:
    image = {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW"]}}
    place = {"type": "HEADER", "format": "LOCATION"}
    plain = {"type": "BODY", "text": "Look here"}
    create(scene, name="look", language="en", parameter_format="POSITIONAL", components=[image, plain])
    create(scene, name="come", language="en", parameter_format="POSITIONAL", components=[place, plain])
    scene.settle()
    maya = scene.person()
    picture = {"type": "image", "image": {"id": scene.uploaded(b"jpeg", "image/jpeg")}}
    at = {"type": "location", "location": {"latitude": "47.4", "longitude": "8.5", "name": "Station"}}
    send(scene, maya, "look", part("header", picture))
    send(scene, maya, "come", part("header", at))
    assert [line["text"] for line in scene.phone(maya)] == ["[image]\nLook here", "[location]\nLook here"]
    assert refuse(scene, maya, "look", part("header", at)) == "400 132012"
    assert refuse(scene, maya, "look") == "400 132012"
    document = {"type": "image", "image": {"id": scene.uploaded(b"%PDF", "application/pdf")}}
    assert refuse(scene, maya, "look", part("header", document)) == "400 131053"


def test_codes_are_not_sent_to_ids(scene: WhatsAppScene) -> None:
    scene.core.templates.add("code", "Your code is ready", category="AUTHENTICATION")
    assert refuse(scene, scene.person("Tomás Oliveira"), "code") == "400 131062"
    send(scene, scene.person(), "code")
