"""The line in the log about an event with which nothing is to be done."""

from __future__ import annotations

from patchbay.bridge.ports import Telemetry
from patchbay.domain.events import Event, ReceiptReceived, TypingChanged


def record_skipped(telemetry: Telemetry, event: Event, reason: str) -> None:
    """A receipt or a sign of typing that nobody can be shown is no news: there are more of them than messages."""
    log = telemetry.detail if isinstance(event, ReceiptReceived | TypingChanged) else telemetry.info
    log("event skipped", event=event.id, kind=event.kind, service=event.origin.service, reason=reason)
