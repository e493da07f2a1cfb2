"""What a message costs in calls of the stores when there are many connections: traffic of hours, on virtual time.

Messages arrive one a second at random connections, as many on each; containers take turns. A bridged message also costs
one session read and three writes of the ledger, which are counted elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from bench.prices import Usage
from patchbay.aws.stores import keys
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.keys import PURPOSES, VERIFY, Purpose
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Item, Table
from patchbay.domain.accounts import Connection, Secrets
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

HOURS = 2  #: in which containers learn, and as many in which their calls are counted
CONTAINERS = 4  #: of the webhook functions, and as many of the dispatcher
OTHER_CALLS = 4  #: of the table for one message: a session read, three writes of the ledger


@dataclass
class CountingTable(Table):
    """The configuration's items, in memory."""

    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    def get(self, pk: str, sk: str = keys.SORT, *, consistent: bool = False) -> Item | None:
        del consistent
        self.calls["get"] += 1
        return self.items.get((pk, sk))

    def put(self, item: Item, *, condition: str = "", values: Mapping[str, Any] | None = None) -> None:
        del item, condition, values
        self.calls["put"] += 1


@dataclass
class CountingVault(Vault):
    calls: int = 0

    purposes: Sequence[Purpose] = PURPOSES

    def read(self, connection: Connection, purpose: Purpose, now: datetime) -> Secrets:
        del purpose, now
        self.calls += 1
        return Secrets(values={"token": "t"}, version=f"v-{connection.id}")


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of a message. `table` counts calls, the ledger's and the session's included; `secrets` those of Secrets Manager.

    `usage` is only what depends on the number of connections.
    """

    table: float
    secrets: float
    usage: Usage


class Traffic:
    """Each messenger's customers write, to a platform of its own."""

    def __init__(self, pairs: int, containers: int = CONTAINERS) -> None:
        self._time = VirtualTime()
        self._random = Random(7)
        self._pairs = pairs
        self._table = CountingTable()
        self._vault, self._verifying = CountingVault(), CountingVault(purposes=(VERIFY,))
        for number in range(pairs):
            self._connect(f"m-{number}", "messenger", f"p-{number}")
            self._connect(f"p-{number}", "platform", None)
        self._webhooks, self._dispatchers = (
            [StoredConnections(self._table, vault, self._time, MemoryTelemetry()) for _ in range(containers)]
            for vault in (self._verifying, self._vault)
        )

    def run(self, hours: int = HOURS) -> Cost:
        messages = hours * 3600
        self._carry_for(messages)
        self._table.calls.clear()  # what containers learn in their first hours is no cost of a message
        self._vault.calls = self._verifying.calls = 0
        self._carry_for(messages)
        calls = self._table.calls
        secrets = (self._vault.calls + self._verifying.calls) / messages
        return Cost(
            table=OTHER_CALLS + calls.total() / messages,
            secrets=secrets,
            usage=Usage(
                read_units=0.5 * calls["get"] / messages,
                write_units=calls["put"] / messages,
                secret_reads=secrets,
            ),
        )

    def _carry_for(self, seconds: int) -> None:
        for _ in range(seconds):
            self._carry()
            self._time.advance(1)

    def _carry(self) -> None:
        name = f"m-{self._random.randrange(self._pairs)}"
        webhook, dispatcher = self._random.choice(self._webhooks), self._random.choice(self._dispatchers)
        endpoint = webhook.endpoint("pigeon", f"hook-{name}")
        webhook.note_webhook(name, self._time.now())
        source = dispatcher.connection_of(name, "")
        if endpoint is None or source is None or not dispatcher.connection(source.link or ""):
            raise RuntimeError(f"{name} was not found")

    def _connect(self, name: str, side: str, link: str | None) -> None:
        """Messengers have one secret for both purposes."""
        purposes = (VERIFY,) if side == "messenger" else PURPOSES
        address = keys.endpoint_key("pigeon", f"hook-{name}")
        self._table.items[keys.CONNECTIONS, name] = {
            "id": name,
            "service": "pigeon",
            "side": side,
            "endpoint_id": name,
            "account": "",
            "tenant": "",
            "settings": {},
            "status": "active",
            "status_reason": "",
            "link": link,
            "secret_versions": dict.fromkeys(purposes, f"v-{name}"),
            "address": address,
        }
        self._table.items[address, keys.SORT] = {"id": name, "service": "pigeon", "owner": name}
        self._table.items[keys.account_key(name, ""), keys.SORT] = {"connection_id": name}
