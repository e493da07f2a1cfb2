"""The life of a delivery: its states, the steps that it takes, and where each step leads.

Rules for this file:

1. Whatever decides how far a delivery is belongs here: its attempts, what may be out, what was sent again, its outcome.
   Other modules report a step and read the record. They never write these fields (a test looks for it).
2. Nothing here calls a service, reads a clock, knows a connector or saves. Who reports a step has asked before, and
   saves afterwards.
3. A step that the table does not have is a mistake in the code, and raises ImpossibleStep. Add it to the table only
   together with its meaning.

An attempt that ends without a step (the function was killed) leaves the entry as its claim has made it: `in_flight`. So
the next claim finds it uncertain, and what may be out is looked for or marked, never taken for granted.

The ledger stores no state but `in_flight` and `outcome`, which follow from it (`IN_FLIGHT`, `OUTCOMES`). The ledgers
make the step CLAIM themselves, and the command line makes REOPEN, CONFIRM and DISCARD itself, each in one conditional
write that nobody comes between. When a contact is erased, the entry is deleted whatever its state is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from patchbay.bridge.ledger import Cause, Copy, Delivery, Outcome
from patchbay.domain.model import Attachment, Delivered


class State(StrEnum):
    WAITING = "waiting"  #: no attempt is running, and only the recorded parts are out
    WAITING_UNCERTAIN = "waiting, uncertain"  #: no attempt is running, and the part after the recorded ones may be out
    TRYING = "trying"  #: an attempt is running, and only the recorded parts are out
    TRYING_UNCERTAIN = "trying, uncertain"  #: an attempt is running, and the part after the recorded ones may be out
    DELIVERED = "delivered"
    FAILED = "failed"  #: the service refused it for good, and its author was notified
    SKIPPED = "skipped"  #: there was nothing to deliver, or the owner discarded it
    DEAD_LETTER = "dead letter"  #: it waits in the dead-letter queue, and only the recorded parts are out
    DEAD_LETTER_UNCERTAIN = "dead letter, uncertain"  #: the same, and the part after the recorded ones may be out


class Step(StrEnum):
    # An attempt begins, or was not made after all.
    CLAIM = "claim"
    RELEASE = "release"
    # What happened to the part after the recorded ones.
    RECORD_PART = "record part"  #: it is out
    LOSE_ANSWER = "lose answer"  #: it was sent, and may be out
    SETTLE = "settle"  #: it is not out, or sending it again does no harm
    RESEND = "resend"  #: it may be out and cannot be looked for: it is sent again, marked and counted
    MARK = "mark"  #: it may be out where nobody can look any more: it is sent to another conversation, marked
    EXHAUST = "exhaust"  #: it may be out, and was sent again as often as its service allows
    # The attempt ends.
    FAIL_ATTEMPT = "fail attempt"  #: it counts as a failed one; what follows is decided next
    DEFER = "defer"  #: there will be another one
    DELIVER = "deliver"
    FAIL = "fail"
    SKIP = "drop"
    DEAD_LETTER = "dead-letter"  #: there will be none: it goes to the dead-letter queue
    # Its author or the owner decides.
    REOPEN = "reopen"  #: the author sends it again, or the owner redrives it
    CONFIRM = "confirm"  #: the owner says that it arrived
    DISCARD = "discard"  #: the owner wants it no more


TRANSITIONS: Mapping[State, Mapping[Step, State]] = {
    State.WAITING: {
        Step.CLAIM: State.TRYING,
        Step.REOPEN: State.WAITING,
        Step.CONFIRM: State.DELIVERED,
        Step.DISCARD: State.SKIPPED,
    },
    State.WAITING_UNCERTAIN: {
        Step.CLAIM: State.TRYING_UNCERTAIN,
        Step.REOPEN: State.WAITING_UNCERTAIN,
        Step.CONFIRM: State.DELIVERED,
        Step.DISCARD: State.SKIPPED,
    },
    State.TRYING: {
        Step.RELEASE: State.WAITING,
        Step.RECORD_PART: State.TRYING,
        Step.LOSE_ANSWER: State.TRYING_UNCERTAIN,
        Step.SETTLE: State.TRYING,
        Step.FAIL_ATTEMPT: State.TRYING,
        Step.DEFER: State.WAITING,
        Step.DELIVER: State.DELIVERED,
        Step.FAIL: State.FAILED,
        Step.SKIP: State.SKIPPED,
        Step.DEAD_LETTER: State.DEAD_LETTER,
    },
    State.TRYING_UNCERTAIN: {
        Step.RELEASE: State.WAITING_UNCERTAIN,
        Step.RECORD_PART: State.TRYING,
        Step.LOSE_ANSWER: State.TRYING_UNCERTAIN,
        Step.SETTLE: State.TRYING,
        Step.RESEND: State.TRYING,
        Step.MARK: State.TRYING,
        Step.EXHAUST: State.TRYING,
        Step.FAIL_ATTEMPT: State.TRYING_UNCERTAIN,
        Step.DEFER: State.WAITING_UNCERTAIN,
        Step.DELIVER: State.DELIVERED,
        Step.FAIL: State.FAILED,
        Step.SKIP: State.SKIPPED,
        Step.DEAD_LETTER: State.DEAD_LETTER_UNCERTAIN,
    },
    State.DELIVERED: {},
    State.FAILED: {Step.REOPEN: State.WAITING},
    State.SKIPPED: {},
    State.DEAD_LETTER: {
        Step.REOPEN: State.WAITING,
        Step.CONFIRM: State.DELIVERED,
        Step.DISCARD: State.SKIPPED,
    },
    State.DEAD_LETTER_UNCERTAIN: {
        Step.REOPEN: State.WAITING_UNCERTAIN,
        Step.CONFIRM: State.DELIVERED,
        Step.DISCARD: State.SKIPPED,
    },
}

#: The states that are stored as `in_flight`. A running attempt is, so that its death is noticed.
IN_FLIGHT = frozenset(
    {State.WAITING_UNCERTAIN, State.TRYING, State.TRYING_UNCERTAIN, State.DEAD_LETTER_UNCERTAIN},
)
UNCERTAIN = frozenset({State.WAITING_UNCERTAIN, State.TRYING_UNCERTAIN, State.DEAD_LETTER_UNCERTAIN})
OUTCOMES: Mapping[State, Outcome] = {
    State.DELIVERED: Outcome.DELIVERED,
    State.FAILED: Outcome.FAILED,
    State.SKIPPED: Outcome.SKIPPED,
    State.DEAD_LETTER: Outcome.DEAD_LETTERED,
    State.DEAD_LETTER_UNCERTAIN: Outcome.DEAD_LETTERED,
}
_ENDS: Mapping[Outcome, Step] = {
    Outcome.DELIVERED: Step.DELIVER,
    Outcome.FAILED: Step.FAIL,
    Outcome.SKIPPED: Step.SKIP,
    Outcome.DEAD_LETTERED: Step.DEAD_LETTER,
}


class ImpossibleStep(RuntimeError):
    """A mistake in the code: no delivery in this state takes this step."""


def next_state(state: State, step: Step) -> State:
    """Raises ImpossibleStep for what is not in the table."""
    try:
        return TRANSITIONS[state][step]
    except KeyError:
        raise ImpossibleStep(f"a delivery that is {state} cannot {step}") from None


def state_of(stored: Delivery) -> State:
    """The state of an entry as it is stored. Whatever attempt is running on it, or has died on it, may have sent."""
    match stored.outcome:
        case None:
            return State.WAITING_UNCERTAIN if stored.in_flight else State.WAITING
        case Outcome.DELIVERED:
            return State.DELIVERED
        case Outcome.FAILED:
            return State.FAILED
        case Outcome.SKIPPED:
            return State.SKIPPED
        case Outcome.DEAD_LETTERED:
            return State.DEAD_LETTER_UNCERTAIN if stored.in_flight else State.DEAD_LETTER


def claim_entry(stored: Delivery, now: datetime, *, counted: bool) -> Delivery:
    """The entry as a claim leaves it, `counted` when it is an attempt of its own. Of one without an outcome."""
    state = next_state(state_of(stored), Step.CLAIM)
    return replace(stored, claimed_at=now, in_flight=state in IN_FLIGHT, unended=stored.unended + counted)


def reopen_entry(stored: Delivery, now: datetime) -> Delivery:
    """The entry, to be tried as if it were new; what is out stays out."""
    state = next_state(state_of(stored), Step.REOPEN)
    return replace(
        stored,
        in_flight=state in IN_FLIGHT,
        outcome=None,
        reason="",
        cause=None,
        attempts=0,
        unended=0,
        resends=0,
        first_attempt_at=now,
        uncertain_at=stored.uncertain_since if state in UNCERTAIN else None,
    )


class DeliveryProgress:
    """One delivery during an attempt: the state that it is in, and the record as it would be stored now.

    Each method is a step of the table, named like it; those that begin with `keep` add facts and change no state.
    """

    def __init__(self, claimed: Delivery, *, was_in_flight: bool) -> None:
        """Of an entry as the ledger's `claim` has answered. One that has ended before stays as it is."""
        if claimed.outcome is not None:
            self.state = state_of(claimed)
        else:
            self.state = State.TRYING_UNCERTAIN if was_in_flight else State.TRYING
        self.record = claimed

    @property
    def is_uncertain(self) -> bool:
        """Whether the part after the recorded ones may be out."""
        return self.state in UNCERTAIN

    # --- facts -------------------------------------------------------------------------------------------------------

    def keep_target(self, connection_id: str) -> None:
        self.record = replace(self.record, target=connection_id)

    def keep_file(self, number: int, copy: Copy) -> None:
        """What became of the file with this number, counted from 0."""
        known = self.record.files
        self.record = replace(self.record, files=(*known[:number], copy, *known[number + 1 :]))

    def keep_upload(self, part_key: str, uploaded: Attachment) -> None:
        """What the service made of a part's file. What people said with it is in the event, and is not kept twice."""
        bare = replace(uploaded, name="", caption="", voice=False, duration=None, emoji="")
        known = {**self.record.uploaded, part_key: bare}
        self.record = replace(self.record, uploaded=known)

    def keep_reference(self, message_ids: tuple[str, ...]) -> None:
        """What it is about on the other side, so that every attempt shows it in the same way."""
        self.record = replace(self.record, refers_to=message_ids)

    def keep_split(self, part: int) -> None:
        """The album that would be the part with this number, counted from 0, goes file by file, as do later ones."""
        self.record = replace(self.record, split_from=part)

    def keep_template(self, name: str) -> None:
        """What it is sent as, so that every attempt sends the same."""
        self.record = replace(self.record, said_as=name)

    def keep_notice(self) -> None:
        """Somebody was informed that it waits."""
        self.record = replace(self.record, noticed=True)

    # --- the part after the recorded ones ----------------------------------------------------------------------------

    def record_part(self, part: Delivered) -> None:
        self._take(Step.RECORD_PART, replace(self.record, parts=(*self.record.parts, part)))

    def lose_answer(self) -> None:
        self._take(Step.LOSE_ANSWER, self.record)

    def settle(self) -> None:
        self._take(Step.SETTLE, self.record)

    def resend(self) -> None:
        self._take(Step.RESEND, replace(self.record, uncertain=True, resends=self.record.resends + 1))

    def mark(self) -> None:
        self._take(Step.MARK, replace(self.record, uncertain=True))

    def exhaust(self) -> None:
        self._take(Step.EXHAUST, replace(self.record, uncertain=True))

    # --- the attempt's end -------------------------------------------------------------------------------------------

    def release(self) -> None:
        self._take(Step.RELEASE, self._ended())

    def fail_attempt(self) -> None:
        self._take(Step.FAIL_ATTEMPT, replace(self.record, attempts=self.record.attempts + 1))

    def defer(self, reason: str) -> None:
        self._take(Step.DEFER, replace(self._ended(), reason=reason))

    def end(self, outcome: Outcome, reason: str = "", cause: Cause | None = None, ended_by: str = "") -> None:
        """DELIVER, FAIL, DROP or DEAD_LETTER."""
        # Services' own addresses of files, which may hold their names, are of use to another attempt only.
        uploaded = self.record.uploaded if outcome is Outcome.DEAD_LETTERED else {}
        ended = replace(self._ended(), reason=reason, cause=cause, ended_by=ended_by, uploaded=uploaded)
        self._take(_ENDS[outcome], ended)

    def _ended(self) -> Delivery:
        """The present attempt is not one of those that ended without a verdict."""
        return replace(self.record, unended=self.record.lost_attempts)

    def _take(self, step: Step, record: Delivery) -> None:
        self.state = next_state(self.state, step)
        self.record = replace(record, in_flight=self.state in IN_FLIGHT, outcome=OUTCOMES.get(self.state))
