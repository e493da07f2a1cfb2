"""What the log and the metrics say of an event: its end, its waiting, and that it is a dead letter."""

from __future__ import annotations

from patchbay.bridge import retry_policy
from patchbay.bridge.context import Context
from patchbay.bridge.outcomes import DeadLetter, Defer, Disposition
from patchbay.bridge.ports import Envelope
from patchbay.domain.events import Event, MessageReceived, ReceiptReceived, TypingChanged


class EventLog:
    def __init__(self, context: Context) -> None:
        self._context = context

    def dead_letter(self, event: Event, dead_letter: DeadLetter) -> DeadLetter:
        self._context.telemetry.warning(
            "event dead-lettered",
            event=event.id,
            service=event.origin.service,
            reason=dead_letter.reason,
            cause=dead_letter.cause.value,
        )
        self._context.telemetry.count("DeadLettered", event.origin.service)
        return dead_letter

    def note(self, event: Event, verdict: Disposition, started: float) -> None:
        """One log line for each event, except for the end of a message, which `dispositions` logs, and of feedback."""
        deferred, is_message = isinstance(verdict, Defer), isinstance(event, MessageReceived)
        if is_message and not deferred:
            return
        telemetry = self._context.telemetry
        is_quiet = isinstance(event, TypingChanged) or (isinstance(event, ReceiptReceived) and not deferred)
        log = telemetry.warning if is_message else telemetry.detail if is_quiet else telemetry.info
        log(
            "event deferred" if deferred else "event done",
            event=event.id,
            kind=event.kind,
            service=event.origin.service,
            connection=event.origin.endpoint,
            group=event.group,
            milliseconds=round((self._context.clock.now().timestamp() - started) * 1000, 1),
            seconds=round(verdict.seconds, 1) if isinstance(verdict, Defer) else None,
            reason=verdict.reason or None,
        )

    def measure(self, envelope: Envelope, service: str) -> None:
        """A receipt that came before our own record of its message waits for moments, and says nothing to the alarm."""
        age = (self._context.clock.now() - envelope.enqueued_at).total_seconds()
        if age >= retry_policy.MEASURED_WAIT:
            self._context.telemetry.gauge("DeferredMessageAge", service, age, "Seconds")
