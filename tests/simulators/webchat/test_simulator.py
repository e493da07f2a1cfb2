"""The simulated web chat: its visitors' browsers, the bridge's key, and files. What it answers is the service's own."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from playground import world
from playground.services.webchat import DEMO_KEY, SIMULATOR, WebChatSimulator
from playground.services.webchat.browser import CallRefused
from playground.simulator import Fault, WebhookAnswer
from tests.harness.virtual_time import VirtualTime

HOOK = "https://bridge.test/webchat/hook-0123456789"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 50


class Bridge:
    """The other side: takes notes, and calls the API as the bridge does."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.notes: list[dict[str, Any]] = []
        self.answers: list[int] = []  #: the statuses of the next answers; then 200
        self.chat = WebChatSimulator(self.time, self.take, Random(3))
        self.chat.paste_webhooks({"webhook": HOOK})

    def take(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        assert (method, url) == ("POST", HOOK)
        signature = hmac.new(DEMO_KEY.encode(), body, hashlib.sha256).hexdigest()
        assert headers["x-patchbay-signature"] == f"sha256={signature}"
        if self.answers and (status := self.answers.pop(0)) != 200:
            return WebhookAnswer(status)
        self.notes.append(json.loads(body))
        return WebhookAnswer(200)

    def kinds(self) -> list[str]:
        return [str(note["kind"]) for note in self.notes]

    def call(self, method: str, path: str, body: object = None, key: str = DEMO_KEY) -> int:
        answer = self.chat.app.test_client().open(
            f"{self.chat.page_path}/bridge/{path}",
            base_url=self.chat.base_url,
            method=method,
            json=body,
            headers={"Authorization": f"Bearer {key}"},
        )
        return answer.status_code

    def post(self, chat: str, text: str, key: str = "k:0") -> int:
        content = {"type": "text", "text": text}
        body = {"key": key, "sender": {"name": "Ana"}, "sent_at": "2026-01-05T09:00:00Z", "content": content}
        return self.call("POST", f"chats/{chat}/messages", body)


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


# --- where it runs ---------------------------------------------------------------------------------------------------


def test_the_live_playground_has_the_deployed_web_chat_instead() -> None:
    assert SIMULATOR.deployed
    with world.running(seed=1) as simulators:
        assert "webchat" not in simulators
        assert "viber" in simulators


def test_the_page_and_what_it_loads_are_served_from_its_address(bridge: Bridge) -> None:
    client = bridge.chat.app.test_client()
    page = client.get(bridge.chat.page_path, base_url=bridge.chat.base_url)
    assert page.status_code == 200
    assert "hook-0123456789/" in page.text
    assert client.get(f"{bridge.chat.page_path}/widget.js", base_url=bridge.chat.base_url).status_code == 200


# --- browsers --------------------------------------------------------------------------------------------------------


def test_a_note_tells_who_wrote_what(bridge: Bridge) -> None:
    screen = bridge.chat.start_chat("Ann", language="sv")
    message = bridge.chat.write(screen.id, "Hello")
    [note] = bridge.notes
    assert note["kind"] == "message"
    assert (note["chat"]["id"], note["chat"]["name"], note["chat"]["language"]) == (screen.contact, "Ann", "sv")
    assert (note["message"]["id"], note["message"]["text"]) == (message, "Hello")


def test_what_the_bridge_does_not_take_is_sent_again_in_order(bridge: Bridge) -> None:
    screen = bridge.chat.start_chat("Ann")
    bridge.answers = [500, 500]
    bridge.chat.write(screen.id, "one")
    bridge.chat.write(screen.id, "two")
    assert not bridge.notes
    bridge.time.settle()
    assert [note["message"]["text"] for note in bridge.notes] == ["one", "two"]


def test_an_answer_that_was_lost_leaves_one_message(bridge: Bridge) -> None:
    screen = bridge.chat.start_chat("Ann")
    bridge.chat.fail_next(Fault(lost=True, where="/api/chats/.*/messages"))
    bridge.chat.write(screen.id, "once")
    bridge.time.settle()
    bridge.chat.poll(screen.id)
    assert [message["text"] for message in screen.lines()] == ["once"]
    assert len(bridge.notes) == 1


def test_a_message_that_is_refused_says_so_and_lets_the_next_one_through(bridge: Bridge) -> None:
    screen = bridge.chat.start_chat("Ann")
    refused = bridge.chat.write(screen.id, "x" * 4001)
    bridge.chat.write(screen.id, "short")
    assert list(screen.refused) == [refused]
    shown = bridge.chat.view()["people"]
    assert isinstance(shown, list)
    assert [line["status"] for line in shown[0]["messages"]] == ["sent", "failed"]


def test_an_open_page_finds_what_came_and_a_hidden_one_asks_for_nothing(bridge: Bridge) -> None:
    screen, hidden = bridge.chat.start_chat("Ann"), bridge.chat.start_chat("Ben")
    bridge.chat.look_away(hidden.id)
    for one in (screen, hidden):
        assert bridge.post(one.contact, "Hi", f"k:{one.name}") == 201
    bridge.time.settle()
    assert [message["text"] for message in screen.theirs()] == ["Hi"]
    assert not hidden.messages
    assert [(note["kind"], note["chat"]["id"]) for note in bridge.notes] == [("delivered", screen.contact)]
    bridge.chat.look(hidden.id)
    bridge.chat.read(hidden.id)
    assert bridge.kinds() == ["delivered", "delivered", "read"]


def test_the_same_key_is_the_same_message(bridge: Bridge) -> None:
    screen = bridge.chat.start_chat("Ann")
    assert [bridge.post(screen.contact, "Hi"), bridge.post(screen.contact, "Hi")] == [201, 200]
    bridge.time.settle()
    assert len(screen.theirs()) == 1


def test_a_message_that_is_taken_away_leaves_the_screen(bridge: Bridge) -> None:
    screen = bridge.chat.start_chat("Ann")
    bridge.post(screen.contact, "private", "k:1")
    bridge.post(screen.contact, "public", "k:2")
    bridge.time.settle()
    [private, _] = screen.theirs()
    assert bridge.call("DELETE", f"chats/{screen.contact}/messages/{private['id']}") == 204
    assert bridge.call("DELETE", f"chats/{screen.contact}/messages/{private['id']}") == 204
    bridge.time.settle()
    assert [message["text"] for message in screen.theirs()] == ["public"]


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_file_goes_to_the_store_and_can_be_opened_where_the_note_says(bridge: Bridge) -> None:
    kept: dict[str, bytes] = {}
    bridge.chat.on_stored = kept.__setitem__
    screen = bridge.chat.start_chat("Ann")
    bridge.chat.send_file(screen.id, "my cat.png", "image/png", PNG, "look")
    attachment = bridge.notes[-1]["message"]["attachment"]
    assert (attachment["kind"], attachment["size"], attachment["hosted"]) == ("image", len(PNG), True)
    assert kept == {attachment["url"]: PNG}
    assert bridge.chat.app.test_client().get(attachment["url"]).data == PNG


def test_the_store_takes_what_was_offered_and_nothing_else(bridge: Bridge) -> None:
    screen = bridge.chat.start_chat("Ann")
    wanted = {"name": "cat.png", "size": 10, "type": "image/png"}
    form = bridge.chat.call("POST", f"chats/{screen.id}/uploads", screen.browser, wanted).body
    with pytest.raises(CallRefused):
        bridge.chat.put_file(form["url"], form["fields"], "cat.png", "image/png", PNG)
    with pytest.raises(CallRefused):
        bridge.chat.put_file(form["url"], {**form["fields"], "key": "media/x/y.png"}, "cat.png", "image/png", PNG[:10])
    assert not bridge.chat.files.objects


# --- the bridge ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "wrong", DEMO_KEY.upper()])
def test_who_has_not_the_key_is_refused(bridge: Bridge, key: str) -> None:
    assert bridge.call("GET", "about", key=key) == 401
    assert bridge.call("GET", "about") == 200


def test_lasting_trouble_meets_the_bridge_and_not_the_visitors(bridge: Bridge) -> None:
    bridge.chat.switches.api_status = 503
    screen = bridge.chat.start_chat("Ann")
    bridge.chat.write(screen.id, "Hello")
    assert bridge.kinds() == ["message"]
    assert bridge.post(screen.contact, "Hi") == 503


def test_notes_can_come_twice(bridge: Bridge) -> None:
    bridge.chat.switches.webhook_duplicates = True
    screen = bridge.chat.start_chat("Ann")
    bridge.chat.write(screen.id, "Hello")
    bridge.time.settle()
    assert bridge.kinds() == ["message", "message"]


def test_without_a_bridge_visitors_messages_wait(bridge: Bridge) -> None:
    alone = WebChatSimulator(bridge.time, bridge.take, Random(4))
    screen = alone.start_chat("Ann")
    alone.write(screen.id, "Hello")
    assert [message["text"] for message in screen.outbox] == ["Hello"]
    alone.paste_webhooks({"webhook": HOOK})
    assert not bridge.notes


def test_a_visitor_who_leaves_is_forgotten(bridge: Bridge) -> None:
    screen = bridge.chat.start_chat("Ann")
    bridge.chat.leave(screen.browser.visitor)
    assert bridge.kinds() == ["left"]
    assert bridge.chat.call("GET", "chats", screen.browser).status == 401
    with pytest.raises(KeyError):
        bridge.chat.write(screen.id, "still here?")
