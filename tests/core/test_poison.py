"""One message that no code of ours survives, among nine conversations that must not notice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from patchbay.domain.accounts import Connection
from patchbay.domain.events import Origin, ReceiptReceived
from patchbay.domain.model import Contact, ContactKey, Conversation, Delivered, Part, ReceiptState, Text
from patchbay.kit.abilities import Opened
from patchbay.kit.contract import Http
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.mortality import Died
from tests.harness.fakes.services import Office, UnsearchablePlatform

INNOCENT = [f"hello from {number}" for number in range(9)]


class DeadlyOffice(Office):
    """A call that carries "poison" does not come back. Everybody else's calls meet it at the same moment."""

    def __init__(self) -> None:
        super().__init__()
        self.met = threading.Event()

    def open_conversation(
        self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http
    ) -> Opened:
        if "poison" in str(first.content):
            self.kill()
        else:
            self.stand_beside()
        return super().open_conversation(key, contact, first, connection, http)

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        if "poison" in str(part.content):
            self.kill()
        return super().deliver(part, conversation, connection, http)

    def kill(self) -> None:
        """An expression that never ends, or memory: nothing of the whole process runs on."""
        self.life.end()
        self.met.set()
        raise Died

    def stand_beside(self) -> None:
        if not self.met.wait(20):
            raise AssertionError("the poison was not tried beside the others")
        self.life.check()


class HangingOffice(DeadlyOffice):
    """The others go on until the function's time is over."""

    def kill(self) -> None:
        while len(self.opened) < len(INNOCENT):
            if self.met.wait(0.01):
                break
        super().kill()

    def stand_beside(self) -> None:
        """Nothing holds them up."""


class FailingOffice(DeadlyOffice):
    def kill(self) -> None:
        self.met.set()
        raise ValueError("int string conversion: value has 5000 digits")

    def stand_beside(self) -> None:
        """Nothing holds them up."""


class ImpossibleOffice(FailingOffice):
    """What a database says to a key that it cannot have."""

    def kill(self) -> None:
        raise RuntimeError("ValidationException: size of hashkey has exceeded the maximum size limit of 2048 bytes")


@pytest.mark.parametrize("office", [DeadlyOffice, HangingOffice, FailingOffice, ImpossibleOffice])
def test_poison_ends_in_the_dead_letter_queue_and_nine_others_are_heard_within_two_receives(
    office: type[DeadlyOffice],
) -> None:
    bridge = Bridge(platform=office())
    for number, text in enumerate([*INNOCENT[:4], "poison", *INNOCENT[4:]]):
        bridge.customer_writes(text, contact=f"contact {number}")
    started = bridge.time.now()
    bridge.settle(timedelta(hours=3))
    assert bridge.time.now() - started < timedelta(minutes=30)
    assert sorted(bridge.platform.everything()) == INNOCENT
    assert bridge.queue.causes == ["crashed"]
    assert "poison" in bridge.queue.parked[0][0].body
    heard = [message.receives for message in bridge.queue.main.deleted if '"poison"' not in message.body]
    assert len(heard) == len(INNOCENT)
    assert max(heard) <= 2
    assert len(bridge.queue) == 0
    assert bridge.telemetry.metrics["EventErrors"] + bridge.telemetry.metrics["DeadLettered"] >= 3


def test_what_the_function_died_on_is_tried_by_itself() -> None:
    bridge = Bridge(platform=DeadlyOffice())
    bridge.customer_writes("poison", contact="mallory")
    bridge.customer_writes("hello", contact="asa")
    bridge.settle(timedelta(hours=3))
    [poison] = [envelope.group for envelope, _ in bridge.queue.parked]
    assert bridge.isolation.tried
    assert poison in {envelope.group for envelope, _ in bridge.queue.parked}
    assert bridge.platform.everything() == ["hello"]


def test_what_follows_poison_in_its_own_conversation_is_delivered_after_it() -> None:
    bridge = Bridge(platform=FailingOffice())
    for text in ("before", "poison", "after", "and after"):
        bridge.customer_writes(text, contact="mallory")
    bridge.settle(timedelta(hours=3))
    assert bridge.platform.everything() == ["before", "after", "and after"]
    assert bridge.queue.causes == ["crashed"]


def test_an_agent_whose_message_crashes_reads_that_it_was_not_delivered() -> None:
    bridge = Bridge()
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.agent_writes("fine")

    def fail(part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        assert isinstance(part.content, Text)
        raise ValueError

    bridge.messenger.deliver = fail  # type: ignore[method-assign]
    bridge.settle(timedelta(hours=3))
    assert [message for message, _ in bridge.platform.reports] == ["office:conversation-1:fine"]
    assert bridge.queue.causes == ["uncertain"]  # nobody can say whether it went out before the failure


class DeadlyReceipts(UnsearchablePlatform):
    def send_receipt(
        self, state: ReceiptState, message_id: str, conversation: Conversation, connection: Connection, http: Http
    ) -> None:
        if state is ReceiptState.READ:
            self.life.end()
            raise Died
        super().send_receipt(state, message_id, conversation, connection, http)


def test_a_receipt_that_kills_the_function_ends_too_and_messages_go_on_beside_it() -> None:
    bridge = Bridge(platform=DeadlyReceipts())
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.agent_writes("hi")
    bridge.settle()
    receipt = ReceiptReceived(
        id="receipt-1",
        origin=Origin(service="pigeon", endpoint="pigeon-1"),
        thread="asa",
        occurred_at=bridge.time.now(),
        message_id="pigeon-1",
        state=ReceiptState.READ,
    )
    bridge.queue.send([receipt])
    bridge.customer_writes("and more", contact="bo")
    bridge.work()
    assert "and more" in bridge.platform.everything()
    bridge.settle(timedelta(hours=3))
    assert bridge.queue.causes == ["crashed"]
    assert len(bridge.queue) == 0
