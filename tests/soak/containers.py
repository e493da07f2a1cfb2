"""The dispatcher's function as Lambda runs it: several containers at once, each with a batch, for as long as it may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from patchbay.aws.outages import is_outage
from patchbay.bridge.context import Context
from patchbay.bridge.costs import CostCounters
from patchbay.bridge.dispatch import Dispatcher
from patchbay.bridge.held import HeldMessages
from patchbay.bridge.ledger import Ledger
from patchbay.bridge.outcomes import Disposition
from patchbay.bridge.people import People
from patchbay.bridge.ports import Connections, Deadline, Envelope, Media, Sessions
from patchbay.bridge.template_store import KnownTemplates
from patchbay.kit.contract import Connector, Http
from tests.harness.fakes.mortality import Died
from tests.soak.faults import Faults
from tests.soak.loop import Life, Loop
from tests.soak.queues import SoakQueue
from tests.soak.stores import SoakTelemetry, cache

SECONDS = 180.0  #: that an invocation may take: the function's timeout in the template
_PROCESS_START = 0.5  #: seconds until a process of its own can work
_POLL = 1.5  #: seconds that a message lies on the queue until Lambda asks for it, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What every container of the function finds around it. Stores are at the other end of their lines."""

    connector_of: Callable[[str], Connector]
    connections: Connections
    sessions: Sessions
    people: People
    ledger: Ledger
    held: HeldMessages
    templates: KnownTemplates
    costs: CostCounters
    queue: SoakQueue
    media: Media
    http: Http
    telemetry: SoakTelemetry


class VirtualDeadline(Deadline):
    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._until = loop.time.now()

    def begin(self, seconds: float) -> None:
        self._until = self._loop.time.now() + timedelta(seconds=seconds)

    def seconds_left(self) -> float:
        return (self._until - self._loop.time.now()).total_seconds()


class VirtualIsolation:
    """A process of its own: dies for itself, or with the function that started it."""

    def __init__(self, loop: Loop, start: Callable[[Deadline], Dispatcher]) -> None:
        self._loop = loop
        self._start = start

    def handle(self, envelope: Envelope, seconds: float) -> Disposition | None:
        task, outer = self._loop.task, self._loop.task.life
        self._loop.pause(_PROCESS_START)
        deadline = VirtualDeadline(self._loop)
        deadline.begin(seconds)
        task.life = Life(self._loop, parent=outer)
        self._loop.time.later(seconds, task.life.end)
        try:
            return self._start(deadline).handle_apart(envelope)
        except Died:
            outer.check()
            return None
        finally:
            task.life = outer


class Container:
    """One warm copy of the function. `is_free` when it has no batch."""

    def __init__(self, loop: Loop, around: Surroundings, seed: int) -> None:
        self.is_free = True
        self._loop = loop
        self._around = around
        self._random = Random(seed)
        self._deadline = VirtualDeadline(loop)
        self._dispatcher = self._make(self._deadline, VirtualIsolation(loop, self._make))

    def work(self, batch: Sequence[Envelope]) -> bool:
        """One batch. Returns whether the container survived it."""
        life = self._loop.task.life
        self._deadline.begin(SECONDS)
        self._loop.time.later(SECONDS, life.end)
        try:
            kept = self._dispatcher.dispatch(batch)
        except Died:
            return False
        self._around.queue.complete(batch, kept)
        return True

    def _make(self, deadline: Deadline, isolation: VirtualIsolation | None = None) -> Dispatcher:
        around = self._around
        return Dispatcher(
            Context(
                connector_of=around.connector_of,
                connections=cache(around.connections, self._loop.time),
                sessions=around.sessions,
                people=around.people,
                ledger=around.ledger,
                held=around.held,
                open_templates=lambda: around.templates,
                open_costs=lambda: around.costs,
                producer=around.queue,
                media=around.media,
                http=around.http,
                clock=self._loop.time,
                telemetry=around.telemetry,
                deadline=deadline,
                random=self._random,
            ),
            consumer=around.queue,
            isolation=isolation,
            is_outage=is_outage,
        )


class Fleet:
    """`size` containers and the event source mapping that feeds them."""

    def __init__(self, loop: Loop, around: Surroundings, faults: Faults, size: int) -> None:
        self.invocations = 0
        self.deaths = 0
        self._loop = loop
        self._around = around
        self._faults = faults
        self._containers = [self._start() for _ in range(size)]
        self._poll_at: datetime | None = None
        around.queue.watched.on_send = self.nudge
        around.queue.invocation = lambda: loop.task.life.number

    @property
    def is_idle(self) -> bool:
        return all(container.is_free for container in self._containers)

    def nudge(self) -> None:
        """There may be something to receive, now or later."""
        due = self._around.queue.next_visible()
        if due is None:
            return
        now = self._loop.time.now()
        wanted = max(due, now) + timedelta(seconds=self._faults.random.uniform(0.1, _POLL))
        if self._poll_at is None or wanted < self._poll_at - timedelta(seconds=_POLL):
            self._poll_at = wanted
            self._loop.time.later((wanted - now).total_seconds(), lambda: self._poll(wanted))

    def _poll(self, planned: datetime) -> None:
        if self._poll_at != planned:
            return
        self._poll_at = None
        for place, container in enumerate(self._containers):
            if container.is_free:
                batch = self._around.queue.hand_out(self.invocations + 1)
                if not batch:
                    break
                self._invoke(place, batch)
        if any(container.is_free for container in self._containers):
            self.nudge()

    def _invoke(self, place: int, batch: Sequence[Envelope]) -> None:
        self.invocations += 1
        container = self._containers[place]
        container.is_free = False

        def run() -> None:
            if not container.work(batch):
                self.deaths += 1
                self._containers[place] = self._start()
            container.is_free = True
            self.nudge()

        self._loop.spawn(run, Life(self._loop, self.invocations))

    def _start(self) -> Container:
        return Container(self._loop, self._around, self._faults.random.getrandbits(32))
