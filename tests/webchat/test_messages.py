"""The web chat: what visitors write is stored once, told once, and never lost between the two."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path

import pytest

from playground.services.webchat.memory import StoredObject
from tests.harness.fakes.chats import HOOK, KEY, Json, WebChat, write_static
from tests.harness.hostile_files import make_zip

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(20)
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(20)
ZIP = make_zip({"a.txt": b"a"})
OFFER: Json = {
    "content": {
        "type": "cards",
        "cards": [{"title": "Tea", "buttons": [{"label": "Buy", "payload": "SECRET-buy"}]}],
    },
    "buttons": [
        {"label": "Yes", "payload": "SECRET-yes"},
        {"label": "More", "payload": "", "url": "https://shop.test/more"},
    ],
}


@pytest.fixture
def web(tmp_path: Path) -> WebChat:
    return WebChat(write_static(tmp_path))


# --- texts -----------------------------------------------------------------------------------------------------------


def test_a_message_is_in_the_transcript_and_told(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    answer = browser.post(chat, "  Grüße 👋\n<script>  ")
    assert answer.status == 201
    assert browser.poll(chat)["messages"] == [answer.json]
    assert answer.json["text"] == "Grüße 👋\n<script>"
    assert (answer.json["mine"], answer.json["state"], answer.json["sender"]) == (True, "sent", None)
    (note,) = web.bridge.notes
    assert note["kind"] == "message"
    assert note["message"] == {
        "id": answer.json["id"],
        "at": "2026-01-05T09:00:00.000Z",
        "text": "Grüße 👋\n<script>",
        "attachment": None,
        "tap": None,
        "reply_to": None,
    }


def test_a_note_is_signed_with_the_connections_key(web: WebChat) -> None:
    browser = web.browser()
    browser.post(browser.start(), "hello")
    ((webhook_token, body, signature),) = web.bridge.raw
    assert webhook_token == HOOK
    assert signature == "sha256=" + hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()


def test_an_answer_holds_nothing_that_a_page_could_run(web: WebChat) -> None:
    browser = web.browser()
    answer = browser.post(browser.start(), "</script><img onerror=alert(1)>&\u2028")
    assert not set(b"<>&") & set(answer.body)
    assert "\u2028".encode() not in answer.body
    assert answer.json["text"] == "</script><img onerror=alert(1)>&"
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("text", "status"), [("x" * 4000, 201), ("x" * 4001, 400), ("👋" * 2000, 201), ("👋" * 2001, 400), (" \n", 400)]
)
def test_a_text_has_up_to_4000_units_as_browsers_count_them(web: WebChat, text: str, status: int) -> None:
    browser = web.browser()
    assert browser.post(browser.start(), text).status == status


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"id":"1","text":"x"}', b'{"text":"x"}', b'{"id":7}', b"\xff", b'"\\ud800"']
)
def test_what_is_not_as_documented_is_refused_without_being_repeated(web: WebChat, body: bytes) -> None:
    browser = web.browser()
    answer = browser.call("POST", f"chats/{browser.start()}/messages", body)
    assert (answer.status, answer.code) == (400, "unreadable")
    assert answer.json["error"]["message"].startswith("Missing, too long or not as documented: ")
    assert web.bridge.notes == []


# --- once, whatever is lost ------------------------------------------------------------------------------------------


def test_a_message_that_is_posted_twice_is_one(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    first = browser.post(chat, "once")
    again = browser.post(chat, "once", first.json["id"])
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json
    assert browser.texts(chat) == ["once"]
    assert len(web.bridge.notes) == 1


def test_a_message_that_the_bridge_did_not_take_is_told_when_it_is_posted_again(web: WebChat) -> None:
    browser = web.browser()
    chat, message = browser.start(), web.new_id()
    web.bridge.refuses = 1
    refused = browser.post(chat, "hello", message)
    assert (refused.status, refused.code) == (503, "unavailable")
    assert refused.headers["retry-after"] == "2"
    assert browser.post(chat, "hello", message).status == 200
    assert browser.post(chat, "hello", message).status == 200
    assert web.bridge.messages == [message]
    assert len(web.bridge.notes) == 1
    assert browser.texts(chat) == ["hello"]


def test_a_message_never_overtakes_one_that_was_not_told(web: WebChat) -> None:
    browser = web.browser()
    chat, first, second = browser.start(), web.new_id(), web.new_id()
    web.bridge.refuses = 2
    assert browser.post(chat, "first", first).status == 503
    assert browser.post(chat, "second", second).status == 503
    assert browser.post(chat, "second", second).status == 200
    assert web.bridge.messages == [first, second]


def test_what_a_browser_left_unreported_is_reported_when_the_chat_is_opened_again(web: WebChat) -> None:
    browser = web.browser()
    chat, message = browser.start(), web.new_id()
    web.bridge.refuses = 2
    browser.post(chat, "hello", message)
    assert browser.texts(chat) == ["hello"]
    assert web.bridge.messages == []
    assert browser.texts(chat) == ["hello"]
    assert web.bridge.messages == [message]


def test_a_message_that_was_told_by_two_calls_at_once_is_one_for_the_queue(web: WebChat) -> None:
    browser = web.browser()
    chat, message = browser.start(), web.new_id()
    web.bridge.before = lambda: [browser.post(chat, "hello", message) for _ in range(2)]
    assert browser.post(chat, "hello", message).status == 201
    assert web.bridge.messages == [message]
    assert browser.texts(chat) == ["hello"]


def test_when_nothing_is_taken_for_long_a_chat_stores_no_more(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    web.bridge.refuses = 10_000
    for _ in range(100):
        web.time.advance(3)
        browser.post(chat, "hello")
    assert len(browser.texts(chat)) == 100
    web.time.advance(3)
    assert browser.post(chat, "one more").status == 503
    assert "one more" not in browser.texts(chat)


def test_an_erased_message_does_not_come_back(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    message = browser.post(chat, "oops").json["id"]
    web.ask("DELETE", f"chats/{chat}/messages/{message}")
    again = browser.post(chat, "oops", message)
    assert (again.status, again.code) == (404, "erased")
    assert browser.texts(chat) == []


# --- taps ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("button", "label", "payload"), [("0", "Yes", "SECRET-yes"), ("0.0", "Buy", "SECRET-buy")])
def test_a_tapped_button_is_told_with_the_payload_that_browsers_never_see(
    web: WebChat, button: str, label: str, payload: str
) -> None:
    browser = web.browser()
    chat = browser.start()
    offer = web.reply(chat, "", **OFFER)
    before = browser.poll(chat)
    answer = browser.post(chat, tap={"message": offer, "button": button})
    assert (answer.status, answer.json["text"]) == (201, label)
    (note,) = web.bridge.of_kind("message")
    assert note["message"]["tap"] == {"label": label, "payload": payload}
    assert note["message"]["text"] == label
    after = browser.poll(chat, before["cursor"])
    assert [(one["id"], one["tapped"]) for one in after["messages"]] == [(offer, label), (answer.json["id"], None)]
    assert "SECRET" not in str(before) + str(after) + str(answer.body)


@pytest.mark.parametrize("button", ["1.0", "2", "", "0.7", "-1"])
def test_a_button_that_was_never_offered_cannot_be_tapped(web: WebChat, button: str) -> None:
    browser = web.browser()
    chat = browser.start()
    offer = web.reply(chat, "", **OFFER)
    answer = browser.post(chat, tap={"message": offer, "button": button})
    assert (answer.status, answer.code) == (404, "unknown_button")


def test_nothing_is_tapped_on_ones_own_message_an_unknown_one_or_a_link(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    own, offer = browser.post(chat, "hello").json["id"], web.reply(chat, "", **OFFER)
    assert browser.post(chat, tap={"message": own, "button": "0"}).status == 404
    assert browser.post(chat, tap={"message": web.new_id(), "button": "0"}).status == 404
    assert browser.post(chat, tap={"message": offer, "button": "1"}).status == 400


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_file_goes_to_the_store_and_then_into_the_chat(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    upload = browser.upload(chat, "../my cat.png", "image/png", PNG)
    answer = browser.post(chat, "look", upload=upload)
    (key,) = web.files.objects
    assert re.fullmatch(r"media/[A-Za-z0-9_-]{43}/my cat\.png", key)
    assert web.files.objects[key].content_type == "image/png"
    shown = answer.json["attachment"]
    address = f"https://bridge.test/{key.replace(' ', '%20')}"
    assert shown == {"kind": "image", "url": address, "name": "my cat.png", "type": "image/png", "size": len(PNG)}
    assert answer.json["text"] == "look"
    (note,) = web.bridge.notes
    assert note["message"]["attachment"] == {**shown, "hosted": True}
    assert note["message"]["text"] == "look"


def test_the_form_is_for_one_file_of_one_size_and_type(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    offered = browser.call("POST", f"chats/{chat}/uploads", {"name": "a.png", "size": 28, "type": "image/png"})
    fields = offered.json["fields"]
    assert fields["Content-Type"] == "image/png"
    assert re.fullmatch(r"incoming/[A-Za-z0-9_-]{43}", fields["key"])
    assert not web.files.take(fields, PNG + b"x")
    for more in ({"key": "media/other"}, {"Content-Type": "text/html"}, {"tagging": "<Tagging/>"}):
        assert not web.files.take({**fields, **more}, PNG)


@pytest.mark.parametrize("content_type", ["text/html", "a/b", "application/x-msdownload", "application/javascript"])
def test_a_type_that_is_not_taken_is_refused_before_anything_is_uploaded(web: WebChat, content_type: str) -> None:
    browser = web.browser()
    body = {"name": "a", "size": 1, "type": content_type}
    answer = browser.call("POST", f"chats/{browser.start()}/uploads", body)
    assert (answer.status, answer.code) == (415, "wrong_type")


@pytest.mark.parametrize(
    ("name", "content_type", "content", "shown"),
    [
        ("a.zip", "application/x-zip-compressed", ZIP, ("a.zip", "application/zip", "file")),
        ("a.zip", "application/x-compressed", ZIP, ("a.zip", "application/zip", "file")),
        ("a.zip", "", ZIP, ("a.zip", "application/zip", "file")),
        ("a.rtf", "application/x-rtf", b"{\\rtf1 a}", ("a.rtf", "application/rtf", "file")),
        ("a.pdf", "application/wps-office.pdf", b"%PDF-1.7", ("a.pdf", "application/pdf", "file")),
        ("a.csv", "application/vnd.ms-excel", b"a;b", ("a.csv", "text/csv", "file")),
        ("a.txt", " Text/Plain; charset=UTF-8", b"Hello", ("a.txt", "text/plain", "file")),
        ("a.txt", "text/plain\r\nX-Amz-Meta-A: b", b"Hello", ("a.txt", "text/plain", "file")),
        ("a.png", "image/x-png", PNG, ("a.png", "image/png", "image")),
        ("photo.jfif", "image/pjpeg", JPEG, ("photo.jpg", "image/jpeg", "image")),
        ("a.jpg", "application/octet-stream", JPEG, ("a.jpg", "image/jpeg", "image")),
        ("photo", "", JPEG, ("photo.jpg", "image/jpeg", "image")),
        ("photo", "image", JPEG, ("photo.jpg", "image/jpeg", "image")),
        ("IMG_1.HEIC", "", HEIC, ("IMG_1.HEIC", "image/heic", "file")),
        ("a.m4a", "audio/x-m4a", b"\x00\x00\x00\x18ftypM4A " + bytes(16), ("a.m4a", "audio/mp4", "audio")),
        ("a.mov", "video/quicktime", b"\x00\x00\x00\x14ftypqt  " + bytes(16), ("a.mov", "video/quicktime", "file")),
    ],
)
def test_a_type_has_many_names_and_the_content_decides(
    web: WebChat, name: str, content_type: str, content: bytes, shown: tuple[str, str, str]
) -> None:
    """What no browser draws is shown as a file."""
    browser = web.browser()
    chat = browser.start()
    offered = browser.call("POST", f"chats/{chat}/uploads", {"name": name, "size": len(content), "type": content_type})
    assert offered.status == 201, offered.body
    assert "\n" not in offered.json["fields"]["Content-Type"]
    assert web.files.take(offered.json["fields"], content)
    file = browser.post(chat, upload=offered.json["upload"]).json["attachment"]
    assert (file["name"], file["type"], file["kind"]) == shown


@pytest.mark.parametrize("content_type", ["", "image", "application/octet-stream"])
def test_an_extension_that_nobody_knows_is_no_reason_to_upload_a_file(web: WebChat, content_type: str) -> None:
    browser = web.browser()
    body = {"name": "a.xyz", "size": 1, "type": content_type}
    answer = browser.call("POST", f"chats/{browser.start()}/uploads", body)
    assert (answer.status, answer.code) == (415, "wrong_type")


@pytest.mark.parametrize(("size", "status"), [(20 * 1024 * 1024, 201), (20 * 1024 * 1024 + 1, 413), (0, 400)])
def test_a_file_has_up_to_20_megabytes(web: WebChat, size: int, status: int) -> None:
    browser = web.browser()
    body = {"name": "a.png", "size": size, "type": "image/png"}
    assert browser.call("POST", f"chats/{browser.start()}/uploads", body).status == status


@pytest.mark.parametrize(
    ("name", "declared", "content", "kind", "content_type"),
    [
        ("a.jpg", "image/jpeg", PNG, "image", "image/png"),
        ("a.pdf", "application/pdf", b"%PDF-1.7", "file", "application/pdf"),
        ("a.png", "image/png", b"just words", "file", "text/plain"),
        ("a.mp4", "video/mp4", b"\0\0\0\x18ftypmp42", "video", "video/mp4"),
        ("a.txt", "text/plain", b"words", "file", "text/plain"),
    ],
)
def test_the_first_bytes_say_what_a_file_is(
    web: WebChat, name: str, declared: str, content: bytes, kind: str, content_type: str
) -> None:
    browser = web.browser()
    chat = browser.start()
    shown = browser.post(chat, upload=browser.upload(chat, name, declared, content)).json["attachment"]
    assert (shown["kind"], shown["type"]) == (kind, content_type)


@pytest.mark.parametrize("declared", ["image/png", "text/plain", "application/pdf"])
@pytest.mark.parametrize("content", [b"<!DOCTYPE html><p>", b"  <!-- x --> <script>alert(1)</script>"])
def test_a_web_page_in_disguise_is_refused_and_taken_away(web: WebChat, declared: str, content: bytes) -> None:
    browser = web.browser()
    chat = browser.start()
    answer = browser.post(chat, upload=browser.upload(chat, "a.png", declared, content))
    assert (answer.status, answer.code) == (415, "unsafe_file")
    assert "it is a web page" in answer.json["error"]["message"]
    assert web.files.objects == {}
    assert browser.texts(chat) == []


def test_a_file_that_did_not_arrive_or_not_whole_is_asked_for_again(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    offered = browser.call("POST", f"chats/{chat}/uploads", {"name": "a.png", "size": len(PNG), "type": "image/png"})
    message = web.new_id()
    missing = browser.post(chat, message=message, upload=offered.json["upload"])
    assert (missing.status, missing.code) == (409, "not_uploaded")
    web.files.objects[offered.json["fields"]["key"]] = StoredObject(PNG[:-1], "image/png")
    assert browser.post(chat, message=message, upload=offered.json["upload"]).status == 409
    web.files.objects[offered.json["fields"]["key"]] = StoredObject(PNG, "image/png")
    assert browser.post(chat, message=message, upload=offered.json["upload"]).status == 201


def test_an_upload_belongs_to_its_chat_and_its_hour(web: WebChat) -> None:
    browser = web.browser()
    chat, other = browser.start(), browser.start("Bo")
    upload = browser.upload(chat, "a.png", "image/png", PNG)
    assert browser.post(other, upload=upload).code == "unknown_upload"
    web.time.advance(3600)
    assert browser.post(chat, upload=upload).code == "unknown_upload"


def test_a_file_message_that_is_posted_again_after_the_hour_is_still_the_same(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    upload = browser.upload(chat, "a.png", "image/png", PNG)
    first = browser.post(chat, upload=upload)
    web.time.advance(7200)
    again = browser.post(chat, message=first.json["id"], upload=upload)
    assert (again.status, again.json) == (200, first.json)
