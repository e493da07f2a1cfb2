"""What an agent is called: looked up where a webhook does not say, and never worth a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.accounts import Connection, ConnectionStatus, Endpoint
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, NotYet, Rejected, Transient, Uncertain
from patchbay.domain.events import Event, Ignored, MessageReceived
from patchbay.domain.model import Conversation, Delivered, Part, Sender
from patchbay.kit.abilities import DescribesSenders
from patchbay.kit.contract import Http, WebhookRequest
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Office, Pigeon


class NamelessOffice(Office, DescribesSenders):
    """Its webhooks tell an agent's id only."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[DeliveryError] = []
        self.asked = 0
        self.name = "Ana"

    def parse(self, request: WebhookRequest, endpoint: Endpoint) -> Sequence[Event | Ignored]:
        return [_nameless(parsed_event) for parsed_event in super().parse(request, endpoint)]

    def describe_sender(self, sender: Sender, connection: Connection, http: Http) -> Sender:
        self.asked += 1
        if self.failures:
            raise self.failures.pop(0)
        return replace(sender, name=self.name)


class NamingPigeon(Pigeon):
    """Remembers under whose name it showed each message."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str | None] = []

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        delivered = super().deliver(part, conversation, connection, http)
        self.names.append(part.sender.name)
        return delivered


def _nameless(parsed_event: Event | Ignored) -> Event | Ignored:
    if not isinstance(parsed_event, MessageReceived):
        return parsed_event
    sender = replace(parsed_event.message.sender, name=None, external_id="agent-1")
    return replace(parsed_event, message=replace(parsed_event.message, sender=sender))


class Scene(Bridge):
    def __init__(self) -> None:
        self.office, self.pigeon = NamelessOffice(), NamingPigeon()
        super().__init__(self.pigeon, self.office)
        self.customer_writes("hello")
        self.settle()

    def answer(self, text: str) -> None:
        self.agent_writes(text)
        self.settle(timedelta(seconds=1))


@pytest.mark.parametrize(
    "failure",
    [
        Transient("the service has trouble"),
        Transient("busy", retry_after=3600),
        Uncertain("no answer in time"),
        Rejected("refused"),
        AuthorizationNeeded("the token may not read agents"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_an_answer_does_not_wait_for_the_agents_name(failure: DeliveryError) -> None:
    scene = Scene()
    scene.office.failures = [failure]
    scene.answer("Hi, how can I help?")
    assert scene.pigeon.threads["asa"] == ["Hi, how can I help?"]
    assert scene.pigeon.names == [None]
    [line] = scene.telemetry.logged("sender not described")
    assert line["connection"] == "office-1"
    assert "sender not described" in scene.telemetry.troubles
    assert scene.connections.connections["office-1"].status is ConnectionStatus.ACTIVE


def test_a_name_that_could_not_be_looked_up_is_asked_for_again_after_a_minute() -> None:
    scene = Scene()
    scene.office.failures = [Transient("down")]
    for text in ("one", "two", "three"):
        scene.answer(text)
    assert (scene.pigeon.names, scene.office.asked) == ([None, None, None], 1)
    scene.time.advance(60)
    scene.answer("four")
    scene.time.advance(600)
    scene.answer("five")
    assert scene.pigeon.names[3:] == ["Ana", "Ana"]
    assert scene.office.asked == 2


@pytest.mark.parametrize(
    ("told", "shown"),
    [("\u3164", None), ("\u200b", None), ("Ana\n\u202eLind", "Ana Lind"), ("Ana 🇩🇪", "Ana 🇩🇪")],
    ids=ascii,
)
def test_customers_read_a_name_of_one_line_or_none(told: str, shown: str | None) -> None:
    scene = Scene()
    scene.office.name = told
    scene.answer("Hi")
    assert scene.pigeon.names == [shown]


def test_our_own_rate_limiter_is_waited_for() -> None:
    scene = Scene()
    scene.office.failures = [NotYet("the rate limit is reached", after=0.5)]
    scene.answer("Hi")
    assert scene.pigeon.names == ["Ana"]
