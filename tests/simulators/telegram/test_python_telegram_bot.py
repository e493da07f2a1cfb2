"""python-telegram-bot works with the simulated Telegram: what it believes of Telegram, we believe too."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from typing import Any

import pytest
import telegram
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter
from telegram.request import HTTPXRequest
from werkzeug.serving import make_server

from playground.services.telegram import DEMO_TOKEN
from playground.services.telegram.records import Person
from playground.services.telegram.schema import CHAT_ACTIONS, MEDIA_FIELDS, METHODS, REACTIONS, TYPES
from tests.simulators.telegram.scene import HOOK, SECRET, Scene


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """The simulator behind a real HTTP server, which is where the library calls."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # it warns of whole seconds, which will go
    made = Scene()
    server = make_server("127.0.0.1", 0, made.telegram.app, threaded=True)
    made.telegram.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def maya(scene: Scene) -> Person:
    return scene.meet()


def run(scene: Scene, work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)
    scene.settle()


def make_bot(scene: Scene, token: str = DEMO_TOKEN) -> telegram.Bot:
    url = scene.telegram.base_url
    request = HTTPXRequest(httpx_kwargs={"trust_env": False})
    return telegram.Bot(token, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot", request=request)


def test_the_library_connects_writes_edits_and_deletes(scene: Scene, maya: Person) -> None:
    async def work() -> None:
        async with make_bot(scene) as bot:
            assert bot.username == "patchbay_demo_bot"
            assert await bot.set_webhook(HOOK, secret_token=SECRET, allowed_updates=["message", "callback_query"])
            info = await bot.get_webhook_info()
            assert (info.url, sorted(info.allowed_updates)) == (HOOK, ["callback_query", "message"])
            person = await bot.get_chat(maya.id)
            assert (person.full_name, person.api_kwargs) == ("Maya Chen", {})
            assert (await bot.get_user_profile_photos(maya.id)).total_count == 0
            await bot.send_chat_action(maya.id, "typing")
            keyboard = telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("10:30", callback_data="s")]])
            sent = await bot.send_message(maya.id, "<b>Which</b> time?", parse_mode="HTML", reply_markup=keyboard)
            assert sent.text_html == "<b>Which</b> time?"
            edited = await bot.edit_message_text("Which day?", maya.id, sent.message_id)
            assert isinstance(edited, telegram.Message)
            assert (edited.text, edited.reply_markup) == ("Which day?", None)
            await bot.set_message_reaction(maya.id, sent.message_id, "👍")
            answer = telegram.ReplyParameters(sent.message_id, quote="day")
            replied = await bot.send_message(maya.id, "Today?", reply_parameters=answer)
            assert replied.to_dict()["quote"]["text"] == "day"
            assert await bot.delete_messages(maya.id, [sent.message_id])
            assert await bot.delete_message(maya.id, replied.message_id)
            assert await bot.delete_webhook(drop_pending_updates=True)

    run(scene, work())
    assert [line["text"] for line in scene.phone(maya)] == ["/start"]


def test_the_library_works_in_a_business_account(scene: Scene, maya: Person) -> None:
    owner = scene.telegram.new_person("Åsa Berg")
    account = scene.telegram.connect_business(owner.id)
    asked = scene.telegram.write_to_business(maya.id, owner.id, "Open today?")
    there: dict[str, Any] = {"business_connection_id": account.id}

    async def work() -> None:
        async with make_bot(scene) as bot:
            found = await bot.get_business_connection(account.id)
            assert (found.user.id, found.is_enabled, found.api_kwargs) == (owner.id, True, {})
            assert found.rights
            assert (found.rights.can_reply, found.rights.can_delete_all_messages) == (True, None)
            await bot.send_chat_action(maya.id, "typing", **there)
            sent = await bot.send_message(maya.id, "Until six", reply_to_message_id=asked.id, **there)
            assert sent.from_user
            assert sent.sender_business_bot
            assert (sent.from_user.id, sent.sender_business_bot.id) == (owner.id, bot.id)
            await bot.edit_message_text("Until seven", maya.id, sent.message_id, **there)
            photo = await bot.send_photo(maya.id, b"jpeg", filename="a.jpg", **there)
            assert await bot.read_business_message(account.id, maya.id, asked.id)
            assert await bot.delete_business_messages(account.id, [sent.message_id, photo.message_id])
            scene.telegram.change_rights(owner.id, [])
            with pytest.raises(BadRequest, match=r"(?i)bot_access_forbidden"):
                await bot.send_message(maya.id, "x", **there)
            with pytest.raises(BadRequest, match=r"(?i)business connection not found"):
                await bot.get_business_connection("unknown")

    run(scene, work())
    chat = scene.telegram.business_chat(owner.id, maya.id)
    assert [message.text for message in chat.messages if not message.deleted] == ["Open today?"]


def test_the_library_uploads_and_downloads_files(scene: Scene, maya: Person) -> None:
    async def work() -> None:
        async with make_bot(scene) as bot:
            sent = await bot.send_photo(maya.id, b"jpeg", caption="look", filename="a.jpg")
            file = await bot.get_file(sent.photo[-1].file_id)
            assert await file.download_as_bytearray() == b"jpeg"
            voice = await bot.send_voice(maya.id, b"ogg", duration=4, filename="a.ogg")
            assert voice.to_dict()["voice"]["duration"] == 4
            media = [
                telegram.InputMediaPhoto(b"1", caption="both", filename="a.jpg"),
                telegram.InputMediaPhoto(b"2", filename="b.jpg"),
            ]
            album = await bot.send_media_group(maya.id, media)
            assert [each.caption for each in album] == ["both", None]
            assert album[0].media_group_id == album[1].media_group_id
            files = [telegram.InputMediaDocument(b"%PDF", filename=f"{name}.pdf") for name in "ab"]
            documents = await bot.send_media_group(maya.id, files, caption="offers")
            assert [each.document and each.document.file_name for each in documents] == ["a.pdf", "b.pdf"]
            with pytest.raises(BadRequest, match="Can't use the media of the specified type"):
                await bot.send_media_group(maya.id, [media[0], files[0]])
            with pytest.raises(BadRequest, match="2-10 items"):
                await bot.send_media_group(maya.id, media[:1])
            await bot.send_location(maya.id, 47.4, 8.5)
            await bot.send_venue(maya.id, 47.4, 8.5, "Station", "Bahnhofplatz 1")
            await bot.send_contact(maya.id, "+4670", "Bo")
            await bot.send_document(maya.id, b"%PDF", filename="offer.pdf")
            await bot.send_sticker(maya.id, b"webp")

    run(scene, work())
    forms = [line["form"] for line in scene.phone(maya)][1:]
    assert forms == ["photo", "voice", "photo", "photo", "document", "document", "", "venue", "", "document", "sticker"]


def test_the_library_understands_every_refusal(scene: Scene, maya: Person) -> None:
    group = scene.telegram.new_group("Team", maya)
    large = scene.telegram.migrate(group, maya)
    scene.telegram.quirks.flood_waits += [7]

    async def work() -> None:
        async with make_bot(scene) as bot:
            with pytest.raises(RetryAfter) as late:
                await bot.send_message(maya.id, "x")
            assert late.value.retry_after == timedelta(seconds=7)
            with pytest.raises(ChatMigrated) as moved:
                await bot.send_message(group.id, "x")
            assert moved.value.new_chat_id == large.id
            with pytest.raises(BadRequest, match="Chat not found"):
                await bot.send_message(17, "x")
            with pytest.raises(BadRequest, match="parse entities"):
                await bot.send_message(maya.id, "<b>x", parse_mode="HTML")
            scene.telegram.block(maya.id)
            with pytest.raises(Forbidden, match="blocked by the user"):
                await bot.send_message(maya.id, "x")
            with pytest.raises(InvalidToken):
                await make_bot(scene, DEMO_TOKEN + "x").initialize()

    run(scene, work())


# --- the schema ------------------------------------------------------------------------------------------------------


def to_snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


@pytest.mark.parametrize("method", METHODS)
def test_the_library_knows_each_method_and_parameter(method: str) -> None:
    known = set(inspect.signature(getattr(telegram.Bot, to_snake(method))).parameters)
    assert not METHODS[method].keys() - known


@pytest.mark.parametrize("method", METHODS)
def test_what_must_be_there_must_be_there_for_the_library_too(method: str) -> None:
    parameters = inspect.signature(getattr(telegram.Bot, to_snake(method))).parameters
    required = {name for name, each in parameters.items() if each.default is each.empty and name != "self"}
    ours = {name for name, kind in METHODS[method].items() if kind.endswith("!")}
    assert required <= ours


#: Names that stand for several of the library's classes.
CLASSES: dict[str, tuple[str, ...]] = {
    "ReplyMarkup": ("InlineKeyboardMarkup", "ReplyKeyboardMarkup", "ReplyKeyboardRemove", "ForceReply"),
    "InputMedia": ("InputMediaPhoto", "InputMediaVideo", "InputMediaAudio", "InputMediaDocument"),
    "ReactionType": ("ReactionTypeEmoji", "ReactionTypeCustomEmoji"),
}
#: Fields that the library writes by itself.
FIXED = {"type", "remove_keyboard", "force_reply"}


@pytest.mark.parametrize("name", TYPES)
def test_the_library_knows_each_field_of_each_type(name: str) -> None:
    known = set(FIXED)
    for class_name in CLASSES.get(name, (name,)):
        known |= set(inspect.signature(getattr(telegram, class_name)).parameters)
    assert not TYPES[name].keys() - known


@pytest.mark.parametrize("kind", MEDIA_FIELDS)
def test_the_library_knows_each_field_of_each_medium(kind: str) -> None:
    known = set(inspect.signature(getattr(telegram, f"InputMedia{kind.capitalize()}")).parameters)
    assert MEDIA_FIELDS[kind] <= known | FIXED


def test_the_lists_of_words_are_the_librarys() -> None:
    plain = {each.value.replace("\ufe0f", "") for each in telegram.constants.ReactionEmoji}
    assert plain == REACTIONS
    assert {each.value for each in telegram.constants.ChatAction} == set(CHAT_ACTIONS)
