"""The webhook monitor's round: it checks what no incoming webhook can report.

Its gauges are what alarms go by. A gauge is written in every round, zero too: so an alarm lasts as long as the trouble,
and "OK" means that it was checked.
"""

from __future__ import annotations

from collections.abc import Sequence

from patchbay.bridge.configuration import Configuration
from patchbay.bridge.credential_recovery import Recovery
from patchbay.bridge.held_overdue import HeldOverdues
from patchbay.bridge.ports import EVERY_SERVICE, Clock, Telemetry
from patchbay.bridge.webhook_restoration import WebhookRestorer
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import describe_problem


class Monitor:
    def __init__(
        self,
        *,
        registry: Configuration,
        recovery: Recovery,
        restorer: WebhookRestorer,
        overdues: HeldOverdues,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._configuration = registry
        self._recovery = recovery
        self._restorer = restorer
        self._overdues = overdues
        self._clock = clock
        self._telemetry = telemetry

    def make_round(self) -> None:
        """Raises what our own stores raise: then the round is not counted, and an alarm says so."""
        connections = self._configuration.connections()
        refused = self._recovery.restore_all(connections)
        self._telemetry.gauge("ConnectionsNeedingAuthorization", EVERY_SERVICE, refused)
        self._restorer.restore_all(connections)
        self._forget_replaced(connections)
        self._overdues.report(connections)
        self._telemetry.count("MonitorRounds", EVERY_SERVICE)

    def _forget_replaced(self, connections: Sequence[Connection]) -> None:
        """A secret that may have leaked must not stay in the store when it counts no more."""
        for one in connections:
            if one.previous_until is None or self._clock.now() < one.previous_until:
                continue
            try:
                if self._configuration.forget_replaced(one):
                    self._telemetry.info("replaced secret erased", service=one.service, connection=one.id)
            except Exception as problem:  # noqa: BLE001 - the boundary: it must not keep the others' in the store
                reason = describe_problem(problem)
                self._telemetry.warning(
                    "replaced secret not erased", service=one.service, connection=one.id, reason=reason
                )
                self._telemetry.count("WebhookCheckFailed", one.service)
