"""`make bench`: measures, prints, and writes docs/benchmarks.md. A missed aim is printed and is no failure."""

from __future__ import annotations

import sys
import time

from bench import figures, page
from bench.runtime import ProbeFailed
from playground.accounts import CommandFailed
from playground.emulator import ROOT, LocalAwsFailed


def main() -> int:
    started = time.monotonic()

    def say(done: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {done}", flush=True)

    try:
        results = figures.measure(say)
    except (LocalAwsFailed, CommandFailed, ProbeFailed) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    for one in results.figures:
        print(f"{'ok    ' if one.met else 'missed'}  {one.name}: {one.shown}, aim {one.aim}")
    page.write(ROOT / "docs" / "benchmarks.md", results)
    say("docs/benchmarks.md is written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
