"""The table of a delivery's life: complete, and the only place where a delivery changes its state."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

import patchbay
from patchbay.bridge.delivery_states import (
    IN_FLIGHT,
    OUTCOMES,
    TRANSITIONS,
    UNCERTAIN,
    DeliveryProgress,
    ImpossibleStep,
    State,
    Step,
    claim_entry,
    next_state,
    reopen_entry,
    state_of,
)
from patchbay.bridge.ledger import Delivery, Outcome
from patchbay.domain.model import Delivered

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
RUNNING = (State.TRYING, State.TRYING_UNCERTAIN)

#: What the code calls for each step of a running attempt.
CALLS: dict[Step, Callable[[DeliveryProgress], None]] = {
    Step.RELEASE: DeliveryProgress.release,
    Step.RECORD_PART: lambda progress: progress.record_part(Delivered(external_id="m-2")),
    Step.LOSE_ANSWER: DeliveryProgress.lose_answer,
    Step.SETTLE: DeliveryProgress.settle,
    Step.RESEND: DeliveryProgress.resend,
    Step.MARK: DeliveryProgress.mark,
    Step.EXHAUST: DeliveryProgress.exhaust,
    Step.FAIL_ATTEMPT: DeliveryProgress.fail_attempt,
    Step.DEFER: lambda progress: progress.defer("429"),
    Step.DELIVER: lambda progress: progress.end(Outcome.DELIVERED),
    Step.FAIL: lambda progress: progress.end(Outcome.FAILED),
    Step.SKIP: lambda progress: progress.end(Outcome.SKIPPED),
    Step.DEAD_LETTER: lambda progress: progress.end(Outcome.DEAD_LETTERED),
}
#: The steps that are made on an entry as it is stored: by a claim, by the author, and by the owner's commands.
ON_ENTRIES = {Step.CLAIM, Step.REOPEN, Step.CONFIRM, Step.DISCARD}


def stored(state: State) -> Delivery:
    return Delivery(
        event_id="message-1",
        first_attempt_at=NOW,
        parts=(Delivered(external_id="m-1"),),
        attempts=3,
        unended=1,
        resends=1,
        in_flight=state in IN_FLIGHT,
        outcome=OUTCOMES.get(state),
    )


def progress_in(state: State) -> DeliveryProgress:
    """A delivery in this state; one that waits, or has ended, is what an attempt has left."""
    progress = DeliveryProgress(stored(State.TRYING), was_in_flight=state in UNCERTAIN)
    if state in {State.WAITING, State.WAITING_UNCERTAIN}:
        progress.defer("")
    elif state in OUTCOMES:
        progress.end(OUTCOMES[state])
    assert progress.state is state
    return progress


# --- the table -------------------------------------------------------------------------------------------------------


def test_every_state_has_a_row_and_every_step_is_used() -> None:
    assert TRANSITIONS.keys() == set(State)
    assert {step for row in TRANSITIONS.values() for step in row} == set(Step)
    assert CALLS.keys() | ON_ENTRIES == set(Step)


def test_every_state_is_reached_from_a_delivery_that_waits() -> None:
    reached = {State.WAITING}
    while more := {target for state in reached for target in TRANSITIONS[state].values()} - reached:
        reached |= more
    assert reached == set(State)


def test_every_delivery_that_has_not_ended_can_end() -> None:
    ends = {State.DELIVERED, State.FAILED, State.SKIPPED}
    while more := {state for state in State if ends & set(TRANSITIONS[state].values())} - ends:
        ends |= more
    assert ends == set(State)


def test_what_may_be_out_is_stored_as_in_flight_until_somebody_has_decided() -> None:
    """Else a later attempt would repeat it unmarked."""
    assert UNCERTAIN <= IN_FLIGHT
    settled = {Step.RECORD_PART, Step.SETTLE, Step.RESEND, Step.MARK, Step.EXHAUST}
    settled |= {Step.DELIVER, Step.FAIL, Step.SKIP, Step.CONFIRM, Step.DISCARD}
    for state in UNCERTAIN:
        for step, target in TRANSITIONS[state].items():
            assert (target in UNCERTAIN) == (step not in settled), (state, step)


# --- the code that takes the steps -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "step"), [*product(State, CALLS)], ids=lambda each: each.value)
def test_a_running_attempt_takes_the_steps_of_the_table_and_no_others(state: State, step: Step) -> None:
    progress = progress_in(state)
    before = progress.record
    if step not in TRANSITIONS[state]:
        with pytest.raises(ImpossibleStep):
            CALLS[step](progress)
        assert (progress.state, progress.record) == (state, before)
        return
    CALLS[step](progress)
    assert progress.state is TRANSITIONS[state][step]
    assert progress.record.in_flight == (progress.state in IN_FLIGHT)
    assert progress.record.outcome is OUTCOMES.get(progress.state)


@pytest.mark.parametrize("state", [state for state in State if state not in RUNNING])
def test_an_entry_is_read_as_the_state_in_which_it_was_stored(state: State) -> None:
    assert state_of(progress_in(state).record) is state


@pytest.mark.parametrize("state", RUNNING)
def test_an_attempt_that_died_leaves_its_delivery_uncertain(state: State) -> None:
    assert state_of(progress_in(state).record) is State.WAITING_UNCERTAIN


@pytest.mark.parametrize("state", [state for state in State if state not in RUNNING])
def test_entries_are_claimed_and_reopened_as_the_table_says(state: State) -> None:
    entry = progress_in(state).record
    if Step.CLAIM in TRANSITIONS[state]:
        claimed = claim_entry(entry, LATER, counted=True)
        assert (claimed.in_flight, claimed.unended) == (True, entry.unended + 1)
        progress = DeliveryProgress(claimed, was_in_flight=entry.in_flight)
        assert progress.state is TRANSITIONS[state][Step.CLAIM]
    else:
        with pytest.raises(ImpossibleStep):
            claim_entry(entry, LATER, counted=True)
    if Step.REOPEN in TRANSITIONS[state]:
        assert state_of(reopen_entry(entry, LATER)) is TRANSITIONS[state][Step.REOPEN]
    else:
        with pytest.raises(ImpossibleStep):
            reopen_entry(entry, LATER)


def test_a_failed_step_says_which_state_does_not_take_it() -> None:
    with pytest.raises(ImpossibleStep, match="a delivery that is delivered cannot defer"):
        next_state(State.DELIVERED, Step.DEFER)


# --- what the steps record -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [Step.RESEND, Step.MARK, Step.EXHAUST])
def test_what_is_sent_again_without_an_answer_is_marked(step: Step) -> None:
    progress = progress_in(State.TRYING_UNCERTAIN)
    CALLS[step](progress)
    assert progress.record.uncertain
    assert progress.record.resends == (2 if step is Step.RESEND else 1)


@pytest.mark.parametrize("step", [Step.SETTLE, Step.RECORD_PART])
def test_what_is_known_for_certain_is_not_marked(step: Step) -> None:
    progress = progress_in(State.TRYING_UNCERTAIN)
    CALLS[step](progress)
    assert not progress.record.uncertain


def test_only_the_step_that_counts_an_attempt_counts_it() -> None:
    for step, call in CALLS.items():
        progress = progress_in(State.TRYING_UNCERTAIN)
        call(progress)
        assert progress.record.attempts == (4 if step is Step.FAIL_ATTEMPT else 3), step


@pytest.mark.parametrize("step", [Step.RELEASE, Step.DEFER, Step.DELIVER, Step.FAIL, Step.SKIP, Step.DEAD_LETTER])
def test_an_attempt_that_ends_with_a_verdict_is_none_that_was_lost(step: Step) -> None:
    progress = progress_in(State.TRYING)
    CALLS[step](progress)
    assert progress.record.unended == 0


def test_an_attempt_that_was_not_made_leaves_nothing_in_doubt() -> None:
    progress = progress_in(State.TRYING)
    progress.release()
    assert not progress.record.in_flight


def test_a_reopened_delivery_keeps_what_is_out_and_has_fresh_attempts() -> None:
    entry = replace(progress_in(State.DEAD_LETTER_UNCERTAIN).record, reason="no answer")
    again = reopen_entry(entry, LATER)
    assert (again.attempts, again.unended, again.resends, again.reason, again.cause) == (0, 0, 0, "", None)
    assert (again.parts, again.first_attempt_at, again.uncertain_since) == (entry.parts, LATER, NOW)
    assert reopen_entry(progress_in(State.DEAD_LETTER).record, LATER).uncertain_since == LATER


# --- nobody else -----------------------------------------------------------------------------------------------------

_LAYER = Path(patchbay.__file__).parent
_FIELDS = {"attempts", "unended", "in_flight", "uncertain", "doubted_at", "resends", "outcome", "ended_by"}


def writes_of(path: Path) -> list[str]:
    """The fields of a delivery's state that a module's calls of `replace` name."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    replacing = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "replace"]
    return [word.arg for call in replacing for word in call.keywords if word.arg in _FIELDS]


@pytest.mark.parametrize("path", sorted(_LAYER.glob("**/*.py")), ids=lambda path: str(path.relative_to(_LAYER)))
def test_no_other_module_writes_how_far_a_delivery_is(path: Path) -> None:
    if path.name == "delivery_states.py":
        assert writes_of(path)
        return
    assert not writes_of(path)
