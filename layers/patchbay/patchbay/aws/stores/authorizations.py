"""What the webhook monitor writes on the items of connections: never over another writer's change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from patchbay.aws.stores import keys
from patchbay.aws.stores.table import ConditionFailed, Table
from patchbay.bridge.ports import Authorizations
from patchbay.domain.accounts import Connection, ConnectionStatus

_NEEDS_AUTHORIZATION = str(ConnectionStatus.NEEDS_AUTHORIZATION)
_UNCHANGED = "#status = :refused AND changed_at = :since"


class StoredAuthorizations(Authorizations):
    def __init__(self, table: Table) -> None:
        self._table = table

    def note_check(self, connection: Connection, at: datetime) -> None:
        values = {":checks": connection.checks + 1, ":at": at.isoformat()}
        self._update(connection, "SET checks = :checks, checked_at = :at", values)

    def restore(self, connection: Connection, at: datetime) -> bool:
        change = "SET #status = :active, status_reason = :none, changed_at = :at"
        values = {":active": str(ConnectionStatus.ACTIVE), ":none": "", ":at": at.isoformat()}
        return self._update(connection, change, values)

    def _update(self, connection: Connection, change: str, values: dict[str, Any]) -> bool:
        since = connection.changed_at.isoformat() if connection.changed_at else None
        try:
            self._table.update(
                (keys.CONNECTIONS, connection.id),
                change,
                condition=_UNCHANGED,
                names={"#status": "status"},
                values={**values, ":refused": _NEEDS_AUTHORIZATION, ":since": since},
            )
        except ConditionFailed:
            return False
        return True
