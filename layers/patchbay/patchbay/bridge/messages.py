"""Carrying one message across: claim, find the conversation, fit, deliver what is not yet out, record."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from patchbay.bridge import retry_policy
from patchbay.bridge.attempt import Attempt, Route
from patchbay.bridge.contact_updates import ContactUpdates
from patchbay.bridge.context import Context
from patchbay.bridge.conversations import ConversationOpener
from patchbay.bridge.credentials import Credentials
from patchbay.bridge.deletions import Deletions
from patchbay.bridge.deliver import PartSender
from patchbay.bridge.delivery_states import DeliveryProgress, reopen_entry
from patchbay.bridge.dispositions import Dispositions
from patchbay.bridge.held import Kept
from patchbay.bridge.held_release import HeldRelease
from patchbay.bridge.identity import Identity
from patchbay.bridge.ledger import Cause, Delivery, Outcome
from patchbay.bridge.outcomes import DONE, ContactErased, DeadLetter, Defer, Disposition, OwnerNeeded, Suspect
from patchbay.bridge.prepare import Preparer
from patchbay.bridge.refused_files import RefusedFiles
from patchbay.bridge.routing import Router
from patchbay.bridge.sent_records import shows_sent
from patchbay.bridge.service_calls import AccountRefused, ServiceCalls
from patchbay.bridge.session_writer import SessionWriter
from patchbay.bridge.skipped_events import record_skipped
from patchbay.bridge.threads import Threads
from patchbay.bridge.time_budget import TimeBudget
from patchbay.bridge.typing_indicator import TypingIndicator
from patchbay.bridge.unmapped_conversations import Elsewhere
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import Conflict, DeliveryError, NotYet, QueueRefused, Unreachable, WindowClosed
from patchbay.domain.events import MessageReceived, Origin, ReceiptReceived, make_event_id
from patchbay.domain.model import Conversation, ReceiptState
from patchbay.kit.fallbacks import Rendering

if TYPE_CHECKING:
    from patchbay.bridge.agent_window import AgentWindow
    from patchbay.bridge.message_changes import Settled


class MessageBridge:
    def __init__(
        self,
        context: Context,
        *,
        budget: TimeBudget,
        identity: Identity,
        calls: ServiceCalls,
        credentials: Credentials,
        writer: SessionWriter,
        updates: ContactUpdates,
        typing: TypingIndicator,
    ) -> None:
        self._context = context
        self._threads = Threads(context, calls, writer)
        self._identity = identity
        self._calls = calls
        self._credentials = credentials
        self._router = Router(context, identity, calls, writer, updates)
        opener = ConversationOpener(context, identity, calls, writer)
        self._sender = PartSender(context, budget, calls, opener, writer, updates)
        self._preparer = Preparer(context, calls, RefusedFiles(context, calls, self._sender))
        self._deletions = Deletions(context, calls)
        self._typing = typing
        self._dispositions = Dispositions(context, calls, self._sender)
        self._writer = writer
        self.release = HeldRelease(context, writer)

    def carry(
        self, event: MessageReceived, source: Connection, queued_at: datetime, *, isolated: bool = False
    ) -> Disposition | Suspect:
        """One attempt. `isolated`: nothing else runs in this process, so it is tried although one has died on it."""
        if self._is_echo(event, source):
            record_skipped(self._context.telemetry, event, "an echo of Patchbay's own message")
            return DONE
        if self._is_repetition(event):
            record_skipped(self._context.telemetry, event, "a duplicate webhook")
            return DONE
        attempt = self._claim(event, source, queued_at, counted=not isolated)
        if attempt.delivery.outcome is not None:
            return self._repeat_end(attempt)
        lost = attempt.delivery.lost_attempts
        if lost >= retry_policy.MOST_LOST_ATTEMPTS:
            return self._end_at_once(attempt, f"unexpected error in Patchbay in {lost} attempts", Cause.CRASHED)
        if lost and not isolated:
            return Suspect(attempt.progress)
        return self._try(attempt)

    def end_late(self, event: MessageReceived, source: Connection, queued_at: datetime, wait: Defer) -> Disposition:
        """Ends a message that would wait longer than the queue keeps it."""
        attempt = self._claim(event, source, queued_at)
        if attempt.delivery.outcome is not None:
            return self._repeat_end(attempt)
        return self._end_at_once(attempt, wait.reason, wait.cause)

    def _claim(
        self, event: MessageReceived, source: Connection, queued_at: datetime, *, counted: bool = True
    ) -> Attempt:
        now = self._context.clock.now()
        delivery, was_in_flight = self._context.ledger.claim(event.ledger_key, now, counted=counted)
        if _is_sent_again(event, delivery):
            delivery, was_in_flight = self._reopen(delivery, now)
        progress = DeliveryProgress(delivery, was_in_flight=was_in_flight)
        return Attempt(event=event, source=source, started_at=now, queued_at=queued_at, progress=progress)

    def _repeat_end(self, attempt: Attempt) -> Disposition:
        """It has ended before. The function may have died before it could move it to the dead-letter queue."""
        delivery = attempt.delivery
        if delivery.outcome is Outcome.DEAD_LETTERED:
            return DeadLetter(delivery.reason, delivery.cause or Cause.RETRIES_EXHAUSTED)
        if attempt.event.held is not None:
            self.release.forget(attempt.event.held)
        record_skipped(self._context.telemetry, attempt.event, f"{delivery.outcome} before")
        return DONE

    def _end_at_once(self, attempt: Attempt, reason: str, cause: Cause) -> Disposition:
        find_route = partial(self._router.find, attempt.event, attempt.source)
        return self._dispositions.end_at_once(attempt, reason, cause, find_route)

    def _reopen(self, delivery: Delivery, now: datetime) -> tuple[Delivery, bool]:
        """Its author sends it again after it had failed: what is out stays out, the rest gets fresh attempts."""
        self._context.ledger.save(reopen_entry(delivery, now))
        return self._context.ledger.claim(delivery.event_id, now)

    def _is_echo(self, event: MessageReceived, source: Connection) -> bool:
        """Only asked for services whose webhooks do not distinguish our own posts, because it costs a read."""
        if not event.message.external_id or not self._context.connector(source).behavior.echoes:
            return False
        return self._context.ledger.sent(source.id, event.message.external_id) is not None

    def _is_repetition(self, event: MessageReceived) -> bool:
        """Whether the webhook of a service without message ids was sent again. It costs a write, so others skip it."""
        if not event.repeat_key:
            return False
        key = f"{event.thread_group}#{event.repeat_key}"
        return self._context.ledger.is_repetition(key, event.id, event.occurred_at)

    def _try_with_new_credentials(self, attempt: Attempt, refusal: AccountRefused) -> Disposition:
        """Once: nothing has gone out with refused credentials, so the second try is no repetition."""
        if self._credentials.renew(refusal.connection):
            attempt.source = self._context.connections.connection(attempt.source.id) or attempt.source
            try:
                return self._try_once(attempt)
            except AccountRefused as second:
                refusal = second
        if self._credentials.is_momentary(refusal.connection):
            return self._dispositions.check_refusal(attempt, str(refusal))
        self._credentials.mark_refused(refusal.connection, str(refusal))
        return self._dispositions.wait_for_owner(attempt, str(refusal))

    def _try(self, attempt: Attempt) -> Disposition:
        try:
            return self._try_once(attempt)
        except AccountRefused as refusal:
            try:
                return self._try_with_new_credentials(attempt, refusal)
            except DeliveryError as failure:  # the stored ones could not be read just now
                return self._dispositions.judge(attempt, failure)

    def _try_once(self, attempt: Attempt) -> Disposition:
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

    def _forget(self, attempt: Attempt, erased: ContactErased) -> Disposition:
        """What was stored of the contact is gone, and nothing is stored again for what has waited."""
        self._context.ledger.forget(attempt.delivery.event_id)
        record_skipped(self._context.telemetry, attempt.event, str(erased))
        return DONE

    def _deliver(self, attempt: Attempt) -> None:
        route = self._find_route(attempt)
        if route is None:
            return
        attempt.progress.keep_target(route.target.id)
        if route.target.status is not ConnectionStatus.ACTIVE:
            route.target = self._await_account(route.target)
        contact = route.session.contact
        if not route.to_platform and not contact.reachable:
            raise Unreachable(contact.unreachable_reason or "the customer does not want messages any more")
        if route.to_platform:
            self.release.release_after_message(route.session, attempt.event.occurred_at)
        self._calls.admit(route.target.id)
        self._go_on(attempt, route)

    def _go_on(self, attempt: Attempt, route: Route) -> None:
        """One that is held has not ended: its entry in the ledger waits with it."""
        window = self._open_window(route)
        met = window.meet(attempt, route) if window else None
        try:
            if not isinstance(met, Kept):
                self._send(attempt, route, window, met)
                return
        except WindowClosed:
            if window is None or met is not None:
                raise
            met = window.hold_refused(attempt, route)
        if met.outcome is not None:
            self._dispositions.finish(attempt, met.outcome, met.reason)

    def _send(self, attempt: Attempt, route: Route, window: AgentWindow | None, met: Rendering | None) -> None:
        settled = self._settle_change(attempt, route) if met is None else None
        if settled is not None:
            if not settled.reason:
                self._sender.note_shown(attempt, route)
                self._announce(attempt, route)
            self._dispositions.finish(attempt, Outcome.SKIPPED if settled.reason else Outcome.DELIVERED, settled.reason)
            return
        rendering = met or self._preparer.prepare(attempt, route)
        if not rendering.parts:
            self._dispositions.finish(attempt, Outcome.SKIPPED, "nothing to show")
            return
        self._typing.end(attempt, route)
        self._sender.deliver(attempt, route, rendering)
        if window is not None:
            window.end_said(attempt)
        self._deletions.note(attempt, route)
        self._announce(attempt, route)
        self._dispositions.finish(attempt, Outcome.DELIVERED)
        if window is not None:
            window.tidy(attempt, route)
        self._identity.keep(route.session)

    def _find_route(self, attempt: Attempt) -> Route | None:
        """None for a message that ends here, because there is nobody to carry it to."""
        event = attempt.event
        try:
            attempt.route = route = self._router.find(event, attempt.source)
        except Elsewhere:
            attempt.home = Conversation(external_id=event.thread, aliases=event.aliases, state=event.hints)
            raise
        if route is None:
            self._dispositions.finish(attempt, Outcome.SKIPPED, "not a conversation that Patchbay has")
        elif route.to_platform and self._threads.is_carried(attempt, route.session):
            self._dispositions.finish(attempt, Outcome.SKIPPED, "carried under another id of the contact")
            return None
        return route

    def _settle_change(self, attempt: Attempt, route: Route) -> Settled | None:
        """None for what goes on as a message. What few messages are is loaded with the first of them."""
        if attempt.event.message.change is None and not attempt.is_from_elsewhere:
            return None
        from patchbay.bridge.message_changes import MessageChanges

        return MessageChanges(self._context, self._calls, self._preparer).settle(attempt, route)

    def _open_window(self, route: Route) -> AgentWindow | None:
        """Only for messages to messengers that have one: it is loaded with the first of them."""
        if route.to_platform or self._context.connector(route.target).behavior.reply_window is None:
            return None
        from patchbay.bridge.agent_window import AgentWindow

        return AgentWindow(self._context, self._calls, self._preparer, self._writer, self.release)

    def _await_account(self, target: Connection) -> Connection:
        """Messages to an account that refuses us wait. The owner's reconnecting makes it active again."""
        stored = self._context.connections.renew(target.id)
        if stored is not None and stored.status is ConnectionStatus.ACTIVE:
            return stored
        if stored is not None and stored.status is ConnectionStatus.PENDING:
            raise NotYet("the service has not opened the account yet", after=3.0)
        raise OwnerNeeded(target.status_reason or "the account needs new credentials from the owner")

    def _announce(self, attempt: Attempt, route: Route) -> None:
        """Says to authors who see such things that it was handed over: like a receipt of the service, in its group."""
        if attempt.leaves_nothing or not shows_sent(self._context, attempt.source):
            return
        target, parts = route.target, attempt.delivery.parts
        origin = Origin(service=target.service, endpoint=target.endpoint_id, account=target.account)
        receipt = ReceiptReceived(
            id=make_event_id("handed", origin, attempt.event.id),
            origin=origin,
            thread=route.target_conversation.external_id,
            occurred_at=self._context.clock.now(),
            message_id=(parts[-1].external_id if parts else "") or attempt.event.ledger_id,
            state=ReceiptState.SENT,
        )
        try:
            self._context.producer.send([receipt])
        except QueueRefused as refusal:
            record_skipped(self._context.telemetry, receipt, str(refusal))


def _is_sent_again(event: MessageReceived, delivery: Delivery) -> bool:
    failed = delivery.outcome in {Outcome.FAILED, Outcome.DEAD_LETTERED}
    return failed and bool(event.message_key) and event.held is None and delivery.ended_by != event.id
