"""Live connections: who may open one, what arrives on it, and that it never stands in the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from chat import live
from chat.tickets import TICKET_TIME
from patchbay.domain.accounts import Secrets
from patchbay.domain.errors import Conflict
from tests.harness.fakes.chats import HOOK, SITE, Browser, Json, WebChat, write_static

SHOP = "https://shop.test"


@pytest.fixture
def web(tmp_path: Path) -> WebChat:
    return WebChat(write_static(tmp_path))


@pytest.fixture
def ann(web: WebChat) -> Browser:
    return web.browser()


def ticket_of(ann: Browser, origin: str = SHOP) -> str:
    answer = ann.call("POST", "live", origin=origin)
    assert answer.status == 201, answer.body
    return str(answer.json["url"])


# --- what arrives ----------------------------------------------------------------------------------------------------


def test_an_update_is_what_a_question_for_news_would_have_answered(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    heard, cursor = ann.open_live(), ann.poll(chat)["cursor"]
    web.reply(chat, "Hello <Ann>", buttons=[{"label": "Yes", "payload": "y"}])
    [update] = heard
    news = ann.poll(chat, cursor)
    assert update["after"] == cursor
    assert {name: update[name] for name in ("messages", "cursor", "typing")} == {
        name: news[name] for name in ("messages", "cursor", "typing")
    }
    assert update["chat"] == ann.call("GET", f"chats/{chat}").json


def test_updates_follow_each_other_without_a_gap_whatever_happens(web: WebChat, ann: Browser) -> None:
    """A page that applies them has the transcript that it would have read."""
    chat = ann.start()
    heard, shown = ann.open_live(), ann.poll(chat)
    cursor = shown["cursor"]
    messages: dict[str, Json] = {}
    first = ann.post(chat, "Is it there?").json["id"]
    offer = web.reply(chat, "Which one?", buttons=[{"label": "Blue", "payload": "b"}])
    web.ask("PUT", f"chats/{chat}/typing", {"typing": True, "name": "Anna"})
    web.ask("PUT", f"chats/{chat}/messages/{first}/state", {"state": "read"})
    ann.call("PATCH", f"chats/{chat}/messages/{first}", {"text": "Is it still there?"})
    ann.post(chat, tap={"message": offer, "button": "0"})
    ann.call("POST", f"chats/{chat}/read", {"up_to": offer})
    ann.call("PATCH", f"chats/{chat}", {"name": "Ann Lind"})
    for update in heard:
        assert update["after"] == cursor
        cursor = update["cursor"]
        messages |= {message["id"]: message for message in update["messages"]}
    news = ann.poll(chat)
    assert (list(messages.values()), cursor) == (news["messages"], news["cursor"])
    assert heard[-1]["chat"] == ann.call("GET", f"chats/{chat}").json


def test_typing_begins_and_ends(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    heard = ann.open_live()
    web.ask("PUT", f"chats/{chat}/typing", {"typing": True, "name": "Anna"})
    web.ask("PUT", f"chats/{chat}/typing", {"typing": False})
    assert [update["typing"] for update in heard] == [{"name": "Anna"}, None]


@pytest.mark.parametrize("what", ["message", "transcript", "chat"])
def test_what_was_erased_makes_pages_ask(web: WebChat, ann: Browser, what: str) -> None:
    chat = ann.start()
    message = web.reply(chat, "A secret")
    heard = ann.open_live()
    match what:
        case "message":
            web.ask("DELETE", f"chats/{chat}/messages/{message}")
        case "transcript":
            web.ask("DELETE", f"chats/{chat}")
        case _:
            ann.call("DELETE", f"chats/{chat}")
    assert [(update["after"], update["messages"]) for update in heard] == [(None, [])]
    assert "A secret" not in str(heard)


def test_what_is_longer_than_one_message_of_the_api_is_asked_for(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    heard = ann.open_live()
    card = {"type": "card", "title": "ठ" * 100, "text": "ठ" * 2000}
    web.reply(chat, "", content={"type": "cards", "cards": [card] * 10})
    assert [(update["after"], update["messages"]) for update in heard] == [(None, [])]


def test_every_page_of_the_visitor_hears_of_every_chat_and_nobody_elses_does(web: WebChat, ann: Browser) -> None:
    one, other, foreign = ann.start(), ann.start(), web.browser().start()
    heard = [ann.open_live("first tab"), ann.open_live("second tab")]
    for chat in (one, other, foreign):
        web.reply(chat, "Hello")
    assert [[update["chat"]["id"] for update in tab] for tab in heard] == [[one, other]] * 2


def test_what_no_visitor_sees_is_not_sent(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    web.reply(chat, "Hello")
    heard = ann.open_live()
    ann.poll(chat)  # which is reported as delivered
    assert heard == []


def test_whoever_gets_an_update_gets_no_notification(web: WebChat, ann: Browser) -> None:
    """A page that listens asks seldom."""
    secrets = Secrets(values={**SITE.secrets.values, "push_key": "k" * 43})
    web.connections.add(replace(SITE, settings={**SITE.settings, "push": "yes"}, secrets=secrets), HOOK)
    chat, key = ann.start(), ann.call("GET", "visitors/me/push").json["key"]
    browser = web.push.subscribe(key, "a")
    ann.call("POST", "visitors/me/push", browser.subscription)
    ann.open_live()
    web.time.advance(60)
    web.reply(chat, "You see this")
    assert browser.notices == []
    web.channel.open.clear()
    web.time.advance(60)
    web.reply(chat, "And not this")
    assert len(browser.notices) == 1


# --- that it never stands in the way ---------------------------------------------------------------------------------


def test_a_channel_that_fails_costs_the_bridge_nothing(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    heard = ann.open_live()
    ann.open_live("another")
    web.channel.fails = True
    web.reply(chat, "Hello")
    assert web.telemetry.metrics["LiveUpdateFailed"] == 2
    web.channel.fails = False
    web.reply(chat, "Are you there?")
    assert [update["after"] for update in heard] == ["r1"]  # so the page sees that it has missed one


def test_a_store_that_fails_costs_the_bridge_nothing(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    ann.open_live()
    web.store.listeners = lambda site, visitor: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    web.reply(chat, "Hello")
    assert ann.texts(chat) == ["Hello"]
    assert web.telemetry.metrics["LiveUpdateFailed"] == 1


def test_a_slow_channel_is_not_waited_for_by_every_connection(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    sent: list[bytes] = []
    for name in ("one", "two", "three"):
        ann.open_live(name)
        web.channel.open[name] = lambda update: (sent.append(update), web.time.advance(0.5))  # type: ignore[assignment,func-returns-value]
    before = web.time.now()
    web.reply(chat, "Hello")
    assert len(sent) == 2
    assert (web.time.now() - before).total_seconds() <= 1


def test_a_connection_that_is_gone_is_forgotten_but_not_one_that_is_being_opened(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    ann.open_live()
    hear = web.channel.open.pop("connection")
    web.reply(chat, "Too early")
    web.channel.open["connection"] = hear
    assert len(web.store.listeners(SITE.id, ann.visitor)) == 1
    web.time.advance(TICKET_TIME.total_seconds() + 1)
    del web.channel.open["connection"]
    web.reply(chat, "Too late")
    assert web.store.listeners(SITE.id, ann.visitor) == []


def test_a_visitor_has_so_many_open_pages_and_the_latest_count(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    tabs = []
    for number in range(live.MOST_LISTENERS + 2):
        tabs.append(ann.open_live(f"tab {number}"))
        web.time.advance(TICKET_TIME.total_seconds() + 1)
    web.reply(chat, "Hello")
    assert [len(tab) for tab in tabs] == [0, 0] + [1] * live.MOST_LISTENERS


def test_a_connection_is_over_after_as_long_as_the_api_keeps_one(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    heard = ann.open_live()
    web.time.advance(live.LONGEST.total_seconds())
    web.reply(chat, "Hello")
    assert heard == []


def test_a_visitor_who_leaves_hears_nothing_more(web: WebChat, ann: Browser) -> None:
    ann.start()
    ann.open_live()
    ann.call("DELETE", "visitors/me")
    assert web.store.listeners(SITE.id, ann.visitor) == []


# --- who may open one ------------------------------------------------------------------------------------------------


def test_a_ticket_opens_one_connection(web: WebChat, ann: Browser) -> None:
    address = ticket_of(ann)
    assert web.connect(address, SHOP, "one") == 200
    assert web.connect(address, SHOP, "two") == 401
    assert ann.token not in address


def test_a_ticket_is_over_soon(web: WebChat, ann: Browser) -> None:
    address = ticket_of(ann)
    web.time.advance(TICKET_TIME.total_seconds())
    assert web.connect(address, SHOP, "one") == 401


@pytest.mark.parametrize("origin", ["", "https://evil.test", "https://shop.test.evil.test"])
def test_a_ticket_is_good_for_pages_of_the_origin_that_it_was_given_to(web: WebChat, ann: Browser, origin: str) -> None:
    assert web.connect(ticket_of(ann), origin, "one") == 401


def test_pages_that_may_not_show_the_chat_get_no_ticket(ann: Browser) -> None:
    answer = ann.call("POST", "live", origin="https://evil.test")
    assert (answer.status, answer.code) == (403, "foreign_origin")


def test_an_app_without_an_origin_connects_without_one(web: WebChat, ann: Browser) -> None:
    assert web.connect(ann.call("POST", "live").json["url"], "", "app") == 200


@pytest.mark.parametrize("part", range(5))
def test_a_ticket_that_was_changed_anywhere_is_refused(web: WebChat, ann: Browser, part: int) -> None:
    base, _, text = ticket_of(ann).partition("?ticket=")
    parts = text.split(".")
    parts[part] = {0: HOOK + "x", 1: "0" * 64, 2: "9999999999"}.get(part, parts[part][::-1])
    assert web.connect(f"{base}?ticket={'.'.join(parts)}", SHOP, "one") == 401


@pytest.mark.parametrize(
    "text", ["", "x", "a.b.c.d.e", "." * 4, "ü" * 300, f"a.{'0' * 64}.{'9' * 12}.{'a' * 22}.{'a' * 43}"]
)
def test_what_is_no_ticket_is_refused(web: WebChat, text: str) -> None:
    assert web.gate.connect(text, SHOP, "192.0.2.1", "one").status == 401


def test_a_site_without_a_key_accepts_no_ticket_that_anybody_could_sign(web: WebChat, ann: Browser) -> None:
    address = ticket_of(ann)
    web.connections.add(replace(SITE, secrets=Secrets({})), HOOK)
    assert web.connect(address, SHOP, "one") == 401
    assert web.connect(ticket_of(ann), SHOP, "one") == 401


def test_only_visitors_get_tickets(web: WebChat, ann: Browser) -> None:
    assert web.call("POST", "api/live").status == 401
    ann.call("DELETE", "visitors/me")
    assert ann.call("POST", "live").status == 401


def test_a_stranger_opens_no_more_than_their_part(web: WebChat) -> None:
    statuses = []
    for _ in range(10):
        visitor = web.browser()
        statuses += [visitor.call("POST", "live").status for _ in range(10)]
    assert statuses.count(201) == 75  # a quarter of what the site takes
    assert web.browser(source="198.51.100.7").call("POST", "live", source="198.51.100.7").status == 201


def test_one_visitor_opens_ten_a_minute(web: WebChat, ann: Browser) -> None:
    statuses = [ann.call("POST", "live").status for _ in range(11)]
    assert statuses == [201] * 10 + [429]


# --- switched off ----------------------------------------------------------------------------------------------------


def test_switched_off_nothing_is_offered_and_nothing_read(tmp_path: Path) -> None:
    web = WebChat(write_static(tmp_path), live="")
    ann = web.browser()
    assert ann.call("GET", "about").json["live"] is False
    assert ann.call("POST", "live").status == 404
    web.store.listeners = lambda site, visitor: 1 / 0  # type: ignore[method-assign,assignment,return-value]
    chat = ann.start()
    web.reply(chat, "Hello")
    assert web.telemetry.metrics["LiveUpdateFailed"] == 0
    assert "wss:" not in web.call("GET").headers["content-security-policy"]


def test_the_page_may_connect_where_it_is_sent(web: WebChat, ann: Browser) -> None:
    assert ann.call("GET", "about").json["live"] is True
    address = urlsplit(ticket_of(ann))
    policy = web.call("GET").headers["content-security-policy"]
    assert f" {address.scheme}://{address.netloc};" in policy.partition("connect-src")[2]


def test_a_ticket_that_was_used_raises_conflict_in_the_store(web: WebChat, ann: Browser) -> None:
    ann.open_live()
    [listener] = web.store.listeners(SITE.id, ann.visitor)
    with pytest.raises(Conflict):
        web.store.add_listener(SITE.id, ann.visitor, listener)
