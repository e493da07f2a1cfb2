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
from patchbay_cli.checks.results import CheckResult, Level, describe_host
from patchbay_cli.command_audit import begin_act
from patchbay_cli.connection_setup import service_setup
from patchbay_cli.deployment import Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lost:
    """A webhook that is not ours any more; `called` is what the service calls instead, in words."""

    connector: Connector
    connection: Connection
    called: str


def restore_webhooks(
    deployment: Deployment, every: Iterable[Connection], *, unasked: bool
) -> Mapping[str, CheckResult]:
    """Points services at us again, each after a question unless `unasked`: what became of it, by connection.

    Those that the owner leaves alone are not in the answer, and neither are those that cannot be asked for: the
    examination tells of both.
    """
    findings: dict[str, CheckResult] = {}
    for known in every:
        lost = _find_lost(deployment, known)
        if lost is not None and (unasked or _is_wanted(deployment, lost)):
            findings[known.id] = _restore(deployment, lost)
    return findings


def _find_lost(deployment: Deployment, known: Connection) -> _Lost | None:
    """None also for an account that the service refuses: `connect`, with new credentials, registers it again."""
    connection = deployment.connection(known.id)
    try:
        connector = connectors.load(connection.service)
        if not isinstance(connector, RegistersWebhooks) or connection.status not in IN_USE:
            return None
        ours = deployment.webhooks(connector, connection).values()
        with deployment.terminal.working(f"Asking {connector.title} which address it calls"):
            current = connector.registered(connection, deployment.http)
    except PatchbayError:
        return None
    if current is None or current in ours:
        return None
    called = f"another address ({describe_host(current)})" if current else "no address"
    return _Lost(connector=connector, connection=connection, called=called)


def _is_wanted(deployment: Deployment, lost: _Lost) -> bool:
    return deployment.terminal.ask_yes_no(
        f"{lost.connection.id}: {lost.connector.title} calls {lost.called}, and nothing comes in here. Take it back?"
    )


def _restore(deployment: Deployment, lost: _Lost) -> CheckResult:
    deployment.add_audit_targets([lost.connection.id])
    begin_act(deployment)
    try:
        connection, registered = service_setup.take_webhook(deployment, lost.connector, lost.connection)
    except Misconfigured as problem:
        found = f"the service calls {lost.called}, and it could not be taken back: {problem}"
        return CheckResult(check="webhook", level=Level.PROBLEM, found=found)
    deployment.administration.note_registered(connection.id, registered)
    found = f"the service called {lost.called}; taken back now"
    return CheckResult(check="webhook", level=Level.NOTICE, found=found, fixed=True)
