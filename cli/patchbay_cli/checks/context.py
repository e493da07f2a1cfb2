"""What every check of a connection gets: the connection, and what is known about it beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from patchbay.bridge.ledger import Cause
from patchbay.domain.accounts import Connection
from patchbay.kit import registry
from patchbay.kit.account_setup import Webhooks
from patchbay.kit.contract import Connector
from patchbay_cli import apps
from patchbay_cli.checks.results import CheckResult
from patchbay_cli.deployment import Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInputs:
    """What was counted or done before for all connections, for one of them.

    `dead_letters` counts by cause. `pending_since` holds a time for each conversation that waits to be opened.
    """

    dead_letters: Mapping[Cause | None, int] = field(default_factory=dict)
    pending_since: tuple[datetime, ...] = ()
    webhook_fix: CheckResult | None = None
    feedback_fix: CheckResult | None = None
    first_webhook_missing: bool = False  #: we have waited for it


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """`oauth_start_url` is where accounts install its app, or the app that it is itself."""

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
        """How an account of an app is authorized again; "" for others."""
        if self.is_app or not self.oauth_start_url:
            return ""
        return f"open {self.oauth_start_url} in that account and allow access again"


def make_context(deployment: Deployment, connection: Connection, inputs: CheckInputs) -> CheckContext:
    """Raises Misconfigured when its service has been removed, or its secret."""
    connector = registry.load(connection.service)
    is_app = apps.is_app_of(connector, connection)
    app = connection if is_app else apps.find_app(deployment, connection)
    urls = deployment.oauth_urls(app) if app else {}
    webhooks = deployment.webhooks(connector, connection)
    return CheckContext(
        deployment=deployment,
        connector=connector,
        connection=connection,
        webhooks={**webhooks, **urls} if is_app else webhooks,
        is_app=is_app,
        oauth_start_url=urls.get("oauth_start", ""),
        inputs=inputs,
    )
