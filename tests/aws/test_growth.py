"""What a message costs in calls of the stores when there are many connections: traffic of hours, on virtual time.

Messages arrive one a second at random connections, as many on each; containers take turns. A bridged message also costs
one session read and three writes of the ledger, which other tests hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

import pytest

from bench.prices import Usage, total
from patchbay.aws.stores import keys
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.keys import PURPOSES, VERIFY, Purpose
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Item, Table
from patchbay.domain.accounts import Connection, Secrets
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

HOURS = 2
CONTAINERS = 4  #: of the webhook functions, and as many of the dispatcher
OTHER_CALLS = 4  #: of the table for one message: a session read, three writes of the ledger


@dataclass
class CountingTable(Table):
    """The configuration's items, in memory."""

    items: dict[tuple[str, str], Item] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)

    def get(self, pk: str, sk: str = keys.SORT, *, consistent: bool = False) -> Item | None:
        self.calls["get"] += 1
        return self.items.get((pk, sk))

    def put(self, item: Item, *, condition: str = "", values: Mapping[str, Any] | None = None) -> None:
        self.calls["put"] += 1


@dataclass
class CountingVault(Vault):
    calls: int = 0

    purposes: Sequence[Purpose] = PURPOSES

    def read(self, connection: Connection, purpose: Purpose, now: datetime) -> Secrets:
        self.calls += 1
        return Secrets(values={"token": "t"}, version=f"v-{connection.id}")


def make_item(connection_id: str, side: str, link: str | None) -> Item:
    return {
        "id": connection_id,
        "service": "pigeon",
        "side": side,
        "endpoint_id": connection_id,
        "account": "",
        "tenant": "",
        "settings": {},
        "status": "active",
        "status_reason": "",
        "link": link,
        "secret_versions": dict.fromkeys(_purposes(side), f"v-{connection_id}"),
        "address": keys.endpoint_key("pigeon", f"hook-{connection_id}"),
    }


def _purposes(side: str) -> Sequence[Purpose]:
    """Messengers have one secret for both purposes."""
    return (VERIFY,) if side == "messenger" else PURPOSES


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Calls for each message, the ledger's and the session's included."""

    table: float
    secrets: float
    dollars: float  #: for a million messages, of what depends on the number of connections


def run(pairs: int) -> Cost:
    """Each messenger's customers write, to a platform of its own."""
    time, random, table, vault = VirtualTime(), Random(7), CountingTable(), CountingVault()
    verifying = CountingVault(purposes=(VERIFY,))
    for number in range(pairs):
        for name, side, link in ((f"m-{number}", "messenger", f"p-{number}"), (f"p-{number}", "platform", None)):
            item = make_item(name, side, link)
            table.items[keys.CONNECTIONS, name] = item
            table.items[item["address"], keys.SORT] = {"id": name, "service": "pigeon", "owner": name}
            table.items[keys.account_key(name, ""), keys.SORT] = {"connection_id": name}
    telemetry = MemoryTelemetry()
    webhooks, dispatchers = (
        [StoredConnections(table, one, time, telemetry) for _ in range(CONTAINERS)] for one in (verifying, vault)
    )
    messages = 0

    def carry() -> None:
        name = f"m-{random.randrange(pairs)}"
        webhook, dispatcher = random.choice(webhooks), random.choice(dispatchers)
        assert webhook.endpoint("pigeon", f"hook-{name}")
        webhook.note_webhook(name, time.now())
        source = dispatcher.connection_of(name, "")
        assert source
        assert source.link
        assert dispatcher.connection(source.link)

    for second in range(2 * HOURS * 3600):
        if second == HOURS * 3600:  # what containers learn in their first hours is no cost of a message
            table.calls.clear()
            vault.calls = verifying.calls = messages = 0
        carry()
        messages += 1
        time.advance(1)
    usage = Usage(
        read_units=0.5 * table.calls["get"] / messages,
        write_units=table.calls["put"] / messages,
        secret_reads=(vault.calls + verifying.calls) / messages,
    )
    return Cost(
        table=OTHER_CALLS + sum(table.calls.values()) / messages,
        secrets=(vault.calls + verifying.calls) / messages,
        dollars=float(total(usage.times(1e6))),
    )


@pytest.fixture(scope="module")
def one() -> Cost:
    return run(1)


@pytest.mark.parametrize(("pairs", "times", "secrets", "dollars"), [(10, 1.3, 0.01, 0.1), (500, 1.8, 0.05, 0.6)])
def test_a_message_costs_little_more_with_many_connections(
    one: Cost, pairs: int, times: float, secrets: float, dollars: float
) -> None:
    many = run(pairs)
    assert many.table <= times * one.table
    assert many.secrets <= secrets
    assert many.dollars <= dollars
