"""Several files of an agent's message, as customers see them on Telegram: in one album."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from patchbay.domain.albums import Album
from patchbay.domain.errors import DeliveryError, Rejected, Transient, Uncertain, Unreachable
from patchbay.domain.model import Attachment, AttachmentKind, Button, Content, Conversation, Message, Part, Role, Sender
from patchbay.domain.text import text_length
from patchbay.kit.fallbacks import CHOOSE, render
from patchbay.messengers.telegram import CONNECTOR, spec
from playground.misbehaviour import Fault
from playground.services.telegram.records import Person
from tests.harness.telegram import AGENT, TelegramHarness

URL = "https://bridge.test/media/t/{}"
NOW = datetime(2026, 1, 5, tzinfo=UTC)
MEGABYTE = 1024 * 1024
TYPES = {
    "jpg": (AttachmentKind.IMAGE, "image/jpeg"),
    "gif": (AttachmentKind.IMAGE, "image/gif"),
    "mp4": (AttachmentKind.VIDEO, "video/mp4"),
    "mp3": (AttachmentKind.AUDIO, "audio/mpeg"),
    "ogg": (AttachmentKind.AUDIO, "audio/ogg"),
    "pdf": (AttachmentKind.FILE, "application/pdf"),
}


@pytest.fixture
def harness() -> TelegramHarness:
    return TelegramHarness.connected()


@pytest.fixture
def person(harness: TelegramHarness) -> Person:
    return harness.meet()


def file(name: str, caption: str = "", size: int | None = 64) -> Attachment:
    kind, content_type = TYPES[name.rpartition(".")[2]]
    return Attachment(
        kind=kind, url=URL.format(name), name=name, content_type=content_type, size=size, caption=caption, hosted=True
    )


def fit(*content: Content, buttons: tuple[Button, ...] = ()) -> tuple[Part, ...]:
    message = Message(external_id="1", sender=AGENT, content=content, sent_at=NOW, buttons=buttons)
    return render(message, spec.CAPABILITIES, "k", NOW).parts


def group(*files: Attachment) -> list[str]:
    """What goes out in which call: the names of each."""
    return [
        "+".join(one.name for one in part.content.files)
        if isinstance(part.content, Album)
        else part.content.name
        if isinstance(part.content, Attachment)
        else part.content.type
        for part in fit(*files)
    ]


def media(harness: TelegramHarness) -> list[dict[str, Any]]:
    form = harness.http.sent[-1].form
    assert form
    found: list[dict[str, Any]] = json.loads(form["media"])
    return found


# --- what stands together --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "calls"),
    [
        ("a.jpg b.mp4 c.jpg", ["a.jpg+b.mp4+c.jpg"]),
        ("a.pdf b.pdf", ["a.pdf+b.pdf"]),
        ("a.mp3 b.mp3", ["a.mp3+b.mp3"]),
        ("a.jpg b.pdf c.jpg", ["a.jpg", "b.pdf", "c.jpg"]),
        ("a.jpg b.jpg c.pdf d.pdf e.mp3", ["a.jpg+b.jpg", "c.pdf+d.pdf", "e.mp3"]),
        ("a.ogg b.ogg", ["a.ogg", "b.ogg"]),
        ("a.gif b.gif", ["a.gif", "b.gif"]),
        ("a.jpg", ["a.jpg"]),
    ],
)
def test_telegram_groups_only_like_with_like(names: str, calls: list[str]) -> None:
    assert group(*map(file, names.split())) == calls


def test_an_album_has_ten_files_and_fifty_megabytes_at_most() -> None:
    names = [f"{number}.jpg" for number in range(12)]
    assert group(*map(file, names)) == ["+".join(names[:10]), "10.jpg+11.jpg"]
    large = [file(f"{number}.mp4", size=20 * MEGABYTE) for number in range(4)]
    assert group(*large) == ["0.mp4+1.mp4", "2.mp4+3.mp4"]


def test_a_file_that_breaks_a_rule_stays_outside() -> None:
    unknown, huge = file("b.jpg", size=None), file("b.jpg", size=11 * MEGABYTE)
    assert group(file("a.jpg"), unknown, file("c.jpg")) == ["a.jpg", "text", "c.jpg"]
    assert group(file("a.jpg"), huge, file("c.jpg")) == ["a.jpg", "b.jpg", "c.jpg"], "as a document by itself"
    voice = replace(file("b.mp3"), voice=True)
    assert group(file("a.mp3"), voice, file("c.mp3")) == ["a.mp3", "b.mp3", "c.mp3"]


def test_an_album_has_one_caption_so_the_next_begins_another() -> None:
    assert group(file("a.jpg", "x"), file("b.jpg"), file("c.jpg", "y"), file("d.jpg")) == ["a.jpg+b.jpg", "c.jpg+d.jpg"]


# --- how it goes out -------------------------------------------------------------------------------------------------


def test_an_album_is_one_call_and_its_one_caption_has_the_authors_name(
    harness: TelegramHarness, person: Person
) -> None:
    [part] = fit(file("a.jpg", "1 < 2"), file("b.mp4"), file("c.jpg"))
    before = len(harness.http.sent)
    delivered = harness.deliver(person, part.content)
    assert harness.calls()[before:] == ["sendMediaGroup"]
    lines = harness.lines(person)[-3:]
    assert [line["text"] for line in lines] == ["Ana <3\n1 < 2", "", ""]
    assert [line["form"] for line in lines] == ["photo", "video", "photo"]
    assert [line["attachment"]["name"] for line in lines] == ["a.jpg", "b.mp4", "c.jpg"]
    assert len({line["album"] for line in lines}) == 1
    assert [delivered.external_id, *delivered.aliases] == [f"{person.id}:{line['id']}" for line in lines]


def test_the_longest_caption_with_the_longest_name_is_taken(harness: TelegramHarness, person: Person) -> None:
    caption = "&" * spec.CAPABILITIES.caption_limit
    [part] = fit(file("a.pdf", caption), file("b.pdf"))
    harness.deliver(person, part.content, sender=Sender(role=Role.AGENT, name="N" * 200))
    assert text_length(harness.lines(person)[-2]["text"]) == spec.CAPTION
    assert group(file("a.pdf", f"{caption}&"), file("b.pdf")) == ["a.pdf", "text", "b.pdf"], "its text stays with it"


def test_an_album_answers_a_message(harness: TelegramHarness, person: Person) -> None:
    asked = harness.telegram.write(person.id, "Which ones?")
    [part] = fit(file("a.jpg"), file("b.jpg"))
    harness.deliver(person, part.content, reply_to=f"{person.id}:{asked.id}")
    assert harness.lines(person)[-2]["reply_to"]["text"] == "Which ones?"


def test_buttons_follow_below_a_line_of_their_own() -> None:
    album, line = fit(file("a.jpg"), file("b.jpg"), buttons=(Button(label="Nice", payload="n"),))
    assert (album.content.type, album.buttons) == ("album", ())
    assert (getattr(line.content, "text", ""), [one.label for one in line.buttons]) == (CHOOSE, ["Nice"])


def test_its_caption_is_corrected_and_all_of_it_deleted(harness: TelegramHarness, person: Person) -> None:
    [part] = fit(file("a.jpg", "cats"), file("b.jpg"))
    delivered = harness.deliver(person, part.content)
    conversation = Conversation(external_id=str(person.id))
    [corrected] = fit(file("a.jpg", "dogs"), file("b.jpg"))
    CONNECTOR.edit_message(delivered.external_id, corrected, conversation, harness.connection, harness.http)
    assert [line["text"] for line in harness.lines(person)[-2:]] == ["Ana <3\ndogs", ""]
    ids = [delivered.external_id, *delivered.aliases]
    CONNECTOR.delete_messages(ids, conversation, harness.connection, harness.http)
    assert [line["text"] for line in harness.lines(person)] == ["/start"]


# --- what goes wrong -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "description", "kind"),
    [
        (400, "Bad Request: PHOTO_INVALID_DIMENSIONS", Rejected),
        (413, "Request Entity Too Large", Rejected),
        (403, "Forbidden: bot was blocked by the user", Unreachable),
        (503, "Service Unavailable", Transient),
        (502, "Bad Gateway", Uncertain),
    ],
)
def test_what_is_wrong_with_one_of_them_is_wrong_with_all(
    harness: TelegramHarness, person: Person, status: int, description: str, kind: type[DeliveryError]
) -> None:
    """Nothing of it is said in other words: each then goes by itself."""
    body = json.dumps({"ok": False, "error_code": status, "description": description})
    harness.telegram.fail_next(Fault(status=status, body=body.encode(), where="sendMediaGroup"))
    before = len(harness.lines(person))
    [part] = fit(file("a.jpg"), file("b.jpg"))
    with pytest.raises(kind) as caught:
        harness.deliver(person, part.content)
    assert type(caught.value) is kind
    assert len(harness.lines(person)) == before


def test_the_file_of_each_medium_is_named_in_the_call(harness: TelegramHarness, person: Person) -> None:
    [part] = fit(file("a.jpg"), file("b.mp4"))
    harness.deliver(person, part.content)
    assert [(one["type"], one["media"]) for one in media(harness)] == [
        ("photo", "attach://file0"),
        ("video", "attach://file1"),
    ]
    assert [upload.field_name for upload in harness.http.sent[-1].uploads] == ["file0", "file1"]
