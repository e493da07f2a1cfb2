"""The configuration as the functions read it: endpoints, connections and their secrets, cached per container.

The writing side is `administration.py`; both name their records with `keys.py`. A warm webhook reads nothing here.

What never changes (which connection an address, an account or a conversation belongs to) is kept for hours, since the
connection's own record, read once a minute, says whether it is still so; and a secret for as long as that record names
the version of it that we have. So what a message costs does not depend on how many connections there are, and a webhook
that is refused costs one small read a second, however many strangers send some.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from patchbay.aws.api.contract import AwsError
from patchbay.aws.stores import keys
from patchbay.aws.stores.cache import TimedCache
from patchbay.aws.stores.connection_items import read_connection
from patchbay.aws.stores.keys import PURPOSES, VERIFY, Purpose
from patchbay.aws.stores.known_accounts import KnownAccounts
from patchbay.aws.stores.secret_values import join_secrets
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import ConditionFailed, Table
from patchbay.bridge import retry_policy
from patchbay.bridge.ports import Clock, Connections, Telemetry
from patchbay.domain.accounts import Connection, ConnectionStatus, Endpoint, Secrets

RECORDS_KEPT = timedelta(seconds=60)
LASTING_KEPT = timedelta(hours=6)  #: what never changes
SECRETS_KEPT = timedelta(days=1)  #: of a version that is named: a read of one costs as much as forty of the table
PASSING_KEPT = timedelta(minutes=5)  #: secrets that may have another version elsewhere, or old values that end soon
UNKNOWN_KEPT = timedelta(seconds=10)  #: that there is no endpoint: a new one is called within moments
RENEW_EVERY = timedelta(seconds=1)
REREAD_EVERY = timedelta(seconds=30)  #: secrets of the version that we have: changed in the console, past the command
NOTE_EVERY = timedelta(hours=1)
AWAIT_EVERY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """Whose the address with this `key` is."""

    key: str
    endpoint_id: str
    service: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """A connection as it is stored; `address` is the key of its endpoint, "" where it shares another's.

    `verifying` are those of its secrets that verify webhooks.
    """

    connection: Connection
    verifying: Secrets
    address: str


class StoredConnections(Connections):
    #: The key of an endpoint, by the service and what its webhooks say of themselves: the token in their URL.
    _key_of = staticmethod(keys.endpoint_key)

    def __init__(self, table: Table, vault: Vault, clock: Clock, telemetry: Telemetry) -> None:
        self._table = table
        self._vault = vault
        self._clock = clock
        self._telemetry = telemetry
        self._addresses: TimedCache[_Address] = TimedCache(clock, LASTING_KEPT, misses=UNKNOWN_KEPT)
        self._records: TimedCache[_Record] = TimedCache(clock, RECORDS_KEPT)
        self._owners: TimedCache[str] = TimedCache(clock, LASTING_KEPT)
        self._accounts = KnownAccounts(table, clock)
        self._threads: TimedCache[str] = TimedCache(clock, LASTING_KEPT)
        self._secrets: TimedCache[tuple[datetime, Secrets]] = TimedCache(clock, SECRETS_KEPT)
        self._renewed_at: TimedCache[datetime] = TimedCache(clock, RENEW_EVERY)
        self._reread_at: TimedCache[datetime] = TimedCache(clock, REREAD_EVERY)
        self._noted_at: TimedCache[datetime] = TimedCache(clock, NOTE_EVERY)
        self._awaited_at: TimedCache[datetime] = TimedCache(clock, AWAIT_EVERY)

    # --- endpoints ---------------------------------------------------------------------------------------------------

    def endpoint(self, service: str, webhook_token: str) -> Endpoint | None:
        key = self._key_of(service, webhook_token)
        address = self._addresses.get(key, lambda: self._load_address(key))
        owner = self._find_owner(address) if address else None
        if address is None or owner is None:
            return None
        return Endpoint(
            id=address.endpoint_id,
            service=address.service,
            settings=owner.connection.settings,
            secrets=owner.verifying,
            feedback=owner.connection.feedback,
        )

    def _find_owner(self, address: _Address) -> _Record | None:
        """A connection that was disconnected and connected again with the same id has another address than before.

        Then either the record that we have is the old one, or the address is: the record is read again to see which.
        """
        owner = self._record(address.owner)
        if owner is not None and owner.address not in {"", address.key}:
            self._records.forget(address.owner)
            owner = self._record(address.owner)
            if owner is not None and owner.address != address.key:
                self._addresses.forget(address.key)
                return None
        return owner

    def renew_endpoint(self, service: str, webhook_token: str, *, secrets: bool = True) -> Endpoint | None:
        """By the connection's record, which names the version of its secret: strangers cost that one read a second."""
        known = self.endpoint(service, webhook_token)
        if known is None or not self._is_time(self._renewed_at, known.id):
            return None
        if secrets and self._is_time(self._reread_at, known.id):
            self._secrets.forget(_name(known.id, VERIFY))
        self.renew(known.id)
        return self.endpoint(service, webhook_token)

    def _is_time(self, last: TimedCache[datetime], key: str) -> bool:
        if last.peek(key) is not None:
            return False
        last.put(key, self._clock.now())
        return True

    def has_account(self, endpoint_id: str, account: str) -> bool:
        return self._accounts.has(endpoint_id, account)

    def accounts_of(self, endpoint_id: str, tenant: str) -> frozenset[str]:
        items = self._table.partition(keys.tenant_key(endpoint_id, tenant))
        return frozenset(str(item["account"]) for item in items if item["account"])

    def awaits_account(self, endpoint_id: str) -> bool:
        return self._accounts.awaits_one(endpoint_id)

    def account_of_thread(self, endpoint_id: str, thread: str) -> str | None:
        key = keys.owner_key(endpoint_id, thread)
        return self._threads.get(key, lambda: self._load_owner(key, "account"))

    def await_thread(self, endpoint_id: str) -> None:
        if self._is_time(self._awaited_at, endpoint_id):  # one note serves all that are opened within seconds
            until = self._clock.now() + AWAIT_EVERY + timedelta(seconds=retry_policy.OPENING)
            key = {"pk": keys.awaited_key(endpoint_id), "sk": keys.OPENING_SORT}
            self._table.put({**key, "expires_at": int(until.timestamp())})

    def awaits_thread(self, endpoint_id: str) -> bool:
        item = self._table.get(keys.awaited_key(endpoint_id), keys.OPENING_SORT, consistent=True)
        return item is not None and self._clock.now().timestamp() < item["expires_at"]

    def note_thread(self, connection: Connection, thread: str) -> None:
        key = keys.owner_key(connection.endpoint_id, thread)
        self._table.put({"pk": key, "sk": keys.SORT, "account": connection.account})

    def note_webhook(self, endpoint_id: str, at: datetime, form: str = "") -> None:
        """A failure is logged and no more: the events are on the queue, the webhook must not come again for this."""
        # By its address: an id that was disconnected and connected again has none of its webhooks noted yet.
        owner = self._records.peek(endpoint_id)
        key = f"{owner.address if owner else endpoint_id} {form}"
        noted_at = self._noted_at.peek(key)
        if noted_at is not None and at - noted_at < NOTE_EVERY:
            return
        self._noted_at.put(key, at)
        try:
            self._table.put({"pk": keys.seen_key(endpoint_id), "sk": keys.seen_sort(form), "at": at.isoformat()})
        except AwsError as error:
            self._telemetry.warning("webhook time not recorded", endpoint=endpoint_id, error=error.code)

    # --- connections -------------------------------------------------------------------------------------------------

    def connection(self, connection_id: str) -> Connection | None:
        record = self._record(connection_id)
        return record.connection if record else None

    def connection_of(self, endpoint_id: str, account: str) -> Connection | None:
        """What the container remembers is believed while both say the same; either may have changed since."""
        key = keys.account_key(endpoint_id, account)
        for is_last in (False, True):
            owner = self._owners.get(key, lambda: self._load_owner(key, "connection_id"))
            if owner is None:
                return None
            renews = is_last and self._is_time(self._renewed_at, owner)
            connection = self.renew(owner) if renews else self.connection(owner)
            if connection and _has(connection, endpoint_id, account):
                return connection
            self._owners.forget(key)
        return None

    def renew(self, connection_id: str, *, secrets: bool = False) -> Connection | None:
        if secrets:
            for purpose in PURPOSES:
                self._secrets.forget(_name(connection_id, purpose))
        record = self._load_record(connection_id, consistent=True)
        if record is None:
            self._records.forget(connection_id)
            return None
        self._records.put(connection_id, record)
        return record.connection

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
            self._telemetry.warning("connection not found", connection=connection_id)
        self._records.forget(connection_id)

    def note_facts(self, connection_id: str, facts: Mapping[str, str]) -> None:
        """Each by itself: the owner may be changing other settings, and other facts may be reported, just now."""
        names = {f"#{number}": name for number, name in enumerate(facts)}
        try:
            self._table.update(
                (keys.CONNECTIONS, connection_id),
                "SET " + ", ".join(f"settings.#{number} = :{number}" for number in range(len(facts))),
                condition="attribute_exists(pk)",
                names=names,
                values={f":{number}": value for number, value in enumerate(facts.values())},
            )
        except ConditionFailed:
            self._telemetry.warning("connection not found", connection=connection_id)
        self._records.forget(connection_id)

    # --- loading -----------------------------------------------------------------------------------------------------

    def _record(self, connection_id: str) -> _Record | None:
        return self._records.get(connection_id, lambda: self._load_record(connection_id))

    def _load_record(self, connection_id: str, *, consistent: bool = False) -> _Record | None:
        """A service may call in the moment in which its connection is stored, so a miss is not believed at once."""
        item = self._table.get(keys.CONNECTIONS, connection_id, consistent=consistent)
        if item is None and not consistent:
            return self._load_record(connection_id, consistent=True)
        if item is None:
            return None
        known = read_connection(item)
        parts = {purpose: self._load_secrets(known, purpose) for purpose in self._readable(known)}
        connection = replace(known, secrets=join_secrets(parts))
        verifying = parts.get(VERIFY, Secrets())
        return _Record(connection=connection, verifying=verifying, address=str(item.get("address", "")))

    def _readable(self, known: Connection) -> Sequence[Purpose]:
        """What the connection has secrets for, and this function may read."""
        return [purpose for purpose in self._vault.purposes if purpose in known.secret_versions]

    def _load_secrets(self, known: Connection, purpose: Purpose) -> Secrets:
        """Those that the container has, while they are the ones that the connection's record names."""
        name, now = _name(known.id, purpose), self._clock.now()
        kept = self._secrets.peek(name)
        if kept is not None and now - kept[0] < _lifetime(kept[1], known.secret_versions[purpose]):
            return kept[1]
        secrets = self._vault.read(known, purpose, now)
        self._secrets.put(name, (now, secrets))
        return secrets

    def _load_address(self, key: str) -> _Address | None:
        """A service may call an address in the moment in which it is stored, so a miss is not believed at once."""
        item = self._table.get(key) or self._table.get(key, consistent=True)
        if item is None:
            return None
        return _Address(key=key, endpoint_id=str(item["id"]), service=str(item["service"]), owner=str(item["owner"]))

    def _load_owner(self, key: str, name: str) -> str | None:
        item = self._table.get(key, consistent=True)
        return str(item[name]) if item else None


class TopicConnections(StoredConnections):
    """For messages of the stack's topic, which name their endpoint by its source instead of a webhook token."""

    _key_of = staticmethod(keys.topic_key)


def _name(connection_id: str, purpose: Purpose) -> str:
    """Under which secrets are kept in the container."""
    return f"{connection_id}/{purpose}"


def _has(connection: Connection, endpoint_id: str, account: str) -> bool:
    """Whether webhooks of the endpoint mean this connection by `account`; the owner is meant where they name none."""
    named = account == connection.account or (not account and connection.id == endpoint_id)
    return named and connection.endpoint_id == endpoint_id


def _lifetime(secrets: Secrets, named: str) -> timedelta:
    """How long secrets are kept when the connection's record names the version `named`."""
    if named != secrets.version:
        return timedelta(0)
    return PASSING_KEPT if secrets.previous else SECRETS_KEPT
