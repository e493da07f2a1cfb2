"""What `make bench` counts of a message: every request to AWS, whoever sends it, on whoever caused it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import measured, money, scale, traffic
from bench.books import Cost
from bench.meter import Meter, Units
from bench.wire import watched
from patchbay.aws.stores.table import Table
from tests.aws import aws

MESSAGES = 1


@pytest.fixture(scope="module")
def counted() -> traffic.Traffic:
    return traffic.measure("webchat", "uchat", MESSAGES)


def find(costs: dict[str, Cost], label: str) -> Cost:
    return next(cost for name, cost in costs.items() if name.startswith(label))


def test_a_delivery_is_within_its_budget(counted: traffic.Traffic) -> None:
    for costs in (counted.to_agent, counted.to_customer):
        delivery = costs["dispatcher: message"]
        assert (delivery.invocations, delivery.api_calls, delivery.carries) == (1, 1, True)
        assert delivery.reads <= 1
        assert delivery.calls["GetSecretValue"] == 0
        assert delivery.write_units > 0
        assert delivery.log_bytes > 0


def test_a_webhook_of_a_warm_function_only_sends(counted: traffic.Traffic) -> None:
    webhook = find(dict(counted.to_customer), "uchat_webhook")
    assert webhook.carries
    assert dict(webhook.calls) == {"SendMessageBatch": 1}


def test_calls_inside_of_a_call_are_booked_on_the_inner_one(counted: traffic.Traffic) -> None:
    """The dispatcher waits for the web chat, whose function writes the chat."""
    stored = counted.to_customer["webchat: bridge POST chats/*/messages"]
    assert stored.calls["TransactWriteItems"] == 1
    assert "TransactWriteItems" not in counted.to_customer["dispatcher: message"].calls


def test_both_clients_are_weighed() -> None:
    with aws.running() as cloud:
        meter = Meter(aws.make_client("dynamodb"), aws.TABLE, [])
        with watched(meter):
            Table(cloud.tables, aws.TABLE).put({"pk": "a", "sk": "-"})
            assert meter.consumed == Units(write=1)
            cloud.dynamodb.get_item(TableName=aws.TABLE, Key={"pk": {"S": "a"}, "sk": {"S": "-"}})
            assert meter.consumed == Units(write=1, read=0.5)


def test_the_stored_counts_have_every_pair() -> None:
    counts = measured.load()
    assert tuple(counts.traffic) == traffic.PAIRS
    assert all(cost.invocations for one in counts.traffic.values() for cost in one.to_agent.values())


def test_the_counts_are_read_as_they_were_stored(counted: traffic.Traffic, tmp_path: Path) -> None:
    path = tmp_path / "measured.json"
    counts = measured.Counts(
        traffic=dict.fromkeys(traffic.PAIRS, counted), question=Cost(invocations=1), webhook_cpu=0.1, event_cpu=0.2
    )
    measured.save(counts, path)
    assert measured.load(path) == counts


def test_memory_is_that_of_the_template() -> None:
    assert money.memory_gb("dispatcher") == aws.function("DispatcherFunction", "MemorySize") / 1024
    assert money.vcpu("viber_webhook") == pytest.approx(
        aws.function("ViberWebhookFunction", "MemorySize") / money.VCPU_MB
    )


def test_what_a_message_uses_is_divided_among_the_functions() -> None:
    """The seconds in the table of docs/scale.md are those that are paid for."""
    one = scale.load(measured.load())
    seconds = one.webhook_seconds * money.memory_gb("viber_webhook")
    assert one.dispatcher_seconds * money.memory_gb("dispatcher") + seconds == pytest.approx(
        one.usage.lambda_gb_seconds, rel=0.01
    )
    assert one.busiest_route <= one.usage.api_requests
