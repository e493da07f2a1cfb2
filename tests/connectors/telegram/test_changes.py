"""What people do to messages on Telegram, both ways: answers, corrections, reactions; voice notes and stickers."""

from __future__ import annotations

import pytest

from patchbay.domain.errors import Rejected
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Attachment, AttachmentKind, Button, Conversation, Part, Role, Sender, Text
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.messengers.telegram import CONNECTOR, spec
from playground.page_arguments import ChosenFile
from playground.services.telegram.demo import STICKER
from playground.services.telegram.records import Person
from playground.services.telegram.schema import REACTIONS
from tests.harness.telegram import AGENT, TelegramHarness

PNG = ChosenFile(name="a.png", content_type="image/png", data=b"\x89PNG\r\n\x1a\n" + bytes(40), caption="my cat")
URL = "https://bridge.test/media/t/{}"


@pytest.fixture
def harness() -> TelegramHarness:
    return TelegramHarness.connected()


@pytest.fixture
def person(harness: TelegramHarness) -> Person:
    return harness.meet()


def settle(harness: TelegramHarness) -> list[MessageReceived]:
    harness.settle()
    found = harness.messages()
    harness.events.clear()
    return found


def shown(harness: TelegramHarness, person: Person, message_id: str) -> dict[str, object]:
    return next(line for line in harness.lines(person) if message_id.endswith(f":{line['id']}"))


# --- answers ---------------------------------------------------------------------------------------------------------


def test_an_answer_names_the_message_and_quotes_the_agents_words_without_the_name(
    harness: TelegramHarness, person: Person
) -> None:
    asked = harness.deliver(person, Text(text="At ten or at eleven?")).external_id
    harness.telegram.write(person.id, "At ten", reply_to=int(asked.partition(":")[2]))
    [event] = settle(harness)
    assert event.message.reply_to
    assert (event.message.reply_to.message_id, event.message.reply_to.excerpt) == (asked, "At ten or at eleven?")


def test_an_answer_to_ones_own_words_leads_to_their_event(harness: TelegramHarness, person: Person) -> None:
    first = harness.telegram.write(person.id, "Is ten free? Or eleven?")
    harness.telegram.write(person.id, "I mean this", reply_to=first.id, quote="Or eleven?")
    said, answer = settle(harness)
    assert answer.message.reply_to == Reference(
        message_id=said.message.external_id, event_id=said.id, excerpt="Or eleven?"
    )


# --- corrections -----------------------------------------------------------------------------------------------------


def test_each_correction_of_a_text_is_one_of_its_own(harness: TelegramHarness, person: Person) -> None:
    first = harness.telegram.write(person.id, "at ten")
    [said] = settle(harness)
    harness.telegram.edit(person.id, first.id, "at eleven")
    harness.telegram.edit(person.id, first.id, "at twelve")
    edits = settle(harness)
    assert [edit.message.content for edit in edits] == [(Text(text="at eleven"),), (Text(text="at twelve"),)]
    assert len({said.id, *(edit.id for edit in edits)}) == 3, "two within a second as well"
    for edit in edits:
        target = Reference(message_id=said.message.external_id, event_id=said.id)
        assert edit.message.change == Change(kind=ChangeKind.EDIT, target=target)
        assert edit.message.external_id == said.message.external_id


def test_a_corrected_caption_comes_with_its_file_and_a_moving_position_does_not_come(
    harness: TelegramHarness, person: Person
) -> None:
    photo = harness.telegram.send_file(person.id, PNG)
    settle(harness)
    harness.telegram.edit(person.id, photo.id, "my dog")
    [edit] = settle(harness)
    [item] = edit.message.content
    assert isinstance(item, Attachment)
    assert (item.caption, item.kind, bool(item.url)) == ("my dog", AttachmentKind.IMAGE, True)
    place = harness.telegram.send_location(person.id, 1.0, 2.0)
    settle(harness)
    chat = harness.telegram.chat_of(person.id)
    harness.telegram.actions.edit(chat, place, {"location": {"latitude": 1.1, "longitude": 2.0}})
    assert settle(harness) == []


def test_an_agents_correction_is_shown_in_place_and_twice_without_harm(
    harness: TelegramHarness, person: Person
) -> None:
    button = Button(label="Ten", payload="p")
    text = harness.deliver(person, Text(text="at ten"), button).external_id
    image = Attachment(
        kind=AttachmentKind.IMAGE, url=URL.format("a.png"), name="a.png", content_type="image/png", size=9
    )
    photo = harness.deliver(person, image).external_id
    for _ in range(2):
        correct(harness, person, text, Text(text="at <eleven>"), button)
        correct(harness, person, photo, Attachment(kind=AttachmentKind.IMAGE, url=image.url, caption="our shop"))
    assert shown(harness, person, text)["text"] == "Ana <3\nat <eleven>"
    assert shown(harness, person, text)["edited"] is True
    assert [one["label"] for one in shown(harness, person, text)["buttons"]] == ["Ten"]  # type: ignore[attr-defined]
    assert shown(harness, person, photo)["text"] == "Ana <3\nour shop"
    with pytest.raises(Rejected):
        correct(harness, person, photo, Text(text="words in place of a photo"))
    for unknown in (f"{person.id}:999999", "no id of ours"):
        with pytest.raises(Rejected):
            correct(harness, person, unknown, Text(text="at eleven"))


def correct(
    harness: TelegramHarness, person: Person, message_id: str, content: Text | Attachment, *buttons: Button
) -> None:
    part = Part(key="k:0", content=content, sender=AGENT, sent_at=harness.time.now(), buttons=buttons)
    where = Conversation(external_id=str(person.id))
    CONNECTOR.edit_message(message_id, part, where, harness.connection, harness.http)


# --- reactions -------------------------------------------------------------------------------------------------------


def test_reactions_of_customers_are_put_taken_away_and_replaced(harness: TelegramHarness, person: Person) -> None:
    said = harness.deliver(person, Text(text="We are open")).external_id
    number = said.partition(":")[2]
    for emoji in ("👍", "❤", ""):
        harness.telegram.react(person.id, number, emoji)
    events = settle(harness)
    changes = [event.message.change for event in events]
    assert [(one.kind, one.emoji, one.target.message_id) for one in changes if one] == [
        (ChangeKind.REACTION, "👍", said),
        (ChangeKind.REACTION, "❤️", said),  # in place of the other
        (ChangeKind.REACTION_REMOVED, "❤️", said),
    ]
    assert {(event.thread, event.message.external_id, event.message.content) for event in events} == {
        (str(person.id), "", ())
    }
    assert len({event.id for event in events}) == 3


def test_every_reaction_that_is_claimed_is_taken_and_any_can_be_taken_away(
    harness: TelegramHarness, person: Person
) -> None:
    rule = spec.CAPABILITIES.reactions
    assert rule
    assert {"❤️", "❤", "👍", "🤷‍♀️"} <= rule.emojis
    assert rule.emojis >= REACTIONS
    message = f"{person.id}:{harness.telegram.write(person.id, 'Hello').id}"
    for emoji in (*sorted(rule.emojis), "", ""):
        react(harness, person, message, emoji)
    assert shown(harness, person, message)["reactions"] == []
    react(harness, person, message, "❤️")
    assert shown(harness, person, message)["reactions"] == [{"emoji": "❤", "author": "agent"}]
    for wrong, emoji in ((message, "🧀"), (f"{person.id}:999999", "👍"), ("", "👍")):
        with pytest.raises(Rejected):
            react(harness, person, wrong, emoji)


def react(harness: TelegramHarness, person: Person, message_id: str, emoji: str) -> None:
    where = Conversation(external_id=str(person.id))
    CONNECTOR.show_reaction(emoji, Sender(role=Role.AGENT), message_id, where, harness.connection, harness.http)


# --- voices and stickers ---------------------------------------------------------------------------------------------


def test_voice_notes_and_stickers_come_as_such(harness: TelegramHarness, person: Person) -> None:
    harness.telegram.send_file(person.id, ChosenFile(name="", content_type="audio/ogg", data=b"OggS" + bytes(9)))
    harness.telegram.send_sticker(person.id, "👋", STICKER)
    [voice], [sticker] = (event.message.content for event in settle(harness))
    assert isinstance(voice, Attachment)
    assert isinstance(sticker, Attachment)
    assert (voice.kind, voice.voice, voice.duration, voice.emoji) == (AttachmentKind.AUDIO, True, 3.0, "")
    assert (sticker.kind, sticker.voice, sticker.emoji) == (AttachmentKind.IMAGE, False, "👋")


@pytest.mark.parametrize(
    ("name", "content_type", "extra", "form"),
    [
        ("a.ogg", "audio/ogg", {"voice": True}, "voice"),
        ("a.mp3", "audio/mpeg", {"voice": True}, "voice"),
        ("a.mp3", "audio/mpeg", {}, "audio"),
        ("a.webp", "image/webp", {"emoji": "👋"}, "sticker"),
    ],
)
def test_voice_notes_and_stickers_go_out_as_such(
    harness: TelegramHarness, person: Person, name: str, content_type: str, extra: dict[str, object], form: str
) -> None:
    kind = AttachmentKind.IMAGE if content_type.startswith("image") else AttachmentKind.AUDIO
    facts: dict[str, object] = {"url": URL.format(name), "name": name, "content_type": content_type, "size": 9}
    file = Attachment(kind=kind, **facts, **extra)  # type: ignore[arg-type]
    harness.deliver(person, file)
    assert harness.last(person)["form"] == form
