"""What people do to messages, shown on the message itself: whoever claims it has a simulator on which it is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from patchbay.domain.model import Attachment, AttachmentKind, Part
from patchbay.kit.abilities import DeletesMessages, EditsMessages, ShowsReactions
from patchbay.kit.capabilities import Capabilities
from tests.connectors.contract.scene import Stage, make_stage, text_part
from tests.connectors.services import SERVICES, load_connector


def those_who_claim(claims: Callable[[Capabilities], object]) -> list[str]:
    return [service for service in SERVICES if claims(load_connector(service).capabilities)]


def say(stage: Stage, words: str, **more: Any) -> str:
    """A message of our side; the service's id of it."""
    stage.world.time.advance(1)
    part = replace(text_part(words), key=f"{words}:0", **more)
    return deliver(stage, part)


def deliver(stage: Stage, part: Part) -> str:
    delivered = stage.send(load_connector(stage.service), stage.upload(part))
    stage.world.settle()
    return delivered.external_id


def shown(stage: Stage, words: str) -> list[dict[str, Any]]:
    """The messages in which people read these words now."""
    view = stage.world.simulators[stage.service].view()
    places: Any = view.get("people") or view.get("conversations") or []
    return [line for place in places for line in place["messages"] if words in line["text"]]


@pytest.mark.parametrize("service", those_who_claim(lambda can: can.reactions))
def test_a_reaction_stands_on_its_message_and_goes(service: str) -> None:
    stage = make_stage(service)
    message_id = say(stage, "at ten")
    connector, sender = load_connector(service), text_part().sender
    assert isinstance(connector, ShowsReactions)
    for emoji in ("👍", "👍", ""):
        connector.show_reaction(emoji, sender, message_id, stage.conversation, stage.connection, stage.http)
        stage.world.settle()
        [line] = shown(stage, "at ten")
        assert str(line["reactions"]).count("👍") == (1 if emoji else 0)


@pytest.mark.parametrize("service", those_who_claim(lambda can: can.edits))
def test_a_correction_takes_the_place_of_the_words(service: str) -> None:
    stage = make_stage(service)
    message_id = say(stage, "at ten")
    connector = load_connector(service)
    assert isinstance(connector, EditsMessages)
    for _ in range(2):
        part = text_part("at eleven")
        connector.edit_message(message_id, part, stage.conversation, stage.connection, stage.http)
        stage.world.settle()
    [line] = shown(stage, "at eleven")
    assert line["edited"]
    assert shown(stage, "at ten") == []


@pytest.mark.parametrize("service", those_who_claim(lambda can: can.edits and can.caption_limit))
def test_a_corrected_caption_keeps_its_file(service: str) -> None:
    stage = make_stage(service)
    url = "https://bridge.test/media/t/lamp.pdf"
    stage.world.media.files[url] = b"%PDF"
    kind = AttachmentKind.FILE
    lamp = Attachment(kind=kind, url=url, name="lamp.pdf", content_type="application/pdf", size=4, hosted=True)
    part = replace(text_part(), content=replace(lamp, caption="mine"))
    message_id = deliver(stage, part)
    connector = load_connector(service)
    assert isinstance(connector, EditsMessages)
    corrected = replace(part, content=replace(lamp, caption="yours"))
    connector.edit_message(message_id, corrected, stage.conversation, stage.connection, stage.http)
    stage.world.settle()
    [line] = shown(stage, "yours")
    assert line["attachment"]["name"] == "lamp.pdf"
    assert line["edited"]


@pytest.mark.parametrize("service", those_who_claim(lambda can: can.deletions))
def test_a_deleted_message_is_gone(service: str) -> None:
    stage = make_stage(service)
    message_id = say(stage, "at ten")
    say(stage, "or at noon")
    connector = load_connector(service)
    assert isinstance(connector, DeletesMessages)
    for _ in range(2):
        connector.delete_messages([message_id], stage.conversation, stage.connection, stage.http)
        stage.world.settle()
    assert shown(stage, "at ten") == []
    assert len(shown(stage, "or at noon")) == 1


@pytest.mark.parametrize("service", those_who_claim(lambda can: can.quotes))
def test_an_answer_leads_to_its_message(service: str) -> None:
    stage = make_stage(service)
    message_id = say(stage, "tea or coffee")
    say(stage, "tea please", reply_to=message_id, excerpt="tea or coffee")
    [answered], [answer] = shown(stage, "tea or coffee"), shown(stage, "tea please")
    named = answer.get("reply_to") or {}
    assert (answer.get("answers") or named["id"]) == answered["id"]


@pytest.mark.parametrize("service", those_who_claim(lambda can: can.voice_notes))
def test_a_voice_note_is_one(service: str) -> None:
    stage = make_stage(service)
    url = "https://bridge.test/media/t/said.ogg"
    stage.world.media.files[url] = b"OggS" + bytes(60)
    said = Attachment(kind=AttachmentKind.AUDIO, url=url, name="said.ogg", content_type="audio/ogg", size=64)
    deliver(stage, replace(text_part(), content=replace(said, hosted=True, voice=True, duration=3.5)))
    assert "voice" in {line.get("form") for line in shown(stage, "")}


@pytest.mark.parametrize("service", those_who_claim(lambda can: can.stickers))
def test_a_sticker_is_one(service: str) -> None:
    stage = make_stage(service)
    url = "https://bridge.test/media/t/waving.webp"
    stage.world.media.files[url] = b"RIFF" + bytes(60)
    waving = Attachment(kind=AttachmentKind.IMAGE, url=url, name="waving.webp", content_type="image/webp", size=64)
    deliver(stage, replace(text_part(), content=replace(waving, hosted=True, emoji="👋")))
    assert "sticker" in {line.get("form") for line in shown(stage, "")}


def test_each_noun_has_somebody_who_shows_it_in_place() -> None:
    """Else these tests would pass by having nothing to do."""
    everybody = [load_connector(service).capabilities for service in SERVICES]
    for noun in ("reactions", "edits", "deletions", "quotes", "voice_notes", "stickers"):
        assert any(getattr(can, noun) for can in everybody), noun
