"""What the tests of this folder share."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta

from patchbay.aws.stores import keys
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.keys import AUTHORIZE, VERIFY
from patchbay.aws.stores.secrets import Vault
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.model import Side
from tests.aws import aws
from tests.harness.virtual_time import VirtualTime

DESK = Connection(
    id="desk",
    service="desk",
    side=Side.PLATFORM,
    endpoint_id="desk",
    secrets=Secrets(values={"key": "one", "token": "t-1"}),
)
VERIFYING, AUTHORIZING = (keys.secret_name("test", "desk", "desk", purpose) for purpose in (VERIFY, AUTHORIZE))


@dataclass
class Store:
    cloud: aws.Aws
    configuration: ConfigurationStore
    vault: Vault
    time: VirtualTime

    def connection(self, connection_id: str = "desk") -> Connection:
        found = self.configuration.connection(connection_id)
        assert found is not None
        return found

    def give(self, **values: str) -> None:
        """As the owner does with the command."""
        known = self.connection()
        self.configuration.save(replace(known, secrets=known.secrets.renew(values)))

    def accepted(self, name: str = "key") -> tuple[str, ...]:
        by_function = self.vault.read(self.connection(), VERIFY, self.time.now())
        found = self.connection().secrets.accepted(name)
        assert by_function.accepted(name) == found
        return found

    def write(self, **document: object) -> None:
        self.cloud.secrets.put_secret_value(SecretId=VERIFYING, SecretString=json.dumps(document))

    def document(self, name: str = VERIFYING) -> str:
        return self.cloud.secrets.get_secret_value(SecretId=name, VersionStage="AWSCURRENT")["SecretString"]

    def labelled(self, name: str) -> dict[str, str]:
        """All that can be asked for by a label."""
        stages = self.cloud.secrets.describe_secret(SecretId=name).get("VersionIdsToStages", {})
        read = self.cloud.secrets.get_secret_value
        labels = [(version, label) for version, found in stages.items() for label in found]
        return {label: read(SecretId=name, VersionId=version)["SecretString"] for version, label in labels}

    def everything(self) -> str:
        """What somebody may ask for who reads all secrets and the whole table."""
        names = [secret["Name"] for secret in self.cloud.secrets.list_secrets()["SecretList"]]
        texts = [text for name in names for text in self.labelled(name).values()]
        return " ".join([*texts, str(self.cloud.dynamodb.scan(TableName=aws.TABLE)["Items"])])

    def make_round(self) -> None:
        """As the webhook monitor does it."""
        for one in self.configuration.connections():
            if one.previous_until is not None and one.previous_until <= self.time.now():
                self.configuration.forget_replaced(one)

    def wait(self, time: timedelta) -> None:
        self.time.advance(time.total_seconds())
