"""How many messages a second the dispatchers carry before messages wait: renews that table of docs/scale.md.

python -m bench.scale_simulated
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from bench.installation import Installation
from bench.neighbours import Network
from bench.simulated_time import simulated
from playground.emulator import ROOT

PAGE = ROOT / "docs" / "scale.md"
CASES = ((5, 10), (5, 50), (5, 100), (5, 200), (20, 200), (20, 400))  #: dispatchers, messages a second
PEOPLE, SECONDS, SEED = 1000, 20.0, 1
_PLATFORM = "platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Seconds, and the share of messages that were delivered within the run."""

    p50: float
    p99: float
    delivered: float


def run(containers: int, rate: float, seconds: float = SECONDS) -> Waits:
    with simulated() as time:
        network = Network(time, 0.0, Random(SEED), None)
        installation = Installation(time, [_PLATFORM], network, containers)
        journeys = installation.run({_PLATFORM: rate}, PEOPLE, seconds, SEED)
        until = journeys[0].queued_at + timedelta(seconds=seconds)
        ages = [((one.delivered_at or time.now()) - one.queued_at).total_seconds() for one in journeys]
    percentiles = statistics.quantiles(ages, n=100, method="inclusive")
    done = sum(one.delivered_at is not None and one.delivered_at <= until for one in journeys)
    return Waits(p50=percentiles[49], p99=percentiles[98], delivered=done / len(journeys))


def table() -> Iterator[str]:
    yield "| Dispatchers | Messages a second | Waited, p50 | Waited, p99 | Delivered within the run |"
    yield "| ---: | ---: | ---: | ---: | ---: |"
    for containers, rate in CASES:
        waits = run(containers, rate)
        yield f"| {containers} | {rate} | {waits.p50:.2f} | {waits.p99:.2f} | {waits.delivered:.0%} |"


def main() -> None:
    fresh = "\n".join(table())
    marker = re.compile(r"(<!-- simulated -->\n).*?(<!-- /simulated -->)", re.DOTALL)
    PAGE.write_text(marker.sub(lambda found: f"{found[1]}{fresh}\n{found[2]}", PAGE.read_text("utf-8")), "utf-8")
    print(fresh)


if __name__ == "__main__":
    main()
