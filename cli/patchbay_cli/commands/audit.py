"""`patchbay audit`: who changed what in this deployment, and with which outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import click

from patchbay.bridge.audit import AuditOutcome, AuditRecord, fingerprint_contact
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json

_DAYS = 30  #: that are listed by default
_INTERRUPTED = "interrupted"
_COLUMNS = ("time", "who", "action", "targets", "details", "outcome")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One act: both its records. Without the second it was interrupted, or is under way."""

    at: str
    actor: str
    action: str
    targets: tuple[str, ...]
    details: tuple[str, ...]
    outcome: str
    reason: str


@click.command(short_help="List who changed what.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help=f"Only list changes since this time (UTC). Default: {_DAYS} days ago.",
)
@click.option("--connection", "connection_id", metavar="ID", help="Only list changes to this connection.")
@click.option("--contact", metavar="CONTACT", help="Only list changes to this customer on --connection.")
@with_json
@pass_deployment
def audit(deployment: Deployment, since: datetime | None, connection_id: str | None, contact: str | None) -> None:
    """List who changed what: the commands that people ran and the changes that Patchbay's functions made."""
    if contact and not connection_id:
        raise click.UsageError("--contact needs --connection: the id of the customer's messenger.")
    now = datetime.now(UTC)
    start = since.replace(tzinfo=UTC) if since else now - timedelta(days=_DAYS)
    wanted = fingerprint_contact(connection_id, contact) if contact and connection_id else connection_id
    entries = [one for one in _list_entries(deployment, start, now) if wanted is None or wanted in one.targets]
    if deployment.terminal.as_json:
        deployment.terminal.report([asdict(one) for one in entries])
        return
    if not entries:
        deployment.terminal.show(f"No changes recorded since {start:%Y-%m-%d}.")
        return
    deployment.terminal.show_table(_COLUMNS, [_row(one) for one in entries])


def _list_entries(deployment: Deployment, start: datetime, end: datetime) -> list[Entry]:
    records = [one for month in _months(start, end) for one in deployment.audit_trail.read(month)]
    acts: dict[str, list[AuditRecord]] = {}
    for record in records:
        acts.setdefault(record.act, []).append(record)
    entries = [_combine(act) for act in acts.values()]
    return sorted((one for one in entries if datetime.fromisoformat(one.at) >= start), key=lambda one: one.at)


def _months(start: datetime, end: datetime) -> Iterator[str]:
    """The one before the first too: an act may have begun in it and ended in the next."""
    month = (start.replace(day=1) - timedelta(days=1)).replace(day=1)
    while month <= end:
        yield f"{month:%Y-%m}"
        month = (month + timedelta(days=32)).replace(day=1)


def _combine(records: Sequence[AuditRecord]) -> Entry:
    first, last = records[0], records[-1]
    open_ended = last.outcome is AuditOutcome.BEGUN
    return Entry(
        at=first.at,
        actor=first.actor,
        action=first.action,
        targets=last.targets,
        details=last.details,
        outcome=_INTERRUPTED if open_ended else last.outcome.value,
        reason=last.reason,
    )


def _row(entry: Entry) -> list[str]:
    outcome = f"{entry.outcome} ({entry.reason})" if entry.reason else entry.outcome
    return [entry.at[:19], entry.actor, entry.action, ", ".join(entry.targets), ", ".join(entry.details), outcome]
