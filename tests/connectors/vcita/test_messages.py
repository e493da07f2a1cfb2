"""What staff members' messages hold: text, HTML, files in every form, times and ids."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.domain.events import (
    Ignored,
    decode,
    encode,
)
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    ContactKey,
    Content,
    Role,
    Text,
    Unsupported,
)
from patchbay.platforms.vcita import CONNECTOR
from patchbay.platforms.vcita.ids import make_message_uid
from tests.harness.vcita_webhooks import (
    CHANNEL,
    NOW,
    OTHER_CHANNEL,
    PERSON,
    SESSION,
    make_message,
    parse,
    parse_message,
)


def contents(**fields: object) -> tuple[Content, ...]:
    return parse_message(**fields).message.content


def test_a_staff_members_message_comes_from_an_agent_without_a_name() -> None:
    event = parse_message()
    assert event.message.sender.role is Role.AGENT
    assert event.message.sender.name is None
    assert event.message.external_id == "m1"
    assert event.message.content == (Text(text="Hello"),)
    assert (event.thread, event.aliases, event.occurred_at) == (PERSON, (), NOW)
    assert event.hints == {"external_uid": PERSON, "contact_uid": "n2nekjezdsv21v3x", "channel_uid": CHANNEL}


def test_the_person_is_found_in_the_name_that_vcita_quotes() -> None:
    def find(**fields: object) -> ContactKey | None:
        return CONNECTOR.find_contact(parse_message(**fields), None, None)  # type: ignore[arg-type]

    assert find() == ContactKey(service="viber", connection_id="shop", contact_id="Zm9v+/YmFy==")
    assert find(external_uid="+491511234567") is None
    assert find(external_uid="viber:shop:a") is None


def test_what_a_newer_vcita_adds_is_used() -> None:
    event = parse_message(session_uid=SESSION, contact_uid="other", direction="business_to_client")
    assert event.aliases == (SESSION,)
    assert event.hints["session_uid"] == SESSION
    assert event.hints["contact_uid"] == "other"


@pytest.mark.parametrize(
    ("told", "time"),
    [
        ("2026-01-05 08:59:58", datetime(2026, 1, 5, 8, 59, 58, tzinfo=UTC)),
        ("2026-01-05T04:59:58.000-04:00", datetime(2026, 1, 5, 8, 59, 58, tzinfo=UTC)),
        ("yesterday", NOW),
        ("0001-01-01T00:00:00+14:00", NOW),
        (None, NOW),
        (17, NOW),
    ],
)
def test_the_time_is_vcitas_or_else_ours(told: object, time: datetime) -> None:
    event = parse_message(created_at=told)
    assert event.occurred_at == event.message.sent_at == time
    assert decode(encode(event)) == event


def test_a_message_is_known_by_its_id_on_its_channel() -> None:
    first = parse_message()
    assert parse_message(message="Edited").id == first.id
    assert parse_message(message_uid="m2").id != first.id
    assert parse_message(channel_uid=OTHER_CHANNEL).id != first.id


@pytest.mark.parametrize(
    "fields", [{"direction": "client_to_business"}, {"message_uid": make_message_uid("message-1:0")}]
)
def test_our_own_posts_are_not_carried_back(fields: dict[str, object]) -> None:
    assert isinstance(parse("messages", make_message(**fields), "POST"), Ignored)


def test_html_becomes_text_with_its_links() -> None:
    html = (
        "<div>Hi&nbsp;<strong>Åsa</strong>,</div><div>5 &lt; 6: <a href='https://a.example/?b=1&amp;c'>here</a></div>"
    )
    assert contents(message=html) == (Text(text="Hi Åsa,\n5 < 6: here (https://a.example/?b=1&c)"),)
    assert contents(message="a < b & c\n<ana@example.com>") == (Text(text="a < b & c\n<ana@example.com>"),)


URL = "https://files.example/1/x-ray.png"


@pytest.mark.parametrize("address", ["url", "link", "download_url", "file_url"])
@pytest.mark.parametrize("name", ["name", "filename", "file_name"])
@pytest.mark.parametrize("content_type", ["type", "content_type", "mime_type"])
def test_files_are_read_in_every_usual_form(address: str, name: str, content_type: str) -> None:
    file = {address: URL, name: "Röntgen.png", content_type: "image/png", "size": 2048}
    expected = Attachment(kind=AttachmentKind.IMAGE, url=URL, name="Röntgen.png", content_type="image/png", size=2048)
    assert contents(attachments=[file]) == (Text(text="Hello"), expected)
    assert contents(attachments=file, message="") == (expected,)


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ({"url": URL}, AttachmentKind.IMAGE),
        (URL, AttachmentKind.IMAGE),
        ({"url": "https://a.example/voice", "type": "audio"}, AttachmentKind.AUDIO),
        ({"url": "https://a.example/1", "name": "clip.MP4"}, AttachmentKind.VIDEO),
        ({"url": "https://a.example/plan.pdf?x=.png"}, AttachmentKind.FILE),
        ({"url": "https://["}, AttachmentKind.FILE),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_type_or_its_name(file: object, kind: AttachmentKind) -> None:
    [attachment] = contents(message="", attachments=[file])
    assert isinstance(attachment, Attachment)
    assert attachment.kind is kind


@pytest.mark.parametrize("size", [None, "", "big", -1, 1.5, True, "9" * 400, []])
def test_a_size_that_is_none_is_unknown(size: object) -> None:
    [attachment] = contents(message="", attachments=[{"url": URL, "size": size}])
    assert isinstance(attachment, Attachment)
    assert attachment.size is None


def test_nothing_is_dropped_in_silence() -> None:
    assert contents(message="Here:", attachments=[{"name": "lost.pdf"}, 7]) == (
        Text(text="Here:"),
        Attachment(kind=AttachmentKind.FILE, url=None, name="lost.pdf"),
        Unsupported(description="a file that cannot be shown here"),
    )
    [nothing] = contents(message="<div><br></div>", attachments=[])
    assert isinstance(nothing, Unsupported)


@given(st.text(max_size=60))
def test_any_text_of_a_staff_member_is_carried(text: str) -> None:
    event = parse_message(message=text)
    assert event.message.content
    assert decode(encode(event)) == event
