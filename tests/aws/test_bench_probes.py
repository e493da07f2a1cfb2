"""What `make bench` times runs: the AWS in it that answers at once knows all that the functions ask of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import figures, neighbours, page
from bench.__main__ import print_figures
from bench.neighbours import Comparison, Phases, Trouble
from bench.runtime import VARIABLES
from bench.slow_platform import slow_platform
from tests.aws.aws import ROOT


def run(probe: str, **variables: str) -> Any:
    """What it writes of one round."""
    environment = {"PATH": os.environ["PATH"], **VARIABLES, "ROUNDS": "1", **variables}
    command = [sys.executable, "-m", f"bench.probes.{probe}"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_webhooks_are_answered_by_us_and_by_the_floor() -> None:
    times = run("warm_webhook")
    assert len(times["ours"]) == len(times["floor"]) == 1


def test_a_batch_is_delivered_to_the_platform() -> None:
    with slow_platform() as platform:
        times = run("batch", PLATFORM=platform)
    assert len(times["ten"]) == len(times["one"]) == 1


PHASES = Phases(calm=10, learning=20, after=30)
HANGS = Trouble(title="hangs", rate=12, answer=neighbours.hang)


def compare(trouble: Trouble, containers: int) -> Comparison:
    ours, floor = (neighbours.run(containers, one, seed=1, phases=PHASES) for one in (trouble, None))
    return neighbours.compare(trouble, containers, ours, floor)


@pytest.mark.parametrize("containers", neighbours.CONTAINERS)
def test_a_service_that_hangs_slows_down_nobody_else(containers: int) -> None:
    found = compare(HANGS, containers)
    assert found.met
    assert found.served > 0.5


def test_the_same_seed_gives_the_same_times() -> None:
    assert compare(neighbours.TROUBLES[-1], 2) == compare(neighbours.TROUBLES[-1], 2)


def test_a_dispatcher_without_protection_misses_the_aim(monkeypatch: pytest.MonkeyPatch) -> None:
    """The measurement itself: it must see what it is there for."""
    monkeypatch.setattr("patchbay.bridge.bulkhead._Line.is_slow", lambda *_: False)
    monkeypatch.setattr("patchbay.bridge.dispatch._MOST_GROUPS", 10)
    monkeypatch.setattr("tests.harness.fakes.queue.MemoryQueue.take_more", lambda *_: [])
    found = compare(HANGS, 5)
    assert found.p99 > 10
    assert found.p99_learning > 10


def test_the_part_of_the_page_about_neighbours_is_renewed_by_itself(tmp_path: Path) -> None:
    target = tmp_path / "benchmarks.md"
    target.write_text("# Benchmarks\n\n## A slow service and the others\n\nold\n\n## What comes then\n\nstays\n")
    comparison = Comparison(
        trouble=HANGS, containers=5, p50=1.0, p99=1.6, p50_learning=1.1, p99_learning=2.0, served=0.5
    )
    page.write_neighbours(target, [comparison])
    written = target.read_text()
    assert written.startswith("# Benchmarks\n\n## A slow service and the others\n")
    assert "| hangs | 12 | 5 | 1.10 | 2.00 | 1.00 | 1.60 | 0.50 |" in written
    assert written.endswith("\n\n## What comes then\n\nstays\n")
    assert "old" not in written


def test_aims_are_printed_and_the_page_reports_only_what_was_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = figures.ratio("(b) CPU per warm webhook", "the floor", 1.5, 1.6, "8 ms ÷ 5 ms")
    print_figures([figure])
    page.write(tmp_path / "page.md", figures.Results(figures=[figure]))
    assert capsys.readouterr().out == "missed  (b) CPU per warm webhook: 1.60 (8 ms ÷ 5 ms), aim ≤ 1.5\n"
    written = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "| (b) CPU per warm webhook | the floor | 1.60 (8 ms ÷ 5 ms) |" in written
    assert "missed" not in written
    assert "≤" not in written
