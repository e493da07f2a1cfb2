"""The web chat: what the bridge writes and does in a chat, with the connection's key alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from patchbay.domain.accounts import Secrets
from playground.services.webchat.memory import StoredObject
from tests.harness.fakes.chats import HOOK, KEY, SITE, Json, WebChat, write_static

PICTURE: Json = {
    "type": "attachment",
    "kind": "image",
    "url": "https://bridge.test/media/x/a.png",
    "name": "a.png",
    "content_type": "image/png",
    "size": 7,
    "caption": "look",
}

MESSAGE: Json = {
    "sender": {"name": "Anna", "role": "agent"},
    "sent_at": "2026-01-05T09:00:00Z",
    "content": {"type": "text", "text": "Good morning"},
}


@pytest.fixture
def web(tmp_path: Path) -> WebChat:
    return WebChat(write_static(tmp_path))


def shown(web: WebChat, **message: object) -> Json:
    """A message of an agent, as the visitor's browser gets it."""
    browser = web.browser()
    chat = browser.start()
    web.reply(chat, "", "", **message)
    (entry,) = browser.poll(chat)["messages"]
    assert isinstance(entry, dict)
    return entry


# --- the key ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("authorization", ["", "Bearer ", f"Basic {KEY}", "Bearer wrong", "Bearer wröng", KEY])
def test_without_the_key_the_bridges_calls_are_refused(web: WebChat, authorization: str) -> None:
    headers = {"authorization": authorization}
    for method, path in (("GET", "about"), ("DELETE", f"chats/{web.new_id()}"), ("GET", "nothing")):
        answer = web.call(method, f"bridge/{path}", headers=headers)
        assert (answer.status, answer.code) == (401, "wrong_key")


def test_a_visitors_token_is_not_the_key(web: WebChat) -> None:
    assert web.ask("GET", "about", key=web.browser().token).status == 401


def test_the_bridge_finds_out_whom_it_speaks_to(web: WebChat) -> None:
    assert web.ask("GET", "about").json == {"service": "webchat", "title": "Ask us"}


def test_a_key_that_was_changed_works_at_once_and_the_one_before_still_does(web: WebChat) -> None:
    endpoint = web.connections.endpoints["webchat", HOOK]
    secrets = Secrets(values={"service_key": "new"}, previous={"service_key": KEY})
    web.connections.renewed["webchat", HOOK] = replace(endpoint, secrets=secrets)
    assert web.ask("GET", "about", key="new").status == 200
    assert web.ask("GET", "about", key=KEY).status == 200
    assert web.ask("GET", "about", key="newer").status == 401


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_text_comes_with_its_author(web: WebChat) -> None:
    entry = shown(web, content={"type": "text", "text": "hello <b>"})
    assert (entry["text"], entry["mine"], entry["position"]) == ("hello <b>", False, 1)
    assert entry["sender"] == {"name": "Anna", "bot": False}


def test_a_bot_is_shown_as_one_and_nobody_has_no_name(web: WebChat) -> None:
    assert shown(web, sender={"name": "Robo", "role": "bot", "avatar": ""})["sender"] == {
        "name": "Robo",
        "bot": True,
    }
    assert shown(web, sender={})["sender"] == {"name": "", "bot": False}


def test_a_picture_comes_with_its_caption(web: WebChat) -> None:
    entry = shown(web, content=PICTURE)
    assert entry["text"] == "look"
    assert entry["attachment"] == {
        "kind": "image",
        "url": "https://bridge.test/media/x/a.png",
        "name": "a.png",
        "type": "image/png",
        "size": 7,
    }


def test_a_location_comes_as_a_point(web: WebChat) -> None:
    place = {"latitude": 60.17, "longitude": 24.94, "label": "Helsinki"}
    assert shown(web, content={"type": "location", **place})["location"] == place


def test_cards_and_buttons_come_without_their_payloads(web: WebChat) -> None:
    card = {"title": "Tea", "text": "green", "image": PICTURE, "buttons": [{"label": "Buy", "payload": "SECRET"}]}
    bare = {"title": "Milk", "text": "", "image": None, "buttons": [{"label": "See", "url": "https://s.test/milk"}]}
    entry = shown(web, content={"type": "cards", "cards": [card, bare]}, buttons=[{"label": "No", "payload": "SECRET"}])
    assert entry["cards"] == [
        {
            "title": "Tea",
            "text": "green",
            "image": "https://bridge.test/media/x/a.png",
            "buttons": [{"id": "0.0", "label": "Buy", "url": None}],
        },
        {
            "title": "Milk",
            "text": "",
            "image": None,
            "buttons": [{"id": "1.0", "label": "See", "url": "https://s.test/milk"}],
        },
    ]
    assert entry["buttons"] == [{"id": "0", "label": "No", "url": None}]


NO_ADDRESSES = [
    *["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//x.test", "https:x", "http://[x", "https://"],
    *[
        "myapp://order/1",
        "mailto:a@s.test",
        "www.s.test",
        "https://s.test/a b",
        "https://a b.test/",
        "tel:call-me",
        " ",
    ],
]


@pytest.mark.parametrize("address", [*NO_ADDRESSES, ""])
def test_an_address_that_is_none_never_reaches_a_browser(web: WebChat, address: str) -> None:
    card = {"title": "x", "image": {**PICTURE, "url": address}, "buttons": []}
    entry = shown(web, sender={"name": "x", "avatar": address}, content={"type": "cards", "cards": [card]})
    assert entry["sender"] == {"name": "x", "bot": False}
    assert entry["cards"][0]["image"] is None


@pytest.mark.parametrize("address", NO_ADDRESSES)
@pytest.mark.parametrize("on_card", [False, True])
def test_a_link_that_leads_nowhere_is_refused_and_never_a_reply(web: WebChat, address: str, on_card: bool) -> None:
    button = {"label": "x", "payload": "", "url": address}
    card = {"title": "x", "image": None, "buttons": [button] if on_card else []}
    message = {
        "key": "k",
        "sent_at": "2026-01-05T09:00:00Z",
        "content": {"type": "cards", "cards": [card]},
        "buttons": [] if on_card else [button],
    }
    answer = web.ask("POST", f"chats/{web.browser().start()}/messages", message)
    assert (answer.status, answer.code) == (400, "unreadable")


def test_a_file_without_an_address_for_browsers_is_refused(web: WebChat) -> None:
    chat = web.browser().start()
    message = {"key": "k", "sent_at": "2026-01-05T09:00:00Z", "content": {**PICTURE, "url": "javascript:alert(1)"}}
    answer = web.ask("POST", f"chats/{chat}/messages", message)
    assert (answer.status, answer.code) == (400, "unreadable")


def test_a_part_that_is_sent_again_under_its_key_is_taken_once(web: WebChat) -> None:
    browser = web.browser()
    chat, other = browser.start(), browser.start("Bo")
    message = {"key": "k:1", "sent_at": "2026-01-05T09:00:00Z", "content": {"type": "text", "text": "once"}}
    first = web.ask("POST", f"chats/{chat}/messages", message)
    again = web.ask("POST", f"chats/{chat}/messages", message)
    assert (first.status, again.status, again.json) == (201, 200, first.json)
    assert browser.texts(chat) == ["once"]
    assert web.ask("POST", f"chats/{other}/messages", message).status == 201


def test_a_part_that_was_erased_does_not_come_back(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    message = web.reply(chat, "oops", "k")
    web.ask("DELETE", f"chats/{chat}/messages/{message}")
    assert web.reply(chat, "oops", "k") == message
    assert browser.texts(chat) == []


@pytest.mark.parametrize("content", [{"type": "text"}, {"type": "poem", "text": "x"}, {}, {"type": "cards"}])
def test_a_message_that_is_not_as_documented_is_refused(web: WebChat, content: Json) -> None:
    chat = web.browser().start()
    message = {"key": "k", "sent_at": "2026-01-05T09:00:00Z", "content": content}
    assert web.ask("POST", f"chats/{chat}/messages", message).status == 400


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "messages", {"key": "k", "sent_at": "2026-01-05T09:00:00Z", "content": {"type": "text", "text": "x"}}),
        ("PUT", "messages/m/state", {"state": "read"}),
        ("PUT", "typing", {"typing": True}),
    ],
)
def test_a_chat_that_is_not_there_is_said_to_be_unknown(web: WebChat, method: str, path: str, body: Json) -> None:
    for chat in (web.new_id(), "nonsense"):
        answer = web.ask(method, f"chats/{chat}/{path}", body)
        assert (answer.status, answer.code) == (404, "unknown_chat")


# --- states ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("states", "seen"),
    [
        ([], "sent"),
        (["sent"], "delivered"),
        (["sent", "delivered", "read"], "read"),
        (["read", "delivered", "sent"], "read"),
        (["failed"], "failed"),
        (["sent", "failed"], "failed"),
        (["delivered", "failed"], "delivered"),
        (["failed", "delivered"], "failed"),
        (["failed", "read"], "read"),
    ],
)
def test_a_visitors_message_never_goes_backwards(web: WebChat, states: list[str], seen: str) -> None:
    browser = web.browser()
    chat = browser.start()
    message = browser.post(chat, "hello").json["id"]
    for state in states:
        told = {"state": state, "reason": "file_gone" if state == "failed" else ""}
        assert web.ask("PUT", f"chats/{chat}/messages/{message}/state", told).status == 204
    (entry,) = browser.poll(chat)["messages"]
    assert (entry["state"], entry["reason"]) == (seen, "file_gone" if seen == "failed" else "")


def test_why_a_message_failed_is_a_code_and_never_words(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    message = browser.post(chat, "hello").json["id"]
    state = f"chats/{chat}/messages/{message}/state"
    refused = web.ask(
        "PUT", state, {"state": "failed", "reason": "Unblu refused the request: sending a message (HTTP 400)"}
    )
    assert (refused.status, refused.json["error"]["code"]) == (400, "unreadable")
    assert web.ask("PUT", state, {"state": "failed"}).status == 204
    (entry,) = browser.poll(chat)["messages"]
    assert (entry["state"], entry["reason"]) == ("failed", "refused")


def test_a_state_of_what_is_gone_or_of_an_agents_message_changes_nothing(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    theirs = web.reply(chat, "hello")
    before = browser.poll(chat)
    for message in (web.new_id(), theirs):
        assert web.ask("PUT", f"chats/{chat}/messages/{message}/state", {"state": "read"}).status == 204
    assert browser.poll(chat)["messages"] == before["messages"]
    assert web.ask("PUT", f"chats/{chat}/messages/{theirs}/state", {"state": "lost"}).status == 400


# --- erasing ---------------------------------------------------------------------------------------------------------


def test_an_erased_message_is_gone_with_its_file_and_no_longer_counts(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    web.reply(chat, "tea?")
    web.files.objects["media/x/a.png"] = StoredObject(b"picture", "image/png")
    message = web.reply(chat, "", content=PICTURE)
    for _ in range(2):
        assert web.ask("DELETE", f"chats/{chat}/messages/{message}").status == 204
    assert browser.texts(chat) == ["tea?"]
    assert web.files.objects == {}
    listed = browser.call("GET", f"chats/{chat}").json
    assert (listed["unread"], listed["preview"]) == (1, "")


@pytest.mark.parametrize("by", ["bridge", "visitor"])
def test_a_file_that_was_uploaded_and_not_posted_goes_with_the_rest(web: WebChat, by: str) -> None:
    browser = web.browser()
    chat = browser.start()
    wanted = {"name": "a.png", "size": 7, "type": "image/png"}
    form = browser.call("POST", f"chats/{chat}/uploads", wanted).json["fields"]
    assert web.files.take(form, b"picture")
    if by == "bridge":
        web.ask("DELETE", f"chats/{chat}")
    else:
        browser.call("DELETE", f"chats/{chat}")
    assert web.files.objects == {}


def test_files_that_stand_elsewhere_are_left_alone(web: WebChat) -> None:
    chat = web.browser().start()
    web.files.objects["media/x/a.png"] = StoredObject(b"picture", "image/png")
    for address in ("https://elsewhere.test/media/x/a.png", "https://bridge.test/other/media/x/a.png"):
        message = web.reply(chat, "", content={**PICTURE, "url": address})
        web.ask("DELETE", f"chats/{chat}/messages/{message}")
    assert web.files.objects


def test_an_erased_transcript_is_gone_and_the_visitor_may_go_on(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    for text in ("a secret", "another"):
        web.reply(chat, text)
    web.files.objects["media/x/a.png"] = StoredObject(b"picture", "image/png")
    web.reply(chat, "", content=PICTURE)
    cursor = browser.poll(chat)["cursor"]
    for _ in range(2):
        assert web.ask("DELETE", f"chats/{chat}").status == 204
    news = browser.poll(chat, cursor)
    assert (news["reset"], news["messages"], news["earlier"]) == (True, [], None)
    listed = browser.call("GET", f"chats/{chat}").json
    assert (listed["unread"], listed["preview"], listed["name"]) == (0, "", "Ann")
    assert "secret" not in repr(vars(web.store))
    assert web.files.objects == {}
    assert web.bridge.of_kind("left") == []
    browser.post(chat, "hello again")
    assert browser.texts(chat) == ["hello again"]


def test_erasing_what_is_not_there_is_done(web: WebChat) -> None:
    unknown = web.new_id()
    assert web.ask("DELETE", f"chats/{unknown}").status == 204
    assert web.ask("DELETE", f"chats/{unknown}/messages/{unknown}").status == 204
    chat = web.browser().start()
    assert web.ask("DELETE", f"chats/{chat}/messages/{unknown}").status == 204


# --- chats that the other side begins --------------------------------------------------------------------------------


def begin(web: WebChat, beside: str, key: str = "giosg-1:chat-2") -> Json:
    answer = web.ask("POST", f"chats/{beside}/beside", {"key": key})
    assert answer.status in {200, 201}, answer.body
    begun: Json = answer.json
    return begun


def test_a_chat_that_the_other_side_begins_stands_in_the_visitors_list_under_their_name(web: WebChat) -> None:
    browser = web.browser("de")
    chat = browser.start("Ann")
    web.time.advance(1)
    begun = begin(web, chat)
    posted = web.ask("POST", f"chats/{begun['id']}/messages", {"key": "1", **MESSAGE})
    assert posted.status == 201
    new, old = browser.call("GET", "chats").json["chats"]
    assert (new["name"], new["preview"], new["unread"], old["id"]) == ("Ann", "Good morning", 1, chat)
    assert browser.texts(new["id"]) == ["Good morning"]
    assert (begun["name"], begun["language"]) == ("Ann", "de")
    browser.post(new["id"], "And to you")
    [note] = web.bridge.of_kind("message")
    assert note["chat"] == begun  # the same person, in a thread of its own


def test_begun_twice_under_one_key_it_is_one_chat(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    assert begin(web, chat) == begin(web, chat)
    assert len(browser.call("GET", "chats").json["chats"]) == 2
    assert begin(web, chat, "another")["id"] != begin(web, chat)["id"]


def test_a_chat_is_begun_beside_none_that_is_gone(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    begun = begin(web, chat)
    [other] = [one["id"] for one in browser.call("GET", "chats").json["chats"] if one["id"] != chat]
    browser.call("DELETE", f"chats/{other}")
    assert web.ask("POST", f"chats/{chat}/beside", {"key": "giosg-1:chat-2"}).json["id"] == begun["id"]  # made anew
    browser.call("DELETE", "visitors/me")
    assert web.ask("POST", f"chats/{chat}/beside", {"key": "giosg-1:chat-3"}).code == "unknown_chat"


def test_a_visitor_with_all_the_chats_there_may_be_gets_no_other(web: WebChat) -> None:
    browser = web.browser()
    chats = [browser.start() for _ in range(20)]
    answer = web.ask("POST", f"chats/{chats[0]}/beside", {"key": "giosg-1:chat-2"})
    assert (answer.status, answer.code) == (409, "too_many_chats")


def test_a_chat_that_the_owner_keeps_closed_can_still_be_begun_by_agents(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    web.connections.add(replace(SITE, settings={**SITE.settings, "open": "no"}), HOOK)
    assert begin(web, chat)["id"]
