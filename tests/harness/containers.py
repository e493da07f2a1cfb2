"""Several containers of one webhook function, each with caches of its own, on the stores as they are on AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.keys import VERIFY
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Table
from patchbay.bridge.receive import Receiver
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.events import Event, decode
from patchbay.kit import registry
from patchbay.kit.contract import WebhookRequest, WebhookResponse
from tests.aws import aws
from tests.connectors.services import Sample, sample_endpoint
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime


@dataclass
class Containers:
    service: str
    cloud: aws.Aws
    time: VirtualTime
    configuration: ConfigurationStore
    connection: Connection
    webhook_token: str = ""
    queue: MemoryQueue = field(init=False)
    receivers: list[Receiver] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queue = MemoryQueue(self.time)

    def start(self, count: int = 3) -> None:
        table = Table(self.cloud.tables, aws.TABLE)
        for _ in range(count):
            vault = Vault(self.cloud.vault, "test", purposes=(VERIFY,))
            self.receivers.append(
                Receiver(
                    connector=registry.load(self.service),
                    connections=StoredConnections(table, vault, self.time, MemoryTelemetry()),
                    producer=self.queue,
                    clock=self.time,
                    telemetry=MemoryTelemetry(),
                )
            )

    def save(self, connection: Connection) -> None:
        """As `patchbay connect` stores it."""
        self.webhook_token = self.configuration.save(connection) or self.webhook_token
        if connection.id == self.connection.id:
            self.connection = connection

    def give(self, secrets: Mapping[str, str]) -> None:
        """The owner gives new secrets."""
        self.save(replace(self.connection, secrets=self.connection.secrets.renew(secrets)))

    def set(self, **settings: str) -> None:
        self.save(replace(self.connection, settings={**self.connection.settings, **settings}))

    def answers(self, request: WebhookRequest) -> list[int]:
        """What each container answers to the same webhook."""
        return [self.receive(receiver, request).status for receiver in self.receivers]

    def receive(self, receiver: Receiver, request: WebhookRequest) -> WebhookResponse:
        return receiver.receive(self.webhook_token, replace(request, received_at=self.time.now()))

    def queued(self) -> list[Event]:
        events: list[Event] = []
        while batch := self.queue.receive():
            events += [decode(envelope.body) for envelope in batch]
            self.queue.complete(batch, ())
        return events


def _sent_at(service: str) -> datetime:
    """When the sample messages were sent: later they would be taken for replays."""
    event = json.loads(Sample(service, "message_text").path.read_text(encoding="utf-8"))
    return datetime.fromtimestamp(event["requestContext"]["timeEpoch"] / 1000, UTC)


@contextmanager
def containers(service: str, *, secrets: Mapping[str, str] | None = None) -> Iterator[Containers]:
    """Warm ones, of an endpoint like that of the service's sample events; `secrets` in place of its own."""
    endpoint = sample_endpoint(service)
    with aws.running() as cloud:
        time = VirtualTime(_sent_at(service))
        resource = aws.table()
        connection = Connection(
            id=endpoint.id,
            service=service,
            side=registry.load(service).side,
            endpoint_id=endpoint.id,
            settings=endpoint.settings,
            secrets=Secrets(values=dict(endpoint.secrets.values if secrets is None else secrets)),
        )
        made = Containers(service, cloud, time, ConfigurationStore(resource, cloud.secrets, "test", time), connection)
        made.save(connection)
        made.start()
        yield made
