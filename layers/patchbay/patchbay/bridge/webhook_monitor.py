"""The webhook monitor's round: it checks what no incoming webhook can report.

Its gauges are what alarms go by. A gauge is written in every round, zero too: so an alarm lasts as long as the trouble,
and "OK" means that it was checked.
"""

from __future__ import annotations

from collections.abc import Sequence

from patchbay.bridge.configuration import Registry
from patchbay.bridge.credential_recovery import Recovery
from patchbay.bridge.ports import EVERY_SERVICE, Clock, Journal
from patchbay.bridge.webhook_restoration import WebhookRestorer
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import describe_problem


class Monitor:
    def __init__(
        self, *, registry: Registry, recovery: Recovery, restorer: WebhookRestorer, clock: Clock, journal: Journal
    ) -> None:
        self._registry = registry
        self._recovery = recovery
        self._restorer = restorer
        self._clock = clock
        self._journal = journal

    def make_round(self) -> None:
        """Raises what our own stores raise: then the round is not counted, and an alarm says so."""
        connections = self._registry.connections()
        refused = self._recovery.restore_all(connections)
        self._journal.gauge("ConnectionsNeedingAuthorization", EVERY_SERVICE, refused)
        self._restorer.restore_all(connections)
        self._forget_replaced(connections)
        self._journal.count("MonitorRounds", EVERY_SERVICE)

    def _forget_replaced(self, connections: Sequence[Connection]) -> None:
        """A secret that may have leaked must not stay in the store when it counts no more."""
        for one in connections:
            if one.previous_until is None or self._clock.now() < one.previous_until:
                continue
            try:
                if self._registry.forget_replaced(one):
                    self._journal.record("replaced secret erased", service=one.service, connection=one.id)
            except Exception as problem:  # noqa: BLE001 - the boundary: it must not keep the others' in the store
                reason = describe_problem(problem)
                self._journal.warn("replaced secret not erased", service=one.service, connection=one.id, reason=reason)
                self._journal.count("CareFailed", one.service)
