"""What a message costs between every messenger and every platform: figures (c) and (f), and their section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from bench import measured, money, traffic, visitor_hour
from bench.books import Cost
from bench.measured import Counts
from bench.part import Cpu, Figure, Part, Say, explain_missed
from bench.prices import PRICES, READ_ON, REGION, TITLES, Usage, price, price_list, regions, total
from bench.traffic import MESSAGES, Traffic

LETTERS = "cf"
COMPARED = ("viber", "freshchat")
#: Dollars per million, busy: the message, and with all that follows from it.
AIMS: Mapping[tuple[str, str], tuple[Decimal, Decimal]] = {
    ("viber", "freshchat"): (Decimal("4.2"), Decimal("5.0")),
    ("viber", "giosg"): (Decimal(5), Decimal(7)),
    ("viber", "uchat"): (Decimal(5), Decimal(7)),
    ("viber", "unblu"): (Decimal(5), Decimal("11.5")),
    ("viber", "vcita"): (Decimal(5), Decimal("11.5")),
}
NAMES = {
    "viber": "Viber",
    "webchat": "Web chat",
    "freshchat": "Freshchat",
    "giosg": "Giosg",
    "uchat": "UChat",
    "unblu": "Unblu",
    "vcita": "vcita",
}
CASES = (("busy", True), ("busy", False), ("quiet", True), ("quiet", False))

_METHOD = f"""\
- **(c)** {MESSAGES} messages each way between the simulators, in a warm system, through the real handlers and
  stores, with moto; every request that leaves for AWS is assigned to what caused it. "Others" are all other calls,
  Secrets Manager's among them.
- **(f)** multiplies what (c) counted, for every pair, with list prices. *Busy*: batches of ten, as in (d). *Quiet*:
  each message by itself. *The message*: its webhook and its delivery, the mean of both directions. *With receipts and
  echoes*: and all that follows from it: reports of delivery and of reading where the service sends them (Viber from two
  devices), typing aside, and a platform's webhook about the message that Patchbay posted."""


def measure(say: Say, cpu: Cpu) -> Part:
    """Counts all pairs, and keeps the counts in measured.json, from which `make docs` makes the tables of costs."""
    counts = count(say, cpu)
    measured.save(counts)
    found = list(figures(counts))
    return Part(figures=found, method=_METHOD, section="\n".join([*section(counts), explain_missed(found, _TRIED)]))


_TRIED = {
    "Giosg": "only what the messenger can show is asked for and recorded. Giosg's webhooks of a chat's changes stay, "
    "one a message: by them Patchbay hears that an agent has ended it.",
    "Unblu": "receipts of a message that come together are one call, and the index is written once. What is left is "
    "what an agent sees: sent, delivered and read are three events, each with its call to Unblu. To report *sent* with "
    "the message would save an event, and delay the message.",
    "vcita": "as with Unblu.",
}


def count(say: Say, cpu: Cpu) -> Counts:
    counted = {}
    for pair in traffic.PAIRS:
        counted[pair] = traffic.measure(*pair)
        say(f"AWS calls, {name(pair)}")
    return Counts(
        traffic=counted,
        question=visitor_hour.measure(),
        webhook_cpu=cpu.webhook,
        event_cpu=cpu.event,
    )


def usages(counts: Counts, pair: tuple[str, str]) -> dict[tuple[str, bool], Usage]:
    """Of one message, by CASES."""
    loads = {make.__name__: make(counts.webhook_cpu, counts.event_cpu) for make in (money.busy, money.quiet)}
    return {
        (load, alone): money.bridged_message(counts.traffic[pair], loads[load], alone=alone) for load, alone in CASES
    }


def name(pair: tuple[str, str]) -> str:
    return " × ".join(NAMES[service] for service in pair)


# --- figures ---------------------------------------------------------------------------------------------------------


def figures(counts: Counts) -> Iterator[Figure]:
    compared = counts.traffic[COMPARED]
    yield _count_calls("(c) AWS calls, Viber → Freshchat", compared.to_agent)
    yield _count_calls("(c) AWS calls, Freshchat → Viber", compared.to_customer)
    for pair, (message, everything) in AIMS.items():
        used = usages(counts, pair)
        cases: list[tuple[str, Usage, Decimal | None]] = [("busy, the message", used["busy", True], message)]
        cases.append(("busy, with receipts and echoes", used["busy", False], everything))
        if pair == COMPARED:
            cases.append(("quiet, the message", used["quiet", True], None))
            cases.append(("quiet, with receipts and echoes", used["quiet", False], None))
        for case, usage, aim in cases:
            dollars = total(usage) * 10**6
            title = f"(f) Dollars per million messages, {name(pair)}, {case}"
            most, met = ("", True) if aim is None else (f"≤ {aim}", dollars <= aim)
            yield Figure(name=title, floor="none: a price", aim=most, shown=f"{dollars:.2f}", met=met)


def _count_calls(title: str, costs: Mapping[str, Cost]) -> Figure:
    booked = [cost for cost in costs.values() if cost.carries]
    sends = sum(cost.calls["SendMessageBatch"] for cost in booked) / MESSAGES
    reads = sum(cost.reads for cost in booked) / MESSAGES
    writes = sum(cost.writes for cost in booked) / MESSAGES
    known = sum(cost.calls["SendMessageBatch"] + cost.reads + cost.writes for cost in booked)
    others = (sum(cost.calls.total() for cost in booked) - known) / MESSAGES
    return Figure(
        name=title,
        floor="none: a count",
        aim="1 send, 1 read, ≤ 3 writes, 0 others",
        shown=f"{sends:g} send, {reads:g} read, {writes:g} writes, {others:g} others",
        met=sends <= 1 and reads <= 1 and writes <= 3 and others == 0,
    )


# --- the section -----------------------------------------------------------------------------------------------------


def section(counts: Counts) -> Iterator[str]:
    yield "## What a million messages cost\n"
    yield f"List prices of {REGION}, first tier, as of {READ_ON}, in dollars, from `bench/prices.json`;"
    yield "[cost](cost.md) says where they are from. Between Viber and Freshchat:\n"
    yield from _prices(usages(counts, COMPARED))
    yield f"\n{assumed(counts)}"
    yield "\n### Every pair\n"
    yield "Dollars per million messages. For the web chat this includes its own API, which for other messengers runs on"
    yield "the messenger's own servers: calls of visitors' browsers and of the bridge, rows, and what they read."
    yield "Open pages cost more: see [cost](cost.md#open-pages-of-the-web-chat).\n"
    for region in regions():
        yield from _pair_prices(counts, region)
    yield "What one message uses, with all that follows from it, as the mean of both directions:\n"
    yield from _pair_counts(counts)
    yield "\n## What every webhook and event costs\n"
    yield from _costs(counts.traffic[COMPARED])


def _prices(used: Mapping[tuple[str, bool], Usage]) -> Iterator[str]:
    titles = [f"{load}, {'the message' if alone else 'with receipts and echoes'}" for load, alone in CASES]
    yield "| | unit price, × 10⁶ | " + " | ".join(titles) + " |"
    yield "|---|---:|" + "---:|" * len(titles)
    lines = [price(used[case]) for case in CASES]
    for quantity, unit in PRICES.items():
        cells = " | ".join(f"{one[quantity] * 10**6:.2f}" for one in lines)
        if any(one[quantity] for one in lines):
            yield f"| {TITLES[quantity]} | {(unit * 10**6).normalize():f} | {cells} |"
    yield "| **total** | | " + " | ".join(f"**{total(used[case]) * 10**6:.2f}**" for case in CASES) + " |"


def _pair_prices(counts: Counts, region: str) -> Iterator[str]:
    prices = price_list(region)
    load = money.busy(counts.webhook_cpu, counts.event_cpu)
    yield f"| {region}, {prices.as_of} | busy, message | with receipts | quiet, message | with receipts | its own API |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for pair in traffic.PAIRS:
        used = usages(counts, pair)
        own = prices.total(money.own_of_webchat(counts.traffic[pair], load)) * 10**6
        cells = " | ".join(f"{prices.total(used[case]) * 10**6:.2f}" for case in CASES)
        yield f"| {name(pair)} | {cells} | {f'{own:.2f}' if own else ''} |"
    yield ""


def _pair_counts(counts: Counts) -> Iterator[str]:
    yield "| | API requests | events | AWS calls | SQS requests | write units | read units | log bytes | API calls |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for pair in traffic.PAIRS:
        used = usages(counts, pair)["busy", False]
        costs = [*counts.traffic[pair].to_agent.items(), *counts.traffic[pair].to_customer.items()]
        events = sum(cost.invocations for label, cost in costs if label.startswith("dispatcher")) / (2 * MESSAGES)
        calls = sum(cost.calls.total() for _, cost in costs) / (2 * MESSAGES)
        api_calls = sum(cost.api_calls for _, cost in costs) / (2 * MESSAGES)
        cells = (used.api_requests, events, calls, used.sqs_requests, used.write_units, used.read_units)
        shown = " | ".join(f"{round(cell, 2):g}" for cell in cells)
        yield f"| {name(pair)} | {shown} | {used.log_bytes:.0f} | {api_calls:g} |"


def assumed(counts: Counts) -> str:
    names = sorted({label.partition(":")[0] for one in counts.traffic.values() for label in one.to_agent})
    memory: dict[int, list[str]] = {}
    for function in names:
        memory.setdefault(round(money.memory_gb(function) * 1024), []).append(function)
    sizes = "; ".join(f"{megabytes} MB for {_enumerate(functions)}" for megabytes, functions in memory.items())
    return f"""\
Assumed:

- {sizes}, and one vCPU per {money.VCPU_MB} MB; {counts.webhook_cpu * 1000:.2f} ms of CPU for a webhook and
  {counts.event_cpu * 1000:.2f} ms for an event
- {money.AWS_CALL * 1000:.0f} ms for a call to a store, {money.PLATFORM * 1000:.0f} ms for one to a service
- {money.platform_log_bytes()} bytes of Lambda's own log lines an invocation
- {money.ACCESS_LOG_BYTES} bytes of access log a request
- {money.BYTES_OUT} bytes to the internet for a call to a service
- if functions are traced, X-Ray takes 5 % of the invocations when busy and all when quiet: its default rule is one a
  second, and 5 % of the rest

Not in it: what does not grow with messages (alarms, dashboard, secrets, metrics, an idle queue's polling), storage,
retries, media, taxes, free tiers."""


def _enumerate(functions: Sequence[str]) -> str:
    return ", ".join(f"`{function}`" for function in functions)


def _costs(one: Traffic) -> Iterator[str]:
    for title, costs in (("Viber → Freshchat", one.to_agent), ("Freshchat → Viber", one.to_customer)):
        yield f"{title}, per message:\n"
        yield "| | invocations | AWS calls | write units | read units | log bytes |"
        yield "|---|---:|---|---:|---:|---:|"
        for label, cost in costs.items():
            calls = ", ".join(f"{number / MESSAGES:g} {name}" for name, number in sorted(cost.calls.items())) or "none"
            units = (cost.invocations, cost.write_units, cost.read_units, cost.log_bytes)
            shown, writes, reads, logged = (f"{unit / MESSAGES:g}" for unit in units)
            yield f"| {label} | {shown} | {calls} | {writes} | {reads} | {logged} |"
        yield ""


def main() -> None:
    """`python -m bench.pairs`: counts, and prints what it found."""
    from bench.part import TYPICAL

    for figure in measure(print, TYPICAL).figures:
        print(f"{figure.name}: {figure.shown}, aim {figure.aim}")


if __name__ == "__main__":
    main()
