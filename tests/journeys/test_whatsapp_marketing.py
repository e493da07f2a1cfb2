"""A WhatsApp customer stops marketing by Meta's own button, and an agent picks a marketing template all the same."""

from __future__ import annotations

from playground.services.whatsapp import WhatsApp
from tests.harness.pair_world import Scene

UNWANTED = "the customer has opted out of marketing messages"


def test_who_stops_marketing_gets_answers_and_no_marketing() -> None:
    scene = Scene("whatsapp", "freshchat", "Ann")
    whatsapp = scene.phone
    assert isinstance(whatsapp, WhatsApp)
    whatsapp.core.templates.add("offer", "Look at this", category="MARKETING")
    scene.meet()
    whatsapp.people.stop_marketing(scene.ann["id"])
    scene.settle()
    scene.replies("/template offer")
    scene.settle()
    scene.replies("your table is ready")
    scene.settle()
    assert scene.customer_sees() == ["welcome", "your table is ready"]
    assert UNWANTED in str(scene.desk.view())

    whatsapp.people.resume_marketing(scene.ann["id"])
    scene.settle()
    scene.replies("/template offer ")
    scene.settle()
    assert scene.customer_sees()[-1] == "Look at this"
