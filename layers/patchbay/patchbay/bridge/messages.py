"""Carrying one message across: claim, find the conversation, fit, deliver what is not yet out, record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial

from patchbay.bridge import retry_policy
from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.context import AccountRefused, Workbench
from patchbay.bridge.deletions import Eraser
from patchbay.bridge.deliver import Courier
from patchbay.bridge.dispositions import Dispositions
from patchbay.bridge.ledger import Cause, Delivery, Outcome
from patchbay.bridge.outcomes import DONE, ContactErased, OwnerNeeded, Park, Suspect, Verdict, Wait
from patchbay.bridge.prepare import Preparer
from patchbay.bridge.refused_files import RefusedFiles
from patchbay.bridge.routing import Router
from patchbay.bridge.unmapped_conversations import Elsewhere
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import Conflict, DeliveryError, NotYet, QueueRefused
from patchbay.domain.events import MessageReceived, Origin, ReceiptReceived, make_event_id
from patchbay.domain.model import Conversation, ReceiptState
from patchbay.kit.abilities import SendsReceipts


class MessageBridge:
    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._router = Router(bench)
        self._courier = Courier(bench)
        self._preparer = Preparer(bench, RefusedFiles(bench, self._courier))
        self._eraser = Eraser(bench)
        self._dispositions = Dispositions(bench, self._courier)

    def carry(
        self, event: MessageReceived, source: Connection, queued_at: datetime, *, isolated: bool = False
    ) -> Verdict | Suspect:
        """One attempt. `isolated`: nothing else runs beside it, so that it may be tried although one has died on it."""
        if self._is_echo(event, source):
            self._bench.skip(event, "our own message")
            return DONE
        if self._is_repetition(event):
            self._bench.skip(event, "the same webhook again")
            return DONE
        attempt = self._claim(event, source, queued_at, counted=not isolated)
        if attempt.delivery.outcome is not None:
            return self._repeat_end(attempt)
        lost = attempt.delivery.lost_attempts
        if lost >= retry_policy.MOST_LOST_ATTEMPTS:
            return self._end_at_once(attempt, f"handling it failed {lost} times inside Patchbay", Cause.CRASHED)
        if lost and not isolated:
            return Suspect(attempt.delivery)
        return self._try(attempt)

    def end_late(self, event: MessageReceived, source: Connection, queued_at: datetime, wait: Wait) -> Verdict:
        """For a message that would wait on, but that the queue itself would not keep much longer."""
        attempt = self._claim(event, source, queued_at)
        if attempt.delivery.outcome is not None:
            return self._repeat_end(attempt)
        return self._end_at_once(attempt, wait.reason, wait.cause)

    def _claim(
        self, event: MessageReceived, source: Connection, queued_at: datetime, *, counted: bool = True
    ) -> Attempt:
        now = self._bench.clock.now()
        delivery, doubt = self._bench.ledger.claim(event.ledger_key, now, counted=counted)
        if _is_sent_again(event, delivery):
            delivery, doubt = self._reopen(delivery, now)
        return Attempt(event=event, source=source, started_at=now, queued_at=queued_at, delivery=delivery, doubt=doubt)

    def _repeat_end(self, attempt: Attempt) -> Verdict:
        """It has ended before. The function may have died before it could move it to the dead-letter queue."""
        delivery = attempt.delivery
        if delivery.outcome is Outcome.PARKED:
            return Park(delivery.reason, delivery.cause or Cause.GAVE_UP)
        self._bench.skip(attempt.event, f"{delivery.outcome} before")
        return DONE

    def _end_at_once(self, attempt: Attempt, reason: str, cause: Cause) -> Verdict:
        find_route = partial(self._router.find, attempt.event, attempt.source)
        return self._dispositions.end_at_once(attempt, reason, cause, find_route)

    def _reopen(self, delivery: Delivery, now: datetime) -> tuple[Delivery, bool]:
        """Its author wants it sent again after it had failed: what is out stays out, the rest has a new day."""
        self._bench.ledger.save(delivery.reopen(now))
        return self._bench.ledger.claim(delivery.event_id, now)

    def _is_echo(self, event: MessageReceived, source: Connection) -> bool:
        """Only where the service's webhooks do not tell our own posts from other people's: it costs a read."""
        if not self._bench.connector(source).behavior.echoes:
            return False
        return self._bench.ledger.sent(source.id, event.message.external_id) is not None

    def _is_repetition(self, event: MessageReceived) -> bool:
        """Of services without ids alone: it costs a write."""
        if not event.repeat_key:
            return False
        return self._bench.ledger.is_repetition(f"{event.thread_group}#{event.repeat_key}", event.id, event.occurred_at)

    def _try_with_new_credentials(self, attempt: Attempt, refusal: AccountRefused) -> Verdict:
        """Once: nothing has gone out with refused credentials, so the second try is no repetition."""
        if self._bench.renew_authorization(refusal.connection):
            attempt.source = self._bench.connections.connection(attempt.source.id) or attempt.source
            try:
                return self._try_once(attempt)
            except AccountRefused as second:
                refusal = second
        if self._bench.is_momentary(refusal.connection):
            return self._dispositions.check_refusal(attempt, str(refusal))
        self._bench.mark_unauthorized(refusal.connection, str(refusal))
        return self._dispositions.wait_for_owner(attempt, str(refusal))

    def _try(self, attempt: Attempt) -> Verdict:
        try:
            return self._try_once(attempt)
        except AccountRefused as refusal:
            try:
                return self._try_with_new_credentials(attempt, refusal)
            except DeliveryError as failure:  # new ones could not be asked for just now
                return self._dispositions.judge(attempt, failure)

    def _try_once(self, attempt: Attempt) -> Verdict:
        try:
            self._deliver(attempt)
        except AccountRefused:
            raise
        except ContactErased as erased:
            return self._forget(attempt, erased)
        except Conflict as conflict:
            return self._dispositions.wait(attempt, NotYet(str(conflict), after=0.5))
        except DeliveryError as failure:
            return self._dispositions.judge(attempt, failure)
        return DONE

    def _forget(self, attempt: Attempt, erased: ContactErased) -> Verdict:
        """What was kept of the contact is gone, and nothing is written anew for what has waited."""
        self._bench.ledger.forget(attempt.delivery.event_id)
        self._bench.skip(attempt.event, str(erased))
        return DONE

    def _deliver(self, attempt: Attempt) -> None:
        try:
            attempt.route = route = self._router.find(attempt.event, attempt.source)
        except Elsewhere:
            event = attempt.event
            attempt.home = Conversation(external_id=event.thread, aliases=event.aliases, state=event.hints)
            raise
        if route is None:
            self._dispositions.finish(attempt, Outcome.DROPPED, "not a conversation of ours")
            return
        attempt.delivery = replace(attempt.delivery, target=route.target.id)
        if route.target.status is not ConnectionStatus.ACTIVE:
            route.target = self._await_account(route.target)
        self._bench.bulkhead.admit(route.target.id)
        rendering = self._preparer.prepare(attempt, route)
        if not rendering.parts:
            self._dispositions.finish(attempt, Outcome.DROPPED, "nothing to show")
            return
        self._courier.deliver(attempt, route, rendering)
        self._eraser.note(attempt, route)
        self._announce(attempt, route)
        self._dispositions.finish(attempt, Outcome.DELIVERED)
        self._bench.keep_contact(route.session)

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
        if not isinstance(self._bench.connector(attempt.source), SendsReceipts):
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


def _is_sent_again(event: MessageReceived, delivery: Delivery) -> bool:
    failed = delivery.outcome in {Outcome.FAILED, Outcome.PARKED}
    return failed and bool(event.message_key) and delivery.ended_by != event.id
