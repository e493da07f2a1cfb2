"""The simulated Freshchat on the playground's page."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from playground.services.freshchat import (
    DEMO_AGENT,
    DEMO_TOKEN,
    OTHER_AGENT,
    SIMULATOR,
)
from tests.harness.freshchat import FreshchatHarness, make_harness


@pytest.fixture
def harness() -> FreshchatHarness:
    return make_harness()


def test_the_page_shows_the_desk_and_works_it(harness: FreshchatHarness) -> None:
    assert isinstance(harness.freshchat, SIMULATOR)
    conversation = harness.conversation()
    known = {"conversation": conversation.id, "agent": DEMO_AGENT}
    harness.freshchat.act("reply", {**known, "text": "a < b"})
    harness.freshchat.act("quick_replies", {**known, "text": "Well?", "labels": "Yes\nNo\n"})
    data = base64.b64encode(b"png").decode()
    harness.freshchat.act(
        "send_file", {**known, "name": "a.png", "content_type": "image/png", "data": data, "caption": "See"}
    )
    harness.freshchat.act("private_note", {**known, "text": "VIP"})
    harness.freshchat.act("assign", {**known, "agent": OTHER_AGENT})
    harness.freshchat.act("resolve", known)
    view: Any = json.loads(json.dumps(harness.freshchat.view()))
    assert (view["service"], view["side"]) == ("freshchat", "platform")
    assert [agent["name"] for agent in view["agents"]] == ["Ana Kovač", "Ben Okafor"]
    [shown] = view["conversations"]
    assert (shown["contact"]["name"], shown["status"], shown["assigned_to"]) == ("Åsa", "resolved", "Ben Okafor")
    assert [bubble["author"] for bubble in shown["messages"]] == ["customer", "agent", "agent", "agent", "note"]
    assert [bubble["text"] for bubble in shown["messages"]] == ["Hej!", "a < b", "Well?", "See", "VIP"]
    assert [button["label"] for button in shown["messages"][2]["buttons"]] == ["Yes", "No"]
    assert shown["messages"][3]["attachment"]["kind"] == "image"
    harness.freshchat.act("reopen", known)
    assert conversation.status == "assigned"


def test_unknown_actions_and_conversations_are_refused(harness: FreshchatHarness) -> None:
    conversation = harness.conversation()
    with pytest.raises(KeyError):
        harness.freshchat.act("dance", {"conversation": conversation.id, "agent": DEMO_AGENT})
    with pytest.raises(KeyError):
        harness.freshchat.act("reply", {"conversation": "nowhere", "agent": DEMO_AGENT, "text": "x"})


def test_the_demo_account_connects(harness: FreshchatHarness) -> None:
    demo = harness.freshchat.demo()
    assert demo.settings["base_url"] == "https://freshchat.simulator.test/v2"
    assert demo.secrets == {"api_token": DEMO_TOKEN}
    assert demo.later_secrets == {"webhook_public_key": harness.freshchat.public_key_shown}
