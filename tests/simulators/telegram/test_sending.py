"""Everything that a bot may send is shown on the simulated phone."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.telegram.records import Person
from tests.simulators.telegram.scene import BUTTONS, PHOTO, Scene

MEGABYTE = 1024 * 1024
PDF = (b"%PDF", "offer.pdf", "application/pdf")
JPEG = (b"jpeg", "car.jpg", "image/jpeg")
HOSTED = "https://bridge.test/media"


@pytest.fixture
def scene() -> Scene:
    return Scene.connected()


@pytest.fixture
def maya(scene: Scene) -> Person:
    return scene.meet()


def test_a_text_is_shown_with_its_entities_and_buttons(scene: Scene, maya: Person) -> None:
    sent = scene.ok(
        "sendMessage",
        chat_id=str(maya.id),
        text="<b>Anna</b>\nWhich time? See shop.com",
        parse_mode="HTML",
        reply_markup=BUTTONS,
    )
    line = scene.phone(maya)[-1]
    assert (line["id"], line["author"], line["name"]) == (str(sent["message_id"]), "agent", "Patchbay Demo")
    assert line["text"] == "Anna\nWhich time? See shop.com"
    assert line["entities"] == [
        {"type": "bold", "offset": 0, "length": 4},
        {"type": "url", "offset": 21, "length": 8},
    ]
    assert line["buttons"] == [{"label": "10:30", "url": None}]
    assert sent["reply_markup"] == BUTTONS


def test_entities_may_be_given_in_place_of_markup(scene: Scene, maya: Person) -> None:
    entities = [{"type": "text_link", "offset": 0, "length": 2, "url": "https://a.test"}]
    sent = scene.ok("sendMessage", chat_id=maya.id, text="go!", entities=entities)
    assert sent["entities"] == entities


@pytest.mark.parametrize(
    ("method", "field", "file", "shown"),
    [
        ("sendPhoto", "photo", JPEG, {"kind": "image"}),
        ("sendVideo", "video", (b"mp4", "a.mp4", "video/mp4"), {"kind": "video", "name": "a.mp4"}),
        ("sendVideo", "video", (b"mov", "a.mov", "video/quicktime"), {"kind": "file", "name": "a.mov"}),
        ("sendAnimation", "animation", (b"gif", "a.gif", "image/gif"), {"kind": "image"}),
        ("sendAudio", "audio", (b"mp3", "a.mp3", "audio/mpeg"), {"kind": "audio"}),
        ("sendAudio", "audio", (b"wav", "a.wav", "audio/wav"), {"kind": "file"}),
        ("sendVoice", "voice", (b"ogg", "a.ogg", "audio/ogg"), {"kind": "audio", "duration": 3}),
        ("sendVoice", "voice", (b"wav", "a.wav", "audio/wav"), {"kind": "file"}),
        ("sendVideoNote", "video_note", (b"mp4", "a.mp4", "video/mp4"), {"kind": "video"}),
        ("sendDocument", "document", PDF, {"kind": "file", "name": "offer.pdf", "size": 4}),
        ("sendSticker", "sticker", (b"webp", "a.webp", "image/webp"), {"kind": "image"}),
        ("sendDocument", "document", (b"%PDF", "offer.pdf", "application/octet-stream"), {"kind": "file"}),
    ],
)
def test_uploads(
    scene: Scene, maya: Person, method: str, field: str, file: tuple[bytes, str, str], shown: dict[str, Any]
) -> None:
    answer = scene.upload(method, {field: file}, chat_id=maya.id)
    assert answer["ok"], answer
    attachment = scene.phone(maya)[-1]["attachment"]
    assert shown.items() <= attachment.items()
    served = scene.client.get(attachment["url"].removeprefix(scene.telegram.base_url))
    assert served.data == file[0]


def test_a_file_may_be_sent_again_by_its_id(scene: Scene, maya: Person) -> None:
    first = scene.upload("sendPhoto", {"photo": JPEG}, chat_id=maya.id, caption="look")["result"]
    file_id = first["photo"][-1]["file_id"]
    again = scene.ok("sendPhoto", chat_id=maya.id, photo=file_id, caption="<i>again</i>", parse_mode="HTML")
    assert again["caption"] == "again"
    assert again["photo"][-1] == first["photo"][-1]
    assert scene.refused("sendDocument", chat_id=maya.id, document=file_id) == "400 type of file mismatch"
    assert scene.refused("sendPhoto", chat_id=maya.id, photo="AgACx").startswith("400 wrong file identifier")


@pytest.mark.parametrize(
    ("method", "field", "file", "status", "refusal"),
    [
        ("sendPhoto", "photo", (b"x" * (10 * MEGABYTE + 1), "a.jpg", "image/jpeg"), 400, "too big for a photo"),
        ("sendPhoto", "photo", PDF, 400, "IMAGE_PROCESS_FAILED"),
        ("sendPhoto", "photo", (b"", "a.jpg", "image/jpeg"), 400, "file must be non-empty"),
        ("sendPhoto", "file", JPEG, 400, 'parameter "photo" is required'),
        ("sendDocument", "document", (b"x" * (50 * MEGABYTE + 1), "a.bin", "application/zip"), 413, ""),
    ],
)
def test_uploads_that_are_refused(
    scene: Scene, maya: Person, method: str, field: str, file: tuple[bytes, str, str], status: int, refusal: str
) -> None:
    answer = scene.upload(method, {field: file}, chat_id=maya.id)
    assert answer["error_code"] == status
    assert refusal in answer["description"]


def test_an_upload_may_be_named_in_the_field(scene: Scene, maya: Person) -> None:
    assert scene.upload("sendPhoto", {"mine": JPEG}, chat_id=maya.id, photo="attach://mine")["ok"]
    refused = scene.upload("sendPhoto", {"mine": JPEG}, chat_id=maya.id, photo="attach://yours")
    assert refused["description"] == "Bad Request: no parameter of sendPhoto names the file 'mine'"
    refused = scene.upload("sendPhoto", {}, chat_id=maya.id, photo="attach://yours")
    assert refused["description"] == "Bad Request: there is no photo in the request"


@pytest.mark.parametrize(
    ("method", "field", "name", "content_type", "size", "refusal"),
    [
        ("sendPhoto", "photo", "a.jpg", "image/jpeg", 10, ""),
        ("sendPhoto", "photo", "a.jpg", "image/jpeg", 5 * MEGABYTE + 1, "failed to get HTTP URL content"),
        ("sendPhoto", "photo", "a.jpg", "text/html", 10, "wrong type of the web page content"),
        ("sendVideo", "video", "a.mp4", "video/mp4", 20 * MEGABYTE + 1, "failed to get HTTP URL content"),
        ("sendDocument", "document", "a.pdf", "application/pdf", 10, ""),
        ("sendDocument", "document", "a.docx", "application/msword", 10, "wrong type of the web page content"),
        ("sendVideoNote", "video_note", "a.mp4", "video/mp4", 10, "video notes can't be sent by URL"),
    ],
)
def test_files_by_address(
    scene: Scene, maya: Person, method: str, field: str, name: str, content_type: str, size: int, refusal: str
) -> None:
    scene.telegram.fetch = lambda url: (b"x" * size, content_type) if url.startswith(HOSTED) else None
    answer = scene.call(method, chat_id=maya.id, **{field: f"{HOSTED}/{name}"})
    assert answer["ok"] == (not refusal), answer
    assert not refusal or answer["description"] == f"Bad Request: {refusal}"
    if not refusal:
        gone = scene.call(method, chat_id=maya.id, **{field: "https://elsewhere.test/a.pdf"})
        assert gone["description"] == "Bad Request: failed to get HTTP URL content"


def test_files_by_address_that_nobody_here_reads_are_shown_from_there(scene: Scene, maya: Person) -> None:
    scene.ok("sendPhoto", chat_id=maya.id, photo=f"{HOSTED}/a.jpg")
    assert scene.phone(maya)[-1]["attachment"]["url"] == f"{HOSTED}/a.jpg"
    scene.telegram.quirks.unfetchable.add(f"{HOSTED}/a.jpg")
    assert scene.refused("sendPhoto", chat_id=maya.id, photo=f"{HOSTED}/a.jpg").startswith("400 failed to get")


def test_captions_have_1024_units(scene: Scene, maya: Person) -> None:
    scene.ok("sendPhoto", chat_id=maya.id, photo=f"{HOSTED}/a.jpg", caption="😀" * 512)
    refusal = scene.refused("sendPhoto", chat_id=maya.id, photo=f"{HOSTED}/a.jpg", caption="😀" * 512 + "x")
    assert refusal == "400 message caption is too long"
    assert "does not know" not in refusal
    assert scene.refused("sendSticker", chat_id=maya.id, sticker="x", caption="x").endswith("of sendSticker")


# --- albums ----------------------------------------------------------------------------------------------------------


def photo(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "photo", "media": f"{HOSTED}/{number}.jpg", **more}


def test_an_album_is_several_messages(scene: Scene, maya: Person) -> None:
    video = {"type": "video", "media": f"{HOSTED}/b.mp4"}
    sent = scene.ok("sendMediaGroup", chat_id=maya.id, media=[photo(1, caption="both"), video])
    assert len({message["media_group_id"] for message in sent}) == 1
    lines = scene.phone(maya)[-2:]
    assert [line["text"] for line in lines] == ["both", ""]
    assert [line["attachment"]["kind"] for line in lines] == ["image", "video"]


def test_the_files_of_an_album_may_be_uploaded(scene: Scene, maya: Person) -> None:
    media = [{"type": "document", "media": f"attach://{name}"} for name in ("one", "two")]
    answer = scene.upload("sendMediaGroup", {"one": PDF, "two": PDF}, chat_id=maya.id, media=media)
    assert [message["document"]["file_name"] for message in answer["result"]] == ["offer.pdf"] * 2


def test_each_file_of_an_album_counts_for_the_limits(scene: Scene, maya: Person) -> None:
    scene.telegram.quirks.limits = True
    group = scene.telegram.new_group("Friends", maya)
    for second in range(2):
        scene.ok("sendMediaGroup", chat_id=group.id, media=[photo(number) for number in range(9)])
        scene.time.advance(1 + second)
    refusal = scene.refused("sendMediaGroup", chat_id=group.id, media=[photo(number) for number in range(3)])
    assert refusal == "429 retry after 57"
    scene.ok("sendMediaGroup", chat_id=group.id, media=[photo(1), photo(2)])


@pytest.mark.parametrize(
    ("media", "refusal"),
    [
        ([photo(1)], "media group must include 2-10 items"),
        ([photo(1)] * 11, "media group must include 2-10 items"),
        ([photo(1), {"type": "audio", "media": f"{HOSTED}/a.mp3"}], "can't use the media of the specified type"),
        ([photo(1), {"type": "animation", "media": f"{HOSTED}/a.mp4"}], "can't parse InputMedia"),
        ([photo(1), photo(2, performer="me")], "the simulator knows no field 'performer' of a photo"),
        ([photo(1), {"type": "photo"}], 'can\'t find field "media" in InputMedia'),
        ([photo(1), photo(2, caption="x" * 1025)], "message caption is too long"),
        (
            [{"type": "audio", "media": f"{HOSTED}/{number}.ogg"} for number in "ab"],
            "can't use the media of the specified type",
        ),
    ],
)
def test_albums_that_are_refused_are_not_sent_in_part(
    scene: Scene, maya: Person, media: list[dict[str, Any]], refusal: str
) -> None:
    before = len(scene.chat(maya).messages)
    assert scene.refused("sendMediaGroup", chat_id=maya.id, media=media).startswith(f"400 {refusal}")
    assert len(scene.chat(maya).messages) == before
    unwanted = scene.refused("sendMediaGroup", chat_id=maya.id, media=media, reply_markup=BUTTONS)
    assert unwanted == "400 the simulator knows no parameter 'reply_markup' of sendMediaGroup"


# --- the rest --------------------------------------------------------------------------------------------------------


def test_places_and_people(scene: Scene, maya: Person) -> None:
    scene.ok("sendLocation", chat_id=maya.id, latitude=47.4, longitude=8.5, live_period=60)
    scene.ok("sendVenue", chat_id=maya.id, latitude=47.4, longitude=8.5, title="Station", address="Bahnhofplatz 1")
    scene.ok("sendContact", chat_id=maya.id, phone_number="+4670", first_name="Bo", last_name="Ek", vcard="BEGIN:VCARD")
    location, venue, contact = scene.phone(maya)[-3:]
    assert location["location"] == {"latitude": 47.4, "longitude": 8.5}
    assert (venue["text"], venue["form"]) == ("Station\nBahnhofplatz 1", "venue")
    assert contact["text"] == "Bo Ek: +4670"


def test_typing_is_shown_for_five_seconds_or_until_the_message(scene: Scene, maya: Person) -> None:
    def shown() -> list[dict[str, Any]]:
        people = scene.telegram.view()["people"]
        assert isinstance(people, list)
        actions: list[dict[str, Any]] = people[0]["actions"]
        return actions

    scene.ok("sendChatAction", chat_id=maya.id, action="typing")
    assert shown() == [{"action": "typing", "topic": 0}]
    scene.time.advance(5)
    assert shown() == []
    scene.ok("sendChatAction", chat_id=maya.id, action="upload_photo")
    scene.ok("sendMessage", chat_id=maya.id, text="x")
    assert shown() == []


def test_an_answer_shows_what_it_quotes(scene: Scene, maya: Person) -> None:
    written = scene.telegram.write(maya.id, "10:30 or 11:00?")
    sent = scene.ok(
        "sendMessage", chat_id=maya.id, text="yes", reply_parameters={"message_id": written.id, "quote": "11:00"}
    )
    assert sent["reply_to_message"]["text"] == "10:30 or 11:00?"
    assert scene.phone(maya)[-1]["reply_to"] == {"id": str(written.id), "author": "customer", "text": "11:00"}


def test_edits_show_and_take_buttons_away_unless_they_are_repeated(scene: Scene, maya: Person) -> None:
    sent = scene.ok("sendMessage", chat_id=maya.id, text="old", reply_markup=BUTTONS)
    place = {"chat_id": maya.id, "message_id": sent["message_id"]}
    scene.time.advance(60)
    edited = scene.ok("editMessageText", **place, text="<b>new</b>", parse_mode="HTML", reply_markup=BUTTONS)
    assert edited["edit_date"] == edited["date"] + 60
    refusal = scene.refused("editMessageText", **place, text="<b>new</b>", parse_mode="HTML", reply_markup=BUTTONS)
    assert refusal.startswith("400 message is not modified: specified new message content")
    line = scene.phone(maya)[-1]
    assert (line["text"], line["edited"], len(line["buttons"])) == ("new", True, 1)
    scene.ok("editMessageReplyMarkup", **place)
    assert scene.phone(maya)[-1]["buttons"] == []
    assert scene.refused("editMessageCaption", **place, caption="x").endswith("no caption in the message to edit")
    assert scene.settle() == [], "a bot gets no update about its own edits"


def test_a_caption_can_be_edited_and_taken_away(scene: Scene, maya: Person) -> None:
    sent = scene.ok("sendPhoto", chat_id=maya.id, photo=f"{HOSTED}/a.jpg", caption="old")
    place = {"chat_id": maya.id, "message_id": sent["message_id"]}
    assert scene.ok("editMessageCaption", **place, caption="new")["caption"] == "new"
    assert "caption" not in scene.ok("editMessageCaption", **place)
    assert scene.refused("editMessageText", **place, text="x").endswith("no text in the message to edit")


def test_messages_can_be_deleted_for_48_hours(scene: Scene, maya: Person) -> None:
    written = scene.telegram.write(maya.id, "mine")
    sent = [scene.ok("sendMessage", chat_id=maya.id, text=str(number))["message_id"] for number in range(4)]
    scene.ok("deleteMessage", chat_id=maya.id, message_id=sent[0])
    scene.ok("deleteMessage", chat_id=maya.id, message_id=written.id)
    scene.ok("deleteMessages", chat_id=maya.id, message_ids=[sent[0], sent[1], 999])
    assert [line["text"] for line in scene.phone(maya)][1:] == ["2", "3"]
    assert scene.refused("deleteMessage", chat_id=maya.id, message_id=sent[0]) == "400 message to delete not found"
    assert scene.refused("editMessageText", chat_id=maya.id, message_id=sent[0], text="x").endswith("edit not found")
    scene.time.advance(48 * 3600)
    assert scene.refused("deleteMessage", chat_id=maya.id, message_id=sent[2]) == "400 message can't be deleted"
    assert scene.refused("deleteMessages", chat_id=maya.id, message_ids=sent[2:]) == "400 message can't be deleted"


def test_a_bot_reacts_with_one_emoji_and_takes_it_back(scene: Scene, maya: Person) -> None:
    written = scene.telegram.send_file(maya.id, PHOTO)
    place = {"chat_id": maya.id, "message_id": written.id}
    scene.ok("setMessageReaction", **place, reaction=[{"type": "emoji", "emoji": "👍"}])
    scene.ok("setMessageReaction", **place, reaction=[{"type": "emoji", "emoji": "❤"}])
    assert scene.phone(maya)[-1]["reactions"] == [{"emoji": "❤", "author": "agent"}]
    assert scene.refused("setMessageReaction", **place, reaction=[{"type": "emoji", "emoji": "x"}])
    assert len(scene.phone(maya)[-1]["reactions"]) == 1
    scene.ok("setMessageReaction", **place, reaction=[])
    assert scene.phone(maya)[-1]["reactions"] == []
    scene.settle()


def test_what_a_bot_knows_of_itself_and_of_people(scene: Scene, maya: Person) -> None:
    me = scene.ok("getMe")
    assert (me["is_bot"], me["username"]) == (True, "patchbay_demo_bot")
    assert scene.ok("getChat", chat_id=maya.id)["first_name"] == "Maya"
    assert scene.ok("getUserProfilePhotos", user_id=maya.id) == {"total_count": 0, "photos": []}
    assert scene.refused("getUserProfilePhotos", user_id=1) == "400 user not found"
