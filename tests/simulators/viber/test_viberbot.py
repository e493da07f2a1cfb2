"""Viber's own library for bots, viberbot, works with the simulated Viber: what it believes of Viber, we believe too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

import pytest
from viberbot import Api, BotConfiguration
from viberbot.api import messages
from viberbot.api.messages.data_types.contact import Contact
from viberbot.api.messages.data_types.location import Location
from viberbot.api.viber_requests import (
    ViberConversationStartedRequest,
    ViberDeliveredRequest,
    ViberFailedRequest,
    ViberMessageRequest,
    ViberSeenRequest,
    ViberSubscribedRequest,
    ViberUnsubscribedRequest,
)
from werkzeug.serving import make_server

from playground.services.viber import DEMO_TOKEN, Viber
from playground.services.viber.records import Person
from playground.simulator import WebhookAnswer
from tests.harness.virtual_time import VirtualTime

HOOK = "https://bot.test/viber"


class ViberBot:
    """A bot made with viberbot: it believes only what the library verifies and reads only what it parses."""

    def __init__(self, token: str = DEMO_TOKEN) -> None:
        self.api: Any = Api(BotConfiguration(name="Official Bot", avatar="https://bot.test/a.jpg", auth_token=token))
        self.received: list[Any] = []

    def take(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        assert (method, url) == ("POST", HOOK)
        if not self.api.verify_signature(body, headers["X-Viber-Content-Signature"]):
            return WebhookAnswer(403)
        self.received.append(self.api.parse_request(body))
        return WebhookAnswer(200)


@pytest.fixture
def bot() -> ViberBot:
    return ViberBot()


@pytest.fixture
def viber(bot: ViberBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Viber]:
    """The simulator behind a real HTTP server, which is where the library calls."""
    simulator = Viber(VirtualTime(), bot.take, Random(3))
    server = make_server("127.0.0.1", 0, simulator.app, threaded=True)
    simulator.base_url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(bot.api._request_sender, "_viber_bot_api_url", f"{simulator.base_url}/pa")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield simulator
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def maya(bot: ViberBot, viber: Viber) -> Person:
    bot.api.set_webhook(HOOK)
    person = next(iter(viber.people.values()))
    viber.write(person.id, "Hello")
    settle(viber)
    bot.received.clear()
    return person


def settle(viber: Viber) -> None:
    timeline = viber.timeline
    assert isinstance(timeline, VirtualTime)
    timeline.settle()


def test_the_library_connects_and_asks_about_its_account(bot: ViberBot, viber: Viber) -> None:
    assert "message" in bot.api.set_webhook(HOOK)
    assert [request.event_type for request in bot.received] == ["webhook"]
    assert bot.api.get_account_info()["webhook"] == HOOK
    bot.api.unset_webhook()
    assert bot.api.get_account_info()["webhook"] == ""


def test_a_callback_that_was_changed_is_not_believed(bot: ViberBot, viber: Viber, maya: Person) -> None:
    deliver = viber.post
    viber.post = lambda method, url, headers, body: deliver(method, url, headers, body.replace(b"hush", b"rush"))
    viber.write(maya.id, "hush")
    viber.timeline.later(1, lambda: setattr(viber, "post", deliver))
    settle(viber)
    (message, delivered) = bot.received
    assert message.message.text == "hush", "it came again, unchanged"
    assert isinstance(delivered, ViberDeliveredRequest)
    assert 403 in [call.status for call in viber.calls]


@pytest.mark.parametrize(
    ("say", "kind"),
    [
        (lambda viber, who: viber.write(who, "Grüße 👋"), messages.TextMessage),
        (lambda viber, who: viber.send_file(who, "a.jpg", "image/jpeg", b"x", "c"), messages.PictureMessage),
        (lambda viber, who: viber.send_file(who, "a.mp4", "video/mp4", b"x"), messages.VideoMessage),
        (lambda viber, who: viber.send_file(who, "a.pdf", "application/pdf", b"x"), messages.FileMessage),
        (lambda viber, who: viber.send_location(who, 1.5, 2.5), messages.LocationMessage),
        (lambda viber, who: viber.send_contact(who, "Bo", "+1"), messages.ContactMessage),
        (lambda viber, who: viber.send_link(who, "https://a.test"), messages.URLMessage),
        (lambda viber, who: viber.send_sticker(who, 40133), messages.StickerMessage),
    ],
)
def test_the_library_reads_every_message(
    bot: ViberBot, viber: Viber, maya: Person, say: Callable[[Viber, str], object], kind: Any
) -> None:
    say(viber, maya.id)
    settle(viber)
    (message, delivered) = bot.received
    assert isinstance(message, ViberMessageRequest)
    assert isinstance(message.message, kind)
    assert message.message.validate()
    assert message.sender.id == maya.id
    assert message.message_token == delivered.message_token


def test_the_library_reads_every_other_event(bot: ViberBot, viber: Viber, maya: Person) -> None:
    viber.open(maya.id, context="campaign")
    viber.unsubscribe(maya.id)
    viber.subscribe(maya.id)
    settle(viber)
    opened, left, joined = bot.received
    assert isinstance(opened, ViberConversationStartedRequest)
    assert (opened.context, opened.subscribed, opened.user.id) == ("campaign", True, maya.id)
    assert isinstance(left, ViberUnsubscribedRequest)
    assert isinstance(joined, ViberSubscribedRequest)


BUTTON = {"Columns": 6, "Rows": 1, "ActionType": "reply", "ActionBody": "Go", "Text": "Go"}
KEYBOARD = {"Type": "keyboard", "Buttons": [BUTTON]}


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (messages.TextMessage(text="Hi 👋", tracking_data="t"), "Hi 👋"),
        (messages.TextMessage(text="Pick", keyboard=KEYBOARD), "Pick"),
        (messages.PictureMessage(media="https://b.test/a.jpg", text="look"), "look"),
        (messages.VideoMessage(media="https://b.test/a.mp4", size=10), ""),
        (messages.FileMessage(media="https://b.test/a.pdf", size=10, file_name="a.pdf"), ""),
        (messages.ContactMessage(contact=Contact(name="Bo", phone_number="+46701234567")), "Bo: +46701234567"),
        (messages.LocationMessage(location=Location(lat=1.5, lon=2.5)), ""),
        (messages.URLMessage(media="https://b.test"), "https://b.test"),
        (messages.StickerMessage(sticker_id=40133), "[sticker 40133]"),
        (messages.KeyboardMessage(keyboard=KEYBOARD), ""),
        (
            messages.RichMediaMessage(
                rich_media={"Type": "rich_media", "ButtonsGroupRows": 1, "Buttons": [BUTTON]}, min_api_version=2
            ),
            "",
        ),
    ],
)
def test_the_library_sends_every_message(bot: ViberBot, viber: Viber, maya: Person, message: Any, shown: str) -> None:
    (token,) = bot.api.send_messages(maya.id, message)
    line = maya.lines[-1]
    assert (line.text, line.name, line.avatar) == (shown, "Official Bot", "https://bot.test/a.jpg")
    assert token == int(line.id)
    settle(viber)
    viber.read(maya.id)
    settle(viber)
    first, second, seen = bot.received
    assert isinstance(first, ViberDeliveredRequest)
    assert isinstance(second, ViberDeliveredRequest)
    assert isinstance(seen, ViberSeenRequest)
    assert {first.message_token, second.message_token, seen.message_token} == {token}


def test_the_library_is_told_what_fails_at_once_and_what_fails_later(bot: ViberBot, viber: Viber, maya: Person) -> None:
    bad = messages.TextMessage(text="Pick", keyboard={"Type": "keyboard", "Buttons": [{"ActionBody": ""}]})
    (token,) = bot.api.send_messages(maya.id, bad)
    settle(viber)
    (failed,) = bot.received
    assert isinstance(failed, ViberFailedRequest)
    assert (failed.message_token, failed.user_id) == (token, maya.id)
    viber.unsubscribe(maya.id)
    with pytest.raises(Exception, match="status: 6"):
        bot.api.send_messages(maya.id, messages.TextMessage(text="x"))


def test_the_library_asks_who_is_there(bot: ViberBot, viber: Viber, maya: Person) -> None:
    assert bot.api.get_user_details(maya.id)["id"] == maya.id
    assert bot.api.get_online([maya.id])[0]["online_status"] == 0
