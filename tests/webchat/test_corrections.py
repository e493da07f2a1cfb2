"""The web chat: a visitor renames a chat, and reads, changes and deletes one message of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from playground.services.webchat.memory import StoredObject
from tests.harness.fakes.chats import HOOK, SITE, Browser, Json, WebChat, write_static

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
CHANGES = pytest.mark.parametrize("method", ["PATCH", "PUT"])


@pytest.fixture
def web(tmp_path: Path) -> WebChat:
    return WebChat(write_static(tmp_path))


@pytest.fixture
def ann(web: WebChat) -> Browser:
    return web.browser()


@pytest.fixture
def chat(ann: Browser) -> str:
    return ann.start("Ann")


def close(web: WebChat) -> None:
    web.connections.add(replace(SITE, settings={**SITE.settings, "open": "no"}), HOOK)


def told(web: WebChat) -> list[tuple[str, str]]:
    """What the bridge was told of messages, each once: the kind, and the words."""
    notes = [note for note in web.bridge.notes if note["kind"] in {"message", "changed", "deleted"}]
    return list(dict.fromkeys((note["kind"], note["message"].get("text", "")) for note in notes))


def post(browser: Browser, chat: str, text: str = "hello") -> str:
    answer = browser.post(chat, text)
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


def change(browser: Browser, chat: str, message: str, text: str) -> Json:
    answer = browser.call("PATCH", f"chats/{chat}/messages/{message}", {"text": text})
    assert answer.status == 200, answer.body
    changed: Json = answer.json
    return changed


def delete(browser: Browser, chat: str, message: str) -> int:
    return browser.call("DELETE", f"chats/{chat}/messages/{message}").status


# --- another name ----------------------------------------------------------------------------------------------------


@CHANGES
def test_a_chat_gets_another_name_and_stays_the_same_person(web: WebChat, ann: Browser, chat: str, method: str) -> None:
    post(ann, chat)
    answer = ann.call(method, f"chats/{chat}", {"name": " Ann Lind "})
    assert (answer.status, answer.json["id"], answer.json["name"]) == (200, chat, "Ann Lind")
    assert ann.call("GET", f"chats/{chat}").json == answer.json
    assert [one["name"] for one in ann.call("GET", "chats").json["chats"]] == ["Ann Lind"]
    [renamed] = web.bridge.of_kind("renamed")
    [before] = web.bridge.of_kind("message")
    assert renamed["chat"] == {**before["chat"], "name": "Ann Lind"}
    post(ann, chat, "again")
    assert web.bridge.of_kind("message")[-1]["chat"] == renamed["chat"]


def test_renamed_back_it_is_the_same_person_still(web: WebChat, ann: Browser, chat: str) -> None:
    post(ann, chat)
    for name in ("Bo", "Ann"):
        ann.call("PATCH", f"chats/{chat}", {"name": name})
    post(ann, chat, "again")
    first, last = web.bridge.of_kind("message")
    assert first["chat"] == last["chat"]


def test_the_same_name_again_and_the_name_of_an_empty_chat_are_no_news(web: WebChat, ann: Browser, chat: str) -> None:
    assert ann.call("PATCH", f"chats/{chat}", {"name": "Bo"}).status == 200
    post(ann, chat)
    assert ann.call("PATCH", f"chats/{chat}", {"name": "Bo"}).status == 200
    assert web.bridge.of_kind("renamed") == []


def test_a_new_name_that_the_bridge_did_not_take_comes_with_the_next_message(
    web: WebChat, ann: Browser, chat: str
) -> None:
    post(ann, chat)
    web.bridge.refuses = 1
    assert ann.call("PATCH", f"chats/{chat}", {"name": "Bo"}).status == 200
    post(ann, chat, "again")
    assert web.bridge.of_kind("message")[-1]["chat"]["name"] == "Bo"
    assert web.telemetry.logged("webchat note not taken")


@pytest.mark.parametrize("name", ["", " ", "x" * 257, "a\nb", None, 7])
def test_what_is_no_name_is_refused(ann: Browser, chat: str, name: object) -> None:
    answer = ann.call("PATCH", f"chats/{chat}", {"name": name})
    assert (answer.status, answer.code) == (400, "unreadable")


def test_only_its_visitor_renames_a_chat_that_is_there_and_while_the_owner_keeps_it_open(
    web: WebChat, ann: Browser, chat: str
) -> None:
    bob = web.browser()
    for browser, one in ((bob, chat), (ann, web.new_id())):
        answer = browser.call("PATCH", f"chats/{one}", {"name": "Bo"})
        assert (answer.status, answer.code) == (404, "unknown_chat")
    close(web)
    assert ann.call("PATCH", f"chats/{chat}", {"name": "Bo"}).code == "closed"


# --- one message -----------------------------------------------------------------------------------------------------


def test_one_message_is_read_whoever_wrote_it(web: WebChat, ann: Browser, chat: str) -> None:
    for message in (post(ann, chat), web.reply(chat, "Good morning")):
        shown = ann.call("GET", f"chats/{chat}/messages/{message}")
        assert shown.status == 200
        assert shown.json in ann.poll(chat)["messages"]


@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE"])
def test_there_is_nothing_at_a_message_that_is_not_there_or_another_visitors(
    web: WebChat, ann: Browser, chat: str, method: str
) -> None:
    body = {"text": "x"} if method in {"PATCH", "PUT"} else None
    message = post(ann, chat)
    unknown = ann.call(method, f"chats/{chat}/messages/{web.new_id()}", body)
    assert (unknown.status, unknown.code) == (404, "unknown_message")
    foreign = web.browser().call(method, f"chats/{chat}/messages/{message}", body)
    assert (foreign.status, foreign.code) == (404, "unknown_chat")
    assert ann.texts(chat) == ["hello"]


# --- other words -----------------------------------------------------------------------------------------------------


@CHANGES
def test_a_message_gets_other_words_and_agents_are_told(web: WebChat, ann: Browser, chat: str, method: str) -> None:
    message = post(ann, chat, "helo")
    before = ann.poll(chat)
    web.ask("PUT", f"chats/{chat}/messages/{message}/state", {"state": "read"})
    answer = ann.call(method, f"chats/{chat}/messages/{message}", {"text": " hello "})
    assert answer.status == 200
    assert {name: answer.json[name] for name in ("text", "edited", "state", "position")} == {
        "text": "hello",
        "edited": True,
        "state": "sent",  # agents have not got the new words yet
        "position": 1,
    }
    assert ann.poll(chat, before["cursor"])["messages"] == [answer.json]
    assert ann.call("GET", f"chats/{chat}").json["preview"] == "hello"
    assert told(web) == [("message", "helo"), ("changed", "hello")]


def test_each_change_is_told_once_however_often_it_is_asked_for(web: WebChat, ann: Browser, chat: str) -> None:
    message = post(ann, chat, "one")
    for text in ("two", "two", "three", "one"):
        change(ann, chat, message, text)
    assert told(web) == [("message", "one"), ("changed", "two"), ("changed", "three"), ("changed", "one")]
    assert [note["message"]["edits"] for note in web.bridge.of_kind("changed")] == [1, 2, 3]


def test_a_change_that_the_bridge_did_not_take_is_told_when_it_is_asked_for_again(
    web: WebChat, ann: Browser, chat: str
) -> None:
    message = post(ann, chat, "one")
    web.bridge.refuses = 1
    refused = ann.call("PATCH", f"chats/{chat}/messages/{message}", {"text": "two"})
    assert (refused.status, refused.code) == (503, "unavailable")
    assert ann.texts(chat) == ["two"]
    change(ann, chat, message, "two")
    post(ann, chat, "and more")
    assert told(web) == [("message", "one"), ("changed", "two"), ("message", "and more")]


def test_of_a_message_that_the_bridge_has_not_taken_yet_it_hears_the_new_words_only(
    web: WebChat, ann: Browser, chat: str
) -> None:
    message = web.new_id()
    web.bridge.refuses = 1
    assert ann.post(chat, "one", message).status == 503
    change(ann, chat, message, "two")
    assert told(web) == [("message", "two"), ("changed", "two")]


def test_a_change_that_overtakes_the_telling_of_its_message_is_not_lost(web: WebChat, ann: Browser, chat: str) -> None:
    message = web.new_id()
    web.bridge.before = lambda: change(ann, chat, message, "two")
    ann.post(chat, "one", message)
    assert ("changed", "two") in told(web)
    assert ann.texts(chat) == ["two"]


def test_the_words_under_a_file_can_be_changed_and_its_file_stays(web: WebChat, ann: Browser, chat: str) -> None:
    upload = ann.upload(chat, "cat.png", "image/png", PNG)
    message = ann.post(chat, "my dog", upload=upload).json
    changed = change(ann, chat, message["id"], "my cat")
    assert (changed["text"], changed["attachment"]) == ("my cat", message["attachment"])
    sent, note = (web.bridge.of_kind(kind)[0]["message"] for kind in ("message", "changed"))
    assert note["attachment"] == sent["attachment"]
    assert note["attachment"]["hosted"]


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "  "}, {"text": "x" * 4001}, {}, {"text": 7}])
def test_what_are_no_words_is_refused(web: WebChat, ann: Browser, chat: str, body: Json) -> None:
    message = post(ann, chat)
    answer = ann.call("PATCH", f"chats/{chat}/messages/{message}", body)
    assert (answer.status, answer.code) == (400, "unreadable")
    assert told(web) == [("message", "hello")]


def test_agents_words_are_not_the_visitors_to_change_or_delete(web: WebChat, ann: Browser, chat: str) -> None:
    theirs = web.reply(chat, "Good morning")
    for method, body in (("PATCH", {"text": "x"}), ("DELETE", None)):
        answer = ann.call(method, f"chats/{chat}/messages/{theirs}", body)
        assert (answer.status, answer.code) == (403, "not_own")
    assert ann.texts(chat) == ["Good morning"]


def test_a_choice_and_what_was_not_delivered_cannot_be_changed(web: WebChat, ann: Browser, chat: str) -> None:
    offer = web.reply(chat, "Sure?", buttons=[{"label": "Yes", "payload": "y"}])
    tapped = ann.post(chat, tap={"message": offer, "button": "0"}).json["id"]
    failed = post(ann, chat, "hello")
    web.ask("PUT", f"chats/{chat}/messages/{failed}/state", {"state": "failed"})
    for message in (tapped, failed):
        answer = ann.call("PATCH", f"chats/{chat}/messages/{message}", {"text": "No"})
        assert (answer.status, answer.code) == (409, "unchangeable")


def test_a_closed_chat_takes_no_new_words_but_forgets_what_is_deleted(web: WebChat, ann: Browser, chat: str) -> None:
    message = post(ann, chat)
    close(web)
    assert ann.call("PATCH", f"chats/{chat}/messages/{message}", {"text": "x"}).code == "closed"
    assert delete(ann, chat, message) == 204


# --- deleting --------------------------------------------------------------------------------------------------------


def test_a_message_is_deleted_everywhere_and_agents_are_told_without_its_words(
    web: WebChat, ann: Browser, chat: str
) -> None:
    post(ann, chat, "first")
    message = post(ann, chat, "my secret")
    cursor = ann.poll(chat)["cursor"]
    assert delete(ann, chat, message) == 204
    news = ann.poll(chat, cursor)
    assert (news["reset"], [one["text"] for one in news["messages"]]) == (True, ["first"])
    assert ann.call("GET", f"chats/{chat}/messages/{message}").code == "erased"
    assert ann.call("GET", f"chats/{chat}").json["preview"] == ""
    [note] = web.bridge.of_kind("deleted")
    assert "secret" not in repr(note)
    assert note["message"]["id"] == message
    assert "my secret" not in repr(vars(web.store))


def test_deleted_twice_it_is_told_once(web: WebChat, ann: Browser, chat: str) -> None:
    message = post(ann, chat)
    web.bridge.refuses = 1
    assert delete(ann, chat, message) == 503  # deleted, and not told yet
    assert ann.texts(chat) == []
    assert [delete(ann, chat, message) for _ in range(2)] == [204, 204]
    assert told(web) == [("message", "hello"), ("deleted", "")]


def test_words_that_the_bridge_has_not_taken_yet_are_never_told_once_they_are_deleted(
    web: WebChat, ann: Browser, chat: str
) -> None:
    unreported = web.new_id()
    web.bridge.refuses = 1
    assert ann.post(chat, "my secret", unreported).status == 503
    assert delete(ann, chat, unreported) == 204
    assert told(web) == [("deleted", "")]


def test_what_was_refused_is_deleted_without_a_word(web: WebChat, ann: Browser, chat: str) -> None:
    failed = post(ann, chat, "not taken")
    web.ask("PUT", f"chats/{chat}/messages/{failed}/state", {"state": "failed"})
    assert delete(ann, chat, failed) == 204
    assert told(web) == [("message", "not taken")]


def test_a_message_whose_change_was_not_taken_is_deleted_for_agents_too(web: WebChat, ann: Browser, chat: str) -> None:
    message = post(ann, chat)
    change(ann, chat, message, "hello there")
    web.ask("PUT", f"chats/{chat}/messages/{message}/state", {"state": "failed"})
    assert delete(ann, chat, message) == 204
    assert told(web)[-1] == ("deleted", "")


def test_with_a_message_its_file_goes(web: WebChat, ann: Browser, chat: str) -> None:
    upload = ann.upload(chat, "cat.png", "image/png", PNG)
    message = ann.post(chat, "", upload=upload).json
    assert [key for key in web.files.objects if key.startswith("media/")]
    assert delete(ann, chat, message["id"]) == 204
    stored: dict[str, StoredObject] = web.files.objects
    assert not [key for key in stored if key.startswith("media/")]


def test_a_message_that_agents_deleted_cannot_be_changed(web: WebChat, ann: Browser, chat: str) -> None:
    message = post(ann, chat)
    web.ask("DELETE", f"chats/{chat}/messages/{message}")
    answer = ann.call("PATCH", f"chats/{chat}/messages/{message}", {"text": "x"})
    assert (answer.status, answer.code) == (404, "erased")


# --- ceilings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["rename", "change", "delete"])
def test_each_of_them_counts_as_a_message(web: WebChat, ann: Browser, chat: str, what: str) -> None:
    message = post(ann, chat)
    calls = {
        "rename": ("PATCH", f"chats/{chat}", {"name": "Bo"}),
        "change": ("PATCH", f"chats/{chat}/messages/{message}", {"text": "x"}),
        "delete": ("DELETE", f"chats/{chat}/messages/{message}", None),
    }
    answers = [ann.call(*calls[what]).status for _ in range(30)]
    assert answers[-1] == 429
    assert ann.post(chat, "one more").status == 429


def test_races_of_two_tabs_lose_nothing(web: WebChat, ann: Browser, chat: str) -> None:
    message = post(ann, chat, "one")
    web.bridge.before = lambda: web.reply(chat, "an agent writes meanwhile")
    change(ann, chat, message, "two")
    assert ann.texts(chat) == ["two", "an agent writes meanwhile"]
    assert told(web) == [("message", "one"), ("changed", "two")]
