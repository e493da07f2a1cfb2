"""The table of docs/reliability.md, from the result of a soak."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from tests.soak.faults import Fault
from tests.soak.soak import Result

BEGIN, END = "<!-- soak -->", "<!-- /soak -->"
FAULTS = tuple(Fault)


def write(path: Path, result: Result) -> None:
    path.write_text(fill(path.read_text(encoding="utf-8"), result), encoding="utf-8")


def fill(text: str, result: Result) -> str:
    """The page with a fresh table between its markers. Raises ValueError when it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n" + "\n".join(_lines(result)) + f"\n{END}{after}"


def facts(result: Result) -> Iterator[tuple[str, str]]:
    """What is neither good nor bad, in words and numbers."""
    findings = result.findings
    yield "Messages written", f"{result.written:,}"
    yield "Webhooks sent", f"{result.webhooks:,}"
    yield "Invocations of the dispatcher", f"{result.invocations:,}, of which {result.deaths:,} were killed"
    yield "Calls to the table or the queue while they were unavailable", f"{result.missed:,}"
    yield "Duplicated, and marked as uncertain", f"{len(findings.marked):,}"
    yield "Queued in the wrong order and sent from different batches", f"{len(findings.overtaken):,} pairs"
    yield "Dead letters when everything worked again", _causes(result, 0)
    yield "Dead letters after the owner's redrives", _causes(result, -1)
    yield "Redriven by the owner", f"{result.redriven:,}"
    yield "Refused or failed, and the sender was notified", f"{len(findings.reported):,}"
    yield "Failed later, nobody could be notified, and the log says so", f"{len(findings.unreported):,}"
    yield "Virtual time", f"{result.days:.1f} days"
    yield "Processor time", f"{result.seconds:.0f} s"


def _lines(result: Result) -> Iterator[str]:
    yield f"The last run was on {date.today().isoformat()}: `{result.plan.command}`\n"  # noqa: DTZ011
    yield "| Must be 0 | |"
    yield "| --- | ---: |"
    for name, found in result.findings.problems.items():
        yield f"| {name[0].upper()}{name[1:]} | {len(found)} |"
    yield "\n| Counted | |"
    yield "| --- | ---: |"
    for name, value in facts(result):
        yield f"| {name} | {value} |"
    yield "\n| Injected | Times |"
    yield "| --- | ---: |"
    for fault in FAULTS:
        yield f"| {fault.value} | {result.injected[fault]:,} |"


def _causes(result: Result, phase: int) -> str:
    causes = result.phases[phase]
    return f"{causes.total():,}: " + ", ".join(f"{cause} {amount:,}" for cause, amount in sorted(causes.items()))
