"""`patchbay doctor`: whether each connection works, and what to do when it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

import click

from patchbay import connectors
from patchbay.accounts import Connection, ConnectionStatus
from patchbay.connecting import ChecksCredentials, RegistersWebhooks, WantsManualSteps, Webhooks
from patchbay.contract import Connector
from patchbay.errors import AuthorizationNeeded, Misconfigured, PatchbayError
from patchbay.model import Side
from patchbay_cli.bridge import Bridge
from patchbay_cli.failures import explain
from patchbay_cli.options import pass_bridge, with_json
from patchbay_cli.parked import find_connection


class Level(StrEnum):
    OK = "ok"
    NOTICE = "notice"  #: may be as it should be
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at. `advice` is what to do about it, "" when there is nothing to do."""

    check: str
    level: Level
    found: str
    advice: str = ""


@click.command()
@click.argument("id", required=False)
@with_json
@click.pass_context
@pass_bridge
def doctor(bridge: Bridge, context: click.Context, id: str | None) -> None:  # noqa: A002 - the word in the help
    """Check every connection, or ID alone, and say what to do. Exit code 1 when something is wrong."""
    every = bridge.administration.connections()
    if id:
        every = (bridge.connection(id),)
    parked = _count_parked(bridge, every)
    with bridge.terminal.working("Looking at the connections"):
        report = {one.id: list(_examine(bridge, one.id, parked.get(one.id, 0))) for one in every}
        general = list(_examine_queues(bridge, parked))
    findings = [finding for group in (*report.values(), general) for finding in group]
    healthy = all(finding.level is not Level.PROBLEM for finding in findings)
    if bridge.terminal.as_json:
        bridge.terminal.report(_as_json(every, report, general, healthy=healthy))
    else:
        _show(bridge, every, report, general)
    context.exit(0 if healthy else 1)


# --- one connection --------------------------------------------------------------------------------------------------


def _examine(bridge: Bridge, connection_id: str, parked: int) -> Iterator[Finding]:
    connection = bridge.connection(connection_id)
    try:
        connector = connectors.load(connection.service)
        webhooks = bridge.webhooks(connector, connection)
    except Misconfigured as error:
        yield Finding(check="configuration", level=Level.PROBLEM, found=str(error))
        return
    yield from _examine_status(connection)
    yield _examine_credentials(bridge, connector, connection)
    yield from _examine_verification(bridge, connector, connection)
    yield from _examine_webhook(bridge, connector, connection, webhooks)
    yield from _examine_arrivals(bridge, connector, connection, webhooks)
    yield from _examine_link(bridge, connection)
    if parked:
        yield Finding(
            check="parked",
            level=Level.PROBLEM,
            found=f"{parked} of its messages were given up",
            advice="see `patchbay parked list`, then `patchbay parked retry --all`",
        )


def _examine_status(connection: Connection) -> Iterator[Finding]:
    again = f"patchbay connect {connection.service} {connection.id} --secret ..."
    reason = f": {connection.status_reason}" if connection.status_reason else ""
    if connection.status is ConnectionStatus.NEEDS_AUTHORIZATION:
        yield Finding(
            check="status",
            level=Level.PROBLEM,
            found=f"the service refuses our credentials{reason}",
            advice=f"get new ones and say `{again}`: what waits goes out after that",
        )
    elif connection.status is ConnectionStatus.DISABLED:
        yield Finding(
            check="status",
            level=Level.PROBLEM,
            found=f"the account is switched off at the service{reason}",
            advice=f"switch it on there, then say `{again}`",
        )


def _examine_credentials(bridge: Bridge, connector: Connector, connection: Connection) -> Finding:
    if not isinstance(connector, ChecksCredentials):
        return Finding(check="credentials", level=Level.NOTICE, found=f"{connector.title} offers no way to check them")
    try:
        account = connector.check(connection, bridge.http)
    except (AuthorizationNeeded, Misconfigured) as error:
        advice = f"correct them with `patchbay connect {connection.service} {connection.id} --secret ...`"
        return Finding(check="credentials", level=Level.PROBLEM, found=explain(error), advice=advice)
    except PatchbayError as error:
        return Finding(check="credentials", level=Level.PROBLEM, found=explain(error))
    if account.warnings:
        return Finding(check="credentials", level=Level.NOTICE, found="; ".join(account.warnings))
    return Finding(check="credentials", level=Level.OK, found=f"accepted ({account.name or account.external_id})")


def _examine_verification(bridge: Bridge, connector: Connector, connection: Connection) -> Iterator[Finding]:
    """What verifies webhooks belongs to their address, which may be another connection's."""
    owner = connection if connection.endpoint_id == connection.id else bridge.connection(connection.endpoint_id)
    for setting in connector.settings if connector.signs else ():
        if setting.verifies and not owner.secrets.accepted(setting.name):
            yield Finding(
                check="signature",
                level=Level.PROBLEM,
                found=f"{setting.name} is missing: every webhook is refused, and nothing comes in",
                advice=f"{setting.help}: `patchbay connect {owner.service} {owner.id} --secret {setting.name}=@FILE`",
            )


def _examine_webhook(
    bridge: Bridge, connector: Connector, connection: Connection, webhooks: Webhooks
) -> Iterator[Finding]:
    if not isinstance(connector, RegistersWebhooks):
        return
    again = f"say `patchbay connect {connection.service} {connection.id}`, which registers ours"
    try:
        current = connector.registered(connection, bridge.http)
    except PatchbayError as error:
        yield Finding(check="webhook", level=Level.PROBLEM, found=f"cannot be asked for: {explain(error)}")
        return
    if current in webhooks.values():
        yield Finding(check="webhook", level=Level.OK, found="the service calls our address")
    elif current:
        yield Finding(check="webhook", level=Level.PROBLEM, found="the service calls another address", advice=again)
    else:
        yield Finding(check="webhook", level=Level.PROBLEM, found="the service calls no address", advice=again)


def _examine_arrivals(
    bridge: Bridge, connector: Connector, connection: Connection, webhooks: Webhooks
) -> Iterator[Finding]:
    last = bridge.administration.last_webhook(connection)
    steps = connector.manual_steps(webhooks, connection) if isinstance(connector, WantsManualSteps) else ()
    if last is not None:
        yield Finding(check="last webhook", level=Level.OK, found=_moment(last))
        return
    yield Finding(
        check="last webhook",
        level=Level.NOTICE,
        found="never: no verified webhook has come yet",
        advice="" if steps else "write a message on the service, and look here again in a minute",
    )
    for step in steps:
        yield Finding(check="to do by hand", level=Level.NOTICE, found="perhaps not done yet", advice=step)


def _examine_link(bridge: Bridge, connection: Connection) -> Iterator[Finding]:
    known = {other.id: other for other in bridge.administration.connections()}
    if connection.side is Side.PLATFORM:
        linked = [other.id for other in known.values() if other.link == connection.id]
        level = Level.OK if linked else Level.NOTICE
        advice = "" if linked else f"say `patchbay link MESSENGER_ID {connection.id}`"
        yield Finding(check="link", level=level, found=f"from {', '.join(linked) or 'no messenger'}", advice=advice)
    elif connection.link is None or connection.link not in known:
        yield Finding(
            check="link",
            level=Level.PROBLEM,
            found="new conversations go nowhere",
            advice=f"say `patchbay link {connection.id} PLATFORM_ID`",
        )
    else:
        yield Finding(check="link", level=Level.OK, found=f"to {connection.link}")


# --- the queues ------------------------------------------------------------------------------------------------------


def _count_parked(bridge: Bridge, every: Sequence[Connection]) -> dict[str, int]:
    """Parked messages by the connection they came in by, "" for those of none; as far as a look reaches."""
    counts: dict[str, int] = {}
    if bridge.parked_queue.count_parked() == 0:
        return counts
    with bridge.terminal.working("Looking at what is parked"), bridge.parked_queue.look() as messages:
        for message in messages:
            owner = find_connection(message, every)
            counts[owner] = counts.get(owner, 0) + 1
    return counts


def _examine_queues(bridge: Bridge, parked_by_connection: dict[str, int]) -> Iterator[Finding]:
    waiting, parked = bridge.parked_queue.count_waiting(), bridge.parked_queue.count_parked()
    yield Finding(check="waiting", level=Level.OK, found=f"{waiting} messages are on their way or wait for their turn")
    if not parked:
        yield Finding(check="parked", level=Level.OK, found="none")
        return
    others = parked - sum(amount for owner, amount in parked_by_connection.items() if owner)
    yield Finding(
        check="parked",
        level=Level.PROBLEM,
        found=f"{parked} messages were given up" + (f", {others} of no connection checked here" if others > 0 else ""),
        advice="see `patchbay parked list`",
    )


# --- saying so -------------------------------------------------------------------------------------------------------


def _as_json(
    every: Sequence[Connection], report: dict[str, list[Finding]], general: list[Finding], *, healthy: bool
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
    }


def _show(
    bridge: Bridge, every: Sequence[Connection], report: dict[str, list[Finding]], general: list[Finding]
) -> None:
    if not every:
        bridge.terminal.show("Nothing is connected yet: patchbay connect SERVICE ID")
    for one in every:
        _show_group(bridge, f"{one.id} ({one.service}, {one.side})", report[one.id])
    _show_group(bridge, "queues", general)


def _show_group(bridge: Bridge, title: str, findings: Sequence[Finding]) -> None:
    marks = {Level.OK: "✓", Level.NOTICE: "•", Level.PROBLEM: "✗"}
    styles = {Level.OK: "green", Level.NOTICE: "yellow", Level.PROBLEM: "red"}
    lines = [
        line
        for item in findings
        for line in (f"{marks[item.level]} {item.check}: {item.found}", f"    {item.advice}")
        if line.strip()
    ]
    worst = max(findings, key=lambda item: list(Level).index(item.level), default=None)
    bridge.terminal.show_block(title, lines, style=styles[worst.level] if worst else "green")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
