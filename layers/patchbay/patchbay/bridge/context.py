"""What the use cases of the bridge work with: every port in one place, and nothing besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import TYPE_CHECKING

from patchbay.bridge.bulkhead import Unlimited
from patchbay.bridge.ledger import Ledger
from patchbay.bridge.people import People
from patchbay.bridge.ports import Clock, Connections, Deadline, Leases, Media, QueueProducer, Sessions, Telemetry
from patchbay.bridge.time_budget import Endless
from patchbay.domain.accounts import Connection
from patchbay.kit.contract import Connector, Http

if TYPE_CHECKING:
    from patchbay.bridge.costs import CostCounters
    from patchbay.bridge.held import HeldMessages
    from patchbay.bridge.template_store import KnownTemplates


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The ports of one container. It does nothing itself: whatever has a rule of its own is in a module of its own.

    The defaults serve a single program that nothing ends: no deadline, and no other dispatchers to share places with.
    What few messages need is opened with the first of them.
    """

    connector_of: Callable[[str], Connector]
    connections: Connections
    sessions: Sessions
    people: People
    ledger: Ledger
    held: HeldMessages
    open_templates: Callable[[], KnownTemplates]
    open_costs: Callable[[], CostCounters]
    media: Media
    producer: QueueProducer
    http: Http
    clock: Clock
    telemetry: Telemetry
    leases: Leases = field(default_factory=Unlimited)
    deadline: Deadline = field(default_factory=Endless)
    random: Random = field(default_factory=SystemRandom)

    def connector(self, connection: Connection) -> Connector:
        return self.connector_of(connection.service)
