"""What the tests of this folder share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Table
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.model import Side
from tests.aws import aws
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

GIVEN = Connection(
    id="viber-main",
    service="viber",
    side=Side.MESSENGER,
    endpoint_id="viber-main",
    secrets=Secrets(values={"auth_token": "one", "access": "first"}),
)
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@dataclass
class World:
    cloud: aws.Aws
    configuration: ConfigurationStore
    reader: StoredConnections
    time: VirtualTime
    webhook_token: str

    def rotate(self, value: str) -> None:
        self.configuration.save(replace(GIVEN, secrets=Secrets(values={"auth_token": value, "access": "first"})))
        self.cloud.calls.clear()

    def give(self, access: str) -> None:
        """Another token, as the owner gives it with the command."""
        known = self.configuration.connection("viber-main")
        assert known is not None
        self.configuration.save(replace(known, secrets=known.secrets.renew({"access": access})))

    def dispatcher(self) -> StoredConnections:
        """A container of the dispatcher, which reads what authorizes as well."""
        table = Table(self.cloud.tables, aws.TABLE)
        return StoredConnections(table, Vault(self.cloud.vault, "test", table), self.time, MemoryTelemetry())

    def token(self) -> str:
        endpoint = self.reader.endpoint("viber", self.webhook_token)
        assert endpoint is not None
        return endpoint.secrets.get("auth_token")
