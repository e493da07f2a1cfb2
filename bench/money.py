"""From counted calls to dollars per million bridged messages. What cannot be counted here is an assumption, below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bench.prices import Usage
from bench.traffic import MESSAGES, Cost, Traffic
from playground.emulator import ROOT

#: The webhook and the delivery of a message itself, without what follows (echoes, receipts).
_MESSAGE = frozenset(
    {
        "viber_webhook: message",
        "freshchat_webhook: message_create of agent",
        "dispatcher: message",
    }
)
MEMORY_GB = 0.5  #: template.yaml
VCPU = 0.29  #: that Lambda gives with it (one vCPU per 1,769 MB)
AWS_CALL = 0.006  #: seconds, from a Lambda to SQS or DynamoDB
PLATFORM = 0.2  #: seconds until a platform answers
PLATFORM_LOG_BYTES = 600  #: of Lambda's own lines about an invocation, in JSON
ACCESS_LOG_BYTES = 220  #: of API Gateway's line about a request, as template.yaml writes it, with what is added to it
BYTES_OUT = 2000  #: of a call to a platform and of a webhook's answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`batch` is how many conversations a dispatcher takes at once, `sampled` the share that X-Ray records."""

    batch: int
    sampled: float
    webhook_cpu: float  #: seconds
    event_cpu: float  #: seconds

    @property
    def webhook_seconds(self) -> float:
        return self.webhook_cpu / VCPU + AWS_CALL

    def dispatch_seconds(self, calls: float, *, delivered: bool) -> float:
        """Of one event's share in a batch; only what is delivered waits for the other side."""
        waiting = PLATFORM * delivered + AWS_CALL * calls
        return (waiting + self.event_cpu * self.batch / VCPU) / self.batch


def bridged_message(traffic: Traffic, load: Load, *, alone: bool) -> Usage:
    """The mean of both directions; `alone` leaves out the echoes and receipts that a message brings about."""
    directions = (traffic.to_agent, traffic.to_customer)
    used = [_add_up(costs, load, alone=alone) for costs in directions]
    return (used[0] + used[1]).times(0.5)


def _add_up(costs: Mapping[str, Cost], load: Load, *, alone: bool) -> Usage:
    total = Usage()
    for label, cost in costs.items():
        if alone and label not in _MESSAGE:
            continue
        if label.startswith("dispatcher"):
            total += _dispatched(cost, load, delivered=label in _MESSAGE)
        else:
            total += _received(cost, load)
    return total.times(1 / MESSAGES)


def _received(cost: Cost, load: Load) -> Usage:
    return _stores(cost) + Usage(
        api_requests=cost.invocations,
        lambda_requests=cost.invocations,
        lambda_gb_seconds=cost.invocations * load.webhook_seconds * MEMORY_GB,
        log_bytes=cost.log_bytes + cost.invocations * (platform_log_bytes() + ACCESS_LOG_BYTES),
        traces=cost.invocations * load.sampled * is_traced(),
    )


def _dispatched(cost: Cost, load: Load, *, delivered: bool) -> Usage:
    invocations = cost.invocations / load.batch
    calls = cost.calls.total() / cost.invocations
    return _stores(cost) + Usage(
        lambda_requests=invocations,
        lambda_gb_seconds=cost.invocations * load.dispatch_seconds(calls, delivered=delivered) * MEMORY_GB,
        sqs_requests=2 * invocations,  # a receive and a delete
        log_bytes=cost.log_bytes + invocations * platform_log_bytes(),
        bytes_out=cost.invocations * BYTES_OUT * delivered,
        traces=invocations * load.sampled * is_traced(),
    )


def _stores(cost: Cost) -> Usage:
    sqs = ("SendMessageBatch", "SendMessage", "ChangeMessageVisibility")
    return Usage(
        sqs_requests=sum(cost.calls[name] for name in sqs),
        write_units=cost.write_units,
        read_units=cost.read_units,
        secret_reads=cost.calls["GetSecretValue"],
    )


def is_traced() -> bool:
    return "Tracing: Active" in _template()


def platform_log_bytes() -> int:
    """Lambda leaves its own lines out when its level is WARN."""
    default = _template().partition("  LambdaReports:")[2].partition("Default: ")[2].partition("\n")[0]
    return {"WARN": 0, "INFO": PLATFORM_LOG_BYTES}[default]


@cache
def _template() -> str:
    return (ROOT / "template.yaml").read_text(encoding="utf-8")
