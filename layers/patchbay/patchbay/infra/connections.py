"""The configuration as the functions read it: endpoints, connections and their secrets, cached per container.

The writing side is `administration.py`; both name their records with `keys.py`. A warm webhook reads nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError, ClientError

from patchbay.accounts import Connection, ConnectionStatus, Endpoint, Secrets
from patchbay.infra import keys
from patchbay.infra.caching import TimedCache
from patchbay.infra.table import ConditionFailed, Item, Table
from patchbay.infra.vault import Vault
from patchbay.model import Side
from patchbay.ports import Clock, Connections, Journal

RECORDS_KEPT = timedelta(seconds=60)
SECRETS_KEPT = timedelta(minutes=5)
RENEW_EVERY = timedelta(seconds=1)
NOTE_EVERY = timedelta(minutes=5)


class StoredConnections(Connections):
    def __init__(self, table: Table, vault: Vault, clock: Clock, journal: Journal) -> None:
        self._table = table
        self._vault = vault
        self._clock = clock
        self._journal = journal
        self._endpoints: TimedCache[Endpoint] = TimedCache(clock, RECORDS_KEPT)
        self._connections: TimedCache[Connection] = TimedCache(clock, RECORDS_KEPT)
        self._accounts: TimedCache[str] = TimedCache(clock, RECORDS_KEPT)
        self._threads: TimedCache[str] = TimedCache(clock, RECORDS_KEPT)
        self._secrets: TimedCache[Secrets] = TimedCache(clock, SECRETS_KEPT)
        self._renewed_at: dict[str, datetime] = {}
        self._noted_at: dict[str, datetime] = {}
        self._addresses: dict[str, str] = {}

    def endpoint(self, service: str, hook: str) -> Endpoint | None:
        return self._endpoints.get(keys.endpoint_key(service, hook), lambda: self._load_endpoint(service, hook))

    def renew_endpoint(self, service: str, hook: str) -> Endpoint | None:
        """Limited, so that a stranger who sends badly signed webhooks cannot make us read a secret for each."""
        key = keys.endpoint_key(service, hook)
        now = self._clock.now()
        renewed_at = self._renewed_at.get(key)
        if renewed_at is not None and now - renewed_at < RENEW_EVERY:
            return None
        known = self.endpoint(service, hook)
        if known is None:
            return None
        self._renewed_at[key] = now
        self._endpoints.forget(key)
        self._forget(known.id)
        return self.endpoint(service, hook)

    def connection(self, connection_id: str) -> Connection | None:
        return self._connections.get(connection_id, lambda: self._load_connection(connection_id))

    def connection_of(self, endpoint_id: str, account: str) -> Connection | None:
        key = keys.account_key(endpoint_id, account)
        connection_id = self._accounts.get(key, lambda: self._load_account(key))
        return self.connection(connection_id) if connection_id else None

    def renew(self, connection_id: str) -> Connection | None:
        self._forget(connection_id)
        return self.connection(connection_id)

    def mark(self, connection_id: str, status: ConnectionStatus, reason: str) -> None:
        try:
            self._table.update(
                (keys.CONNECTIONS, connection_id),
                "SET #status = :status, status_reason = :reason, changed_at = :now",
                condition="attribute_exists(pk)",
                names={"#status": "status"},
                values={":status": str(status), ":reason": reason, ":now": self._clock.now().isoformat()},
            )
        except ConditionFailed:
            self._journal.record("connection is gone", connection=connection_id)
        self._connections.forget(connection_id)

    def awaits_account(self, endpoint_id: str) -> bool:
        item = self._table.get(keys.awaited_key(endpoint_id), consistent=True)
        return item is not None and self._clock.now().timestamp() < item["expires_at"]

    def account_of_thread(self, endpoint_id: str, thread: str) -> str | None:
        key = keys.owner_key(endpoint_id, thread)
        return self._threads.get(key, lambda: self._load_owner(key))

    def note_thread(self, connection: Connection, thread: str) -> None:
        key = keys.owner_key(connection.endpoint_id, thread)
        self._table.put({"pk": key, "sk": keys.SORT, "account": connection.account})

    def replace_secrets(self, connection: Connection, values: Mapping[str, str]) -> Secrets:
        secrets = self._vault.replace(connection.id, connection.secrets, values, self._clock.now())
        self._connections.forget(connection.id)
        self._secrets.put(connection.id, secrets)
        return secrets

    def note_webhook(self, endpoint_id: str, at: datetime) -> None:
        """A failure is logged and no more: the events are on the queue, the webhook must not come again for this."""
        # By its address: an id that was disconnected and connected again has none of its webhooks noted yet.
        address = self._addresses.get(endpoint_id, endpoint_id)
        noted_at = self._noted_at.get(address)
        if noted_at is not None and at - noted_at < NOTE_EVERY:
            return
        self._noted_at[address] = at
        try:
            self._table.put({"pk": keys.seen_key(endpoint_id), "sk": keys.SORT, "at": at.isoformat()})
        except (BotoCoreError, ClientError) as error:
            self._journal.record("webhook time not noted", endpoint=endpoint_id, error=type(error).__name__)

    def _forget(self, connection_id: str) -> None:
        self._secrets.forget(connection_id)
        self._connections.forget(connection_id)

    def _load_endpoint(self, service: str, hook: str) -> Endpoint | None:
        key = keys.endpoint_key(service, hook)
        item = self._table.get(key)
        owner = self.connection(str(item["owner"])) if item else None
        if item is None or owner is None:
            return None
        self._addresses[str(item["id"])] = key
        return Endpoint(
            id=str(item["id"]),
            service=str(item["service"]),
            settings=owner.settings,
            secrets=owner.secrets,
            accounts=frozenset(item["accounts"]),
            tenants={account: tenant for account, tenant in item["accounts"].items() if tenant},
        )

    def _load_connection(self, connection_id: str) -> Connection | None:
        item = self._table.get(keys.CONNECTIONS, connection_id)
        if item is None:
            return None
        secrets = self._secrets.get(connection_id, lambda: self._vault.read(connection_id, self._clock.now()))
        return replace(read_connection(item), secrets=secrets or Secrets())

    def _load_owner(self, key: str) -> str | None:
        item = self._table.get(key, consistent=True)
        return str(item["account"]) if item else None

    def _load_account(self, key: str) -> str | None:
        item = self._table.get(key)
        return str(item["connection_id"]) if item else None


def read_connection(item: Item) -> Connection:
    """Without its secrets."""
    return Connection(
        id=str(item["id"]),
        service=str(item["service"]),
        side=Side(item["side"]),
        endpoint_id=str(item["endpoint_id"]),
        account=str(item["account"]),
        tenant=str(item["tenant"]),
        settings={str(name): str(value) for name, value in item["settings"].items()},
        status=ConnectionStatus(item["status"]),
        status_reason=str(item["status_reason"]),
        changed_at=datetime.fromisoformat(item["changed_at"]) if item.get("changed_at") else None,
        link=item.get("link"),
    )
