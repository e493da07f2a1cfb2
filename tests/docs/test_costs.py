"""The tables of what a month costs follow from the template, the price list and the last benchmark."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from bench import traffic
from bench.pairs import name
from tools import costs


@pytest.mark.parametrize("page", [costs.PAGE, costs.README, costs.SCALE], ids=lambda page: page.name)
def test_the_tables_are_fresh(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert costs.renew(text) == text, "run `make docs`"


@pytest.mark.parametrize(
    ("page", "markers"),
    [(costs.PAGE, ("fixed", "volumes", "pairs", "pages", "prices")), (costs.README, ("volumes", "prices"))],
)
def test_the_pages_have_their_tables_and_name_the_region(page: Path, markers: tuple[str, ...]) -> None:
    text = page.read_text(encoding="utf-8")
    assert all(f"<!-- {marker} -->" in text and f"<!-- /{marker} -->" in text for marker in markers)
    assert costs.region() in text


def test_the_fixed_part_counts_what_the_template_has() -> None:
    items = {item.what: item.dollars for item in costs.fixed()}
    template = (costs.ROOT / "template.yaml").read_text(encoding="utf-8")
    alarms = len(re.findall(r"Type: AWS::CloudWatch::Alarm", template))
    assert (
        costs.watched_metrics() == alarms - 3 + 1
    )  # without the two of the malware scan and the one of S3's measuring; dead letters are two metrics
    assert items["Alarms"] == costs.watched_metrics() * costs.prices().monthly["alarm"]
    assert all(dollars > 0 for dollars in items.values())


def test_an_idle_stack_costs_no_more_than_ten_dollars_a_month() -> None:
    assert sum((item.dollars for item in costs.fixed()), Decimal(0)) <= 10


def test_a_month_without_messages_costs_the_fixed_part() -> None:
    total = sum((item.dollars for item in costs.fixed()), Decimal(0))
    assert f"| 0 | $0.00 | ${total:.2f} |" in costs.volume_table()
    assert f"**{total:.2f}**" in costs.fixed_table()


def test_every_pair_has_its_price_for_every_volume() -> None:
    rows = [line for line in costs.pair_tables().splitlines() if " × " in line]
    assert [row.split("|")[1].strip() for row in rows] == [name(pair) for pair in traffic.PAIRS] * 2
    assert all(row.count("$") == len(costs.VOLUMES) - 1 for row in rows)


def test_an_open_page_costs_least_with_a_live_connection() -> None:
    asking, quiet, live, later = (Decimal(row.split("|")[2]) for row in costs.page_table().splitlines()[2:])
    assert 0 < later < live < quiet < asking


def test_a_million_messages_cost_what_the_benchmark_measured() -> None:
    busy, quiet = costs.per_million()
    assert 0 < busy < quiet
    assert f"| 1,000,000 | ${busy:.2f} – {quiet:.2f} |" in costs.volume_table()
