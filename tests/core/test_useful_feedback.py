"""Receipts that nobody can be shown cost nothing, and no failure is lost for that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from patchbay.domain.accounts import Connection
from patchbay.domain.events import Event, Origin, ReceiptReceived, encode, make_event_id
from patchbay.domain.feedback import FeedbackKind
from patchbay.domain.model import ReceiptState
from patchbay.domain.receipts import is_swallowed
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault, Office, PlainOffice, UnsearchablePlatform
from tests.harness.fakes.stores import MemorySessions

DELIVERED, READ, FAILED, SENT = ReceiptState.DELIVERED, ReceiptState.READ, ReceiptState.FAILED, ReceiptState.SENT


class NotingOffice(Office):
    """Shows failures as notes, which refer to no message."""

    behavior = replace(Office.behavior, failures_as_notes=True)


class SparingPlatform(UnsearchablePlatform):
    """Shows its agents only that a message was read."""

    def list_shown_states(self, connection: Connection) -> frozenset[ReceiptState]:
        return frozenset({READ})


def talk(platform: PlainOffice) -> Bridge:
    """An agent has answered a customer once."""
    bridge = Bridge(platform=platform)
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.agent_writes("fine")
    bridge.settle()
    return bridge


def receipt(state: ReceiptState, message: str = "pigeon-1", *, at: float = 0, covers: bool = False) -> ReceiptReceived:
    return ReceiptReceived(
        id=f"receipt-{message}-{state}-{at}",
        origin=Origin(service="pigeon", endpoint="pigeon-1"),
        thread="asa",
        occurred_at=Bridge().time.now() + timedelta(seconds=at),
        message_id=message,
        state=state,
        covers_earlier=covers,
    )


def report(bridge: Bridge, *events: Event) -> None:
    bridge.queue.send(events)
    bridge.settle()


# --- what is recorded ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platform", "recorded"),
    [(PlainOffice, 0), (NotingOffice, 0), (Office, 1), (SparingPlatform, 1), (UnsearchablePlatform, 1)],
)
def test_a_part_is_recorded_only_where_its_record_is_of_use(platform: type[PlainOffice], recorded: int) -> None:
    assert len(talk(platform()).ledger.all_sent()) == recorded


def test_an_author_who_does_not_see_a_state_is_not_told_and_nothing_is_read_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bridge = talk(SparingPlatform())

    def fail(*_: object) -> None:
        raise AssertionError("the session was read")

    monkeypatch.setattr(MemorySessions, "of_conversation", fail)
    report(bridge, receipt(DELIVERED))
    assert not bridge.platform.receipts
    assert not bridge.telemetry.logged("receipt forwarded")
    monkeypatch.undo()
    report(bridge, receipt(READ))
    assert [state for _, state in bridge.platform.receipts] == [READ]


# --- failures without a record ---------------------------------------------------------------------------------------


def test_a_failure_is_noted_in_the_conversation_once_however_often_it_is_reported() -> None:
    bridge = talk(NotingOffice())
    report(bridge, receipt(FAILED))
    bridge.time.advance(400)  # the queue has forgotten the first by then
    report(bridge, receipt(FAILED))
    assert bridge.platform.reports == [("", "the messenger could not show the message")]
    assert bridge.telemetry.metrics["Failed"] == 1


def test_a_failure_that_the_platform_does_not_take_now_is_noted_later() -> None:
    bridge = talk(NotingOffice())
    report_failure = bridge.platform.report_failure  # type: ignore[attr-defined]

    def refuse_once(*values: object) -> None:
        bridge.platform.raise_before(bridge.platform.next_fault())
        report_failure(*values)

    bridge.platform.report_failure = refuse_once  # type: ignore[attr-defined]
    bridge.platform.faults.append(Fault.BUSY)
    report(bridge, receipt(FAILED))
    assert len(bridge.platform.reports) == 1


def test_a_failure_that_is_faster_than_our_own_record_waits_for_it() -> None:
    bridge = talk(NotingOffice())
    bridge.queue.send([receipt(FAILED, "pigeon-2")])
    bridge.work()
    assert not bridge.platform.reports
    bridge.agent_writes("another")
    bridge.settle()
    assert len(bridge.platform.reports) == 1


def test_a_failure_that_nobody_can_be_shown_is_the_owners() -> None:
    bridge = talk(PlainOffice())
    report(bridge, receipt(FAILED))
    assert bridge.telemetry.logged("failure not reported")
    assert bridge.telemetry.metrics["UnreportedFailures"] == 1
    assert bridge.telemetry.metrics["Failed"] == 1


def test_a_failure_in_an_earlier_conversation_is_the_owners() -> None:
    """Its message is not looked for in every conversation that the customer ever had."""
    bridge = talk(NotingOffice())
    assert isinstance(bridge.platform, PlainOffice)
    bridge.platform.close("conversation-1")
    bridge.platform.faults.append(Fault.GONE)
    bridge.customer_writes("and now?")
    bridge.settle()
    report(bridge, receipt(FAILED))
    assert not bridge.platform.reports
    assert bridge.telemetry.metrics["UnreportedFailures"] == 1


def test_a_failure_to_somebody_who_never_wrote_is_another_programs() -> None:
    bridge = talk(NotingOffice())
    report(bridge, replace(receipt(FAILED), thread="bengt"))
    assert not bridge.platform.reports
    assert not bridge.telemetry.metrics["UnreportedFailures"]


# --- receipts of the customers' own messages -------------------------------------------------------------------------


def test_a_receipt_for_a_customers_own_message_is_skipped_at_once() -> None:
    bridge = talk(UnsearchablePlatform())
    own = make_event_id("message", Origin(service="pigeon", endpoint="pigeon-1"), "pigeon:asa:hello")
    bridge.queue.send([replace(receipt(DELIVERED, "asas"), own_event=own)])
    bridge.work()
    assert len(bridge.queue) == 0


# --- receipts that follow one another --------------------------------------------------------------------------------


def test_a_receipt_swallows_an_earlier_one_of_the_same_message_in_a_batch() -> None:
    bridge = Bridge(platform=UnsearchablePlatform())
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.agent_writes("fine")
    while not bridge.ledger.all_sent():
        bridge.work()
    report(bridge, receipt(DELIVERED, at=1), receipt(READ, at=2, covers=True))
    assert [state for _, state in bridge.platform.receipts] == [READ]
    assert len(bridge.queue) == 0


def test_a_receipt_that_is_swallowed_is_never_the_last_that_was_said() -> None:
    """The later one is refused for the moment: it comes again, and is shown then."""
    bridge = talk(UnsearchablePlatform())
    bridge.platform.receipts.clear()
    bridge.platform.faults.append(Fault.BUSY)
    report(bridge, receipt(DELIVERED, at=1), receipt(READ, at=2))
    assert [state for _, state in bridge.platform.receipts] == [READ]


@pytest.mark.parametrize("fault", [Fault.LOST_AFTER, Fault.DIED_AFTER])
def test_a_receipt_that_is_swallowed_is_never_said_after_the_later_one(fault: Fault) -> None:
    """The later one was shown and nobody knows, Lambda deletes neither, and then they come one by one."""
    bridge = talk(UnsearchablePlatform())
    bridge.platform.receipts.clear()
    bridge.platform.faults.append(fault)
    bridge.queue.send([receipt(DELIVERED, at=1), receipt(READ, at=2)])
    bridge.time.advance(2000)  # pauses grow with age: this one is longer than a batch stays hidden
    bridge.queue.undeleted = 1
    bridge.work()
    bridge.queue.most = 1
    bridge.settle()
    assert [state for _, state in bridge.platform.receipts] == [READ, READ]
    assert len(bridge.queue) == 0


def test_a_receipt_that_is_swallowed_and_cannot_be_taken_off_the_queue_is_said_first() -> None:
    bridge = talk(UnsearchablePlatform())
    bridge.platform.receipts.clear()
    bridge.queue.send([receipt(DELIVERED, at=1), receipt(READ, at=2)])
    bridge.queue.hang = 1
    bridge.settle()
    assert [state for _, state in bridge.platform.receipts] == [DELIVERED, READ]
    assert len(bridge.queue) == 0


@pytest.mark.parametrize(
    ("earlier", "later", "swallowed"),
    [
        (receipt(DELIVERED), receipt(READ, at=1), True),
        (receipt(SENT), receipt(DELIVERED, at=1), True),
        (receipt(READ), receipt(DELIVERED, at=1), False),
        (receipt(DELIVERED), receipt(READ, "pigeon-2", at=1), False),
        (receipt(DELIVERED), receipt(READ, "pigeon-2", at=1, covers=True), False),
        (receipt(DELIVERED, covers=True), receipt(READ, at=1), False),
        (receipt(DELIVERED, covers=True), receipt(READ, at=1, covers=True), True),
        (receipt(FAILED), receipt(READ, at=1), False),
        (receipt(DELIVERED), receipt(FAILED, at=1), False),
        (receipt(READ, "", covers=True), receipt(READ, "", at=1, covers=True), True),
        (receipt(READ, "", at=1, covers=True), receipt(READ, "", covers=True), False),
    ],
)
def test_what_swallows_what(earlier: ReceiptReceived, later: ReceiptReceived, swallowed: bool) -> None:
    assert is_swallowed(earlier, later) is swallowed


# --- in the webhook function -----------------------------------------------------------------------------------------


class ReportingPigeon:
    """Stands in for `parse`: the webhook is a receipt."""

    def __init__(self, event: Event) -> None:
        self.event = event

    def __call__(self, *_: object) -> list[Event]:
        return [self.event]


@pytest.mark.parametrize(
    ("feedback", "queued"),
    [
        (None, {DELIVERED, READ, FAILED}),
        (frozenset(), {FAILED}),
        (frozenset({FeedbackKind.READ}), {READ, FAILED}),
    ],
)
def test_what_nobody_can_be_shown_ends_in_the_webhook_function_without_a_line(
    feedback: frozenset[FeedbackKind] | None, queued: set[ReceiptState], monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = Bridge()
    bridge.connections.change("pigeon-1", feedback=feedback)
    before = len(bridge.telemetry.lines)
    for state in (DELIVERED, READ, FAILED):
        monkeypatch.setattr(bridge.messenger, "parse", ReportingPigeon(receipt(state)))
        assert bridge.webhook(bridge.messenger, "asa", str(state)).status == 200
    bodies = {envelope.body for envelope in bridge.queue.receive()}
    assert bodies == {encode(receipt(state)) for state in queued}
    assert len(bridge.telemetry.lines) - before == len(queued)


def test_a_receipt_that_comes_just_after_a_link_is_not_dropped_for_what_the_container_remembers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bridge = Bridge()
    linked = bridge.connections.endpoints["pigeon", "hook-pigeon"]
    bridge.connections.change("pigeon-1", feedback=frozenset())
    bridge.connections.renewed["pigeon", "hook-pigeon"] = replace(linked, feedback=frozenset({FeedbackKind.READ}))
    monkeypatch.setattr(bridge.messenger, "parse", ReportingPigeon(receipt(READ)))
    assert bridge.webhook(bridge.messenger, "asa", "read").status == 200
    assert len(bridge.queue) == 1
