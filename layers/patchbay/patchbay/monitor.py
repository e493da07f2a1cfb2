"""The webhook monitor's round: what nothing that comes in can say of, somebody has to go and look at.

Its gauges are what alarms go by. A gauge is written in every round, zero too: so an alarm lasts as long as the trouble,
and "OK" means that somebody has looked.
"""

from __future__ import annotations

from patchbay.caring import Caretaker
from patchbay.ports import EVERY_SERVICE, Journal
from patchbay.recovery import Recovery
from patchbay.registry import Registry


class Monitor:
    def __init__(self, *, registry: Registry, recovery: Recovery, caretaker: Caretaker, journal: Journal) -> None:
        self._registry = registry
        self._recovery = recovery
        self._caretaker = caretaker
        self._journal = journal

    def make_round(self) -> None:
        """Raises what our own stores raise: then the round is not counted, and an alarm says so."""
        connections = self._registry.connections()
        refused = self._recovery.restore_all(connections)
        self._journal.gauge("ConnectionsNeedingAuthorization", EVERY_SERVICE, refused)
        self._caretaker.look_after(connections)
        self._journal.count("MonitorRounds", EVERY_SERVICE)
