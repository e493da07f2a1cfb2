"""What a month costs: tables for docs/cost.md and the README, from the template, the price list and counted calls.

The region is the one to which samconfig.toml deploys.

python -m tools.costs      # part of `make docs`
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from bench import measured, money, pairs, scale, traffic, visitor_hour
from bench.prices import PriceList, Usage, price_list
from patchbay.kit import registry
from tools.capability_tables import count_secrets

ROOT = Path(__file__).parents[1]
PAGE, README, SCALE = (ROOT / name for name in ("docs/cost.md", "README.md", "docs/scale.md"))
PAIR = ("webchat", "freshchat")  #: the connections of the example
VOLUMES = (0, 1_000, 10_000, 100_000, 1_000_000)
HOURS = 730  #: of a month, as AWS counts

_ALWAYS = ("ConnectionsNeedingAuthorization", "MonitorRounds")  # metrics that are written without any message
_POLLERS, _POLLS_AN_HOUR = 5, 180  # Lambda asks an idle queue with five long polls of 20 seconds
_ROUNDS_AN_HOUR, _ROUND_SECONDS, _ROUND_GB = 12, 1, Decimal("0.5")  # of the webhook monitor
_EXTRA = {"ScansOnAws", "MeasuresDownloads"}  # conditions that hold only with a parameter that is off by default


@dataclass(frozen=True, kw_only=True)
class Item:
    """A row of the fixed part."""

    what: str
    how_many: str
    dollars: Decimal


class _Template(yaml.SafeLoader):
    """Reads a template whose short forms (`!Ref`) are of no interest here."""


_Template.add_multi_constructor("!", lambda loader, _suffix, node: node.tag if loader else None)


def region() -> str:
    """Where `sam deploy` puts the stack."""
    return str(tomllib.loads((ROOT / "samconfig.toml").read_text())["default"]["global"]["parameters"]["region"])


def prices() -> PriceList:
    return price_list(region())


def watched_metrics() -> int:
    """The metrics that the alarms of a stack with default parameters watch. A query counts as one."""
    resources = yaml.load((ROOT / "template.yaml").read_text(encoding="utf-8"), _Template)["Resources"]  # noqa: S506
    alarms = [one for one in resources.values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    return sum(_metrics(one["Properties"]) for one in alarms if one.get("Condition") not in _EXTRA)


def _metrics(alarm: Mapping[str, Any]) -> int:
    queries = [one for one in alarm.get("Metrics", ()) if "MetricStat" in one]
    return max(1, len(queries))


def fixed() -> list[Item]:
    """What a month costs without any message, with the example's two connections."""
    alarms, secrets = watched_metrics(), sum(count_secrets(registry.load(name)) for name in PAIR)
    written = len(_ALWAYS) + len(PAIR)
    polls = _POLLERS * _POLLS_AN_HOUR * HOURS
    rounds = _ROUNDS_AN_HOUR * HOURS
    units, monthly = prices().units, prices().monthly
    round_price = units["lambda_requests"] + _ROUND_SECONDS * _ROUND_GB * units["lambda_gb_seconds"]
    return [
        Item(what="Alarms", how_many=f"{alarms} metrics", dollars=alarms * monthly["alarm"]),
        Item(what="Dashboard (nothing for an account's first three)", how_many="1", dollars=monthly["dashboard"]),
        Item(
            what="Custom metrics, in hours in which they are written",
            how_many=f"{len(_ALWAYS)}, and 1 for each service in use",
            dollars=written * monthly["custom_metric"],
        ),
        Item(
            what="Secrets of one web chat and one Freshchat",
            how_many=str(secrets),
            dollars=secrets * monthly["secret"],
        ),
        Item(what="Lambda's polling of the idle queue", how_many=f"{polls:,}", dollars=polls * units["sqs_requests"]),
        Item(what="Rounds of the webhook monitor", how_many=f"{rounds:,}", dollars=rounds * round_price),
    ]


def per_million(pair: tuple[str, str] = PAIR) -> tuple[Decimal, Decimal]:
    """Dollars for a million messages with receipts and echoes, in a busy and in a quiet system, as last counted."""
    used = pairs.usages(measured.load(), pair)
    busy, quiet = (prices().total(used[load, False]) * 10**6 for load in ("busy", "quiet"))
    return busy, quiet


def fixed_table() -> str:
    items = fixed()
    rows = [f"| {one.what} | {one.how_many} | {one.dollars:.2f} |" for one in items]
    total = sum((one.dollars for one in items), Decimal(0))
    return "\n".join(
        ["| What | How many | $ a month |", "| --- | --- | ---: |", *rows, f"| **Total** | | **{total:.2f}** |", ""]
    )


def volume_table() -> str:
    base = sum((one.dollars for one in fixed()), Decimal(0))
    return "\n".join(
        [
            "| Messages a month | For the messages | With the fixed part |",
            "| ---: | ---: | ---: |",
            *(_volume(messages, base) for messages in VOLUMES),
            "",
        ]
    )


def _volume(messages: int, base: Decimal) -> str:
    busy, quiet = (amount * messages / 10**6 for amount in per_million())
    return f"| {messages:,} | ${_range(busy, quiet)} | ${_range(base + busy, base + quiet)} |"


# --- every pair ------------------------------------------------------------------------------------------------------


def pair_tables() -> str:
    return "\n".join([*_pairs("With all that follows from a message", alone=False), *_pairs("The message", alone=True)])


def _pairs(title: str, *, alone: bool) -> Iterator[str]:
    yield f"| {title} | " + " | ".join(f"{volume:,}" for volume in VOLUMES[1:]) + " |"
    yield "| --- |" + " ---: |" * len(VOLUMES[1:])
    for pair in traffic.PAIRS:
        used = pairs.usages(measured.load(), pair)
        per_message = [prices().total(used[load, alone]) for load in ("busy", "quiet")]
        cells = (f"${_range(per_message[0] * volume, per_message[1] * volume)}" for volume in VOLUMES[1:])
        yield f"| {pairs.name(pair)} | " + " | ".join(cells) + " |"
    yield ""


# --- open pages of the web chat --------------------------------------------------------------------------------------


def page_table() -> str:
    counts = measured.load()
    hour = visitor_hour.price_hour(counts.question, money.quiet(counts.webhook_cpu, counts.event_cpu))
    rows = [
        (f"It asks every {visitor_hour.ASKS_EVERY:g} s: while people write", hour.asking),
        (
            f"It asks every {visitor_hour.ASKS_QUIETLY_EVERY:g} s: from a minute after the last message",
            hour.asking_quietly,
        ),
        (f"Live connection, asks every {visitor_hour.LIVE_ASKS_EVERY:g} s: while people write", hour.live),
        (f"Live connection, asks every {visitor_hour.LIVE_ASKS_QUIETLY_EVERY:g} s: later", hour.live_quietly),
    ]
    shown = [f"| {what} | {_cents(usage)} | {_cents(usage, 1000)} |" for what, usage in rows]
    return "\n".join(["| An open page | $ an hour | $ for 1,000 hours |", "| --- | ---: | ---: |", *shown, ""])


def _cents(usage: Usage, times: int = 1) -> str:
    return f"{prices().total(usage) * times:.{2 if times > 1 else 5}f}"


# --- the pages -------------------------------------------------------------------------------------------------------


def _range(low: Decimal, high: Decimal) -> str:
    return f"{low:.2f}" if f"{low:.2f}" == f"{high:.2f}" else f"{low:.2f} – {high:.2f}"


def origin() -> str:
    return f"List prices of {region()}, first tier, as of {prices().as_of}, without free tiers and taxes.\n"


def renew(text: str) -> str:
    """A page with fresh tables between its markers."""
    tables = {
        "fixed": fixed_table(),
        "volumes": volume_table(),
        "pairs": pair_tables(),
        "pages": page_table(),
        "prices": origin(),
        "scale": scale.table(measured.load(), prices()),
        "rates": scale.service_table(),
    }
    for name, table in tables.items():
        marker = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = marker.sub(lambda found, table=table: f"{found[1]}{table}{found[2]}", text)  # type: ignore[misc]
    return text


def main() -> int:
    for page in (PAGE, README, SCALE):
        page.write_text(renew(page.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
