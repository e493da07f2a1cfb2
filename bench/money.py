"""From counted calls to what a bridged message uses. What cannot be counted here is an assumption, below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bench.books import Cost
from bench.prices import Usage
from bench.traffic import MESSAGES, Traffic
from playground.emulator import ROOT
from tests.aws.aws import read_template

VCPU_MB = 1769  #: of memory, with which Lambda gives one vCPU
AWS_CALL = 0.006  #: seconds, from a Lambda to SQS or DynamoDB
PLATFORM = 0.2  #: seconds until a service's API answers
PLATFORM_LOG_BYTES = 600  #: of Lambda's own lines about an invocation, in JSON
ACCESS_LOG_BYTES = 130  #: of API Gateway's slim line about a request, with what is added to it
BYTES_OUT = 2000  #: of a call to a service and of a webhook's answer
PAGE_BYTES = 600  #: of the headers of an answer to a visitor's browser, and what carries them
BUSY_BATCH, QUIET_BATCH = 10, 1  #: conversations that one run of the dispatcher delivers
_WEBCHAT = "webchat"
_QUEUE_CALLS = (
    "SendMessage",
    "SendMessageBatch",
    "ChangeMessageVisibility",
    "ChangeMessageVisibilityBatch",
    "DeleteMessage",
    "DeleteMessageBatch",
)
MEMORY_GB, VCPU = 0.5, 0.29  #: of most functions


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`batch` is how many conversations a dispatcher takes at once, `sampled` the share that X-Ray records."""

    batch: int
    sampled: float
    webhook_cpu: float  #: seconds
    event_cpu: float  #: seconds


def busy(webhook_cpu: float, event_cpu: float) -> Load:
    return Load(batch=BUSY_BATCH, sampled=0.05, webhook_cpu=webhook_cpu, event_cpu=event_cpu)


def quiet(webhook_cpu: float, event_cpu: float) -> Load:
    return Load(batch=QUIET_BATCH, sampled=1.0, webhook_cpu=webhook_cpu, event_cpu=event_cpu)


def bridged_message(traffic: Traffic, load: Load, *, alone: bool) -> Usage:
    """The mean of both directions; `alone` leaves out the echoes and receipts that a message brings about."""
    directions = (traffic.to_agent, traffic.to_customer)
    used = [add_up(costs, load, alone=alone) for costs in directions]
    return (used[0] + used[1]).times(0.5 / MESSAGES)


def own_of_webchat(traffic: Traffic, load: Load) -> Usage:
    """The part of it that is the web chat's own API: what a messenger of another company does on its own servers."""
    directions = (traffic.to_agent, traffic.to_customer)
    chosen = [{label: cost for label, cost in costs.items() if label.startswith(_WEBCHAT)} for costs in directions]
    used = [add_up(costs, load, alone=False) for costs in chosen]
    return (used[0] + used[1]).times(0.5 / MESSAGES)


def add_up(costs: Mapping[str, Cost], load: Load, *, alone: bool) -> Usage:
    total = Usage()
    for label, cost in costs.items():
        if cost.carries or not alone:
            total += _dispatched(cost, load) if label.startswith("dispatcher") else received(label, cost, load)
    return total


def received(label: str, cost: Cost, load: Load) -> Usage:
    """Of requests that API Gateway takes: webhooks, and calls of the web chat."""
    function = label.partition(":")[0]
    cpu = cost.invocations * load.webhook_cpu / vcpu(function)
    for_visitors = label.startswith(_WEBCHAT) and "bridge" not in label
    return _stores(cost) + Usage(
        api_requests=cost.invocations,
        lambda_requests=cost.invocations,
        lambda_gb_seconds=(cpu + AWS_CALL * cost.calls.total()) * memory_gb(function),
        log_bytes=cost.log_bytes + cost.invocations * (platform_log_bytes() + ACCESS_LOG_BYTES),
        bytes_out=(cost.answer_bytes + cost.invocations * PAGE_BYTES) * for_visitors,
        traces=cost.invocations * load.sampled * is_traced(),
    )


def _dispatched(cost: Cost, load: Load) -> Usage:
    invocations = cost.invocations / load.batch
    cpu = cost.invocations * load.event_cpu / vcpu("dispatcher")
    waiting = (PLATFORM * cost.api_calls + AWS_CALL * cost.calls.total()) / load.batch  # side by side
    return _stores(cost) + Usage(
        lambda_requests=invocations,
        lambda_gb_seconds=(cpu + waiting) * memory_gb("dispatcher"),
        sqs_requests=2 * invocations,  # a receive and a delete
        log_bytes=cost.log_bytes + invocations * platform_log_bytes(),
        bytes_out=cost.api_calls * BYTES_OUT,
        traces=invocations * load.sampled * is_traced(),
    )


def _stores(cost: Cost) -> Usage:
    return Usage(
        sqs_requests=sum(cost.calls[name] for name in _QUEUE_CALLS),
        write_units=cost.write_units,
        read_units=cost.read_units,
        secret_reads=cost.calls["GetSecretValue"],
    )


@cache
def memory_gb(function: str) -> float:
    """Of the function in that folder of `functions/`, as the template has it."""
    template = read_template()
    usual = template["Globals"]["Function"]["MemorySize"]
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if properties.get("CodeUri") == f"functions/{function}/":
            return float(properties.get("MemorySize", usual)) / 1024
    raise KeyError(function)


def vcpu(function: str) -> float:
    """Lambda gives CPU in proportion to memory."""
    return memory_gb(function) * 1024 / VCPU_MB


def is_traced() -> bool:
    return "Tracing: Active" in _template()


def platform_log_bytes() -> int:
    """Lambda leaves its own lines out when its level is WARN."""
    default = _template().partition("  LambdaReports:")[2].partition("Default: ")[2].partition("\n")[0]
    return {"WARN": 0, "INFO": PLATFORM_LOG_BYTES}[default]


@cache
def _template() -> str:
    return (ROOT / "template.yaml").read_text(encoding="utf-8")
