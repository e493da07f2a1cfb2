"""Voice notes and stickers: shown as such where the destination can, else in the nearest way that it has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from patchbay.domain.model import Attachment, AttachmentKind, Message, Role, Sender, Text
from patchbay.kit.capabilities import AttachmentRule, Capabilities
from patchbay.kit.fallbacks import render

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ANY = AttachmentRule(max_bytes=1000)
OGG = AttachmentRule(max_bytes=1000, content_types=frozenset({"audio/ogg"}))
MP3 = AttachmentRule(max_bytes=1000, content_types=frozenset({"audio/mpeg"}))
WEBP = AttachmentRule(max_bytes=1000, content_types=frozenset({"image/webp"}))
PLAIN = Capabilities(text_limit=1000, caption_limit=20)
VOICE = Attachment(
    kind=AttachmentKind.AUDIO,
    url="https://bridge.test/a.ogg",
    name="a.ogg",
    content_type="audio/ogg",
    size=9,
    voice=True,
    duration=2.5,
)
STICKER = Attachment(
    kind=AttachmentKind.IMAGE,
    url="https://bridge.test/a.webp",
    name="a.webp",
    content_type="image/webp",
    size=9,
    emoji="👋",
)


def show(content: Attachment, carries: Capabilities) -> list[object]:
    message = Message(external_id="1", sender=Sender(role=Role.CONTACT), content=(content,), sent_at=NOW)
    return [part.content for part in render(message, carries, "m1", NOW).parts]


def test_a_voice_note_of_a_type_that_is_shown_as_one_stays_one() -> None:
    can = replace(PLAIN, voice_notes=OGG, attachments={AttachmentKind.AUDIO: MP3})
    assert show(VOICE, can) == [VOICE]


def test_of_another_type_it_is_audio_or_a_file_or_a_link() -> None:
    said = replace(VOICE, voice=False)
    audio, file = {AttachmentKind.AUDIO: ANY}, {AttachmentKind.AUDIO: MP3, AttachmentKind.FILE: ANY}
    assert show(VOICE, replace(PLAIN, voice_notes=MP3, attachments=audio)) == [said]
    assert show(VOICE, replace(PLAIN, voice_notes=MP3, attachments=file)) == [replace(said, kind=AttachmentKind.FILE)]
    assert show(VOICE, PLAIN) == [Text(text="a.ogg: https://bridge.test/a.ogg")]


def test_audio_that_nobody_said_is_no_voice_note() -> None:
    music = replace(VOICE, voice=False)
    assert show(music, replace(PLAIN, voice_notes=OGG, attachments={AttachmentKind.AUDIO: ANY})) == [music]


def test_a_voice_note_that_is_too_large_is_audio() -> None:
    long = replace(VOICE, size=999)
    can = replace(PLAIN, voice_notes=replace(OGG, max_bytes=100), attachments={AttachmentKind.AUDIO: ANY})
    assert show(long, can) == [replace(long, voice=False)]


def test_a_sticker_is_shown_as_one_or_as_an_image_or_as_its_emoji() -> None:
    images, files = {AttachmentKind.IMAGE: WEBP}, {AttachmentKind.FILE: ANY}
    assert show(STICKER, replace(PLAIN, stickers=WEBP, attachments=images)) == [STICKER]
    assert show(STICKER, replace(PLAIN, attachments=images)) == [replace(STICKER, emoji="")]
    assert show(STICKER, replace(PLAIN, attachments=files)) == [Text(text="👋")]
    assert show(replace(STICKER, url=None), replace(PLAIN, stickers=WEBP, attachments=images)) == [Text(text="👋")]


def test_what_stands_below_a_sticker_or_a_voice_note_follows_where_it_cannot_stay() -> None:
    long = "words that are longer than it may be"
    can = replace(PLAIN, voice_notes=OGG, stickers=replace(WEBP, captions=False))
    assert show(replace(VOICE, caption=long), can) == [VOICE, Text(text=long)]
    assert show(replace(STICKER, caption="hi"), can) == [STICKER, Text(text="hi")]
    assert show(replace(STICKER, caption="hi"), PLAIN) == [Text(text="👋\nhi")]
