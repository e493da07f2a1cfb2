"""When a business may write as it likes, how often, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.whatsapp.demo import PHONE_NUMBER_ID
from playground.services.whatsapp.records import Person
from tests.harness.whatsapp import WhatsAppScene, make_body

HOUR = 3600
AD = {"source_url": "https://fb.me/x", "source_id": "17", "source_type": "ad", "headline": "Hair", "ctwa_clid": "c"}
TEMPLATE = {"name": "hello", "language": {"code": "en"}}


@pytest.fixture
def scene() -> WhatsAppScene:
    scene = WhatsAppScene.connected()
    scene.core.templates.add("hello", "Hello there")
    return scene


def outcome(scene: WhatsAppScene) -> str:
    """How the last message fared."""
    last = scene.statuses()[-1]
    return f"{last['status']} {last['errors'][0]['code']}" if "errors" in last else str(last["status"])


# --- the window ------------------------------------------------------------------------------------------------------


def test_who_never_wrote_gets_templates_only(scene: WhatsAppScene) -> None:
    maya = scene.person()
    scene.write(maya)
    assert outcome(scene) == "failed 131047"
    scene.send(maya, "template", template=TEMPLATE)
    assert outcome(scene) == "delivered"


def test_each_message_of_a_person_opens_24_hours(scene: WhatsAppScene) -> None:
    maya = scene.person()
    scene.people.write(maya, "Hello")
    scene.time.advance(24 * HOUR - 10)
    scene.write(maya)
    assert outcome(scene) == "delivered"
    scene.time.advance(10)
    scene.write(maya)
    assert outcome(scene) == "failed 131047"
    scene.people.react(maya, scene.last(maya).id, "👍")
    scene.write(maya)
    assert outcome(scene) == "delivered"


def test_the_window_may_be_refused_by_the_call(scene: WhatsAppScene) -> None:
    scene.whatsapp.quirks.refuses_at_once = True
    maya = scene.person()
    assert scene.refuse(maya, text={"body": "x"}).startswith("400 131047 More than 24 hours")
    assert scene.phone(maya) == []
    scene.people.write(maya, "Hello")
    scene.write(maya)


def test_all_numbers_of_a_portfolio_share_the_window(scene: WhatsAppScene) -> None:
    other = scene.core.add_number("41445550111", "Second")
    maya = scene.meet()
    body = {"messaging_product": "whatsapp", "to": f"+{maya.phone}", "text": {"body": "x"}}
    scene.ok("POST", f"{other.id}/messages", **body)
    assert outcome(scene) == "delivered"


def test_an_answered_advertisement_opens_72_hours(scene: WhatsAppScene) -> None:
    maya = scene.person()
    scene.people.write(maya, "I saw your ad", ad=AD)
    assert scene.arrived()[0]["referral"] == AD
    scene.time.advance(23 * HOUR)
    scene.write(maya)
    sent, delivered = scene.statuses()
    assert sent["pricing"] == {
        "billable": False,
        "pricing_model": "PMP",
        "type": "free_entry_point",
        "category": "referral_conversion",
    }
    assert sent["conversation"]["origin"] == {"type": "referral_conversion"}
    assert delivered["conversation"]["id"] == sent["conversation"]["id"]
    scene.time.advance(72 * HOUR - 10)
    scene.write(maya)
    assert outcome(scene) == "delivered"
    scene.time.advance(10)
    scene.write(maya)
    assert outcome(scene) == "failed 131047"


def test_an_advertisement_that_nobody_answers_opens_nothing_more(scene: WhatsAppScene) -> None:
    maya = scene.person()
    scene.people.write(maya, "I saw your ad", ad=AD)
    scene.time.advance(24 * HOUR)
    scene.write(maya)
    assert outcome(scene) == "failed 131047"


def test_the_owners_phone_opens_no_window(scene: WhatsAppScene) -> None:
    maya = scene.person()
    scene.core.business.write_by_phone(maya, "Good morning")
    scene.write(maya)
    assert outcome(scene) == "failed 131047"


# --- prices ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "is_open", "kind"),
    [
        ("UTILITY", False, "regular"),
        ("UTILITY", True, "free_customer_service"),
        ("MARKETING", True, "regular"),
        ("AUTHENTICATION", True, "regular"),
    ],
)
def test_templates_have_a_price(scene: WhatsAppScene, category: str, is_open: bool, kind: str) -> None:
    scene.core.templates.add("offer", "Look at this", category=category)
    maya = scene.meet() if is_open else scene.person()
    scene.send(maya, "template", template={"name": "offer", "language": {"code": "en"}})
    for status in scene.statuses():
        assert status["pricing"] == {
            "billable": kind == "regular",
            "pricing_model": "PMP",
            "type": kind,
            "category": category.lower(),
        }


def test_the_price_comes_with_sent_and_with_the_first_that_arrived(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    scene.write(maya)
    scene.time.settle()
    scene.people.read(maya)
    statuses = scene.statuses()
    assert [(each["status"], "pricing" in each) for each in statuses] == [
        ("sent", True),
        ("delivered", True),
        ("read", False),
    ]
    maya.reads_at_once = True
    scene.write(maya)
    assert [(each["status"], "pricing" in each) for each in scene.statuses()] == [("sent", True), ("read", True)]


# --- rates -----------------------------------------------------------------------------------------------------------


def test_one_person_gets_a_burst_of_45_and_then_one_in_6_seconds(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    for _ in range(45):
        scene.write(maya)
    assert scene.refuse(maya, text={"body": "x"}).startswith("400 131056")
    other = scene.meet("Tomás Oliveira")
    scene.write(other)
    scene.time.advance(6)
    scene.write(maya)
    assert scene.refuse(maya, text={"body": "x"}).startswith("400 131056")
    scene.time.advance(45 * 6)
    for _ in range(45):
        scene.write(maya)


def test_a_number_sends_80_in_a_second(scene: WhatsAppScene) -> None:
    people = [scene.people.new_person(f"Person {index}") for index in range(81)]
    for person in people[:80]:
        scene.send(person, "template", template=TEMPLATE)
    refusal = scene.refuse(people[80], "template", template=TEMPLATE)
    assert refusal.startswith("400 130429")
    scene.time.advance(1)
    scene.send(people[80], "template", template=TEMPLATE)


def test_what_comes_in_counts_too(scene: WhatsAppScene) -> None:
    maya = scene.person()
    for index in range(79):
        scene.people.write(maya, f"{index}")
    scene.write(maya)
    assert scene.refuse(maya, text={"body": "x"}).startswith("400 130429")


def test_a_number_that_is_in_the_app_too_sends_20_in_a_second(scene: WhatsAppScene) -> None:
    scene.core.number.is_on_phone = True
    for index in range(20):
        scene.send(scene.people.new_person(f"Person {index}"), "template", template=TEMPLATE)
    assert scene.refuse(scene.person(), "template", template=TEMPLATE).startswith("400 130429")
    scene.whatsapp.quirks.limits = False
    scene.send(scene.person(), "template", template=TEMPLATE)


def test_a_portfolio_writes_first_to_so_many_people_a_day(scene: WhatsAppScene) -> None:
    scene.core.state.accounts[scene.core.number.account].limit = "TIER_250"
    scene.core.number.throughput = 1000
    people = [scene.people.new_person(f"Person {index}") for index in range(251)]
    for person in people[:250]:
        scene.core.send(PHONE_NUMBER_ID, make_body(person, "template", template=TEMPLATE))
    assert scene.refuse(people[250], "template", template=TEMPLATE).startswith("400 131048")
    scene.send(people[0], "template", template=TEMPLATE)
    scene.people.write(people[250], "Hello")
    scene.send(people[250], "template", template=TEMPLATE)
    scene.time.advance(24 * HOUR)
    scene.send(scene.person(), "template", template=TEMPLATE)


# --- reading and typing ----------------------------------------------------------------------------------------------


def mark(scene: WhatsAppScene, message_id: str, **more: Any) -> Any:
    body = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id, **more}
    return scene.call("POST", f"{PHONE_NUMBER_ID}/messages", **body).json


def test_reading_marks_the_earlier_ones_too(scene: WhatsAppScene) -> None:
    maya = scene.person()
    for text in ("one", "two", "three"):
        scene.people.write(maya, text)
    messages = scene.people.messages(maya)
    assert mark(scene, messages[1].id) == {"success": True}
    assert [line["status"] for line in scene.phone(maya)] == ["read", "read", "delivered"]
    scene.write(maya)
    mark(scene, messages[2].id)
    assert [message.seen for message in scene.people.messages(maya)] == [True, True, True, False]


def test_typing_is_shown_for_25_seconds_or_until_the_message(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    typing = {"typing_indicator": {"type": "text"}}
    mark(scene, scene.last(maya).id, **typing)
    assert shown(scene, maya) == [{"action": "typing", "topic": 0}]
    scene.time.advance(25)
    assert shown(scene, maya) == []
    mark(scene, scene.people.messages(maya)[0].id, **typing)
    scene.write(maya)
    assert shown(scene, maya) == []


def shown(scene: WhatsAppScene, person: Person) -> Any:
    people: Any = scene.whatsapp.view()["people"]
    return next(each["actions"] for each in people if each["id"] == person.id)


def test_only_messages_of_people_are_read(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    own = scene.write(maya)
    for message_id in ("wamid.unknown", own):
        assert mark(scene, message_id)["error"]["code"] == 131009
    theirs = scene.people.messages(maya)[0].id
    assert mark(scene, theirs, typing_indicator={"type": "image"})["error"]["code"] == 100
    assert mark(scene, theirs, to="+41790000000")["error"]["code"] == 100
