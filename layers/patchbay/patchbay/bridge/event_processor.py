"""From one message of the queue to the verdict on it. Whatever goes wrong, every event has an end that is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from patchbay.bridge import retry_policy
from patchbay.bridge.changes import Changes
from patchbay.bridge.contact_updates import ContactUpdates
from patchbay.bridge.context import Context
from patchbay.bridge.credentials import Credentials
from patchbay.bridge.deletions import Deletions
from patchbay.bridge.delivery_states import DeliveryProgress
from patchbay.bridge.event_log import EventLog
from patchbay.bridge.feedback import Feedback
from patchbay.bridge.identity import Identity
from patchbay.bridge.ledger import Cause
from patchbay.bridge.messages import MessageBridge
from patchbay.bridge.outcomes import DONE, DeadLetter, Defer, Disposition, Suspect
from patchbay.bridge.ports import Envelope
from patchbay.bridge.queued_messages import QueuedMessage
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.bridge.session_writer import SessionWriter
from patchbay.bridge.skipped_events import record_skipped
from patchbay.bridge.time_budget import TimeBudget
from patchbay.bridge.typing_indicator import TypingIndicator
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import DeliveryError, describe_problem
from patchbay.domain.events import (
    ACCOUNT_TO_COME,
    AccountNews,
    ConnectionChanged,
    ContactChanged,
    ContactIntroduced,
    ContentErased,
    ConversationChanged,
    Event,
    HeldOverdue,
    MarketingChosen,
    MessageReceived,
    ReceiptReceived,
    ThreadMoved,
    TypingChanged,
)


class EventHandler:
    """`is_outage` says whether an exception means that a store of our own does not answer: then nothing is counted."""

    def __init__(self, context: Context, budget: TimeBudget, is_outage: Callable[[Exception], bool]) -> None:
        self._context = context
        self._is_outage = is_outage
        writer = SessionWriter(context.sessions, context.clock)
        identity = Identity(context, writer)
        calls = ServiceCalls(context, identity)
        credentials = Credentials(context)
        updates = ContactUpdates(context, calls)
        self._typing = TypingIndicator(context, calls)
        self._messages = MessageBridge(
            context,
            budget=budget,
            identity=identity,
            calls=calls,
            credentials=credentials,
            writer=writer,
            updates=updates,
            typing=self._typing,
        )
        self._feedback = Feedback(context, budget, calls, credentials)
        self._changes = Changes(context, calls, credentials, writer, updates)
        self._deletions = Deletions(context, calls)
        self._log = EventLog(context)

    def judge(self, message: QueuedMessage, *, isolated: bool = False) -> Disposition | Suspect:
        """The verdict on it. `isolated`: nothing else runs that its failure could harm, so it is not a Suspect."""
        if message.event is None:
            return self._judge_unreadable(message)
        event, started = message.event, self._context.clock.now()
        verdict = self._try(message, event, isolated=isolated)
        if isinstance(verdict, Suspect):
            return verdict
        if isinstance(verdict, Defer):
            verdict = self._end_in_time(event, message.envelope, verdict)
            self._log.measure(message.envelope, event.origin.service)
        if isinstance(verdict, DeadLetter) and self._is_erased(
            event.thread_group, event.occurred_at, event.id, event.ledger_key
        ):
            verdict = DONE
        self._log.note(event, verdict, started.timestamp())
        return verdict

    def _judge_unreadable(self, message: QueuedMessage) -> Disposition:
        """While a stack is updated, a webhook function may be ahead of the dispatcher: its events wait for that."""
        if self._is_erased(message.envelope.group, message.envelope.enqueued_at, message.envelope.id):
            return DONE  # its body was stored apart, and was erased
        age = self._age(message.envelope)
        if message.too_new and age < retry_policy.GIVE_UP_AFTER:
            self._context.telemetry.warning("event too new", reason=message.problem)
            self._log.measure(message.envelope, "unknown")
            return Defer(retry_policy.update_delay(age), message.problem, Cause.UNREADABLE)
        self._context.telemetry.error("event unreadable", reason=message.problem)
        self._context.telemetry.count("DeadLettered", "unknown")
        return DeadLetter(message.problem, Cause.UNREADABLE)

    def skip(self, message: QueuedMessage, reason: str) -> None:
        """The end of an event that need not be handled."""
        if message.event is not None:
            record_skipped(self._context.telemetry, message.event, reason)

    def judge_apart(self, message: QueuedMessage) -> Disposition:
        """The same, for a message that was a Suspect and is tried in a process of its own."""
        verdict = self.judge(message, isolated=True)
        if isinstance(verdict, Suspect):
            raise TypeError("nothing runs beside it")
        return verdict

    def release(self, suspect: Suspect) -> None:
        """It could not be tried apart this time: that is no attempt."""
        suspect.progress.release()
        self._context.ledger.save(suspect.progress.record)

    def note_death(self, message: QueuedMessage) -> Disposition:
        """It was tried apart, and ended the process that tried it. The ledger has counted it already."""
        return self._note_crash(message, "the process that handled it ended")

    # --- trying ------------------------------------------------------------------------------------------------------

    def _try(self, message: QueuedMessage, event: Event, *, isolated: bool) -> Disposition | Suspect:
        try:
            if not message.is_suspicious(self._context.clock.now()):
                return self._handle(event, message.envelope, isolated=isolated)
            return self._handle_counted(event, message.envelope, isolated=isolated)
        except Exception as problem:  # noqa: BLE001 - the boundary: a bug or a failing store must not stop other groups
            if self._is_outage(problem):
                return self._note_outage(event, message.envelope, problem)
            return self._note_crash(message, describe_problem(problem))

    def _note_outage(self, event: Event, envelope: Envelope, problem: Exception) -> Disposition:
        self._context.telemetry.error(
            "store unavailable", event=event.id, kind=event.kind, reason=describe_problem(problem)
        )
        self._context.telemetry.count("StoreUnavailable", event.origin.service)
        return Defer(
            retry_policy.outage_delay(self._age(envelope), self._context.random), "an AWS service did not answer"
        )

    def _note_crash(self, message: QueuedMessage, reason: str) -> Disposition:
        event = message.event
        service, kind = (event.origin.service, event.kind) if event else ("unknown", "unknown")
        self._context.telemetry.error(
            "event failed unexpectedly", event=event.id if event else None, kind=kind, reason=reason
        )
        self._context.telemetry.count("EventErrors", service)
        return Defer(retry_policy.CRASHED, f"unexpected error in Patchbay: {reason}", Cause.CRASHED)

    def _handle_counted(self, event: Event, envelope: Envelope, *, isolated: bool) -> Disposition | Suspect:
        """An event without a ledger entry that was received suspiciously often gets one, which counts its attempts."""
        now, counted = self._context.clock.now(), not isolated
        delivery, was_in_flight = self._context.ledger.claim(event.ledger_key, now, counted=counted)
        progress = DeliveryProgress(delivery, was_in_flight=was_in_flight)
        if delivery.lost_attempts >= retry_policy.MOST_LOST_ATTEMPTS:
            return DeadLetter(f"unexpected error in Patchbay in {delivery.lost_attempts} attempts", Cause.CRASHED)
        if delivery.lost_attempts and not isolated:
            return Suspect(progress)
        verdict = self._handle(event, envelope, isolated=isolated)
        if isinstance(verdict, Defer) and delivery.outcome is None:
            progress.settle()  # to carry feedback twice does no harm
            progress.defer(delivery.reason)
            self._context.ledger.save(progress.record)
        return verdict

    def _handle(self, event: Event, envelope: Envelope, *, isolated: bool) -> Disposition | Suspect:
        source = self._find_source(event)
        if source is None:
            return self._await_connection(event, envelope)
        if isinstance(event, MessageReceived):
            return self._messages.carry(event, source, envelope.enqueued_at, isolated=isolated)
        try:
            return self._route(event, source, envelope)
        except DeliveryError as failure:
            return self._retry_feedback(event, envelope, str(failure))

    def _find_source(self, event: Event) -> Connection | None:
        connections, endpoint, account = self._context.connections, event.origin.endpoint, event.origin.account
        if account != ACCOUNT_TO_COME:
            return connections.connection_of(endpoint, account)
        known = connections.account_of_thread(endpoint, event.thread)
        return connections.connection_of(endpoint, known) if known is not None else None

    def _retry_feedback(self, event: Event, envelope: Envelope, reason: str) -> Disposition:
        """A service could not be asked for something that feedback needs: that is not an error of ours."""
        age = self._age(envelope)
        if age > retry_policy.GIVE_UP_AFTER:
            return self._log.dead_letter(event, DeadLetter(reason, Cause.RETRIES_EXHAUSTED))
        return Defer(retry_policy.feedback_delay(age, self._context.random), reason)

    def _route(self, event: Event, source: Connection, envelope: Envelope) -> Disposition:
        match event:
            case ReceiptReceived():
                return self._feedback.carry_receipt(event, source, envelope.enqueued_at)
            case TypingChanged():
                return self._typing.carry(event, source, envelope)
            case ConversationChanged():
                return self._changes.change_conversation(event, source, envelope.enqueued_at)
            case ContentErased():
                return self._deletions.erase(event, source)
            case ContactChanged() | ContactIntroduced() | ThreadMoved():
                return self._changes.change_contact(event, source)
            case MessageReceived():
                raise TypeError("messages are carried")
            case _:
                return self._route_rare(event, source)

    def _route_rare(
        self, event: ConnectionChanged | AccountNews | HeldOverdue | MarketingChosen, source: Connection
    ) -> Disposition:
        """What few events are is loaded with the first of them."""
        if isinstance(event, ConnectionChanged):
            return self._changes.change_connection(event, source)
        if isinstance(event, HeldOverdue):
            self._messages.release.release_overdue(event, source)
            return DONE
        if isinstance(event, MarketingChosen):
            from patchbay.bridge.marketing_choices import MarketingChoices

            return MarketingChoices(self._context).heed(event, source)
        from patchbay.bridge.owner_news import OwnerNews

        return OwnerNews(self._context).heed(event, source)

    def _is_erased(self, group: str, written_at: datetime, event_id: str, entry: str = "") -> bool:
        """Whether its contact was erased meanwhile: then it is no dead letter, and nothing of it is kept."""
        try:
            erased_at = self._context.ledger.erased_at(group)
            if erased_at is None or written_at > erased_at:
                return False
            if entry:
                self._context.ledger.forget(entry)
        except Exception as problem:  # noqa: BLE001 - the boundary: a dead letter must not be lost for this
            self._context.telemetry.error("erasure not looked up", event=event_id, reason=describe_problem(problem))
            return False
        self._context.telemetry.info("event skipped", event=event_id, reason="its contact was erased meanwhile")
        return True

    # --- ends --------------------------------------------------------------------------------------------------------

    def _await_connection(self, event: Event, envelope: Envelope) -> Disposition:
        """A new connection may not be seen yet; one that is gone must not take its messages along.

        The webhook that says an account is active can be faster than the answer to the call that made it.
        """
        reason = "no connection has this account: connect it again, then run `patchbay dlq redrive --all`"
        age = self._age(envelope)
        if isinstance(event, ConnectionChanged) and age < retry_policy.UNKNOWN_CONNECTION:
            return Defer(max(age, 1.0), reason, Cause.NO_CONNECTION)
        if event.origin.account == ACCOUNT_TO_COME:
            return self._await_thread(event, age)
        if not isinstance(event, MessageReceived):
            record_skipped(self._context.telemetry, event, "no connection has this account")
            return DONE
        if age < retry_policy.UNKNOWN_CONNECTION:
            return Defer(retry_policy.UNKNOWN_CONNECTION / 2, reason, Cause.NO_CONNECTION)
        return self._log.dead_letter(event, DeadLetter(reason, Cause.NO_CONNECTION))

    def _await_thread(self, event: Event, age: float) -> Disposition:
        """It came before the answer to the call that opened the conversation, or is about another program's."""
        if age < (retry_policy.STALE_TYPING if isinstance(event, TypingChanged) else retry_policy.STALE_NEWS):
            return Defer(max(age, 1.0), "the conversation is not recorded yet")
        record_skipped(self._context.telemetry, event, "not a conversation that Patchbay has")
        return DONE

    def _end_in_time(self, event: Event, envelope: Envelope, wait: Defer) -> Disposition:
        """Before the queue would delete the message, or move it to the dead-letter queue without a reason."""
        expires = self._age(envelope) > retry_policy.QUEUE_PATIENCE
        if not expires and envelope.receives < retry_policy.MOST_RECEIVES:
            return wait
        try:
            source = self._context.connections.connection_of(event.origin.endpoint, event.origin.account)
            if isinstance(event, MessageReceived) and source is not None:
                return self._messages.end_late(event, source, envelope.enqueued_at, wait)
        except Exception as problem:  # noqa: BLE001 - the boundary: with or without our stores, it must not be lost
            self._context.telemetry.error("event ended, not recorded", event=event.id, reason=describe_problem(problem))
        return self._log.dead_letter(event, DeadLetter(wait.reason or "the time for retries is over", wait.cause))

    def _age(self, envelope: Envelope) -> float:
        return (self._context.clock.now() - envelope.enqueued_at).total_seconds()
