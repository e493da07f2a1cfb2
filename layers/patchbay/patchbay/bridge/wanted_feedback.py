"""Which receipts and typing of a connection can be shown on its other side: the rest is not asked for, and dropped.

A messenger and a platform are partners when the messenger is linked to the platform, or agents there may write first
on it. Accounts that share a webhook address share what is wanted there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.domain.feedback import ALWAYS_WANTED, FeedbackKind
from patchbay.domain.model import Side
from patchbay.kit.contract import Connector
from patchbay.kit.feedback import list_shown

ConnectorOf = Callable[[str], Connector]


class WantedFeedback:
    """Of the given connections, which are all that there are."""

    def __init__(self, connections: Sequence[Connection], connector_of: ConnectorOf) -> None:
        self._connections = connections
        self._connector_of = connector_of

    def find(self, connection: Connection) -> frozenset[FeedbackKind]:
        """What the partners show, and those of every connection that shares the address."""
        sharing = [one for one in self._connections if one.endpoint_id == connection.id and one.id != connection.id]
        shown = (self._list_shown(partner) for one in (connection, *sharing) for partner in self._partners_of(one))
        return ALWAYS_WANTED.union(*shown)

    def list_affected(self, ids: Iterable[str]) -> list[Connection]:
        """The connections with these ids, their partners, and the owners of the addresses of both."""
        wanted = frozenset(ids)
        named = [one for one in self._connections if one.id in wanted]
        near = {one.id for one in named}.union(*({other.id for other in self._partners_of(one)} for one in named))
        owners = {one.endpoint_id for one in self._connections if one.id in near}
        return [one for one in self._connections if one.id in near | owners]

    def _partners_of(self, connection: Connection) -> Iterator[Connection]:
        is_messenger = connection.side is Side.MESSENGER
        for other in self._connections:
            pair = (connection, other) if is_messenger else (other, connection)
            if other.side is not connection.side and self._are_partners(*pair):
                yield other

    def _are_partners(self, messenger: Connection, platform: Connection) -> bool:
        if messenger.link == platform.id:
            return True
        connector = self._find_connector(platform)
        names = [one.name for one in connector.settings if one.outbound_messenger] if connector else []
        return f"{messenger.service}:{messenger.id}" in {platform.setting(name) for name in names}

    def _list_shown(self, connection: Connection) -> frozenset[FeedbackKind]:
        connector = self._find_connector(connection)
        return list_shown(connector, connection) if connector else frozenset()

    def _find_connector(self, connection: Connection) -> Connector | None:
        try:
            return self._connector_of(connection.service)
        except Misconfigured:
            return None  # its service has been removed since, so nothing is shown there
