"""Use case 3: webhooks that a service has switched off, because we failed to answer for a while, are restored.

A service that has switched us off is silent, so the webhook monitor asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random, SystemRandom

from patchbay.bridge.audit import Auditor
from patchbay.bridge.configuration import Configuration
from patchbay.bridge.ports import Telemetry
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import describe_problem
from patchbay.kit.account_setup import RestoresWebhooks, Webhooks
from patchbay.kit.contract import Connector, Http

# Of the others we know that the service refuses us: they come back by the owner's hand.
IN_USE = frozenset({ConnectionStatus.ACTIVE, ConnectionStatus.PENDING})
_AT_ONCE = 10  #: visits side by side, so that services that do not answer keep few others waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """A connection to check, with what its connector needs for it."""

    connector: RestoresWebhooks
    connection: Connection
    webhooks: Webhooks


class WebhookRestorer:
    def __init__(
        self,
        *,
        connector_of: Callable[[str], Connector],
        registry: Configuration,
        addresses: Callable[[Connection], Webhooks],
        http: Http,
        telemetry: Telemetry,
        random: Random | None = None,
        auditor: Auditor | None = None,
    ) -> None:
        """`addresses` returns our webhook addresses for a connection. It may raise Misconfigured."""
        self._auditor = auditor
        self._connector_of = connector_of
        self._configuration = registry
        self._addresses = addresses
        self._http = http
        self._telemetry = telemetry
        self._random = random or SystemRandom()

    def restore_all(self, connections: Sequence[Connection]) -> None:
        """A failure at one connection is logged and does not stop the others; the next round tries it again.

        Each round has an order of its own: if the function's time runs out, it is not always the same ones that wait.
        """
        visits = self._plan(connections)
        self._random.shuffle(visits)
        if not visits:
            return
        with ThreadPoolExecutor(max_workers=min(len(visits), _AT_ONCE)) as pool:
            list(pool.map(self._visit, visits))

    def _plan(self, connections: Sequence[Connection]) -> list[_Visit]:
        """Our stores are read here, one connection at a time: only services are slow enough to go side by side."""
        visits: list[_Visit] = []
        for known in connections:
            if known.status in IN_USE:
                with self._noting_failures(known):
                    visits.extend(self._prepare(known))
        return visits

    def _prepare(self, known: Connection) -> Sequence[_Visit]:
        """One visit, or none. Nothing is read for a connection whose service needs no care."""
        connector = self._connector_of(known.service)
        if not isinstance(connector, RestoresWebhooks):
            return ()
        connection = self._configuration.connection(known.id)
        if connection is None:  # it was disconnected this moment
            return ()
        return (_Visit(connector=connector, connection=connection, webhooks=self._addresses(connection)),)

    def _visit(self, visit: _Visit) -> None:
        connection = visit.connection
        with self._noting_failures(connection):
            restored = visit.connector.restore_webhooks(visit.webhooks, connection, self._http)
            if restored:
                self._telemetry.info(
                    "webhook restored", service=connection.service, connection=connection.id, mended=restored
                )
                self._telemetry.count("WebhookRestored", connection.service)
                if self._auditor:
                    self._auditor.note("webhook restored", [connection.id])

    @contextmanager
    def _noting_failures(self, connection: Connection) -> Iterator[None]:
        """Refused credentials are noted like the rest: the messages that meet them mark the connection."""
        try:
            yield
        except Exception as problem:  # noqa: BLE001 - the boundary: whatever it is must not stop the other visits
            self._telemetry.warning(
                "webhook check failed",
                service=connection.service,
                connection=connection.id,
                reason=describe_problem(problem),
            )
            self._telemetry.count("WebhookCheckFailed", connection.service)
