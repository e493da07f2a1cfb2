"""Carrying one message across: claim, find the conversation, fit, deliver what is not yet out, record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from patchbay import schedule
from patchbay.abilities import CarriesReceipts, ReportsFailures
from patchbay.accounts import Connection, ConnectionStatus
from patchbay.attempt import Attempt, Route
from patchbay.courier import Courier
from patchbay.deliveries import Cause, Delivery, Outcome
from patchbay.erasing import Eraser
from patchbay.errors import (
    Closed,
    Conflict,
    DeliveryError,
    NotYet,
    QueueRefused,
    Rejected,
    Transient,
    Uncertain,
    Unreachable,
)
from patchbay.events import MessageReceived, Origin, ReceiptReceived, make_event_id
from patchbay.model import Failure, ReceiptState
from patchbay.preparing import Preparer
from patchbay.routing import Router
from patchbay.verdicts import DONE, OutOfResends, OwnerNeeded, Park, Verdict, Wait
from patchbay.workbench import AccountRefused, Workbench


class MessageBridge:
    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._router = Router(bench)
        self._preparer = Preparer(bench)
        self._courier = Courier(bench)
        self._eraser = Eraser(bench)

    def carry(self, event: MessageReceived, source: Connection) -> Verdict:
        if self._is_echo(event, source):
            self._bench.skip(event, "our own message")
            return DONE
        if self._is_repetition(event, source):
            self._bench.skip(event, "the same webhook again")
            return DONE
        started_at = self._bench.clock.now()
        delivery, doubt = self._bench.ledger.claim(event.ledger_id, started_at)
        if _is_sent_again(event, delivery):
            delivery, doubt = self._reopen(delivery, started_at)
        if delivery.outcome is Outcome.PARKED:
            cause = delivery.cause or Cause.GAVE_UP
            return Park(delivery.reason, cause)  # the last attempt may have died before; parking is done once
        if delivery.outcome is not None:
            self._bench.skip(event, f"{delivery.outcome.value} before")
            return DONE
        attempt = Attempt(event=event, source=source, started_at=started_at, delivery=delivery, doubt=doubt)
        try:
            return self._try(attempt)
        except AccountRefused as refusal:
            return self._try_with_new_credentials(attempt, refusal)

    def _reopen(self, delivery: Delivery, now: datetime) -> tuple[Delivery, bool]:
        """Its author wants it sent again after it had failed: what is out stays out, the rest has a new day."""
        fresh = replace(delivery, outcome=None, reason="", cause=None, attempts=0, resends=0, first_attempt_at=now)
        self._bench.ledger.save(fresh)
        return self._bench.ledger.claim(delivery.event_id, now)

    def _is_echo(self, event: MessageReceived, source: Connection) -> bool:
        """Only where the service's webhooks do not tell our own posts from other people's: it costs a read."""
        if not self._bench.connector(source).capabilities.echoes:
            return False
        return self._bench.ledger.sent(source.id, event.message.external_id) is not None

    def _is_repetition(self, event: MessageReceived, source: Connection) -> bool:
        """Of services without ids alone: it costs a write."""
        if not event.repeat_key:
            return False
        return self._bench.ledger.is_repetition(f"{source.id}#{event.repeat_key}", event.id, event.occurred_at)

    def _try_with_new_credentials(self, attempt: Attempt, refusal: AccountRefused) -> Verdict:
        """Once: nothing has gone out with refused credentials, so the second try is no repetition."""
        if self._bench.renew_authorization(refusal.connection):
            attempt.source = self._bench.connections.connection(attempt.source.id) or attempt.source
            try:
                return self._try(attempt)
            except AccountRefused as second:
                refusal = second
        self._bench.mark_unauthorized(refusal.connection, str(refusal))
        return self._wait_for_owner(attempt, str(refusal))

    def _try(self, attempt: Attempt) -> Verdict:
        try:
            self._deliver(attempt)
        except AccountRefused:
            raise
        except Conflict as conflict:
            return self._wait(attempt, 0.5, str(conflict))
        except DeliveryError as failure:
            return self._judge(attempt, failure)
        return DONE

    def _judge(self, attempt: Attempt, failure: DeliveryError) -> Verdict:
        reason = str(failure)
        match failure:
            case Closed():
                return self._wait_for_people(attempt, failure)
            case NotYet():
                return self._wait(attempt, failure.after, reason)
            case OwnerNeeded():
                return self._wait_for_owner(attempt, reason)
            case OutOfResends():
                attempt.doubt = False  # it is marked: when the owner retries it, it goes out once more
                return self._give_up(attempt, reason, Cause.UNCERTAIN)
            case Rejected():
                return self._fail(attempt, failure)
            case Transient():
                return self._retry(attempt, reason, failure.retry_after)
            case _:
                return self._retry(attempt, reason, None, doubt=isinstance(failure, Uncertain))

    def _deliver(self, attempt: Attempt) -> None:
        attempt.route = route = self._router.find(attempt.event, attempt.source)
        if route is None:
            self._finish(attempt, Outcome.DROPPED, "not a conversation of ours")
            return
        if route.target.status is not ConnectionStatus.ACTIVE:
            route.target = self._await_account(route.target)
        rendering = self._preparer.prepare(attempt, route)
        if not rendering.parts:
            self._finish(attempt, Outcome.DROPPED, "nothing to show")
            return
        self._courier.deliver(attempt, route, rendering)
        self._eraser.note(attempt, route)
        self._announce(attempt, route)
        self._finish(attempt, Outcome.DELIVERED)

    def _await_account(self, target: Connection) -> Connection:
        """Messages to an account that refuses us wait. The owner's reconnecting makes it active again."""
        stored = self._bench.connections.renew(target.id)
        if stored is not None and stored.status is ConnectionStatus.ACTIVE:
            return stored
        if stored is not None and stored.status is ConnectionStatus.PENDING:
            raise NotYet("the service has not opened the account yet", after=3.0)
        raise OwnerNeeded(target.status_reason or "the account needs the owner's authorization")

    def _announce(self, attempt: Attempt, route: Route) -> None:
        """Where authors can be told how far their message got, the first news is that it was handed over.

        It travels like a receipt of the service, in the same lane: so it is never told after a later one, and a failure
        to tell it holds up no message.
        """
        if not isinstance(self._bench.connector(attempt.source), CarriesReceipts):
            return
        target = route.target
        origin = Origin(service=target.service, endpoint=target.endpoint_id, account=target.account)
        receipt = ReceiptReceived(
            id=make_event_id("handed", origin, attempt.event.id),
            origin=origin,
            thread=route.target_conversation.external_id,
            occurred_at=self._bench.clock.now(),
            message_id=attempt.delivery.parts[-1].external_id or attempt.event.ledger_id,
            state=ReceiptState.SENT,
        )
        try:
            self._bench.outbox.send([receipt])
        except QueueRefused as refusal:
            self._bench.skip(receipt, str(refusal))

    # --- how an attempt ends -----------------------------------------------------------------------------------------

    def _finish(self, attempt: Attempt, outcome: Outcome, reason: str = "", cause: Cause | None = None) -> None:
        doubt = outcome is Outcome.PARKED and attempt.doubt  # a retry by the owner has to look first
        ended_by = attempt.event.id if attempt.event.message_key else ""
        delivery = replace(
            attempt.delivery, outcome=outcome, reason=reason, cause=cause, in_flight=doubt, ended_by=ended_by
        )
        self._bench.ledger.save(delivery)
        target = attempt.route.target if attempt.route else attempt.source
        self._bench.journal.record(
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
            milliseconds=self._milliseconds_since(attempt.started_at),
            age=self._milliseconds_since(attempt.event.occurred_at),
        )
        self._bench.journal.count(outcome.value.capitalize(), target.service)
        if delivery.uncertain:
            self._bench.journal.count("Uncertain", target.service)

    def _wait(self, attempt: Attempt, seconds: float, reason: str) -> Verdict:
        """Not a failure: no attempt is counted."""
        if self._waited(attempt) > schedule.GIVE_UP_AFTER:
            return self._give_up(attempt, reason, Cause.GAVE_UP)
        self._bench.ledger.save(replace(attempt.delivery, in_flight=attempt.doubt, reason=reason))
        return Wait(seconds, reason)

    def _wait_for_owner(self, attempt: Attempt, reason: str) -> Verdict:
        """For days: the owner may be on holiday, and the messages are safe."""
        if self._waited(attempt) > schedule.OWNER_PATIENCE:
            return self._give_up(attempt, reason, Cause.UNAUTHORIZED)
        self._bench.ledger.save(replace(attempt.delivery, in_flight=attempt.doubt, reason=reason))
        return Wait(schedule.authorization_delay(self._waited(attempt)), reason)

    def _wait_for_people(self, attempt: Attempt, closed: Closed) -> Verdict:
        """Nobody is there to take it: the customer is told, where the owner wants that, and the message waits."""
        if self._waited(attempt) > schedule.CLOSED_PATIENCE:
            return self._give_up(attempt, str(closed), Cause.CLOSED)
        first = not attempt.delivery.noticed
        attempt.delivery = replace(attempt.delivery, in_flight=attempt.doubt, reason=str(closed), noticed=True)
        self._bench.ledger.save(attempt.delivery)
        if first and closed.notice and attempt.route is not None:
            self._courier.notify(attempt, attempt.route, closed.notice)
        return Wait(schedule.closed_delay(self._waited(attempt)), str(closed))

    def _retry(self, attempt: Attempt, reason: str, retry_after: float | None, *, doubt: bool = False) -> Verdict:
        attempt.doubt = attempt.doubt or doubt
        attempts = attempt.delivery.attempts + 1
        attempt.delivery = replace(attempt.delivery, attempts=attempts, reason=reason)
        if attempts >= schedule.MAX_ATTEMPTS or self._waited(attempt) > schedule.GIVE_UP_AFTER:
            return self._give_up(attempt, reason, Cause.GAVE_UP)
        self._bench.ledger.save(replace(attempt.delivery, in_flight=attempt.doubt))
        return Wait(schedule.retry_delay(attempts, self._bench.random, retry_after), reason)

    def _give_up(self, attempt: Attempt, reason: str, cause: Cause) -> Verdict:
        waiting = Failure(reason=f"not delivered yet, the owner has been alarmed ({reason})", final=False)
        try:
            self._tell_sender(attempt, waiting)
        except DeliveryError as failure:
            self._note_untold(attempt, failure)
        self._finish(attempt, Outcome.PARKED, reason, cause)
        return Park(reason, cause)

    def _fail(self, attempt: Attempt, rejection: Rejected) -> Verdict:
        """Refused for good: whoever wrote it is told in their own way; where that is impossible, the owner is.

        When they cannot be told now, the message comes again: it is refused once more, and told then.
        """
        reason = str(rejection)
        try:
            told = self._tell_sender(attempt, Failure(reason=reason, unreachable=isinstance(rejection, Unreachable)))
        except NotYet as pause:
            return self._wait(attempt, pause.after, reason)
        except Transient as failure:
            return self._retry(attempt, reason, failure.retry_after)
        except Uncertain:
            return self._retry(attempt, reason, None)
        except DeliveryError as failure:
            self._note_untold(attempt, failure)
            told = False
        if told:
            self._finish(attempt, Outcome.FAILED, reason)
            return DONE
        self._finish(attempt, Outcome.PARKED, reason, Cause.REFUSED)
        return Park(reason, Cause.REFUSED)

    def _tell_sender(self, attempt: Attempt, what: Failure) -> bool:
        """Whether the service has a way to tell. Raises a DeliveryError when it did not work."""
        if attempt.route is None:
            return False
        connector = self._bench.connector(attempt.source)
        message_id = attempt.event.message.external_id
        conversation = attempt.route.source_conversation
        http = self._bench.http_of(attempt.source)
        if isinstance(connector, ReportsFailures):
            connector.report_failure(what, message_id, conversation, attempt.source, http)
            return True
        if isinstance(connector, CarriesReceipts):
            connector.carry_receipt(ReceiptState.FAILED, message_id, conversation, attempt.source, http)
            return True
        return False

    def _note_untold(self, attempt: Attempt, failure: DeliveryError) -> None:
        self._bench.journal.record(
            "failure not reported", event=attempt.event.id, service=attempt.source.service, reason=str(failure)
        )

    def _milliseconds_since(self, moment: datetime) -> float:
        return round((self._bench.clock.now() - moment).total_seconds() * 1000, 1)

    def _waited(self, attempt: Attempt) -> float:
        return (self._bench.clock.now() - attempt.delivery.first_attempt_at).total_seconds()


def _is_sent_again(event: MessageReceived, delivery: Delivery) -> bool:
    failed = delivery.outcome in {Outcome.FAILED, Outcome.PARKED}
    return failed and bool(event.message_key) and delivery.ended_by != event.id
