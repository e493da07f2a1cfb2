"""A connection under examination, with what is known about it before anybody looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from patchbay import connectors
from patchbay.accounts import Connection
from patchbay.connecting import Webhooks
from patchbay.contract import Connector
from patchbay.deliveries import Cause
from patchbay_cli import apps
from patchbay_cli.checks.results import CheckResult
from patchbay_cli.deployment import Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInputs:
    """What was counted or done before for all connections, as far as it concerns this one.

    `pending` tells of each conversation that waits to be opened since when it does. `first_webhook_missing` is about its first
    webhook.
    """

    parked: Mapping[Cause | None, int] = field(default_factory=dict)
    pending: tuple[datetime, ...] = ()
    webhook_fix: CheckResult | None = None
    first_webhook_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """The connection under examination. `oauth_start_url` is where its app, or the app it is itself, is joined."""

    deployment: Deployment
    connector: Connector
    connection: Connection
    webhooks: Webhooks
    is_app: bool
    oauth_start_url: str
    inputs: CheckInputs

    @property
    def command(self) -> str:
        return f"patchbay connect {self.connection.service} {self.connection.id}"

    @property
    def consent(self) -> str:
        """How an account that joined an app joins it again; "" for others."""
        if self.is_app or not self.oauth_start_url:
            return ""
        return f"open {self.oauth_start_url} in that account and consent again"


def make_context(deployment: Deployment, connection: Connection, inputs: CheckInputs) -> CheckContext:
    """Raises Misconfigured when its service has been removed, or its secret."""
    connector = connectors.load(connection.service)
    is_app = apps.is_app_of(connector, connection)
    app = connection if is_app else apps.find_app(deployment, connection)
    addresses = deployment.oauth_urls(app) if app else {}
    webhooks = deployment.webhooks(connector, connection)
    return CheckContext(
        deployment=deployment,
        connector=connector,
        connection=connection,
        webhooks={**webhooks, **addresses} if is_app else webhooks,
        is_app=is_app,
        oauth_start_url=addresses.get("oauth_start", ""),
        inputs=inputs,
    )
