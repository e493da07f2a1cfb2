"""A signed webhook that somebody has kept is worth nothing once our own record of it may be gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.aws.stores.ledger import KEPT
from patchbay.bridge import retry_policy
from patchbay.bridge.receive import Receiver
from patchbay.kit.abilities import TimestampsWebhooks
from patchbay.kit.contract import ALLOWED_SOURCES, WebhookResponse
from tests.connectors.services import SERVICES, Sample, load_connector, sample_endpoint, samples
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.fakes.stores import MemoryConnections
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

SIGNING = [service for service in SERVICES if load_connector(service).signs]
#: Services whose signed bodies hold no time: docs/limits.md and the service's page say what remains of the danger.
WITHOUT_TIME = {"uchat"}
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("service", SIGNING)
def test_every_service_that_signs_says_when(service: str) -> None:
    assert isinstance(load_connector(service), TimestampsWebhooks) is (service not in WITHOUT_TIME)


def dated() -> list[Sample]:
    """Webhooks with a time that mean something. Services that sign nothing can be made to say any time.

    Not those whose signature holds the time of its making: they are refused much earlier.
    """
    return [
        sample
        for sample in samples()
        if sample.service in SIGNING
        and "ignored" not in sample.expected[0]
        and not _is_signed_with_its_time(sample)
        and read_time(sample) is not None
    ]


def _is_signed_with_its_time(sample: Sample) -> bool:
    return "webhook-timestamp" in sample.request().headers


def read_time(sample: Sample) -> datetime | None:
    connector = load_connector(sample.service)
    return connector.read_timestamp(sample.request()) if isinstance(connector, TimestampsWebhooks) else None


class Door:
    def __init__(self, sample: Sample) -> None:
        self.sample = sample
        self.telemetry = MemoryTelemetry()
        time = VirtualTime()
        self.queue = MemoryQueue(time)
        connections = MemoryConnections()
        endpoint = sample_endpoint(sample.service)
        connections.endpoints[sample.service, "webhook_token"] = endpoint
        self.receiver = Receiver(
            connector=load_connector(sample.service),
            connections=connections,
            producer=self.queue,
            clock=time,
            telemetry=self.telemetry,
        )

    def receive(self, at: datetime) -> WebhookResponse:
        return self.receiver.receive("webhook_token", replace(self.sample.request(), received_at=at))


@pytest.fixture(params=dated(), ids=str)
def door(request: pytest.FixtureRequest) -> Door:
    return Door(request.param)


def test_messages_of_every_such_service_are_among_the_samples() -> None:
    kinds = {(sample.service, str(sample.expected[0]["kind"])) for sample in dated()}
    assert {service for service, kind in kinds if kind == "message"} == set(SIGNING) - WITHOUT_TIME


@pytest.mark.parametrize(
    "age", [retry_policy.WEBHOOK_PATIENCE - 1, -retry_policy.CLOCKS_DIFFER + 1, 0], ids=["old", "ahead", "new"]
)
def test_a_webhook_that_a_service_may_still_repeat_is_taken(door: Door, age: float) -> None:
    written = read_time(door.sample)
    assert written is not None
    answer = door.receive(written + timedelta(seconds=age))
    assert answer.status < 300
    assert door.queue.receive()


@pytest.mark.parametrize(
    "age", [retry_policy.WEBHOOK_PATIENCE + 1, -retry_policy.CLOCKS_DIFFER - 1], ids=["old", "ahead"]
)
def test_one_of_another_time_is_answered_and_counted_and_not_acted_on(door: Door, age: float) -> None:
    written = read_time(door.sample)
    assert written is not None
    usual = door.receive(written)
    before = len(door.queue.receive())
    answer = door.receive(written + timedelta(seconds=age))
    assert before
    assert answer == usual
    assert not door.queue.receive()
    assert door.telemetry.metrics["StaleWebhook"] == 1
    assert door.telemetry.logged("webhook too old or too new")


@pytest.mark.parametrize("seconds", [-301, -300, 0, 300, 301])
def test_a_signature_that_holds_its_time_is_worth_nothing_after_five_minutes(seconds: int) -> None:
    signed = [sample for sample in samples() if _is_signed_with_its_time(sample)]
    assert {sample.service for sample in signed} == {"freshchat"}
    for sample in signed:
        door, signed_at = Door(sample), int(sample.request().headers["webhook-timestamp"])
        answer = door.receive(datetime.fromtimestamp(signed_at + seconds, UTC))
        assert answer.status == (401 if abs(seconds) > 300 else 200)
        assert bool(len(door.queue)) is (answer.status == 200 and any("kind" in each for each in sample.expected))


def test_what_is_taken_is_remembered_until_no_repetition_of_it_is_taken_any_more() -> None:
    """The first may be carried at once, the last may wait on the queue and then as a dead letter, a fortnight each."""
    fortnight = timedelta(days=14)
    taken = timedelta(seconds=retry_policy.WEBHOOK_PATIENCE + retry_policy.CLOCKS_DIFFER)
    assert taken + 2 * fortnight < KEPT
    assert timedelta(days=7).total_seconds() < retry_policy.WEBHOOK_PATIENCE, "services repeat for up to seven days"


@pytest.mark.parametrize("service", SERVICES)
def test_where_a_webhook_proves_little_the_owner_may_say_where_it_comes_from(service: str) -> None:
    connector = load_connector(service)
    proves_little = not connector.signs or not isinstance(connector, TimestampsWebhooks)
    assert (ALLOWED_SOURCES in connector.settings) is proves_little
