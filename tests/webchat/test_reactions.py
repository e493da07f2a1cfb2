"""The web chat: reactions of both sides, answers that quote a message, and agents who correct their own words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from playground.services.webchat.memory import StoredObject
from tests.harness.fakes.chats import HOOK, SITE, Browser, Json, WebChat, write_static


@pytest.fixture
def web(tmp_path: Path) -> WebChat:
    return WebChat(write_static(tmp_path))


@pytest.fixture
def ann(web: WebChat) -> Browser:
    return web.browser()


@pytest.fixture
def chat(ann: Browser) -> str:
    return ann.start("Ann")


def react(browser: Browser, chat: str, message: str, emoji: object) -> Json:
    answer = browser.call("PUT", f"chats/{chat}/messages/{message}/reaction", {"emoji": emoji})
    assert answer.status == 200, answer.body
    shown: Json = answer.json
    return shown


def reactions(web: WebChat) -> list[tuple[str, bool]]:
    """What the bridge was told, each once."""
    notes = {note["number"]: note for note in web.bridge.of_kind("reaction")}
    return [(note["emoji"], note["added"]) for note in notes.values()]


def shown(browser: Browser, chat: str) -> list[list[tuple[str, bool]]]:
    messages = browser.poll(chat)["messages"]
    return [[(one["emoji"], one["mine"]) for one in message["reactions"]] for message in messages]


# --- a visitor reacts ------------------------------------------------------------------------------------------------


def test_a_visitors_reaction_is_shown_and_told_with_the_first_words(web: WebChat, ann: Browser, chat: str) -> None:
    theirs = web.reply(chat, "See you at ten?")
    cursor = ann.poll(chat)["cursor"]
    assert react(ann, chat, theirs, "👍")["reactions"] == [{"emoji": "👍", "mine": True, "name": ""}]
    news = ann.poll(chat, cursor)
    assert ([one["id"] for one in news["messages"]], news["reset"]) == ([theirs], False)
    [note] = web.bridge.of_kind("reaction")
    assert note["message"] == {"id": theirs, "mine": False, "excerpt": "See you at ten?"}
    assert note["chat"]["name"] == "Ann"


def test_each_of_them_is_told_once_and_in_order(web: WebChat, ann: Browser, chat: str) -> None:
    theirs = web.reply(chat, "See you at ten?")
    for emoji in ("👍", "👍", "❤️", "", "", "👍"):
        react(ann, chat, theirs, emoji)
    assert reactions(web) == [("👍", True), ("❤️", True), ("❤️", False), ("👍", True)]
    assert shown(ann, chat) == [[("👍", True)]]


def test_one_that_the_bridge_did_not_take_is_told_before_what_comes_next(web: WebChat, ann: Browser, chat: str) -> None:
    theirs = web.reply(chat, "See you at ten?")
    web.bridge.refuses = 1
    refused = ann.call("PUT", f"chats/{chat}/messages/{theirs}/reaction", {"emoji": "👍"})
    assert (refused.status, refused.code) == (503, "unavailable")
    assert shown(ann, chat) == [[("👍", True)]]
    ann.post(chat, "yes")
    assert [note["kind"] for note in web.bridge.notes if note["kind"] in {"reaction", "message"}] == [
        "reaction",
        "message",
    ]


@pytest.mark.parametrize("emoji", ["🦊", "buy here", "👍👍", None, 7])
def test_only_what_is_offered_is_taken_from_visitors(web: WebChat, ann: Browser, chat: str, emoji: object) -> None:
    theirs = web.reply(chat, "Hello")
    answer = ann.call("PUT", f"chats/{chat}/messages/{theirs}/reaction", {"emoji": emoji})
    assert (answer.status, answer.code) == (400, "unreadable")
    assert "👍" in ann.call("GET", "about").json["reactions"]


def test_only_the_chats_own_visitor_reacts_to_what_is_there_and_arrived(web: WebChat, ann: Browser, chat: str) -> None:
    mine = ann.post(chat, "hello").json["id"]
    foreign = web.browser().call("PUT", f"chats/{chat}/messages/{mine}/reaction", {"emoji": "👍"})
    assert (foreign.status, foreign.code) == (404, "unknown_chat")
    unknown = ann.call("PUT", f"chats/{chat}/messages/{web.new_id()}/reaction", {"emoji": "👍"})
    assert (unknown.status, unknown.code) == (404, "unknown_message")
    web.ask("PUT", f"chats/{chat}/messages/{mine}/state", {"state": "failed"})
    failed = ann.call("PUT", f"chats/{chat}/messages/{mine}/reaction", {"emoji": "👍"})
    assert (failed.status, failed.code) == (409, "unchangeable")
    web.connections.add(replace(SITE, settings={**SITE.settings, "open": "no"}), HOOK)
    closed = ann.call("PUT", f"chats/{chat}/messages/{mine}/reaction", {"emoji": "👍"})
    assert closed.code == "closed"


def test_a_reaction_counts_as_a_message(web: WebChat, ann: Browser, chat: str) -> None:
    theirs = web.reply(chat, "Hello")
    path = f"chats/{chat}/messages/{theirs}/reaction"
    answers = [ann.call("PUT", path, {"emoji": emoji}).status for emoji in ["👍", ""] * 16]
    assert answers[29:] == [200, 429, 429]


def test_of_a_reaction_to_what_was_deleted_meanwhile_nothing_is_told(web: WebChat, ann: Browser, chat: str) -> None:
    theirs = web.reply(chat, "my secret")
    web.bridge.refuses = 1
    ann.call("PUT", f"chats/{chat}/messages/{theirs}/reaction", {"emoji": "👍"})
    web.ask("DELETE", f"chats/{chat}/messages/{theirs}")
    ann.post(chat, "hello")
    assert reactions(web) == []
    assert "my secret" not in repr(vars(web.store))


# --- agents react ----------------------------------------------------------------------------------------------------


def test_each_agent_has_one_reaction_with_their_name(web: WebChat, ann: Browser, chat: str) -> None:
    mine = ann.post(chat, "hello").json["id"]
    heard = ann.open_live()
    for name, emoji in (("Anna", "🦊"), ("Ben", "🦊"), ("", "👍"), ("Anna", "❤️"), ("Anna", "❤️"), ("Ben", "")):
        body = {"emoji": emoji, "sender": {"name": name, "role": "agent"}}
        assert web.ask("PUT", f"chats/{chat}/messages/{mine}/reaction", body).status == 204
    [message] = ann.poll(chat)["messages"]
    assert [(one["name"], one["emoji"]) for one in message["reactions"]] == [("", "👍"), ("Anna", "❤️")]
    assert len(heard) == 5, "the same again is no news"
    assert reactions(web) == []


def test_of_very_many_agents_the_latest_reactions_are_shown(web: WebChat, ann: Browser, chat: str) -> None:
    mine = ann.post(chat, "hello").json["id"]
    for number in range(22):
        body = {"emoji": "👍", "sender": {"name": f"Agent {number}"}}
        web.ask("PUT", f"chats/{chat}/messages/{mine}/reaction", body)
    [message] = ann.poll(chat)["messages"]
    assert [one["name"] for one in message["reactions"]] == [f"Agent {number}" for number in range(2, 22)]


def test_the_agents_side_has_one_reaction_of_any_kind(web: WebChat, ann: Browser, chat: str) -> None:
    mine = ann.post(chat, "hello").json["id"]
    heard = ann.open_live()
    react(ann, chat, mine, "🎉")
    for emoji in ("🦊", "❤️", "❤️"):
        assert web.ask("PUT", f"chats/{chat}/messages/{mine}/reaction", {"emoji": emoji}).status == 204
    assert shown(ann, chat) == [[("❤️", False), ("🎉", True)]]
    assert [update["messages"][0]["reactions"][0]["emoji"] for update in heard] == ["🎉", "🦊", "❤️"]
    web.ask("PUT", f"chats/{chat}/messages/{mine}/reaction", {"emoji": ""})
    assert shown(ann, chat) == [[("🎉", True)]]
    assert reactions(web) == [("🎉", True)]


@pytest.mark.parametrize("path", ["", "/reaction"])
def test_what_is_not_there_is_not_changed(web: WebChat, ann: Browser, chat: str, path: str) -> None:
    ann.post(chat, "hello")
    gone = web.reply(chat, "oops")
    web.ask("DELETE", f"chats/{chat}/messages/{gone}")
    body = {"emoji": "👍", "content": {"type": "text", "text": "x"}}
    for message in (gone, web.new_id()):
        answer = web.ask("PUT", f"chats/{chat}/messages/{message}{path}", body)
        assert (answer.status, answer.code) == (404, "unknown_message")


# --- agents correct themselves ---------------------------------------------------------------------------------------


def test_an_agents_message_says_something_else_and_is_marked(web: WebChat, ann: Browser, chat: str) -> None:
    theirs = web.reply(chat, "At ten")
    cursor = ann.poll(chat)["cursor"]
    unread = ann.call("GET", f"chats/{chat}").json["unread"]
    body = {"content": {"type": "text", "text": "At eleven"}}
    for _ in range(2):
        assert web.ask("PUT", f"chats/{chat}/messages/{theirs}", body).status == 204
    [news] = ann.poll(chat, cursor)["messages"]
    assert (news["text"], news["edited"], news["position"]) == ("At eleven", True, 1)
    assert news["sender"]["name"] == "Anna"
    assert ann.poll(chat)["cursor"] == "r2", "the same again is no change"
    head = ann.call("GET", f"chats/{chat}").json
    assert (head["preview"], head["unread"]) == ("At eleven", unread)
    assert "At ten" not in repr(vars(web.store))


def test_with_another_file_the_one_before_is_gone(web: WebChat, ann: Browser, chat: str) -> None:
    def picture(name: str) -> Json:
        web.files.objects[f"media/x/{name}"] = StoredObject(b"picture", "image/png")
        address = f"https://bridge.test/media/x/{name}"
        return {"type": "attachment", "kind": "image", "url": address, "name": name, "content_type": "image/png"}

    first = picture("a.png")
    theirs = web.reply(chat, "", content=first)
    web.ask("PUT", f"chats/{chat}/messages/{theirs}", {"content": {**first, "caption": "The plan"}})
    assert "media/x/a.png" in web.files.objects
    web.ask("PUT", f"chats/{chat}/messages/{theirs}", {"content": picture("b.png")})
    assert list(web.files.objects) == ["media/x/b.png"]
    assert [one["attachment"]["name"] for one in ann.poll(chat)["messages"]] == ["b.png"]


def test_a_visitors_message_is_not_the_agents_to_change(web: WebChat, ann: Browser, chat: str) -> None:
    mine = ann.post(chat, "hello").json["id"]
    answer = web.ask("PUT", f"chats/{chat}/messages/{mine}", {"content": {"type": "text", "text": "x"}})
    assert (answer.status, answer.code) == (404, "unknown_message")
    assert ann.texts(chat) == ["hello"]


# --- quotes ----------------------------------------------------------------------------------------------------------


def test_a_visitor_answers_a_message_of_either_side(web: WebChat, ann: Browser, chat: str) -> None:
    theirs = web.reply(chat, "Tea or coffee?")
    first = ann.post(chat, "Tea", reply_to=theirs).json
    second = ann.post(chat, "Green", reply_to=first["id"]).json
    assert [first["reply_to"], second["reply_to"]] == [theirs, first["id"]]
    assert [note["message"]["reply_to"] for note in web.bridge.of_kind("message")] == [
        {"id": theirs, "mine": False, "excerpt": "Tea or coffee?"},
        {"id": first["id"], "mine": True, "excerpt": "Tea"},
    ]


def test_an_answer_that_is_told_later_still_quotes(web: WebChat, ann: Browser, chat: str) -> None:
    theirs = web.reply(chat, "Tea or coffee?")
    web.bridge.refuses = 1
    assert ann.post(chat, "Tea", reply_to=theirs).status == 503
    ann.post(chat, "please")
    assert [(note["message"]["reply_to"] or {}).get("id") for note in web.bridge.of_kind("message")] == [theirs, None]


def test_words_are_not_refused_because_what_they_answer_is_not_there(web: WebChat, ann: Browser, chat: str) -> None:
    gone = web.reply(chat, "my secret")
    web.ask("DELETE", f"chats/{chat}/messages/{gone}")
    assert ann.post(chat, "Tea", reply_to=gone).json["reply_to"] == gone
    assert ann.post(chat, "Milk", reply_to=web.new_id()).json["reply_to"] is None
    assert [note["message"]["reply_to"] for note in web.bridge.of_kind("message")] == [None, None]


def test_an_agent_answers_a_message(web: WebChat, ann: Browser, chat: str) -> None:
    mine = ann.post(chat, "Tea").json["id"]
    web.reply(chat, "With milk?", reply_to=mine)
    assert [one["reply_to"] for one in ann.poll(chat)["messages"]] == [None, mine]


def test_no_words_of_a_message_are_kept_where_it_is_quoted(web: WebChat, ann: Browser, chat: str) -> None:
    mine = ann.post(chat, "my secret").json["id"]
    web.reply(chat, "With milk?", reply_to=mine)
    ann.call("DELETE", f"chats/{chat}/messages/{mine}")
    assert "my secret" not in repr(vars(web.store))
