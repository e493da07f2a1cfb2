"""Apps: connections that carry no messages themselves. Accounts install them, and become connections too."""

from __future__ import annotations

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.kit import registry
from patchbay.kit.account_setup import AuthorizesAccounts
from patchbay.kit.contract import Connector
from patchbay_cli.deployment import Deployment


def is_app_of(connector: Connector, connection: Connection) -> bool:
    """Whether the connection, with its secrets, is an app of `connector`'s service."""
    return isinstance(connector, AuthorizesAccounts) and connector.is_app(connection)


def is_app(deployment: Deployment, connection: Connection) -> bool:
    """The same for any connection, also for one from a listing, which has no secrets."""
    if connection.endpoint_id != connection.id:
        return False
    try:
        connector = registry.load(connection.service)
    except Misconfigured:
        return False  # its service has been removed since
    if not isinstance(connector, AuthorizesAccounts):
        return False
    stored = connection if connection.secrets.values else deployment.configuration.connection(connection.id)
    return stored is not None and connector.is_app(stored)


def find_app(deployment: Deployment, connection: Connection) -> Connection | None:
    """The app whose webhook URL the account shares; None for an account without an app, and for an app."""
    if connection.endpoint_id == connection.id:
        return None
    owner = deployment.configuration.connection(connection.endpoint_id)
    return owner if owner is not None and is_app(deployment, owner) else None


def list_accounts(deployment: Deployment, app: Connection) -> list[Connection]:
    """The connected accounts of an app, without their secrets."""
    return [one for one in deployment.configuration.connections() if one.endpoint_id == app.id and one.id != app.id]
