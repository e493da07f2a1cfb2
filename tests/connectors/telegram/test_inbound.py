"""What people do on Telegram, as events."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.errors import SignatureRejected, Unreadable
from patchbay.domain.events import ContactChanged, Ignored, MessageReceived
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    ContactCard,
    Location,
    Postback,
    Role,
    Sender,
    Text,
    Unsupported,
)
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.telegram import CONNECTOR
from patchbay.messengers.telegram.entities import write_plain
from patchbay.messengers.telegram.schemas import Entity
from playground.page_arguments import ChosenFile
from tests.connectors.services import samples
from tests.harness.telegram import TelegramHarness

NOW = datetime(2026, 9, 5, 9, 21, tzinfo=UTC)
HEADER = "x-telegram-bot-api-secret-token"
ENDPOINT = Endpoint(id="e1", service="telegram", secrets=Secrets({"webhook_secret": "tg_hook-secret_01"}))
#: As the handbook has it.
UPDATE = (
    rb'{"update_id":870000001,"message":{"message_id":1365,"from":{"id":1111111,"is_bot":false,"first_name":'
    rb'"Zo\u00eb","username":"zoe_k","language_code":"de"},"chat":{"id":1111111,"first_name":"Zo\u00eb","username":'
    rb'"zoe_k","type":"private"},"date":1788600000,"text":"Is 10:30 free?"}}'
)


def request(body: bytes | dict[str, object], **headers: str) -> WebhookRequest:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest(method="POST", headers=headers, body=content, received_at=NOW)


def parse(body: bytes | dict[str, object], **settings: str) -> MessageReceived | ContactChanged | Ignored:
    endpoint = Endpoint(id="e1", service="telegram", settings=settings)
    [event] = CONNECTOR.parse(request(body), endpoint)
    assert isinstance(event, MessageReceived | ContactChanged | Ignored)
    return event


@pytest.fixture
def harness() -> TelegramHarness:
    return TelegramHarness.connected()


# --- who calls -------------------------------------------------------------------------------------------------------


def test_the_secret_that_telegram_was_given_is_accepted_and_nothing_like_it() -> None:
    CONNECTOR.verify(request(UPDATE, **{HEADER: "tg_hook-secret_01"}), ENDPOINT)
    for wrong in ("", "TG_HOOK-SECRET_01", " tg_hook-secret_01", "tg_hook-secret_01 ", "tg_hook-secret_0"):
        with pytest.raises(SignatureRejected):
            CONNECTOR.verify(request(UPDATE, **{HEADER: wrong}), ENDPOINT)
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(request(UPDATE), ENDPOINT)


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_text_is_a_message_of_its_writer_in_their_chat() -> None:
    event = parse(UPDATE)
    assert isinstance(event, MessageReceived)
    assert (event.thread, event.contact and event.contact.name, event.contact and event.contact.language) == (
        "1111111",
        "Zoë",
        "de",
    )
    assert event.message.external_id == "1111111:1365"
    assert event.message.sender == Sender(role=Role.CONTACT, external_id="1111111", name="Zoë")
    assert event.message.content == (Text(text="Is 10:30 free?"),)
    assert event.occurred_at == event.message.sent_at == datetime(2026, 9, 5, 9, 20, 0, 999_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("received_at", "at"),
    [
        (NOW, "09:20:00.999"),
        (datetime(2026, 9, 5, 9, 20, 0, 250_000, tzinfo=UTC), "09:20:00.250"),
        (datetime(2026, 9, 5, 9, 19, 58, tzinfo=UTC), "09:20:00.000"),
    ],
)
def test_a_second_is_as_late_as_it_can_have_been(received_at: datetime, at: str) -> None:
    """Else an answer within the second of a question would be older than the question."""
    [event] = CONNECTOR.parse(replace(request(UPDATE), received_at=received_at), ENDPOINT)
    assert isinstance(event, MessageReceived)
    assert event.occurred_at.time().isoformat("milliseconds") == at


def test_messages_of_two_chats_with_the_same_number_are_two(harness: TelegramHarness) -> None:
    first = parse(UPDATE)
    other = parse(UPDATE.replace(b"1111111", b"2222222"))
    again = parse(UPDATE.replace(b"870000001", b"870000002"))
    assert isinstance(first, MessageReceived)
    assert isinstance(other, MessageReceived)
    assert isinstance(again, MessageReceived)
    assert first.id != other.id
    assert first.id == again.id


def test_first_and_last_names_make_one(harness: TelegramHarness) -> None:
    person = harness.meet()
    harness.telegram.write(person.id, "Hello")
    harness.settle()
    [event] = harness.messages()
    assert event.contact
    assert event.contact.name == "Maya Chen"


ROCKET = "👩‍🚀"


def marked(kind: str, offset: int, length: int, url: str = "") -> Entity:
    return Entity(type=kind, offset=offset, length=length, url=url)


def test_links_quotes_and_crossed_out_words_stay_and_other_marks_are_left_out() -> None:
    text = f"{ROCKET} now or never"
    at = len(text.encode("utf-16-le")) // 2 - len("now or never")
    plan = marked("text_link", at, 3, "https://shop.test/plan")
    assert write_plain(text, [plan]) == f"{ROCKET} now (https://shop.test/plan) or never"
    assert write_plain(text, [marked("strikethrough", at, 3)]) == f"{ROCKET} ~now~ or never"
    assert write_plain(text, [marked("blockquote", 0, at + 3)]) == f"> {text}"
    assert write_plain("a\nb\n\nc", [marked("blockquote", 0, 4)]) == "> a\n> b\n\nc"
    for kind in ("bold", "italic", "underline", "spoiler", "code", "pre", "custom_emoji", "mention", "hologram"):
        assert write_plain(text, [marked(kind, at, 3)]) == text


def test_marks_within_marks_are_all_written() -> None:
    link, quote = marked("text_link", 4, 4, "https://a.test/x"), marked("blockquote", 0, 8)
    both = [marked("strikethrough", 0, 8), link, quote]
    assert write_plain("see here now", [quote, link]) == "> see here (https://a.test/x) now"
    assert write_plain("see here now", both) == "> ~see here (https://a.test/x)~ now"


def test_a_link_that_says_its_address_is_written_once_and_marks_beyond_the_text_are_no_marks() -> None:
    assert write_plain("shop.test", [marked("text_link", 0, 9, "https://shop.test/")]) == "shop.test"
    assert write_plain("short", [marked("strikethrough", 3, 9)]) == "short"
    assert write_plain("", [marked("blockquote", 0, 1)]) == ""


def test_places_cards_stickers_and_what_telegram_adds(harness: TelegramHarness) -> None:
    person = harness.meet()
    harness.telegram.send_location(person.id, 59.33, 18.06)
    harness.telegram.send_venue(person.id, 47.38, 8.54, "Main station", "Bahnhofplatz 1")
    harness.telegram.send_contact(person.id, "Bo Ek", "+46701112233")
    harness.telegram.send_contact(person.id, person.name, person.phone)
    harness.settle()
    assert harness.contents() == [
        Location(latitude=59.33, longitude=18.06),
        Location(latitude=47.38, longitude=8.54, label="Main station, Bahnhofplatz 1"),
        ContactCard(name="Bo Ek", phone="+46701112233"),
        ContactCard(name="Maya Chen", phone="+46701234567"),
    ]
    assert [event.contact and event.contact.phone for event in harness.messages()] == ["", "", "", "+46701234567"]


def test_what_says_nothing_outside_of_telegram_is_named_and_news_are_none() -> None:
    message = {"message_id": 7, "chat": {"id": 5, "type": "private"}, "date": 1788600000}
    poll = parse({"update_id": 1, "message": {**message, "poll": {"id": "1"}}})
    assert isinstance(poll, MessageReceived)
    assert poll.message.content == (
        Unsupported(description="Telegram message of type 'poll', which cannot be shown here"),
    )
    for news in ("pinned_message", "new_chat_title", "forum_topic_created", "video_chat_started"):
        assert isinstance(parse({"update_id": 1, "message": {**message, news: {}}}), Ignored)
    assert isinstance(parse({"update_id": 1, "message": message}), Ignored)


def test_an_update_that_cannot_be_read_is_accepted_because_the_next_one_waits_for_it() -> None:
    updates: tuple[dict[str, object], ...] = (
        {"message": {"text": "without a number"}},
        {"callback_query": {"data": "x"}},
        {"my_chat_member": {}},
        {"message": None},
        {"managed_bot": {}},
        {},
    )
    for update in updates:
        assert isinstance(parse({"update_id": 1, **update}), Ignored)
    with pytest.raises(Unreadable):
        parse(b"not json")


# --- files -----------------------------------------------------------------------------------------------------------


def test_every_sample_of_a_file_is_fetched_by_its_id() -> None:
    found = {}
    for sample in samples("telegram"):
        event, *_ = CONNECTOR.parse(sample.request(), ENDPOINT)
        for item in event.message.content if isinstance(event, MessageReceived) else ():
            if isinstance(item, Attachment):
                assert (item.url, item.protected, event.message.incomplete) == (None, True, True)  # type: ignore[union-attr]
                assert item.external_id
                found[sample.situation.removeprefix("message_")] = (item.kind, item.name)
    assert found == {
        "animation": (AttachmentKind.VIDEO, "wave.mp4"),
        "audio": (AttachmentKind.AUDIO, "song.mp3"),
        "document": (AttachmentKind.FILE, "Rechnung März.pdf"),
        "image_as_document": (AttachmentKind.IMAGE, "scan.png"),
        "of_an_album_first": (AttachmentKind.IMAGE, "photo-1369.jpg"),
        "of_an_album_second": (AttachmentKind.IMAGE, "photo-1370.jpg"),
        "photo": (AttachmentKind.IMAGE, "photo-1368.jpg"),
        "sticker": (AttachmentKind.IMAGE, "sticker-1379.webp"),
        "video": (AttachmentKind.VIDEO, "yard.mp4"),
        "video_note": (AttachmentKind.VIDEO, "video-1376.mp4"),
        "voice": (AttachmentKind.AUDIO, "voice-1375.ogg"),
    }


def test_an_album_comes_in_its_order_with_its_caption_once(harness: TelegramHarness) -> None:
    person = harness.meet()
    photos = [
        ChosenFile(name="a.png", content_type="image/png", data=b"\x89PNG" + bytes([number]), caption=caption)
        for number, caption in enumerate(("our three cats", "", ""))
    ]
    harness.telegram.send_album(person.id, photos)
    harness.settle()
    events = harness.messages()
    files = [item for event in events for item in event.message.content if isinstance(item, Attachment)]
    assert [file.caption for file in files] == ["our three cats", "", ""]
    fetched = [harness.http.send(CONNECTOR.make_download_request(file, harness.connection)).body for file in files]
    assert fetched == [photo.data for photo in photos]
    assert [event.occurred_at for event in events] == sorted(event.occurred_at for event in events)


def test_a_file_that_is_too_large_for_bots_is_said_to_be(harness: TelegramHarness) -> None:
    person = harness.meet()
    harness.telegram.send_large_file(person.id, "film.mp4", "video/mp4", 35 * 1024 * 1024)
    harness.settle()
    [item] = harness.contents()
    assert isinstance(item, Unsupported)
    assert item.description == (
        "film.mp4: a file of 35 MB, and Telegram gives bots only files of up to 20 MB. Ask for it in another way"
    )
    assert "getFile" not in harness.calls()


# --- buttons ---------------------------------------------------------------------------------------------------------


def tap(data: str, keyboard: object) -> dict[str, object]:
    message = {"message_id": 9, "chat": {"id": 5, "type": "private"}, "date": 1, "reply_markup": keyboard}
    person = {"id": 5, "first_name": "Zoë"}
    return {"update_id": 1, "callback_query": {"id": "q1", "from": person, "message": message, "data": data}}


KEYBOARD = {"inline_keyboard": [[{"text": "10:30", "callback_data": "desk a"}], [{"text": "Site", "url": "https://a"}]]}


def test_a_pressed_button_says_what_is_on_it_and_brings_its_payload() -> None:
    event = parse(tap("desk a", KEYBOARD))
    assert isinstance(event, MessageReceived)
    assert event.message.content == (Text(text="10:30"),)
    assert event.message.tapped == Postback(label="10:30", payload="desk a")
    assert event.thread == "5"


@pytest.mark.parametrize(("data", "keyboard"), [("desk b", KEYBOARD), ("desk a", {}), ("", KEYBOARD), ("desk a", 7)])
def test_a_button_that_the_message_does_not_show_was_pressed_by_a_program(data: str, keyboard: object) -> None:
    assert isinstance(parse(tap(data, keyboard)), Ignored)


# --- coming and going ------------------------------------------------------------------------------------------------


def test_start_says_that_they_may_be_written_to_and_its_reference_is_for_the_agents(harness: TelegramHarness) -> None:
    person = next(iter(harness.telegram.people.values()))
    harness.telegram.start(person.id)
    harness.settle()
    [change] = harness.changes()
    assert (change.thread, change.contact.reachable, change.contact.name) == (str(person.id), True, "Maya Chen")
    harness.telegram.start(person.id, "booking-4711")
    harness.telegram.write(person.id, "/start the engine, please")
    harness.settle()
    assert harness.contents() == [
        Unsupported(description="The customer opened the chat with the reference booking-4711"),
        Text(text="/start the engine, please"),
    ]
    assert [event.contact and event.contact.reference for event in harness.messages()] == ["booking-4711", ""]


def test_who_blocks_the_bot_cannot_be_reached_until_they_unblock_it(harness: TelegramHarness) -> None:
    person = harness.meet()
    harness.telegram.block(person.id)
    harness.settle()
    harness.telegram.unblock(person.id)
    harness.settle()
    assert [(change.thread, change.contact.reachable) for change in harness.changes()] == [
        (str(person.id), False),
        (str(person.id), True),
    ]
