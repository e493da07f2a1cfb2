"""What is WhatsApp's own, with a platform and through both doors: who is who, throttles, repetitions, who is away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.harness.phones import read_words
from tests.harness.whatsapp_scenes import DOORS, WhatsAppTalk, make_talk

WEEK_LESS_AN_HOUR = timedelta(days=7, hours=-1).total_seconds()


@pytest.fixture(params=DOORS)
def scene(request: pytest.FixtureRequest) -> Iterator[WhatsAppTalk]:
    scene = make_talk(request.param)
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")
    assert not scene.queue.parked


# --- who is who ------------------------------------------------------------------------------------------------------


def test_a_customer_without_a_number_is_answered_and_known_by_the_username(scene: WhatsAppTalk) -> None:
    scene.customer = scene.whatsapp.people.new_person("Bea", username="bea.b", visibility="hidden").id
    scene.meet()
    scene.says("who am I?")
    scene.settle()
    scene.replies("our customer")
    scene.end()
    assert scene.agent_sees() == ["hello", "who am I?"]
    assert scene.customer_sees() == ["welcome", "our customer"]
    assert len(scene.conversations) == 1
    assert "Bea" in str(scene.desk.view())
    assert scene.told_otherwise() == []


@pytest.mark.parametrize("notice", ["number", "user_id", "field"])
@pytest.mark.parametrize("begins", ["agent", "customer"])
def test_after_each_notice_of_a_rotation_the_talk_goes_on_where_it_was(
    scene: WhatsAppTalk, notice: str, begins: str
) -> None:
    scene.meet()
    for number in range(2):  # once more from the new one
        scene.whatsapp.people.change_number(scene.ann["id"], notice=notice)
        scene.settle()
        deeds = [lambda n=number: scene.replies(f"answer {n}"), lambda n=number: scene.says(f"question {n}")]
        for deed in deeds if begins == "agent" else reversed(deeds):
            deed()
            scene.settle()
    scene.end()
    assert scene.customer_sees() == ["welcome", "answer 0", "answer 1"]
    assert scene.agent_sees() == ["hello", "question 0", "question 1"]
    assert (len(scene.conversations), len(scene.sessions.all())) == (1, 1)
    assert scene.told_otherwise() == []


def test_what_the_owner_writes_on_the_phone_is_shown_to_agents_and_not_sent_back(scene: WhatsAppTalk) -> None:
    scene.meet()
    people = scene.whatsapp.people
    scene.whatsapp.core.business.write_by_phone(people.person(scene.ann["id"]), "I am on my way")
    scene.settle()
    scene.replies("she is on her way")
    scene.end()
    assert str(scene.desk.view()).count("I am on my way") == 1
    assert [read_words(line) for line in scene.shown()] == ["welcome", "I am on my way", "she is on her way"]
    assert scene.told_otherwise() == []


# --- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [131056, 130429])
def test_a_throttle_loses_doubles_and_reorders_nothing(scene: WhatsAppTalk, code: int) -> None:
    scene.meet()
    texts = [f"message {number}" for number in range(6)]
    scene.whatsapp.core.quirks.refusals += [code] * 4
    for text in texts:
        scene.replies(text)
    scene.settle(timedelta(seconds=2))
    scene.whatsapp.core.quirks.refusals += [code]
    scene.end()
    assert scene.customer_sees() == ["welcome", *texts]
    assert scene.told_otherwise() == []


def test_news_that_come_again_after_a_week_less_an_hour_say_nothing_new(scene: WhatsAppTalk) -> None:
    """The customer's message and the status of ours, in the meantime with an answer to each."""
    scene.meet()
    scene.news.clear()
    scene.says("said once")
    scene.settle()
    scene.replies("heard")
    scene.settle()
    scene.pass_time(WEEK_LESS_AN_HOUR)
    seen = scene.agent_sees(), scene.customer_sees(), str(scene.desk.view())
    assert len(scene.news) >= 2
    scene.repeat_news()
    scene.settle()
    assert (scene.agent_sees(), scene.customer_sees(), str(scene.desk.view())) == seen
    assert seen[0] == ["hello", "said once"]


def test_who_has_blocked_the_business_is_said_to_be_away_until_they_are_back(scene: WhatsAppTalk) -> None:
    scene.meet()
    scene.whatsapp.act("unsubscribe", {"person": scene.ann["id"]})
    scene.replies("are you there?")
    scene.settle()
    assert str(scene.desk.view()).count("blocked you") == 1
    scene.whatsapp.act("subscribe", {"person": scene.ann["id"]})
    scene.says("I am back")
    scene.settle()
    scene.replies("welcome back")
    scene.end()
    assert scene.customer_sees()[-1] == "welcome back"
