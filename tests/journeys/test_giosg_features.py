"""What giosg's own example of a chat from outside does, feature by feature.

The page and its REST API are the web chat's here, the rest is the connector's. What only a browser shows (the Enter
key, what is drawn) is in `tests/browser`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from patchbay.platforms.giosg import CONNECTOR
from playground.services.giosg import DEMO_AGENT
from tests.harness.giosg_page import GIOSG, Scene, make_scene
from tests.harness.giosg_webhooks import MESSAGE, envelope, said

Check = Callable[[Scene], None]


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = make_scene()
    yield scene
    assert not scene.telemetry.logged("event failed unexpectedly")


# --- the page --------------------------------------------------------------------------------------------------------


def visitor_page(scene: Scene) -> None:
    answer = scene.webchat.app.test_client().get(scene.webchat.page_path, base_url=scene.webchat.base_url)
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert scene.ask("GET", "about", scene.ann)[1]["title"] == "Chat with us"


def chat_list(scene: Scene) -> None:
    scene.webchat.start_chat("Bo", scene.ann.browser.visitor)
    assert {chat["name"] for chat in scene.webchat.list_chats(scene.ann.browser.visitor)} == {"Ann", "Bo"}


def start_new_chat(scene: Scene) -> None:
    bo = scene.webchat.start_chat("Bo")
    scene.says("hello", screen=bo)
    visitor = scene.chat.visitor
    assert visitor is not None
    assert scene.chat.room.visitors[visitor.id].name == "Bo"


def conversation_view(scene: Scene) -> None:
    scene.says("hello")
    scene.reply("Hello Ann")
    rows = [((line["sender"] or {}).get("name"), line["text"]) for line in scene.webchat.poll(scene.ann.id).lines()]
    assert rows == [(None, "hello"), ("Customer Service", "Hello Ann")]


def send(scene: Scene) -> None:
    scene.webchat.write(scene.ann.id, "hello")
    assert [line["text"] for line in scene.ann.mine()] == ["hello"]  # at once, before anybody else has it
    scene.settle()
    assert scene.texts() == ["hello"]


def back(scene: Scene) -> None:
    scene.says("hello")
    scene.webchat.look_away(scene.ann.id)
    [chat] = scene.webchat.list_chats(scene.ann.browser.visitor)
    scene.reply("Hello Ann")
    assert (chat["id"], scene.webchat.list_chats(scene.ann.browser.visitor)[0]["unread"]) == (scene.ann.id, 1)


# --- REST ------------------------------------------------------------------------------------------------------------


def rest_of_chats(scene: Scene) -> None:
    chat = "0a1b2c3d-0000-4000-8000-00000000c0de"
    status, made = scene.ask("POST", "chats", scene.ann, {"id": chat, "name": "Ann's other"})
    assert (status, made["name"]) == (201, "Ann's other")
    assert scene.ask("GET", f"chats/{chat}", scene.ann) == (200, made)
    assert len(scene.ask("GET", "chats", scene.ann)[1]["chats"]) == 2
    assert scene.ask("POST", "chats", scene.ann, {"id": chat, "name": ""})[0] == 400
    for method, name in (("PATCH", "Ann Lind"), ("PUT", "Ann Berg")):
        status, renamed = scene.ask(method, f"chats/{chat}", scene.ann, {"name": name})
        assert (status, renamed["name"]) == (200, name)
    assert scene.ask("PATCH", f"chats/{chat}", scene.webchat.start_chat("Eve"), {"name": "Eve's"})[0] == 404
    assert scene.ask("DELETE", f"chats/{chat}", scene.ann)[0] == 204
    assert scene.ask("GET", f"chats/{chat}", scene.ann)[0] == 404
    another_name(scene)


def another_name(scene: Scene) -> None:
    """Agents see it at once, and it is the same visitor in the same chat."""
    scene.says("hello")
    first = scene.chat.visitor
    assert scene.ask("PATCH", f"chats/{scene.ann.id}", scene.ann, {"name": "Ann Lind"})[0] == 200
    scene.settle()
    assert first is not None
    assert scene.chat.room.visitors[first.id].name == "Ann Lind"
    scene.says("again")
    assert (scene.texts(), scene.chat.visitor, len(scene.chats)) == (["hello", "again"], first, 1)


def rest_of_messages(scene: Scene) -> None:
    message = {"id": "0a1b2c3d-0000-4000-8000-00000000beef", "text": "hello"}
    path = f"chats/{scene.ann.id}/messages"
    status, made = scene.ask("POST", path, scene.ann, message)
    assert (status, made["text"]) == (201, "hello")
    scene.settle()
    scene.reply("Hello Ann")
    listed = scene.ask("GET", path, scene.ann)[1]["messages"]
    assert [(one["mine"], one["text"]) for one in listed] == [(True, "hello"), (False, "Hello Ann")]
    assert scene.ask("PUT", path, scene.ann, message)[0] == 405
    one = f"{path}/{message['id']}"
    assert scene.ask("GET", one, scene.ann) == (200, listed[0])
    for method, text in (("PATCH", "hello there"), ("PUT", "hello, everybody")):
        status, changed = scene.ask(method, one, scene.ann, {"text": text})
        assert (status, changed["text"], changed["edited"]) == (200, text, True)
    assert scene.ask("DELETE", one, scene.ann)[0] == 204
    assert scene.ask("GET", one, scene.ann)[0] == 404
    assert scene.ask("DELETE", f"{path}/{listed[1]['id']}", scene.ann)[0] == 403  # an agent's
    scene.settle()
    # Giosg's visitors have no call to change or delete a message: agents read of it in lines of their own.
    *before, deleted = scene.texts()
    assert before == ["hello", "✎ Corrected: hello there", "✎ Corrected: hello, everybody"]
    assert str(deleted).startswith("[The customer has deleted their message of ")


# --- visitors and tokens ---------------------------------------------------------------------------------------------


def visitor_reuse(scene: Scene) -> None:
    scene.says("hello")
    other = scene.webchat.start_chat("Ann", scene.ann.browser.visitor)
    scene.says("another matter", screen=other)
    first, second = scene.chats
    assert first.visitor is second.visitor
    assert (scene.texts(first), scene.texts(second)) == (["hello"], ["another matter"])
    scene.giosg.reply(first.id, DEMO_AGENT, "on the first")
    scene.settle()
    assert (scene.visitor_sees(), scene.visitor_sees(other)) == (["on the first"], [])


def create_path(scene: Scene) -> None:
    scene.says("hello")
    order = ["/auth", f"/rooms/{scene.chat.room.id}/visitors", "/variables", "/chats", "/messages"]
    steps = [next(step for step in order if call.endswith(step)) for call in scene.calls("POST")]
    assert list(dict.fromkeys(steps)) == order
    assert scene.chat.type == "external"


def send_path(scene: Scene) -> None:
    scene.says("hello")
    scene.http.sent.clear()
    scene.says("again")
    assert len(scene.calls("")) == 1
    assert [line["text"] for line in scene.webchat.poll(scene.ann.id).lines()] == ["hello", "again"]


def token_cache(scene: Scene) -> None:
    scene.says("hello", "again")
    assert len(scene.calls("/auth")) == 1
    scene.time.advance(scene.giosg.quirks.token_life - 59)
    scene.says("much later")
    assert len(scene.calls("/auth")) == 2


# --- webhooks --------------------------------------------------------------------------------------------------------


def webhook_of_chats(scene: Scene) -> None:
    scene.says("hello")
    channel = f"/api/v5/orgs/{scene.giosg.organization}/owned_chats"
    shown = scene.giosg.serializers.chat(scene.chat)
    assert scene.tell(envelope(channel, "added", scene.chat.id, shown), "chats") == 200
    assert scene.tell(envelope(channel, "changed", scene.chat.id, {"is_waiting": False}), "chats") == 200
    scene.reply("Hello Ann")
    assert scene.visitor_sees() == ["Hello Ann"]
    chat_that_begins_at_giosg(scene)
    scene.giosg.purge_chat(scene.chats[0].id)
    scene.settle()
    assert scene.visitor_sees() == []


def chat_that_begins_at_giosg(scene: Scene) -> None:
    """It appears in the visitor's list at once, under their name, and each chat goes on where it is."""
    first, begun = scene.chat, scene.begin_chat()
    looked = len(scene.calls("/memberships"))
    scene.giosg.reply(begun.id, DEMO_AGENT, "We have news for you")
    scene.settle_for(2)
    assert len(scene.calls("/memberships")) - looked <= 1
    new, old = scene.list_chats()
    assert (new["name"], new["preview"], new["unread"]) == ("Ann", "We have news for you", 1)
    assert old["id"] == scene.ann.id
    scene.reply_in(begun, "Your parcel is here")
    assert scene.read_chat(new["id"]) == ["We have news for you", "Your parcel is here"]
    scene.reply_in(first, "And as to your question")
    assert scene.visitor_sees() == ["Hello Ann", "And as to your question"]
    message = {"id": "0a1b2c3d-0000-4000-8000-00000000f00d", "text": "Thank you"}
    assert scene.ask("POST", f"chats/{new['id']}/messages", scene.ann, message)[0] == 201
    scene.says("Ah, I see")
    assert (scene.texts(first), scene.texts(begun)) == (["hello", "Ah, I see"], ["Thank you"])
    assert len(scene.list_chats()) == 2


def webhook_of_messages(scene: Scene) -> None:
    scene.says("hello")
    scene.giosg.join(scene.chat.id, DEMO_AGENT)
    scene.reply("Hello Ann")
    assert scene.visitor_sees() == ["Hello Ann"]
    changed = scene.message_webhook("changed", scene.chat.messages[-1].id, {"message": "Hello Bob"})
    assert scene.tell(changed) == 200
    assert scene.visitor_sees() == ["Hello Ann"]
    scene.giosg.purge_message(scene.chat.id, scene.chat.messages[-1].id)
    scene.settle()
    assert scene.visitor_sees() == []


def webhook_answers(scene: Scene) -> None:
    assert scene.tell(scene.message_webhook("added", MESSAGE, said(), chat="nobody's")) == 200
    assert scene.tell(b"{") == 400
    assert scene.tell({"channel": "/api/v5"}) == 400
    assert scene.tell(b"", method="GET") == 400  # the gateway lets no GET in


def models(scene: Scene) -> None:
    scene.says("hello")
    [person], [session] = scene.people.all(), scene.sessions.all()
    visitor = scene.chat.visitor
    assert visitor is not None
    assert (person.platform_id, person.secret) == (visitor.id, visitor.secret)
    assert session.conversation is not None
    assert session.conversation.external_id == scene.chat.id
    scene.time.advance(60)
    scene.webchat.leave(scene.ann.browser.visitor)
    scene.settle()
    assert scene.chat.is_ended


def debug(scene: Scene) -> None:
    scene.says("my very private words")
    scene.reply("a very private answer")
    accepted, ignored = scene.telemetry.logged("webhook accepted"), scene.telemetry.logged("webhook ignored")
    assert {line["kind"] for line in accepted if line["service"] == "giosg"} >= {"message"}
    assert any(line["service"] == "giosg" and line["reason"] for line in ignored)
    assert not any("an echo" in str(line["reason"]) for line in ignored), "one comes with each message"
    assert "private" not in repr(scene.telemetry.lines)


def docs(scene: Scene) -> None:
    connection = scene.connections.connections[GIOSG]
    steps = " ".join(
        CONNECTOR.list_manual_steps(CONNECTOR.list_webhooks("https://us.example/giosg/x", connection), connection)
    )
    for words in (
        "owned_chats/*/messages",
        "install",
        "press Start",
        "webhook log",
        "https://us.example/giosg/x/chats",
    ):
        assert words in steps


FEATURES: dict[int, Check] = {
    1: visitor_page,
    2: chat_list,
    3: start_new_chat,
    4: conversation_view,
    5: send,
    6: back,
    7: rest_of_chats,
    8: rest_of_messages,
    9: visitor_reuse,
    10: create_path,
    11: send_path,
    12: token_cache,
    13: webhook_of_chats,
    14: webhook_of_messages,
    15: webhook_answers,
    16: models,
    17: debug,
    18: docs,
}


@pytest.mark.parametrize("check", FEATURES.values(), ids=[f"{n}-{check.__name__}" for n, check in FEATURES.items()])
def test_what_the_example_does_is_done(scene: Scene, check: Check) -> None:
    check(scene)
