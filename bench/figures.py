"""The six figures, each from its own measurement, as rows of the page."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bench import latency, neighbours, traffic
from bench.money import Load, bridged_message
from bench.prices import Usage, total
from bench.runtime import Runtime, lambda_runtime
from bench.slow_platform import slow_platform
from bench.traffic import MESSAGES, Cost, Traffic

Say = Callable[[str], None]
IMPORTS = 15
FLOOR = "bench/floors/webhook/app.py"
FUNCTIONS = ("functions/viber_webhook/app.py", "functions/freshchat_webhook/app.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A row: `value` against `aim` (at most); `shown` is the measured value in words."""

    name: str
    floor: str
    aim: str
    shown: str
    met: bool


@dataclass(slots=True)
class Results:
    figures: list[Figure] = field(default_factory=list)
    traffic: Traffic | None = None
    usages: dict[str, Usage] = field(default_factory=dict)
    neighbours: Sequence[neighbours.Comparison] = ()


def measure(say: Say) -> Results:
    results = Results()
    with lambda_runtime() as runtime:
        results.figures += _imports(runtime)
        say("imports")
        webhook, webhook_cpu = _warm_webhook(runtime)
        results.figures.append(webhook)
        say("warm webhooks")
        batch, event_cpu = _batch(runtime)
    say("batches of ten conversations")
    results.traffic = traffic.measure()
    results.figures += [*_calls(results.traffic), batch]
    say("AWS calls")
    results.figures += _latency(latency.measure(say))
    say("latency")
    results.usages = _usages(results.traffic, webhook_cpu, event_cpu)
    results.figures += _money(results.usages)
    results.neighbours = neighbours.measure()
    results.figures += rate_neighbours(results.neighbours)
    say("slow neighbours")
    return results


def ratio(name: str, floor: str, aim: float, value: float, detail: str) -> Figure:
    return Figure(name=name, floor=floor, aim=f"≤ {aim}", shown=f"{value:.2f} ({detail})", met=value <= aim)


def quotients(ours: Sequence[float], floor: Sequence[float]) -> float:
    """The median of the rounds' own ratios: what slows a round down slows both sides of it."""
    return statistics.median(one / other for one, other in zip(ours, floor, strict=True))


def _imports(runtime: Runtime) -> list[Figure]:
    paths = (FLOOR, *FUNCTIONS)
    taken: dict[str, list[float]] = {path: [] for path in paths}
    for path in paths:
        runtime.run("imports", path)  # compiles
    for _ in range(IMPORTS):
        for path in paths:
            taken[path].append(json.loads(runtime.run("imports", path))["cpu"])
    floor = statistics.median(taken[FLOOR])
    return [
        ratio(
            f"(a) Import of `{path.split('/')[1]}`, CPU",
            "json, hmac, boto3 and an SQS client",
            1.25,
            quotients(taken[path], taken[FLOOR]),
            f"{statistics.median(taken[path]):.0f} ms ÷ {floor:.0f} ms",
        )
        for path in FUNCTIONS
    ]


def _warm_webhook(runtime: Runtime) -> tuple[Figure, float]:
    answer = json.loads(runtime.run("warm_webhook"))
    ours, floor = statistics.median(answer["ours"]), statistics.median(answer["floor"])
    value = quotients(answer["ours"], answer["floor"])
    detail = f"{ours:.2f} ms ÷ {floor:.2f} ms"
    figure = ratio("(b) CPU per warm webhook", "json, hmac and the same SQS call", 1.5, value, detail)
    return figure, ours / 1000


def _batch(runtime: Runtime) -> tuple[Figure, float]:
    with slow_platform() as platform:
        answer = json.loads(runtime.run("batch", variables={"PLATFORM": platform}))
    ten, call = statistics.median(answer["ten"]), statistics.median(answer["call"])
    one = statistics.median(answer["one"])
    figure = ratio(
        "(d) Ten conversations, platform answers after 200 ms",
        "one bare call to it",
        1.3,
        quotients(answer["ten"], answer["call"]),
        f"{ten * 1000:.0f} ms ÷ {call * 1000:.0f} ms; one conversation: {one * 1000:.0f} ms",
    )
    return figure, statistics.median(answer["cpu"]) / 10


def _calls(measured: Traffic) -> list[Figure]:
    to_agent = ("viber_webhook: message", "dispatcher: message")
    to_customer = ("freshchat_webhook: message_create of agent", "dispatcher: message")
    return [
        _count("(c) AWS calls, Viber → Freshchat", measured.to_agent, to_agent),
        _count("(c) AWS calls, Freshchat → Viber", measured.to_customer, to_customer),
    ]


def _count(name: str, costs: Mapping[str, Cost], labels: Sequence[str]) -> Figure:
    booked = [costs[label] for label in labels]
    sends = sum(cost.calls["SendMessageBatch"] for cost in booked) / MESSAGES
    reads = sum(cost.reads for cost in booked) / MESSAGES
    writes = sum(cost.writes for cost in booked) / MESSAGES
    known = sum(cost.calls["SendMessageBatch"] + cost.reads + cost.writes for cost in booked)
    others = (sum(cost.calls.total() for cost in booked) - known) / MESSAGES
    return Figure(
        name=name,
        floor="none: a count",
        aim="1 send, 1 read, ≤ 3 writes, 0 others",
        shown=f"{sends:g} send, {reads:g} read, {writes:g} writes, {others:g} others",
        met=sends <= 1 and reads <= 1 and writes <= 3 and others == 0,
    )


def _latency(times: latency.Times) -> list[Figure]:
    rows = []
    for name, percent in (("p50", 50), ("p99", 99)):
        ours, floor = (percentile(side, percent) for side in (times.ours, times.floor))
        detail = f"{ours * 1000:.0f} ms ÷ {floor * 1000:.0f} ms"
        what = f"(e) Webhook in to API call out, deployed, {name}"
        rows.append(ratio(what, "webhook → SQS FIFO → function → HTTP call", 1.2, ours / floor, detail))
        remembering = percentile(times.remembering, percent)
        detail = f"{ours * 1000:.0f} ms ÷ {remembering * 1000:.0f} ms"
        rows.append(ratio(f"{what}, same stores", "the same with a claim and a read", 1.2, ours / remembering, detail))
    return rows


def percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _usages(measured: Traffic, webhook_cpu: float, event_cpu: float) -> dict[str, Usage]:
    busy = Load(batch=10, sampled=0.05, webhook_cpu=webhook_cpu, event_cpu=event_cpu)
    quiet = Load(batch=1, sampled=1.0, webhook_cpu=webhook_cpu, event_cpu=event_cpu)
    return {
        "busy, the message": bridged_message(measured, busy, alone=True),
        "busy, with receipts and echoes": bridged_message(measured, busy, alone=False),
        "quiet, the message": bridged_message(measured, quiet, alone=True),
        "quiet, with receipts and echoes": bridged_message(measured, quiet, alone=False),
    }


def _money(usages: Mapping[str, Usage]) -> list[Figure]:
    rows = []
    for name, usage in usages.items():
        dollars = total(usage) * 10**6
        rows.append(
            Figure(
                name=f"(f) Dollars per million messages, {name}",
                floor="none: a price",
                aim="≤ 5",
                shown=f"{dollars:.2f}",
                met=dollars <= Decimal(5),
            )
        )
    return rows


def rate_neighbours(comparisons: Sequence[neighbours.Comparison]) -> list[Figure]:
    """The worst of all."""
    rows = (
        ("p50", neighbours.P50, "p50"),
        ("p99", neighbours.P99, "p99"),
        ("p99 while that is noticed", neighbours.P99_LEARNING, "p99_learning"),
    )
    figures = []
    for name, aim, attribute in rows:
        worst = max(comparisons, key=lambda one: getattr(one, attribute))
        what = f"{worst.trouble.title}, {worst.trouble.rate:g} messages/s, {worst.containers} dispatchers"
        figures.append(
            ratio(f"(g) Others beside a service in trouble, {name}", "without it", aim, getattr(worst, attribute), what)
        )
    return figures
