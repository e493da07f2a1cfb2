"""What ten, a hundred and a thousand times one message a second meet: counts of the benchmark beside AWS's quotas.

Pure: the table in docs/scale.md follows from measured.json, the template and the connectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bench import money, pairs
from bench.measured import Counts
from bench.prices import PriceList, Usage
from bench.traffic import MESSAGES
from patchbay.domain.model import Side
from patchbay.kit import registry
from tests.aws.aws import read_template

RATES = (1, 10, 100, 1000)  #: messages a second in all, both directions
PAIR = pairs.COMPARED
MONTH = 730 * 3600  #: seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """`most` as AWS states it, at `source`; of the region to which samconfig.toml deploys."""

    most: float
    source: str


QUOTAS: Mapping[str, Quota] = {
    "api": Quota(most=10_000, source="https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"),
    "lambda": Quota(most=1000, source="https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"),
    "sqs": Quota(
        most=70_000,
        source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html",
    ),
    "in_flight": Quota(
        most=120_000,
        source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-fifo.html",
    ),
    "writes": Quota(
        most=4000,
        source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html",
    ),
    "reads": Quota(
        most=12_000,
        source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a message between PAIR uses, with all that follows from it: each second, at one a second."""

    usage: Usage
    busiest_route: float  #: requests of the messenger's webhook, or of the platform's, whichever are more
    webhook_seconds: float  #: of all webhook functions
    dispatcher_seconds: float
    sends: float  #: requests of one action to the queue: SendMessageBatch


def load(counts: Counts) -> Load:
    usage = pairs.usages(counts, PAIR)["busy", False]
    one = counts.traffic[PAIR]
    costs = [*one.to_agent.items(), *one.to_customer.items()]
    each = 1 / (2 * MESSAGES)
    requests = [
        sum(cost.invocations for label, cost in costs if label.startswith(f"{service}_webhook")) * each
        for service in PAIR
    ]
    shape = money.busy(counts.webhook_cpu, counts.event_cpu)
    webhook_gb = sum(
        money.received(label, cost, shape).lambda_gb_seconds for label, cost in costs if "dispatcher" not in label
    )
    dispatcher_gb = usage.lambda_gb_seconds - webhook_gb * each
    return Load(
        usage=usage,
        busiest_route=max(requests),
        webhook_seconds=webhook_gb * each / money.memory_gb(f"{PAIR[0]}_webhook"),
        dispatcher_seconds=dispatcher_gb / money.memory_gb("dispatcher"),
        sends=sum(cost.calls["SendMessageBatch"] for _, cost in costs) * each,
    )


def parameter(name: str) -> float:
    """A parameter's default."""
    return float(read_template()["Parameters"][name]["Default"])


# --- the table -------------------------------------------------------------------------------------------------------


def table(counts: Counts, prices: PriceList) -> str:
    one = load(counts)
    rows: Sequence[tuple[str, Callable[[float], float], str]] = (
        ("Requests of API Gateway a second", lambda rate: rate * one.usage.api_requests, _most("api")),
        (
            "Requests of the busiest webhook route a second",
            lambda rate: rate * one.busiest_route,
            f"`WebhookRate`, {parameter('WebhookRate'):g}",
        ),
        ("Webhook functions at the same time", lambda rate: rate * one.webhook_seconds, _most("lambda")),
        (
            "Dispatchers at the same time",
            lambda rate: rate * one.dispatcher_seconds,
            f"`DispatcherConcurrency`, {parameter('DispatcherConcurrency'):g}",
        ),
        ("Sends to the queue a second", lambda rate: rate * one.sends, _most("sqs")),
        (
            "Write units of the table a second",
            lambda rate: rate * one.usage.write_units,
            f"{_most('writes')}, new table",
        ),
        ("Read units of the table a second", lambda rate: rate * one.usage.read_units, f"{_most('reads')}, new table"),
    )
    lines = [
        "| | " + " | ".join(f"{rate:,}/s" for rate in RATES) + " | Limit |",
        "| --- |" + " ---: |" * len(RATES) + " --- |",
    ]
    lines += [
        f"| {what} | " + " | ".join(_show(use(rate)) for rate in RATES) + f" | {most} |" for what, use, most in rows
    ]
    minutes = [f"{QUOTAS['in_flight'].most / rate / 60:,.0f} min" for rate in RATES]
    lines.append(
        "| Until the queue is full, with every platform away | " + " | ".join(minutes) + f" | {_most('in_flight')} |"
    )
    month = [f"${prices.total(one.usage) * rate * MONTH:,.0f}" for rate in RATES]
    lines.append("| Dollars a month, for the messages | " + " | ".join(month) + " | |")
    return "\n".join([*lines, ""])


def _most(name: str) -> str:
    quota = QUOTAS[name]
    return f"[{quota.most:,.0f}]({quota.source})"


def _show(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def service_table() -> str:
    """To how many calls a second one container keeps, of one account."""
    return "\n".join(["| One account of | Calls a second | A day |", *_services(), ""])


def _services() -> Iterator[str]:
    yield "| --- | ---: | ---: |"
    for name in sorted(registry.names(), key=lambda name: (registry.load(name).side is Side.PLATFORM, name)):
        connector = registry.load(name)
        rate = connector.behavior.rate
        if rate is not None:
            calls = Decimal(rate.requests) / Decimal(str(rate.seconds))
            yield f"| {connector.title} | {float(calls):.2g} | {int(calls * 86400):,} |"
