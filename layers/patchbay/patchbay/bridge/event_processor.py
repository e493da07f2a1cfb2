"""From one message of the queue to the verdict on it. Whatever goes wrong, every event comes to an end that is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from patchbay.bridge import retry_policy
from patchbay.bridge.changes import Profiles
from patchbay.bridge.context import Workbench
from patchbay.bridge.deletions import Eraser
from patchbay.bridge.feedback import Feedback
from patchbay.bridge.ledger import Cause
from patchbay.bridge.messages import MessageBridge
from patchbay.bridge.outcomes import DONE, Park, Suspect, Verdict, Wait
from patchbay.bridge.ports import Envelope
from patchbay.bridge.queued_messages import QueuedMessage
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import DeliveryError, PatchbayError
from patchbay.domain.events import (
    ACCOUNT_TO_COME,
    ConnectionChanged,
    ContactChanged,
    ContentErased,
    ConversationChanged,
    Event,
    MessageReceived,
    ReceiptReceived,
    TypingChanged,
)


class EventHandler:
    """`is_outage` says whether an exception means that a store of our own does not answer: then nothing is counted."""

    def __init__(self, bench: Workbench, is_outage: Callable[[Exception], bool]) -> None:
        self._bench = bench
        self._is_outage = is_outage
        self._messages = MessageBridge(bench)
        self._feedback = Feedback(bench)
        self._profiles = Profiles(bench)
        self._eraser = Eraser(bench)

    def judge(self, message: QueuedMessage, *, isolated: bool = False) -> Verdict | Suspect:
        """What becomes of it. `isolated`: nothing runs beside it that its failure could harm, so it is no Suspect."""
        if message.event is None:
            return self._judge_unreadable(message)
        event, started = message.event, self._bench.clock.now()
        verdict = self._try(message, event, isolated=isolated)
        if isinstance(verdict, Suspect):
            return verdict
        if isinstance(verdict, Wait):
            verdict = self._end_in_time(event, message.envelope, verdict)
            service = event.origin.service
            self._bench.journal.gauge("DeferredMessageAge", service, self._age(message.envelope), "Seconds")
        if isinstance(verdict, Park) and self._is_erased(
            event.thread_group, event.occurred_at, event.id, event.ledger_key
        ):
            verdict = DONE
        self._note(event, verdict, started.timestamp())
        return verdict

    def _judge_unreadable(self, message: QueuedMessage) -> Verdict:
        """While a stack is updated, a webhook function may be ahead of the dispatcher: its events wait for that."""
        if self._is_erased(message.envelope.group, message.envelope.enqueued_at, message.envelope.id):
            return DONE  # its body was kept apart, and was erased
        age = self._age(message.envelope)
        if message.too_new and age < retry_policy.GIVE_UP_AFTER:
            self._bench.journal.warn("event too new", reason=message.problem)
            self._bench.journal.gauge("DeferredMessageAge", "unknown", age, "Seconds")
            return Wait(retry_policy.update_delay(age), message.problem, Cause.UNREADABLE)
        self._bench.journal.error("event unreadable", reason=message.problem)
        self._bench.journal.count("Parked", "unknown")
        return Park(message.problem, Cause.UNREADABLE)

    def judge_apart(self, message: QueuedMessage) -> Verdict:
        """The same, for a message that was a Suspect and is tried in a process of its own."""
        verdict = self.judge(message, isolated=True)
        if isinstance(verdict, Suspect):
            raise TypeError("nothing runs beside it")
        return verdict

    def release(self, suspect: Suspect) -> None:
        """It could not be tried apart this time: that is no attempt."""
        self._bench.ledger.save(suspect.delivery.end_attempt())

    def note_death(self, message: QueuedMessage) -> Verdict:
        """It was tried apart, and ended the process that tried it. The ledger has counted it already."""
        return self._note_crash(message, "the process that tried it ended")

    # --- trying ------------------------------------------------------------------------------------------------------

    def _try(self, message: QueuedMessage, event: Event, *, isolated: bool) -> Verdict | Suspect:
        try:
            if isinstance(event, MessageReceived) or message.envelope.receives <= retry_policy.SUSPICIOUS_RECEIVES:
                return self._handle(event, message.envelope, isolated=isolated)
            return self._handle_counted(event, message.envelope, isolated=isolated)
        except Exception as problem:  # noqa: BLE001 - the boundary: a bug or a failing store must not stop other groups
            if self._is_outage(problem):
                return self._note_outage(event, message.envelope, problem)
            return self._note_crash(message, _describe(problem))

    def _note_outage(self, event: Event, envelope: Envelope, problem: Exception) -> Verdict:
        self._bench.journal.error("store unavailable", event=event.id, kind=event.kind, reason=_describe(problem))
        self._bench.journal.count("StoreUnavailable", event.origin.service)
        return Wait(retry_policy.outage_delay(self._age(envelope), self._bench.random), "a store did not answer")

    def _note_crash(self, message: QueuedMessage, reason: str) -> Verdict:
        event = message.event
        service, kind = (event.origin.service, event.kind) if event else ("unknown", "unknown")
        self._bench.journal.error("event crashed", event=event.id if event else None, kind=kind, reason=reason)
        self._bench.journal.count("Crashed", service)
        return Wait(retry_policy.CRASHED, f"handling it failed inside Patchbay: {reason}", Cause.CRASHED)

    def _handle_counted(self, event: Event, envelope: Envelope, *, isolated: bool) -> Verdict | Suspect:
        """An event without a ledger entry that was received suspiciously often gets one, which counts its attempts."""
        delivery, _ = self._bench.ledger.claim(event.ledger_key, self._bench.clock.now(), counted=not isolated)
        if delivery.lost_attempts >= retry_policy.MOST_LOST_ATTEMPTS:
            return Park(f"handling it failed {delivery.lost_attempts} times inside Patchbay", Cause.CRASHED)
        if delivery.lost_attempts and not isolated:
            return Suspect(delivery)
        verdict = self._handle(event, envelope, isolated=isolated)
        if isinstance(verdict, Wait):
            self._bench.ledger.save(replace(delivery.end_attempt(), in_flight=False))
        return verdict

    def _handle(self, event: Event, envelope: Envelope, *, isolated: bool) -> Verdict | Suspect:
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
        connections, endpoint, account = self._bench.connections, event.origin.endpoint, event.origin.account
        if account != ACCOUNT_TO_COME:
            return connections.connection_of(endpoint, account)
        known = connections.account_of_thread(endpoint, event.thread)
        return connections.connection_of(endpoint, known) if known is not None else None

    def _retry_feedback(self, event: Event, envelope: Envelope, reason: str) -> Verdict:
        """A service that could not be asked for something by the way: that is no crash."""
        age = self._age(envelope)
        if age > retry_policy.GIVE_UP_AFTER:
            return self._park(event, Park(reason, Cause.GAVE_UP))
        return Wait(retry_policy.feedback_delay(age, self._bench.random), reason)

    def _route(self, event: Event, source: Connection, envelope: Envelope) -> Verdict:
        match event:
            case ReceiptReceived():
                return self._feedback.carry_receipt(event, source, envelope.enqueued_at)
            case TypingChanged():
                return self._feedback.carry_typing(event, source)
            case ConversationChanged():
                return self._profiles.change_conversation(event, source, envelope.enqueued_at)
            case ContentErased():
                return self._eraser.erase(event, source)
            case ContactChanged():
                return self._profiles.change_contact(event, source)
            case ConnectionChanged():
                return self._profiles.change_connection(event, source)
            case MessageReceived():
                raise TypeError("messages are carried")

    def _is_erased(self, group: str, written_at: datetime, event_id: str, entry: str = "") -> bool:
        """Whether its contact was erased meanwhile: then it is no dead letter, and nothing of it is kept."""
        try:
            erased_at = self._bench.ledger.erased_at(group)
            if erased_at is None or written_at > erased_at:
                return False
            if entry:
                self._bench.ledger.forget(entry)
        except Exception as problem:  # noqa: BLE001 - the boundary: a dead letter must not be lost for this
            self._bench.journal.error("erasure not looked up", event=event_id, reason=_describe(problem))
            return False
        self._bench.journal.record(
            "event skipped", event=event_id, reason="the contact was erased after it was written"
        )
        return True

    # --- ends --------------------------------------------------------------------------------------------------------

    def _await_connection(self, event: Event, envelope: Envelope) -> Verdict:
        """A new connection may not be seen yet; one that is gone must not take its messages along.

        The news that an account is active can be faster than the answer to the call that made it.
        """
        reason = "no connection for this account: connect it again, then run `patchbay dlq redrive --all`"
        age = self._age(envelope)
        if isinstance(event, ConnectionChanged) and age < retry_policy.UNKNOWN_CONNECTION:
            return Wait(max(age, 1.0), reason, Cause.NO_CONNECTION)
        if event.origin.account == ACCOUNT_TO_COME:
            return self._await_thread(event, age)
        if not isinstance(event, MessageReceived):
            self._bench.skip(event, "no connection for this account")
            return DONE
        if age < retry_policy.UNKNOWN_CONNECTION:
            return Wait(retry_policy.UNKNOWN_CONNECTION / 2, reason, Cause.NO_CONNECTION)
        return self._park(event, Park(reason, Cause.NO_CONNECTION))

    def _await_thread(self, event: Event, age: float) -> Verdict:
        """News that came before the answer to the call that opened the conversation, or another program's news."""
        if age < (retry_policy.STALE_TYPING if isinstance(event, TypingChanged) else retry_policy.STALE_NEWS):
            return Wait(max(age, 1.0), "the conversation is not recorded yet")
        self._bench.skip(event, "not a conversation of ours")
        return DONE

    def _end_in_time(self, event: Event, envelope: Envelope, wait: Wait) -> Verdict:
        """Before the queue would delete the message, or move it to the dead-letter queue without a reason."""
        expires = self._age(envelope) > retry_policy.QUEUE_PATIENCE
        if not expires and envelope.receives < retry_policy.MOST_RECEIVES:
            return wait
        try:
            source = self._bench.connections.connection_of(event.origin.endpoint, event.origin.account)
            if isinstance(event, MessageReceived) and source is not None:
                return self._messages.end_late(event, source, envelope.enqueued_at, wait)
        except Exception as problem:  # noqa: BLE001 - the boundary: with or without our stores, it must not be lost
            self._bench.journal.error("event ended unrecorded", event=event.id, reason=_describe(problem))
        return self._park(event, Park(wait.reason or "it waited too long", wait.cause))

    def _park(self, event: Event, park: Park) -> Park:
        self._bench.journal.warn(
            "event parked", event=event.id, service=event.origin.service, reason=park.reason, cause=park.cause.value
        )
        self._bench.journal.count("Parked", event.origin.service)
        return park

    def _note(self, event: Event, verdict: Verdict, started: float) -> None:
        """One line for each event: how a message ended has been said, and counted, where that was decided."""
        deferred, is_message = isinstance(verdict, Wait), isinstance(event, MessageReceived)
        if is_message and not deferred:
            return
        took = round((self._bench.clock.now().timestamp() - started) * 1000, 1)
        say = self._bench.journal.warn if is_message else self._bench.journal.record
        say(
            "event deferred" if deferred else "event done",
            event=event.id,
            kind=event.kind,
            service=event.origin.service,
            connection=event.origin.endpoint,
            group=event.group,
            milliseconds=took,
            seconds=round(verdict.seconds, 1) if isinstance(verdict, Wait) else None,
            reason=verdict.reason or None,
        )

    def _age(self, envelope: Envelope) -> float:
        return (self._bench.clock.now() - envelope.enqueued_at).total_seconds()


def _describe(problem: Exception) -> str:
    """Our own failures explain themselves; others may quote a message, so only their kind is told."""
    kind = type(problem).__name__
    return f"{kind}: {problem}" if isinstance(problem, PatchbayError) else kind
