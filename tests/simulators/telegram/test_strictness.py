"""The simulated Telegram refuses what the Bot API does not know, or does not allow."""

from __future__ import annotations

from typing import Any

import pytest

from playground.services.telegram import DEMO_TOKEN
from playground.services.telegram.records import Person
from playground.simulator import Fault
from tests.simulators.telegram.scene import BUTTONS, Scene


@pytest.fixture
def scene() -> Scene:
    return Scene.connected()


@pytest.fixture
def maya(scene: Scene) -> Person:
    return scene.meet()


# --- who calls -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "method", "status", "description"),
    [
        (DEMO_TOKEN, "getMe", 200, None),
        (DEMO_TOKEN, "GETME", 200, None),
        (DEMO_TOKEN[:-1], "getMe", 401, "Unauthorized"),
        ("0" + DEMO_TOKEN, "getMe", 404, "Not Found"),
        ("token", "getMe", 404, "Not Found"),
        (DEMO_TOKEN, "sendFax", 404, "Not Found: method not found"),
    ],
)
def test_tokens_and_methods(scene: Scene, token: str, method: str, status: int, description: str | None) -> None:
    answer = scene.client.get(f"/bot{token}/{method}")
    assert answer.status_code == status
    assert answer.get_json()["ok"] == (status == 200)
    assert answer.get_json().get("description") == description


def test_a_revoked_token_is_refused_and_the_webhook_stays(scene: Scene, maya: Person) -> None:
    scene.telegram.replace_token(scene.telegram.bot, "7351904826:another")
    assert scene.call("getMe")["error_code"] == 401
    assert scene.call("getMe", token="7351904826:another")["ok"]
    scene.telegram.write(maya.id, "still here")
    assert len(scene.settle()) == 1


def test_no_token_is_in_the_trace(scene: Scene) -> None:
    scene.ok("getMe")
    assert scene.telegram.calls[-1].path == "/bot…/getMe"
    assert DEMO_TOKEN not in str(scene.telegram.calls)


# --- parameters ------------------------------------------------------------------------------------------------------

LINK = {"text": "Site", "url": "https://shop.test"}


def one_button(**button: Any) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": [[button]]}}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({}, ""),
        ({"chat_id": None}, "chat_id is empty"),
        ({"chat_id": 17}, "chat not found"),
        ({"chat_id": "@nobody"}, "chat not found"),
        ({"chat_id": 1.5}, "chat_id must be of type id"),
        ({"text": None}, "message text is empty"),
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "message text is empty"),
        ({"text": 7}, "text must be of type str"),
        ({"text": "half \ud83d"}, "strings must be encoded in UTF-8"),
        ({"text": "x" * 4096}, ""),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "😀" * 2048}, ""),
        ({"text": "😀" * 2048 + "x"}, "message is too long"),
        ({"text": "x" * 40_000}, "text is too long"),
        ({"text": "<b>" + "x" * 4096 + "</b>", "parse_mode": "HTML"}, ""),
        ({"parse_mode": "MarkdownV2"}, "unsupported parse_mode"),
        ({"colour": "red"}, "the simulator knows no parameter 'colour' of sendMessage"),
        ({"disable_notification": "yes"}, "disable_notification must be of type bool"),
        ({"message_thread_id": "7"}, "message_thread_id must be of type int"),
        ({"entities": {"type": "bold"}}, "entities must be an Array"),
        ({"entities": [{"type": "bold", "offset": 0}]}, 'can\'t find field "length" in MessageEntity'),
        ({"entities": [{"type": "bold", "offset": 0, "length": 3}]}, "entity beginning at UTF-16 offset 0"),
        ({"entities": [{"type": "glow", "offset": 0, "length": 1}]}, "can't parse MessageEntity"),
        ({"link_preview_options": {"is_disabled": True}}, ""),
        ({"link_preview_options": {"disabled": True}}, "the simulator knows no field 'disabled' of LinkPreviewOptions"),
        ({"reply_parameters": {"message_id": 1}}, ""),
        ({"reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"reply_parameters": {"message_id": 99, "allow_sending_without_reply": True}}, ""),
        ({"reply_parameters": {"message_id": 1, "quote": "/start"}}, ""),
        ({"reply_parameters": {"message_id": 1, "quote": "stop"}}, "QUOTE_TEXT_INVALID"),
        ({"reply_parameters": {"message_id": 1, "chat_id": 17}}, "the simulator knows no answers to messages of other"),
        (
            {"entities": [{"type": "text_link", "offset": 0, "length": 1}]},
            "can't parse MessageEntity: can't find field \"url\"",
        ),
        ({"reply_parameters": 1}, "reply_parameters must be an Object"),
        ({"reply_to_message_id": 1}, "the simulator knows no parameter 'reply_to_message_id'"),
        ({"reply_markup": "{}"}, "reply_markup must be an Object"),
        ({"reply_markup": {}}, "object expected as reply markup"),
        (one_button(**LINK), ""),
        (one_button(text="Copy", copy_text={"text": "A-17"}), ""),
        (one_button(text="Copy", copy_text={"text": "x" * 257}), "BUTTON_COPY_TEXT_INVALID"),
        (one_button(text="10:30", callback_data="x" * 64), ""),
        (one_button(text="10:30", callback_data="x" * 65), "BUTTON_DATA_INVALID"),
        (one_button(text="10:30", callback_data="ü" * 33), "BUTTON_DATA_INVALID"),
        (one_button(text="10:30", callback_data=""), "BUTTON_DATA_INVALID"),
        (one_button(text="10:30"), "can't parse inline keyboard button"),
        (one_button(**LINK, callback_data="x"), "can't parse inline keyboard button"),
        (one_button(text=" ", callback_data="x"), "BUTTON_TEXT_INVALID"),
        (one_button(text="Call", url="tel:+4670"), "inline keyboard button URL 'tel:+4670' is invalid"),
        (one_button(**LINK, style="rainbow"), "can't parse inline keyboard button: invalid button style"),
        (one_button(**LINK, colour="red"), "the simulator knows no field 'colour' of InlineKeyboardButton"),
        ({"reply_markup": {"inline_keyboard": [[LINK] * 101]}}, "reply markup is too long"),
        ({"reply_markup": {"inline_keyboard": [LINK]}}, "reply_markup.inline_keyboard must be an Array"),
    ],
)
def test_a_message_is_checked(scene: Scene, maya: Person, change: dict[str, Any], refusal: str) -> None:
    values = {"chat_id": maya.id, "text": "hi", **change}
    answer = scene.call("sendMessage", **values)
    assert answer["ok"] == (not refusal), answer
    if refusal:
        assert answer["description"].startswith(f"Bad Request: {refusal}")
        assert len(scene.chat(maya).messages) == 1


@pytest.mark.parametrize(
    ("method", "values", "refusal"),
    [
        ("sendChatAction", {"action": "typing"}, ""),
        ("sendChatAction", {"action": "thinking"}, "wrong parameter action"),
        ("sendChatAction", {}, 'parameter "action" is required'),
        ("sendLocation", {"latitude": 47, "longitude": 8.5}, ""),
        ("sendLocation", {"latitude": 97, "longitude": 8.5}, "wrong location"),
        ("sendLocation", {"latitude": "47", "longitude": 8.5}, "latitude must be of type float"),
        ("sendLocation", {"longitude": 8.5}, "latitude is empty"),
        ("sendLocation", {"latitude": 47, "longitude": 8.5, "live_period": 59}, "wrong live period"),
        ("sendVenue", {"latitude": 47, "longitude": 8.5, "title": "a", "address": "b"}, ""),
        ("sendVenue", {"latitude": 47, "longitude": 8.5, "title": "a"}, 'parameter "address" is required'),
        ("sendContact", {"phone_number": "+46 70", "first_name": "Bo"}, ""),
        ("sendContact", {"phone_number": "+46 70"}, 'parameter "first_name" is required'),
        ("sendContact", {"phone_number": "call me", "first_name": "Bo"}, "PHONE_NUMBER_INVALID"),
        ("sendContact", {"phone_number": "1", "first_name": "Bo", "vcard": "ü" * 1025}, "CONTACT_VCARD_TOO_LONG"),
        ("deleteMessage", {"message_id": 99}, "message to delete not found"),
        ("deleteMessages", {"message_ids": [99]}, ""),
        ("deleteMessages", {"message_ids": []}, "message identifiers are not specified"),
        ("deleteMessages", {"message_ids": [1] * 101}, "too many message identifiers"),
        ("deleteMessages", {"message_ids": ["1"]}, "message_ids must be of type int"),
        ("setMessageReaction", {"message_id": 1, "reaction": [{"type": "emoji", "emoji": "👍"}]}, ""),
        ("setMessageReaction", {"message_id": 1}, ""),
        ("setMessageReaction", {"message_id": 99}, "message to react not found"),
        ("setMessageReaction", {"message_id": 1, "reaction": [{"type": "emoji", "emoji": "🐌"}]}, "REACTION_INVALID"),
        ("setMessageReaction", {"message_id": 1, "reaction": [{"type": "emoji", "emoji": "👍"}] * 2}, "REACTIONS_TOO"),
        ("editMessageText", {"message_id": 1, "text": "x"}, "message can't be edited"),
        ("editMessageText", {"message_id": 99, "text": "x"}, "message to edit not found"),
        ("editMessageReplyMarkup", {"message_id": 1}, "message can't be edited"),
        ("getChat", {}, ""),
        ("leaveChat", {}, "chat member status can't be changed in private chats"),
    ],
)
def test_other_calls_are_checked(scene: Scene, maya: Person, method: str, values: dict[str, Any], refusal: str) -> None:
    answer = scene.call(method, chat_id=maya.id, **values)
    assert answer["ok"] == (not refusal), answer
    assert not refusal or answer["description"].startswith(f"Bad Request: {refusal}")


def test_forms_say_lists_and_objects_as_json(scene: Scene, maya: Person) -> None:
    form: dict[str, str] = {"chat_id": str(maya.id), "text": "hi", "disable_notification": "true"}
    form["reply_markup"] = '{"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}'
    assert scene.client.post(f"/bot{DEMO_TOKEN}/sendMessage", data=form).get_json()["ok"]
    form["reply_markup"] = "{"
    refused = scene.client.post(f"/bot{DEMO_TOKEN}/sendMessage", data=form).get_json()
    assert refused["description"] == "Bad Request: can't parse reply_markup JSON object"
    assert scene.client.get(f"/bot{DEMO_TOKEN}/sendMessage?chat_id={maya.id}&text=hi").get_json()["ok"]


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_what_is_no_json_object_is_refused(scene: Scene, body: bytes) -> None:
    answer = scene.client.post(f"/bot{DEMO_TOKEN}/getMe", data=body, content_type="application/json")
    assert answer.status_code == 400


# --- how often -------------------------------------------------------------------------------------------------------


def test_messages_may_be_sent_once_a_second_to_each_chat_if_limits_are_on(scene: Scene, maya: Person) -> None:
    scene.telegram.quirks.limits = True
    scene.ok("sendMessage", chat_id=maya.id, text="one")
    answer = scene.client.post(f"/bot{DEMO_TOKEN}/sendMessage", json={"chat_id": maya.id, "text": "two"})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"
    assert answer.json == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    scene.ok("sendChatAction", chat_id=maya.id, action="typing")
    scene.time.advance(1)
    scene.ok("sendMessage", chat_id=maya.id, text="two")


def test_a_bot_may_send_30_messages_a_second_and_20_a_minute_to_a_group(scene: Scene, maya: Person) -> None:
    people = [maya, *(scene.telegram.new_person(str(number)) for number in range(30))]
    for person in people:
        scene.telegram.start(person.id)
    group = scene.telegram.new_group("Team", maya)
    scene.telegram.quirks.limits = True
    answers = [scene.call("sendMessage", chat_id=person.id, text="x")["ok"] for person in people]
    assert answers == [True] * 30 + [False]
    for _ in range(20):
        scene.time.advance(1)
        scene.ok("sendMessage", chat_id=group.id, text="x")
    scene.time.advance(1)
    refused = scene.call("sendMessage", chat_id=group.id, text="x")
    assert refused["parameters"]["retry_after"] == 40
    scene.time.advance(40)
    scene.ok("sendMessage", chat_id=group.id, text="x")


def test_a_bot_may_have_to_wait_longer(scene: Scene, maya: Person) -> None:
    scene.telegram.quirks.flood_waits += [31]
    assert scene.call("sendMessage", chat_id=maya.id, text="x")["parameters"] == {"retry_after": 31}
    scene.ok("sendMessage", chat_id=maya.id, text="x")


def test_failures_on_demand_have_telegrams_form(scene: Scene, maya: Person) -> None:
    for fault, described in (
        (Fault(status=429, retry_after=9), {"error_code": 429, "parameters": {"retry_after": 9}}),
        (Fault(status=401), {"error_code": 401, "description": "Unauthorized"}),
        (Fault(status=500), {"error_code": 500, "description": "Internal Server Error"}),
        (Fault(status=400, body=b'{"ok":false,"error_code":400}'), {"error_code": 400}),
    ):
        scene.telegram.fail_next(fault)
        answer = scene.call("sendMessage", chat_id=maya.id, text="x", reply_markup=BUTTONS)
        assert described.items() <= answer.items()
    scene.telegram.fail_next(Fault(status=502, where="getMe$"))
    scene.ok("sendMessage", chat_id=maya.id, text="x")
    assert scene.call("getMe")["error_code"] == 502
