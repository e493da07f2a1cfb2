"""docs/benchmarks.md, from the results."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from bench import money, neighbours
from bench.figures import IMPORTS, Results
from bench.latency import ROUNDS
from bench.prices import PRICES, READ_ON, REGION, TITLES, Usage, price, total
from bench.traffic import MESSAGES

_METHOD = f"""\
Every time is divided by the time of a floor that is measured in the same run, in turn with it, so that a slow or busy
machine slows both. A floor is a small function in `bench/floors` that does only the necessary work, without Patchbay. A
ratio is the median of the rounds' own ratios; (e) divides percentiles. A ratio of 1.28 means 28 % more than the floor.

- **(a)** {IMPORTS} fresh processes each, with what a deployed function finds: the runtime's boto3 and the layers, all
  compiled beforehand. The floor makes its SQS client while it is imported; Patchbay makes its clients with the first
  webhook, which the figure therefore leaves out.
- **(b)** and **(d)** run the functions' handlers; botocore does all its work, and its requests are answered in the
  process. (b) takes Viber's. In (d) the platform is the simulated Freshchat, and every answer of it leaves 200 ms after
  its request.
- **(c)** {MESSAGES} messages each way between the simulators, in a warm system, through the real handlers and
  stores, with moto; every call that botocore makes is assigned to what caused it. "Others" are all other calls, Secrets
  Manager's among them.
- **(e)** {ROUNDS} messages each, one at a time, through the stack that `sam deploy` made in the local AWS, and through
  the floors' own stack in the same AWS: one without a table, and one that claims the message and reads the
  conversation as any bridge must before it may call an API. Every call to a store passes the emulator, which
  serves webhooks, queue and functions in one process, so that its time says little about AWS's.
- **(f)** multiplies what (c) counted with list prices. *Busy*: batches of ten, as in (d). *Quiet*: each message by
  itself. *The message*: its webhook and its delivery, the mean of both directions. *With receipts and echoes*: and all
  that follows from it: Viber's reports of delivery from two devices and of reading, and Freshchat's webhook about the
  message that Patchbay posted.
- **(g)** is simulated: see [A slow service and the others](#a-slow-service-and-the-others)."""

_NEIGHBOURS = f"""\
One of two services works, and the other one fails or is slow. This measures how much the messages of the first are
delayed. Its
{neighbours.HEALTHY_RATE} messages a second, from {neighbours.CONVERSATIONS} conversations, are the same with and
without the other one, and a call takes {neighbours.CALL:g} s ± 20 %. Their times from the queue to the record of the
delivery are divided by those without, from the moment when the trouble begins: *first* are
{neighbours.PHASES.learning:.0f} seconds in which Patchbay notices it, *then* {neighbours.PHASES.after:.0f} more.
*Served* counts the other service's own messages.

The dispatcher is the product's, in as many containers as `DispatcherConcurrency` says, over stores in memory and the
tests' SQS. Time is simulated: the clock jumps to whatever comes next, so that the figures are exact and the same on any
machine. A call to AWS takes {money.AWS_CALL * 1000:.0f} ms, CPU time counts as nothing, receipts are not sent.
"""

_ASSUMED = f"""\
Assumed:

- {money.MEMORY_GB * 1024:.0f} MB for a function and {money.VCPU} vCPU with it, CPU times as measured here
- {money.AWS_CALL * 1000:.0f} ms for a call to a store, {money.PLATFORM * 1000:.0f} ms for one to a platform
- {money.platform_log_bytes()} bytes of Lambda's own log lines an invocation
- {money.ACCESS_LOG_BYTES} bytes of access log a request
- {money.BYTES_OUT} bytes to the internet a delivery
- if functions are traced, X-Ray takes 5 % of the invocations when busy and all when quiet: its default rule is one a
  second, and 5 % of the rest

Not in it: what does not grow with messages (alarms, dashboard, secrets, metrics, an idle queue's polling), storage,
retries, media, taxes, free tiers."""


_NEIGHBOURS_TITLE = "## A slow service and the others"


def write_neighbours(path: Path, comparisons: Sequence[neighbours.Comparison]) -> None:
    """Renews that section of a page, and nothing else."""
    before, title, after = path.read_text(encoding="utf-8").partition(f"{_NEIGHBOURS_TITLE}\n")
    if not title:
        raise ValueError(f"{path} has no section {_NEIGHBOURS_TITLE!r}: run `make bench`")
    rest = after.partition("\n## ")[2]
    section = "\n".join(_neighbours(comparisons))
    path.write_text(f"{before}{section}\n\n## {rest}", encoding="utf-8")


def write(path: Path, results: Results) -> None:
    path.write_text("\n".join(_lines(results)) + "\n", encoding="utf-8")


def _lines(results: Results) -> Iterator[str]:
    yield "# Benchmarks\n"
    yield f"Written by `make bench` on {date.today().isoformat()}. Run it again to measure on your machine.\n"  # noqa: DTZ011
    yield "| Figure | Compared with | Measured |"
    yield "| --- | --- | --- |"
    for one in results.figures:
        yield f"| {one.name} | {one.floor} | {one.shown} |"
    yield f"\nMachine: {describe_machine()}.\n"
    yield "## How it is measured\n"
    yield _METHOD
    yield ""
    yield from _neighbours(results.neighbours)
    yield "\n## What a million messages cost\n"
    yield f"List prices of {REGION}, first tier, as of {READ_ON}, in dollars."
    yield "They were entered manually: check them before you rely on the sum.\n"
    yield from _prices(results.usages)
    yield f"\n{_ASSUMED}"
    yield "\n## What every webhook and event costs\n"
    yield from _costs(results)


def _neighbours(comparisons: Sequence[neighbours.Comparison]) -> Iterator[str]:
    yield f"{_NEIGHBOURS_TITLE}\n"
    yield _NEIGHBOURS
    yield "| Other service | messages/s | dispatchers | p50, first | p99, first | p50, then | p99, then | served/s |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for one in comparisons:
        ratios = (one.p50_learning, one.p99_learning, one.p50, one.p99)
        cells = " | ".join(f"{value:.2f}" for value in ratios)
        what = f"{one.trouble.title} | {one.trouble.rate:g} | {one.containers}"
        yield f"| {what} | {cells} | {one.served:.2f} |"


def _prices(usages: Mapping[str, Usage]) -> Iterator[str]:
    yield "| | unit price, × 10⁶ | " + " | ".join(usages) + " |"
    yield "|---|---:|" + "---:|" * len(usages)
    lines = {name: price(usage) for name, usage in usages.items()}
    for quantity, unit in PRICES.items():
        cells = " | ".join(f"{one[quantity] * 10**6:.2f}" for one in lines.values())
        yield f"| {TITLES[quantity]} | {(unit * 10**6).normalize():f} | {cells} |"
    yield "| **total** | | " + " | ".join(f"**{total(usage) * 10**6:.2f}**" for usage in usages.values()) + " |"


def _costs(results: Results) -> Iterator[str]:
    if results.traffic is None:
        return
    directions = {"Viber → Freshchat": results.traffic.to_agent, "Freshchat → Viber": results.traffic.to_customer}
    for title, costs in directions.items():
        yield f"{title}, per message:\n"
        yield "| | invocations | AWS calls | write units | read units | log bytes |"
        yield "|---|---:|---|---:|---:|---:|"
        for label, cost in costs.items():
            calls = ", ".join(f"{number / MESSAGES:g} {name}" for name, number in sorted(cost.calls.items())) or "none"
            units = (cost.invocations, cost.write_units, cost.read_units, cost.log_bytes)
            one, writes, reads, logged = (f"{unit / MESSAGES:g}" for unit in units)
            yield f"| {label} | {one} | {calls} | {writes} | {reads} | {logged} |"
        yield ""


def describe_machine() -> str:
    """Without anything that names it."""
    cores = os.process_cpu_count() or 1
    return f"{platform.system()} {platform.machine()}, {cores} cores, Python {platform.python_version()}"
