"""A batch that waits for a slow service takes more messages from the queue, so that no conversation waits with it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest

from bench.installation import Installation, Journey, Messenger
from bench.simulated_time import SimulatedTime, simulated
from patchbay.domain.events import Origin, TypingChanged, decode
from patchbay.kit.contract import HttpRequest, HttpResponse


class Services:
    """`seconds` is what a call to "slow" takes; one to "quick" takes a fifth of a second."""

    def __init__(self, time: SimulatedTime) -> None:
        self.time = time
        self.seconds = 10.0
        self.refusals = 0  #: by "quick", before it takes the next call
        self.open_calls = 0
        self.most_calls = 0

    def send(self, request: HttpRequest) -> HttpResponse:
        self.open_calls += 1
        self.most_calls = max(self.most_calls, self.open_calls)
        self.time.sleep(self.seconds if "slow" in request.url else 0.2)
        self.open_calls -= 1
        if "quick" in request.url and self.refusals:
            self.refusals -= 1
            return HttpResponse(status=429)
        return HttpResponse(status=200)


@pytest.fixture
def time() -> Iterator[SimulatedTime]:
    with simulated() as time:
        yield time


@pytest.fixture
def services(time: SimulatedTime) -> Services:
    return Services(time)


@pytest.fixture
def one(time: SimulatedTime, services: Services) -> Installation:
    """With a single container."""
    return Installation(time, ["slow", "quick"], services, containers=1)


def took(journey: Journey) -> float:
    assert journey.delivered_at is not None
    return (journey.delivered_at - journey.queued_at).total_seconds()


def test_others_are_served_by_the_function_that_waits(time: SimulatedTime, one: Installation) -> None:
    with one.serving(Random(1)):
        slow = one.write("slow", "asa")
        time.sleep(0.5)
        quick = [one.write("quick", person) for person in ("bo", "cleo", "bo")]
        time.sleep(5)
        late = one.write("quick", "bo")
        time.sleep(2)
        assert len(one.queue) == 1
        time.sleep(9)
    assert took(slow) > 10
    assert all(took(each) < 2 for each in (*quick, late))
    assert len(one.queue) == 0


def test_it_takes_no_more_once_its_time_is_over(time: SimulatedTime, one: Installation, services: Services) -> None:
    services.seconds = 30
    with one.serving(Random(1)):
        one.write("slow", "asa")
        time.sleep(18)
        before = one.write("quick", "bo")
        time.sleep(3)
        after = one.write("quick", "cleo")
        time.sleep(12)
    assert took(before) < 2
    assert took(after) > 9
    assert [message.receives for message in one.queue.main.deleted] == [1, 1, 1]


def test_it_does_only_so_much_at_once(time: SimulatedTime, one: Installation, services: Services) -> None:
    """All begin before the first is known to be slow."""
    services.seconds = 3
    with one.serving(Random(1)):
        for person in range(60):
            one.write("slow", f"person-{person}")
            time.sleep(0.03)
        time.sleep(2.5)
        in_flight = [one for one in one.queue.main.messages if one.visible_at > time.now() + timedelta(seconds=60)]
        time.sleep(600)
    assert len(in_flight) == services.most_calls == 20
    assert len(one.queue) == 0


def test_lambda_hears_of_the_failures_of_its_own_batch_only(
    time: SimulatedTime, one: Installation, services: Services
) -> None:
    services.refusals = 1
    with one.serving(Random(1)):
        one.write("slow", "asa")
        time.sleep(0.5)
        refused = one.write("quick", "bo")
        time.sleep(12)
    assert took(refused) > 1
    assert len(one.queue) == 0


@pytest.mark.parametrize("seconds", [2.1, 3.1, 4.1])
def test_one_that_waits_for_its_service_may_come_back_to_the_same_batch(
    time: SimulatedTime, one: Installation, services: Services, seconds: float
) -> None:
    """It has failed as a message that Lambda handed over and is done as one that was taken besides."""
    services.seconds = seconds
    services.refusals = 1
    with one.serving(Random(1)):
        one.write("slow", "asa")
        refused = one.write("quick", "bo")
        time.sleep(6)
    assert 1 < took(refused) < 6
    assert len(one.queue) == 0


def test_feedback_that_is_taken_besides_waits_until_the_messages_are_out(
    time: SimulatedTime, one: Installation
) -> None:
    with one.serving(Random(1)):
        one.write("slow", "asa")
        time.sleep(0.5)
        origin = Origin(service=Messenger("quick").service, endpoint=Messenger("quick").service)
        typing = TypingChanged(id="typing-1", origin=origin, thread="bo", occurred_at=time.now(), typing=True)
        one.queue.send([typing])
        quick = one.write("quick", "bo")
        time.sleep(15)
    [done_at] = [at for what, at in one.recorder.lines if what == "event done"]
    assert took(quick) < 2
    assert done_at >= quick.queued_at + timedelta(seconds=9)
    assert len(one.queue) == 0


def test_a_queue_that_hands_out_no_more_harms_nobody(time: SimulatedTime, one: Installation) -> None:
    with one.serving(Random(1)):
        slow = one.write("slow", "asa")
        time.sleep(0.5)
        one.queue.hang = 1
        quick = one.write("quick", "bo")
        time.sleep(15)
    assert [what for what, _ in one.recorder.lines].count("no more events taken") == 1
    assert took(slow) < 11
    assert 1 < took(quick) < 3
    assert len(one.queue) == 0


def test_one_that_a_function_has_died_on_is_tried_when_the_others_are_done(
    time: SimulatedTime, one: Installation
) -> None:
    with one.serving(Random(1)):
        slow = one.write("slow", "asa")
        time.sleep(0.5)
        suspect = one.write("quick", "bo")
        waiting = (decode(message.body) for message in one.queue.main.messages)
        [entry] = [event.ledger_key for event in waiting if event.id == suspect.event]
        one.ledger.claim(entry, time.now())
        time.sleep(15)
    assert slow.delivered_at is not None
    assert suspect.delivered_at is not None
    assert suspect.delivered_at > slow.delivered_at
    assert len(one.queue) == 0
