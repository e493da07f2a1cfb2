"""What the webhook monitor writes about refused credentials, in memory and on AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.aws.stores.authorizations import StoredAuthorizations
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Table
from patchbay.bridge.configuration import Configuration
from patchbay.bridge.ports import Authorizations, Connections
from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.domain.model import Side
from tests.aws import aws
from tests.harness.fakes.configuration import MemoryAuthorizations, MemoryConfiguration
from tests.harness.fakes.stores import MemoryConnections
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

GIVEN = Connection(
    id="desk", service="freshchat", side=Side.PLATFORM, endpoint_id="desk", secrets=Secrets(values={"token": "t"})
)
MARKED = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
LATER = MARKED + timedelta(minutes=3)


@dataclass
class Refused:
    """A connection whose credentials were refused at MARKED."""

    authorizations: Authorizations
    registry: Configuration
    mark: Callable[[], None]

    def read(self) -> Connection:
        found = self.registry.connection("desk")
        assert found is not None
        return found


@pytest.fixture(params=aws.PLACES)
def refused(request: pytest.FixtureRequest) -> Iterator[Refused]:
    time = VirtualTime(MARKED)
    if request.param == "memory":
        stores = MemoryConnections()
        registry = MemoryConfiguration(stores)

        def mark() -> None:
            stores.change("desk", status=ConnectionStatus.NEEDS_AUTHORIZATION, changed_at=time.now())

        yield _refuse(Refused(MemoryAuthorizations(stores), registry, mark))
        return
    with aws.provided(request) as cloud:
        table = Table(cloud.tables, aws.TABLE)
        configuration = ConfigurationStore(aws.table(), cloud.secrets, "test", time)
        reader: Connections = StoredConnections(table, Vault(cloud.vault, "test"), time, MemoryTelemetry())
        yield _refuse(
            Refused(
                StoredAuthorizations(table),
                configuration,
                lambda: reader.mark("desk", ConnectionStatus.NEEDS_AUTHORIZATION, "HTTP 401"),
            )
        )


def _refuse(refused: Refused) -> Refused:
    refused.registry.save(GIVEN)
    refused.mark()
    return refused


def test_attempts_are_counted_with_their_time(refused: Refused) -> None:
    assert (refused.read().checks, refused.read().checked_at) == (0, None)
    for moment in (LATER, LATER + timedelta(minutes=5)):
        refused.authorizations.note_check(refused.read(), moment)
    stored = refused.read()
    assert (stored.checks, stored.checked_at) == (2, LATER + timedelta(minutes=5))
    assert stored.status is ConnectionStatus.NEEDS_AUTHORIZATION


def test_a_restored_connection_is_active_and_remembers_its_attempts(refused: Refused) -> None:
    refused.authorizations.note_check(refused.read(), LATER)
    assert refused.authorizations.restore(refused.read(), LATER) is True
    stored = refused.read()
    assert (stored.status, stored.status_reason, stored.changed_at) == (ConnectionStatus.ACTIVE, "", LATER)
    assert stored.checks == 1
    refused.mark()
    assert refused.read().checks == 1


def test_what_the_owner_has_changed_meanwhile_is_left_as_it_is(refused: Refused) -> None:
    seen = refused.read()
    refused.registry.save(replace(seen, status=ConnectionStatus.DISABLED))
    refused.authorizations.note_check(seen, LATER)
    assert refused.authorizations.restore(seen, LATER) is False
    assert (refused.read().status, refused.read().checks) == (ConnectionStatus.DISABLED, 0)


def test_a_later_refusal_is_not_taken_for_the_one_that_was_looked_at(refused: Refused) -> None:
    seen = replace(refused.read(), changed_at=MARKED - timedelta(hours=1))
    assert refused.authorizations.restore(seen, LATER) is False
    assert refused.read().status is ConnectionStatus.NEEDS_AUTHORIZATION
