"""Held messages that have waited for as long as the owner wants: the dispatcher is asked to end them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from patchbay.bridge.held import HeldEnds
from patchbay.bridge.ports import Clock, QueueProducer, Telemetry
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured, describe_problem
from patchbay.domain.events import HeldOverdue, Origin, make_event_id
from patchbay.domain.model import Side
from patchbay.kit.contract import Connector

_MOST = 200  #: in one round; the next goes on


class HeldOverdues:
    def __init__(
        self,
        *,
        connector_of: Callable[[str], Connector],
        held: HeldEnds,
        producer: QueueProducer,
        clock: Clock,
        telemetry: Telemetry,
    ) -> None:
        self._connector_of = connector_of
        self._held = held
        self._producer = producer
        self._clock = clock
        self._telemetry = telemetry

    def report(self, connections: Sequence[Connection]) -> None:
        """One event for each contact. What goes wrong is logged, and the next round does it again."""
        now = self._clock.now()
        messengers = {one.id: one for one in connections if self._has_window(one)}
        if not messengers:
            return  # where nothing can be held, nothing is asked for
        try:
            places = self._held.overdue(now, _MOST)
            contacts = dict.fromkeys((one.messenger_connection, one.contact) for one in places)
            for connection_id, contact in contacts:
                messenger = messengers.get(connection_id)
                if messenger is not None:
                    self._producer.send([self._make_event(messenger, contact)])
        except Exception as problem:  # noqa: BLE001 - the boundary: the rest of the round is done all the same
            self._telemetry.error("held messages not checked", reason=describe_problem(problem))
            self._telemetry.count("WebhookCheckFailed", "all")

    def _has_window(self, connection: Connection) -> bool:
        if connection.side is not Side.MESSENGER:
            return False
        try:
            return self._connector_of(connection.service).behavior.reply_window is not None
        except Misconfigured:
            return False  # a service that this version does not have

    def _make_event(self, messenger: Connection, contact: str) -> HeldOverdue:
        now = self._clock.now()
        origin = Origin(service=messenger.service, endpoint=messenger.endpoint_id, account=messenger.account)
        return HeldOverdue(
            id=make_event_id("overdue", origin, contact, now.isoformat()),
            origin=origin,
            thread=contact,
            occurred_at=now,
        )
