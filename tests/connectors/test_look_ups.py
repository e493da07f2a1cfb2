"""Whether a message has arrived, asked of every service that can be asked: words that are equal prove nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from patchbay.domain.model import Part, Text
from patchbay.kit.abilities import LooksUpDeliveries
from patchbay.kit.lookups import UncertainSend
from tests.connectors.contract.scene import Stage, make_stage, text_part
from tests.connectors.services import SERVICES, load_connector

LOOKS_UP = [service for service in SERVICES if isinstance(load_connector(service), LooksUpDeliveries)]


@dataclass
class Talk:
    """A conversation in which the customer says things."""

    stage: Stage
    said: int = 0

    def say(self, text: str) -> str:
        """Its id at the service."""
        self.said += 1
        stage, part = self.stage, replace(text_part(text), key=f"event-{self.said}:0")
        stage.world.time.advance(0.4)
        return load_connector(stage.service).deliver(part, stage.conversation, stage.connection, stage.http).external_id

    def find(self, content: str | Part, uncertain: UncertainSend) -> str | None:
        stage = self.stage
        connector, part = load_connector(stage.service), text_part(content) if isinstance(content, str) else content
        assert isinstance(connector, LooksUpDeliveries)
        found = connector.look_up_delivery(part, uncertain, stage.conversation, stage.connection, stage.http)
        return found.external_id if found else None


@pytest.fixture(params=LOOKS_UP)
def talk(request: pytest.FixtureRequest) -> Talk:
    return Talk(make_stage(request.param))


def test_some_services_can_be_asked() -> None:
    assert LOOKS_UP


def test_an_equal_message_of_a_moment_ago_is_not_the_one_that_may_have_arrived(talk: Talk) -> None:
    first = talk.say("ok")
    since = talk.stage.world.time.now()
    assert talk.find("ok", UncertainSend(since=since, before=frozenset({first}))) is None


def test_what_arrived_is_found_beside_equal_messages_that_are_known(talk: Talk) -> None:
    known = [talk.say("ok"), talk.say("ok")]
    since = talk.stage.world.time.now()
    lost = talk.say("ok")
    after = talk.say("ok")
    assert talk.find("ok", UncertainSend(since=since, before=frozenset(known), after=frozenset({after}))) == lost


def test_what_arrived_is_found_although_the_services_clock_is_minutes_behind(talk: Talk) -> None:
    """By the last message that we know, not by the time."""
    first = talk.say("hello")
    lost = talk.say("ok")
    talk.stage.world.time.advance(200)
    assert talk.find("ok", UncertainSend(since=talk.stage.world.time.now(), before=frozenset({first}))) == lost


def test_what_reads_alike_without_its_markup_is_another_message(talk: Talk) -> None:
    since = talk.stage.world.time.now()
    talk.say("a<b>c")
    talk.say("ac")
    assert talk.find("a<i>c", UncertainSend(since=since)) is None


def test_texts_of_any_script_and_with_signs_of_markup_are_found(talk: Talk) -> None:
    for text in ("5 < 6 & more", "שלום 👩‍👩‍👧", "one\n\ntwo", "&lt;b&gt; literally", "<p>typed</p>", "ok "):
        since = talk.stage.world.time.now()
        lost = talk.say(text)
        assert talk.find(replace(text_part(), content=Text(text=text)), UncertainSend(since=since)) == lost, text


def test_what_arrived_is_found_over_several_pages(talk: Talk) -> None:
    first = talk.say("hello")
    since = talk.stage.world.time.now()
    lost = talk.say("ok")
    after = [talk.say(f"number {number}") for number in range(120)]
    assert talk.find("ok", UncertainSend(since=since, before=frozenset({first}), after=frozenset(after))) == lost
