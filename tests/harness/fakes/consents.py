"""Consents that are under way, in memory."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from patchbay.bridge.configuration import Consent, Consents


@dataclass(slots=True)
class MemoryConsents(Consents):
    stored: dict[str, Consent] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, consent: Consent) -> None:
        self.stored[consent.state] = consent

    def take(self, state: str) -> Consent | None:
        with self._lock:
            return self.stored.pop(state, None)
