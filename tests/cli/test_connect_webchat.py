"""The web chat as its owner connects it, and a visitor who asks to be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from patchbay.domain.model import Contact, Conversation, Session
from patchbay_cli.deployment import Deployment
from patchbay_cli.stack import Stack
from playground.live import Server
from playground.services.webchat import DEMO_KEY, WebChatSimulator
from tests.cli.conftest import Cli
from tests.cli.webhook_receiver import WebhookReceiver
from tests.harness.virtual_time import VirtualTime


@pytest.fixture
def chat(receiver: WebhookReceiver, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebChatSimulator]:
    """It is served where the stack is: the stack is the web chat."""
    chat = WebChatSimulator(VirtualTime(datetime.now(UTC)), receiver.post, Random(1))
    with Server(chat.app) as server:
        chat.base_url = server.url
        own = replace(stack, api_url=server.url)
        monkeypatch.setattr("patchbay_cli.deployment.read_stack", lambda cloudformation, name: own)
        yield chat


@pytest.fixture
def connected_chat(command: Cli, chat: WebChatSimulator) -> WebChatSimulator:
    """As `site`, and its page is open to visitors."""
    answer = command.read("connect", "webchat", "site", "--secret", f"service_key={DEMO_KEY}")
    assert answer["registered"] is True
    chat.paste_webhooks(answer["webhooks"])
    return chat


def note_session(deployment: Deployment, chat_id: str) -> None:
    """As the dispatcher does when it carries the first message."""
    deployment.sessions.save(
        Session(
            messenger_connection="site",
            contact=Contact(external_id=chat_id, name="Ann"),
            platform_connection="help",
            thread=Conversation(external_id=chat_id),
            conversation=Conversation(external_id=f"c-{chat_id}"),
            updated_at=datetime.now(UTC),
        )
    )


def test_the_page_and_the_line_for_the_site_are_printed(command: Cli, connected_chat: WebChatSimulator) -> None:
    said = command.succeed("connect", "webchat", "site")
    assert connected_chat.page in said
    assert f'<script src="{connected_chat.page}/widget.js" async></script>' in said
    assert DEMO_KEY not in said


def test_a_visitor_is_forgotten_by_the_chat_and_by_the_bridge_and_another_is_not(
    command: Cli, connected_chat: WebChatSimulator, deployment: Deployment, receiver: WebhookReceiver
) -> None:
    ann, bob = (connected_chat.start_chat(name) for name in ("Ann", "Bob"))
    for screen in (ann, bob):
        connected_chat.write(screen.id, "It is about my invoice")
        note_session(deployment, screen.contact)
    assert receiver.answers == [200, 200]
    answer = command.read("erase", "site", ann.contact, "--yes")
    assert answer["erased"]["at_messenger"] is True
    assert not connected_chat.poll(ann.id).messages
    assert [one["text"] for one in connected_chat.poll(bob.id).messages.values()] == ["It is about my invoice"]
    assert [row["contact"] for row in command.read("sessions")] == [bob.contact]


def test_a_key_for_notifications_is_made_once_and_kept_for_a_day_when_it_is_replaced(
    command: Cli, connected_chat: WebChatSimulator, deployment: Deployment
) -> None:
    del connected_chat
    made = deployment.connection("site").secrets.get("push_key")
    assert len(made) == 43
    said = command.succeed("connect", "webchat", "site", "--set", "push=yes")
    assert deployment.connection("site").secrets.accepted("push_key") == (made,)
    command.succeed("connect", "webchat", "site", "--secret", "push_key=")
    new, previous = deployment.connection("site").secrets.accepted("push_key")
    assert previous == made != new
    assert made not in said
