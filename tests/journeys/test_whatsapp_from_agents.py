"""Agents write first on WhatsApp, to a number that has never written: in a template, and the answer joins the talk."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from patchbay.domain.events import ContactIntroduced, Origin
from patchbay.domain.model import Contact
from playground.services.unblu import DEMO_AGENT as UNBLU_AGENT
from playground.services.unblu import Unblu
from playground.services.vcita import DEMO_STAFF, Vcita
from playground.services.whatsapp.records import Template
from tests.harness.whatsapp_scenes import DOORS, WhatsAppTalk, make_talk

WHATSAPP = {"first_template": "first_words:en"}
NUMBER = "41790000002"


def prepare(door: str, platform: str, first: Mapping[str, str] = WHATSAPP) -> tuple[WhatsAppTalk, Template]:
    """The owner's template, and a person who has never written."""
    settings = {"whatsapp": first, "unblu": {"outbound_to": "whatsapp:whatsapp-1"}}
    scene = make_talk(door, platform, settings)
    template = scene.whatsapp.core.templates.add("first_words", "News for you: {{1}}.")
    scene.customer = scene.whatsapp.people.new_person("Bea", phone=NUMBER).id
    return scene, template


def heard(scene: WhatsAppTalk) -> list[str]:
    return [str(line["text"]).partition("\n")[0] for line in scene.shown()]


def answer(scene: WhatsAppTalk, agent_writes: str) -> None:
    """The person answers, the window is open, and the agents' words go as they are."""
    scene.says("thank you")
    scene.settle()
    scene.replies(agent_writes)
    scene.settle()
    assert [text for text in scene.agent_sees() if "Your message is held" not in text] == ["thank you"]
    assert scene.customer_sees()[-1] == agent_writes
    assert len(scene.conversations) == 1
    assert len(scene.sessions.all()) == 1
    assert scene.told_otherwise() == []


@pytest.mark.parametrize("door", DOORS)
def test_a_conversation_that_begins_at_unblu_goes_as_the_first_template(door: str) -> None:
    scene, _ = prepare(door, "unblu")
    unblu = scene.desk
    assert isinstance(unblu, Unblu)
    unblu.start_chat(UNBLU_AGENT, f"+{NUMBER}", "your parcel is here")
    scene.settle()
    assert heard(scene) == ["News for you: your parcel is here."]
    answer(scene, "you are welcome")


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("paused", [True, False], ids=["the first template is paused", "there is no first template"])
def test_first_words_without_a_template_are_held_until_the_agent_picks_one(door: str, paused: bool) -> None:
    scene, first = prepare(door, "unblu", WHATSAPP if paused else {})
    scene.whatsapp.core.templates.add("other_words", "There are news: {{1}}.")
    if paused:
        scene.whatsapp.core.templates.pause(first)
        scene.settle()
    unblu = scene.desk
    assert isinstance(unblu, Unblu)
    unblu.start_chat(UNBLU_AGENT, f"+{NUMBER}", "your parcel is here")
    scene.settle()
    assert heard(scene) == []
    assert str(unblu.view()).count("Your message is held: the customer has not written yet") == 1
    scene.replies("/template other_words")
    scene.settle()
    assert heard(scene) == ["There are news: your parcel is here."]
    answer(scene, "you are welcome")


def test_more_first_words_before_the_answer_go_in_the_template_too_and_in_order() -> None:
    scene, _ = prepare("meta", "unblu")
    unblu = scene.desk
    assert isinstance(unblu, Unblu)
    unblu.start_chat(UNBLU_AGENT, f"+{NUMBER}", "your parcel is here")
    scene.replies("please come before six")
    scene.settle()
    assert heard(scene) == ["News for you: your parcel is here.", "News for you: please come before six."]
    answer(scene, "you are welcome")


@pytest.mark.parametrize("door", DOORS)
def test_first_words_to_who_has_blocked_the_business_fail_with_a_reason(door: str) -> None:
    scene, _ = prepare(door, "unblu")
    unblu = scene.desk
    assert isinstance(unblu, Unblu)
    scene.whatsapp.act("unsubscribe", {"person": scene.ann["id"]})
    unblu.start_chat(UNBLU_AGENT, f"+{NUMBER}", "your parcel is here")
    scene.settle()
    assert "blocked you" in str(unblu.view())


@pytest.mark.parametrize("door", DOORS)
def test_staff_of_vcita_choose_whatsapp_for_a_client_who_has_never_written(door: str) -> None:
    scene, _ = prepare(door, "vcita")
    vcita = scene.desk
    assert isinstance(vcita, Vcita)
    connection = scene.connections.connections["whatsapp-1"]
    origin = Origin(service="whatsapp", endpoint=connection.endpoint_id, account=connection.account)
    contact = Contact(external_id=NUMBER, name="Bea", phone=f"+{NUMBER}")
    introduction = ContactIntroduced(
        id="introduction", origin=origin, thread=NUMBER, occurred_at=scene.time.now(), contact=contact
    )
    scene.queue.send([introduction])
    scene.settle()
    [client] = vcita.businesses[0].clients
    [session] = vcita.sessions_of(client)
    vcita.switch_channel(client.uid, session.channel.uid)
    vcita.reply(client.uid, DEMO_STAFF, "your parcel is here")
    scene.settle()
    assert heard(scene) == ["News for you: your parcel is here."]
    answer(scene, "you are welcome")
