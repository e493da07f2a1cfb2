"""The web chat: visitors come, have chats of their own, erase them and leave."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from patchbay.domain.accounts import Connection, Secrets
from tests.harness.fakes.chats import HOOK, KEY, SITE, Browser, WebChat, write_static

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def web(tmp_path: Path) -> WebChat:
    return WebChat(write_static(tmp_path))


def other_site(web: WebChat) -> None:
    other: Connection = replace(SITE, id="other", endpoint_id="other", secrets=Secrets(values={"service_key": "k"}))
    web.connections.add(other, "other-hook")


# --- tokens ----------------------------------------------------------------------------------------------------------


def test_a_visitor_gets_a_token_that_is_stored_nowhere(web: WebChat) -> None:
    browser = web.browser()
    assert len(browser.token) == 43
    assert browser.call("GET", "chats").json == {"chats": []}
    assert browser.token not in repr(vars(web.store))


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer " + "x" * 43, "Basic " + "x" * 43, "Bearer " + "é" * 43]
)
@pytest.mark.parametrize(("method", "path"), [("GET", "chats"), ("DELETE", "visitors/me")])
def test_without_a_known_token_there_is_nothing(web: WebChat, method: str, path: str, authorization: str) -> None:
    headers = {"authorization": authorization} if authorization else {}
    answer = web.call(method, f"api/{path}", headers=headers)
    assert (answer.status, answer.code) == (401, "unknown_visitor")


def test_a_token_of_another_connection_is_worth_nothing(web: WebChat) -> None:
    other_site(web)
    browser = web.browser()
    chat = browser.start()
    headers = {"authorization": f"Bearer {browser.token}"}
    for path in ("chats", f"chats/{chat}", f"chats/{chat}/messages"):
        assert web.call("GET", f"api/{path}", webhook_token="other-hook", headers=headers).status == 401


def test_a_language_that_is_none_is_refused(web: WebChat) -> None:
    for language in ("<b>", "e", "en-" + "x" * 40, "en\nx"):
        assert web.call("POST", "api/visitors", {"language": language}).status == 400
    assert web.call("POST", "api/visitors", {}).status == 201


# --- chats -----------------------------------------------------------------------------------------------------------


def test_a_chat_is_started_under_a_name_and_told_with_the_first_message(web: WebChat) -> None:
    browser = web.browser("fi")
    chat = browser.start("  Zoë 👩‍🚀 ")
    assert web.bridge.notes == []
    browser.post(chat, "moi")
    (note,) = web.bridge.notes
    person = hashlib.sha256(f"{browser.visitor}\nzoë 👩‍🚀".encode()).hexdigest()[:24]
    assert note["chat"] == {"id": web.contacts[chat], "name": "Zoë 👩‍🚀", "person": person, "language": "fi"}


def test_one_visitor_is_one_person_for_each_name(web: WebChat) -> None:
    browser, stranger = web.browser(), web.browser()
    for person, name in ((browser, "Ann"), (browser, " ANN"), (browser, "Bo"), (stranger, "Ann")):
        person.post(person.start(name), "hi")
    first, same, bo, other = [note["chat"]["person"] for note in web.bridge.notes]
    assert first == same
    assert len({first, bo, other}) == 3


def test_a_chat_that_is_started_twice_is_one(web: WebChat) -> None:
    browser, chat = web.browser(), web.new_id()
    first = browser.call("POST", "chats", {"id": chat, "name": "Ann"})
    again = browser.call("POST", "chats", {"id": chat, "name": "Another"})
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json
    assert len(browser.call("GET", "chats").json["chats"]) == 1


@pytest.mark.parametrize("fate", ["goes on", "erased", "left", "expired"])
def test_whoever_takes_the_id_of_another_visitors_chat_is_somebody_else(web: WebChat, fate: str) -> None:
    """The platform knows people by what the bridge calls their chat, and remembers it for longer than we do."""
    alice, chat = web.browser(), web.new_id()
    alice.post(alice.start("Alice", chat), "my IBAN is ...")
    if fate == "erased":
        alice.call("DELETE", f"chats/{chat}")
    elif fate == "left":
        alice.call("DELETE", "visitors/me")
    elif fate == "expired":
        web.time.advance(31 * 86400)
    of_alice = web.contacts[chat]
    mallory = web.browser()
    mallory.post(mallory.start("Alice", chat), "it is me again")
    told = [note["chat"]["id"] for note in web.bridge.of_kind("message")]
    assert len(set(told)) == 2
    assert mallory.texts(chat) == ["it is me again"]
    if fate == "goes on":
        assert alice.texts(chat) == ["my IBAN is ..."]
    else:
        answer = web.ask("PUT", f"chats/{of_alice}/typing", {"typing": True})
        assert (answer.status, answer.code) == (404, "unknown_chat")


@pytest.mark.parametrize("name", ["", "   ", "\u3164", "\u200b\u2060", "\u0301", "x" * 257, None, 7])
def test_a_name_has_up_to_256_characters(web: WebChat, name: object) -> None:
    answer = web.browser().call("POST", "chats", {"id": web.new_id(), "name": name})
    assert (answer.status, answer.code) == (400, "unreadable")


@pytest.mark.parametrize("chat", ["", "1", "a#b", "../x", "A" * 36, "{" + "0" * 34 + "}"])
def test_an_id_is_a_uuid(web: WebChat, chat: str) -> None:
    browser = web.browser()
    assert browser.call("POST", "chats", {"id": chat, "name": "Ann"}).status == 400
    assert browser.call("GET", f"chats/{chat}x").status == 404


def test_chats_are_listed_with_the_latest_first(web: WebChat) -> None:
    browser = web.browser()
    first = browser.start("Ann")
    web.time.advance(5)
    second = browser.start("Bo")
    web.time.advance(5)
    web.reply(first, "tea\n or <i>coffee</i>?")
    one, two = browser.call("GET", "chats").json["chats"]
    assert (one["id"], two["id"]) == (first, second)
    assert one == browser.call("GET", f"chats/{first}").json
    assert (one["name"], one["preview"], one["unread"]) == ("Ann", "tea or <i>coffee</i>?", 1)
    assert (one["created_at"], one["updated_at"]) == ("2026-01-05T09:00:00.000Z", "2026-01-05T09:00:10.000Z")


def test_two_visitors_see_nothing_of_each_other(web: WebChat) -> None:
    ann, eve = web.browser(), web.browser()
    chat = ann.start()
    message = ann.post(chat, "a secret").json["id"]
    assert eve.call("GET", "chats").json == {"chats": []}
    calls: list[tuple[str, str, object]] = [
        ("GET", "", None),
        ("DELETE", "", None),
        ("GET", "/messages", None),
        ("POST", "/messages", {"id": web.new_id(), "text": "I am Ann"}),
        ("POST", "/uploads", {"name": "a.png", "size": 1, "type": "image/png"}),
        ("POST", "/typing", {"typing": True}),
        ("POST", "/read", {"up_to": message}),
    ]
    unknown = web.new_id()
    for method, path, body in calls:
        refused = eve.call(method, f"chats/{chat}{path}", body)
        missing = eve.call(method, f"chats/{unknown}{path}", body)
        assert (refused.status, refused.body) == (404, missing.body)
    assert ann.texts(chat) == ["a secret"]
    assert len(web.bridge.notes) == 1


# --- erasing ---------------------------------------------------------------------------------------------------------


def test_an_erased_chat_is_gone_for_everybody_and_the_bridge_is_told(web: WebChat) -> None:
    browser = web.browser()
    chat, other = browser.start(), browser.start("Bo")
    browser.post(chat, "a secret", upload=browser.upload(chat, "a.png", "image/png", PNG))
    assert browser.call("DELETE", f"chats/{chat}").status == 204
    assert web.bridge.notes[-1] == {
        "kind": "left",
        "chat": {"id": web.contacts[chat]},
        "at": "2026-01-05T09:00:00.000Z",
    }
    assert browser.call("GET", f"chats/{chat}").status == 404
    assert [one["id"] for one in browser.call("GET", "chats").json["chats"]] == [other]
    assert web.files.objects == {}
    assert web.ask("POST", f"chats/{chat}/messages", {}).status == 400
    assert "a secret" not in repr(vars(web.store))


def test_the_bridge_cannot_write_to_an_erased_chat(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    browser.call("DELETE", f"chats/{chat}")
    answer = web.ask("PUT", f"chats/{chat}/typing", {"typing": True})
    assert (answer.status, answer.code) == (404, "unknown_chat")


def test_erasing_that_the_bridge_did_not_hear_of_is_done_by_asking_again(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    browser.post(chat, "hello")
    web.bridge.refuses = 1
    assert browser.call("DELETE", f"chats/{chat}").status == 503
    assert browser.call("GET", f"chats/{chat}").status == 404
    assert browser.call("GET", "chats").json == {"chats": []}
    assert browser.call("POST", "chats", {"id": chat, "name": "Ann"}).status == 409
    assert browser.call("DELETE", f"chats/{chat}").status == 204
    assert len(web.bridge.of_kind("left")) == 1


def test_a_visitor_who_leaves_takes_everything_along(web: WebChat) -> None:
    browser, other = web.browser(), web.browser()
    chats = [browser.start(name) for name in ("Ann", "Bo")]
    kept = other.start()
    assert browser.call("DELETE", "visitors/me").status == 204
    assert {note["chat"]["id"] for note in web.bridge.of_kind("left")} == {web.contacts[chat] for chat in chats}
    for path in ("chats", f"chats/{chats[0]}", f"chats/{chats[0]}/messages"):
        assert browser.call("GET", path).status == 401
    assert browser.call("DELETE", "visitors/me").status == 401
    assert other.call("GET", f"chats/{kept}").status == 200


def test_leaving_that_broke_off_is_finished_by_asking_again(web: WebChat) -> None:
    browser = web.browser()
    for name in ("Ann", "Bo", "Cy"):
        browser.start(name)
    web.bridge.refuses = 1
    assert browser.call("DELETE", "visitors/me").status == 503
    assert browser.call("POST", "chats", {"id": web.new_id(), "name": "Di"}).status == 401
    assert browser.call("DELETE", "visitors/me").status == 204
    assert len(web.bridge.of_kind("left")) == 3


# --- time and limits -------------------------------------------------------------------------------------------------


def test_everything_is_gone_when_its_time_is_over(web: WebChat) -> None:
    web.connections.change("web", settings={"retention_days": "2"})
    web.connections.add(web.connections.connections["web"], HOOK)
    browser = web.browser()
    chat = browser.start()
    browser.post(chat, "old")
    web.time.advance(86_400)
    browser.post(chat, "new")
    web.time.advance(86_400)
    assert browser.texts(chat) == ["new"]
    web.time.advance(86_400)
    assert browser.call("GET", f"chats/{chat}").status == 401
    assert browser.call("GET", "chats").status == 401
    assert web.ask("PUT", f"chats/{chat}/typing", {"typing": True}).status == 404


def test_who_keeps_writing_keeps_their_token(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    for _ in range(10):
        web.time.advance(6 * 86_400)
        assert browser.post(chat, "still here").status == 201
    assert [one["id"] for one in browser.call("GET", "chats").json["chats"]] == [chat]
    assert len(browser.texts(chat)) == 5


def test_who_is_written_to_keeps_their_token(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    web.time.advance(20 * 86_400)
    web.reply(chat, "are you still there?")
    web.time.advance(20 * 86_400)
    assert [one["id"] for one in browser.call("GET", "chats").json["chats"]] == [chat]


def test_only_so_many_visitors_come_from_one_address_in_an_hour(web: WebChat) -> None:
    for _ in range(30):
        web.browser(source="192.0.2.7")
    answer = web.call("POST", "api/visitors", {}, source="192.0.2.7")
    assert (answer.status, answer.code) == (429, "too_many")
    assert answer.headers["retry-after"] == "4200"
    web.browser(source="192.0.2.8")
    web.time.advance(4200)
    web.browser(source="192.0.2.7")


def limited(web: WebChat) -> dict[str, tuple[int, int]]:
    """How many calls are answered and how many seconds the next must wait, by what they do."""

    def count(browser: Browser, method: str, path: str, **body: object) -> tuple[int, int]:
        for number in range(700):
            sent = {"id": web.new_id(), "name": "x", **body} if method == "POST" else None
            answer = browser.call(method, path, sent)
            if answer.status == 429:
                return number, int(answer.headers["retry-after"])
            assert answer.status < 300, answer.body
        return 700, 0

    def fresh() -> tuple[Browser, str]:
        browser = web.browser()
        return browser, f"chats/{browser.start()}"

    return {
        "messages": count((writer := fresh())[0], "POST", f"{writer[1]}/messages", text="x"),
        "uploads": count((sender := fresh())[0], "POST", f"{sender[1]}/uploads", size=1, type="image/png"),
        "typing": count((typist := fresh())[0], "POST", f"{typist[1]}/typing", typing=True),
        "chats": count(web.browser(), "POST", "chats"),
        "reads": count((reader := fresh())[0], "GET", f"{reader[1]}/messages"),
    }


def test_a_visitor_who_asks_for_too_much_is_told_how_long_to_wait(web: WebChat) -> None:
    assert limited(web) == {
        "messages": (30, 70),
        "uploads": (10, 70),
        "typing": (60, 70),
        "chats": (20, 4200),
        "reads": (600, 350),
    }
    assert web.telemetry.metrics["WebchatRefused"] == 5


def test_nothing_that_a_visitor_wrote_or_is_known_by_is_logged(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start("Ann of Green Gables")
    browser.post(chat, "a secret")
    browser.post(chat, "x" * 5000)
    web.reply(chat, "another secret")
    web.bridge.refuses = 1
    browser.post(chat, "a third secret")
    browser.call("DELETE", f"chats/{chat}")
    browser.call("DELETE", "visitors/me")
    written = json.dumps(web.telemetry.lines)
    for private in ("secret", "Gables", browser.token, browser.visitor, HOOK, KEY, "192.0.2.1"):
        assert private not in written
    said = {line for line, _ in web.telemetry.lines}
    assert {"webchat visitor made", "webchat chat started", "webchat call refused", "webchat note not taken"} <= said
    assert {"service": "webchat", "endpoint": "web", "reason": "unreadable"} in web.telemetry.logged(
        "webchat call refused"
    )
