"""`patchbay costs`: what messengers have charged for."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from patchbay.bridge.costs import DayCount
from patchbay.domain.model import Side
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json
from patchbay_cli.templates_and_costs.rates import Rates, estimate, read_rates

_DAYS = 31
_COLUMNS = ("connection", "day", "category", "billable", "free", "unknown", "marketing sent", "estimate")


@click.command(short_help="Show how many messages messengers have charged.")
@click.argument("connection_id", metavar="[CONNECTION]", required=False)
@click.option(
    "--days", type=click.IntRange(1, 731), default=_DAYS, show_default=True, help="For how many days, today included."
)
@click.option(
    "--rates",
    "rates_file",
    type=click.Path(path_type=Path),
    help="A JSON file with what a message of each category costs you. docs/templates.md describes it.",
)
@with_json
@pass_deployment
def costs(deployment: Deployment, connection_id: str | None, days: int, rates_file: Path | None) -> None:
    """Show how many messages messengers have charged, by day (UTC) and category, as their receipts said.

    Patchbay knows no prices: with your own in a file it estimates the sum. The messenger's invoice counts.
    """
    rates = read_rates(rates_file) if rates_file else None
    since = deployment.clock.now().date() - timedelta(days=days - 1)
    if connection_id is not None:
        ids = [connection_id]
    else:
        ids = [one.id for one in deployment.configuration.connections() if one.side is Side.MESSENGER]
    with deployment.terminal.working("Reading the counters"):
        found = [(one, count) for one in ids for count in deployment.costs.list(one, since)]
    rows = [_describe(one, count, rates) for one, count in found]
    if deployment.terminal.as_json:
        facts = {"currency": rates.currency, "as_of": rates.as_of.isoformat()} if rates else {}
        deployment.terminal.report({"since": since.isoformat(), **facts, "counts": rows})
        return
    if not rows:
        deployment.terminal.show("No messenger has reported a price.")
        return
    deployment.terminal.show_table(_COLUMNS, [[_show(value) for value in row.values()] for row in rows])
    _show_sum(deployment, rows, rates)


def _describe(connection_id: str, count: DayCount, rates: Rates | None) -> dict[str, str | int | float | None]:
    return {
        "connection": connection_id,
        "day": count.day.isoformat(),
        "category": count.category,
        "billable": count.billable,
        "free": count.free,
        "unknown": count.unknown,
        "taken": count.taken,
        "estimate": estimate(count, rates.rates) if rates else None,
    }


def _show(value: str | float | None) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)


def _show_sum(deployment: Deployment, rows: list[dict[str, str | int | float | None]], rates: Rates | None) -> None:
    if rates is None:
        deployment.terminal.show("For an estimate in money give your messenger's prices: --rates FILE")
        return
    known = sum(float(row["estimate"]) for row in rows if row["estimate"] is not None)
    source = f" ({rates.source})" if rates.source else ""
    deployment.terminal.show(f"Estimate: {known:.2f} {rates.currency}, at the prices of {rates.as_of}{source}.")
    missing = sorted({str(row["category"]) for row in rows if row["estimate"] is None and row["billable"]})
    if missing:
        deployment.terminal.warn(f"there is no price for {', '.join(missing)}: these messages are not in the estimate")
