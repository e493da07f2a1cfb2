"""What is secret: kept by its purpose, replaced by one writer at a time, and gone when it counts no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from unittest.mock import patch

import pytest

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Table
from tests.aws import aws
from tests.aws.secrets.scene import DESK, Store
from tests.harness.virtual_time import VirtualTime


@pytest.fixture
def store() -> Iterator[Store]:
    verifying = frozenset({"key", "label", "other"})
    with aws.running() as cloud, patch("patchbay.kit.registry.verifying_secrets", lambda service: verifying):
        table = aws.table()
        time = VirtualTime(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
        configuration = ConfigurationStore(table, cloud.secrets, "test", time)
        configuration.save(DESK)
        vault = Vault(cloud.vault, "test", Table(cloud.tables, aws.TABLE))
        yield Store(cloud, configuration, vault, time)
