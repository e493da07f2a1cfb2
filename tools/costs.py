"""What a month costs: tables for docs/cost.md and the README, from the template, the price list and the last bench.

python -m tools.costs      # part of `make docs`
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from bench.prices import MONTHLY, PRICES, READ_ON, REGION
from patchbay.kit import registry
from tools.capability_tables import count_secrets

ROOT = Path(__file__).parents[1]
PAGE, README, BENCHMARKS = (ROOT / name for name in ("docs/cost.md", "README.md", "docs/benchmarks.md"))
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
    round_price = PRICES["lambda_requests"] + _ROUND_SECONDS * _ROUND_GB * PRICES["lambda_gb_seconds"]
    return [
        Item(what="Alarms", how_many=f"{alarms} metrics", dollars=alarms * MONTHLY["alarm"]),
        Item(what="Dashboard (nothing for an account's first three)", how_many="1", dollars=MONTHLY["dashboard"]),
        Item(
            what="Custom metrics, in hours in which they are written",
            how_many=f"{len(_ALWAYS)}, and 1 for each service in use",
            dollars=written * MONTHLY["custom_metric"],
        ),
        Item(
            what="Secrets of one web chat and one Freshchat",
            how_many=str(secrets),
            dollars=secrets * MONTHLY["secret"],
        ),
        Item(what="Lambda's polling of the idle queue", how_many=f"{polls:,}", dollars=polls * PRICES["sqs_requests"]),
        Item(what="Rounds of the webhook monitor", how_many=f"{rounds:,}", dollars=rounds * round_price),
    ]


def per_million() -> tuple[Decimal, Decimal]:
    """Dollars for a million messages with receipts and echoes, in a busy and in a quiet system, as last measured."""
    total = re.search(r"^\| \*\*total\*\* \|.*$", BENCHMARKS.read_text(encoding="utf-8"), re.MULTILINE)
    if total is None:
        raise ValueError("docs/benchmarks.md has no row of totals: run `make bench`")
    _, busy, _, quiet = (Decimal(amount) for amount in re.findall(r"[\d.]+", total[0]))
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


def _range(low: Decimal, high: Decimal) -> str:
    return f"{low:.2f}" if f"{low:.2f}" == f"{high:.2f}" else f"{low:.2f} – {high:.2f}"


def origin() -> str:
    return f"List prices of {REGION}, first tier, as of {READ_ON}, without free tiers and taxes.\n"


def renew(text: str) -> str:
    """A page with fresh tables between its markers."""
    for name, table in (("fixed", fixed_table()), ("volumes", volume_table()), ("prices", origin())):
        marker = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text = marker.sub(lambda found, table=table: f"{found[1]}{table}{found[2]}", text)  # type: ignore[misc]
    return text


def main() -> int:
    for page in (PAGE, README):
        page.write_text(renew(page.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
