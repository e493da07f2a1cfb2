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
from patchbay_cli.checks.results import Finding
from patchbay_cli.deployment import Bridge


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What was counted or done before for all connections, as far as it concerns this one.

    `pending` tells of each conversation that waits to be opened since when it does. `waited_in_vain` is about its first
    webhook.
    """

    parked: Mapping[Cause | None, int] = field(default_factory=dict)
    pending: tuple[datetime, ...] = ()
    taken_back: Finding | None = None
    waited_in_vain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The connection under examination. `join_address` is where its app, or the app it is itself, is joined."""

    bridge: Bridge
    connector: Connector
    connection: Connection
    webhooks: Webhooks
    is_app: bool
    join_address: str
    circumstances: Circumstances

    @property
    def command(self) -> str:
        return f"patchbay connect {self.connection.service} {self.connection.id}"

    @property
    def consent(self) -> str:
        """How an account that joined an app joins it again; "" for others."""
        if self.is_app or not self.join_address:
            return ""
        return f"open {self.join_address} in that account and consent again"


def introduce(bridge: Bridge, connection: Connection, circumstances: Circumstances) -> Subject:
    """Raises Misconfigured when its service has been removed, or its secret."""
    connector = connectors.load(connection.service)
    is_app = apps.is_app_of(connector, connection)
    app = connection if is_app else apps.find_app(bridge, connection)
    addresses = bridge.join_addresses(app) if app else {}
    webhooks = bridge.webhooks(connector, connection)
    return Subject(
        bridge=bridge,
        connector=connector,
        connection=connection,
        webhooks={**webhooks, **addresses} if is_app else webhooks,
        is_app=is_app,
        join_address=addresses.get("oauth_start", ""),
        circumstances=circumstances,
    )
