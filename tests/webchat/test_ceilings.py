"""What strangers can do to a web chat has an end: for one address, for a network, and for everybody together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from chat.admission import CEILINGS, MEGABYTE, MESSAGES, READING, UPLOADS, VISITORS
from chat.model import Site
from chat.reading import PAGE
from chat.writing import MOST_BYTES
from patchbay.bridge.quotas import network_of
from patchbay.messengers.webchat.spec import NUMBERS, SETTINGS
from tests.harness.fakes.chats import HOOK, SITE, Browser, WebChat, write_static

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
PICTURE = {"name": "a.png", "type": "image/png"}

type Sources = Callable[[], Iterator[str]]


def one_address() -> Iterator[str]:
    while True:
        yield "192.0.2.1"


def one_network() -> Iterator[str]:
    """A thousand addresses that one customer of one provider has at home."""
    yield from (f"2001:db8:1:2:{number:x}::{number:x}" for number in range(1, 1001))
    yield from one_network()


def unrelated() -> Iterator[str]:
    yield from (f"198.{18 + number // 65536}.{number // 256 % 256}.{number % 256}" for number in count(1))


@pytest.fixture
def web(tmp_path: Path) -> WebChat:
    return WebChat(write_static(tmp_path))


def configure(web: WebChat, **settings: str) -> None:
    web.connections.add(replace(SITE, settings={**SITE.settings, **settings}), HOOK)


def arrive(web: WebChat, source: str) -> Browser | None:
    made = web.call("POST", "api/visitors", {}, source=source)
    assert made.status in {201, 429}
    return Browser(web, made.json["visitor"], made.json["token"]) if made.status == 201 else None


# --- new visitors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sources", "most"), [(one_address, 250), (one_network, 250), (unrelated, 1000)])
def test_so_many_new_visitors_come_in_a_day(web: WebChat, sources: Sources, most: int) -> None:
    """They try all day long, and are as many as the ceiling and no more."""
    source, came = sources(), 0
    for _ in range(144):
        for _ in range(20):
            came += arrive(web, next(source)) is not None
        web.time.advance(600)
    assert came <= most
    assert came >= most * 0.9


def test_no_source_has_many_new_visitors_at_once(web: WebChat) -> None:
    assert sum(arrive(web, "192.0.2.1") is not None for _ in range(100)) == 30
    assert sum(arrive(web, source) is not None for source, _ in zip(one_network(), range(100), strict=False)) == 30


def test_one_source_leaves_room_for_the_others(web: WebChat) -> None:
    configure(web, visitors_a_day="8")
    assert sum(arrive(web, "192.0.2.1") is not None for _ in range(20)) == 2
    assert arrive(web, "192.0.2.2") is not None


def test_an_owner_may_raise_a_ceiling_that_was_reached(web: WebChat) -> None:
    configure(web, visitors_a_day="2")
    assert [arrive(web, f"192.0.2.{number}") is not None for number in range(4)] == [True, True, False, False]
    configure(web, visitors_a_day="100")
    assert arrive(web, "192.0.2.9") is not None


# --- messages and files ----------------------------------------------------------------------------------------------


def crowd(web: WebChat, sources: Sources, size: int) -> list[tuple[Browser, str, str]]:
    """Visitors who came over days, each with a chat and where they are."""
    people: list[tuple[Browser, str, str]] = []
    source = sources()
    while len(people) < size:
        place = next(source)
        browser = arrive(web, place)
        if browser is None:
            web.time.advance(4200)
            continue
        people.append((browser, browser.start(), place))
        web.time.advance(30)
    return people


def post(web: WebChat, browser: Browser, chat: str, source: str) -> bool:
    body = {"id": web.new_id(), "text": "x"}
    headers = {"authorization": f"Bearer {browser.token}"}
    return web.call("POST", f"api/chats/{chat}/messages", body, source=source, headers=headers).status == 201


@pytest.mark.parametrize(("sources", "most"), [(one_address, 10), (one_network, 10), (unrelated, 40)])
def test_so_many_messages_are_taken_in_a_minute(web: WebChat, sources: Sources, most: int) -> None:
    people = crowd(web, sources, 30)
    web.time.advance(120)
    configure(web, messages_a_minute="40")
    for _ in range(3):
        assert sum(post(web, *person) for person in people * 2) == most
        web.time.advance(70)


@pytest.mark.parametrize(("sources", "most"), [(one_address, 25), (one_network, 25), (unrelated, 100)])
def test_so_many_megabytes_are_taken_in_a_day(web: WebChat, sources: Sources, most: int) -> None:
    people = crowd(web, sources, 30)
    configure(web, uploads_mb_a_day="100")
    taken = 0
    for browser, chat, source in people * 2:
        headers = {"authorization": f"Bearer {browser.token}"}
        body = {**PICTURE, "size": 5 * MEGABYTE}
        answer = web.call("POST", f"api/chats/{chat}/uploads", body, source=source, headers=headers)
        assert answer.status in {201, 429}
        taken += 5 * (answer.status == 201)
    assert taken == most


def test_signs_of_life_have_a_ceiling_of_the_site_too(web: WebChat) -> None:
    people = crowd(web, unrelated, 30)
    configure(web, messages_a_minute="10")
    web.time.advance(120)
    answers = [browser.call("POST", f"chats/{chat}/typing", {"typing": True}).status for browser, chat, _ in people]
    assert (answers.count(204), answers.count(429)) == (20, 10)


def test_chats_that_are_started_count_like_messages(web: WebChat) -> None:
    configure(web, messages_a_minute="40")
    browser = web.browser()
    started = [browser.call("POST", "chats", {"id": web.new_id(), "name": "x"}).status for _ in range(15)]
    assert (started.count(201), started.count(429)) == (10, 5)


def test_a_small_file_counts_enough_that_there_is_no_end_of_them(web: WebChat) -> None:
    configure(web, uploads_mb_a_day="4")
    people = crowd(web, unrelated, 10)
    taken = [
        browser.call("POST", f"chats/{chat}/uploads", {**PICTURE, "size": 1}, source=source).status
        for browser, chat, source in people * 8
    ]
    assert taken.count(201) == 4 * 16 == 64


@pytest.mark.parametrize(("source", "most"), [("192.0.2.99", 40), ("", 60)])
def test_reading_whole_transcripts_has_an_end(web: WebChat, source: str, most: int) -> None:
    """They are what costs most of all that a stranger can ask for: the bytes that go out."""
    people = crowd(web, unrelated, 4)
    for _, chat, _ in people:
        for _ in range(10):
            web.reply(chat, "x" * 4000)
    web.time.advance(120)
    configure(web, messages_a_minute="30")
    answers = [
        browser.call("GET", f"chats/{chat}/messages", source=source or place).status
        for _ in range(30)
        for browser, chat, place in people
    ]
    assert (answers.count(200), set(answers)) == (most, {200, 429})
    browser, chat, place = people[0]
    assert browser.call("GET", f"chats/{chat}/messages?after=r10", source=place).status == 200, "nothing new is free"


# --- what is said about it -------------------------------------------------------------------------------------------


def test_a_ceiling_that_is_reached_is_counted_and_logged_once_in_a_while(web: WebChat) -> None:
    configure(web, visitors_a_day="10")
    for _, source in zip(range(500), unrelated(), strict=False):
        arrive(web, source)
    assert web.telemetry.metrics["LimitReached"] == 1
    (line,) = web.telemetry.logged("webchat limit reached")
    assert (line["endpoint"], line["ceiling"], line["most"]) == ("web", "visitors_a_day", 10)
    assert web.telemetry.metrics["WebchatRefused"] <= 10


def test_one_source_alone_reaches_no_ceiling_of_the_site(web: WebChat) -> None:
    for _ in range(500):
        arrive(web, "192.0.2.1")
    assert "LimitReached" not in web.telemetry.metrics


# --- reading and guessing --------------------------------------------------------------------------------------------


def test_calls_from_one_source_have_an_end(web: WebChat) -> None:
    answers = [web.call("GET", "api/about", source="2001:db8::" + format(number, "x")).status for number in range(3010)]
    assert (answers.count(200), answers.count(429)) == (3000, 10)
    assert web.call("GET", "api/about", source="192.0.2.1").status == 200


@pytest.mark.parametrize("what", ["tokens", "chats"])
def test_who_guesses_is_not_looked_up_for_long(web: WebChat, what: str) -> None:
    """And who is known here goes on, from the same address."""
    known = web.browser()
    chat = known.start()
    assert known.poll(chat)["messages"] == []
    guesser = web.browser()
    statuses = []
    for number in range(100):
        token = f"{number:043d}" if what == "tokens" else guesser.token
        path = f"api/chats/{web.new_id()}"
        statuses.append(web.call("GET", path, headers={"authorization": f"Bearer {token}"}).status)
    assert statuses.count(429) == 40
    assert known.poll(chat)["messages"] == []
    web.time.advance(70)
    assert web.call("GET", "api/chats", headers={"authorization": f"Bearer {'0' * 43}"}).status == 401


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_a_source_is_an_address_or_the_network_of_one_customer(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_bridge_may_call_as_often_as_it_must(web: WebChat) -> None:
    """Its calls come from the few addresses of the dispatchers."""
    answers = {web.ask("GET", "about").status for _ in range(3100)}
    assert answers == {200}


# --- closing ---------------------------------------------------------------------------------------------------------


def test_a_closed_chat_takes_nothing_and_still_shows_what_agents_write(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    browser.post(chat, "hello")
    configure(web, open="no")
    writes = {
        "visitors": {},
        "chats": {"id": web.new_id(), "name": "x"},
        f"chats/{chat}/messages": {"id": web.new_id(), "text": "x"},
        f"chats/{chat}/uploads": {**PICTURE, "size": 7},
        f"chats/{chat}/typing": {"typing": True},
    }
    for path, body in writes.items():
        answer = browser.call("POST", path, body)
        assert (answer.status, answer.code) == (423, "closed"), path
    assert browser.call("GET", "about").json["open"] is False
    reply = web.reply(chat, "We are here for you again tomorrow.")
    assert browser.texts(chat) == ["hello", "We are here for you again tomorrow."]
    assert browser.call("POST", f"chats/{chat}/read", {"up_to": reply}).status == 204
    assert browser.call("DELETE", f"chats/{chat}").status == 204
    assert browser.call("DELETE", "visitors/me").status == 204


def test_a_chat_is_open_again_when_its_owner_says_so(web: WebChat) -> None:
    configure(web, open="no")
    assert arrive_code(web) == "closed"
    configure(web, open="yes")
    assert arrive(web, "192.0.2.1") is not None


def arrive_code(web: WebChat) -> str:
    return web.call("POST", "api/visitors", {}).code


# --- the settings ----------------------------------------------------------------------------------------------------


def test_what_the_command_offers_is_what_the_chat_takes() -> None:
    """The connector knows nothing of the chat, so both say it."""
    offered = {setting.name: setting.default for setting in SETTINGS}
    for ceiling in CEILINGS:
        assert offered[ceiling.setting] == str(ceiling.default) == NUMBERS[ceiling.setting][2]
    smallest = Site(
        id="web", webhook_token="", base="", settings={name: str(numbers[0]) for name, numbers in NUMBERS.items()}
    )
    assert READING.share(smallest) >= PAGE, "a whole page of a transcript can be read, whatever the owner sets"
    assert UPLOADS.least == MOST_BYTES, "and one file be sent, where the site takes it"
    assert Site(id="web", webhook_token="", base="").is_open is (offered["open"] == "yes")


def test_a_setting_that_is_no_number_is_the_default() -> None:
    site = Site(id="web", webhook_token="", base="", settings={"visitors_a_day": "-1", "uploads_mb_a_day": "9" * 40})
    assert VISITORS.most(site) == 1000
    assert UPLOADS.most(site) == 500 * MEGABYTE
    assert MESSAGES.most(replace(site, settings={"messages_a_minute": "7"})) == 7
