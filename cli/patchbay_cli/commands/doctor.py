"""`patchbay doctor`: whether each connection works, and what to do when it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import asdict
from datetime import datetime
from itertools import islice

import click

from patchbay import connectors
from patchbay.abilities import ActivatesConversations
from patchbay.accounts import Connection
from patchbay.deliveries import Cause
from patchbay.errors import Misconfigured
from patchbay_cli.checks import first_webhook
from patchbay_cli.checks.connection import examine
from patchbay_cli.checks.context import CheckInputs
from patchbay_cli.checks.installation import describe_oldest, examine_installation
from patchbay_cli.checks.results import CheckResult, Level
from patchbay_cli.checks.webhook_fix import restore_webhooks
from patchbay_cli.dead_letters.reports import find_connection
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json, with_secrets

_MOST_PENDING = 1000  #: conversations of one connection that are counted


@click.command()
@click.argument("id", required=False)
@click.option("--mend", is_flag=True, help="Take webhooks back that somebody has overwritten or removed; do not ask.")
@click.option(
    "--wait",
    "wait_seconds",
    type=first_webhook.Seconds(),
    is_flag=False,
    flag_value=first_webhook.DEFAULT,
    metavar="[SECONDS]",
    help=f"Wait until each connection has had its first webhook, {first_webhook.DEFAULT} seconds at most, or SECONDS.",
)
@with_secrets
@with_json
@click.pass_context
@pass_deployment
def doctor(
    deployment: Deployment,
    context: click.Context,
    id: str | None,  # noqa: A002 - the word in the help
    mend: bool,
    wait_seconds: int | None,
) -> None:
    """Check every connection, or ID alone, and say what to do. Exit code 1 when something is wrong.

    A webhook that points elsewhere is taken back if you say so: with --mend, or when you are asked.
    """
    every: Sequence[Connection] = (deployment.connection(id),) if id else deployment.administration.connections()
    taken: Mapping[str, CheckResult] = {}
    if mend or deployment.terminal.can_ask:
        taken = restore_webhooks(deployment, every, unasked=mend)
    silent = (
        first_webhook.wait_for_first_webhooks(deployment, every, wait_seconds) if wait_seconds else frozenset[str]()
    )
    report, general = _examine_all(deployment, every, taken, silent)
    beside = list(examine_installation(deployment))
    findings = [finding for group in (*report.values(), general, beside) for finding in group]
    healthy = all(finding.level is not Level.PROBLEM for finding in findings)
    if deployment.terminal.as_json:
        deployment.terminal.report(_as_json(every, report, general, beside, healthy=healthy))
    else:
        _show(deployment, every, report, {"queues": general, "installation": beside})
    context.exit(0 if healthy else 1)


def _examine_all(
    deployment: Deployment, every: Sequence[Connection], taken: Mapping[str, CheckResult], silent: Set[str]
) -> tuple[dict[str, list[CheckResult]], list[CheckResult]]:
    """The findings by connection, and those about the queues."""
    (parked, oldest), pending = _count_parked(deployment, every), _list_pending(deployment, every)
    report: dict[str, list[CheckResult]] = {}
    with deployment.terminal.working("Looking at the connections"):
        for one in every:
            inputs = CheckInputs(
                parked=parked.get(one.id, Counter()),
                pending=tuple(pending.get(one.id, ())),
                webhook_fix=taken.get(one.id),
                first_webhook_missing=one.id in silent,
            )
            report[one.id] = list(examine(deployment, one.id, inputs))
        return report, list(_examine_queues(deployment, parked, oldest))


# --- the conversations -----------------------------------------------------------------------------------------------


def _list_pending(deployment: Deployment, every: Sequence[Connection]) -> dict[str, list[datetime]]:
    """By platform connection, since when each pending conversation has waited, the oldest ones.

    Only where conversations have to be woken: elsewhere none stays pending.
    """
    return {
        one.id: list(islice(deployment.sessions.pending_since(one.id), _MOST_PENDING))
        for one in every
        if _wakes_conversations(one)
    }


def _wakes_conversations(connection: Connection) -> bool:
    try:
        return isinstance(connectors.load(connection.service), ActivatesConversations)
    except Misconfigured:
        return False  # its service has been removed since, which its examination tells


# --- the queues ------------------------------------------------------------------------------------------------------


def _count_parked(
    deployment: Deployment, every: Sequence[Connection]
) -> tuple[dict[str, Counter[Cause | None]], datetime | None]:
    """Causes of dead letters by the connection they came in by, "" for those of none, and when the oldest came.

    As far as a look reaches.
    """
    counts: dict[str, Counter[Cause | None]] = {}
    if deployment.dead_letter_queue.count_dead_letters() == 0:
        return counts, None
    with (
        deployment.terminal.working("Looking into the dead-letter queue"),
        deployment.dead_letter_queue.look() as holding,
    ):
        for message in holding.messages:
            counts.setdefault(find_connection(message, every), Counter())[message.cause] += 1
        return counts, min((message.dead_lettered_at for message in holding.messages), default=None)


def _examine_queues(
    deployment: Deployment, parked_by_connection: Mapping[str, Counter[Cause | None]], oldest: datetime | None
) -> Iterator[CheckResult]:
    waiting, parked = deployment.dead_letter_queue.count_waiting(), deployment.dead_letter_queue.count_dead_letters()
    yield CheckResult(
        check="waiting", level=Level.OK, found=f"{waiting} messages are on their way or wait for their turn"
    )
    if not parked:
        yield CheckResult(check="dead letters", level=Level.OK, found="none")
        return
    others = parked - sum(causes.total() for owner, causes in parked_by_connection.items() if owner)
    elsewhere = f", {others} of no connection checked here" if others > 0 else ""
    yield CheckResult(
        check="dead letters",
        level=Level.PROBLEM,
        found=f"{parked} messages were given up{elsewhere}{describe_oldest(oldest)}",
        advice="see `patchbay dlq list`",
    )


# --- saying so -------------------------------------------------------------------------------------------------------


def _as_json(
    every: Sequence[Connection],
    report: dict[str, list[CheckResult]],
    general: list[CheckResult],
    beside: list[CheckResult],
    *,
    healthy: bool,
) -> dict[str, object]:
    return {
        "ok": healthy,
        "connections": [
            {
                "id": one.id,
                "service": one.service,
                "side": one.side.value,
                "findings": list(map(asdict, report[one.id])),
            }
            for one in every
        ],
        "queues": list(map(asdict, general)),
        "installation": list(map(asdict, beside)),
    }


def _show(
    deployment: Deployment,
    every: Sequence[Connection],
    report: dict[str, list[CheckResult]],
    others: Mapping[str, Sequence[CheckResult]],
) -> None:
    if not every:
        deployment.terminal.show("Nothing is connected yet: patchbay connect SERVICE ID")
    for one in every:
        _show_group(deployment, f"{one.id} ({one.service}, {one.side})", report[one.id])
    for title, findings in others.items():
        if findings:
            _show_group(deployment, title, findings)


def _show_group(deployment: Deployment, title: str, findings: Sequence[CheckResult]) -> None:
    marks = {Level.OK: "✓", Level.NOTICE: "•", Level.PROBLEM: "✗"}
    styles = {Level.OK: "green", Level.NOTICE: "yellow", Level.PROBLEM: "red"}
    lines = [
        line
        for item in findings
        for line in (f"{marks[item.level]} {item.check}: {item.found}", f"    {item.advice}")
        if line.strip()
    ]
    worst = max(findings, key=lambda item: list(Level).index(item.level), default=None)
    deployment.terminal.show_block(title, lines, style=styles[worst.level] if worst else "green")
