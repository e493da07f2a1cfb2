"""What the owner's commands do with ledger entries is what the table of a delivery's states says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from patchbay.bridge.delivery_states import IN_FLIGHT, OUTCOMES, TRANSITIONS, State, Step, state_of
from patchbay.bridge.ledger import Outcome
from patchbay_cli.deployment import Deployment

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ENTRY = "viber-1#ann#message-1"

#: The states in which an entry can be found: a running attempt is stored like one that waits, uncertain.
STORED = [state for state in State if state not in {State.TRYING, State.TRYING_UNCERTAIN}]


@pytest.fixture(params=STORED)
def state(request: pytest.FixtureRequest, deployment: Deployment) -> State:
    state: State = request.param
    entry, _ = deployment.ledger.claim(ENTRY, NOW)
    deployment.ledger.save(replace(entry, unended=0, in_flight=state in IN_FLIGHT, outcome=OUTCOMES.get(state)))
    return state


def read(deployment: Deployment) -> State:
    return state_of(deployment.ledger_entries.read([ENTRY])[ENTRY])


def test_a_redriven_entry_is_reopened(deployment: Deployment, state: State) -> None:
    """But for one that failed: its author has been notified, and may send it again."""
    deployment.ledger_entries.reopen([ENTRY], NOW)
    stays = state is State.FAILED or Step.REOPEN not in TRANSITIONS[state]
    assert read(deployment) is (state if stays else TRANSITIONS[state][Step.REOPEN])


@pytest.mark.parametrize(("step", "outcome"), [(Step.CONFIRM, Outcome.DELIVERED), (Step.DISCARD, Outcome.SKIPPED)])
def test_an_entry_that_has_not_ended_is_closed(
    deployment: Deployment, state: State, step: Step, outcome: Outcome
) -> None:
    deployment.ledger_entries.close([ENTRY], outcome, "the owner says so", NOW)
    assert read(deployment) is TRANSITIONS[state].get(step, state)
