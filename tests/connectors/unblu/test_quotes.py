"""Which message another one answers: shown in Unblu, and read from it."""

from __future__ import annotations

import pytest

from patchbay.domain.events import MessageReceived, Origin, make_event_id
from patchbay.domain.model import Attachment, AttachmentKind
from patchbay.domain.references import Reference
from patchbay.platforms.unblu.ids import name_said
from playground.services.unblu.records import Generation
from tests.harness.unblu_desk import Desk, make_desk

GENERATIONS: tuple[Generation, ...] = ("v4", "v3")
FIRST = "pb-message-1:0"  #: what the first message is called, there and here


@pytest.fixture(params=GENERATIONS)
def desk(request: pytest.FixtureRequest) -> Desk:
    return make_desk(request.param)


def read_answer(desk: Desk) -> Reference | None:
    """What the agent's last message answers."""
    written = [event for event in desk.heard() if isinstance(event, MessageReceived)]
    return written[-1].message.reply_to


def test_a_customer_answers_an_earlier_message_of_their_own() -> None:
    desk = make_desk("v4")
    conversation = desk.open()
    desk.deliver(conversation)
    desk.deliver(conversation, desk.part("I mean this", key="message-2:0", reply_to=FIRST, excerpt="Hello"))
    first, second = desk.lines
    assert second.answers is first
    assert second.body["text"] == "I mean this"


def test_a_customer_answers_an_agent() -> None:
    desk = make_desk("v4")
    conversation = desk.open()
    desk.deliver(conversation)
    said = desk.reply("When?")
    answered = name_said(desk.shown.id, said.id)
    desk.deliver(conversation, desk.part("At ten", key="message-2:0", reply_to=answered, excerpt="When?"))
    assert desk.lines[-1].answers is said


def test_api_v3_shows_the_first_words_above() -> None:
    desk = make_desk("v3")
    conversation = desk.open()
    desk.deliver(conversation, desk.part("At ten", reply_to="pb-x:0", excerpt="When?"))
    assert desk.lines[-1].body["text"] == "> When?\nAt ten"
    file = Attachment(kind=AttachmentKind.FILE, url="x", name="plan.pdf", content_type="application/pdf", size=3)
    desk.deliver_file(conversation, file, b"abc")
    assert desk.lines[-1].body["caption"] is None


def test_what_is_answered_and_not_there_any_more_costs_its_quote_only() -> None:
    desk = make_desk("v4")
    desk.deliver(desk.open(), desk.part("At ten", reply_to="pb-gone:0", excerpt="When?"))
    [line] = desk.lines
    assert line.answers is None
    assert line.body["text"] == "> When?\nAt ten"


def test_an_agent_answers_a_customer() -> None:
    desk = make_desk("v4")
    desk.deliver(desk.open())
    desk.reply("Yes?", answers=desk.lines[0].id)
    assert read_answer(desk) == Reference(message_id=FIRST)


def test_an_agent_answers_a_message_of_their_own(desk: Desk) -> None:
    desk.deliver(desk.open())
    said = desk.reply("We close at five")
    desk.heard()
    desk.reply("I mean six", answers=said.id)
    reference = read_answer(desk)
    assert reference is not None
    assert reference.message_id == name_said(desk.shown.id, said.id)
    source_id = desk.shown.source_id if desk.unblu.generation == "v4" else ""
    origin = Origin(service="unblu", endpoint=desk.ear.endpoint.id)
    assert reference.event_id == make_event_id("message", origin, said.id, source_id or "")


def test_what_answers_nothing_says_so(desk: Desk) -> None:
    desk.deliver(desk.open())
    desk.reply("Hello")
    assert read_answer(desk) is None
