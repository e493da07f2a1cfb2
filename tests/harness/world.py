"""A whole world in one process: simulated services, the real connectors and core between them, virtual time.

Only the network, AWS and the clock are replaced; what the simulators refuse, the connector did wrong.
"""

from __future__ import annotations

import importlib
import threading
from base64 import b64encode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import unquote, urlsplit

from patchbay.bridge.context import Context
from patchbay.bridge.dispatch import Dispatcher
from patchbay.bridge.oauth import set_up_account
from patchbay.bridge.receive import Receiver
from patchbay.bridge.wanted_feedback import WantedFeedback
from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.kit import registry
from patchbay.kit.account_setup import ChecksCredentials, RegistersWebhooks, SelectsFeedback, list_webhooks
from patchbay.kit.contract import Connector, HttpRequest, HttpResponse, WebhookRequest, list_needed
from playground.simulator import Simulator, WebhookAnswer
from tests.harness.fakes.configuration import MemoryConfiguration, webhook_token_of
from tests.harness.fakes.isolation import MemoryIsolation
from tests.harness.fakes.media import PUBLIC, MemoryMedia
from tests.harness.fakes.mortality import Died, Life
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.fakes.stores import MemoryConnections, MemoryLedger, MemoryPeople, MemorySessions
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.fakes.window_stores import MemoryCosts, MemoryHeldMessages, MemoryTemplates
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp


class WorldHttp(WsgiHttp):
    """The simulators by their hosts, and our own hosted media, which services fetch as anybody does."""

    media: Any  #: with `serve`, the answer of an address

    def send(self, request: HttpRequest) -> HttpResponse:
        if request.url.startswith(f"{PUBLIC}/media/"):
            answer: HttpResponse = self.media.serve(request.url)
            return answer
        return super().send(request)


def generate_secrets(connector: Connector, settings: Mapping[str, str]) -> dict[str, str]:
    """The secrets that are ours to choose, of a connection with these settings."""
    ours = [setting for setting in list_needed(connector, settings) if setting.generated]
    return {setting.name: setting.prefix + _generate(setting.name, setting.prefix) for setting in ours}


def _generate(name: str, prefix: str) -> str:
    text = f"generated-{name}-0123456789"
    return b64encode(text.encode()).decode() if prefix else text


class World:
    def __init__(self, *services: str, seed: int = 1) -> None:
        self.time = VirtualTime()
        self.telemetry = MemoryTelemetry()
        self.connections = MemoryConnections()
        self.sessions, self.people, self.ledger = self.make_stores()
        self.held, self.templates, self.costs = MemoryHeldMessages(), MemoryTemplates(), MemoryCosts()
        self.queue = self.make_queue()
        self.random = Random(seed)
        self.simulators = {service: self._simulate(service) for service in services}
        self.http = WorldHttp(
            {urlsplit(simulator.base_url).netloc: simulator.app for simulator in self.simulators.values()}
        )
        self.http.media = self.media = self.make_media(self.http)
        self.life = Life()
        self.isolation = MemoryIsolation(self.life)
        self.dispatcher = Dispatcher(
            Context(
                connector_of=registry.load,
                connections=self.life.wrap(self.connections),
                sessions=self.life.wrap(self.sessions),
                people=self.life.wrap(self.people),
                ledger=self.life.wrap(self.ledger),
                held=self.life.wrap(self.held),
                open_templates=lambda: self.templates,
                open_costs=lambda: self.life.wrap(self.costs),
                producer=self.life.wrap(self.queue),
                media=self.life.wrap(self.media),
                http=self.life.wrap(self.http),
                clock=self.time,
                telemetry=self.telemetry,
                random=self.random,
            ),
            consumer=self.life.wrap(self.queue),
            isolation=self.isolation,
        )
        self.isolation.handle_apart = self.dispatcher.handle_apart

    # --- the stores, in memory unless a test needs AWS's -------------------------------------------------------------

    def make_stores(self) -> tuple[Any, Any, Any]:
        """Sessions, people and the ledger."""
        return MemorySessions(), MemoryPeople(self.time), MemoryLedger()

    def make_queue(self) -> MemoryQueue:
        return MemoryQueue(self.time)

    def make_media(self, http: WsgiHttp) -> Any:
        return MemoryMedia(http)

    def _simulate(self, service: str) -> Simulator:
        kind: type[Simulator] = importlib.import_module(f"playground.services.{service}").SIMULATOR
        simulator = kind(self.time, self.post, self.random)
        if simulator.deployed:
            simulator.base_url = PUBLIC
        return simulator

    # --- connecting, as the command does it --------------------------------------------------------------------------

    def connect(self, service: str, connection_id: str = "", **settings: str) -> Connection:
        simulator, connector = self.simulators[service], registry.load(service)
        demo = simulator.demo()
        connection = Connection(
            id=connection_id or f"{service}-1",
            service=service,
            side=connector.side,
            endpoint_id=connection_id or f"{service}-1",
            settings={**demo.settings, **settings},
            secrets=Secrets(
                values={**generate_secrets(connector, {**demo.settings, **settings}), **demo.secrets}, version="1"
            ),
        )
        if isinstance(connector, ChecksCredentials):
            account = connector.check_credentials(connection, self.http)
            connection = replace(connection, settings={**account.settings, **connection.settings})
        configuration = MemoryConfiguration(self.connections)
        webhooks = self.webhooks(connector, configuration.save(connection), connection)
        if isinstance(connector, RegistersWebhooks):
            learned = connector.register_webhooks(webhooks, connection, self.http)
            connection = replace(connection, settings={**connection.settings, **learned})
        simulator.paste_webhooks(webhooks)
        later = Secrets(values={**connection.secrets.values, **demo.later_secrets}, version="2")
        return set_up_account(connector, replace(connection, secrets=later), configuration, self.http)

    def webhooks(self, connector: Connector, webhook_token: str, connection: Connection) -> Mapping[str, str]:
        return list_webhooks(connector, f"{PUBLIC}/{connector.service}/{webhook_token}", connection)

    def link(self, messenger: str, platform: str) -> None:
        """With what follows from it for receipts and typing, as the command does it."""
        self.connections.change(messenger, link=platform)
        known = list(self.connections.connections.values())
        wanted = WantedFeedback(known, registry.load)
        for one in wanted.list_affected([messenger, platform]):
            self.connections.change(one.id, feedback=wanted.find(one))
            connector = registry.load(one.service)
            if isinstance(connector, RegistersWebhooks) and isinstance(connector, SelectsFeedback):
                webhooks = self.webhooks(connector, webhook_token_of(one.endpoint_id), one)
                connector.register_webhooks(webhooks, self.connections.connections[one.id], self.http)

    def reconnect(self, connection_id: str, **secrets: str) -> None:
        """The owner gives new secrets."""
        known = self.connections.connections[connection_id].secrets
        fresh = Secrets(values={**known.values, **secrets}, previous=known.values, version=known.version + "+")
        self.connections.change(connection_id, secrets=fresh, status=ConnectionStatus.ACTIVE)

    # --- the network -------------------------------------------------------------------------------------------------

    def post(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        """A webhook arrives: what API Gateway and the webhook function do."""
        address = urlsplit(url)
        service, webhook_token, *tail = [unquote(step) for step in address.path.strip("/").split("/")]
        query = dict(pair.split("=", 1) for pair in address.query.split("&") if "=" in pair)
        receiver = Receiver(
            connector=registry.load(service),
            connections=self.connections,
            producer=self.queue,
            clock=self.time,
            telemetry=self.telemetry,
        )
        answer = receiver.receive(
            webhook_token,
            WebhookRequest(
                method=method,
                tail=tuple(tail),
                query=query,
                headers={name.lower(): value for name, value in headers.items()},
                body=body,
                received_at=self.time.now(),
            ),
        )
        return WebhookAnswer(answer.status, answer.body, answer.headers)

    # --- time --------------------------------------------------------------------------------------------------------

    def work(self) -> bool:
        """One batch through the dispatcher. Returns whether there was one."""
        batch = self.queue.receive()
        if not batch:
            return False
        self.life.begin()
        try:
            self.queue.complete(batch, self.dispatcher.dispatch(batch))
        except Died:
            return True  # the batch becomes visible again when its time is up
        return True

    def settle(self, horizon: timedelta = timedelta(minutes=10)) -> None:
        """Lets everything happen that happens within `horizon`."""
        until = self.time.now() + horizon
        while True:
            if self.time.run_due() or self.work():
                continue
            due = self._next()
            if due is None or due > until:
                return
            self.time.jump(due)

    def _next(self) -> datetime | None:
        return min((due for due in (self.time.next_due, self.queue.next_visible()) if due), default=None)

    def race(self, workers: int = 8) -> None:
        """Many dispatchers at once on what is queued now, as when Lambda scales out."""
        lock = threading.Lock()

        def run() -> None:
            while True:
                with lock:
                    batch = self.queue.receive()
                if not batch:
                    return
                self.queue.complete(batch, self.dispatcher.dispatch(batch))

        with ThreadPoolExecutor(workers) as pool:
            for outcome in [pool.submit(run) for _ in range(workers)]:
                outcome.result()
