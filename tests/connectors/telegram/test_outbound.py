"""What agents send, as customers see it on Telegram, and why it may not arrive."""

from __future__ import annotations

import json

import pytest

from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Rejected, Transient, Uncertain, Unreachable
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    Cards,
    ContactCard,
    Conversation,
    Location,
    Sender,
    Text,
)
from patchbay.domain.text import text_length
from patchbay.kit.contract import HttpResponse
from patchbay.messengers.telegram import CONNECTOR, spec
from playground.misbehaviour import Fault
from playground.services.telegram.records import Person
from tests.harness.fakes.recording_http import RecordingHttp
from tests.harness.telegram import AGENT, UNNAMED, TelegramHarness

URL = "https://bridge.test/media/t/{}"


@pytest.fixture
def harness() -> TelegramHarness:
    return TelegramHarness.connected()


@pytest.fixture
def person(harness: TelegramHarness) -> Person:
    return harness.meet()


def file(kind: AttachmentKind, name: str, content_type: str, caption: str = "", size: int = 64) -> Attachment:
    return Attachment(
        kind=kind,
        url=URL.format(name),
        name=name,
        content_type=content_type,
        size=size,
        caption=caption,
        hosted=True,
    )


# --- texts -----------------------------------------------------------------------------------------------------------


def test_a_text_stands_below_its_authors_name_and_no_sign_of_it_is_markup(
    harness: TelegramHarness, person: Person
) -> None:
    delivered = harness.deliver(person, Text(text="1 < 2 & <b>3</b> &amp; *4*"))
    line = harness.last(person)
    assert line["text"] == "Ana <3\n1 < 2 & <b>3</b> &amp; *4*"
    assert line["entities"][0] == {"type": "bold", "offset": 0, "length": 6}
    assert delivered.external_id == f"{person.id}:{line['id']}"
    harness.deliver(person, Text(text="nobody's words"), sender=UNNAMED)
    assert (harness.last(person)["text"], harness.last(person)["entities"]) == ("nobody's words", [])


@pytest.mark.parametrize("sign", ["a", "&", "😀", "<"])
def test_the_longest_text_with_the_longest_name_is_taken(harness: TelegramHarness, person: Person, sign: str) -> None:
    limit = spec.CAPABILITIES.text_limit
    text = sign * (limit // text_length(sign))
    harness.deliver(person, Text(text=text), sender=Sender(role=AGENT.role, name="N" * 200))
    assert harness.last(person)["text"].endswith(f"…\n{text}")
    caption = sign * (spec.CAPABILITIES.caption_limit // text_length(sign))
    harness.deliver(
        person,
        file(AttachmentKind.FILE, "a.pdf", "application/pdf", caption),
        sender=Sender(role=AGENT.role, name="N" * 200),
    )
    assert harness.last(person)["text"].endswith(caption)


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name", "content_type", "form"),
    [
        (AttachmentKind.IMAGE, "a.jpg", "image/jpeg", "photo"),
        (AttachmentKind.VIDEO, "a.mp4", "video/mp4", "video"),
        (AttachmentKind.AUDIO, "a.mp3", "audio/mpeg", "audio"),
        (AttachmentKind.AUDIO, "a.ogg", "audio/ogg", "voice"),
        (AttachmentKind.FILE, "Rechnung März.pdf", "application/pdf", "document"),
    ],
)
def test_files_are_uploaded_as_what_they_are(
    harness: TelegramHarness, person: Person, kind: AttachmentKind, name: str, content_type: str, form: str
) -> None:
    harness.deliver(person, file(kind, name, content_type, "look & see"), Button(label="Nice", payload="p"))
    line = harness.last(person)
    assert (line["form"], line["text"], line["attachment"]["name"]) == (form, "Ana <3\nlook & see", name)
    assert [button["label"] for button in line["buttons"]] == ["Nice"]
    [upload] = harness.http.sent[-1].files
    assert upload.size == 64


def test_a_photo_that_telegram_does_not_take_is_a_link(harness: TelegramHarness, person: Person) -> None:
    body = json.dumps({"ok": False, "error_code": 400, "description": "Bad Request: PHOTO_INVALID_DIMENSIONS"})
    harness.telegram.fail_next(Fault(status=400, body=body.encode(), where="sendPhoto"))
    harness.deliver(person, file(AttachmentKind.IMAGE, "tall.jpg", "image/jpeg", "a tower"))
    assert harness.last(person)["text"] == f"Ana <3\na tower\ntall.jpg: {URL.format('tall.jpg')}"


def test_a_file_without_an_address_is_refused(harness: TelegramHarness, person: Person) -> None:
    nowhere = Attachment(kind=AttachmentKind.FILE, url=None, name="a.pdf")
    with pytest.raises(Rejected, match="could not be downloaded"):
        harness.deliver(person, nowhere)


# --- places, people, buttons, cards ----------------------------------------------------------------------------------


def test_a_place_with_a_name_is_a_venue_and_one_without_a_point(harness: TelegramHarness, person: Person) -> None:
    harness.deliver(person, Location(latitude=47.3769, longitude=8.5417, label="Main station, Bahnhofplatz 1"))
    harness.deliver(person, Location(latitude=47.3769, longitude=8.5417, label="Our shop"))
    harness.deliver(person, Location(latitude=47.3769, longitude=8.5417))
    station, shop, point = harness.lines(person)[-3:]
    assert (station["form"], station["text"]) == ("venue", "Main station\nBahnhofplatz 1")
    assert shop["text"] == "Our shop\n47.37690, 8.54170"
    assert (point["form"], point["location"]) == ("", {"latitude": 47.3769, "longitude": 8.5417})


def test_a_card_of_a_number_is_a_contact_and_any_other_is_words(harness: TelegramHarness, person: Person) -> None:
    harness.deliver(person, ContactCard(name="Bo Ek", phone="+46 70 111 22 33"))
    assert harness.last(person)["text"] == "Bo Ek: +46701112233"
    harness.deliver(person, ContactCard(name="Bo", phone="ask at the desk"))
    assert harness.last(person)["text"] == "Ana <3\nBo: ask at the desk"


def test_buttons_send_their_payload_or_open_their_link(harness: TelegramHarness, person: Person) -> None:
    harness.deliver(
        person,
        Text(text="When?"),
        Button(label="10:30", payload="desk slot-1030"),
        Button(label="Site", url="https://shop.test/?a=b&c"),
    )
    assert harness.last(person)["buttons"] == [
        {"label": "10:30", "url": None},
        {"label": "Site", "url": "https://shop.test/?a=b&c"},
    ]
    harness.telegram.tap(person.id, harness.last(person)["id"], 0)
    harness.settle()
    [event] = harness.messages()
    assert event.message.tapped
    assert (event.message.tapped.label, event.message.tapped.payload) == ("10:30", "desk slot-1030")
    assert [call["method"] for call in harness.answers] == ["answerCallbackQuery"]
    assert not harness.last(person)["waiting"]


def test_many_short_buttons_stand_two_in_a_row(harness: TelegramHarness, person: Person) -> None:
    harness.deliver(person, Text(text="Which?"), *(Button(label=f"No {n}", payload=str(n)) for n in range(5)))
    request = harness.http.sent[-1].json
    assert isinstance(request, dict)
    assert [len(row) for row in request["reply_markup"]["inline_keyboard"]] == [2, 2, 1]


def test_a_card_is_its_image_with_words_and_buttons_or_words_alone(harness: TelegramHarness, person: Person) -> None:
    image = Attachment(kind=AttachmentKind.IMAGE, url="https://shop.test/red.jpg", content_type="image/jpeg")
    card = Card(title="Red & wide", text="<cheap>", image=image, buttons=(Button(label="Buy", payload="b"),))
    harness.deliver(person, Cards(cards=(card,)))
    line = harness.last(person)
    assert (line["form"], line["text"]) == ("photo", "Ana <3\nRed & wide\n<cheap>")
    assert [button["label"] for button in line["buttons"]] == ["Buy"]
    harness.telegram.quirks.unfetchable.add("https://shop.test/red.jpg")
    harness.deliver(person, Cards(cards=(card,)))
    assert harness.last(person)["text"] == "Ana <3\nRed & wide\n<cheap>\nhttps://shop.test/red.jpg\n• Buy"


def test_an_answer_quotes_the_message_that_it_names(harness: TelegramHarness, person: Person) -> None:
    asked = harness.telegram.write(person.id, "Is 10:30 free?")
    harness.deliver(person, Text(text="Yes"), reply_to=f"{person.id}:{asked.id}")
    assert harness.last(person)["reply_to"]["text"] == "Is 10:30 free?"
    harness.deliver(person, Text(text="Yes"), reply_to=f"{person.id}:999999")
    harness.deliver(person, Text(text="Yes"), reply_to="something else")
    assert [line["reply_to"] for line in harness.lines(person)[-2:]] == [None, None]


# --- typing and deleting ---------------------------------------------------------------------------------------------


def test_typing_is_shown_and_its_end_costs_no_call(harness: TelegramHarness, person: Person) -> None:
    conversation = Conversation(external_id=str(person.id))
    CONNECTOR.send_typing(True, conversation, harness.connection, harness.http)
    assert [action["action"] for action in harness.telegram.view()["people"][0]["actions"]] == ["typing"]
    before = len(harness.http.sent)
    CONNECTOR.send_typing(False, conversation, harness.connection, harness.http)
    assert len(harness.http.sent) == before


def test_messages_are_deleted_for_48_hours_and_twice_without_harm(harness: TelegramHarness, person: Person) -> None:
    old = harness.deliver(person, Text(text="old")).external_id
    harness.time.advance(48 * 3600 + 1)
    new = harness.deliver(person, Text(text="new")).external_id
    conversation = Conversation(external_id=str(person.id))
    with pytest.raises(Rejected):
        CONNECTOR.delete_messages([old, new], conversation, harness.connection, harness.http)
    assert [line["text"] for line in harness.lines(person) if line["author"] == "agent"] == ["Ana <3\nold"]
    CONNECTOR.delete_messages([new], conversation, harness.connection, harness.http)


# --- failures --------------------------------------------------------------------------------------------------------


def refused(status: int, description: str, **parameters: int) -> HttpResponse:
    body = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
    headers = {"retry-after": str(parameters["retry_after"])} if "retry_after" in parameters else {}
    return HttpResponse(status=status, headers=headers, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "description", "kind"),
    [
        (401, "Unauthorized", AuthorizationNeeded),
        (404, "Not Found", AuthorizationNeeded),
        (403, "Forbidden: bot was blocked by the user", Unreachable),
        (403, "Forbidden: user is deactivated", Unreachable),
        (403, "Forbidden: bot can't initiate conversation with a user", Unreachable),
        (403, "Forbidden: something new", Unreachable),
        (400, "Bad Request: chat not found", Unreachable),
        (400, "Bad Request: message thread not found", Unreachable),
        (400, "Bad Request: message text is empty", Rejected),
        (400, "Bad Request: not enough rights to send text messages to the chat", Rejected),
        (409, "Conflict: something", Rejected),
        (502, "Bad Gateway", Uncertain),
        (503, "Service Unavailable", Transient),
    ],
)
def test_refusals_mean_what_the_documents_say(status: int, description: str, kind: type[DeliveryError]) -> None:
    harness = TelegramHarness()
    harness.http = RecordingHttp(refused(status, description))  # type: ignore[assignment]
    with pytest.raises(kind) as caught:
        harness.deliver("5", Text(text="private words"))
    assert type(caught.value) is kind
    for hidden in ("private words", harness.token, description.partition(": ")[2] or "?"):
        assert hidden not in str(caught.value)


def test_a_wait_is_as_long_as_telegram_asks() -> None:
    harness = TelegramHarness()
    harness.http = RecordingHttp(refused(429, "Too Many Requests: retry after 17", retry_after=17))  # type: ignore[assignment]
    with pytest.raises(Transient) as caught:
        harness.deliver("5", Text(text="words"))
    assert caught.value.retry_after == 17


def test_what_cannot_be_shown_as_it_should_goes_once_more_in_plain_words(
    harness: TelegramHarness, person: Person
) -> None:
    for problem in ("can't parse entities: unsupported", "BUTTON_DATA_INVALID", "wrong HTTP URL specified"):
        body = json.dumps({"ok": False, "error_code": 400, "description": f"Bad Request: {problem}"})
        harness.telegram.fail_next(Fault(status=400, body=body.encode(), where="sendMessage"))
        harness.deliver(person, Text(text="1 < 2"), Button(label="Yes", payload="y"))
        line = harness.last(person)
        assert (line["text"], line["buttons"], line["entities"]) == ("Ana <3\n1 < 2\n• Yes", [], [])


def test_the_longest_text_fits_in_plain_words_too(harness: TelegramHarness, person: Person) -> None:
    text = "&" * spec.CAPABILITIES.text_limit
    body = json.dumps({"ok": False, "error_code": 400, "description": "Bad Request: can't parse entities"})
    harness.telegram.fail_next(Fault(status=400, body=body.encode(), where="sendMessage"))
    harness.deliver(person, Text(text=text), sender=Sender(role=AGENT.role, name="N" * 200))
    assert harness.last(person)["text"].endswith(f"…\n{text}")


def test_who_has_blocked_the_bot_is_unreachable(harness: TelegramHarness, person: Person) -> None:
    harness.telegram.block(person.id)
    with pytest.raises(Unreachable, match="blocked the bot"):
        harness.deliver(person, Text(text="hello"))
