"""`make bench`: measures, prints the figures beside their aims, and writes them into docs/benchmarks.md.

A missed aim is printed and is no failure. `python -m bench --only cold neighbours` measures some parts, and renews what
the page says of them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence

from bench import cold, growth, latency, neighbours, page, pairs, warm
from bench.part import TYPICAL, Figure, Measuring, Part, Say
from bench.runtime import ProbeFailed
from playground.accounts import CommandFailed
from playground.emulator import ROOT, LocalAwsFailed

_PAGE = ROOT / "docs" / "benchmarks.md"
#: In the order of the page. What a webhook and an event take is measured before it is priced.
PARTS: Mapping[str, Measuring] = {
    "cold": cold,
    "warm": warm,
    "money": pairs,
    "growth": growth,
    "latency": latency,
    "neighbours": neighbours,
}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS), metavar="PART")
    chosen = parser.parse_args(arguments).only
    started = time.monotonic()

    def say(done: str) -> None:
        print(f"{time.monotonic() - started:6.1f} s  {done}", flush=True)

    try:
        measured = measure(chosen, say)
    except (LocalAwsFailed, CommandFailed, ProbeFailed) as failure:
        print(f"bench: {failure}", file=sys.stderr)
        return 1
    for part in measured.values():
        print_figures(part.figures)
    page.write(_PAGE, PARTS, measured)
    say("docs/benchmarks.md is written")
    return 0


def measure(chosen: Sequence[str], say: Say) -> dict[str, Part]:
    """The chosen parts by name, in the order of the page."""
    measured: dict[str, Part] = {}
    cpu = TYPICAL
    for name in PARTS:
        if name in chosen:
            measured[name] = PARTS[name].measure(say, cpu)
            cpu = measured[name].cpu or cpu
    return measured


def print_figures(measured: Sequence[Figure]) -> None:
    """What was measured, beside what is aimed at."""
    for one in measured:
        verdict, aim = ("ok    " if one.met else "missed", f", aim {one.aim}") if one.aim else ("      ", "")
        print(f"{verdict}  {one.name}: {one.shown}{aim}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
