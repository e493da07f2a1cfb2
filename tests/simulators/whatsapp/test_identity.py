"""People of three kinds: with a phone, hidden behind a username, and such whose phone comes and goes; and who moves."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.whatsapp.demo import PHONE_NUMBER_ID
from tests.harness.whatsapp import WhatsAppScene


@pytest.fixture
def scene() -> WhatsAppScene:
    return WhatsAppScene.connected()


def test_a_phone_may_come_and_go(scene: WhatsAppScene) -> None:
    person = scene.people.new_person("Ana", visibility="changing")
    for text in ("one", "two", "three"):
        scene.people.write(person, text)
    values = [change["value"] for change in scene.settle()]
    phones = [value["contacts"][0].get("wa_id") for value in values]
    assert phones == [person.phone, None, person.phone]
    assert [value["messages"][0].get("from") for value in values] == phones
    assert {value["messages"][0]["from_user_id"] for value in values} == {person.user_id}
    assert {value["contacts"][0]["profile"]["username"] for value in values} == {"@ana"}


def test_statuses_of_hidden_people_have_no_phone(scene: WhatsAppScene) -> None:
    person = scene.meet("Tomás Oliveira")
    scene.write(person)
    sent, delivered = [change["value"] for change in scene.settle()]
    for value in (sent, delivered):
        assert "recipient_id" not in value["statuses"][0]
        assert value["statuses"][0]["recipient_user_id"] == person.user_id
        assert value["contacts"][0]["user_id"] == person.user_id
    assert "username" not in sent["contacts"][0]["profile"]
    assert delivered["contacts"][0]["profile"]["username"] == person.username


def test_who_is_addressed_by_phone_is_reported_by_phone(scene: WhatsAppScene) -> None:
    person = scene.meet("Tomás Oliveira")
    body = {"messaging_product": "whatsapp", "to": f"+{person.phone}", "text": {"body": "x"}}
    scene.ok("POST", f"{PHONE_NUMBER_ID}/messages", **body)
    assert {each["recipient_id"] for each in scene.statuses()} == {person.phone}


def test_the_phone_wins_if_both_are_given(scene: WhatsAppScene) -> None:
    maya, tomas = scene.meet(), scene.meet("Tomás Oliveira")
    body = {"messaging_product": "whatsapp", "to": f"+{maya.phone}", "recipient": tomas.user_id, "text": {"body": "x"}}
    answer = scene.ok("POST", f"{PHONE_NUMBER_ID}/messages", **body)
    assert answer["contacts"][0]["wa_id"] == maya.phone
    assert (scene.last(maya).content, len(scene.people.messages(tomas))) == ({"body": "x"}, 1)


def test_a_parent_id_is_an_id_too(scene: WhatsAppScene) -> None:
    maya = scene.person()
    maya.parent_user_id = "CH.ENT.99887766554433"
    scene.meet()
    body = {"messaging_product": "whatsapp", "recipient": maya.parent_user_id, "text": {"body": "x"}}
    scene.ok("POST", f"{PHONE_NUMBER_ID}/messages", **body)
    [sent, _] = scene.settle()
    assert sent["value"]["contacts"][0]["parent_user_id"] == maya.parent_user_id
    assert sent["value"]["statuses"][0]["parent_recipient_user_id"] == maya.parent_user_id


@pytest.mark.parametrize("notice", ["number", "user_id", "field"])
@pytest.mark.parametrize("name", ["Maya Chen", "Tomás Oliveira"])
def test_who_changes_the_phone_has_a_new_id(scene: WhatsAppScene, notice: str, name: str) -> None:
    person = scene.meet(name)
    old_phone, old_id = person.phone, person.user_id
    scene.people.change_number(person, "41760001122", notice=notice)
    [change] = scene.settle()
    assert (person.phone, person.user_id != old_id) == ("41760001122", True)
    value = change["value"]
    if notice == "field":
        assert change["field"] == "user_id_update"
        [update] = value["user_id_update"]
        assert update["user_id"] == {"previous": old_id, "current": person.user_id}
        assert update.get("wa_id") == (None if person.visibility == "hidden" else person.phone)
        return
    assert "contacts" not in value
    [message] = value["messages"]
    assert message.get("from") == (None if person.visibility == "hidden" else old_phone)
    assert message["from_user_id"] == old_id
    assert message["system"]["type"] == f"user_changed_{notice}"
    assert message["system"]["user_id"] == person.user_id
    assert message["system"].get("wa_id") == ("41760001122" if notice == "number" else None)


def test_an_old_id_reaches_nobody(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    old_phone, old_id = maya.phone, maya.user_id
    scene.people.change_number(maya, notice="field")
    scene.settle()
    for address in ({"to": f"+{old_phone}"}, {"recipient": old_id}):
        body: dict[str, Any] = {"messaging_product": "whatsapp", **address, "text": {"body": "x"}}
        scene.ok("POST", f"{PHONE_NUMBER_ID}/messages", **body)
        [change] = scene.settle()
        assert "contacts" not in change["value"]
        [status] = change["value"]["statuses"]
        assert (status["status"], status["errors"][0]["code"]) == ("failed", 131026)
    scene.whatsapp.quirks.refuses_at_once = True
    body = {"messaging_product": "whatsapp", "recipient": old_id, "text": {"body": "x"}}
    assert scene.refused("POST", f"{PHONE_NUMBER_ID}/messages", **body).startswith("400 131026")
    scene.write(maya)
    assert [each["status"] for each in scene.statuses()] == ["sent", "delivered"]


def test_who_is_asked_for_the_number_may_share_it(scene: WhatsAppScene) -> None:
    person = scene.meet("Tomás Oliveira")
    buttons = [{"type": "REQUEST_CONTACT_INFO"}]
    scene.core.templates.add("ask_number", "May we call you?", buttons=buttons)
    scene.send(person, "template", template={"name": "ask_number", "language": {"code": "en"}})
    scene.settle()
    scene.people.tap(person, scene.last(person).id)
    [message] = scene.arrived()
    assert (message["type"], message["origin"]) == ("contacts", "contact_request")
    assert message["contacts"][0]["phones"][0]["wa_id"] == person.phone
    assert f"waid={person.phone}" in message["contacts"][0]["vcard"]
    assert message["context"]["id"] == scene.people.messages(person)[-2].id
    assert message["from"] == person.phone


def test_a_message_may_ask_for_the_number_too(scene: WhatsAppScene) -> None:
    person = scene.meet("Tomás Oliveira")
    ask = {"type": "request_contact_info", "body": {"text": "May we call?"}, "action": {"name": "request_contact_info"}}
    scene.send(person, "interactive", interactive=ask)
    assert scene.phone(person)[-1]["buttons"] == [{"label": "Share your number", "url": None}]
    scene.settle()
    scene.people.tap(person, scene.last(person).id)
    assert scene.arrived()[0]["origin"] == "contact_request"


def test_marketing_stops_and_resumes(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    scene.core.templates.add("offer", "Look at this", category="MARKETING")
    offer = {"name": "offer", "language": {"code": "en"}}
    scene.people.stop_marketing(maya)
    [preference] = scene.arrived("user_preferences", "user_preferences")
    assert preference["value"] == "stop"
    assert (preference["category"], preference["wa_id"]) == ("marketing_messages", maya.phone)
    scene.send(maya, "template", template=offer)
    assert scene.statuses()[-1]["errors"][0]["code"] == 131050
    scene.people.resume_marketing(maya)
    assert scene.arrived("user_preferences", "user_preferences")[0]["value"] == "resume"
    scene.send(maya, "template", template=offer)
    assert scene.statuses()[-1]["status"] == "delivered"


def test_no_marketing_reaches_the_united_states(scene: WhatsAppScene) -> None:
    person = scene.people.new_person("Al", phone="12025550123", country="US")
    scene.core.templates.add("offer", "Look at this", category="MARKETING")
    scene.send(person, "template", template={"name": "offer", "language": {"code": "en"}})
    assert scene.statuses()[-1]["errors"][0]["code"] == 131049


def test_who_has_blocked_the_business_gets_nothing(scene: WhatsAppScene) -> None:
    maya = scene.meet()
    scene.people.block(maya)
    scene.write(maya)
    assert scene.statuses()[-1]["errors"][0]["code"] == 131026
    scene.people.write(maya, "Sorry")
    scene.write(maya)
    assert scene.statuses()[-1]["status"] == "delivered"


def test_the_business_blocks_who_wrote_within_a_day(scene: WhatsAppScene) -> None:
    maya, tomas = scene.meet(), scene.person("Tomás Oliveira")
    users = [{"user": f"+{maya.phone}"}, {"user_id": tomas.user_id}]
    path, body = f"{PHONE_NUMBER_ID}/block_users", {"messaging_product": "whatsapp", "block_users": users}
    answer = scene.ok("POST", path, **body)
    assert [each["user_id"] for each in answer["block_users"]["added_users"]] == [maya.user_id]
    assert answer["block_users"]["failed_users"][0]["input"] == tomas.user_id
    assert answer["errors"]["code"] == 139100
    assert [each["wa_id"] for each in scene.ok("GET", path)["data"]] == [maya.phone]
    assert scene.refuse(maya, text={"body": "x"}).startswith("400 130403")
    scene.people.write(maya, "Hello?")
    assert scene.settle() == []
