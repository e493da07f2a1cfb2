"""Webhooks that name an account, a tenant or a conversation which is not recorded yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from patchbay.domain.accounts import Endpoint
from patchbay.domain.errors import UnknownAccount, UnknownTenant, UnknownThread
from patchbay.domain.events import (
    ConversationChanged,
    Event,
    Ignored,
    Origin,
    TypingChanged,
)
from patchbay.domain.model import ConversationStatus
from patchbay.kit.abilities import Opened
from patchbay.kit.contract import WebhookRequest
from tests.harness.fakes.bridge import TOKEN, Bridge
from tests.harness.fakes.sleeping_conversations_platform import SleepingPlatform


def settle(bridge: Bridge, seconds: float = 0) -> None:
    bridge.settle(timedelta(seconds=seconds))


class Naming(SleepingPlatform):
    """Its webhooks' first word names an account or a conversation."""

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> list[Event | Ignored]:
        kind, name = request.tail
        if kind == "channel" and name not in endpoint.accounts:
            raise UnknownAccount(name)
        if kind == "owner" and name not in endpoint.tenants:
            raise UnknownTenant(name)
        if kind == "session" and name not in endpoint.threads:
            raise UnknownThread(name)
        return [Ignored(reason=f"{kind} of {endpoint.threads.get(name, name)}")]


@pytest.mark.parametrize(
    ("tail", "awaiting", "status"),
    [
        (("channel", "known"), False, 200),
        (("channel", "new"), False, 404),
        (("channel", "new"), True, 200),
        (("owner", "anybody"), False, 200),
        (("session", "known"), False, 200),
        (("session", "new"), True, 404),
    ],
)
def test_what_a_webhook_names_is_looked_up_or_404(tail: tuple[str, ...], awaiting: bool, status: int) -> None:
    bridge = Bridge(platform=Naming())
    bridge.connections.change("sleepy-1", account="known")
    bridge.connections.add(bridge.connections.connections["sleepy-1"], "hook-sleepy")
    bridge.connections.threads["sleepy-1", "known"] = "known"
    if awaiting:
        bridge.connections.awaiting.add("sleepy-1")
    request = WebhookRequest(method="PUT", tail=tail, headers={"x-token": TOKEN}, received_at=bridge.time.now())
    assert bridge.receiver(bridge.platform).receive("hook-sleepy", request).status == status


class Telling(Naming):
    """Its news of conversations name no account: that comes from our note of the conversation."""

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> list[Event | Ignored]:
        name, word = request.tail
        if name not in endpoint.threads:
            raise UnknownThread(name)
        at, origin = request.received_at, Origin(service="sleepy", endpoint=endpoint.id, account=endpoint.threads[name])
        if word == "typing":
            return [TypingChanged(id=f"{name}-{at}", origin=origin, thread=name, occurred_at=at, typing=True)]
        status = ConversationStatus(word)
        return [
            ConversationChanged(id=f"{name}-{word}-{at}", origin=origin, thread=name, occurred_at=at, status=status)
        ]


@pytest.fixture
def telling() -> Bridge:
    return Bridge(platform=Telling())


def tell(bridge: Bridge, word: str, name: str = "conversation-1") -> int:
    request = WebhookRequest(method="PUT", tail=(name, word), headers={"x-token": TOKEN}, received_at=bridge.time.now())
    return bridge.receiver(bridge.platform).receive("hook-sleepy", request).status


def status_of(bridge: Bridge) -> ConversationStatus | None:
    [session] = bridge.sessions.all()
    return session.conversation.status if session.conversation else None


def test_news_that_come_while_the_conversation_is_being_opened_are_heard(telling: Bridge) -> None:
    """They are handled by another container, before the call that opens it is answered."""
    office = telling.platform
    assert isinstance(office, Telling)
    assert tell(telling, "active") == 404, "nothing is being opened"
    answers: list[int] = []
    telling.customer_writes("hello")
    batch = telling.queue.receive()
    opened = office.open_conversation

    def open_slowly(*arguments: Any) -> Opened:
        answers.append(tell(telling, "active"))
        telling.work()
        return opened(*arguments)

    office.open_conversation = open_slowly  # type: ignore[assignment,method-assign]
    telling.queue.complete(batch, telling.dispatcher.dispatch(batch))
    assert answers == [200]
    settle(telling, 8)
    assert office.everything() == ["hello"]
    assert status_of(telling) is ConversationStatus.ACTIVE


def test_what_came_later_counts_more_than_news_that_had_to_wait(telling: Bridge) -> None:
    office = telling.platform
    assert isinstance(office, Telling)
    telling.connections.opening.add("sleepy-1")
    assert tell(telling, "ended") == 200
    telling.work()
    office.wakes_at_once = True
    telling.customer_writes("hello")
    settle(telling, 60)
    assert status_of(telling) is ConversationStatus.ACTIVE
    assert tell(telling, "ended") == 200
    settle(telling, 60)
    assert status_of(telling) is ConversationStatus.ENDED


@pytest.mark.parametrize("word", ["active", "typing"])
def test_news_of_a_conversation_that_never_becomes_ours_are_let_go(telling: Bridge, word: str) -> None:
    telling.connections.opening.add("sleepy-1")
    assert tell(telling, word, "somebody-elses") == 200
    telling.settle(timedelta(minutes=5))
    assert len(telling.queue) == 0
    assert not telling.queue.parked
    [skipped] = telling.telemetry.logged("event skipped")
    assert skipped["reason"] == "not a conversation that Patchbay has"
