"""WhatsApp with every platform: a short talk, and what is WhatsApp's own, with one platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

import pytest

from patchbay.domain.model import Button, Postback
from patchbay.platforms.uchat import CONNECTOR as UCHAT
from playground.misbehaviour import Fault
from playground.services.whatsapp import WhatsApp
from playground.services.whatsapp.demo import DEMO_TOKEN
from playground.simulator import WebhookAnswer
from tests.harness.counter import Counter, make_counter
from tests.harness.pair_world import PLATFORMS, PNG, Scene
from tests.harness.phones import read_words


@pytest.fixture(params=PLATFORMS)
def everywhere(request: pytest.FixtureRequest) -> Scene:
    return Scene("whatsapp", request.param, "Ann")


@pytest.fixture
def scene() -> Scene:
    return Scene("whatsapp", "freshchat", "Ann")


def phone_of(scene: Scene) -> WhatsApp:
    assert isinstance(scene.phone, WhatsApp)
    return scene.phone


def test_a_talk_arrives_on_both_sides_as_it_was_meant(everywhere: Scene) -> None:
    scene, whatsapp = everywhere, phone_of(everywhere)
    person = scene.ann["id"]
    whatsapp.act("write", {"person": person, "text": "Is *10:30* free?"})
    scene.settle()
    scene.replies("At 11:00 & *later*")
    scene.settle()
    scene.says_with_file()
    scene.settle()
    scene.replies_with_file()
    scene.settle()
    whatsapp.act("send_location", {"person": person, "latitude": "59.33", "longitude": "18.06"})
    scene.settle()
    whatsapp.act("react", {"person": person, "message": scene.shown()[0]["id"], "emoji": "👍"})
    scene.end()

    words = "\n".join(scene.agent_sees())
    assert "Is *10:30* free?" in words
    assert "59.33" in words
    assert ("👍" in words) is UCHAT.capabilities.notices or scene.desk.service != UCHAT.service
    assert scene.customer_sees()[0] == "At 11:00 & *later*"
    [image] = [line for line in scene.shown() if line["attachment"] or "plan.png" in line["text"]]
    assert image
    assert PNG in scene.media.files.values()
    assert "whatsapp.simulator.test" not in str(scene.desk.view())
    assert scene.told_otherwise() == []
    assert DEMO_TOKEN not in "".join(str(line) for line in scene.telemetry.lines)


# --- who is who ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("notice", ["number", "user_id", "field"])
def test_a_new_number_in_mid_conversation_changes_nothing_for_anybody(scene: Scene, notice: str) -> None:
    whatsapp = phone_of(scene)
    scene.meet()
    whatsapp.people.change_number(scene.ann["id"], notice=notice)
    scene.settle()
    scene.replies("still there?")
    scene.settle()
    scene.says("yes, with a new number")
    scene.end()
    assert len(scene.conversations) == 1
    assert scene.customer_sees()[-1] == "still there?"
    assert scene.agent_sees()[-1] == "yes, with a new number"
    assert scene.told_otherwise() == []


def test_a_number_that_comes_and_goes_is_one_customer(scene: Scene) -> None:
    whatsapp = phone_of(scene)
    scene.meet()
    for act in ("hide_phone", "show_phone", "hide_phone"):
        whatsapp.act(act, {"person": scene.ann["id"]})
        scene.says(f"after {act}")
        scene.settle()
        scene.replies(f"heard {act}")
        scene.settle()
    scene.end()
    assert len(scene.conversations) == 1
    assert scene.customer_sees()[-1] == "heard hide_phone"
    assert scene.told_otherwise() == []


def test_what_the_owner_writes_on_the_phone_is_seen_by_the_agents(scene: Scene) -> None:
    whatsapp = phone_of(scene)
    scene.meet()
    whatsapp.core.business.write_by_phone(whatsapp.people.person(scene.ann["id"]), "I am on my way")
    scene.end()
    assert any("I am on my way" in line for line in scene.agent_sees())
    assert scene.told_otherwise() == []


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_throttle_by_400_loses_nothing_and_changes_no_order(scene: Scene) -> None:
    whatsapp = phone_of(scene)
    scene.meet()
    whatsapp.core.quirks.refusals += [131056, 130429, 80007]
    for text in ("one", "two", "three"):
        scene.replies(text)
        scene.settle(timedelta(seconds=1))
    scene.end()
    assert scene.customer_sees()[-3:] == ["one", "two", "three"]
    assert scene.told_otherwise() == []


@pytest.mark.parametrize("platform", ["unblu", "vcita"])
def test_a_message_whose_answer_is_lost_is_known_by_its_status_and_not_sent_again(platform: str) -> None:
    """On platforms that show how far messages got: what nobody shows is not even put on the queue."""
    scene = Scene("whatsapp", platform, "Ann")
    whatsapp = phone_of(scene)
    scene.meet()
    before = len(scene.shown())
    whatsapp.fail_next(Fault(done=True, lost=True))
    scene.replies("only once")
    scene.end()
    assert [read_words(line) for line in scene.shown()[before:]] == ["only once"]
    assert scene.told_otherwise() == []


def test_a_webhook_that_comes_again_after_a_week_less_an_hour_is_the_same_message(scene: Scene) -> None:
    whatsapp = phone_of(scene)
    scene.meet()
    seen = len(scene.written())
    sent: list[tuple[str, str, Mapping[str, str], bytes]] = []
    post = whatsapp.post

    def watch(method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        sent.append((method, url, headers, body))
        return post(method, url, headers, body)

    whatsapp.post = watch
    scene.says("said once")
    scene.settle()
    scene.time.advance(7 * 24 * 3600 - 3600)
    for call in sent:
        post(*call)
    scene.settle()
    assert [line["text"] for line in scene.written()[seen:]] == ["said once"]


def test_who_blocks_the_business_is_said_to_be_out_of_reach(scene: Scene) -> None:
    scene.meet()
    phone_of(scene).act("unsubscribe", {"person": scene.ann["id"]})
    scene.replies("are you there?")
    scene.end()
    assert any("blocked you" in str(line) for one in scene.conversations for line in one["messages"])


# --- reading and typing ----------------------------------------------------------------------------------------------


def test_an_answer_shows_that_the_question_was_read(scene: Scene) -> None:
    whatsapp = phone_of(scene)
    scene.meet()
    person = whatsapp.people.person(scene.ann["id"])
    scene.says("a question")
    scene.settle()
    question = whatsapp.people.messages(person)[-1]
    assert not question.seen
    scene.replies("an answer")
    scene.settle()
    assert question.seen


# --- choices ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    counter = make_counter("whatsapp", "freshchat", monkeypatch)
    yield counter
    assert not counter.world.telemetry.logged("event failed unexpectedly")
    assert not counter.world.queue.parked


def test_a_payload_of_any_length_comes_back_with_its_tap(counter: Counter) -> None:
    long = "choose-" + "ä" * 300
    counter.asks("Which?", buttons=(Button(label="This", payload=long), Button(label="That", payload="that")))
    assert counter.taps(0).tapped == Postback(label="This", payload=long)
    many = tuple(Button(label=f"Slot {number}", payload=f"slot-{number}") for number in range(8))
    counter.asks("And when?", buttons=many)
    assert counter.taps(7).tapped == Postback(label="Slot 7", payload="slot-7")
