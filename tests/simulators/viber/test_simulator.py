"""The simulated Viber's API is as strict as the documented one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from patchbay.domain.errors import AuthorizationNeeded, Misconfigured
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    ReceiptState,
    Text,
)
from playground.services.viber import DEMO_TOKEN
from playground.services.viber.records import Person
from tests.harness.viber import CONNECTOR, HOOK, HOSTED, ViberHarness, last_line, text_for


@pytest.fixture
def harness() -> ViberHarness:
    return ViberHarness.connected()


@pytest.fixture
def maya(harness: ViberHarness) -> Person:
    return harness.meet()


# --- connecting ------------------------------------------------------------------------------------------------------


def test_connecting_checks_the_token_registers_and_answers_the_call_that_comes_meanwhile() -> None:
    harness = ViberHarness()
    account = CONNECTOR.check_credentials(harness.connection, harness.http)
    assert account.name == "Patchbay Demo"
    assert account.external_id.startswith("pa:")
    harness.register()
    assert [body["event"] for body in harness.bodies] == ["webhook"]
    assert CONNECTOR.get_registered_url(harness.connection, harness.http) == HOOK
    CONNECTOR.unregister_webhooks(harness.connection, harness.http)
    assert CONNECTOR.get_registered_url(harness.connection, harness.http) == ""


@pytest.mark.parametrize("status", [401, 404, 204, 500, 0])
def test_a_webhook_that_does_not_answer_200_is_not_taken(status: int) -> None:
    harness = ViberHarness(answers=[status])
    with pytest.raises(Misconfigured):
        harness.register()
    assert harness.viber.bot.webhook == ""


def test_an_address_without_https_is_not_taken_except_on_this_machine(harness: ViberHarness) -> None:
    assert harness.call("set_webhook", {"url": "http://bridge.test/viber"})["status"] == 1
    assert harness.call("set_webhook", {"url": "http://127.0.0.1:9/viber"})["status"] == 0


def test_event_types_are_all_when_absent_and_the_mandatory_ones_when_empty(harness: ViberHarness) -> None:
    assert {"delivered", "action", "message"} <= set(harness.call("set_webhook", {"url": HOOK})["event_types"])
    mandatory = harness.call("set_webhook", {"url": HOOK, "event_types": []})["event_types"]
    assert mandatory == ["message", "subscribed", "unsubscribed"]
    assert harness.call("set_webhook", {"url": HOOK, "event_types": ["typing"]})["status"] == 3


def test_a_wrong_token_is_refused_with_http_200(harness: ViberHarness) -> None:
    harness.token = "0" * 16
    with pytest.raises(AuthorizationNeeded):
        CONNECTOR.check_credentials(harness.connection, harness.http)
    assert harness.call("get_account_info", {}, headers={})["status_message"] == "missing_auth_token"


def test_the_token_may_stand_in_the_body_and_account_info_be_fetched_with_get(harness: ViberHarness) -> None:
    assert harness.call("get_account_info", {"auth_token": DEMO_TOKEN}, headers={})["webhook"] == HOOK
    client = harness.viber.app.test_client()
    assert client.get("/pa/get_account_info", headers={"X-Viber-Auth-Token": DEMO_TOKEN}).status_code == 200
    assert client.get("/pa/send_message").status_code == 405


def test_after_the_token_was_replaced_callbacks_are_signed_with_the_new_one(
    harness: ViberHarness, maya: Person
) -> None:
    harness.viber.replace_token(harness.viber.bot, "new-token")
    with pytest.raises(AuthorizationNeeded):
        harness.deliver(maya, Text(text="x"))
    harness.token = "new-token"
    harness.deliver(maya, Text(text="x"))
    harness.viber.write(maya.id, "still here")
    harness.time.settle()
    assert len(harness.messages()) == 1


def test_without_a_webhook_nothing_goes_either_way(harness: ViberHarness, maya: Person) -> None:
    CONNECTOR.unregister_webhooks(harness.connection, harness.http)
    with pytest.raises(AuthorizationNeeded, match="webhook"):
        harness.deliver(maya, Text(text="x"))
    assert harness.viber.write(maya.id, "anybody?").status == "failed"


# --- strictness ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 0),
        ({"type": None}, 4),
        ({"type": "hologram"}, 3),
        ({"receiver": None}, 4),
        ({"receiver": "bm9ib2R5IGF0IGFsbCEhIQ=="}, 5),
        ({"sender": None}, 4),
        ({"sender": {"avatar": "https://x.test/a.png"}}, 4),
        ({"sender": {"name": "x" * 29}}, 3),
        ({"sender": {"name": "Ana", "avatar": "data:,x"}}, 3),
        ({"text": ""}, 4),
        ({"text": 7}, 3),
        ({"text": "x" * 7001}, 3),
        ({"text": "x" * 31_000}, 3),
        ({"tracking_data": None}, 3),
        ({"tracking_data": "x" * 4001}, 3),
        ({"min_api_version": 0}, 3),
        ({"min_api_version": 11}, 13),
        ({"type": "rich_media", "rich_media": {"Type": "rich_media"}, "min_api_version": 1}, 14),
        ({"type": "rich_media", "min_api_version": 7}, 4),
        ({"keyboard": {"Type": "keyboard", "Buttons": [{"ActionType": "share-phone", "ActionBody": "x"}]}}, 14),
        ({"type": "picture", "media": "https://x.test/a.png"}, 0),
        ({"type": "picture", "media": "https://x.test/a.png", "text": None}, 4),
        ({"type": "picture", "media": "https://x.test/a.png", "text": "x" * 769}, 3),
        ({"type": "picture", "media": "https://x.test/download?file=a.png"}, 3),
        ({"type": "picture", "media": "https://x.test/a.webp"}, 3),
        ({"type": "picture", "media": "ftp://x.test/a.png"}, 3),
        ({"type": "picture"}, 4),
        ({"type": "video", "media": "https://x.test/a.mp4", "size": 10}, 0),
        ({"type": "video", "media": "https://x.test/a.mp4"}, 4),
        ({"type": "video", "media": "https://x.test/a.mov", "size": 10}, 3),
        ({"type": "video", "media": "https://x.test/a.mp4", "size": 27_262_977}, 3),
        ({"type": "video", "media": "https://x.test/a.mp4", "size": 9, "duration": 181}, 3),
        ({"type": "file", "media": "https://x.test/a.pdf", "size": 10, "file_name": "a.pdf"}, 0),
        ({"type": "file", "media": "https://x.test/a.pdf", "size": 10}, 4),
        ({"type": "file", "media": "https://x.test/a.pdf", "size": 10, "file_name": "a"}, 3),
        ({"type": "file", "media": "https://x.test/a.exe", "size": 10, "file_name": "a.EXE"}, 3),
        ({"type": "file", "media": "https://x.test/a.pdf", "size": 52_428_801, "file_name": "a.pdf"}, 3),
        ({"type": "file", "media": "https://x.test/a", "size": 1, "file_name": "a.pdf"}, 3),
        ({"type": "contact", "contact": {"name": "Bo", "phone_number": "+4670"}}, 0),
        ({"type": "contact", "contact": {"name": "Bo"}}, 4),
        ({"type": "contact", "contact": {"name": "Bo", "phone_number": "call me"}}, 3),
        ({"type": "contact", "contact": {"name": "x" * 29, "phone_number": "1"}}, 3),
        ({"type": "location", "location": {"lat": 1, "lon": 2}}, 0),
        ({"type": "location", "location": {"lat": "1", "lon": 2}}, 4),
        ({"type": "location", "location": {"lat": 91, "lon": 2}}, 3),
        ({"type": "url", "media": "https://x.test"}, 0),
        ({"type": "url", "media": "https://x.test/" + "x" * 2000}, 3),
        ({"type": "sticker", "sticker_id": 40133}, 0),
        ({"type": "sticker", "sticker_id": "x"}, 4),
    ],
)
def test_the_api_checks_what_it_is_sent(
    harness: ViberHarness, maya: Person, change: dict[str, Any], status: int
) -> None:
    answer = harness.call("send_message", text_for(maya, **change))
    assert answer["status"] == status
    assert answer["chat_hostname"]
    assert ("message_token" in answer) == (status == 0)


def test_what_is_no_json_object_is_bad_data(harness: ViberHarness) -> None:
    assert harness.call("send_message", b"{")["status"] == 3
    assert harness.call("send_message", b"[]")["status"] == 3


def test_a_message_may_be_a_keyboard_alone(harness: ViberHarness, maya: Person) -> None:
    message = text_for(maya, keyboard={"Type": "keyboard", "Buttons": [{"ActionBody": "Go", "Text": "Go"}]})
    del message["type"], message["text"]
    assert harness.call("send_message", message)["status"] == 0
    assert last_line(maya).buttons[0].label == "Go"


def test_somebody_without_a_device_that_can_show_it_is_told(harness: ViberHarness, maya: Person) -> None:
    maya.devices = 0
    assert harness.call("send_message", text_for(maya))["status"] == 11


GOOD = {"Columns": 6, "Rows": 1, "ActionType": "reply", "ActionBody": "Go", "Text": "<b>Go</b> &amp; <br>"}


@pytest.mark.parametrize(
    "button",
    [
        {**GOOD, "Columns": 7},
        {**GOOD, "Rows": 3},
        {**GOOD, "ActionType": "explode"},
        {**GOOD, "ActionBody": ""},
        {**GOOD, "ActionBody": "x" * 251},
        {**GOOD, "ActionType": "open-url"},
        {**GOOD, "Text": "x" * 251},
        {**GOOD, "Text": "1 < 2"},
        {**GOOD, "Text": "<script>"},
        {**GOOD, "Text": "fish & chips"},
        {**GOOD, "TextSize": "huge"},
        {**GOOD, "BgColor": "red"},
        {**GOOD, "Silent": "yes"},
        {**GOOD, "Image": "javascript:0"},
        "Go",
    ],
)
def test_a_bad_keyboard_is_accepted_and_fails_on_the_phone(harness: ViberHarness, maya: Person, button: object) -> None:
    good = harness.call("send_message", text_for(maya, keyboard={"Type": "keyboard", "Buttons": [GOOD] * 12}))
    bad = harness.call("send_message", text_for(maya, keyboard={"Type": "keyboard", "Buttons": [button]}))
    assert (good["status"], bad["status"]) == (0, 0)
    harness.time.settle()
    assert (str(good["message_token"]), ReceiptState.DELIVERED) in harness.receipts()
    assert [each for each in harness.receipts() if each[0] == str(bad["message_token"])] == [
        (str(bad["message_token"]), ReceiptState.FAILED)
    ]
    assert last_line(maya).status == "failed"


@pytest.mark.parametrize(
    "keyboard",
    [{"Type": "keyboard", "Buttons": []}, {"Buttons": [GOOD]}, {"Type": "keyboard", "Buttons": [GOOD] * 13}, 7],
)
def test_a_keyboard_that_is_none_fails_on_the_phone(harness: ViberHarness, maya: Person, keyboard: object) -> None:
    harness.call("send_message", text_for(maya, keyboard=keyboard))
    harness.time.settle()
    assert last_line(maya).status == "failed"


@pytest.mark.parametrize(
    "change",
    [
        {"ButtonsGroupRows": 8},
        {"ButtonsGroupRows": 2, "Buttons": [GOOD, {**GOOD, "Rows": 2}]},
        {"Buttons": [{**GOOD, "Rows": 7}] * 7},
        {"Type": "keyboard"},
    ],
)
def test_bad_rich_media_fails_on_the_phone(harness: ViberHarness, maya: Person, change: dict[str, Any]) -> None:
    media = {"Type": "rich_media", "ButtonsGroupRows": 7, "Buttons": [GOOD], **change}
    harness.call("send_message", text_for(maya, type="rich_media", min_api_version=7, rich_media=media))
    harness.time.settle()
    assert last_line(maya).status == "failed"


def test_media_of_another_size_than_was_said_fails_on_the_phone(harness: ViberHarness, maya: Person) -> None:
    harness.viber.measure = {f"{HOSTED}/a.pdf": 10, f"{HOSTED}/b.jpg": 2_000_000}.get
    file = Attachment(kind=AttachmentKind.FILE, url=f"{HOSTED}/a.pdf", name="a.pdf", size=10)
    harness.deliver(maya, file)
    harness.deliver(maya, replace(file, size=11))
    harness.deliver(maya, Attachment(kind=AttachmentKind.IMAGE, url=f"{HOSTED}/b.jpg", size=10))
    harness.time.settle()
    assert [line.status for line in maya.lines[-3:]] == ["delivered", "failed", "failed"]


# --- other calls -----------------------------------------------------------------------------------------------------


def test_details_of_a_person_are_given_twice_in_twelve_hours(harness: ViberHarness, maya: Person) -> None:
    statuses = [harness.call("get_user_details", {"id": maya.id})["status"] for _ in range(3)]
    assert statuses == [0, 0, 12]
    harness.time.advance(12 * 3600)
    assert harness.call("get_user_details", {"id": maya.id})["user"]["name"] == "Maya Chen"


def test_presence(harness: ViberHarness, maya: Person) -> None:
    online = harness.call("get_online", {"ids": [maya.id, "nobody"]})["users"]
    assert [user["online_status"] for user in online] == [0, 4]
    assert harness.call("get_online", {"ids": ["x"] * 101})["status"] == 3
