"""Templates: created, reviewed, listed, edited, deleted, paused, and filled with values."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.whatsapp.demo import WABA_ID
from playground.services.whatsapp.records import Person, Template
from tests.harness.whatsapp import WhatsAppScene

PATH = f"{WABA_ID}/message_templates"
DAY = 86_400
HEADER = {
    "type": "HEADER",
    "format": "TEXT",
    "text": "Termin am {{day}}",
    "example": {"header_text_named_params": [{"param_name": "day", "example": "Montag"}]},
}
BODY = {
    "type": "BODY",
    "text": "Guten Tag {{first_name}}, wir sehen uns um {{time}}.",
    "example": {
        "body_text_named_params": [
            {"param_name": "first_name", "example": "Zoë"},
            {"param_name": "time", "example": "10:30"},
        ]
    },
}
BUTTONS = {
    "type": "BUTTONS",
    "buttons": [
        {"type": "QUICK_REPLY", "text": "Passt"},
        {"type": "URL", "text": "Verschieben", "url": "https://a.test/v/{{1}}", "example": ["https://a.test/v/7"]},
        {"type": "PHONE_NUMBER", "text": "Anrufen", "phone_number": "+41445550100"},
    ],
}
VISIT: dict[str, Any] = {
    "name": "visit_reminder",
    "language": "de",
    "category": "UTILITY",
    "parameter_format": "NAMED",
    "components": [HEADER, BODY, {"type": "FOOTER", "text": "Acme"}, BUTTONS],
}


@pytest.fixture
def scene() -> WhatsAppScene:
    return WhatsAppScene.connected()


def create(scene: WhatsAppScene, **change: Any) -> Template:
    answer = scene.ok("POST", PATH, **{**VISIT, **change})
    assert answer["status"] == "PENDING"
    return scene.core.state.templates[answer["id"]]


def statuses(scene: WhatsAppScene) -> list[dict[str, Any]]:
    return [each["value"] for each in scene.settle() if each["field"] == "message_template_status_update"]


def body(text: str, *examples: str) -> dict[str, Any]:
    return {"type": "BODY", "text": text, **({"example": {"body_text": [list(examples)]}} if examples else {})}


# --- review ----------------------------------------------------------------------------------------------------------


def test_a_template_is_reviewed(scene: WhatsAppScene) -> None:
    template = create(scene)
    maya = scene.person()
    assert scene.refuse(maya, "template", template={"name": template.name, "language": {"code": "de"}}).startswith(
        "404"
    )
    [approved] = statuses(scene)
    assert approved == {
        "message_template_id": int(template.id),
        "message_template_name": "visit_reminder",
        "message_template_language": "de",
        "event": "APPROVED",
        "reason": "NONE",
        "message_template_category": "UTILITY",
    }
    scene.whatsapp.quirks.rejects = "INVALID_FORMAT"
    rejected = create(scene, name="another")
    assert [(each["event"], each["reason"]) for each in statuses(scene)] == [("REJECTED", "INVALID_FORMAT")]
    assert rejected.status == "REJECTED"


REFUSED: list[tuple[dict[str, Any], int]] = [
    ({"name": "Visit Reminder"}, 0),
    ({"name": ""}, 0),
    ({"language": "Deutsch"}, 0),
    ({"category": "NEWS"}, 0),
    ({"components": []}, 0),
    ({"components": "x"}, 0),
    ({"components": [HEADER]}, 2388072),
    ({"components": [BODY, BODY]}, 2388072),
    ({"components": [{"type": "BODY", "text": "x" * 1025}]}, 2388040),
    ({"components": [{"type": "BODY", "text": "Hello {{name}} my friend and welcome"}]}, 2388072),
    ({"components": [{**BODY, "text": "{{first_name}} comes at {{time}} or so to us"}]}, 2388299),
    ({"components": [{**BODY, "text": "So {{first_name}} {{time}} then"}]}, 2388293),
    ({"components": [BODY, {"type": "HEADER", "format": "TEXT", "text": "x" * 61}]}, 2388040),
    ({"components": [BODY, {"type": "HEADER", "format": "IMAGE"}]}, 2388047),
    ({"components": [BODY, {"type": "HEADER", "format": "SONG"}]}, 2388047),
    ({"components": [BODY, {"type": "FOOTER", "text": "x" * 61}]}, 2388040),
    ({"components": [BODY, {"type": "FOOTER", "text": "From {{first_name}} and us"}]}, 2388073),
    ({"components": [BODY, {"type": "POEM"}]}, 0),
]
REFUSED += [
    ({"components": [BODY, {"type": "BUTTONS", "buttons": buttons}]}, 0)
    for buttons in (
        [],
        [{"type": "QUICK_REPLY", "text": "x"}] * 11,
        [{"type": "QUICK_REPLY", "text": "x" * 26}],
        [{"type": "PHONE_NUMBER", "text": "x", "phone_number": "+41445550100"}] * 2,
        [{"type": "URL", "text": "x", "url": "https://a.test"}] * 3,
        [{"type": "URL", "text": "x", "url": "https://a.test/{{1}}"}],
        [{"type": "URL", "text": "x", "url": "a.test"}],
        [{"type": "COPY_CODE", "example": "x" * 21}],
        [{"type": "PHONE_NUMBER", "text": "x", "phone_number": "call us"}],
        [{"type": "LEVER", "text": "x"}],
        [
            {"type": "QUICK_REPLY", "text": "a"},
            {"type": "URL", "text": "x", "url": "https://a.test"},
            {"type": "QUICK_REPLY", "text": "b"},
        ],
    )
]


@pytest.mark.parametrize(("change", "subcode"), REFUSED)
def test_what_templates_may_not_be(scene: WhatsAppScene, change: dict[str, Any], subcode: int) -> None:
    answer = scene.call("POST", PATH, **{**VISIT, **change})
    assert answer.json is not None
    error = answer.json["error"]
    assert (answer.status_code, error["code"], error.get("error_subcode", 0)) == (400, 100, subcode)
    assert ("error_user_msg" in error) == bool(subcode)


def test_parameters_are_numbered_or_named(scene: WhatsAppScene) -> None:
    good = body("Hello {{1}}, it is {{2}} now.", "Zoë", "10:30")
    create(scene, name="a", parameter_format="POSITIONAL", components=[good])
    for wrong in (
        body("Hello {{1}}, it is {{3}} now.", "Zoë", "10:30"),
        body("Hello {{name}}, it is late now.", "Zoë"),
        body("Hello {{1}}, it is {{2}} now.", "Zoë"),
    ):
        answer = {**VISIT, "name": "b", "parameter_format": "POSITIONAL", "components": [wrong]}
        assert scene.refused("POST", PATH, **answer) == "400 100"
    named = {**VISIT, "name": "c", "components": [{**BODY, "text": "Hello {{First}}, it is {{time}} by now."}]}
    assert scene.refused("POST", PATH, **named) == "400 100"


def test_there_are_100_creations_an_hour(scene: WhatsAppScene) -> None:
    for index in range(100):
        create(scene, name=f"visit_{index}")
    assert scene.refused("POST", PATH, **VISIT).startswith("400 80007")
    scene.time.advance(3600)
    create(scene)
    answer = scene.call("POST", PATH, **VISIT)
    assert answer.json is not None
    assert answer.json["error"]["error_subcode"] == 2388024


def test_an_account_has_a_number_of_templates(scene: WhatsAppScene) -> None:
    scene.core.state.accounts[WABA_ID].is_verified = False
    for index in range(250):
        scene.core.templates.add(f"visit_{index}", "Hello")
    answer = scene.call("POST", PATH, **VISIT)
    assert answer.json is not None
    assert answer.json["error"]["error_subcode"] == 2388019


# --- lists -----------------------------------------------------------------------------------------------------------


def test_lists_have_pages_fields_and_filters(scene: WhatsAppScene) -> None:
    for index in range(5):
        scene.core.templates.add(f"visit_{index}", "Hello", language="de" if index % 2 else "en")
    page = scene.ok("GET", PATH, limit=2, fields="name,status")
    assert [each["name"] for each in page["data"]] == ["visit_0", "visit_1"]
    assert page["data"][0].keys() == {"name", "status", "id"}
    names = []
    while "next" in page["paging"]:
        page = scene.ok("GET", PATH, limit=2, fields="name", after=page["paging"]["cursors"]["after"])
        names += [each["name"] for each in page["data"]]
    assert names == ["visit_2", "visit_3", "visit_4"]
    page = scene.ok("GET", PATH, limit=2, before=page["paging"]["cursors"]["before"])
    assert [each["name"] for each in page["data"]] == ["visit_2", "visit_3"]
    assert len(scene.ok("GET", PATH, language="de")["data"]) == 2
    assert len(scene.ok("GET", PATH, status="approved", category="UTILITY", name="visit_3")["data"]) == 1
    assert scene.ok("GET", PATH, status="PAUSED") == {"data": []}
    assert scene.refused("GET", PATH, fields="colour") == "400 100"
    assert scene.refused("GET", PATH, after="nonsense!") == "400 100"


def test_a_template_says_all_of_itself(scene: WhatsAppScene) -> None:
    template = create(scene)
    fields = "name,language,category,status,components,quality_score,parameter_format"
    shown = scene.ok("GET", template.id, fields=fields)
    assert (shown["parameter_format"], shown["quality_score"]["score"]) == ("NAMED", "UNKNOWN")
    assert shown["components"] == VISIT["components"]
    health = scene.ok("GET", template.id, fields="health_status")["health_status"]
    assert (health["can_send_message"], health["entities"][0]["entity_type"]) == ("BLOCKED", "MESSAGE_TEMPLATE")


# --- edits and deletions ---------------------------------------------------------------------------------------------


def test_an_approved_template_is_edited_once_a_day(scene: WhatsAppScene) -> None:
    template = create(scene)
    assert scene.refused("POST", template.id, components=[BODY]) == "400 100"
    scene.settle()
    assert scene.refused("POST", template.id, category="MARKETING") == "400 100"
    for day in range(10):
        assert scene.ok("POST", template.id, components=[BODY])["success"]
        fields = {each["field"] for each in scene.settle()}
        assert fields == {"message_template_status_update", "message_template_components_update"}
        assert scene.refused("POST", template.id, components=[BODY]) == "400 100", day
        scene.time.advance(DAY)
    assert scene.refused("POST", template.id, components=[BODY]) == "400 100"
    scene.time.advance(30 * DAY)
    scene.ok("POST", template.id, components=[BODY])
    assert template.components == [BODY]


def test_a_rejected_template_may_get_another_category(scene: WhatsAppScene) -> None:
    scene.whatsapp.quirks.rejects = "INCORRECT_CATEGORY"
    template = create(scene)
    scene.settle()
    scene.whatsapp.quirks.rejects = ""
    scene.ok("POST", template.id, category="MARKETING")
    assert [each["event"] for each in statuses(scene)] == ["APPROVED"]
    assert template.category == "MARKETING"


def test_templates_are_deleted_by_name_or_one_by_one(scene: WhatsAppScene) -> None:
    german = scene.core.templates.add("hello", "Hallo", language="de")
    scene.core.templates.add("hello", "Hello", language="en")
    scene.core.templates.add("hello", "Bonjour", language="fr")
    assert scene.refused("DELETE", PATH) == "400 100"
    assert scene.refused("DELETE", PATH, name="unknown") == "400 100"
    assert scene.ok("DELETE", PATH, name="hello", hsm_id=german.id) == {"success": True}
    assert len(scene.ok("GET", PATH)["data"]) == 2
    assert scene.ok("DELETE", PATH, name="hello") == {"success": True}
    assert [each["event"] for each in statuses(scene)] == ["DELETED"] * 3
    answer = scene.call("POST", PATH, **{**VISIT, "name": "hello"})
    assert answer.json is not None
    assert answer.json["error"]["error_subcode"] == 2388023
    scene.time.advance(30 * DAY)
    create(scene, name="hello")
    disabled = scene.core.templates.add("bye", "Bye")
    scene.core.templates.disable(disabled)
    assert scene.refused("DELETE", PATH, name="bye") == "400 100"


# --- what Meta does --------------------------------------------------------------------------------------------------


def send(scene: WhatsAppScene, to: Person, name: str = "hello", *components: Any, language: str = "en") -> Any:
    template = {"name": name, "language": {"code": language}, "components": list(components)}
    return scene.send(to, "template", template=template)


def refuse(scene: WhatsAppScene, to: Person, name: str = "hello", *components: Any, language: str = "en") -> str:
    template = {"name": name, "language": {"code": language}, "components": list(components)}
    return " ".join(scene.refuse(to, "template", template=template).split()[:2])


def test_bad_feedback_pauses_twice_and_then_disables(scene: WhatsAppScene) -> None:
    maya, template = scene.person(), scene.core.templates.add("hello", "Hello there")
    for title, hours in (("FIRST_PAUSE", 3), ("SECOND_PAUSE", 6)):
        scene.core.templates.pause(template)
        [paused] = statuses(scene)
        assert (paused["event"], paused["other_info"]["title"]) == ("PAUSED", title)
        assert refuse(scene, maya) == "400 132015"
        scene.time.advance(hours * 3600)
        send(scene, maya)
        [resumed] = statuses(scene)
        assert (resumed["event"], resumed["other_info"]["title"]) == ("APPROVED", "UNPAUSE")
    scene.core.templates.pause(template)
    [disabled] = statuses(scene)
    assert (disabled["event"], disabled["other_info"]["title"]) == ("DISABLED", "DISABLED")
    assert refuse(scene, maya) == "400 132016"


def test_a_pause_may_be_ended(scene: WhatsAppScene) -> None:
    template = scene.core.templates.add("hello", "Hello there")
    assert scene.ok("POST", f"{template.id}/unpause")["success"] is False
    scene.core.templates.pause(template)
    assert scene.ok("POST", f"{template.id}/unpause") == {"success": True}
    send(scene, scene.person())


def test_quality_and_category_change(scene: WhatsAppScene) -> None:
    template = scene.core.templates.add("hello", "Hello there")
    scene.core.templates.set_quality(template, "YELLOW")
    scene.core.templates.announce_category(template, "MARKETING")
    scene.core.templates.change_category(template, "MARKETING")
    scene.core.templates.report(template, "FLAGGED")
    scene.core.templates.reject(template, "SCAM", "It looks like a scam", "Say who you are")
    quality, coming, done, flagged, rejected = [each["value"] for each in scene.settle()]
    assert (quality["previous_quality_score"], quality["new_quality_score"]) == ("UNKNOWN", "YELLOW")
    assert (coming["correct_category"], coming["new_category"]) == ("MARKETING", "UTILITY")
    assert (done["previous_category"], done["new_category"]) == ("UTILITY", "MARKETING")
    assert (flagged["event"], rejected["rejection_info"]["recommendation"]) == ("FLAGGED", "Say who you are")


def test_pacing_holds_messages_back(scene: WhatsAppScene) -> None:
    scene.core.templates.add("hello", "Hello there")
    scene.whatsapp.quirks.holds_templates = True
    maya = scene.person()
    answer = send(scene, maya)
    assert answer["messages"][0]["message_status"] == "held_for_quality_assessment"
    assert [each["status"] for each in scene.statuses()] == ["sent", "delivered"]
    scene.whatsapp.quirks.drops_held = True
    send(scene, maya)
    assert [each["errors"][0]["code"] for each in scene.statuses()] == [132015]
