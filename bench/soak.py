"""`make soak`: a hundred thousand messages on virtual time, with everything that goes wrong.

    python -m bench.soak --seed 7 --messages 30000 --conversations 500     # another one
    python -m bench.soak --write                                           # and the table in docs/reliability.md

It ends with 1 when anything was lost, out of order, doubled without a mark, or stuck, and says how to repeat it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bench import soak_page
from playground.emulator import ROOT
from tests.soak.soak import Plan, Result, Soak

_EXAMPLES = 10


def main(arguments: Sequence[str] | None = None) -> int:
    options = _read(arguments)
    plan = Plan(seed=options.seed, messages=options.messages, conversations=options.conversations)
    print(f"{plan.messages:,} messages in {plan.conversations:,} conversations, seed {plan.seed}", flush=True)
    result = Soak(plan).run()
    print(describe(result))
    if options.write and not result.problems:
        soak_page.write(ROOT / "docs" / "reliability.md", result)
    return 1 if result.problems else 0


def describe(result: Result) -> str:
    """The outcome in lines; when something is wrong, with examples and the way to see it again."""
    lines = [", ".join(f"{name} {len(found)}" for name, found in result.findings.problems.items())]
    lines += [f"  {name}: {value}" for name, value in soak_page.facts(result)]
    lines += ["injected:", *(f"  {result.injected[fault]:>7,}  {fault.value}" for fault in soak_page.FAULTS)]
    for name, found in result.problems.items():
        lines.append(f"{name}: {', '.join(found[:_EXAMPLES])}{' …' if len(found) > _EXAMPLES else ''}")
    if result.problems:
        lines.append(f"To repeat this run: {result.plan.command}")
    return "\n".join(lines)


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--conversations", type=int, default=2_000)
    parser.add_argument("--write", action="store_true", help="write the table in docs/reliability.md")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
