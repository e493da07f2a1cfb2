"""Who is notified of an agent's message, what the notification says, and what becomes of it when a service fails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from chat.push import MOST_SUBSCRIPTIONS, is_push_service
from tests.harness.fakes.chats import HOOK, PUSHING, SITE, Browser, WebChat, write_static
from tests.harness.fakes.push_service import Browser as Subscribed

AWAY = timedelta(seconds=7)


@pytest.fixture
def web(tmp_path: Path) -> WebChat:
    web = WebChat(write_static(tmp_path))
    web.connections.add(PUSHING, HOOK)
    return web


@pytest.fixture
def ann(web: WebChat) -> Browser:
    return web.browser()


def subscribe(ann: Browser, name: str = "a") -> Subscribed:
    key = ann.call("GET", "visitors/me/push").json["key"]
    browser = ann.web.push.subscribe(key, name)
    answer = ann.call("POST", "visitors/me/push", browser.subscription)
    assert answer.status == 201, answer.body
    return browser


def leave_page(web: WebChat) -> None:
    web.time.jump(web.time.now() + AWAY)


def count_kept(ann: Browser) -> int:
    return len(ann.web.store.subscriptions(SITE.id, ann.visitor))


# --- who is notified -------------------------------------------------------------------------------------------------


def test_an_agents_message_reaches_a_closed_page(web: WebChat, ann: Browser) -> None:
    chat, browser = ann.start(), subscribe(ann)
    web.reply(chat, "It is about your invoice")
    assert web.push.refusals == []
    assert browser.notices == [{"title": "Ask us", "chat": chat, "text": ""}]
    assert browser.topics == [web.contacts[chat][:32]]
    assert web.telemetry.metrics["PushSent"] == 1


def test_the_words_are_shown_only_if_the_owner_says_so(web: WebChat, ann: Browser) -> None:
    web.connections.add(replace(PUSHING, settings={**PUSHING.settings, "push_text": "yes"}), HOOK)
    chat, browser = ann.start(), subscribe(ann)
    web.reply(chat, "😀" * 1000)
    assert browser.notices[0]["text"] == "😀" * 150, "whole ones, within 300 UTF-16 units"


def test_a_message_is_notified_once_however_often_it_is_posted(web: WebChat, ann: Browser) -> None:
    chat, browser = ann.start(), subscribe(ann)
    for _ in range(3):
        web.reply(chat, "Hello", key="1")
    assert len(browser.notices) == 1


def test_whoever_looks_at_the_page_is_not_notified(web: WebChat, ann: Browser) -> None:
    chat, browser = ann.start(), subscribe(ann)
    ann.poll(chat)
    web.reply(chat, "You see this")
    assert (browser.notices, web.push.calls) == ([], [])
    leave_page(web)
    web.reply(chat, "And not this")
    assert len(browser.notices) == 1


def test_a_page_that_listens_is_not_notified_and_one_that_has_gone_is(web: WebChat, ann: Browser) -> None:
    chat, browser = ann.start(), subscribe(ann)
    heard = ann.open_live()
    leave_page(web)
    web.reply(chat, "It arrives by itself")
    assert (len(heard), browser.notices) == (1, [])
    leave_page(web)
    web.channel.open.clear()
    web.reply(chat, "Nobody listens")
    assert len(browser.notices) == 1


def test_another_visitor_hears_nothing(web: WebChat, ann: Browser) -> None:
    bob = web.browser()
    chats = ann.start(), bob.start("Bob")
    browser = subscribe(ann, "a"), subscribe(bob, "b")
    web.reply(chats[1], "For Bob")
    assert [len(one.notices) for one in browser] == [0, 1]


@pytest.mark.parametrize("kind", ["off", "without a key"])
def test_a_chat_that_sends_none_says_so_and_sends_none(web: WebChat, ann: Browser, kind: str) -> None:
    chat, browser = ann.start(), subscribe(ann)
    changed = {"off": replace(PUSHING, settings=SITE.settings), "without a key": replace(PUSHING, secrets=SITE.secrets)}
    web.connections.add(changed[kind], HOOK)
    assert web.call("GET", "api/about").json["push"] is False
    for method, body in (("GET", None), ("POST", browser.subscription)):
        answer = ann.call(method, "visitors/me/push", body)
        assert (answer.status, answer.code) == (404, "no_push")
    web.reply(chat, "Hello")
    assert web.push.calls == []


def test_a_withdrawn_consent_ends_it(web: WebChat, ann: Browser) -> None:
    chat, browser = ann.start(), subscribe(ann)
    again = ann.call("POST", "visitors/me/push", browser.subscription).json["id"]
    assert count_kept(ann) == 1  # the same browser
    bob = web.browser()
    assert bob.call("DELETE", f"visitors/me/push/{again}").status == 204
    assert count_kept(ann) == 1  # nobody withdraws it for another
    assert [ann.call("DELETE", f"visitors/me/push/{again}").status for _ in range(2)] == [204, 204]
    web.reply(chat, "Hello")
    assert (count_kept(ann), web.push.calls) == (0, [])


# --- what is taken ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/x",
        "https://updates.push.services.mozilla.com/wpush/v2/x",
        "https://web.push.apple.com/x",
        "https://wns2-by3p.notify.windows.com/w/?token=x",
    ],
)
def test_the_push_services_of_browsers_are_known(endpoint: str) -> None:
    assert is_push_service(endpoint, local=False)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.test/x",
        "https://evil.test/fcm.googleapis.com",
        "https://push.apple.com.evil.test/",
        "https://evilpush.apple.com/",
        "https://fcm.googleapis.com:8443/x",
        "https://user@fcm.googleapis.com/x",
        "https://169.254.169.254/latest",
        "http://127.0.0.1/x",
        "https://[::1]/x",
        "https://[",
        "file:///etc/passwd",
    ],
)
def test_no_other_address_is_called(web: WebChat, ann: Browser, endpoint: str) -> None:
    browser = subscribe(ann)
    answer = ann.call("POST", "visitors/me/push", {**browser.subscription, "endpoint": endpoint})
    assert (answer.status, answer.code) == (400, "unreadable")
    assert count_kept(ann) == 1


def test_keys_that_are_none_are_refused(ann: Browser) -> None:
    good = subscribe(ann).subscription
    for keys in ({}, {"p256dh": "x", "auth": "y"}, {**good["keys"], "auth": "=" * 22}):
        assert ann.call("POST", "visitors/me/push", {**good, "keys": keys}).status == 400
    other = ann.call("POST", "visitors/me/push", {**good, "key": "B" + "x" * 86})
    assert (other.status, other.code) == (409, "other_key")


def test_a_visitor_has_few_and_keeps_the_latest(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    browsers = []
    for number in range(MOST_SUBSCRIPTIONS + 2):
        browsers.append(subscribe(ann, str(number)))
        web.time.jump(web.time.now() + timedelta(seconds=10))
    assert count_kept(ann) == MOST_SUBSCRIPTIONS
    web.reply(chat, "Hello")
    assert [len(one.notices) for one in browsers] == [0, 0] + [1] * MOST_SUBSCRIPTIONS


def test_a_stranger_cannot_subscribe(web: WebChat, ann: Browser) -> None:
    body = subscribe(ann).subscription
    stranger = replace(ann, token="x" * 43)
    assert stranger.call("POST", "visitors/me/push", body).code == "unknown_visitor"
    statuses = [ann.call("POST", "visitors/me/push", body).status for _ in range(30)]
    assert statuses.count(429) == 11  # one was counted before


# --- what fails ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_has_ended_is_forgotten(web: WebChat, ann: Browser, status: int) -> None:
    chat = ann.start()
    subscribe(ann)
    web.push.answers = [status]
    web.reply(chat, "Hello")
    assert (count_kept(ann), web.telemetry.metrics["PushFailed"]) == (0, 0)


@pytest.mark.parametrize("status", [400, 403, 413, 429, 500, 503])
def test_a_service_that_refuses_fails_no_message_and_is_counted(web: WebChat, ann: Browser, status: int) -> None:
    chat = ann.start()
    subscribe(ann)
    web.push.answers = [status]
    web.reply(chat, "Hello")
    assert web.telemetry.metrics["PushFailed"] == 1
    [line] = web.telemetry.logged("webchat notification failed")
    assert line["reason"] == f"HTTP {status}"
    assert ann.texts(chat) == ["Hello"]
    assert count_kept(ann) == 1


def test_a_service_that_is_away_takes_no_more_than_two_seconds(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    for name in "abc":
        subscribe(ann, name)
    slow = web.push.post

    def wait(*arguments: object) -> int:
        web.time.jump(web.time.now() + timedelta(seconds=1.8))
        return slow(*arguments)  # type: ignore[arg-type]

    web.push.post = wait  # type: ignore[method-assign,assignment]
    web.push.fails = 3
    web.reply(chat, "Hello")
    assert len(web.push.calls) == 1  # 0.2 seconds are too few for another
    assert all(seconds <= 2 for seconds in web.push.calls)
    assert web.telemetry.metrics["PushFailed"] == 2
    assert ann.texts(chat) == ["Hello"]


def test_no_fault_of_ours_fails_a_message(web: WebChat, ann: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = ann.start()
    subscribe(ann)
    monkeypatch.setattr("chat.webpush.encrypt", lambda *_: 1 / 0)
    web.reply(chat, "Hello")
    assert web.telemetry.metrics["PushFailed"] == 1
    assert ann.texts(chat) == ["Hello"]


# --- another key -----------------------------------------------------------------------------------------------------


def test_after_a_new_key_browsers_are_reached_with_the_old_one_until_they_come_back(web: WebChat, ann: Browser) -> None:
    chat, browser = ann.start(), subscribe(ann)
    renewed = PUSHING.secrets.renew({"push_key": "n" * 43})
    web.connections.add(replace(PUSHING, secrets=renewed), HOOK)
    web.reply(chat, "With the old key")
    assert (len(browser.notices), web.push.refusals) == (1, [])
    assert ann.call("GET", "visitors/me/push").json["key"] != browser.application_key
    web.connections.add(replace(PUSHING, secrets=replace(renewed, previous={})), HOOK)
    web.reply(chat, "The old one is forgotten")
    assert (len(browser.notices), count_kept(ann)) == (1, 0)


# --- what is erased --------------------------------------------------------------------------------------------------


def test_who_leaves_takes_their_subscriptions_along(web: WebChat, ann: Browser) -> None:
    ann.start()
    body = subscribe(ann).subscription
    assert ann.call("DELETE", "visitors/me").status == 204
    assert count_kept(ann) == 0
    assert ann.call("POST", "visitors/me/push", body).status == 401


def test_what_the_owner_erases_includes_them(web: WebChat, ann: Browser) -> None:
    chat = ann.start()
    subscribe(ann)
    assert web.ask("DELETE", f"chats/{chat}").status == 204
    assert count_kept(ann) == 0


def test_they_end_with_the_retention_time(web: WebChat, ann: Browser) -> None:
    ann.start()
    subscribe(ann)
    web.time.jump(web.time.now() + timedelta(days=30))
    assert count_kept(ann) == 0


def test_the_worker_may_act_for_the_page_itself(web: WebChat) -> None:
    worker = web.call("GET", "worker.js")
    assert worker.headers["service-worker-allowed"] == f"../{HOOK}"
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"
