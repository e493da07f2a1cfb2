"""What people do besides writing: every service shows it, or reads of it in the words that the tables promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from patchbay.domain.model import Attachment, AttachmentKind, Message, Role, Sender, Side, Text
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.kit.abilities import DeletesMessages, EditsMessages, ShowsReactions
from patchbay.kit.references_in_words import say_from_where
from tests.connectors.contract.scene import NOW, Stage, make_stage
from tests.connectors.services import SERVICES, load_connector, samples

EARLIER = Reference(message_id="", excerpt="see you at 10")


@pytest.fixture(params=SERVICES)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    stage = make_stage(request.param)
    yield stage
    assert not stage.world.telemetry.logged("event failed unexpectedly")


def test_a_voice_note_is_played_or_offered_as_the_file_that_it_is(stage: Stage) -> None:
    url = "https://bridge.test/media/t/said.ogg"
    stage.world.media.files[url] = b"OggS" + bytes(60)
    said = Attachment(
        kind=AttachmentKind.AUDIO, url=url, name="said.ogg", content_type="audio/ogg", size=64, hosted=True, voice=True
    )
    assert "said" in stage.show(replace(said, duration=3.5))


def test_a_sticker_is_an_image_or_its_emoji(stage: Stage) -> None:
    url = "https://bridge.test/media/t/waving.webp"
    stage.world.media.files[url] = b"RIFF" + bytes(60)
    waving = Attachment(
        kind=AttachmentKind.IMAGE, url=url, name="waving.webp", content_type="image/webp", size=64, hosted=True
    )
    seen = stage.show(replace(waving, emoji="👋"))
    can = load_connector(stage.service).capabilities
    shows = can.stickers or can.attachments.get(AttachmentKind.IMAGE)
    takes = shows is not None and (not shows.content_types or "image/webp" in shows.content_types)
    assert ("waving" in seen) is takes
    assert ("👋" in seen) is not takes


def test_a_sticker_whose_image_is_lost_is_its_emoji(stage: Stage) -> None:
    lost = Attachment(kind=AttachmentKind.IMAGE, url=None, emoji="👋")
    assert "👋" in stage.show(lost)


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_claims_to_change_it_has_a_call_for(service: str) -> None:
    connector = load_connector(service)
    can = connector.capabilities
    assert (can.reactions is not None) is isinstance(connector, ShowsReactions)
    assert (can.edits is not None) is isinstance(connector, EditsMessages)
    assert (can.deletions is not None) is isinstance(connector, DeletesMessages)


def test_a_reaction_reads_as_a_line(stage: Stage) -> None:
    """Wherever the message itself cannot show it: there is none of that id."""
    added = stage.show(change=Change(kind=ChangeKind.REACTION, target=EARLIER, emoji="❤️"))
    assert "❤️ to " in added
    assert "see you at 10" in added
    removed = stage.show(change=Change(kind=ChangeKind.REACTION_REMOVED, target=EARLIER, emoji="❤️"))
    assert "❤️ removed from " in removed


def test_a_correction_reads_as_a_message(stage: Stage) -> None:
    seen = stage.show(Text(text="see you at 11"), change=Change(kind=ChangeKind.EDIT, target=EARLIER))
    assert "✎ Corrected: see you at 11" in seen


def test_a_corrected_caption_is_read_without_its_file_once_more(stage: Stage) -> None:
    url = "https://bridge.test/media/t/lamp.pdf"
    stage.world.media.files[url] = b"%PDF"
    lamp = Attachment(kind=AttachmentKind.FILE, url=url, name="lamp.pdf", caption="mine", size=4, hosted=True)
    target = replace(EARLIER, excerpt="lamp.pdf")
    seen = stage.show(lamp, change=Change(kind=ChangeKind.EDIT, target=target, same_files=True))
    assert "✎ Corrected: mine" in seen
    assert seen.count("lamp.pdf") == 1, "only its name, above the correction"


def test_a_deletion_reads_as_a_line_without_the_words_that_were_deleted(stage: Stage) -> None:
    seen = stage.show(change=Change(kind=ChangeKind.DELETION, target=EARLIER))
    assert "Ana Lind has deleted a message from before" in seen
    assert "see you at 10" not in seen


def test_an_answer_to_a_message_that_is_not_there_stands_below_its_first_words(stage: Stage) -> None:
    seen = stage.show(Text(text="I will be there"), answers=Reference(message_id="", excerpt="see you <at> 10"))
    assert "I will be there" in seen
    assert "> see you <at> 10" in seen.replace("&lt;", "<").replace("&gt;", ">")


def test_what_the_owner_answers_on_another_device_reads_as_a_line_for_agents(stage: Stage) -> None:
    if load_connector(stage.service).side is Side.MESSENGER:
        return
    owner = Sender(role=Role.AGENT, name="Owner")
    message = Message(external_id="m", sender=owner, content=(Text(text="on my way"),), sent_at=NOW)
    assert "📱 From the phone: on my way" in stage.show(*say_from_where(message).content)


@pytest.mark.parametrize("service", SERVICES)
def test_a_messenger_that_says_who_left_says_who_came_back(service: str) -> None:
    """In between nothing is sent to them."""
    changes = [event for sample in samples(service) for event in sample.expected if event.get("kind") == "contact"]
    reachable = {event["contact"]["reachable"] for event in changes if not event["for_good"]}
    assert False not in reachable or True in reachable
