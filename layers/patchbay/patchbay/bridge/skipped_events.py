"""The line in the log about an event with which nothing is to be done."""

from __future__ import annotations

from patchbay.bridge.ports import Telemetry
from patchbay.domain.events import Event


def record_skipped(telemetry: Telemetry, event: Event, reason: str) -> None:
    telemetry.info("event skipped", event=event.id, kind=event.kind, service=event.origin.service, reason=reason)
