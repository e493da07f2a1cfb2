"""An engine that is broken on purpose is noticed: an oracle that cannot fail would prove nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from patchbay.aws.stores.queue import SqsConsumer
from patchbay.bridge import dispatch, feedback, queued_messages, retry_policy
from patchbay.bridge.attempt import Attempt
from patchbay.bridge.event_processor import EventHandler
from patchbay.bridge.ledger import Cause, Delivery
from patchbay.bridge.outcomes import Defer, Disposition, Suspect
from patchbay.bridge.ports import Envelope
from patchbay.bridge.queued_messages import QueuedMessage
from patchbay.bridge.uncertain_parts import UncertainParts
from patchbay.domain.model import ReceiptState, Session
from patchbay.domain.receipts import advances
from tests.harness.fakes import stores as memory
from tests.harness.fakes.stores import MemorySessions
from tests.soak import stores
from tests.soak.soak import Plan, Result, Soak
from tests.soak.stores import SoakLedger

PLAN = Plan(seed=11, messages=600, conversations=16)
#: For what is noticed only where somebody hears of the same message twice.
LARGER = Plan(seed=11, messages=1500, conversations=40)


def run(plan: Plan = PLAN) -> Result:
    return Soak(plan).run()


def test_the_engine_as_it_is_passes() -> None:
    assert not any(run().findings.problems.values())


def test_dead_letters_that_vanish_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SqsConsumer, "dead_letter", lambda self, envelope, reason, cause: None)
    assert run().findings.lost


def test_messages_that_the_queue_deletes_after_two_weeks_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OWNER_PATIENCE", "QUEUE_PATIENCE", "GIVE_UP_AFTER", "CLOSED_PATIENCE"):
        monkeypatch.setattr(retry_policy, name, 1e9)
    monkeypatch.setattr("tests.harness.fakes.sqs.RETENTION", timedelta(days=3))
    assert run().findings.lost


def test_a_ledger_that_forgets_doubles_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    def claim(self: SoakLedger, event_id: str, now: datetime, *, counted: bool = True) -> tuple[Delivery, bool]:
        return Delivery(event_id=event_id, first_attempt_at=now, in_flight=True, unended=1), False

    monkeypatch.setattr(SoakLedger, "claim", claim)
    assert run().findings.doubled


def test_a_ledger_that_forgets_too_early_doubles_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "KEPT", timedelta(hours=1))
    assert run().findings.doubled


def test_doubles_without_a_mark_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def trust(self: UncertainParts, attempt: Attempt, *_: object) -> None:
        if attempt.progress.is_uncertain:
            attempt.progress.settle()

    monkeypatch.setattr(UncertainParts, "resolve", trust)
    assert run().findings.doubled


def test_batches_that_are_not_sorted_are_out_of_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queued_messages, "sort_messages", list)
    assert run().findings.disordered


def test_messages_that_do_not_wait_for_the_one_before_are_out_of_order(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_group(self: dispatch.Dispatcher, group: Sequence[QueuedMessage]) -> list[str]:
        kept: list[str] = []
        for message in group:
            verdict = self._handler.judge(message)
            if isinstance(verdict, Defer):
                kept += self._keep([message], verdict.seconds)
        return kept

    monkeypatch.setattr(dispatch.Dispatcher, "_run_group", run_group)
    assert run().findings.disordered


def test_a_conversation_that_waits_for_ever_is_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = EventHandler.judge
    first: list[str] = []

    def keep_waiting(self: EventHandler, message: QueuedMessage, *, isolated: bool = False) -> Disposition | Suspect:
        first.append(message.envelope.group)
        return Defer(3600) if message.envelope.group == first[0] else judge(self, message, isolated=isolated)

    monkeypatch.setattr(EventHandler, "judge", keep_waiting)
    assert run().findings.stuck


def test_messages_to_somebody_else_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_any(self: MemorySessions, platform_connection: str, conversation_id: str) -> Session | None:
        return self.all()[0]

    monkeypatch.setattr(MemorySessions, "of_conversation", find_any)
    assert run().findings.misplaced


def test_dead_letters_without_a_reason_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def dead_letter(self: SqsConsumer, envelope: Envelope, reason: str, cause: Cause) -> None:
        message = {
            "QueueUrl": "dead",
            "MessageBody": envelope.body,
            "MessageGroupId": envelope.group,
            "MessageDeduplicationId": f"dead-letter-{envelope.id}",
        }
        self._api.call("SendMessage", message)

    monkeypatch.setattr(SqsConsumer, "dead_letter", dead_letter)
    assert run().findings.silent


def test_receipts_that_go_back_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def always(current: ReceiptState, reported: ReceiptState) -> bool:
        return True

    assert not advances(ReceiptState.READ, ReceiptState.SENT)
    monkeypatch.setattr(feedback, "advances", always)
    monkeypatch.setattr(memory, "advances", always)
    assert run(LARGER).findings.receded
