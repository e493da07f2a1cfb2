"""What follows when a service has refused a connection's credentials: newer ones, another try, or the owner."""

from __future__ import annotations

from patchbay.bridge.context import Context
from patchbay.bridge.credential_retries import CredentialRetries
from patchbay.domain.accounts import Connection, ConnectionStatus


class Credentials:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._retries = CredentialRetries(context.clock)

    def renew(self, connection: Connection) -> bool:
        """Whether there are other credentials, or settings, to try now.

        Another container or the owner may have stored them. Without any, the connection is marked, and its messages
        wait for the owner.
        """
        stored = self._context.connections.renew(connection.id, secrets=True)
        if stored is None:
            return False
        return (stored.secrets.values, stored.settings) != (connection.secrets.values, connection.settings)

    def is_momentary(self, connection: Connection) -> bool:
        """Whether the refusal may pass by itself: one of an active connection that was not refused lately."""
        return connection.status is ConnectionStatus.ACTIVE and self._retries.is_momentary(connection.id)

    def mark_refused(self, connection: Connection, reason: str) -> None:
        """From now on its messages wait for the owner, who is alerted."""
        self._retries.forget(connection.id)
        telemetry = self._context.telemetry
        if connection.status is ConnectionStatus.ACTIVE:
            self._context.connections.mark(connection.id, ConnectionStatus.NEEDS_AUTHORIZATION, reason)
            telemetry.warning(
                "connection needs authorization", connection=connection.id, service=connection.service, reason=reason
            )
        telemetry.count("AuthorizationNeeded", connection.service)
