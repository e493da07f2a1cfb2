"""Webhooks that somebody else has overwritten, or taken away: they are offered to be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from patchbay import connectors
from patchbay.accounts import Connection
from patchbay.caring import IN_USE
from patchbay.connecting import RegistersWebhooks
from patchbay.contract import Connector
from patchbay.errors import Misconfigured, PatchbayError
from patchbay_cli.checks.results import Finding, Level, describe_place
from patchbay_cli.command_audit import begin_act
from patchbay_cli.connection_setup import service_setup
from patchbay_cli.deployment import Bridge


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lost:
    """A webhook that is not ours any more; `called` is what the service calls instead, in words."""

    connector: Connector
    connection: Connection
    called: str


def take_back_webhooks(bridge: Bridge, every: Iterable[Connection], *, unasked: bool) -> Mapping[str, Finding]:
    """Points services at us again, each after a question unless `unasked`: what became of it, by connection.

    Those that the owner leaves alone are not in the answer, and neither are those that cannot be asked for: the
    examination tells of both.
    """
    findings: dict[str, Finding] = {}
    for known in every:
        lost = _find_lost(bridge, known)
        if lost is not None and (unasked or _is_wanted(bridge, lost)):
            findings[known.id] = _take_back(bridge, lost)
    return findings


def _find_lost(bridge: Bridge, known: Connection) -> _Lost | None:
    """None also for an account that the service refuses: `connect`, with new credentials, registers it again."""
    connection = bridge.connection(known.id)
    try:
        connector = connectors.load(connection.service)
        if not isinstance(connector, RegistersWebhooks) or connection.status not in IN_USE:
            return None
        ours = bridge.webhooks(connector, connection).values()
        with bridge.terminal.working(f"Asking {connector.title} which address it calls"):
            current = connector.registered(connection, bridge.http)
    except PatchbayError:
        return None
    if current is None or current in ours:
        return None
    called = f"another address ({describe_place(current)})" if current else "no address"
    return _Lost(connector=connector, connection=connection, called=called)


def _is_wanted(bridge: Bridge, lost: _Lost) -> bool:
    return bridge.terminal.agree(
        f"{lost.connection.id}: {lost.connector.title} calls {lost.called}, and nothing comes in here. Take it back?"
    )


def _take_back(bridge: Bridge, lost: _Lost) -> Finding:
    bridge.concern([lost.connection.id])
    begin_act(bridge)
    try:
        connection, registered = service_setup.take_webhook(bridge, lost.connector, lost.connection)
    except Misconfigured as problem:
        found = f"the service calls {lost.called}, and it could not be taken back: {problem}"
        return Finding(check="webhook", level=Level.PROBLEM, found=found)
    bridge.administration.note_registered(connection.id, registered)
    found = f"the service called {lost.called}; taken back now"
    return Finding(check="webhook", level=Level.NOTICE, found=found, mended=True)
