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
from playground.services.webchat.records import CallRefused
from playground.simulator import Fault, WebhookAnswer
from tests.harness.virtual_time import VirtualTime

WEBHOOK_URL = "https://bridge.test/webchat/hook-0123456789"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 50


class WebChatHarness:
    """Stands for the bridge: takes webhooks, and calls the API."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.notes: list[dict[str, Any]] = []
        self.answers: list[int] = []  #: the statuses of the next answers; then 200
        self.webchat = WebChatSimulator(self.time, self.take, Random(3))
        self.webchat.paste_webhooks({"webhook": WEBHOOK_URL})

    def take(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        assert (method, url) == ("POST", WEBHOOK_URL)
        signature = hmac.new(DEMO_KEY.encode(), body, hashlib.sha256).hexdigest()
        assert headers["x-patchbay-signature"] == f"sha256={signature}"
        if self.answers and (status := self.answers.pop(0)) != 200:
            return WebhookAnswer(status)
        self.notes.append(json.loads(body))
        return WebhookAnswer(200)

    def kinds(self) -> list[str]:
        return [str(note["kind"]) for note in self.notes]

    def call(self, method: str, path: str, body: object = None, key: str = DEMO_KEY) -> int:
        answer = self.webchat.app.test_client().open(
            f"{self.webchat.page_path}/bridge/{path}",
            base_url=self.webchat.base_url,
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
def harness() -> WebChatHarness:
    return WebChatHarness()


# --- where it runs ---------------------------------------------------------------------------------------------------


def test_the_live_playground_has_the_deployed_web_chat_instead() -> None:
    assert SIMULATOR.deployed
    with world.running(seed=1) as simulators:
        assert "webchat" not in simulators
        assert "viber" in simulators


def test_the_page_and_what_it_loads_are_served_from_its_address(harness: WebChatHarness) -> None:
    client = harness.webchat.app.test_client()
    page = client.get(harness.webchat.page_path, base_url=harness.webchat.base_url)
    assert page.status_code == 200
    assert "hook-0123456789/" in page.text
    assert client.get(f"{harness.webchat.page_path}/widget.js", base_url=harness.webchat.base_url).status_code == 200


# --- browsers --------------------------------------------------------------------------------------------------------


def test_a_note_says_who_wrote_what(harness: WebChatHarness) -> None:
    screen = harness.webchat.start_chat("Ann", language="sv")
    message = harness.webchat.write(screen.id, "Hello")
    [note] = harness.notes
    assert note["kind"] == "message"
    assert (note["chat"]["id"], note["chat"]["name"], note["chat"]["language"]) == (screen.contact, "Ann", "sv")
    assert (note["message"]["id"], note["message"]["text"]) == (message, "Hello")


def test_what_the_bridge_does_not_take_is_sent_again_in_order(harness: WebChatHarness) -> None:
    screen = harness.webchat.start_chat("Ann")
    harness.answers = [500, 500]
    harness.webchat.write(screen.id, "one")
    harness.webchat.write(screen.id, "two")
    assert not harness.notes
    harness.time.settle()
    assert [note["message"]["text"] for note in harness.notes] == ["one", "two"]


def test_an_answer_that_was_lost_leaves_one_message(harness: WebChatHarness) -> None:
    screen = harness.webchat.start_chat("Ann")
    harness.webchat.fail_next(Fault(lost=True, where="/api/chats/.*/messages"))
    harness.webchat.write(screen.id, "once")
    harness.time.settle()
    harness.webchat.poll(screen.id)
    assert [message["text"] for message in screen.lines()] == ["once"]
    assert len(harness.notes) == 1


def test_a_message_that_is_refused_says_so_and_lets_the_next_one_through(harness: WebChatHarness) -> None:
    screen = harness.webchat.start_chat("Ann")
    refused = harness.webchat.write(screen.id, "x" * 4001)
    harness.webchat.write(screen.id, "short")
    assert list(screen.refused) == [refused]
    shown = harness.webchat.view()["people"]
    assert isinstance(shown, list)
    assert [line["status"] for line in shown[0]["messages"]] == ["sent", "failed"]


def test_an_open_page_finds_what_came_and_a_hidden_one_asks_for_nothing(harness: WebChatHarness) -> None:
    screen, hidden = harness.webchat.start_chat("Ann"), harness.webchat.start_chat("Ben")
    harness.webchat.look_away(hidden.id)
    for one in (screen, hidden):
        assert harness.post(one.contact, "Hi", f"k:{one.name}") == 201
    harness.time.settle()
    assert [message["text"] for message in screen.theirs()] == ["Hi"]
    assert not hidden.messages
    assert [(note["kind"], note["chat"]["id"]) for note in harness.notes] == [("delivered", screen.contact)]
    harness.webchat.look(hidden.id)
    harness.webchat.read(hidden.id)
    assert harness.kinds() == ["delivered", "delivered", "read"]


def test_the_same_key_is_the_same_message(harness: WebChatHarness) -> None:
    screen = harness.webchat.start_chat("Ann")
    assert [harness.post(screen.contact, "Hi"), harness.post(screen.contact, "Hi")] == [201, 200]
    harness.time.settle()
    assert len(screen.theirs()) == 1


def test_a_message_that_is_taken_away_leaves_the_screen(harness: WebChatHarness) -> None:
    screen = harness.webchat.start_chat("Ann")
    harness.post(screen.contact, "private", "k:1")
    harness.post(screen.contact, "public", "k:2")
    harness.time.settle()
    [private, _] = screen.theirs()
    assert harness.call("DELETE", f"chats/{screen.contact}/messages/{private['id']}") == 204
    assert harness.call("DELETE", f"chats/{screen.contact}/messages/{private['id']}") == 204
    harness.time.settle()
    assert [message["text"] for message in screen.theirs()] == ["public"]


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_file_goes_to_the_store_and_can_be_opened_where_the_note_says(harness: WebChatHarness) -> None:
    kept: dict[str, bytes] = {}
    harness.webchat.on_stored = kept.__setitem__
    screen = harness.webchat.start_chat("Ann")
    harness.webchat.send_file(screen.id, "my cat.png", "image/png", PNG, "look")
    attachment = harness.notes[-1]["message"]["attachment"]
    assert (attachment["kind"], attachment["size"], attachment["hosted"]) == ("image", len(PNG), True)
    assert kept == {attachment["url"]: PNG}
    assert harness.webchat.app.test_client().get(attachment["url"]).data == PNG


def test_the_store_takes_what_was_offered_and_nothing_else(harness: WebChatHarness) -> None:
    screen = harness.webchat.start_chat("Ann")
    wanted = {"name": "cat.png", "size": 10, "type": "image/png"}
    form = harness.webchat.call("POST", f"chats/{screen.id}/uploads", screen.browser, wanted).body
    with pytest.raises(CallRefused):
        harness.webchat.put_file(form["url"], form["fields"], "cat.png", "image/png", PNG)
    with pytest.raises(CallRefused):
        harness.webchat.put_file(
            form["url"], {**form["fields"], "key": "media/x/y.png"}, "cat.png", "image/png", PNG[:10]
        )
    assert not harness.webchat.files.objects


# --- the bridge ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "wrong", DEMO_KEY.upper()])
def test_calls_without_the_key_are_refused(harness: WebChatHarness, key: str) -> None:
    assert harness.call("GET", "about", key=key) == 401
    assert harness.call("GET", "about") == 200


def test_lasting_trouble_meets_the_bridge_and_not_the_visitors(harness: WebChatHarness) -> None:
    harness.webchat.switches.api_status = 503
    screen = harness.webchat.start_chat("Ann")
    harness.webchat.write(screen.id, "Hello")
    assert harness.kinds() == ["message"]
    assert harness.post(screen.contact, "Hi") == 503


def test_notes_can_come_twice(harness: WebChatHarness) -> None:
    harness.webchat.switches.webhook_duplicates = True
    screen = harness.webchat.start_chat("Ann")
    harness.webchat.write(screen.id, "Hello")
    harness.time.settle()
    assert harness.kinds() == ["message", "message"]


def test_without_a_bridge_visitors_messages_wait(harness: WebChatHarness) -> None:
    unconnected = WebChatSimulator(harness.time, harness.take, Random(4))
    screen = unconnected.start_chat("Ann")
    unconnected.write(screen.id, "Hello")
    assert [message["text"] for message in screen.outbox] == ["Hello"]
    unconnected.paste_webhooks({"webhook": WEBHOOK_URL})
    assert not harness.notes


def test_a_visitor_who_leaves_is_forgotten(harness: WebChatHarness) -> None:
    screen = harness.webchat.start_chat("Ann")
    harness.webchat.leave(screen.browser.visitor)
    assert harness.kinds() == ["left"]
    assert harness.webchat.call("GET", "chats", screen.browser).status == 401
    with pytest.raises(KeyError):
        harness.webchat.write(screen.id, "still here?")
