"""(b) CPU of what a warm function does, per webhook and per event; (d) ten conversations of one batch side by side."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.part import Cpu, Figure, Part, Say, list_missed, quotients, ratio
from bench.samples import read_endpoint
from bench.setting import Setting, canned_setting
from bench.slow_platform import FLOOR as FLOOR_PATH
from bench.slow_platform import LATENCY, slow_platform

Json = dict[str, Any]
Times = Mapping[str, Sequence[float]]
LETTERS = "bd"
#: The web chat takes its visitors' calls, which are stored in a table first: that is other work than the floor's.
SERVICES = ("viber", "telegram", "freshchat", "giosg", "uchat", "unblu", "vcita", "whatsapp")
WEBHOOK_AIM, EVENT_AIM, BATCH_AIM = 0.6, 0.5, 1.25
WEBHOOKS = 25  #: in a round
CONVERSATIONS = 10
EVENT_ROUNDS, BATCH_ROUNDS, WARM_UP = 15, 20, 2

METHOD = f"""\
- **(b)** A process of each function handles webhooks, {WEBHOOKS} at a time in turn with the floor, which verifies one
  of Viber's and queues it with boto3 over the same TLS. So does the dispatcher with batches of {CONVERSATIONS} messages
  to the simulated Freshchat, in turn with the same dispatcher over boto3 (its clients and its translation of items, and
  the log of Powertools), and with a floor that claims each message, reads the conversation and makes one call.
- **(d)** The platform is the simulated Freshchat, and every answer of it leaves {LATENCY * 1000:.0f} ms after its
  request. AWS is the same as in (a)."""

TRIED = {
    "dispatched event": "requests in one piece, a reader of answers of our own, no copies of what is clean. Almost "
    "half of what is left is the call to the platform, through requests and a new connection, the same on both sides.",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of CPU: per webhook by service and side, per event by side. Seconds of batches and of calls."""

    webhooks: Mapping[str, Times]
    events: Times
    batches: Times

    @property
    def cpu(self) -> Cpu:
        webhook, event = self.webhooks["viber"]["ours"], self.events["ours"]
        return Cpu(webhook=statistics.median(webhook) / 1000, event=statistics.median(event) / 1000)


def measure(say: Say, cpu: Cpu) -> Part:
    del cpu
    with canned_setting() as setting:
        webhooks = {service: time_webhooks(setting, service) for service in SERVICES}
        say("warm webhooks")
        events = time_events(setting, EVENT_ROUNDS)
        say("dispatched events")
        batches = time_batches(setting, BATCH_ROUNDS)
        say("batches of ten conversations")
    measured = Measured(webhooks, events, batches)
    figures = [*rate_webhooks(webhooks), *rate_events(events), rate_batches(batches)]
    return Part(figures=figures, method=METHOD, section=list_missed("Warm functions", figures, TRIED), cpu=measured.cpu)


def time_webhooks(setting: Setting, service: str) -> Times:
    if f"{service}-1" not in setting.tokens:
        setting.connect_sample(service)
    if "viber-1" not in setting.tokens:
        setting.connect_sample("viber")
    events = {
        name: [setting.make_event(connection_id) for _ in range(WEBHOOKS)]
        for name, connection_id in (("ours", f"{service}-1"), ("floor", "viber-1"))
    }
    given = str(setting.runtime.write(events))
    times: Times = json.loads(setting.runtime.run("warm", f"functions/{service}_webhook/app.py", given))
    sent, rounds = len(setting.aws.take_records()), len(times["ours"]) + WARM_UP
    if sent != 2 * WEBHOOKS * rounds:
        raise RuntimeError(f"{sent} of {2 * WEBHOOKS * rounds} messages reached the queue")
    return times


def time_events(setting: Setting, rounds: int) -> Times:
    with slow_platform(latency=0) as platform:
        _connect(setting, platform, "3")
        batches = {
            "ours": setting.make_records("viber-3", CONVERSATIONS, rounds + WARM_UP),
            "boto3": setting.make_records("viber-3", CONVERSATIONS, rounds + WARM_UP + 1),
            "floor": _make_floor_batches(setting, rounds + WARM_UP),
        }
        target = f"{platform['settings']['base_url'].partition('/v2')[0]}{FLOOR_PATH}"
        variables = {"FLOOR_TARGET_URL": target, "FLOOR_TABLE_NAME": "floor"}
        times: Times = json.loads(
            setting.runtime.run("dispatch", str(setting.runtime.write(batches)), variables=variables)
        )
        return times


def time_batches(setting: Setting, rounds: int) -> Times:
    with slow_platform() as platform:
        _connect(setting, platform, "4")
        batches = {
            "ten": setting.make_records("viber-4", CONVERSATIONS, rounds + WARM_UP),
            "one": setting.make_records("viber-4", 1, rounds + WARM_UP),
            "platform": platform,
        }
        times: Times = json.loads(setting.runtime.run("batch", str(setting.runtime.write(batches))))
        return times


def _connect(setting: Setting, platform: Json, number: str) -> None:
    setting.connect(f"freshchat-{number}", platform)
    setting.connect(f"viber-{number}", read_endpoint("viber"), link=f"freshchat-{number}")


def _make_floor_batches(setting: Setting, rounds: int) -> list[list[Json]]:
    """What the floor's webhook function puts on its queue: the callback as it came."""
    return [
        [{"body": setting.make_event("viber-3", person)["body"]} for person in range(CONVERSATIONS)]
        for _ in range(rounds)
    ]


def rate_webhooks(webhooks: Mapping[str, Times]) -> list[Figure]:
    return [
        _rate_cpu(f"(b) CPU per warm webhook, `{service}_webhook`", "json, hmac and boto3's SQS call", times)
        for service, times in webhooks.items()
    ]


def rate_events(events: Times) -> list[Figure]:
    name = "(b) CPU per dispatched event"
    return [
        _rate_cpu(name, "the same over boto3 and Powertools", events, "boto3", EVENT_AIM),
        _rate_cpu(name, "boto3's claim and read, and the same HTTP call", events, aim=None),
    ]


def _rate_cpu(name: str, floor: str, times: Times, side: str = "floor", aim: float | None = WEBHOOK_AIM) -> Figure:
    ours, other = statistics.median(times["ours"]), statistics.median(times[side])
    return ratio(name, floor, aim, quotients(times["ours"], times[side]), f"{ours:.2f} ms ÷ {other:.2f} ms")


def rate_batches(batches: Times) -> Figure:
    ten, one, call = (statistics.median(batches[name]) * 1000 for name in ("ten", "one", "call"))
    return ratio(
        "(d) Ten conversations, platform answers after 200 ms",
        "one bare call to it",
        BATCH_AIM,
        quotients(batches["ten"], batches["call"]),
        f"{ten:.0f} ms ÷ {call:.0f} ms; one conversation: {one:.0f} ms",
    )
