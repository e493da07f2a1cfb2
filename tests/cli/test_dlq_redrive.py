"""`patchbay dlq redrive` and `patchbay dlq resolve`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.bridge.ledger import Cause, Outcome
from patchbay.domain.events import encode
from patchbay.domain.model import Delivered
from patchbay_cli.dead_letters.queue import DeadLetterQueue
from tests.cli.conftest import Cli
from tests.cli.dlq_harness import NOTHING, NOW, DlqHarness, write
from tests.cli.recorder import RECORDER

# --- redrive ---------------------------------------------------------------------------------------------------------


def test_a_redrive_keeps_what_is_out_and_gives_fresh_attempts(connected: Cli, dlq: DlqHarness) -> None:
    event = write("ann", 1)
    dlq.add(event)
    assert connected.read("dlq", "redrive", event.id) == {**NOTHING, "redriven": [event.id]}
    assert dlq.sent_back() == [event.id]
    entry, was_in_flight = dlq.ledger.claim(event.ledger_key, NOW)
    assert (entry.outcome, entry.attempts, entry.reason) == (None, 0, "")
    assert entry.parts == (Delivered(external_id="out-1"),)
    assert not was_in_flight
    assert datetime.now(UTC) - entry.first_attempt_at < timedelta(minutes=1)
    assert connected.read("dlq", "list")["dead_letters"] == []


def test_an_attempt_that_died_stays_uncertain_after_a_redrive(connected: Cli, dlq: DlqHarness) -> None:
    event = write("ann", 1)
    dlq.add(event)
    entry, _ = dlq.ledger.claim(event.ledger_key, NOW)
    dlq.ledger.save(replace(entry, outcome=None, in_flight=True))
    connected.succeed("dlq", "redrive", event.id, "--yes")
    _, was_in_flight = dlq.ledger.claim(event.ledger_key, NOW)
    assert was_in_flight


def test_an_uncertain_dead_letter_stays_uncertain_since_its_beginning(connected: Cli, dlq: DlqHarness) -> None:
    event = write("asa", 1)
    dlq.add(event)
    stored, _ = dlq.ledger.claim(event.ledger_key, NOW)
    dlq.ledger.save(replace(stored, in_flight=True))
    connected.succeed("dlq", "redrive", "--all")
    entry, was_in_flight = dlq.ledger.claim(event.ledger_key, NOW)
    assert was_in_flight
    assert entry.first_attempt_at == stored.first_attempt_at


def test_earlier_messages_of_the_conversation_go_first(connected: Cli, dlq: DlqHarness) -> None:
    ann = [write("ann", number) for number in range(4)]
    for event in (*ann, write("bob", 1)):
        dlq.add(event)
    answer = connected.read("dlq", "redrive", ann[2].id)
    assert answer["redriven"] == [event.id for event in ann[:3]]
    assert answer["earlier"] == [event.id for event in ann[:2]]
    assert dlq.sent_back() == [event.id for event in ann[:3]]
    assert [row["id"] for row in connected.read("dlq", "list")["dead_letters"]] == [ann[3].id, write("bob", 1).id]


def test_all_go_in_their_order_however_many(connected: Cli, dlq: DlqHarness) -> None:
    ann, bob = ([write(thread, number) for number in range(13)] for thread in ("ann", "bob"))
    for pair in zip(ann, bob, strict=True):
        for event in pair:
            dlq.add(event)
    assert len(connected.read("dlq", "redrive", "--all")["redriven"]) == 26
    sent = dlq.sent_back()
    for conversation in (ann, bob):
        ids = [event.id for event in conversation]
        assert [one for one in sent if one in ids] == ids


def test_what_was_delivered_meanwhile_is_not_sent_again(connected: Cli, dlq: DlqHarness) -> None:
    event = write("ann", 1)
    dlq.add(event)
    entry, _ = dlq.ledger.claim(event.ledger_key, NOW)
    dlq.ledger.save(replace(entry, outcome=Outcome.DELIVERED))
    assert connected.read("dlq", "redrive", "--all")["done_before"] == [event.id]
    assert dlq.sent_back() == []
    assert connected.read("dlq", "list")["dead_letters"] == []


def test_a_redrive_ends_although_messages_are_given_up_again_at_once(
    connected: Cli, dlq: DlqHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    dlq.add(write("ann", 1))

    def give_up_again(*_: object) -> None:
        with RECORDER.pause():
            dlq.add(write("bob", 2))

    monkeypatch.setattr(DeadLetterQueue, "send_back", give_up_again)
    assert len(connected.read("dlq", "redrive", "--all")["redriven"]) == 1


def test_each_conversation_goes_in_the_order_in_which_it_was_written(connected: Cli, dlq: DlqHarness) -> None:
    """One that was redriven and given up again stands behind those that were written after it."""
    first, second, third = (
        replace(write("ann", number), occurred_at=NOW + timedelta(minutes=number)) for number in range(3)
    )
    for event in (second, third, first):
        dlq.add(event)
    assert [row["id"] for row in connected.read("dlq", "list")["dead_letters"]] == [first.id, second.id, third.id]
    assert connected.read("dlq", "redrive", second.id)["earlier"] == [first.id]
    assert connected.read("dlq", "redrive", "--all")["redriven"] == [third.id]
    assert dlq.sent_back() == [first.id, second.id, third.id]


# --- what may have arrived -------------------------------------------------------------------------------------------


def test_all_leaves_out_what_may_have_arrived(connected: Cli, dlq: DlqHarness) -> None:
    before, uncertain, after = (write("ann", number) for number in range(3))
    dlq.add(before)
    dlq.add(uncertain, "the answer was lost", Cause.UNCERTAIN)
    dlq.add(after)
    assert connected.read("dlq", "redrive", "--all") == {
        **NOTHING,
        "redriven": [before.id, after.id],
        "left_uncertain": [uncertain.id],
    }
    assert dlq.sent_back() == [before.id, after.id]
    assert dlq.outcome(uncertain) is Outcome.DEAD_LETTERED
    assert "1 may have been delivered already and stay in the queue" in connected.succeed("dlq", "redrive", "--all")


def test_what_may_have_arrived_is_included_after_a_question_that_names_the_customer(
    connected: Cli, dlq: DlqHarness, interactive: None
) -> None:
    events = [write(thread, 1) for thread in ("ann", "bob")]
    for event in events:
        dlq.add(event, "the answer was lost", Cause.UNCERTAIN)
    refused = connected.run("dlq", "redrive", "--all", "--include-uncertain", typed="n\n")
    assert refused.exit_code == 1
    assert "Ann Private (loft): text, 13 characters, written" in refused.stderr
    assert all(event.id in refused.stderr for event in events)
    assert "These 2 messages may have been delivered already" in refused.stderr
    assert dlq.sent_back() == []
    assert connected.run("dlq", "redrive", "--all", "--include-uncertain", typed="y\n").exit_code == 0
    assert sorted(dlq.sent_back()) == sorted(event.id for event in events)


def test_a_program_that_includes_what_may_have_arrived_says_yes(connected: Cli, dlq: DlqHarness) -> None:
    event = write("ann", 1)
    dlq.add(event, "the answer was lost", Cause.UNCERTAIN)
    for words in (("--all", "--include-uncertain"), (event.id,)):
        failed = connected.fail("dlq", "redrive", *words)
        assert "--yes" in failed
        assert "Ann Private (loft): text, 13 characters" in failed
        assert dlq.sent_back() == []
    assert connected.read("dlq", "redrive", "--all", "--include-uncertain", "--yes")["redriven"] == [event.id]


def test_one_that_may_have_arrived_asks_too_and_drags_no_other_along(
    connected: Cli, dlq: DlqHarness, interactive: None
) -> None:
    earlier, plain, wanted = (write("ann", number) for number in range(3))
    for event, cause in ((earlier, Cause.UNCERTAIN), (plain, Cause.RETRIES_EXHAUSTED), (wanted, Cause.UNCERTAIN)):
        dlq.add(event, "a reason", cause)
    assert connected.run("dlq", "redrive", wanted.id, typed="\n").exit_code == 1
    assert dlq.sent_back() == []
    assert connected.run("dlq", "redrive", wanted.id, typed="y\n").exit_code == 0
    assert dlq.sent_back() == [plain.id, wanted.id]


def test_what_sqs_moved_while_an_attempt_was_under_way_may_have_arrived(connected: Cli, dlq: DlqHarness) -> None:
    event = write("ann", 1)
    dlq.ledger.claim(event.ledger_key, NOW)
    sqs, url = dlq.deployment.session.client("sqs"), dlq.deployment.stack.dead_letter_queue_url
    sqs.send_message(QueueUrl=url, MessageBody=encode(event), MessageGroupId=event.group, MessageDeduplicationId="1")
    assert connected.read("dlq", "redrive", "--all")["left_uncertain"] == [event.id]
    assert connected.read("dlq", "list")["dead_letters"][0]["uncertain"] is True


def test_what_arrived_is_resolved_and_counts_as_delivered(connected: Cli, dlq: DlqHarness) -> None:
    event, other = write("ann", 1), write("ann", 2)
    for one in (event, other):
        dlq.add(one, "the answer was lost", Cause.UNCERTAIN)
    assert connected.read("dlq", "resolve", event.id) == {"resolved": [event.id]}
    entry, _ = dlq.ledger.claim(event.ledger_key, NOW)
    assert (entry.outcome, entry.in_flight) == (Outcome.DELIVERED, False)
    assert entry.parts == (Delivered(external_id="out-1"),)
    assert [row["id"] for row in connected.read("dlq", "list")["dead_letters"]] == [other.id]
    assert dlq.sent_back() == []
