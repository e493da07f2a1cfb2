"""How one attempt at a message ends: delivered, deferred, refused, or in the dead-letter queue. Nothing ends unseen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from patchbay.bridge import retry_policy
from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Workbench
from patchbay.bridge.credential_retries import CHECK_AFTER
from patchbay.bridge.deliver import UNCONFIRMED, Courier
from patchbay.bridge.ledger import Cause, Outcome
from patchbay.bridge.outcomes import DONE, OutOfResends, OwnerNeeded, Park, Verdict, Wait
from patchbay.domain.errors import (
    Closed,
    DeliveryError,
    NotYet,
    OutOfTime,
    Paced,
    Rejected,
    Transient,
    Uncertain,
    Unreachable,
)
from patchbay.domain.model import ReceiptState
from patchbay.kit.abilities import LooksUpDeliveries, ReportsFailures, SendsReceipts
from patchbay.kit.failures import Failure, FailureCode


class Dispositions:
    def __init__(self, bench: Workbench, courier: Courier) -> None:
        self._bench = bench
        self._courier = courier

    def judge(self, attempt: Attempt, failure: DeliveryError) -> Verdict:
        """The verdict on an attempt that failed, recorded in the ledger."""
        reason = str(failure)
        match failure:
            case OutOfTime():
                return self._defer(attempt, 0, reason, Cause.GAVE_UP)
            case Closed():
                return self._wait_for_people(attempt, failure)
            case NotYet():
                return self.wait(attempt, failure)
            case OwnerNeeded():
                return self.wait_for_owner(attempt, reason)
            case OutOfResends():
                attempt.doubt = False  # it is marked: when the owner redrives it, it goes out once more
                return self._give_up(attempt, reason, Cause.UNCERTAIN)
            case Rejected():
                return self._fail(attempt, failure)
            case Transient() | Uncertain():
                return self._retry(attempt, reason, failure.retry_after, doubt=isinstance(failure, Uncertain))
            case _:
                return self._retry(attempt, reason, None)

    def finish(self, attempt: Attempt, outcome: Outcome, reason: str = "", cause: Cause | None = None) -> None:
        """Records the message's end, and says and counts it."""
        doubt = outcome is Outcome.PARKED and attempt.doubt  # a redrive by the owner has to look first
        ended_by = attempt.event.id if attempt.event.message_key else ""
        delivery = replace(
            attempt.delivery.end_attempt(),
            outcome=outcome,
            reason=reason,
            cause=cause,
            in_flight=doubt,
            ended_by=ended_by,
            # Services' own addresses of files, which may hold their names, are of use to another attempt only.
            uploaded=attempt.delivery.uploaded if outcome is Outcome.PARKED else {},
        )
        self._bench.ledger.save(delivery)
        target = attempt.route.target if attempt.route else attempt.source
        journal = self._bench.journal
        say = journal.warn if outcome in {Outcome.PARKED, Outcome.FAILED} else journal.record
        say(
            f"event {outcome.value}",
            event=attempt.event.id,
            kind=attempt.event.kind,
            service=target.service,
            connection=target.id,
            group=attempt.event.group,
            parts=len(delivery.parts),
            attempts=delivery.attempts + 1,
            uncertain=delivery.uncertain or None,
            reason=reason or None,
            cause=cause.value if cause else None,
            milliseconds=self._milliseconds_since(attempt.started_at),
            age=self._milliseconds_since(attempt.event.occurred_at),
        )
        journal.count(outcome.value.capitalize(), target.service)
        if delivery.uncertain:
            journal.count("Uncertain", target.service)

    # --- waiting -----------------------------------------------------------------------------------------------------

    def wait(self, attempt: Attempt, pause: NotYet) -> Verdict:
        """Not a failure: no attempt is counted."""
        if self._is_past(attempt, retry_policy.GIVE_UP_AFTER):
            return self._give_up(attempt, str(pause), Cause.GAVE_UP)
        exact = isinstance(pause, Paced)
        seconds = pause.after if exact else retry_policy.unready_delay(pause.after, self._waited(attempt))
        return self._defer(attempt, seconds, str(pause), Cause.GAVE_UP)

    def check_refusal(self, attempt: Attempt, reason: str) -> Verdict:
        """The credentials were refused for the first time: they are tried once more before the owner is needed."""
        return self._defer(attempt, CHECK_AFTER, reason, Cause.UNAUTHORIZED)

    def wait_for_owner(self, attempt: Attempt, reason: str) -> Verdict:
        """For days: the owner may be on holiday, and the messages are safe."""
        if self._is_past(attempt, retry_policy.OWNER_PATIENCE):
            return self._give_up(attempt, reason, Cause.UNAUTHORIZED)
        return self._defer(attempt, retry_policy.authorization_delay(self._age(attempt)), reason, Cause.UNAUTHORIZED)

    def _wait_for_people(self, attempt: Attempt, closed: Closed) -> Verdict:
        """Nobody is there to take it: the customer is informed, where the owner wants that, and the message waits."""
        reason = str(closed)
        if self._is_past(attempt, retry_policy.CLOSED_PATIENCE):
            return self._give_up(attempt, reason, Cause.CLOSED)
        first = not attempt.delivery.noticed
        attempt.delivery = replace(attempt.delivery, noticed=True)
        verdict = self._defer(attempt, retry_policy.closed_delay(self._age(attempt)), reason, Cause.CLOSED)
        if first and closed.notice and attempt.route is not None:
            self._courier.notify(attempt, attempt.route, closed.notice)
        return verdict

    def _retry(self, attempt: Attempt, reason: str, retry_after: float | None, *, doubt: bool = False) -> Verdict:
        attempt.doubt = attempt.doubt or doubt
        attempts = attempt.delivery.attempts + 1
        attempt.delivery = replace(attempt.delivery, attempts=attempts)
        if attempts >= retry_policy.MAX_ATTEMPTS or self._is_past(attempt, retry_policy.GIVE_UP_AFTER):
            return self._give_up(attempt, reason, Cause.UNCERTAIN if attempt.doubt else Cause.GAVE_UP)
        pause = retry_policy.retry_delay(attempts, self._bench.random, retry_after)
        if attempt.doubt and not self._can_be_asked(attempt):
            if self._is_out_of_resends(attempt):
                attempt.delivery = replace(attempt.delivery, uncertain=True)
                return self.judge(attempt, OutOfResends(UNCONFIRMED))
            pause = max(pause, retry_policy.resend_delay(attempt.delivery.resends, self._bench.random))
        return self._defer(attempt, pause, reason, Cause.GAVE_UP)

    def _can_be_asked(self, attempt: Attempt) -> bool:
        """Whether a doubt can be settled without sending the part once more."""
        if attempt.route is None:
            return True
        connector = self._bench.connector(attempt.route.target)
        return connector.behavior.idempotent_sends or isinstance(connector, LooksUpDeliveries)

    def _is_out_of_resends(self, attempt: Attempt) -> bool:
        if attempt.route is None:
            return False
        return attempt.delivery.resends >= self._bench.connector(attempt.route.target).behavior.max_uncertain_resends

    def _defer(self, attempt: Attempt, seconds: float, reason: str, cause: Cause) -> Verdict:
        """Every wait passes here, so that none lasts longer than the queue keeps the message."""
        if self._age(attempt) > retry_policy.QUEUE_PATIENCE:
            return self._give_up(attempt, reason, cause)
        attempt.delivery = replace(attempt.delivery.end_attempt(), in_flight=attempt.doubt, reason=reason)
        self._bench.ledger.save(attempt.delivery)
        return Wait(seconds, reason, cause)

    # --- giving up ---------------------------------------------------------------------------------------------------

    def end_at_once(
        self, attempt: Attempt, reason: str, cause: Cause, find_route: Callable[[], Route | None]
    ) -> Verdict:
        """Without another try. It is recorded first: reporting it may fail like all that was tried before."""
        self.finish(attempt, Outcome.PARKED, reason, cause)
        try:
            attempt.route = find_route()
            self._report(attempt, Failure(reason=reason, final=False, uncertain=attempt.doubt))
        except Exception as problem:  # noqa: BLE001 - the boundary: then the owner sees it, in the dead-letter queue
            self._note_unreported(attempt, type(problem).__name__)
        return Park(reason, cause)

    def _give_up(self, attempt: Attempt, reason: str, cause: Cause) -> Verdict:
        try:
            self._report(attempt, Failure(reason=reason, final=False, uncertain=cause is Cause.UNCERTAIN))
        except DeliveryError as failure:
            self._note_unreported(attempt, str(failure))
        self.finish(attempt, Outcome.PARKED, reason, cause)
        return Park(reason, cause)

    def _fail(self, attempt: Attempt, rejection: Rejected) -> Verdict:
        """Refused for good: whoever wrote it hears of it in their own way; where that is impossible, the owner does.

        When they cannot be reached now, the message comes again: it is refused once more, and reported then.
        """
        reason = str(rejection)
        try:
            failure = Failure(reason=reason, code=_read_code(rejection), unreachable=isinstance(rejection, Unreachable))
            reported = self._report(attempt, failure)
        except NotYet as pause:
            return self.wait(attempt, pause)
        except Transient as trouble:
            return self._retry(attempt, reason, trouble.retry_after)
        except Uncertain:
            return self._retry(attempt, reason, None)
        except DeliveryError as trouble:
            self._note_unreported(attempt, str(trouble))
            reported = False
        if reported:
            self.finish(attempt, Outcome.FAILED, reason)
            return DONE
        self.finish(attempt, Outcome.PARKED, reason, Cause.REFUSED)
        return Park(reason, Cause.REFUSED)

    def _report(self, attempt: Attempt, what: Failure) -> bool:
        """Whether the service has a way to show it to the author. Raises a DeliveryError when that did not work."""
        conversation = attempt.route.source_conversation if attempt.route else attempt.home
        if conversation is None:
            return False
        connector = self._bench.connector(attempt.source)
        message_id = attempt.event.message.external_id
        http = self._bench.http_of(attempt.source)
        if isinstance(connector, ReportsFailures):
            connector.report_failure(what, message_id, conversation, attempt.source, http)
            return True
        if isinstance(connector, SendsReceipts):
            connector.send_receipt(ReceiptState.FAILED, message_id, conversation, attempt.source, http)
            return True
        return False

    def _note_unreported(self, attempt: Attempt, reason: str) -> None:
        self._bench.journal.warn(
            "failure not reported", event=attempt.event.id, service=attempt.source.service, reason=reason
        )

    # --- time --------------------------------------------------------------------------------------------------------

    def _is_past(self, attempt: Attempt, patience: float) -> bool:
        """Counted from when the message was queued: those that waited behind another do not begin anew.

        But each is tried for some minutes of its own, since what held up the other may be over.
        """
        waited = self._waited(attempt)
        return waited > patience or (self._age(attempt) > patience and waited > retry_policy.LEAST_PATIENCE)

    def _waited(self, attempt: Attempt) -> float:
        return (self._bench.clock.now() - attempt.delivery.first_attempt_at).total_seconds()

    def _age(self, attempt: Attempt) -> float:
        return (self._bench.clock.now() - attempt.queued_at).total_seconds()

    def _milliseconds_since(self, moment: datetime) -> float:
        return round((self._bench.clock.now() - moment).total_seconds() * 1000, 1)


def _read_code(rejection: Rejected) -> FailureCode:
    return FailureCode(rejection.code) if rejection.code in set(FailureCode) else FailureCode.REFUSED
