"""What a warm container reads, and how soon it sees changes: the fixtures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.keys import VERIFY
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Table
from tests.aws import aws
from tests.aws.cache.scene import GIVEN, NOW, World
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime


@pytest.fixture
def world() -> Iterator[World]:
    with aws.running() as cloud:
        resource = aws.table()
        time = VirtualTime(NOW)
        configuration = ConfigurationStore(resource, cloud.secrets, "test", time)
        webhook_token = configuration.save(GIVEN)
        vault = Vault(cloud.vault, "test", purposes=(VERIFY,))
        reader = StoredConnections(Table(cloud.tables, aws.TABLE), vault, time, MemoryTelemetry())
        cloud.calls.clear()
        yield World(cloud, configuration, reader, time, webhook_token)
