"""A whole bridge in memory between two fake services: queue, stores, receiver, dispatcher, virtual time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from random import Random

from patchbay.bridge.context import Context
from patchbay.bridge.delivery_states import reopen_entry
from patchbay.bridge.dispatch import Dispatcher
from patchbay.bridge.ledger import Outcome
from patchbay.bridge.receive import Receiver
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import Transient
from patchbay.kit.contract import Connector, Http, HttpRequest, HttpResponse, WebhookRequest, WebhookResponse
from tests.harness.fakes.isolation import MemoryIsolation
from tests.harness.fakes.media import MemoryMedia
from tests.harness.fakes.mortality import Died, Life
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.fakes.services import FakeService, Office, Pigeon
from tests.harness.fakes.stores import MemoryConnections, MemoryLeases, MemoryLedger, MemoryPeople, MemorySessions
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.fakes.window_stores import MemoryCosts, MemoryHeldMessages, MemoryTemplates
from tests.harness.virtual_time import VirtualTime

TOKEN = "the-shared-token"


class NoHttp:
    """For services that need no network."""

    def send(self, request: HttpRequest) -> HttpResponse:
        raise Transient("there is no network here")


class _Deadline:
    def __init__(self, seconds_left: Callable[[], float]) -> None:
        self.seconds_left = seconds_left


class Bridge:
    def __init__(
        self,
        messenger: FakeService | None = None,
        platform: FakeService | None = None,
        *,
        seed: int = 1,
        ledger: MemoryLedger | None = None,
        http: Http | None = None,
        seconds_left: Callable[[], float] = lambda: 170.0,
    ) -> None:
        """`seconds_left`: until the function would be killed."""
        self.messenger = messenger or Pigeon()
        self.platform = platform or Office()
        self.time = VirtualTime()
        self.telemetry = MemoryTelemetry()
        self.queue = MemoryQueue(self.time)
        self.sessions = MemorySessions()
        self.people = MemoryPeople(self.time)
        self.ledger = ledger or MemoryLedger()
        self.held, self.templates, self.costs = MemoryHeldMessages(), MemoryTemplates(), MemoryCosts()
        self.connections = MemoryConnections()
        self.services = {each.service: each for each in (self.messenger, self.platform)}
        for each in self.services.values():
            self.connections.add(
                Connection(
                    id=f"{each.service}-1",
                    service=each.service,
                    side=each.side,
                    endpoint_id=f"{each.service}-1",
                    secrets=Secrets(values={"token": TOKEN}, version="1"),
                    link=f"{self.platform.service}-1" if each is self.messenger else None,
                ),
                webhook_token=f"hook-{each.service}",
            )
        http = http or NoHttp()
        self.media = MemoryMedia(http)
        self.life = Life()
        for each in self.services.values():
            each.life = self.life
        self.isolation = MemoryIsolation(self.life)
        self.leases = MemoryLeases()
        self.dispatcher = Dispatcher(
            Context(
                connector_of=self.connector_of,
                connections=self.life.wrap(self.connections),
                sessions=self.life.wrap(self.sessions),
                people=self.life.wrap(self.people),
                ledger=self.life.wrap(self.ledger),
                held=self.life.wrap(self.held),
                open_templates=lambda: self.templates,
                open_costs=lambda: self.life.wrap(self.costs),
                producer=self.life.wrap(self.queue),
                media=self.life.wrap(self.media),
                http=self.life.wrap(http),
                clock=self.time,
                telemetry=self.telemetry,
                leases=self.leases,
                deadline=_Deadline(seconds_left),
                random=Random(seed),
            ),
            consumer=self.life.wrap(self.queue),
            isolation=self.isolation,
        )
        self.isolation.handle_apart = self.dispatcher.handle_apart

    def connector_of(self, service: str) -> Connector:
        connector = self.services[service]
        assert isinstance(connector, Connector)
        return connector

    # --- what people do ----------------------------------------------------------------------------------------------

    def customer_writes(self, text: str, *, contact: str = "asa", external_id: str = "") -> WebhookResponse:
        return self.webhook(self.messenger, contact, text, external_id)

    def agent_writes(self, text: str, *, conversation: str = "conversation-1") -> WebhookResponse:
        return self.webhook(self.platform, conversation, text)

    def webhook(self, service: FakeService, thread: str, text: str, external_id: str = "") -> WebhookResponse:
        body = {"thread": thread, "id": external_id or f"{service.service}:{thread}:{text}", "text": text}
        return self.receiver(service).receive(
            f"hook-{service.service}",
            WebhookRequest(
                method="POST",
                headers={"x-token": TOKEN},
                body=json.dumps(body).encode(),
                received_at=self.time.now(),
            ),
        )

    def receiver(self, service: FakeService) -> Receiver:
        return Receiver(
            connector=self.connector_of(service.service),
            connections=self.connections,
            producer=self.queue,
            clock=self.time,
            telemetry=self.telemetry,
        )

    def redrive(self) -> None:
        """The owner puts every dead letter back, as the command does it."""
        for delivery in list(self.ledger.deliveries.values()):
            if delivery.outcome is Outcome.DEAD_LETTERED:
                self.ledger.save(reopen_entry(delivery, self.time.now()))
        self.queue.redrive()

    # --- time --------------------------------------------------------------------------------------------------------

    def work(self) -> bool:
        """One batch through the dispatcher. Returns whether there was one."""
        batch = self.queue.receive()
        if not batch:
            return False
        self.life.begin()
        try:
            kept = self.dispatcher.dispatch(batch)
        except Died:
            return True  # the batch becomes visible again when its time is up
        self.queue.complete(batch, kept)
        return True

    def settle(self, horizon: timedelta = timedelta(hours=2), work: Callable[[], bool] | None = None) -> None:
        """Works until the queue is empty, or until nothing can be received before `horizon` has passed."""
        until = self.time.now() + horizon
        while True:
            if (work or self.work)():
                continue
            due = self.queue.next_visible()
            if due is None or due > until:
                return
            self.time.jump(due)
