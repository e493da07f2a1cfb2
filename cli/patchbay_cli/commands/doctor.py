"""`patchbay doctor`: whether each connection works, and what to do if it does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice

import click

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.kit import registry
from patchbay.kit.abilities import ActivatesConversations
from patchbay_cli.checks import first_webhook
from patchbay_cli.checks.connection import check_connection
from patchbay_cli.checks.context import CheckInputs
from patchbay_cli.checks.feedback import fix_all_feedback
from patchbay_cli.checks.installation import check_installation
from patchbay_cli.checks.queues import check_queues, count_dead_letters
from patchbay_cli.checks.results import CheckResult, Level
from patchbay_cli.checks.webhook_fix import fix_webhooks
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json, with_secrets

_MOST_PENDING = 1000  #: conversations of one connection that are counted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    connections: Sequence[Connection]
    by_connection: Mapping[str, Sequence[CheckResult]]
    queues: Sequence[CheckResult]
    installation: Sequence[CheckResult]

    @property
    def is_healthy(self) -> bool:
        every = (*self.by_connection.values(), self.queues, self.installation)
        return all(result.level is not Level.PROBLEM for results in every for result in results)


@click.command(short_help="Check connections; fix webhooks.")
@click.argument("id", required=False)
@click.option(
    "--fix", is_flag=True, help="Re-register webhooks that were overwritten, removed or not set for the links."
)
@click.option(
    "--wait",
    "wait_seconds",
    type=first_webhook.Seconds(),
    is_flag=False,
    flag_value=first_webhook.DEFAULT_WAIT,
    metavar="[SECONDS]",
    help="Wait until each connection has received its first webhook, at most "
    f"{first_webhook.DEFAULT_WAIT} seconds or SECONDS.",
)
@with_secrets
@with_json
@click.pass_context
@pass_deployment
def doctor(
    deployment: Deployment,
    context: click.Context,
    id: str | None,  # noqa: A002 - the word in the help
    fix: bool,
    wait_seconds: int | None,
) -> None:
    """Check all connections, or only ID, and print what to do about each problem.

    The exit code is 1 if there is a problem. If a service calls another webhook URL, Patchbay's URL is registered again
    when you confirm it, or without a question with --fix.
    """
    connections: Sequence[Connection] = (deployment.connection(id),) if id else deployment.configuration.connections()
    fixes: Mapping[str, CheckResult] = {}
    if fix or deployment.terminal.can_ask:
        fixes = fix_webhooks(deployment, connections, ask=not fix)
    feedback_fixes = fix_all_feedback(deployment, connections) if fix else {}
    silent: Set[str] = frozenset()
    if wait_seconds:
        silent = first_webhook.wait_for_first_webhooks(deployment, connections, wait_seconds)
    report = _check_all(deployment, connections, fixes, feedback_fixes, silent)
    if deployment.terminal.as_json:
        deployment.terminal.report(_as_json(report))
    else:
        _show(deployment, report)
    context.exit(0 if report.is_healthy else 1)


def _check_all(
    deployment: Deployment,
    connections: Sequence[Connection],
    fixes: Mapping[str, CheckResult],
    feedback_fixes: Mapping[str, CheckResult],
    silent: Set[str],
) -> _Report:
    dead_letters, pending = count_dead_letters(deployment, connections), _list_pending(deployment, connections)
    by_connection: dict[str, list[CheckResult]] = {}
    with deployment.terminal.working("Checking the connections"):
        for one in connections:
            inputs = CheckInputs(
                dead_letters=dead_letters.of(one.id),
                pending_since=tuple(pending.get(one.id, ())),
                webhook_fix=fixes.get(one.id),
                feedback_fix=feedback_fixes.get(one.id),
                first_webhook_missing=one.id in silent,
            )
            by_connection[one.id] = list(check_connection(deployment, one.id, inputs))
        queues = list(check_queues(deployment, dead_letters))
    return _Report(
        connections=connections,
        by_connection=by_connection,
        queues=queues,
        installation=list(check_installation(deployment)),
    )


def _list_pending(deployment: Deployment, connections: Sequence[Connection]) -> dict[str, list[datetime]]:
    """By platform connection, since when its pending conversations have waited, the oldest ones.

    Only where the service has to activate conversations: elsewhere none stays pending.
    """
    return {
        one.id: list(islice(deployment.sessions.pending_since(one.id), _MOST_PENDING))
        for one in connections
        if _activates_conversations(one)
    }


def _activates_conversations(connection: Connection) -> bool:
    try:
        return isinstance(registry.load(connection.service), ActivatesConversations)
    except Misconfigured:
        return False  # its service has been removed since, which its own check reports


# --- output ----------------------------------------------------------------------------------------------------------


def _as_json(report: _Report) -> dict[str, object]:
    return {
        "ok": report.is_healthy,
        "connections": [
            {
                "id": one.id,
                "service": one.service,
                "side": one.side.value,
                "findings": list(map(asdict, report.by_connection[one.id])),
            }
            for one in report.connections
        ],
        "queues": list(map(asdict, report.queues)),
        "installation": list(map(asdict, report.installation)),
    }


def _show(deployment: Deployment, report: _Report) -> None:
    if not report.connections:
        deployment.terminal.show("Nothing is connected yet. Start with: patchbay connect SERVICE ID")
    for one in report.connections:
        _show_group(deployment, f"{one.id} ({one.service}, {one.side})", report.by_connection[one.id])
    for title, results in {"queues": report.queues, "installation": report.installation}.items():
        if results:
            _show_group(deployment, title, results)


def _show_group(deployment: Deployment, title: str, results: Sequence[CheckResult]) -> None:
    marks = {Level.OK: "✓", Level.NOTICE: "•", Level.PROBLEM: "✗"}
    styles = {Level.OK: "green", Level.NOTICE: "yellow", Level.PROBLEM: "red"}
    lines = [
        line
        for result in results
        for line in (f"{marks[result.level]} {result.check}: {result.found}", f"    {result.advice}")
        if line.strip()
    ]
    worst = max(results, key=lambda result: list(Level).index(result.level), default=None)
    deployment.terminal.show_block(title, lines, style=styles[worst.level] if worst else "green")
