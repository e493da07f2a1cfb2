"""`patchbay dlq discard`, and which messages a command means."""

from __future__ import annotations

import pytest

from patchbay.bridge.ledger import Outcome
from patchbay_cli.dead_letters.queue import DeadLetterQueue
from tests.cli.conftest import Cli
from tests.cli.dlq_harness import NOTHING, DlqHarness, write


def test_discarding_asks_first(connected: Cli, dlq: DlqHarness, interactive: None) -> None:
    event = write("ann", 1)
    dlq.add(event)
    assert connected.run("dlq", "discard", event.id, typed="n\n").exit_code == 1
    assert dlq.outcome(event) is Outcome.DEAD_LETTERED
    assert connected.run("dlq", "discard", event.id, typed="y\n").exit_code == 0
    assert dlq.outcome(event) is Outcome.SKIPPED


def test_a_program_that_discards_says_yes(connected: Cli, dlq: DlqHarness) -> None:
    events = [write("ann", number) for number in range(12)]
    for event in events:
        dlq.add(event)
    assert "--yes" in connected.fail("dlq", "discard", "--all", "--json")
    assert connected.read("dlq", "discard", "--all", "--yes") == {"discarded": [event.id for event in events]}
    assert connected.read("dlq", "list") == {"dead_letters": [], "hidden": 0}
    assert dlq.sent_back() == []


@pytest.mark.parametrize("word", ["redrive", "discard"])
def test_all_of_nothing_needs_no_question(cli: Cli, dlq: DlqHarness, interactive: None, word: str) -> None:
    said = cli.run("dlq", word, "--all")
    assert (said.exit_code, said.stdout, said.stderr) == (0, "The dead-letter queue is empty.\n", "")


def test_a_count_that_lags_behind_hides_nothing(
    connected: Cli, dlq: DlqHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = write("ann", 1)
    dlq.add(event)
    monkeypatch.setattr(DeadLetterQueue, "count_dead_letters", lambda _: 0)
    assert connected.read("dlq", "redrive", "--all")["redriven"] == [event.id]


def test_all_of_nothing_is_an_answer_for_programs_too(cli: Cli, dlq: DlqHarness) -> None:
    assert cli.read("dlq", "redrive", "--all") == NOTHING
    assert cli.read("dlq", "discard", "--all") == {"discarded": []}


@pytest.mark.parametrize("words", [("redrive",), ("redrive", "--all", "x"), ("discard", "--yes")])
def test_which_messages_must_be_said(connected: Cli, dlq: DlqHarness, words: tuple[str, ...]) -> None:
    result = connected.run("dlq", *words)
    assert result.exit_code == 2
    assert "Give the ids of the messages, or --all." in result.stderr
