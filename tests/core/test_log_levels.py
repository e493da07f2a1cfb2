"""A failure is written at a level that no setting of the stack hides, under a name that does not change."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.harness.product import CORE, modules, name_of

#: Words of a line about something that did not go as it should.
FAILURE = re.compile(
    r"\b(not|no|nobody|never|fail\w*|refus\w*|reject\w*|crash\w*|unread\w*|lost|gone|needs|late|parked|deferred|deferred"
    r"|dead\w*|wrong|missing|away|error|broken|stuck|timed out|abandoned|expired)\b"
)


def lines(level: str) -> Iterator[tuple[str, str]]:
    """Where a line is written at the level, and its name."""
    for path in modules():
        place = name_of(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == level:
                yield f"{place}:{node.lineno}", ast.unparse(node.args[0]) if node.args else ""


def test_the_search_finds_lines_of_every_level() -> None:
    assert all(len(list(lines(level))) >= 3 for level in ("info", "warning", "error"))


def test_no_line_about_a_failure_is_written_as_information() -> None:
    assert [(place, what) for place, what in lines("info") if FAILURE.search(what)] == []


def test_names_of_failures_are_constants_so_that_saved_queries_find_them() -> None:
    named = [(place, what) for level in ("warning", "error") for place, what in lines(level)]
    prefixing = [(place, what) for place, what in named if what.startswith("f'")]
    assert {what for _, what in prefixing} <= {"f'webchat {what}'"}
    assert [(place, what) for place, what in named if what[:1] not in {"'", '"', "f"}] == []


@pytest.mark.parametrize("writer", ["observability import JsonTelemetry", "powertools import PowertoolsTelemetry"])
@pytest.mark.parametrize(
    ("level", "written"), [("INFO", ["delivered", "refused", "crashed"]), ("WARN", ["refused", "crashed"])]
)
def test_at_the_higher_level_failures_are_still_written(level: str, written: list[str], writer: str) -> None:
    """In a process of its own: the logger reads the function's level once, when it is made."""
    program = (
        f"from patchbay.aws.{writer} as Telemetry\n"
        "telemetry = Telemetry('Patchbay/test')\n"
        "telemetry.info('delivered')\n"
        "telemetry.warning('refused', reason='r')\n"
        "telemetry.error('crashed')\n"
    )
    environment = {**os.environ, "AWS_LAMBDA_LOG_LEVEL": level, "PYTHONPATH": str(CORE.parent)}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    logged = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["message"] for line in logged] == written
    levels = {line["message"]: line["level"] for line in logged}
    assert (levels["refused"], levels["crashed"]) == ("WARNING", "ERROR")
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["timestamp"]) for line in logged)
