"""(g) Whether a service that is slow, times out or asks for fewer calls slows down the messages of another one.

The same messages go to the healthy service with and without its neighbour, whose trouble begins in the middle of a
run. Seconds are simulated, so that they are exact, and the same on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from random import Random

from bench.installation import Installation, Journey
from bench.money import AWS_CALL
from bench.part import Cpu, Figure, Part, Say, percentile, ratio
from bench.simulated_time import SimulatedTime, simulated
from patchbay.domain.errors import Uncertain
from patchbay.kit.contract import HttpRequest, HttpResponse

CONVERSATIONS = 200  #: of each service
CONTAINERS = (5, 20)
HEALTHY_RATE = 3.3  #: messages a second
CALL = 0.2  #: seconds that a call to a healthy service takes, ±20 %
HANGING = 10.0  #: seconds of a call that hangs
LETTERS = "g"
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


TITLE = "## A slow service and the others"
METHOD = "- **(g)** is simulated: see [A slow service and the others](#a-slow-service-and-the-others)."
INTRODUCTION = f"""\
One of two services works, and the other one fails or is slow. This measures how much the messages of the first are
delayed. Its
{HEALTHY_RATE} messages a second, from {CONVERSATIONS} conversations, are the same with and
without the other one, and a call takes {CALL:g} s ± 20 %. Their times from the queue to the record of the
delivery are divided by those without, from the moment when the trouble begins: *first* are
{PHASES.learning:.0f} seconds in which Patchbay notices it, *then* {PHASES.after:.0f} more.
*Served* counts the other service's own messages.

The dispatcher is the product's, in as many containers as `DispatcherConcurrency` says, over stores in memory and the
tests' SQS. Time is simulated: the clock jumps to whatever comes next, so that the figures are exact and the same on any
machine. A call to AWS takes {AWS_CALL * 1000:.0f} ms, CPU time counts as nothing, receipts are not sent.
"""


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


def measure(say: Say, cpu: Cpu) -> Part:
    del cpu
    comparisons = compare_all()
    say("slow neighbours")
    section = "\n".join([f"{TITLE}\n", INTRODUCTION, *_rows(comparisons)])
    return Part(figures=list(rate(comparisons)), method=METHOD, section=section)


def rate(comparisons: Sequence[Comparison]) -> Iterator[Figure]:
    """The worst of all."""
    rows = (
        ("p50", P50, "p50"),
        ("p99", P99, "p99"),
        ("p99 while that is noticed", P99_LEARNING, "p99_learning"),
    )
    for name, aim, attribute in rows:
        worst = max(comparisons, key=lambda one: getattr(one, attribute))
        what = f"{worst.trouble.title}, {worst.trouble.rate:g} messages/s, {worst.containers} dispatchers"
        name = f"(g) Others beside a service in trouble, {name}"  # noqa: PLW2901
        yield ratio(name, "without it", aim, getattr(worst, attribute), what)


def _rows(comparisons: Sequence[Comparison]) -> Iterator[str]:
    yield "| Other service | messages/s | dispatchers | p50, first | p99, first | p50, then | p99, then | served/s |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for one in comparisons:
        ratios = (one.p50_learning, one.p99_learning, one.p50, one.p99)
        cells = " | ".join(f"{value:.2f}" for value in ratios)
        what = f"{one.trouble.title} | {one.trouble.rate:g} | {one.containers}"
        yield f"| {what} | {cells} | {one.served:.2f} |"


def compare_all() -> list[Comparison]:
    comparisons = []
    for containers in CONTAINERS:
        floor = _run_all(containers, None)
        comparisons += [compare(trouble, containers, _run_all(containers, trouble), floor) for trouble in TROUBLES]
    return comparisons


def compare(trouble: Trouble, containers: int, ours: Times, floor: Times) -> Comparison:
    return Comparison(
        trouble=trouble,
        containers=containers,
        p50=percentile(ours.after, 50) / percentile(floor.after, 50),
        p99=percentile(ours.after, 99) / percentile(floor.after, 99),
        p50_learning=percentile(ours.learning, 50) / percentile(floor.learning, 50),
        p99_learning=percentile(ours.learning, 99) / percentile(floor.learning, 99),
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
