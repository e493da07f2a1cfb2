"""`patchbay doctor --fix`: webhooks that were overwritten or removed at the service, and are registered again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from patchbay.bridge.webhook_restoration import IN_USE
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured, PatchbayError
from patchbay.kit import registry
from patchbay.kit.account_setup import RegistersWebhooks
from patchbay.kit.contract import Connector
from patchbay_cli.checks.results import CheckResult, Level
from patchbay_cli.checks.webhooks import describe_called
from patchbay_cli.command_audit import begin_act
from patchbay_cli.connection_setup import service_setup
from patchbay_cli.deployment import Deployment


@dataclass(frozen=True, slots=True, kw_only=True)
class _LostWebhook:
    """A webhook that is not ours any more; `called` says in words what the service calls instead."""

    connector: Connector
    connection: Connection
    called: str


def fix_webhooks(deployment: Deployment, connections: Iterable[Connection], *, ask: bool) -> Mapping[str, CheckResult]:
    """Registers lost webhooks again, each after a question where `ask`. The results by connection.

    Webhooks that the owner declines to fix, and those that cannot be checked, are not in the answer: the checks that
    follow report both.
    """
    results: dict[str, CheckResult] = {}
    for known in connections:
        lost = _find_lost(deployment, known)
        if lost is not None and (not ask or _confirm(deployment, lost)):
            results[known.id] = _fix(deployment, lost)
    return results


def _find_lost(deployment: Deployment, known: Connection) -> _LostWebhook | None:
    """None also for an account that the service rejects: `connect`, with new credentials, registers it again."""
    connection = deployment.connection(known.id)
    try:
        connector = registry.load(connection.service)
        if not isinstance(connector, RegistersWebhooks) or connection.status not in IN_USE:
            return None
        ours = deployment.webhooks(connector, connection).values()
        with deployment.terminal.working(f"Asking {connector.title} which URL it calls"):
            current = connector.get_registered_url(connection, deployment.http)
    except PatchbayError:
        return None
    if current is None or current in ours:
        return None
    return _LostWebhook(connector=connector, connection=connection, called=describe_called(current))


def _confirm(deployment: Deployment, lost: _LostWebhook) -> bool:
    return deployment.terminal.ask_yes_no(
        f"{lost.connection.id}: {lost.connector.title} calls {lost.called}, so no messages come in. "
        "Register our URL again?"
    )


def _fix(deployment: Deployment, lost: _LostWebhook) -> CheckResult:
    deployment.add_audit_targets([lost.connection.id])
    begin_act(deployment)
    try:
        connection, registered = service_setup.register_webhook(deployment, lost.connector, lost.connection)
    except Misconfigured as problem:
        found = f"the service calls {lost.called}, and our URL could not be registered: {problem}"
        return CheckResult(check="webhook", level=Level.PROBLEM, found=found)
    deployment.configuration.note_registered(connection.id, registered)
    found = f"the service called {lost.called}; fixed now"
    return CheckResult(check="webhook", level=Level.NOTICE, found=found, fixed=True)
