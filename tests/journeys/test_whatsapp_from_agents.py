"""Agents write first on WhatsApp, to a number that has never written: in a template, and the answer joins the talk."""

from __future__ import annotations

import pytest

from patchbay.domain.events import ContactIntroduced, Origin
from patchbay.domain.model import Contact
from playground.services.unblu import DEMO_AGENT as UNBLU_AGENT
from playground.services.unblu import Unblu
from playground.services.vcita import DEMO_STAFF, Vcita
from playground.services.whatsapp.records import Person
from tests.harness.whatsapp_scenes import DOORS, WhatsAppTalk, make_talk

WHATSAPP = {"first_template": "first_words:en"}
NUMBER = "41790000002"


def prepare(door: str, platform: str, visibility: str = "shown") -> tuple[WhatsAppTalk, Person]:
    """The owner's template, and a person who has never written."""
    settings = {"whatsapp": WHATSAPP, "unblu": {"outbound_to": "whatsapp:whatsapp-1"}}
    scene = make_talk(door, platform, settings)
    scene.whatsapp.core.templates.add("first_words", "News for you: {{1}}.")
    bea = scene.whatsapp.people.new_person("Bea", phone=NUMBER, visibility=visibility)
    scene.customer = bea.id
    return scene, bea


def heard(scene: WhatsAppTalk) -> list[str]:
    return [str(line["text"]).partition("\n")[0] for line in scene.shown()]


def answer(scene: WhatsAppTalk, agent_writes: str) -> None:
    """The person answers, the window is open, and the agents' words go as they are."""
    scene.says("thank you")
    scene.settle()
    scene.replies(agent_writes)
    scene.settle()
    assert scene.agent_sees() == ["thank you"]
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
