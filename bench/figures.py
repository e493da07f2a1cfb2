"""(c) AWS calls of a message, and (f) what a million messages cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from bench import money, traffic
from bench.money import Load, bridged_message
from bench.part import Cpu, Figure, Part, Say
from bench.prices import PRICES, READ_ON, REGION, TITLES, Usage, price, total
from bench.traffic import MESSAGES, Cost, Traffic

LETTERS = "cf"

METHOD = f"""\
- **(c)** {MESSAGES} messages each way between the simulators, in a warm system, through the real handlers and
  stores, with moto; every call to AWS is assigned to what caused it. "Others" are all other calls, Secrets Manager's
  among them.
- **(f)** multiplies what (c) counted with list prices. *Busy*: batches of ten, as in (d). *Quiet*: each message by
  itself. *The message*: its webhook and its delivery, the mean of both directions. *With receipts and echoes*: and all
  that follows from it: Viber's reports of delivery from two devices and of reading, and Freshchat's webhook about the
  message that Patchbay posted."""

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


def measure(say: Say, cpu: Cpu) -> Part:
    measured = traffic.measure()
    say("AWS calls")
    usages = _usages(measured, cpu.webhook, cpu.event)
    lines = [
        "## What a million messages cost\n",
        f"List prices of {REGION}, first tier, as of {READ_ON}, in dollars.",
        "They were entered manually: check them before you rely on the sum.\n",
        *_prices(usages),
        f"\n{_ASSUMED}",
        "\n## What every webhook and event costs\n",
        *_costs(measured),
    ]
    return Part(figures=[*_calls(measured), *_money(usages)], method=METHOD, section="\n".join(lines))


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


def _prices(usages: Mapping[str, Usage]) -> Iterator[str]:
    yield "| | unit price, × 10⁶ | " + " | ".join(usages) + " |"
    yield "|---|---:|" + "---:|" * len(usages)
    lines = {name: price(usage) for name, usage in usages.items()}
    for quantity, unit in PRICES.items():
        cells = " | ".join(f"{one[quantity] * 10**6:.2f}" for one in lines.values())
        yield f"| {TITLES[quantity]} | {(unit * 10**6).normalize():f} | {cells} |"
    yield "| **total** | | " + " | ".join(f"**{total(usage) * 10**6:.2f}**" for usage in usages.values()) + " |"


def _costs(measured: Traffic) -> Iterator[str]:
    directions = {"Viber → Freshchat": measured.to_agent, "Freshchat → Viber": measured.to_customer}
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
