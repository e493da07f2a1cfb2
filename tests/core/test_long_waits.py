"""Whatever a message waits for, and behind whatever: it is delivered, or it ends where the owner finds it.

SQS deletes a message 14 days after it was sent, and moves it to the dead-letter queue after 1,000 receives, and says
nothing in either case. Nothing of ours may ever come that far.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from patchbay.bridge.ledger import Cause, Outcome
from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.domain.errors import Closed, NotYet
from patchbay.domain.model import Conversation, Delivered, Part
from patchbay.kit.contract import Http
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, Office

COUNT = 30
TEXTS = [f"message {number:02}" for number in range(COUNT)]
MONTH = timedelta(days=30)


class ClosedOffice(Office):
    """Nobody is at the desk."""

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        if self.is_closed:
            raise Closed("nobody is online")
        return super().deliver(part, conversation, connection, http)

    is_closed = True


class SleepingPlatform(Office):
    """Its conversations are not ready for as long as anybody asks."""

    is_asleep = True

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        if self.is_asleep:
            raise NotYet("the conversation is not active yet", after=0.5)
        return super().deliver(part, conversation, connection, http)


def talk(office: Office) -> Bridge:
    """A conversation is open, and then the customer writes a lot."""
    bridge = Bridge(platform=office)
    bridge.customer_writes("hello")
    if isinstance(office, ClosedOffice):
        office.is_closed = False
    bridge.settle()
    if isinstance(office, ClosedOffice):
        office.is_closed = True
    return bridge


def write_all(bridge: Bridge) -> None:
    for text in TEXTS:
        bridge.customer_writes(text)
        bridge.time.advance(1)


def refuse_credentials(bridge: Bridge) -> None:
    bridge.platform.faults.extend([Fault.UNAUTHORIZED] * 2)


def fail(bridge: Bridge) -> None:
    bridge.platform.faults.extend([Fault.BUSY] * 10_000)


def lose_answers(bridge: Bridge) -> None:
    bridge.platform.faults.extend([Fault.LOST_BEFORE] * 10_000)


def unlink(bridge: Bridge) -> None:
    bridge.connections.change("pigeon-1", link="nowhere")


WAITS: dict[str, tuple[type[Office], Callable[[Bridge], None], Cause]] = {
    "refused credentials": (Office, refuse_credentials, Cause.UNAUTHORIZED),
    "a 503": (Office, fail, Cause.RETRIES_EXHAUSTED),
    "lost answers": (Office, lose_answers, Cause.UNCERTAIN),
    "nobody at the desk": (ClosedOffice, lambda bridge: None, Cause.CLOSED),
    "a conversation that is never ready": (SleepingPlatform, lambda bridge: None, Cause.RETRIES_EXHAUSTED),
    "a link to nothing": (Office, unlink, Cause.RETRIES_EXHAUSTED),
}


@pytest.mark.parametrize("trouble", WAITS)
def test_what_waits_in_vain_ends_in_the_dead_letter_queue_with_a_reason_and_its_author_knows(trouble: str) -> None:
    office, begin, cause = WAITS[trouble]
    bridge = talk(office())
    begin(bridge)
    write_all(bridge)
    bridge.settle(MONTH)
    assert not bridge.queue.expired
    assert not bridge.queue.redriven
    assert len(bridge.queue) == 0
    assert [reason for _, reason in bridge.queue.parked if not reason] == []
    assert set(bridge.queue.causes) == {cause.value}
    assert parked_texts(bridge) == TEXTS
    ended = [one for one in bridge.ledger.deliveries.values() if one.outcome is Outcome.DEAD_LETTERED]
    assert len(ended) == COUNT
    assert all(one.reason and one.cause for one in ended)


@pytest.mark.parametrize("trouble", ["refused credentials", "a 503", "nobody at the desk"])
def test_the_owner_puts_back_what_ended_and_the_order_is_restored(trouble: str) -> None:
    office, begin, _ = WAITS[trouble]
    bridge = talk(office())
    begin(bridge)
    write_all(bridge)
    bridge.settle(MONTH)
    bridge.platform.faults.clear()
    bridge.connections.change("office-1", status=ConnectionStatus.ACTIVE, secrets=Secrets(values={"token": "new"}))
    if isinstance(bridge.platform, ClosedOffice):
        bridge.platform.is_closed = False
    bridge.redrive()
    bridge.settle()
    assert bridge.platform.everything() == ["hello", *TEXTS]


def test_what_grew_old_behind_another_message_is_tried_for_some_minutes_of_its_own() -> None:
    """The service comes back just when the first one is given up, and has one more bad moment."""
    bridge = talk(Office())
    bridge.platform.faults.extend([Fault.BUSY] * 10_000)
    write_all(bridge)
    while not bridge.queue.parked:
        bridge.time.jump(bridge.queue.next_visible() or bridge.time.now())
        bridge.work()
    bridge.platform.faults.clear()
    bridge.platform.faults.extend([Fault.BUSY] * 2)
    bridge.settle(timedelta(hours=2))
    assert len(bridge.queue.parked) == 1
    assert bridge.platform.everything() == ["hello", *TEXTS[1:]]


def test_a_store_of_ours_that_is_away_for_two_weeks_lets_nothing_end_unseen() -> None:
    bridge = talk(Office())
    bridge.ledger.fail_next = 1_000_000
    write_all(bridge)
    bridge.settle(MONTH)
    assert not bridge.queue.expired
    assert not bridge.queue.redriven
    assert parked_texts(bridge) == TEXTS


def parked_texts(bridge: Bridge) -> list[str]:
    """In the order of the dead-letter queue."""
    return [text for envelope, _ in bridge.queue.parked for text in TEXTS if f'"{text}"' in envelope.body]
