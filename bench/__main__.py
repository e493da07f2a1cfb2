"""`make bench`: measures, prints the figures beside their aims, and writes the figures into docs/benchmarks.md.

A missed aim is printed and is no failure.

`python -m bench neighbours` measures what needs no deployment, in a minute, and renews that part of the page.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

from bench import figures, neighbours, page
from bench.runtime import ProbeFailed
from playground.accounts import CommandFailed
from playground.emulator import ROOT, LocalAwsFailed

_PAGE = ROOT / "docs" / "benchmarks.md"


def main() -> int:
    if sys.argv[1:] == ["neighbours"]:
        return _measure_neighbours()
    started = time.monotonic()

    def say(done: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {done}", flush=True)

    try:
        results = figures.measure(say)
    except (LocalAwsFailed, CommandFailed, ProbeFailed) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    print_figures(results.figures)
    page.write(_PAGE, results)
    say("docs/benchmarks.md is written")
    return 0


def _measure_neighbours() -> int:
    comparisons = neighbours.measure()
    print_figures(figures.rate_neighbours(comparisons))
    page.write_neighbours(_PAGE, comparisons)
    return 0


def print_figures(measured: Sequence[figures.Figure]) -> None:
    """What was measured, beside what is aimed at."""
    for one in measured:
        print(f"{'ok    ' if one.met else 'missed'}  {one.name}: {one.shown}, aim {one.aim}")


if __name__ == "__main__":
    sys.exit(main())
