"""Receipts, typing and profiles: what travels beside the messages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from patchbay.bridge.time_budget import BATCH_SECONDS
from patchbay.domain.accounts import Connection
from patchbay.domain.events import (
    ContactChanged,
    Origin,
    ReceiptReceived,
    TypingChanged,
    make_event_id,
)
from patchbay.domain.model import Button, Contact, Conversation, ConversationStatus, ReceiptState, Session
from patchbay.kit.abilities import SendsTyping
from patchbay.kit.contract import Http
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, Office, Pigeon, UnsearchablePlatform, message_event
from tests.harness.fakes.stores import MemorySessions


@pytest.fixture
def bridge() -> Bridge:
    return Bridge()


@pytest.fixture
def telling() -> Bridge:
    """A bridge whose platform wants receipts, after three answers of the agent."""
    bridge = Bridge(platform=UnsearchablePlatform())
    bridge.customer_writes("hello")
    bridge.settle()
    for text in ("one", "two", "three"):
        bridge.agent_writes(text)
        bridge.settle()
        bridge.time.advance(1)
    return bridge


def receipt(bridge: Bridge, message_id: str, state: ReceiptState, *, covers: bool = False) -> ReceiptReceived:
    origin = Origin(service="pigeon", endpoint="pigeon-1")
    return ReceiptReceived(
        id=make_event_id(f"receipt-{state.value}", origin, message_id),
        origin=origin,
        thread="asa",
        occurred_at=bridge.time.now(),
        message_id=message_id,
        state=state,
        covers_earlier=covers,
    )


def test_a_read_receipt_covers_what_went_before(telling: Bridge) -> None:
    telling.platform.receipts.clear()
    telling.queue.send([receipt(telling, "pigeon-2", ReceiptState.READ, covers=True)])
    telling.settle()
    assert [message.rsplit(":", 1)[1] for message, _ in telling.platform.receipts] == ["one", "two"]


def test_a_receipt_that_covers_thousands_of_messages_is_carried_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    bridge = Bridge(platform=UnsearchablePlatform())
    bridge.customer_writes("hello")
    bridge.settle()
    for number in range(300):
        bridge.agent_writes(f"message {number}")
        bridge.settle()
    bridge.platform.receipts.clear()
    assert isinstance(bridge.platform, UnsearchablePlatform)
    carry, look_up = bridge.platform.send_receipt, bridge.sessions.of_conversation
    looked_up: list[tuple[str, ...]] = []

    def take_a_second(*call: Any, **more: Any) -> None:
        bridge.time.advance(1)
        carry(*call, **more)

    def count_look_ups(_: MemorySessions, *key: str) -> Session | None:
        looked_up.append(key)
        return look_up(*key)

    monkeypatch.setattr(bridge.platform, "send_receipt", take_a_second)
    monkeypatch.setattr(MemorySessions, "of_conversation", count_look_ups)
    bridge.queue.send([receipt(bridge, "pigeon-300", ReceiptState.READ, covers=True)])
    longest, rounds = 0.0, 0
    while len(bridge.queue):
        began = bridge.time.now()
        assert bridge.work()
        longest, rounds = max(longest, (bridge.time.now() - began).total_seconds()), rounds + 1
    read = [message for message, state in bridge.platform.receipts if state is ReceiptState.READ]
    assert [message.rsplit(" ", 1)[1] for message in read] == [str(number) for number in range(300)]
    assert longest <= BATCH_SECONDS + 1
    assert len(looked_up) == rounds


def test_receipts_never_go_backwards(telling: Bridge) -> None:
    telling.queue.send([receipt(telling, "pigeon-1", ReceiptState.READ)])
    telling.settle()
    telling.queue.send([receipt(telling, "pigeon-1", ReceiptState.DELIVERED)])
    telling.settle()
    told = [state for message, state in telling.platform.receipts if message.endswith(":one")]
    assert told == [ReceiptState.SENT, ReceiptState.READ]


def test_the_author_hears_that_a_message_was_handed_over_and_never_after_later_news() -> None:
    bridge = Bridge(platform=UnsearchablePlatform())
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.agent_writes("hi")
    bridge.queue.send([receipt(bridge, "pigeon-1", ReceiptState.DELIVERED)])  # in the queue before our own news
    bridge.settle()
    told = [state for _, state in bridge.platform.receipts]
    assert told in ([ReceiptState.DELIVERED], [ReceiptState.SENT, ReceiptState.DELIVERED])


def test_a_message_of_several_parts_got_as_far_as_its_last_part(telling: Bridge) -> None:
    telling.agent_writes("word " * 60)
    telling.settle()
    telling.platform.receipts.clear()
    telling.queue.send([receipt(telling, "pigeon-4", ReceiptState.READ)])
    telling.settle()
    assert telling.platform.receipts == []
    telling.queue.send([receipt(telling, "pigeon-5", ReceiptState.DELIVERED)])
    telling.settle()
    assert [state for _, state in telling.platform.receipts] == [ReceiptState.DELIVERED]


def test_a_receipt_that_is_faster_than_our_record_waits_for_it(telling: Bridge) -> None:
    telling.queue.send([receipt(telling, "pigeon-4", ReceiptState.DELIVERED)])
    telling.work()
    telling.agent_writes("four")
    telling.settle()
    assert telling.platform.receipts[-1] == ("forgetful:conversation-1:four", ReceiptState.DELIVERED)


def test_a_receipt_for_a_message_that_is_not_ours_is_skipped(telling: Bridge) -> None:
    telling.platform.receipts.clear()
    telling.queue.send([receipt(telling, "somebody-elses", ReceiptState.DELIVERED)])
    telling.settle()
    assert telling.platform.receipts == []
    assert len(telling.queue) == 0


def test_a_receipt_that_the_platform_does_not_take_now_is_told_later(telling: Bridge) -> None:
    telling.platform.receipts.clear()
    telling.platform.faults.append(Fault.BUSY)
    telling.queue.send([receipt(telling, "pigeon-1", ReceiptState.DELIVERED)])
    telling.settle()
    assert telling.platform.receipts == [("forgetful:conversation-1:one", ReceiptState.DELIVERED)]


def test_a_failure_after_acceptance_is_told_to_the_agent(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.agent_writes("hi")
    bridge.settle()
    bridge.queue.send([receipt(bridge, "pigeon-1", ReceiptState.FAILED)])
    bridge.settle()
    assert bridge.platform.reports == [("office:conversation-1:hi", "the messenger could not show the message")]


@pytest.mark.parametrize(("age", "seen"), [(2, [True]), (11, [])])
def test_typing_is_carried_while_it_is_fresh(telling: Bridge, age: int, seen: list[bool]) -> None:
    assert isinstance(telling.platform, UnsearchablePlatform)
    origin = Origin(service="pigeon", endpoint="pigeon-1")
    occurred = telling.time.now()
    telling.queue.send([TypingChanged(id="t", origin=origin, thread="asa", occurred_at=occurred, typing=True)])
    telling.time.advance(age)
    telling.settle()
    assert telling.platform.typing == seen


def test_a_new_name_is_shown_to_the_agents(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    origin = Origin(service="pigeon", endpoint="pigeon-1")
    renamed = Contact(external_id="asa", name="Åsa Öberg")
    bridge.queue.send(
        [ContactChanged(id="c", origin=origin, thread="asa", occurred_at=bridge.time.now(), contact=renamed)]
    )
    bridge.settle()
    assert isinstance(bridge.platform, Office)
    assert [contact.name for contact in bridge.platform.updates] == ["Åsa Öberg"]


def test_buttons_come_back_as_the_payload_that_was_offered(bridge: Bridge) -> None:
    bridge.customer_writes("hello")
    bridge.settle()
    event = message_event(bridge.platform, "conversation-1", "q", "Which?", "office-1", bridge.time.now())
    buttons = (Button(label="Order", payload="order-payload"), Button(label="Refund", payload="refund-payload"))
    bridge.queue.send([replace(event, message=replace(event.message, buttons=buttons))])
    bridge.settle()
    bridge.customer_writes("refund")
    bridge.settle()
    assert bridge.platform.everything() == ["hello", "refund-payload"]


def test_a_receipt_that_the_platform_refuses_for_good_is_not_told_again(telling: Bridge) -> None:
    telling.platform.receipts.clear()
    telling.platform.faults.append(Fault.REFUSED)
    telling.queue.send([receipt(telling, "pigeon-1", ReceiptState.DELIVERED)])
    telling.settle()
    assert telling.platform.receipts == []
    assert len(telling.queue) == 0


class TypingPigeon(Pigeon, SendsTyping):
    """A messenger that shows when an agent types."""

    capabilities = replace(Pigeon.capabilities, typing=True)

    def send_typing(self, typing: bool, conversation: Conversation, connection: Connection, http: Http) -> None:
        assert conversation.external_id == "asa"
        self.typing.append(typing)


@pytest.mark.parametrize(("age", "seen"), [(2, [True]), (11, [])])
def test_an_agents_typing_is_shown_to_the_customer_while_it_is_fresh(age: int, seen: list[bool]) -> None:
    bridge = Bridge(messenger=TypingPigeon())
    bridge.customer_writes("hello")
    bridge.settle()
    origin, now = Origin(service="office", endpoint="office-1"), bridge.time.now()
    bridge.queue.send([TypingChanged(id="t", origin=origin, thread="conversation-1", occurred_at=now, typing=True)])
    bridge.time.advance(age)
    bridge.settle()
    assert bridge.messenger.typing == seen


@pytest.mark.parametrize("for_good", [True, False])
def test_a_contact_who_is_gone_for_good_leaves_no_open_conversation_behind(bridge: Bridge, for_good: bool) -> None:
    """On a platform that ends none, too: whatever comes later begins anew."""
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.time.advance(1)
    origin = Origin(service="pigeon", endpoint="pigeon-1")
    left = ContactChanged(
        id=make_event_id("contact", origin, "asa"),
        origin=origin,
        thread="asa",
        occurred_at=bridge.time.now(),
        contact=Contact(external_id="asa", reachable=False),
        for_good=for_good,
    )
    bridge.queue.send([left])
    bridge.settle()
    [session] = bridge.sessions.all()
    assert session.conversation is not None
    assert (session.conversation.status is ConversationStatus.ENDED) is for_good
