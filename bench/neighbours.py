"""Whether a service that is slow, times out or asks for fewer calls slows down the messages of another one.

The same messages go to the healthy service with and without its neighbour, whose trouble begins in the middle of a
run. Seconds are simulated, so that they are exact, and the same on any machine.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from random import Random

from bench.installation import Installation, Journey
from bench.simulated_time import SimulatedTime, simulated
from patchbay.domain.errors import Uncertain
from patchbay.kit.contract import HttpRequest, HttpResponse

CONVERSATIONS = 200  #: of each service
CONTAINERS = (5, 20)
HEALTHY_RATE = 3.3  #: messages a second
CALL = 0.2  #: seconds that a call to a healthy service takes, ±20 %
HANGING = 10.0  #: seconds of a call that hangs
SEEDS = (1, 2)
P50, P99, P99_LEARNING = 1.1, 1.5, 10.0  #: at most, in relation to a run without the neighbour

_HEALTHY, _NEIGHBOUR = "healthy", "neighbour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """Seconds in which all is well, in which the trouble may still be noticed, and in which it must do no harm."""

    calm: float = 30.0
    learning: float = 30.0
    after: float = 120.0


PHASES = Phases()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is wrong with the neighbour, and how many messages a second it is sent."""

    title: str
    rate: float
    answer: Callable[[Network], HttpResponse]


class Network:
    """Both services. The neighbour is well until its trouble begins."""

    def __init__(self, time: SimulatedTime, calm: float, random: Random, trouble: Trouble | None) -> None:
        self.time = time
        self.free_at = self._begins = time.now() + timedelta(seconds=calm)
        self._random = random
        self._trouble = trouble

    def send(self, request: HttpRequest) -> HttpResponse:
        if self._trouble and _NEIGHBOUR in request.url and self.time.now() >= self._begins:
            return self._trouble.answer(self)
        return self.answer_soon(200)

    def answer_soon(self, status: int, retry_after: str = "") -> HttpResponse:
        self.time.sleep(CALL * self._random.uniform(0.8, 1.2))
        return HttpResponse(status=status, headers={"retry-after": retry_after} if retry_after else {})


def hang(network: Network) -> HttpResponse:
    network.time.sleep(HANGING)
    return HttpResponse(status=200)


def time_out(network: Network) -> HttpResponse:
    network.time.sleep(HANGING)
    raise Uncertain("no answer in time")


def ask_for_fewer_calls(network: Network) -> HttpResponse:
    """It takes one a second."""
    now = network.time.now()
    if now < network.free_at:
        return network.answer_soon(429, retry_after="1")
    network.free_at = now + timedelta(seconds=1)
    return network.answer_soon(200)


TROUBLES = (
    *(Trouble(title="answers after 10 s", rate=rate, answer=hang) for rate in (0.5, 3.3, 12)),
    Trouble(title="times out after 10 s", rate=3.3, answer=time_out),
    *(
        Trouble(title="answers 429 above one call a second", rate=rate, answer=ask_for_fewer_calls)
        for rate in (3.3, 20)
    ),
)


@dataclass(slots=True)
class Times:
    """Seconds from the queue to the record of the delivery, for the healthy service's messages of each phase.

    What was not delivered when the run ended counts with its age. `served` counts the neighbour's, in all `seconds`.
    """

    learning: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    served: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The healthy service's times beside its `trouble`d neighbour, divided by those without."""

    trouble: Trouble
    containers: int
    p50: float
    p99: float
    p50_learning: float
    p99_learning: float
    served: float  #: the neighbour's messages a second

    @property
    def met(self) -> bool:
        return self.p50 <= P50 and self.p99 <= P99 and self.p99_learning <= P99_LEARNING


def measure() -> list[Comparison]:
    comparisons = []
    for containers in CONTAINERS:
        floor = _run_all(containers, None)
        comparisons += [compare(trouble, containers, _run_all(containers, trouble), floor) for trouble in TROUBLES]
    return comparisons


def compare(trouble: Trouble, containers: int, ours: Times, floor: Times) -> Comparison:
    return Comparison(
        trouble=trouble,
        containers=containers,
        p50=_percentile(ours.after, 50) / _percentile(floor.after, 50),
        p99=_percentile(ours.after, 99) / _percentile(floor.after, 99),
        p50_learning=_percentile(ours.learning, 50) / _percentile(floor.learning, 50),
        p99_learning=_percentile(ours.learning, 99) / _percentile(floor.learning, 99),
        served=ours.served / ours.seconds,
    )


def run(containers: int, trouble: Trouble | None, seed: int, phases: Phases = PHASES) -> Times:
    rates = {_HEALTHY: HEALTHY_RATE, **({_NEIGHBOUR: trouble.rate} if trouble else {})}
    with simulated() as time:
        network = Network(time, phases.calm, Random(seed), trouble)
        installation = Installation(time, rates, network, containers)
        seconds = phases.calm + phases.learning + phases.after
        journeys = installation.run(rates, CONVERSATIONS, seconds, seed)
    return _sort(journeys, time, phases)


def _run_all(containers: int, trouble: Trouble | None) -> Times:
    times = [run(containers, trouble, seed) for seed in SEEDS]
    return Times(
        learning=list(chain.from_iterable(one.learning for one in times)),
        after=list(chain.from_iterable(one.after for one in times)),
        served=sum(one.served for one in times),
        seconds=sum(one.seconds for one in times),
    )


def _sort(journeys: Sequence[Journey], time: SimulatedTime, phases: Phases) -> Times:
    times = Times(seconds=phases.learning + phases.after)
    begins = journeys[0].queued_at + timedelta(seconds=phases.calm)
    is_learnt = begins + timedelta(seconds=phases.learning)
    for one in journeys:
        if one.platform == _NEIGHBOUR:
            times.served += one.delivered_at is not None and one.delivered_at >= begins
        elif one.queued_at >= begins:
            age = ((one.delivered_at or time.now()) - one.queued_at).total_seconds()
            (times.after if one.queued_at >= is_learnt else times.learning).append(age)
    return times


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
