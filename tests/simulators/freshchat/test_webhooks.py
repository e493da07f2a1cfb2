"""The simulated Freshchat's webhooks, as our connector reads them."""

from __future__ import annotations

import base64
from dataclasses import replace
from random import Random

import pytest

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.errors import SignatureRejected, UnknownAccount
from patchbay.domain.events import ConversationChanged, Ignored
from patchbay.domain.model import Attachment, Button, Card, ConversationStatus, Role, Text
from patchbay.platforms.freshchat import CONNECTOR
from playground.services.freshchat import (
    DEMO_AGENT,
    DEMO_BOT,
    OTHER_AGENT,
    OTHER_CHANNEL,
    Freshchat,
)
from tests.harness.freshchat import FreshchatHarness, make_harness, write


@pytest.fixture
def harness() -> FreshchatHarness:
    return make_harness()


def test_webhooks_are_signed_with_the_key_that_is_shown_under_the_wrong_label(harness: FreshchatHarness) -> None:
    shown = harness.freshchat.public_key_shown
    assert shown.startswith("-----BEGIN RSA PUBLIC KEY-----")
    assert "\n" not in shown
    assert base64.b64decode(shown.split("-----")[2].strip()).hex().startswith("30820122300d06092a864886f70d0101")
    harness.conversation()
    harness.time.settle()
    [request] = harness.our_side.requests
    assert request.headers["x-retry-count"] == "0"
    assert request.headers["x-freshchat-payload-version"] == "1.0"
    CONNECTOR.verify(request, harness.endpoint)
    stranger = Freshchat(harness.time, harness.our_side, Random(8))
    other = Endpoint(id="d", service="freshchat", secrets=Secrets({"webhook_public_key": stranger.public_key_shown}))
    with pytest.raises(SignatureRejected):
        CONNECTOR.verify(request, other)


def test_no_address_no_webhook(harness: FreshchatHarness) -> None:
    harness.freshchat.paste_webhooks({"webhook": ""})
    harness.conversation()
    harness.time.settle()
    assert harness.our_side.requests == []


def test_a_webhook_that_was_not_taken_comes_again_and_says_so(harness: FreshchatHarness) -> None:
    harness.our_side.answers = [500, 503]
    harness.conversation()
    harness.time.settle()
    assert [request.headers["x-retry-count"] for request in harness.our_side.requests] == ["0", "1", "2"]
    assert len({request.body for request in harness.our_side.requests}) == 1


def test_our_own_posts_come_back_and_are_ignored(harness: FreshchatHarness) -> None:
    harness.conversation()
    assert harness.events() == [Ignored(reason="written by the customer: an echo of our own message", routine=True)]


def test_an_echo_may_come_before_the_answer_and_once(harness: FreshchatHarness) -> None:
    harness.freshchat.quirks.echo_first = True
    conversation = harness.conversation()
    assert len(harness.our_side.requests) == 1
    harness.our_side.answers = [500]
    harness.call("POST", f"/conversations/{conversation.id}/messages", write(conversation.user.id))
    assert len(harness.our_side.requests) == 2
    harness.time.settle()
    assert len(harness.our_side.requests) == 3


def test_an_agents_words_arrive_whatever_they_are(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    harness.freshchat.reply(conversation.id, DEMO_AGENT, "5 < 6 & <b> שלום 👩‍👩‍👧\nsecond line")
    event = harness.last_message()
    assert event.message.content == (Text(text="5 < 6 & <b> שלום 👩‍👩‍👧\nsecond line"),)
    assert event.thread == conversation.id
    assert event.aliases == (conversation.number,)
    assert event.hints["user_id"] == conversation.user.id
    assert event.message.sender.external_id == DEMO_AGENT


def test_the_first_answer_takes_the_conversation_over(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    harness.freshchat.reply(conversation.id, DEMO_AGENT, "Hello")
    harness.freshchat.reply(conversation.id, OTHER_AGENT, "Me too")
    harness.time.settle()
    assert harness.our_side.actions() == [
        "message_create",
        "conversation_assignment",
        "message_create",
        "message_create",
    ]
    assignment = harness.our_side.bodies()[1]["data"]["assignment"]
    assert assignment["from_agent_id"] == ""
    assert assignment["to_agent_id"] == DEMO_AGENT
    assert conversation.agent == DEMO_AGENT


def test_quick_replies_files_and_cards_arrive(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    harness.freshchat.quick_replies(conversation.id, DEMO_AGENT, "Well?", ["Yes", "No"])
    buttons = harness.last_message().message.buttons
    assert buttons == (Button(label="Yes", payload="Yes"), Button(label="No", payload="No"))
    harness.freshchat.send_file(conversation.id, DEMO_AGENT, "a.png", "image/png", b"png", "Look")
    image, caption = harness.last_message().message.content
    assert isinstance(image, Attachment)
    assert image.url is not None
    assert caption == Text(text="Look")
    card = {"type": "carousel_card_default", "sections": [{"name": "title", "parts": [{"text": {"content": "Chair"}}]}]}
    harness.freshchat.post_as_agent(conversation.id, DEMO_BOT, [{"template_content": card}])
    event = harness.last_message()
    assert event.message.content == (Card(title="Chair"),)
    assert event.message.sender.role is Role.BOT


def test_a_late_file_has_its_address_at_the_second_look(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    harness.freshchat.quirks.late_files = 2.0
    harness.freshchat.send_file(conversation.id, DEMO_AGENT, "a.pdf", "application/pdf", b"%PDF")
    assert harness.last_message().message.incomplete
    path = f"/conversations/{conversation.id}/messages"
    assert "url" not in harness.call("GET", path).get_json()["messages"][0]["message_parts"][0]["file"]
    harness.time.advance(2)
    assert "url" in harness.call("GET", path).get_json()["messages"][0]["message_parts"][0]["file"]


def test_types_and_ids_may_be_missing_or_bare(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    harness.freshchat.quirks.omit_message_type = True
    harness.freshchat.quirks.omit_user_id = True
    harness.freshchat.quirks.bare_ids = True
    harness.freshchat.reply(conversation.id, DEMO_AGENT, "Hello")
    event = harness.last_message()
    assert event.thread == conversation.id
    assert event.hints == {"conversation_id": conversation.id.replace("-", "")}


def test_notes_and_system_lines_stay_at_the_desk(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    harness.freshchat.private_note(conversation.id, DEMO_AGENT, "VIP?")
    harness.freshchat.private_note(conversation.id, DEMO_BOT, "Score 7")
    harness.freshchat.system_line(conversation.id, ".")
    assert all(isinstance(event, Ignored) for event in harness.events())
    assert "actor_type" not in harness.our_side.bodies()[-1]["data"]["message"]
    assert conversation.agent == ""


def test_resolving_and_reopening_send_webhooks(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    harness.freshchat.resolve(conversation.id, DEMO_AGENT)
    harness.freshchat.resolve(conversation.id, DEMO_AGENT)
    harness.freshchat.reopen(conversation.id, DEMO_AGENT)
    harness.freshchat.assign(conversation.id, OTHER_AGENT)
    harness.freshchat.assign(conversation.id, "")
    changes = [each.status for each in harness.events() if isinstance(each, ConversationChanged)]
    ended, active = ConversationStatus.ENDED, ConversationStatus.ACTIVE
    assert changes == [ended, active, active, active]
    assert harness.our_side.bodies()[-1]["data"]["assignment"]["to_agent_id"] == ""


def test_other_channels_send_webhooks_that_we_ignore(harness: FreshchatHarness) -> None:
    conversation = harness.conversation(channel_id=OTHER_CHANNEL)
    harness.freshchat.reply(conversation.id, DEMO_AGENT, "Hello")
    with pytest.raises(UnknownAccount):
        harness.events()
    harness.endpoint = replace(harness.endpoint, strangers=frozenset({OTHER_CHANNEL, "8540000000000005"}))
    assert harness.events()[-1] == Ignored(reason="from a channel that is not connected")
