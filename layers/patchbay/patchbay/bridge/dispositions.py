"""How an attempt at a message ends: delivered, deferred, refused, or in the dead-letter queue. Each end is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from patchbay.bridge import retry_policy
from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import Context
from patchbay.bridge.credential_retries import CHECK_AFTER
from patchbay.bridge.deliver import PartSender
from patchbay.bridge.ledger import Cause, Outcome
from patchbay.bridge.outcomes import DONE, DeadLetter, Defer, Disposition, OutOfResends, OwnerNeeded
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.bridge.uncertain_parts import UNCONFIRMED
from patchbay.domain.errors import (
    Closed,
    DeliveryError,
    MarketingRefused,
    NotYet,
    OutOfTime,
    RateLimited,
    Rejected,
    Transient,
    Uncertain,
    Unreachable,
)
from patchbay.domain.model import ReceiptState
from patchbay.kit.abilities import LooksUpDeliveries, ReportsFailures, SendsReceipts
from patchbay.kit.failures import Failure, FailureCode

#: What each end of a message is counted as.
_METRICS = {
    Outcome.DELIVERED: "Delivered",
    Outcome.FAILED: "Failed",
    Outcome.DEAD_LETTERED: "DeadLettered",
    Outcome.SKIPPED: "Skipped",
}


class Dispositions:
    def __init__(self, context: Context, calls: ServiceCalls, sender: PartSender) -> None:
        self._context = context
        self._calls = calls
        self._sender = sender

    def judge(self, attempt: Attempt, failure: DeliveryError) -> Disposition:
        """The verdict on an attempt that failed, recorded in the ledger."""
        reason = str(failure)
        match failure:
            case OutOfTime():
                return self._defer(attempt, 0, reason, Cause.RETRIES_EXHAUSTED)
            case Closed():
                return self._wait_for_people(attempt, failure)
            case NotYet():
                return self.wait(attempt, failure)
            case OwnerNeeded():
                return self.wait_for_owner(attempt, reason)
            case OutOfResends():
                return self._give_up(attempt, reason, Cause.UNCERTAIN)
            case Rejected():
                return self._fail(attempt, failure)
            case Transient() | Uncertain():
                return self._retry_call(attempt, failure)
            case _:
                return self._retry(attempt, reason, None)

    def finish(self, attempt: Attempt, outcome: Outcome, reason: str = "", cause: Cause | None = None) -> None:
        """Records how the message ended, logs it and counts it."""
        attempt.progress.end(outcome, reason, cause, ended_by=attempt.event.id if attempt.event.message_key else "")
        delivery = attempt.delivery
        self._context.ledger.save(delivery)
        self._let_go(attempt)
        target = attempt.route.target if attempt.route else attempt.source
        telemetry = self._context.telemetry
        log = telemetry.warning if outcome in {Outcome.DEAD_LETTERED, Outcome.FAILED} else telemetry.info
        log(
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
        telemetry.count(_METRICS[outcome], target.service)
        if delivery.uncertain:
            telemetry.count("Uncertain", target.service)

    def _let_go(self, attempt: Attempt) -> None:
        """What has ended is not held any more: the messages behind it go on."""
        place = attempt.held or attempt.event.held
        held = self._context.held.find(place) if place else None
        if held is not None:
            self._context.held.remove(held)

    # --- waiting -----------------------------------------------------------------------------------------------------

    def wait(self, attempt: Attempt, pause: NotYet) -> Disposition:
        """Not a failure: no attempt is counted."""
        if self._is_past(attempt, retry_policy.GIVE_UP_AFTER):
            return self._give_up(attempt, str(pause), Cause.RETRIES_EXHAUSTED)
        exact = isinstance(pause, RateLimited)
        seconds = pause.after if exact else retry_policy.unready_delay(pause.after, self._waited(attempt))
        return self._defer(attempt, seconds, str(pause), Cause.RETRIES_EXHAUSTED)

    def check_refusal(self, attempt: Attempt, reason: str) -> Disposition:
        """The credentials were refused for the first time: they are tried once more before the owner is needed."""
        return self._defer(attempt, CHECK_AFTER, reason, Cause.UNAUTHORIZED)

    def wait_for_owner(self, attempt: Attempt, reason: str) -> Disposition:
        """Waits for days: the owner may be on holiday, and the messages are safe."""
        if self._is_past(attempt, retry_policy.OWNER_PATIENCE):
            return self._give_up(attempt, reason, Cause.UNAUTHORIZED)
        return self._defer(attempt, retry_policy.authorization_delay(self._age(attempt)), reason, Cause.UNAUTHORIZED)

    def _wait_for_people(self, attempt: Attempt, closed: Closed) -> Disposition:
        """No agent is available: the message waits, and the customer is informed where the owner wants that."""
        reason = str(closed)
        if self._is_past(attempt, retry_policy.CLOSED_PATIENCE):
            return self._give_up(attempt, reason, Cause.CLOSED)
        first = not attempt.delivery.noticed
        attempt.progress.keep_notice()
        verdict = self._defer(attempt, retry_policy.closed_delay(self._age(attempt)), reason, Cause.CLOSED)
        if first and closed.notice and attempt.route is not None:
            self._sender.notify(attempt, attempt.route, closed.notice)
        return verdict

    def _retry_call(self, attempt: Attempt, failure: Transient | Uncertain) -> Disposition:
        if isinstance(failure, Uncertain):
            attempt.progress.lose_answer()
        return self._retry(attempt, str(failure), failure.retry_after)

    def _retry(self, attempt: Attempt, reason: str, retry_after: float | None) -> Disposition:
        attempt.progress.fail_attempt()
        attempts = attempt.delivery.attempts
        if attempts >= retry_policy.MAX_ATTEMPTS or self._is_past(attempt, retry_policy.GIVE_UP_AFTER):
            return self._give_up(
                attempt, reason, Cause.UNCERTAIN if attempt.progress.is_uncertain else Cause.RETRIES_EXHAUSTED
            )
        pause = retry_policy.retry_delay(attempts, self._context.random, retry_after)
        if attempt.progress.is_uncertain and not self._can_be_asked(attempt):
            if self._is_out_of_resends(attempt):
                attempt.progress.exhaust()
                return self.judge(attempt, OutOfResends(UNCONFIRMED))
            pause = max(pause, retry_policy.resend_delay(attempt.delivery.resends, self._context.random))
        return self._defer(attempt, pause, reason, Cause.RETRIES_EXHAUSTED)

    def _can_be_asked(self, attempt: Attempt) -> bool:
        """Whether the service can say if the part arrived, or takes a second one for the first."""
        if attempt.route is None:
            return True
        connector = self._context.connector(attempt.route.target)
        return connector.behavior.idempotent_sends or isinstance(connector, LooksUpDeliveries)

    def _is_out_of_resends(self, attempt: Attempt) -> bool:
        if attempt.route is None:
            return False
        return attempt.delivery.resends >= self._context.connector(attempt.route.target).behavior.max_uncertain_resends

    def _defer(self, attempt: Attempt, seconds: float, reason: str, cause: Cause) -> Disposition:
        """Every wait passes here, so that none lasts longer than the queue keeps the message."""
        if self._age(attempt) > retry_policy.QUEUE_PATIENCE:
            return self._give_up(attempt, reason, cause)
        attempt.progress.defer(reason)
        self._context.ledger.save(attempt.delivery)
        return Defer(seconds, reason, cause)

    # --- giving up ---------------------------------------------------------------------------------------------------

    def end_at_once(
        self, attempt: Attempt, reason: str, cause: Cause, find_route: Callable[[], Route | None]
    ) -> Disposition:
        """Without another try. It is recorded first: reporting it may fail like all that was tried before."""
        self.finish(attempt, Outcome.DEAD_LETTERED, reason, cause)
        try:
            attempt.route = find_route()
            self._report(attempt, Failure(reason=reason, final=False, uncertain=attempt.progress.is_uncertain))
        except Exception as problem:  # noqa: BLE001 - the boundary: then the owner sees it, in the dead-letter queue
            self._note_unreported(attempt, type(problem).__name__)
        return DeadLetter(reason, cause)

    def _give_up(self, attempt: Attempt, reason: str, cause: Cause) -> Disposition:
        try:
            self._report(attempt, Failure(reason=reason, final=False, uncertain=cause is Cause.UNCERTAIN))
        except DeliveryError as failure:
            self._note_unreported(attempt, str(failure))
        self.finish(attempt, Outcome.DEAD_LETTERED, reason, cause)
        return DeadLetter(reason, cause)

    def _fail(self, attempt: Attempt, rejection: Rejected) -> Disposition:
        """Refused for good: its author is notified on their own service. Where that is impossible, the owner is.

        When the author cannot be notified now, the message comes again: it is refused once more, and reported then.
        """
        reason = str(rejection)
        if isinstance(rejection, MarketingRefused):
            self._keep_choice(attempt)
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
        self.finish(attempt, Outcome.DEAD_LETTERED, reason, Cause.REFUSED)
        return DeadLetter(reason, Cause.REFUSED)

    def _keep_choice(self, attempt: Attempt) -> None:
        if attempt.route is not None and not attempt.route.to_platform:
            from patchbay.bridge.marketing_choices import MarketingChoices  # it is rare

            MarketingChoices(self._context).note_refused(attempt.route.session, attempt.started_at)

    def _report(self, attempt: Attempt, what: Failure) -> bool:
        """Whether the service has a way to show it to the author. Raises a DeliveryError when that did not work."""
        conversation = attempt.route.source_conversation if attempt.route else attempt.home
        if conversation is None:
            return False
        connector = self._context.connector(attempt.source)
        message_id = attempt.event.message.external_id
        if attempt.leaves_nothing:
            self._note_unreported(attempt, "there is no message of its author's to show it on")
            return True
        http = self._calls.http_of(attempt.source)
        if isinstance(connector, ReportsFailures):
            connector.report_failure(what, message_id, conversation, attempt.source, http)
            return True
        if isinstance(connector, SendsReceipts):
            connector.send_receipt(ReceiptState.FAILED, message_id, conversation, attempt.source, http)
            return True
        return False

    def _note_unreported(self, attempt: Attempt, reason: str) -> None:
        self._context.telemetry.warning(
            "failure not reported", event=attempt.event.id, service=attempt.source.service, reason=reason
        )

    # --- time --------------------------------------------------------------------------------------------------------

    def _is_past(self, attempt: Attempt, patience: float) -> bool:
        """Counted from when the message was queued, also for one that waited behind another.

        But each gets some minutes of its own, because what held up the other may be over.
        """
        waited = self._waited(attempt)
        return waited > patience or (self._age(attempt) > patience and waited > retry_policy.LEAST_PATIENCE)

    def _waited(self, attempt: Attempt) -> float:
        return (self._context.clock.now() - attempt.delivery.first_attempt_at).total_seconds()

    def _age(self, attempt: Attempt) -> float:
        return (self._context.clock.now() - attempt.queued_at).total_seconds()

    def _milliseconds_since(self, moment: datetime) -> float:
        return round((self._context.clock.now() - moment).total_seconds() * 1000, 1)


def _read_code(rejection: Rejected) -> FailureCode:
    return FailureCode(rejection.code) if rejection.code in set(FailureCode) else FailureCode.REFUSED
