"""(a) What a function's first event costs in a new process, its import included; (m) the memory that it then holds."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.part import Cpu, Figure, Part, Say, explain_missed, quotients, ratio
from bench.samples import SERVICES, read_endpoint
from bench.setting import Setting, canned_setting
from bench.slow_platform import slow_platform

Json = dict[str, Any]
LETTERS = "am"
ROUNDS = 11
SEED = 1
FLOOR, DISPATCHER = "floor", "dispatcher"
WEBHOOK_AIM, DISPATCHER_AIM, MEMORY_AIM = 1.0, 1.45, 50

METHOD = f"""\
- **(a)** {ROUNDS} fresh processes of each function, in an order that is drawn for each round, with what a deployed
  function finds: the runtime's boto3 and the layers, all compiled beforehand. AWS answers at once, from another
  process, over TLS with connections that stay open, and its root stands in the place of one of Amazon's. Each process
  imports the function and handles one event: a signed text message of the service; for the web chat, a
  visitor's first message; for the dispatcher, a customer's message to the simulated Freshchat, which is called over
  plain HTTP. What counts is the CPU time of both. The floor imports json, hmac and boto3 and makes an SQS client, and
  handles nothing.
- **(m)** is the most memory that these processes held at any time, Python itself included."""

TRIED = {
    "freshchat_webhook": "its RSA signatures are verified by `cryptography`, of which as little as possible is loaded. "
    "A verifier of our own would save that, and was not taken: a mistake in it would let anybody in.",
    "webchat": "agents' calls, files and notifications are loaded when they come, and rows are written without "
    "pydantic's schemas. What is left is mostly pydantic, which reads what browsers send and the head of the chat.",
    "dispatcher": "our own AWS client, log and settings; only the kinds of events that come are read for. A fifth of "
    "the rest is requests, which calls the services, with all that it imports.",
}


@dataclass(slots=True)
class Start:
    """CPU of each round, in milliseconds, and memory in megabytes."""

    imports: list[float] = field(default_factory=list)
    firsts: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    @property
    def totals(self) -> list[float]:
        return [one + other for one, other in zip(self.imports, self.firsts, strict=True)]

    def note(self, measured: Json) -> None:
        self.imports.append(measured["import"])
        self.firsts.append(measured["first"])
        self.memory.append(measured["memory"])


def measure(say: Say, cpu: Cpu) -> Part:
    del cpu
    with canned_setting() as setting:
        starts = time_starts(setting, ROUNDS)
    say("cold starts")
    figures = [*rate_starts(starts), *rate_memory(starts)]
    return Part(figures=figures, method=METHOD, section=describe(starts) + explain_missed(figures, TRIED))


def time_starts(setting: Setting, rounds: int, warm_up: int = 1) -> dict[str, Start]:
    """By function. The rounds of the warm-up compile the functions, and are not counted."""
    for service in SERVICES:
        setting.connect_sample(service)
    starts = {name: Start() for name in (FLOOR, *SERVICES, DISPATCHER)}
    names, random = list(starts), Random(SEED)
    with slow_platform(latency=0) as freshchat:
        setting.connect("freshchat-2", freshchat)
        setting.connect("viber-2", read_endpoint("viber"), link="freshchat-2")
        for number in range(warm_up + rounds):
            random.shuffle(names)
            for name in names:
                measured = _start(setting, name)
                if number >= warm_up:
                    starts[name].note(measured)
    return starts


def _start(setting: Setting, name: str) -> Json:
    if name == FLOOR:
        return setting.runtime.start("bench/floors/webhook/app.py")
    if name == DISPATCHER:
        [records] = setting.make_records("viber-2", persons=1)
        return setting.runtime.start("functions/dispatcher/app.py", [{"Records": records}])
    setting.aws.take_records()
    folder = name if name == "webchat" else f"{name}_webhook"
    measured = setting.runtime.start(f"functions/{folder}/app.py", [setting.make_event(f"{name}-1")])
    if len(setting.aws.take_records()) != 1:
        raise RuntimeError(f"the message of {name} did not reach the queue")
    return measured


def rate_starts(starts: Mapping[str, Start]) -> Iterator[Figure]:
    floor = starts[FLOOR].imports
    for name, start in starts.items():
        if name != FLOOR:
            what = "its first event" if name == DISPATCHER else "first message"
            aim = DISPATCHER_AIM if name == DISPATCHER else WEBHOOK_AIM
            value, ours = quotients(start.totals, floor), statistics.median(start.totals)
            yield ratio(
                f"(a) Import of {_title(name)} and {what}, CPU",
                "import of json, hmac, boto3 and an SQS client",
                aim,
                value,
                f"{ours:.0f} ms ÷ {statistics.median(floor):.0f} ms",
            )


def rate_memory(starts: Mapping[str, Start]) -> Iterator[Figure]:
    most = max((statistics.median(start.memory), name) for name, start in starts.items() if name in SERVICES)
    held = statistics.median(starts[FLOOR].memory)
    yield Figure(
        name="(m) Memory of a webhook function",
        floor="none: megabytes",
        aim=f"≤ {MEMORY_AIM} MB",
        shown=f"{most[0]:.0f} MB ({_title(most[1])}; the floor: {held:.0f} MB)",
        met=most[0] <= MEMORY_AIM,
    )


def _title(name: str) -> str:
    return f"`{name}`" if name in {DISPATCHER, "webchat"} else f"`{name}_webhook`"


def describe(starts: Mapping[str, Start]) -> str:
    floor = starts[FLOOR].imports
    lines = [
        "## Cold starts\n",
        "Ratios to the import of the floor; megabytes.\n",
        "| | import | first event | together | memory |",
        "| --- | ---: | ---: | ---: | ---: |",
        f"| floor | 1.00 | | 1.00 | {statistics.median(starts[FLOOR].memory):.0f} |",
    ]
    for name, start in starts.items():
        if name != FLOOR:
            ratios = (quotients(part, floor) for part in (start.imports, start.firsts, start.totals))
            cells = " | ".join(f"{one:.2f}" for one in ratios)
            lines.append(f"| {_title(name)} | {cells} | {statistics.median(start.memory):.0f} |")
    return "\n".join(lines)
