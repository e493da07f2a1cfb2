"""A messenger accepts a message and says later that it failed: whoever wrote it hears of that, or the owner does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from patchbay.domain.events import Origin, ReceiptReceived
from patchbay.domain.model import ReceiptState
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.services import Fault

ANSWER = "office:conversation-1:fine"


def answer() -> Bridge:
    """An agent's message is out."""
    bridge = Bridge()
    bridge.customer_writes("hello")
    bridge.settle()
    bridge.agent_writes("fine")
    bridge.settle()
    return bridge


def fail(bridge: Bridge) -> None:
    receipt = ReceiptReceived(
        id="receipt-1",
        origin=Origin(service="pigeon", endpoint="pigeon-1"),
        thread="asa",
        occurred_at=bridge.time.now(),
        message_id="pigeon-1",
        state=ReceiptState.FAILED,
    )
    bridge.queue.send([receipt])


def leave_conversation(bridge: Bridge) -> None:
    """As while the customer's next one is being opened."""
    [session] = bridge.sessions.all()
    bridge.sessions.save(replace(session, conversation=None))


def test_a_failure_waits_while_the_authors_conversation_is_opened_again() -> None:
    bridge = answer()
    leave_conversation(bridge)
    fail(bridge)
    bridge.work()
    assert not bridge.platform.reports
    bridge.customer_writes("are you there?")
    bridge.settle()
    assert [message for message, _ in bridge.platform.reports] == [ANSWER]


def test_a_failure_that_waits_for_a_conversation_in_vain_is_said_in_the_log() -> None:
    bridge = answer()
    leave_conversation(bridge)
    fail(bridge)
    bridge.settle(timedelta(days=3))
    assert not bridge.platform.reports
    assert bridge.telemetry.logged("failure not reported")
    assert bridge.telemetry.metrics["UnreportedFailures"] == 1
    assert not bridge.queue.parked
    assert len(bridge.queue) == 0


def test_a_failure_in_a_conversation_that_nobody_knows_is_said_in_the_log() -> None:
    bridge = answer()
    bridge.sessions.forget()
    fail(bridge)
    bridge.settle()
    assert bridge.telemetry.logged("failure not reported")


def test_a_failure_that_a_platform_refuses_to_show_is_said_in_the_log() -> None:
    bridge = answer()
    report = bridge.platform.report_failure  # type: ignore[attr-defined]

    def refuse(*values: object) -> None:
        bridge.platform.raise_before(Fault.REFUSED)
        report(*values)

    bridge.platform.report_failure = refuse  # type: ignore[attr-defined]
    fail(bridge)
    bridge.settle()
    assert bridge.telemetry.logged("failure not reported")
