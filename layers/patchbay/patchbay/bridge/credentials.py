"""What follows when a service has refused a connection's credentials: newer ones, another try, or the owner."""

from __future__ import annotations

from patchbay.bridge.context import Context
from patchbay.bridge.credential_retries import Refusals
from patchbay.bridge.service_calls import ServiceCalls
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.errors import AuthorizationNeeded, Conflict, Transient, Uncertain
from patchbay.kit.abilities import RefreshesTokens


class Credentials:
    def __init__(self, context: Context, calls: ServiceCalls) -> None:
        self._context = context
        self._calls = calls
        self._refusals = Refusals(context.clock)

    def renew(self, connection: Connection) -> bool:
        """Whether there are other credentials, or settings, to try now.

        The stored ones first, because another container or the owner may have renewed them; then a refresh, by one
        writer only. Otherwise the connection is marked, and its messages wait for the owner. Raises Transient when the
        service cannot be asked for new ones just now.
        """
        connections = self._context.connections
        stored = connections.renew(connection.id, secrets=True)
        refused = (connection.secrets.values, connection.settings)
        if stored is not None and (stored.secrets.values, stored.settings) != refused:
            return True
        connector = self._context.connector(connection)
        if not isinstance(connector, RefreshesTokens):
            return False
        try:
            connections.replace_secrets(connection, connector.refresh(connection, self._calls.http_of(connection)))
        except Conflict:
            connections.renew(connection.id)  # what is cached was read before the other writer was done
        except AuthorizationNeeded:
            return False
        except Uncertain as problem:  # nothing was sent to anybody
            raise Transient(str(problem)) from None
        return True

    def is_momentary(self, connection: Connection) -> bool:
        """Whether the refusal may pass by itself: one of an active connection that was not refused lately."""
        return connection.status is ConnectionStatus.ACTIVE and self._refusals.is_momentary(connection.id)

    def mark_refused(self, connection: Connection, reason: str) -> None:
        """From now on its messages wait for the owner, who is alerted."""
        self._refusals.forget(connection.id)
        journal = self._context.journal
        if connection.status is ConnectionStatus.ACTIVE:
            self._context.connections.mark(connection.id, ConnectionStatus.NEEDS_AUTHORIZATION, reason)
            journal.warn(
                "connection needs authorization", connection=connection.id, service=connection.service, reason=reason
            )
        journal.count("AuthorizationNeeded", connection.service)
