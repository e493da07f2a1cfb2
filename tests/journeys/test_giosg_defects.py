"""What is known to be wrong with giosg's own example of a chat from outside, one by one, and right here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from patchbay.platforms.giosg import CONNECTOR
from playground.services.giosg import DEMO_AGENT
from playground.simulator import Fault
from tests.harness.giosg_page import GIOSG, Scene, make_scene
from tests.harness.giosg_webhooks import AGENT, MESSAGE, said
from tests.harness.webchat_world import PNG

SEND = "POST .*/messages"
HOUR = timedelta(hours=1)

Check = Callable[[Scene], None]


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = make_scene()
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")


def webhooks_are_authenticated(scene: Scene) -> None:
    address = scene.giosg.apps[0].webhooks[0].endpoint_url.partition("?")[0]
    body = json.dumps(scene.message_webhook("added", MESSAGE, said(), chat="x")).encode()
    for query in ("", "?secret=", "?secret=guessed"):
        assert scene.post("POST", address + query, {}, body).status == 401


def secrets_are_no_settings(scene: Scene) -> None:
    connection = scene.connections.connections[GIOSG]
    assert scene.giosg.api_token not in repr(connection)
    assert {setting.name for setting in CONNECTOR.settings if setting.secret} == {"api_token", "webhook_secret"}


def removals_need_no_resource(scene: Scene) -> None:
    scene.says("hello")
    assert scene.tell(scene.message_webhook("removed", MESSAGE)) == 200
    assert scene.tell(scene.message_webhook("removed", MESSAGE, {})) == 200


def a_removed_message_is_found(scene: Scene) -> None:
    scene.says("hello")
    scene.reply("wrong chat, sorry")
    assert scene.tell(scene.message_webhook("removed", scene.chat.messages[-1].id)) == 200
    assert scene.visitor_sees() == []


def a_message_of_an_unknown_chat_is_no_error(scene: Scene) -> None:
    body = scene.message_webhook("added", MESSAGE, {**said(), "room_id": ""}, chat=AGENT)
    assert scene.tell(body) == 200
    assert not scene.queue.parked


def a_repeated_webhook_is_one_message(scene: Scene) -> None:
    scene.says("hello")
    scene.giosg.switches.webhook_duplicates = True
    scene.reply("Hello Ann")
    scene.settle(HOUR)
    assert scene.visitor_sees() == ["Hello Ann"]


def all_pages_of_members_are_read(scene: Scene) -> None:
    scene.giosg.quirks.page_size = 1
    scene.says("hello")
    scene.giosg.join(scene.chat.id, DEMO_AGENT)
    scene.chat.members = dict(reversed(scene.chat.members.items()))  # agents first
    scene.sessions.forget()
    scene.reply("Hello Ann")
    scene.settle(HOUR)
    assert scene.visitor_sees() == ["Hello Ann"]


def every_call_has_its_time(scene: Scene) -> None:
    scene.says("hello")
    assert scene.http.sent
    assert all(0 < request.timeout <= 10 for request in scene.http.sent)


def a_refused_token_is_renewed(scene: Scene) -> None:
    scene.says("hello")
    scene.giosg.expire_visitor_tokens()
    scene.giosg.fail_next(Fault(status=502, where="/auth"))
    scene.says("again")
    assert scene.texts() == ["hello", "again"]


def each_organization_has_its_own_visitors(scene: Scene) -> None:
    scene.says("hello")
    scene.connect("giosg", "giosg-2")
    scene.link("webchat-1", "giosg-2")
    scene.says("hello there")
    first, second = scene.chats
    assert first.visitor is not second.visitor
    assert [scene.texts(chat) for chat in scene.chats] == [["hello"], ["hello there"]]


def messages_keep_their_order(scene: Scene) -> None:
    scene.giosg.fail_next(Fault(status=503, where=SEND))
    scene.says("one", "two", "three")
    assert scene.texts() == ["one", "two", "three"]
    scene.webchat.switches.api_status = 503
    for text in ("four", "five", "six"):
        scene.start("reply", text=text)
    scene.settle(timedelta(minutes=1))
    scene.webchat.switches.api_status = 0
    scene.settle(HOUR)
    assert scene.visitor_sees() == ["four", "five", "six"]


def an_ended_chat_is_followed_by_another(scene: Scene) -> None:
    scene.says("hello")
    scene.giosg.end(scene.chat.id)
    scene.says("one more thing")
    assert [scene.texts(chat) for chat in scene.chats] == [["hello"], ["one more thing"]]


def nobody_there_is_no_error(scene: Scene) -> None:
    scene.giosg.quirks.external_while_offline = False
    scene.giosg.go_offline(DEMO_AGENT)
    scene.says("anybody?")
    assert scene.chats == []
    scene.giosg.go_online(DEMO_AGENT)
    scene.settle(HOUR)
    assert scene.texts() == ["anybody?"]


def pictures_and_buttons_arrive(scene: Scene) -> None:
    scene.says("hello")
    scene.reply_with_file("cat.png", "image/png", PNG)
    scene.act("quick_replies", text="Which day?", labels="Monday\nTuesday")
    assert "<cat.png>" in scene.visitor_sees()
    question = scene.replies()[-1]
    scene.webchat.tap(scene.ann.id, question["id"], 1)
    scene.settle()
    assert scene.chat.messages[-1].response["response_text"] == "Tuesday"


def longer_texts_than_giosg_takes_arrive_whole(scene: Scene) -> None:
    text = "word " * 409 + "end"
    assert len(text) == 2048
    scene.says(text)
    pieces = [piece or "" for piece in scene.texts()]
    assert len(pieces) == 2
    assert " ".join(pieces) == text


def nobody_sees_or_deletes_anothers_chat(scene: Scene) -> None:
    scene.says("hello")
    eve = scene.webchat.start_chat("Eve")
    assert [chat["name"] for chat in scene.webchat.list_chats(eve.browser.visitor)] == ["Eve"]
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/messages"), ("POST", "/read")):
        body = {"up_to": "x"} if method == "POST" else None
        assert scene.ask(method, f"chats/{scene.ann.id}{path}", eve, body)[0] in {400, 404}
    assert scene.ask("GET", f"chats/{scene.ann.id}", scene.ann)[0] == 200
    assert scene.texts() == ["hello"]


def a_hidden_page_asks_for_nothing(scene: Scene) -> None:
    scene.says("hello")
    scene.webchat.look_away(scene.ann.id)
    scene.settle()
    asked = len([call for call in scene.webchat.calls if "/api/" in call.path])
    scene.reply("Hello Ann")
    scene.settle(HOUR)
    assert len([call for call in scene.webchat.calls if "/api/" in call.path]) == asked
    scene.webchat.look(scene.ann.id)
    assert scene.visitor_sees() == ["Hello Ann"]


def no_page_calls_what_is_not_there(scene: Scene) -> None:
    scene.says("hello")
    scene.reply("Hello Ann")
    scene.webchat.read(scene.ann.id)
    scene.settle()
    assert all(call.status < 400 for call in (*scene.webchat.calls, *scene.giosg.calls))
    assert scene.receipts() == [], "Giosg shows none, so that the page's reading ends in the web chat"


DEFECTS: tuple[Check, ...] = (
    webhooks_are_authenticated,
    secrets_are_no_settings,
    removals_need_no_resource,
    a_removed_message_is_found,
    a_message_of_an_unknown_chat_is_no_error,
    a_repeated_webhook_is_one_message,
    all_pages_of_members_are_read,
    every_call_has_its_time,
    a_refused_token_is_renewed,
    each_organization_has_its_own_visitors,
    messages_keep_their_order,
    an_ended_chat_is_followed_by_another,
    nobody_there_is_no_error,
    pictures_and_buttons_arrive,
    longer_texts_than_giosg_takes_arrive_whole,
    nobody_sees_or_deletes_anothers_chat,
    a_hidden_page_asks_for_nothing,
    no_page_calls_what_is_not_there,
)


@pytest.mark.parametrize("check", DEFECTS, ids=lambda check: check.__name__)
def test_what_the_example_does_wrong_is_right(scene: Scene, check: Check) -> None:
    check(scene)
