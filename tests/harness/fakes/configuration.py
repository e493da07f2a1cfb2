"""The writing side of the configuration in memory: what it saves, `MemoryConnections` reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from patchbay.bridge.configuration import Configuration
from patchbay.bridge.ports import Authorizations
from patchbay.bridge.references import keep_reference_key
from patchbay.domain.accounts import Connection, ConnectionStatus, Endpoint, Secrets
from tests.harness.fakes.stores import MemoryConnections


def webhook_token_of(connection_id: str) -> str:
    return f"hook-of-{connection_id}-0123456789"


class MemoryConfiguration(Configuration):
    def __init__(self, stores: MemoryConnections) -> None:
        self._stores = stores

    def connections(self) -> Sequence[Connection]:
        stored = sorted(self._stores.connections.values(), key=lambda connection: connection.id)
        return [replace(connection, secrets=Secrets()) for connection in stored]

    def connection(self, connection_id: str) -> Connection | None:
        return self._stores.connections.get(connection_id)

    def listed(self, connection_id: str) -> Connection | None:
        stored = self._stores.connections.get(connection_id)
        return replace(stored, secrets=Secrets()) if stored else None

    def of_tenant(self, endpoint_id: str, tenant: str) -> Sequence[str]:
        wanted = (endpoint_id, tenant)
        stored = self._stores.connections.values()
        return sorted(one.id for one in stored if (one.endpoint_id, one.tenant) == wanted)

    def add_secrets(self, known: Connection) -> Connection:
        stored = self._stores.connections.get(known.id)
        return replace(known, secrets=stored.secrets if stored else Secrets())

    def save(self, connection: Connection) -> str:
        known = self._stores.connections.get(connection.id)
        secrets = keep_reference_key(connection, known.secrets.values if known else {})
        self._stores.connections[connection.id] = replace(connection, secrets=secrets)
        owner = self._stores.connections[connection.endpoint_id]
        webhook_token = webhook_token_of(owner.id)
        self._stores.endpoints[owner.service, webhook_token] = Endpoint(
            id=owner.id,
            service=owner.service,
            settings=owner.settings,
            secrets=owner.secrets,
            feedback=owner.feedback,
        )
        return webhook_token

    def forget_replaced(self, known: Connection) -> bool:
        stored = self._stores.connections[known.id]
        self._stores.change(known.id, secrets=replace(stored.secrets, previous={}), previous_until=None)
        return bool(stored.secrets.previous)

    def await_account(self, endpoint_id: str) -> None:
        self._stores.awaiting.add(endpoint_id)


class MemoryAuthorizations(Authorizations):
    def __init__(self, stores: MemoryConnections) -> None:
        self._stores = stores

    def note_check(self, connection: Connection, at: datetime) -> None:
        if self._is_unchanged(connection):
            self._stores.change(connection.id, checks=connection.checks + 1, checked_at=at)

    def restore(self, connection: Connection, at: datetime) -> bool:
        if not self._is_unchanged(connection):
            return False
        self._stores.change(connection.id, status=ConnectionStatus.ACTIVE, status_reason="", changed_at=at)
        return True

    def _is_unchanged(self, connection: Connection) -> bool:
        stored = self._stores.connections.get(connection.id)
        if stored is None or stored.status is not ConnectionStatus.NEEDS_AUTHORIZATION:
            return False
        return stored.changed_at == connection.changed_at
