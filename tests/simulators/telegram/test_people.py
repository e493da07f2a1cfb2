"""What people do on the simulated Telegram reaches a bot as it would from the real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from playground.page_arguments import ChosenFile
from playground.services.telegram import Telegram
from playground.services.telegram.records import Person
from tests.simulators.telegram.scene import ALL_KINDS, BUTTONS, PHOTO, Scene


@pytest.fixture
def scene() -> Scene:
    return Scene.connected()


@pytest.fixture
def maya(scene: Scene) -> Person:
    return scene.meet()


def test_start_brings_the_payload_of_the_link(scene: Scene) -> None:
    person = scene.telegram.new_person("Zoë Keller", username="zoe_k", language="de")
    scene.telegram.start(person.id, "booking-17")
    (update,) = scene.settle()
    message = update["message"]
    assert message["text"] == "/start booking-17"
    assert message["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert message["from"] == {
        "id": person.id,
        "is_bot": False,
        "first_name": "Zoë",
        "last_name": "Keller",
        "username": "zoe_k",
        "language_code": "de",
    }
    assert message["chat"] == {
        "id": person.id,
        "first_name": "Zoë",
        "last_name": "Keller",
        "username": "zoe_k",
        "type": "private",
    }
    with pytest.raises(ValueError, match="64 letters"):
        scene.telegram.start(person.id, "not allowed!")


def file(name: str, content_type: str) -> ChosenFile:
    return ChosenFile(name=name, content_type=content_type, data=b"12345", caption="look")


SENT: list[tuple[Callable[[Telegram, int], object], str, dict[str, Any]]] = [
    (lambda t, who: t.write(who, "Grüße 👋"), "text", {}),
    (lambda t, who: t.send_file(who, file("a.mp4", "video/mp4")), "video", {"file_name": "a.mp4", "file_size": 5}),
    (lambda t, who: t.send_file(who, file("a.mp3", "audio/mpeg")), "audio", {"file_name": "a.mp3", "duration": 3}),
    (lambda t, who: t.send_file(who, file("a.pdf", "application/pdf")), "document", {"mime_type": "application/pdf"}),
    (
        lambda t, who: t.send_file(who, file("a.ogg", "audio/ogg"), "voice", {"duration": 7}),
        "voice",
        {"mime_type": "audio/ogg", "duration": 7},
    ),
    (lambda t, who: t.send_file(who, file("a.mp4", "video/mp4"), "video_note"), "video_note", {"length": 240}),
    (lambda t, who: t.send_sticker(who, "😀", b"webp"), "sticker", {"emoji": "😀", "is_animated": False}),
    (lambda t, who: t.send_location(who, 59.3, 18.1), "location", {"latitude": 59.3, "longitude": 18.1}),
    (lambda t, who: t.send_contact(who, "Bo Ek", "+4670"), "contact", {"first_name": "Bo", "last_name": "Ek"}),
]


@pytest.mark.parametrize(("send", "kind", "facts"), SENT, ids=[kind for _, kind, _ in SENT])
def test_every_kind_of_message_arrives(
    scene: Scene, maya: Person, send: Callable[[Telegram, int], object], kind: str, facts: dict[str, Any]
) -> None:
    send(scene.telegram, maya.id)
    (update,) = scene.settle()
    content = update["message"][kind]
    assert content == "Grüße 👋" or facts.items() <= content.items()
    line = scene.phone(maya)[-1]
    assert (line["author"], line["error"]) == ("customer", "")
    assert line["text"] or line["attachment"] or line["location"]


def test_a_photo_comes_in_sizes_and_the_last_is_the_whole_one(scene: Scene, maya: Person) -> None:
    scene.telegram.send_file(maya.id, PHOTO)
    (update,) = scene.settle()
    message = update["message"]
    assert message["caption"] == "my car"
    small, large = message["photo"]
    assert small["width"] < large["width"]
    assert download(scene, small) != b"jpeg"
    assert download(scene, large) == b"jpeg"
    assert "file_name" not in large


def download(scene: Scene, file: dict[str, Any]) -> bytes:
    found = scene.ok("getFile", file_id=file["file_id"])
    assert found["file_unique_id"] == file["file_unique_id"]
    answer = scene.client.get(f"/file/bot{scene.telegram.bot.token}/{found['file_path']}")
    assert answer.content_type == "application/octet-stream"
    return bytes(answer.data)


def test_an_animation_comes_as_a_document_too(scene: Scene, maya: Person) -> None:
    scene.telegram.send_file(maya.id, file("a.gif", "image/gif"))
    (update,) = scene.settle()
    assert update["message"]["animation"]["file_id"] == update["message"]["document"]["file_id"]


def test_a_venue_has_its_location_twice(scene: Scene, maya: Person) -> None:
    scene.telegram.send_venue(maya.id, 47.4, 8.5, "Main station", "Bahnhofplatz 1")
    (update,) = scene.settle()
    assert update["message"]["venue"]["location"] == update["message"]["location"]
    assert scene.phone(maya)[-1]["text"] == "Main station\nBahnhofplatz 1"


def test_the_parts_of_an_album_are_messages_of_their_own_in_order(scene: Scene, maya: Person) -> None:
    plain = ChosenFile(name="b.jpg", content_type="image/jpeg", data=b"2")
    scene.telegram.send_album(maya.id, [PHOTO, plain, file("c.mp4", "video/mp4")])
    messages = [update["message"] for update in scene.settle()]
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [message.get("caption") for message in messages] == ["my car", None, "look"]
    numbers = [message["message_id"] for message in messages]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    with pytest.raises(ValueError, match="2 to 10"):
        scene.telegram.send_album(maya.id, [PHOTO])


def test_formatted_words_have_entities(scene: Scene, maya: Person) -> None:
    scene.telegram.write_formatted(maya.id, "👋 <b>now</b> <a href='https://a.test'>here</a>")
    (update,) = scene.settle()
    assert update["message"]["text"] == "👋 now here"
    assert update["message"]["entities"] == [
        {"type": "bold", "offset": 3, "length": 3},
        {"type": "text_link", "offset": 7, "length": 4, "url": "https://a.test"},
    ]


def test_what_telegram_finds_in_a_text(scene: Scene, maya: Person) -> None:
    scene.telegram.write(maya.id, "/help 👋 @shop_bot me@shop.com see https://shop.com/a#b, #sale")
    (update,) = scene.settle()
    found = [(each["type"], each["offset"], each["length"]) for each in update["message"]["entities"]]
    assert found == [
        ("bot_command", 0, 5),
        ("mention", 9, 9),
        ("email", 19, 11),
        ("url", 35, 20),
        ("hashtag", 57, 5),
    ]


def test_an_edit_is_the_same_message_with_another_text(scene: Scene, maya: Person) -> None:
    written = scene.telegram.write(maya.id, "Is 10:30 free?")
    scene.time.advance(5)
    scene.telegram.edit(maya.id, written.id, "Is 11:00 free?")
    first, second = (update for update in scene.settle())
    edited = second["edited_message"]
    assert (edited["message_id"], edited["text"]) == (first["message"]["message_id"], "Is 11:00 free?")
    assert edited["edit_date"] == edited["date"] + 5
    assert scene.phone(maya)[-1]["edited"]
    photo = scene.telegram.send_file(maya.id, PHOTO)
    scene.telegram.edit(maya.id, photo.id, "our car")
    assert scene.settle()[-1]["edited_message"]["caption"] == "our car"
    with pytest.raises(ValueError, match="only your own"):
        scene.telegram.edit(maya.id, scene.ok("sendMessage", chat_id=maya.id, text="x")["message_id"], "y")
    with pytest.raises(KeyError):
        scene.telegram.edit(maya.id, 999, "y")
    with pytest.raises(ValueError, match="no text"):
        scene.telegram.edit(maya.id, scene.telegram.send_location(maya.id, 1, 2).id, "x")


def test_an_answer_names_the_message_and_the_words_it_quotes(scene: Scene, maya: Person) -> None:
    asked = scene.ok("sendMessage", chat_id=maya.id, text="👋 10:30 or 11:00?")
    scene.telegram.write(maya.id, "the second", reply_to=asked["message_id"], quote="11:00")
    (update,) = scene.settle()
    assert update["message"]["reply_to_message"]["message_id"] == asked["message_id"]
    assert update["message"]["quote"] == {"text": "11:00", "position": 12, "is_manual": True}
    line = scene.phone(maya)[-1]
    assert line["reply_to"] == {"id": str(asked["message_id"]), "author": "agent", "text": "11:00"}


def test_reactions_come_if_they_are_asked_for(scene: Scene, maya: Person) -> None:
    asked = scene.ok("sendMessage", chat_id=maya.id, text="OK?")
    for emoji in ("👍", "👍", "❤", ""):
        scene.telegram.react(maya.id, asked["message_id"], emoji)
    changes = [
        [[each["emoji"] for each in update["message_reaction"][name]] for name in ("old_reaction", "new_reaction")]
        for update in scene.settle()
    ]
    assert changes == [[[], ["👍"]], [["👍"], ["❤"]], [["❤"], []]]
    with pytest.raises(ValueError, match="no such reaction"):
        scene.telegram.react(maya.id, asked["message_id"], "🐌")
    scene.ok("setWebhook", url="https://bridge.test/telegram/hook", allowed_updates=[])
    scene.telegram.react(maya.id, asked["message_id"], "🔥")
    assert scene.settle() == []
    assert scene.phone(maya)[-1]["reactions"] == [{"emoji": "🔥", "author": "customer"}]


def test_the_documentation_says_that_private_reactions_are_not_reported(scene: Scene, maya: Person) -> None:
    scene.telegram.quirks.reports_private_reactions = False
    scene.telegram.react(maya.id, scene.last(maya).id, "👍")
    assert scene.settle() == []


def test_a_button_waits_until_its_tap_is_answered(scene: Scene, maya: Person) -> None:
    asked = scene.ok("sendMessage", chat_id=maya.id, text="Which time?", reply_markup=BUTTONS)
    scene.telegram.tap(maya.id, asked["message_id"], 0)
    (update,) = scene.settle()
    query = update["callback_query"]
    assert (query["data"], query["message"]["text"], query["from"]["id"]) == ("slot-1030", "Which time?", maya.id)
    assert scene.phone(maya)[-1]["waiting"]
    assert scene.ok("answerCallbackQuery", callback_query_id=query["id"], text="Booked") is True
    *_, line, note = scene.phone(maya)
    assert (line["waiting"], note["author"], note["text"]) == (False, "system", "Booked")


def test_a_tap_is_too_old_after_a_while(scene: Scene, maya: Person) -> None:
    asked = scene.ok("sendMessage", chat_id=maya.id, text="Which time?", reply_markup=BUTTONS)
    scene.telegram.tap(maya.id, asked["message_id"], 0)
    (update,) = scene.settle()
    scene.time.advance(150)
    refusal = scene.refused("answerCallbackQuery", callback_query_id=update["callback_query"]["id"])
    assert refusal.startswith("400 query is too old")
    assert scene.refused("answerCallbackQuery", callback_query_id="17").startswith("400 query is too old")
    scene.telegram.tap(maya.id, asked["message_id"], 0)
    (update,) = scene.settle()
    answer = {"callback_query_id": update["callback_query"]["id"], "text": "x" * 201}
    assert scene.refused("answerCallbackQuery", **answer) == "400 MESSAGE_TOO_LONG"


def test_a_tap_may_be_on_a_message_that_the_bot_cannot_see_any_more(scene: Scene, maya: Person) -> None:
    asked = scene.ok("sendMessage", chat_id=maya.id, text="Which time?", reply_markup=BUTTONS)
    scene.telegram.quirks.forgets_messages = True
    scene.telegram.tap(maya.id, asked["message_id"], 0)
    scene.telegram.quirks.forgets_messages = False
    scene.ok("deleteMessage", chat_id=maya.id, message_id=asked["message_id"])
    scene.telegram.tap(maya.id, asked["message_id"], 0)
    for update in scene.settle():
        assert update["callback_query"]["message"] == {
            "message_id": asked["message_id"],
            "chat": asked["chat"],
            "date": 0,
        }


def test_contents_of_any_other_kind(scene: Scene, maya: Person) -> None:
    scene.telegram.send_other(maya.id, {"dice": {"emoji": "🎲", "value": 3}})
    scene.telegram.send_other(
        maya.id,
        {"text": "fwd", "forward_origin": {"type": "hidden_user", "date": 1_767_600_000, "sender_user_name": "Bo"}},
    )
    dice, forwarded = (update["message"] for update in scene.settle())
    assert dice["dice"]["value"] == 3
    assert forwarded["forward_origin"]["sender_user_name"] == "Bo"


def test_a_reply_keyboard_writes_its_words_or_shares_what_it_asks_for(scene: Scene, maya: Person) -> None:
    keys = [
        [{"text": "Hello"}],
        [{"text": "Phone", "request_contact": True}, {"text": "Here", "request_location": True}],
    ]
    first = scene.ok("sendMessage", chat_id=maya.id, text="?", reply_markup={"keyboard": keys})
    for button in range(3):
        scene.telegram.tap(maya.id, first["message_id"], button)
    messages = [update["message"] for update in scene.settle()]
    assert messages[0]["text"] == "Hello"
    assert messages[1]["contact"]["user_id"] == maya.id
    assert "location" in messages[2]
    once = {"keyboard": [[{"text": "Once"}]], "one_time_keyboard": True}
    second = scene.ok("sendMessage", chat_id=maya.id, text="?", reply_markup=once)
    assert scene.phone(maya)[-1]["buttons"] == [{"label": "Once", "url": None}]
    scene.telegram.tap(maya.id, second["message_id"], 0)
    with pytest.raises(KeyError, match="another keyboard"):
        scene.telegram.tap(maya.id, second["message_id"], 0)
    scene.ok("sendMessage", chat_id=maya.id, text="?", reply_markup={"keyboard": keys})
    scene.ok("sendMessage", chat_id=maya.id, text="!", reply_markup={"remove_keyboard": True})
    with pytest.raises(KeyError, match="another keyboard"):
        scene.telegram.tap(maya.id, first["message_id"], 0)


def test_somebody_stops_the_bot_and_starts_it_again(scene: Scene, maya: Person) -> None:
    scene.telegram.block(maya.id)
    (update,) = scene.settle()
    change = update["my_chat_member"]
    assert (change["old_chat_member"]["status"], change["new_chat_member"]["status"]) == ("member", "kicked")
    assert scene.refused("sendMessage", chat_id=maya.id, text="x") == "403 bot was blocked by the user"
    assert scene.refused("sendChatAction", chat_id=maya.id, action="typing").startswith("403")
    scene.telegram.unblock(maya.id)
    scene.ok("sendMessage", chat_id=maya.id, text="welcome back")
    scene.telegram.block(maya.id)
    scene.telegram.start(maya.id)
    kinds = [next(key for key in ALL_KINDS if key in update) for update in scene.settle()]
    assert sorted(kinds) == ["message", "my_chat_member", "my_chat_member", "my_chat_member"]


def test_nobody_can_be_written_to_before_they_start(scene: Scene) -> None:
    stranger = scene.telegram.new_person("Noor")
    assert scene.refused("sendMessage", chat_id=stranger.id, text="x") == "400 chat not found"
    scene.telegram.new_group("Team", stranger)
    assert scene.refused("sendMessage", chat_id=stranger.id, text="x").startswith("403 bot can't initiate")


def test_a_deleted_account_shows_with_the_next_message(scene: Scene, maya: Person) -> None:
    scene.telegram.delete_account(maya.id)
    assert scene.settle() == []
    assert scene.refused("sendMessage", chat_id=maya.id, text="x") == "403 user is deactivated"


def test_what_people_delete_the_bot_does_not_hear_of(scene: Scene, maya: Person) -> None:
    written = scene.telegram.write(maya.id, "oops")
    scene.settle()
    scene.telegram.delete(maya.id, written.id)
    assert "oops" not in str(scene.phone(maya))
    scene.telegram.clear_chat(maya.id)
    assert scene.settle() == []
    assert scene.phone(maya) == []
    scene.ok("sendMessage", chat_id=maya.id, text="still here")
    assert [line["text"] for line in scene.phone(maya)] == ["still here"]


def test_a_file_is_there_for_an_hour_and_up_to_20_megabytes(scene: Scene, maya: Person) -> None:
    scene.telegram.send_large_file(maya.id, "film.mkv", "video/x-matroska", 20 * 1024 * 1024 + 1)
    scene.telegram.send_file(maya.id, file("Ünï.pdf", "application/pdf"))
    large, small = (update["message"]["document"] for update in scene.settle())
    assert scene.refused("getFile", file_id=large["file_id"]) == "400 file is too big"
    assert scene.refused("getFile", file_id="BQACnothing").startswith("400 wrong file_id")
    path = scene.ok("getFile", file_id=small["file_id"])["file_path"]
    assert scene.client.get(f"/file/bot1:wrong/{path}").status_code == 401
    address = f"/file/bot{scene.telegram.bot.token}/{path}"
    assert scene.client.get(address).data == b"12345"
    scene.time.advance(3600)
    assert scene.client.get(address).status_code == 404
