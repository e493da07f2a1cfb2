"""The web chat: what is new comes once and in order, what was erased goes, and the bridge hears what was seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.fakes.chats import Json, WebChat, write_static


@pytest.fixture
def web(tmp_path: Path) -> WebChat:
    return WebChat(write_static(tmp_path))


def positions(answer: Json) -> list[int]:
    return [message["position"] for message in answer["messages"]]


# --- the cursor ------------------------------------------------------------------------------------------------------


def test_only_what_is_new_or_changed_comes(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    mine = browser.post(chat, "one").json["id"]
    whole = browser.poll(chat)
    assert positions(whole) == [1]
    assert whole["reset"] is False
    assert positions(browser.poll(chat, whole["cursor"])) == []
    web.reply(chat, "two")
    web.ask("PUT", f"chats/{chat}/messages/{mine}/state", {"state": "sent"})
    news = browser.poll(chat, whole["cursor"])
    assert [(one["position"], one["state"]) for one in news["messages"]] == [(1, "delivered"), (2, "sent")]
    assert "earlier" not in news
    assert browser.poll(chat, news["cursor"])["messages"] == []


def test_when_nothing_is_new_nothing_but_the_chat_is_read(web: WebChat, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = web.browser()
    chat = browser.start()
    web.reply(chat, "hi")
    cursor = browser.poll(chat)["cursor"]
    for name in ("entries", "entry", "visitor", "chats_of", "save"):
        monkeypatch.delattr(type(web.store), name)
    assert browser.poll(chat, cursor)["messages"] == []


def test_a_long_transcript_comes_in_pages_from_the_end(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    for number in range(450):
        web.reply(chat, f"{number}")
    page = browser.poll(chat)
    assert positions(page) == list(range(251, 451))
    older = browser.poll(chat, before=page["earlier"])
    oldest = browser.poll(chat, before=older["earlier"])
    assert positions(older) == list(range(51, 251))
    assert positions(oldest) == list(range(1, 51))
    assert oldest["earlier"] is None


def test_a_transcript_of_exactly_one_page_has_nothing_earlier(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    for number in range(200):
        web.reply(chat, f"{number}")
    assert browser.poll(chat)["earlier"] is None


def test_after_a_long_absence_everything_comes_anew(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    web.reply(chat, "first")
    cursor = browser.poll(chat)["cursor"]
    for number in range(41):
        web.reply(chat, f"{number}")
    news = browser.poll(chat, cursor)
    assert news["reset"] is True
    assert positions(news) == list(range(1, 43))
    assert news["earlier"] is None


def test_a_change_far_up_a_long_transcript_brings_everything_anew(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    first = browser.post(chat, "first").json["id"]
    for number in range(250):
        web.reply(chat, f"{number}")
    cursor = browser.poll(chat)["cursor"]
    web.ask("PUT", f"chats/{chat}/messages/{first}/state", {"state": "read"})
    assert browser.poll(chat, cursor)["reset"] is True


def test_after_an_erasure_the_answer_is_complete(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    erased = web.reply(chat, "a secret")
    browser.post(chat, "hello")
    cursor = browser.poll(chat)["cursor"]
    web.ask("DELETE", f"chats/{chat}/messages/{erased}")
    news = browser.poll(chat, cursor)
    assert (news["reset"], [one["text"] for one in news["messages"]]) == (True, ["hello"])
    assert browser.poll(chat, news["cursor"])["reset"] is False


def test_a_cursor_of_a_chat_that_had_the_same_id_is_out_of_date(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    for number in range(5):
        web.reply(chat, f"{number}")
    cursor = browser.poll(chat)["cursor"]
    browser.call("DELETE", f"chats/{chat}")
    browser.start(chat=chat)
    web.reply(chat, "new")
    news = browser.poll(chat, cursor)
    assert (news["reset"], positions(news)) == (True, [1])


@pytest.mark.parametrize("cursor", ["x", "r", "r-1", "p1", "r1x", "r" + "9" * 40, "r１", "1"])
@pytest.mark.parametrize("name", ["after", "before"])
def test_a_cursor_that_is_not_ours_is_refused(web: WebChat, name: str, cursor: str) -> None:
    browser = web.browser()
    chat = browser.start()
    if (name, cursor) == ("before", "p1"):
        assert browser.poll(chat, before=cursor)["messages"] == []
        return
    assert browser.call("GET", f"chats/{chat}/messages?{name}={cursor}").status == 400


# --- what visitors show by looking -----------------------------------------------------------------------------------


def test_messages_are_delivered_when_an_answer_hands_them_out(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    web.reply(chat, "one")
    last = web.reply(chat, "two")
    assert web.bridge.of_kind("delivered") == []
    for _ in range(3):
        browser.poll(chat)
    (note,) = web.bridge.of_kind("delivered")
    assert note == {
        "kind": "delivered",
        "chat": {"id": web.contacts[chat]},
        "message": {"id": last},
        "at": "2026-01-05T09:00:00.000Z",
    }


def test_a_delivery_that_the_bridge_did_not_hear_of_is_told_with_the_next_answer(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    web.reply(chat, "one")
    web.bridge.refuses = 1
    cursor = browser.poll(chat)["cursor"]
    assert web.bridge.notes == []
    browser.poll(chat, cursor)
    browser.poll(chat, cursor)
    assert len(web.bridge.of_kind("delivered")) == 1


def test_the_list_of_chats_delivers_nothing(web: WebChat) -> None:
    browser = web.browser()
    web.reply(browser.start(), "one")
    browser.call("GET", "chats")
    assert web.bridge.notes == []


def test_what_was_read_is_told_once_and_no_longer_counts(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    one, _, three = (web.reply(chat, text) for text in ("one", "two", "three"))
    mine = browser.post(chat, "four").json["id"]

    def unread() -> int:
        return int(browser.call("GET", f"chats/{chat}").json["unread"])

    def read(up_to: str) -> list[str]:
        assert browser.call("POST", f"chats/{chat}/read", {"up_to": up_to}).status == 204
        return [note["message"]["id"] for note in web.bridge.of_kind("read")]

    assert unread() == 3
    assert (read(one), unread()) == ([one], 2)
    assert (read(mine), unread()) == ([one, three], 0)
    assert (read(one), unread()) == ([one, three], 0)
    assert browser.poll(chat)["messages"]
    assert web.bridge.of_kind("delivered") == []


def test_reading_that_the_bridge_did_not_hear_of_is_sent_again(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    message = web.reply(chat, "one")
    web.bridge.refuses = 1
    assert browser.call("POST", f"chats/{chat}/read", {"up_to": message}).status == 503
    assert browser.call("GET", f"chats/{chat}").json["unread"] == 1
    assert browser.call("POST", f"chats/{chat}/read", {"up_to": message}).status == 204
    assert len(web.bridge.of_kind("read")) == 1


def test_reading_up_to_what_never_was_is_refused_and_up_to_what_was_erased_is_not(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    answer = browser.call("POST", f"chats/{chat}/read", {"up_to": web.new_id()})
    assert (answer.status, answer.code) == (404, "unknown_message")
    erased = web.reply(chat, "one")
    web.ask("DELETE", f"chats/{chat}/messages/{erased}")
    assert browser.call("POST", f"chats/{chat}/read", {"up_to": erased}).status == 204
    mine = browser.post(chat, "alone").json["id"]
    assert browser.call("POST", f"chats/{chat}/read", {"up_to": mine}).status == 204


# --- typing ----------------------------------------------------------------------------------------------------------


def test_typing_is_told_at_most_once_in_five_seconds(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    for _ in range(12):
        assert browser.call("POST", f"chats/{chat}/typing", {"typing": True}).status == 204
        web.time.advance(1)
    notes = web.bridge.of_kind("typing")
    assert [(note["typing"], note["at"][-10:]) for note in notes] == [
        (True, "00:00.000Z"),
        (True, "00:05.000Z"),
        (True, "00:10.000Z"),
    ]


def test_that_nobody_types_any_more_is_told_once(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    for typing in (False, True, False, False):
        browser.call("POST", f"chats/{chat}/typing", {"typing": typing})
    assert [note["typing"] for note in web.bridge.of_kind("typing")] == [True, False]


def test_typing_that_the_bridge_did_not_take_is_forgotten(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    web.bridge.refuses = 1
    assert browser.call("POST", f"chats/{chat}/typing", {"typing": True}).status == 204
    assert web.bridge.notes == []


def test_an_agents_typing_shows_for_ten_seconds(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    assert browser.poll(chat)["typing"] is None
    web.ask("PUT", f"chats/{chat}/typing", {"typing": True, "name": "Anna"})
    cursor = browser.poll(chat)["cursor"]
    assert browser.poll(chat, cursor)["typing"] == {"name": "Anna"}
    web.time.advance(9.9)
    assert browser.poll(chat, cursor)["typing"] == {"name": "Anna"}
    web.time.advance(0.1)
    assert browser.poll(chat, cursor)["typing"] is None


@pytest.mark.parametrize("ends", ["stops", "writes"])
def test_an_agents_typing_ends_when_they_stop_or_have_written(web: WebChat, ends: str) -> None:
    browser = web.browser()
    chat = browser.start()
    web.ask("PUT", f"chats/{chat}/typing", {"typing": True, "name": "Anna"})
    if ends == "stops":
        web.ask("PUT", f"chats/{chat}/typing", {"typing": False})
    else:
        web.reply(chat, "here you are")
    assert browser.poll(chat)["typing"] is None
