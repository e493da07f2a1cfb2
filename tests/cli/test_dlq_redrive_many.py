"""Thousands of dead letters on their way again, and runs that break off at every point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.queue import LargeBodies
from patchbay.bridge.ledger import Cause, Delivery, Outcome
from patchbay.domain.events import MessageReceived, decode, encode
from patchbay_cli.dead_letters.ledger_entries import LedgerEntries, _Change
from patchbay_cli.dead_letters.queue import DeadLetterQueue
from patchbay_cli.dead_letters.redrive import RedriveResult, redrive_all
from patchbay_cli.deployment import Deployment
from tests.cli.dlq_harness import write
from tests.harness.fakes.line import BrokenOff, Line
from tests.harness.fakes.sqs import MemorySqs
from tests.harness.fakes.sqs_client import MemorySqsClient
from tests.harness.virtual_time import VirtualTime

EVENTS, DEAD = "events.fifo", "dead.fifo"
MANY = 5_000
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DEAD_LETTERED = Outcome.DEAD_LETTERED


class CountedEntries(LedgerEntries):
    """The ledger's part with its batches; the table takes each transaction."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__(deployment.table)
        self.calls: list[str] = []

    def _write(self, changes: Mapping[str, _Change]) -> dict[str, Delivery | None]:
        self.calls.append("TransactWriteItems")
        return {}

    def read(self, ids: Iterable[str]) -> dict[str, Delivery]:
        self.calls.append("BatchGetItem")
        return {}


@dataclass
class RedriveHarness:
    """The owner's side of the queues, in virtual time: each call to SQS takes 20 ms."""

    line: Line
    events: MemorySqs
    dead: MemorySqs
    deployment: Deployment

    def dead_letter(self, events: Sequence[MessageReceived], cause: Cause = Cause.RETRIES_EXHAUSTED) -> None:
        for event in events:
            attributes = {
                name: {"DataType": "String", "StringValue": value}
                for name, value in (("reason", "away"), ("cause", cause.value))
            }
            self.dead.send(event.group, event.id, encode(event), attributes)
        self.line.calls.clear()

    def redrive(self) -> RedriveResult:
        return redrive_all(self.deployment, refuse, include_uncertain=False)

    def sent(self) -> list[str]:
        return [decode(message.body).id for message in self.events.messages]

    def left(self) -> list[str]:
        return [decode(message.body).id for message in self.dead.messages]


def refuse(_: object) -> None:
    raise AssertionError("nobody is to be asked")


@pytest.fixture
def harness(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> RedriveHarness:
    time = VirtualTime(NOW)
    line = Line(time, per_call=0.02)
    events, dead = MemorySqs(time), MemorySqs(time)
    sqs = MemorySqsClient({EVENTS: events, DEAD: dead}, line=line, batch_bytes=256 * 1024)
    large = LargeBodies(lambda: deployment.session.client("s3"), "files")
    deployment.__dict__["dead_letter_queue"] = DeadLetterQueue(cast("Any", sqs), EVENTS, DEAD, large)
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._monotonic", lambda: time.now().timestamp())
    return RedriveHarness(line, events, dead, deployment)


def conversations(threads: int, amount: int) -> list[MessageReceived]:
    return [write(f"person-{number % threads}", number) for number in range(amount)]


@pytest.mark.parametrize(("threads", "ratio"), [(500, 0.35), (20, 0.5), (1, 0.5)])
def test_five_thousand_go_in_one_run_at_less_than_half_a_call_each(
    harness: RedriveHarness, threads: int, ratio: float
) -> None:
    events = conversations(threads, MANY)
    harness.dead_letter(events)
    harness.deployment.__dict__["ledger_entries"] = entries = CountedEntries(harness.deployment)
    result = harness.redrive()
    assert len(result.sent) == MANY
    assert harness.left() == []
    sent = harness.sent()
    position = {one: number for number, one in enumerate(sent)}
    assert len(position) == len(sent) == MANY
    for thread in range(threads):
        mine = [position[event.id] for event in events[thread::threads]]
        assert mine == sorted(mine)
    assert len(harness.line.calls) + len(entries.calls) <= ratio * MANY


def test_what_may_have_arrived_stands_in_nobodys_way(harness: RedriveHarness) -> None:
    """It stays at the head of its conversation, and what is behind it comes only together with it."""
    harness.deployment.__dict__["ledger_entries"] = CountedEntries(harness.deployment)
    uncertain = [write(f"person-{number}", 0) for number in range(60)]
    others = [write(f"person-{number % 60}", 1 + number) for number in range(1_200)]
    harness.dead_letter(uncertain, Cause.UNCERTAIN)
    harness.dead_letter(others)
    result = harness.redrive()
    assert set(harness.sent()) == {event.id for event in others}
    assert harness.left() == [event.id for event in uncertain]
    assert sorted(result.uncertain.values()) == sorted(harness.left())


def test_behind_ten_that_may_have_arrived_nothing_is_seen_and_the_run_ends(harness: RedriveHarness) -> None:
    harness.deployment.__dict__["ledger_entries"] = CountedEntries(harness.deployment)
    harness.dead_letter([write("ann", number) for number in range(10)], Cause.UNCERTAIN)
    harness.dead_letter([write("ann", number) for number in range(10, 20)])
    result = harness.redrive()
    assert (len(result.uncertain), result.sent) == (10, [])
    assert len(harness.left()) == 20


def test_a_run_that_takes_longer_than_a_hold_holds_on(harness: RedriveHarness) -> None:
    harness.line.per_call = 3.0
    harness.deployment.__dict__["ledger_entries"] = CountedEntries(harness.deployment)
    events = conversations(150, 300)
    harness.dead_letter(events)
    assert len(harness.redrive().sent) == 300
    assert harness.left() == []
    assert "ChangeMessageVisibilityBatch" in harness.line.calls


def test_a_look_at_all_holds_on_and_lets_go_in_the_end(harness: RedriveHarness) -> None:
    harness.line.per_call = 2.0
    harness.dead_letter(conversations(200, 200))
    with harness.deployment.dead_letter_queue.look() as holding:
        assert len(holding.messages) == 200
    assert harness.dead.count() == (200, 0)


# --- broken off ------------------------------------------------------------------------------------------------------


class BreakingEntries(LedgerEntries):
    """The real ones; the call that breaks off is counted over the queue and the table together."""

    def __init__(self, deployment: Deployment, line: Line) -> None:
        super().__init__(deployment.table)
        self._line = line

    def _write(self, changes: Mapping[str, _Change]) -> dict[str, Delivery | None]:
        with self._line.call("TransactWriteItems"):
            return super()._write(changes)


def dispatch(harness: RedriveHarness) -> list[str]:
    """What the dispatcher does with what is on the events queue: the ids of what goes out."""
    out = []
    for one in harness.sent():
        entry, _ = harness.deployment.ledger.claim(one, NOW)
        assert entry.outcome is not Outcome.DEAD_LETTERED, "it would be given up again"
        if entry.outcome is None:
            out.append(one)
            harness.deployment.ledger.save(replace(entry, outcome=Outcome.DELIVERED, in_flight=False))
    harness.events.clear()
    return out


@pytest.mark.parametrize("answer_lost", [False, True])
@pytest.mark.parametrize("dispatched", [False, True])
def test_a_run_that_breaks_off_anywhere_can_be_repeated(
    harness: RedriveHarness, answer_lost: bool, dispatched: bool
) -> None:
    """Nothing is lost, and nothing goes out twice: what is on the queue twice, the ledger lets out once."""
    harness.deployment.__dict__["ledger_entries"] = BreakingEntries(harness.deployment, harness.line)
    harness.line.answer_lost = answer_lost
    for position in range(1, 40):
        events = [write(f"{position}-{number % 2}", number) for number in range(5)]
        for event in events:
            entry, _ = harness.deployment.ledger.claim(event.ledger_key, NOW)
            harness.deployment.ledger.save(replace(entry, in_flight=False, outcome=Outcome.DEAD_LETTERED))
        harness.dead_letter(events)
        harness.line.fail_at = position
        try:
            harness.redrive()
        except BrokenOff:
            harness.line.fail_at = None
        else:
            assert position > 6
            return
        out = dispatch(harness) if dispatched else []
        harness.line.time.advance(600.0 if dispatched else 130.0)
        harness.redrive()
        assert harness.left() == []
        out += dispatch(harness)
        assert sorted(out) == sorted(event.id for event in events), position
    raise AssertionError("the run never came to its end")


def test_a_message_that_was_given_up_twice_goes_out_once(harness: RedriveHarness) -> None:
    event = write("ann", 1)
    harness.dead_letter([event])
    harness.line.time.advance(600)
    harness.dead_letter([event])
    assert len(harness.redrive().sent) == 2
    assert dispatch(harness) == [event.id]


def test_a_dispatcher_that_is_at_work_is_not_disturbed(harness: RedriveHarness) -> None:
    """After a run that was interrupted: the copy on the events queue is being delivered when the command runs again."""
    event = write("ann", 1)
    harness.deployment.ledger.claim(event.ledger_key, NOW)
    assert harness.deployment.ledger_entries.reopen([event.ledger_key], NOW) == set()
    _, in_flight = harness.deployment.ledger.claim(event.ledger_key, NOW)
    assert in_flight


def test_a_hundred_entries_are_one_write(harness: RedriveHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def write_all(_: LedgerEntries, changes: Mapping[str, _Change]) -> dict[str, Delivery | None]:
        written.append(len(changes))
        return {}

    monkeypatch.setattr(LedgerEntries, "_write", write_all)
    harness.deployment.ledger_entries.reopen([str(number) for number in range(250)], NOW)
    assert written == [100, 100, 50]


def test_an_entry_that_ended_stands_in_no_others_way(harness: RedriveHarness) -> None:
    ended, uncertain, parked, missing = (write("ann", number).id for number in range(4))
    for one, outcome, in_flight in (
        (ended, Outcome.FAILED, False),
        (uncertain, DEAD_LETTERED, True),
        (parked, DEAD_LETTERED, False),
    ):
        entry, _ = harness.deployment.ledger.claim(one, NOW)
        tried = replace(entry, attempts=3, resends=2, unended=4)
        harness.deployment.ledger.save(replace(tried, outcome=outcome, in_flight=in_flight))
    assert harness.deployment.ledger_entries.reopen([ended, uncertain, parked, missing], NOW) == {ended}
    for one, left in ((uncertain, True), (parked, False), (missing, False)):
        entry, in_flight = harness.deployment.ledger.claim(one, NOW)
        assert (entry.outcome, entry.attempts, entry.resends, in_flight) == (None, 0, 0, left)
        assert entry.lost_attempts == 0


def test_a_message_that_ended_the_function_again_and_again_is_tried_again(harness: RedriveHarness) -> None:
    """SQS moved it here itself: the ledger knows of attempts without an end, and of no outcome."""
    event = write("ann", 1)
    for _ in range(5):
        harness.deployment.ledger.claim(event.ledger_key, NOW)
    harness.deployment.ledger_entries.reopen([event.ledger_key], NOW)
    entry, in_flight = harness.deployment.ledger.claim(event.ledger_key, NOW)
    assert entry.lost_attempts == 0
    assert in_flight


def test_a_reopened_entry_is_kept_for_as_long_as_its_dead_letter_may_be(harness: RedriveHarness) -> None:
    """Should the command break off, another run must still know what is out."""
    event = write("ann", 1)
    harness.deployment.ledger_entries.reopen([event.ledger_key], NOW)
    item = harness.deployment.table.get_item(
        Key=dict(zip(("pk", "sk"), keys.delivery_keys(event.ledger_key), strict=True))
    )["Item"]
    assert float(str(item["expires_at"])) >= (NOW + timedelta(days=14)).timestamp()
