"""Our side of a service's webhooks, over the stores that the command writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from patchbay.aws.api.boto import BotoApi
from patchbay.aws.clock import SystemClock
from patchbay.aws.stores.connections import StoredConnections
from patchbay.aws.stores.secrets import Vault
from patchbay.aws.stores.table import Table
from patchbay.bridge.ports import Clock
from patchbay.bridge.receive import Receiver
from patchbay.kit import registry
from patchbay.kit.contract import WebhookRequest
from patchbay_cli.deployment import Deployment
from playground.simulator import WebhookAnswer
from tests.cli.recorder import RECORDER
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime


def read_as_functions_do(deployment: Deployment, clock: Clock | None = None) -> StoredConnections:
    """A fresh container's view: nothing cached."""
    clock = clock or SystemClock()
    table = Table(BotoApi(deployment.session.client("dynamodb")), deployment.stack.table)
    vault = Vault(BotoApi(deployment.session.client("secretsmanager")), deployment.stack.stage, table)
    return StoredConnections(table, vault, clock, MemoryTelemetry())


@dataclass
class WebhookReceiver:
    """Receives webhooks as the functions do, from the stores that the command wrote."""

    deployment: Deployment
    queue: MemoryQueue = field(default_factory=lambda: MemoryQueue(VirtualTime()))
    answers: list[int] = field(default_factory=list)
    containers: list[StoredConnections] = field(default_factory=list)  #: warm; else each call is a cold start
    clock: Clock = field(default_factory=SystemClock)
    broken: bool = False  #: the function fails, or nobody gets there

    def warm_up(self, count: int, clock: Clock) -> None:
        """From now on these take the webhooks, in turns, each with what it remembers."""
        self.clock = clock
        self.containers = [read_as_functions_do(self.deployment, clock) for _ in range(count)]

    def _take_turn(self) -> StoredConnections:
        if not self.containers:
            return read_as_functions_do(self.deployment)
        self.containers.append(self.containers.pop(0))
        return self.containers[-1]

    def post(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        if self.broken:
            self.answers.append(500)
            return WebhookAnswer(500)
        address = urlsplit(url)
        service, webhook_token, *tail = address.path.strip("/").split("/")
        receiver = Receiver(
            connector=registry.load(service),
            connections=self._take_turn(),
            producer=self.queue,
            clock=self.clock,
            telemetry=MemoryTelemetry(),
        )
        request = WebhookRequest(
            method=method,
            tail=tuple(map(unquote, tail)),
            query=dict(parse_qsl(address.query)),
            headers={name.lower(): value for name, value in headers.items()},
            body=body,
            received_at=self.clock.now(),
        )
        with RECORDER.pause():
            answer = receiver.receive(webhook_token, request)
        self.answers.append(answer.status)
        return WebhookAnswer(answer.status, answer.body, answer.headers)
