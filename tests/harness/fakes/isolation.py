"""A process of its own, in memory."""

from __future__ import annotations

from collections.abc import Callable

from patchbay.bridge.outcomes import Disposition
from patchbay.bridge.ports import Envelope
from tests.harness.fakes.mortality import Died, Life


class MemoryIsolation:
    """Runs `handle_apart`; what dies in it dies there. `tried` are the envelopes that were tried apart."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self.tried: list[str] = []
        self.handle_apart: Callable[[Envelope], Disposition] | None = None

    def handle(self, envelope: Envelope, seconds: float) -> Disposition | None:
        assert self.handle_apart is not None, "no dispatcher to run apart"
        assert seconds > 0
        self.tried.append(envelope.id)
        try:
            return self.handle_apart(envelope)
        except Died:
            self._life.begin()
            return None
