"""WhatsApp's window of 24 hours and its templates, with a platform and through both doors, as both sides see it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from playground.services.whatsapp.records import Template
from tests.harness.whatsapp_scenes import DOORS, WhatsAppTalk, make_talk

DAY = 86_400.0
HELD = "Your message is held"


@pytest.fixture(params=DOORS)
def scene(request: pytest.FixtureRequest) -> Iterator[WhatsAppTalk]:
    """The customer has just written."""
    scene = make_talk(request.param)
    scene.says("hello")
    scene.settle()
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert not scene.queue.parked
    assert not scene.held.messages


def add_template(scene: WhatsAppTalk, name: str, body: str, category: str = "UTILITY") -> Template:
    template: Template = scene.whatsapp.core.templates.add(name, body, category=category)
    return template


def read_desk(scene: WhatsAppTalk, words: str) -> int:
    """How often the agents can read the words."""
    return str(scene.desk.view()).count(words)


def sent(scene: WhatsAppTalk, *texts: str) -> list[str]:
    """Those of the texts that are on the phone, as often and in the order as they are there."""
    return [text for text in scene.customer_sees() if text in texts]


def test_the_window_closes_while_messages_wait_and_they_go_out_when_the_customer_writes(scene: WhatsAppTalk) -> None:
    scene.pass_time(DAY - 60)
    quirks = scene.whatsapp.core.quirks
    quirks.refusals += [130429] * 100
    scene.replies("one")
    scene.settle()
    scene.replies("two")
    scene.pass_time(3600)
    quirks.refusals.clear()
    scene.pass_time(3600)
    assert sent(scene, "one", "two") == []
    assert read_desk(scene, HELD) == 1
    scene.says("I am back")
    scene.settle()
    scene.replies("three")
    scene.pass_time(3600)
    assert sent(scene, "one", "two", "three") == ["one", "two", "three"]
    assert scene.agent_sees() == ["hello", "I am back"]


def test_a_message_that_is_a_minute_late_is_held_and_not_lost_with_a_reason(scene: WhatsAppTalk) -> None:
    """WhatsApp takes such a message at first, and says later that it has failed."""
    scene.pass_time(3600)
    scene.says("and one more thing")
    scene.pass_time(300)
    scene.says("never mind")
    scene.pass_time(DAY - 60)
    scene.replies("in time")
    scene.pass_time(120)
    scene.replies("too late")
    scene.pass_time(600)
    assert sent(scene, "in time", "too late") == ["in time"]
    assert read_desk(scene, HELD) == 1
    scene.says("I am back")
    scene.pass_time(3600)
    assert sent(scene, "in time", "too late") == ["in time", "too late"]
    assert scene.told_otherwise() == []


def test_what_is_refused_because_the_window_has_closed_is_held_as_well(scene: WhatsAppTalk) -> None:
    """Meta's clock is ahead of ours: it has the last word."""
    scene.whatsapp.act("close_window", {"person": scene.ann["id"]})
    scene.replies("one")
    scene.pass_time(600)
    assert sent(scene, "one") == []
    assert read_desk(scene, HELD) == 1
    scene.says("I am back")
    scene.pass_time(3600)
    assert sent(scene, "one") == ["one"]


def test_held_messages_with_a_file_find_a_customer_who_has_another_number_by_now(scene: WhatsAppTalk) -> None:
    scene.pass_time(DAY + 3600)
    scene.replies("one")
    scene.replies_with_file()
    scene.replies("two")
    scene.pass_time(3600)
    scene.whatsapp.people.change_number(scene.ann["id"], notice="number")
    scene.pass_time(3600)
    scene.replies("three")
    scene.pass_time(3600)
    assert scene.shown() == []
    scene.whatsapp.core.quirks.refusals += [131056, 130429]
    scene.says("I am back")
    scene.pass_time(3600)
    assert sent(scene, "one", "two", "three") == ["one", "two", "three"]
    assert [bool(line["attachment"]) for line in scene.shown()] == [False, True, False, False]
    assert len(scene.conversations) == 1


@pytest.mark.parametrize("heard", [True, False], ids=["and we have heard of it", "and nobody has said so yet"])
def test_a_template_is_paused_between_the_choice_and_the_sending(scene: WhatsAppTalk, heard: bool) -> None:
    first, _ = add_template(scene, "a_news", "News: {{1}}!"), add_template(scene, "b_news", "We have news: {{1}}.")
    scene.pass_time(DAY + 3600)
    scene.replies("it is ready")
    scene.pass_time(60)
    assert read_desk(scene, "1  a_news (en)") == 1
    if heard:
        scene.whatsapp.core.templates.pause(first)
        scene.settle()
    else:
        first.status = "PAUSED"
    scene.replies("1")
    scene.pass_time(600)
    assert scene.customer_sees() == []
    assert read_desk(scene, "paused") >= 1
    scene.replies("2")
    scene.pass_time(600)
    assert [str(line["text"]).partition("\n")[0] for line in scene.shown()] == ["We have news: it is ready."]
    scene.says("thank you")
    scene.pass_time(3600)
    assert len(scene.shown()) == 1
    assert scene.agent_sees() == ["hello", "thank you"]


def test_who_wants_no_marketing_gets_none_and_the_agent_reads_why(scene: WhatsAppTalk) -> None:
    add_template(scene, "a_offer", "An offer: {{1}}!", "MARKETING")
    add_template(scene, "b_news", "We have news: {{1}}.")
    scene.whatsapp.people.stop_marketing(scene.ann["id"])
    scene.pass_time(DAY + 3600)
    scene.replies("half the price")
    scene.pass_time(60)
    scene.replies("/template a_offer")
    scene.pass_time(600)
    assert scene.customer_sees() == []
    assert read_desk(scene, "marketing") >= 1
    scene.replies("/template b_news")
    scene.pass_time(600)
    assert [str(line["text"]).partition("\n")[0] for line in scene.shown()] == ["We have news: half the price."]


def test_a_message_that_has_waited_for_too_long_fails_with_a_reason_that_the_agent_reads(scene: WhatsAppTalk) -> None:
    scene.pass_time(DAY + 3600)
    scene.replies("one")
    scene.pass_time(600)
    scene.pass_time(71 * 3600)
    scene.end_overdue()
    assert read_desk(scene, "the customer has not written for 72 hours") == 0
    scene.pass_time(3600)
    scene.end_overdue()
    assert read_desk(scene, "the customer has not written for 72 hours") == 1
    scene.says("I am back")
    scene.pass_time(3600)
    assert sent(scene, "one") == []
