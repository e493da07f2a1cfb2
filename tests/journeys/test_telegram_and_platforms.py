"""Telegram with every platform: a short talk of words, images, buttons and what people do to messages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from patchbay.domain.model import AttachmentKind, Button, Postback, Text
from patchbay.domain.references import ChangeKind
from playground.services.telegram import Telegram
from tests.connectors.services import load_connector
from tests.harness.counter import Counter, make_counter
from tests.harness.pair_world import PLATFORMS, PNG, Scene
from tests.harness.phones import read_words


@pytest.fixture(params=PLATFORMS)
def scene(request: pytest.FixtureRequest) -> Scene:
    return Scene("telegram", request.param, "Ann")


def test_a_talk_arrives_on_both_sides_as_it_was_meant(scene: Scene) -> None:
    telegram = scene.phone
    assert isinstance(telegram, Telegram)
    person = scene.ann["id"]
    telegram.act("open", {"person": person})
    scene.settle()
    assert scene.conversations == [], "pressing Start says nothing yet"
    telegram.act("write", {"person": person, "text": "Is <10:30> free?"})
    scene.settle()
    scene.replies("At 11:00 & later")
    scene.settle()
    scene.says_with_file()
    scene.settle()
    scene.replies_with_file()
    scene.settle()
    telegram.act("send_location", {"person": person, "latitude": "59.33", "longitude": "18.06"})
    scene.settle()
    telegram.act("edit", {"person": person, "message": scene.ann["messages"][1]["id"], "text": "Is 12:30 free?"})
    scene.settle()
    telegram.act("react", {"person": person, "message": scene.ann["messages"][2]["id"], "emoji": "👍"})
    scene.end()

    words = "\n".join(scene.agent_sees())
    assert "Is <10:30> free?" in words
    assert "59.33" in words
    assert "Is 12:30 free?" in words
    assert ("👍" in words) is load_connector(scene.desk.service).capabilities.notices
    said = scene.customer_sees()
    assert said[0] == "At 11:00 & later"
    [image] = [line for line in scene.shown() if line["attachment"] or "plan.png" in line["text"]]
    assert image
    assert scene.told_otherwise() == []
    assert telegram.bot.token not in "".join(str(line) for line in scene.telemetry.lines)


def test_the_image_of_a_customer_is_our_copy_and_no_address_of_telegrams(scene: Scene) -> None:
    scene.says_with_file()
    scene.end()
    assert PNG in scene.media.files.values()
    seen = str(scene.desk.view())
    assert "plan" in seen or "photo-" in seen
    assert "telegram.simulator.test" not in seen
    assert scene.told_otherwise() == []


def test_answers_voice_notes_and_stickers_are_seen_at_every_desk(scene: Scene) -> None:
    can = load_connector(scene.desk.service).capabilities
    me = {"person": scene.ann["id"]}
    scene.phone.act("write", {**me, "text": "hello"})
    scene.settle()
    scene.replies("Tea or coffee?")
    scene.settle()
    scene.phone.act("write", {**me, "text": "Tea", "reply_to": str(scene.shown()[-1]["id"])})
    scene.settle()
    scene.phone.act("send_voice", me)
    scene.settle()
    scene.phone.act("send_sticker", {**me, "emoji": "😀"})
    scene.end()
    words, seen = "\n".join(scene.agent_sees()), str(scene.desk.view())
    assert ("> Tea or coffee?\nTea" in words) is not any(line.get("answers") for line in scene.written())
    assert "\nTea" in words
    assert "voice" in seen
    image = can.attachments.get(AttachmentKind.IMAGE)
    shows_it = image is not None and (not image.content_types or "image/webp" in image.content_types)
    assert ("😀" in words) is not shows_it
    assert ("sticker" in seen) is shows_it
    assert scene.told_otherwise() == []


# --- what agents do to their messages --------------------------------------------------------------------------------


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    counter = make_counter("telegram", "freshchat", monkeypatch)
    yield counter
    assert not counter.world.telemetry.logged("event failed unexpectedly")
    assert not counter.world.queue.parked


def test_an_agent_corrects_and_deletes_on_the_message_itself(counter: Counter) -> None:
    before = len(counter.sees())
    counter.asks("At ten")
    target = counter.asked
    counter.changes(ChangeKind.EDIT, target, Text(text="At eleven"))
    [line] = counter.sees()[before:]
    assert (read_words(line), line["edited"]) == ("At eleven", True)
    counter.changes(ChangeKind.DELETION, target)
    assert counter.sees()[before:] == []


def test_a_message_that_is_too_old_to_be_deleted_is_said_to_be_deleted(counter: Counter) -> None:
    counter.asks("At ten")
    target = counter.asked
    counter.world.time.advance(48 * 3600)
    before = len(counter.sees())
    counter.changes(ChangeKind.DELETION, target)
    [line] = counter.sees()[before:]
    assert "has deleted a message" in read_words(line)


def test_a_payload_of_any_length_comes_back_with_its_tap(counter: Counter) -> None:
    long = "choose-" + "ä" * 300
    counter.asks("Which?", buttons=(Button(label="This", payload=long), Button(label="That", payload="that")))
    assert counter.taps(0).tapped == Postback(label="This", payload=long)
    counter.asks("And which now?", buttons=(Button(label="Here", payload="h"),))
    assert counter.taps(1, message=0).tapped == Postback(label="That", payload="that")
