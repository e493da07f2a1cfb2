"""docs/reliability.md holds a run of the soak as it is today, and a good one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import soak_page
from tests.soak.faults import Fault, find_missing
from tests.soak.soak import Plan, Result

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def table(title: str) -> dict[str, str]:
    """The rows below a heading of the page's tables."""
    text = PAGE.read_text(encoding="utf-8")
    _, found, rest = text.partition(f"| {title} |")
    assert found
    return dict(re.findall(r"^\| (?!---)([^|]+?) \| ([^|]+?) \|$", rest.partition("\n\n")[0], re.MULTILINE))


def test_what_must_be_0_is_0() -> None:
    rows = table("Must be 0")
    assert [name.lower() for name in rows] == [*Result(Plan(1, 1, 1)).findings.problems]
    assert set(rows.values()) == {"0"}


def test_every_fault_was_injected_often_enough_for_a_hundred_thousand_messages() -> None:
    rows = table("Injected")
    assert list(rows) == [fault.value for fault in Fault]
    injected = {fault: int(rows[fault.value].replace(",", "")) for fault in Fault}
    assert not find_missing(injected, 100_000)
    assert int(table("Counted")["Messages written"].replace(",", "")) == 100_000


def test_a_page_without_the_markers_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="has no"):
        soak_page.fill("# Reliability\n", Result(Plan(1, 1, 1)))
