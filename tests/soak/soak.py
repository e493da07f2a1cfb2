"""A soak: a world between fake services on virtual time, everything that goes wrong in it, and its end."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from unittest.mock import patch

from patchbay.bridge import dispatch
from patchbay.bridge.ledger import Cause
from patchbay.domain.accounts import Connection, Secrets
from patchbay.kit.contract import Connector
from tests.harness.fakes.media import MemoryMedia
from tests.harness.fakes.stores import MemoryConnections, MemoryPeople, MemorySessions
from tests.harness.fakes.window_stores import MemoryCosts, MemoryHeldMessages, MemoryTemplates
from tests.soak.books import Books
from tests.soak.connectors import HOOK_SECRET, Bureau, Lodge, Office, Pigeon, SoakConnector
from tests.soak.containers import Fleet, Surroundings
from tests.soak.faults import Fault, Faults, find_missing
from tests.soak.incidents import LONGEST, Estate, Incidents, Owner
from tests.soak.loop import Loop, VirtualPool
from tests.soak.oracles import Evidence, Findings, judge
from tests.soak.people import People, Scene, plan_pairs
from tests.soak.queues import SoakQueue
from tests.soak.servers import Account, Network, Server
from tests.soak.stores import Line, SoakLedger, SoakTelemetry
from tests.soak.webhooks import Webhooks

#: Messenger, platform, and the share of the customers. The small ones are for what lasts for days.
SHARES = (
    ("pigeon-1", "office-1", 0.40),
    ("pigeon-2", "bureau-1", 0.35),
    ("pigeon-3", "lodge-1", 0.19),
    ("pigeon-4", "office-2", 0.02),
    ("pigeon-5", "bureau-2", 0.02),
    ("pigeon-6", "office-3", 0.02),
)
_CONNECTORS: tuple[type[SoakConnector], ...] = (Pigeon, Office, Bureau, Lodge)
_SETTLED = 6 * 3600.0  #: seconds after which nothing may wait any more once everything works: longer than any pause
SAFE = tuple(cause for cause in Cause if cause not in {Cause.UNCERTAIN, Cause.REFUSED, Cause.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Plan:
    """`messages` are spread over `conversations`; `rate` of them are written each second, on average."""

    seed: int
    messages: int
    conversations: int
    rate: float = 1.5
    containers: int = 6

    @property
    def command(self) -> str:
        return (
            f"python -m bench.soak --seed {self.seed} --messages {self.messages} --conversations {self.conversations}"
        )


@dataclass(slots=True)
class Result:
    """`phases` are the numbers of dead letters by cause when the traffic had settled, and after each redrive."""

    plan: Plan
    findings: Findings = field(default_factory=Findings)
    injected: Counter[Fault] = field(default_factory=Counter)
    written: int = 0
    webhooks: int = 0
    invocations: int = 0
    deaths: int = 0
    days: float = 0.0
    seconds: float = 0.0
    phases: list[Counter[str]] = field(default_factory=list)
    missed: int = 0  #: calls to the table and the queue while they were away
    redriven: int = 0
    fingerprint: str = ""  #: of all that was shown: the same for the same seed

    @property
    def problems(self) -> dict[str, Sequence[str]]:
        """What must not be, with examples; empty when all is well."""
        found = {name: examples for name, examples in self.findings.problems.items() if examples}
        missing = find_missing(self.injected, self.plan.messages)
        return {**found, **({"injected too seldom": missing} if missing else {})}


class Soak:
    """One run. It takes the place of the dispatcher's threads, so no two run at the same time."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.loop = Loop()
        self._started_at = self.loop.time.now()
        self.faults = Faults(Random(plan.seed))
        self.books = Books()
        self.servers = {kind.service: Server(kind.service, self.loop, self.faults) for kind in _CONNECTORS}
        self.connectors = {kind.service: kind(self._spring) for kind in _CONNECTORS}
        self.connections = MemoryConnections()
        self.ledger = SoakLedger(self.loop.time)
        self.telemetry = SoakTelemetry()
        self.table = Line(self.loop, self.faults, Fault.TABLE_FAILED, Fault.TABLE_UNCONFIRMED)
        line = Line(self.loop, self.faults, Fault.QUEUE_FAILED, Fault.QUEUE_UNCONFIRMED)
        self.queue = SoakQueue(self.loop.time, line, self.faults)
        self.pairs = plan_pairs(plan.conversations, SHARES)
        self._connect()
        self.fleet = Fleet(self.loop, self._surroundings(), self.faults, plan.containers)
        self.webhooks = Webhooks(
            self.loop, self.faults, self._contracts(), self.table.to(self.connections), self.queue, self.telemetry
        )
        scene = Scene(self.loop, self.faults, self.servers, self.webhooks, self.queue, self.books)
        self.people = People(scene)
        self.estate = Estate(
            self.loop, self.faults, self.servers, self.connections, self.ledger, self.queue, self.table
        )
        self.owner = Owner(self.estate)
        self._poison_works = True
        self._dead: set[str] = set()

    # --- setting up --------------------------------------------------------------------------------------------------

    def _connect(self) -> None:
        for messenger, platform, _ in SHARES:
            self._add(platform, None)
            self._add(messenger, platform)
        self.servers["lodge"].opens_active = False
        self.servers["lodge"].takes_keys_once = True
        for server in self.servers.values():
            server.refuses = lambda text: self.books.kind_of(text) is Fault.REFUSED
            server.hides = lambda text: self.books.kind_of(text) is Fault.UNDELIVERABLE

    def _add(self, name: str, link: str | None) -> None:
        service = name.partition("-")[0]
        self.servers[service].accounts[name] = Account(token="token 0")
        values = {"token": "token 0", "webhook_token": HOOK_SECRET}
        connection = Connection(
            id=name,
            service=service,
            side=self.connectors[service].side,
            endpoint_id=name,
            secrets=Secrets(values=values, version="1"),
            link=link,
        )
        self.connections.add(connection, f"hook-{name}")

    def _contracts(self) -> dict[str, Connector]:
        found: dict[str, Connector] = {}
        for service, connector in self.connectors.items():
            assert isinstance(connector, Connector)
            found[service] = connector
        return found

    def _surroundings(self) -> Surroundings:
        network = Network(self.servers)
        return Surroundings(
            connector_of=self._contracts().__getitem__,
            connections=self.table.to(self.connections),
            sessions=self.table.to(MemorySessions()),
            people=self.table.to(MemoryPeople()),
            ledger=self.table.to(self.ledger),
            held=self.table.to(MemoryHeldMessages()),
            templates=self.table.to(MemoryTemplates()),
            costs=self.table.to(MemoryCosts()),
            queue=self.queue,
            media=MemoryMedia(network),
            http=network,
            telemetry=self.telemetry,
        )

    def _spring(self, text: str) -> None:
        """What some messages do to the code that handles them, until a release that is better."""
        if not self._poison_works:
            return
        match self.books.kind_of(text):
            case Fault.CRASHING:
                raise ValueError("a bug")
            case Fault.KILLING:
                self.loop.kill()
            case Fault.HANGING:
                self.loop.pause(timedelta(hours=1).total_seconds())

    # --- the run -----------------------------------------------------------------------------------------------------

    def run(self) -> Result:
        result = Result(self.plan)
        started = time.process_time()
        with self._on_virtual_time():
            self._live()
            self._settle()
            result.phases.append(self._count_dead())
            result.findings.stuck += [self.queue.watched.events[one.id] for one in self.queue.main.messages]
            self._poison_works = False
            for causes in (SAFE, (*SAFE, Cause.UNCERTAIN)):
                self._note_dead()
                result.redriven += self.owner.redrive(*causes)
                self._settle()
                result.phases.append(self._count_dead())
            self._note_dead()
        result.seconds = time.process_time() - started
        self._report(result)
        return result

    def _live(self) -> None:
        """The traffic with all that goes wrong, and the days until the last of it is repaired."""
        seconds = self.plan.messages / self.plan.rate
        each, rest = divmod(self.plan.messages, len(self.pairs))
        for pair in self.pairs:
            self.people.begin(pair, each + (pair.number <= rest), seconds)
        Incidents(self.estate).plan(seconds)
        self.loop.time.advance(seconds + LONGEST)

    def _settle(self) -> None:
        """Everything works, and everything that can end has the time to."""
        self.faults.is_calm = True
        self.fleet.nudge()
        until = self.loop.time.now() + timedelta(seconds=_SETTLED)
        while self.loop.time.now() < until and (len(self.queue) or not self.fleet.is_idle or self.webhooks.under_way):
            self.loop.time.advance(60)

    @contextmanager
    def _on_virtual_time(self) -> Iterator[None]:
        """The dispatcher's threads, as the loop runs them."""
        with ExitStack() as stack:
            pool: Callable[..., object] = partial(VirtualPool, self.loop)
            stack.enter_context(patch.object(dispatch, "ThreadPoolExecutor", pool))
            stack.enter_context(patch.object(dispatch, "wait", self.loop.wait))
            yield

    # --- the end -----------------------------------------------------------------------------------------------------

    def _note_dead(self) -> None:
        self._dead |= {self.queue.event_of(letter) for letter in self.queue.dead.messages}

    def _count_dead(self) -> Counter[str]:
        return Counter(self.queue.cause_of(letter) for letter in self.queue.dead.messages)

    def _report(self, result: Result) -> None:
        stuck = result.findings.stuck
        marked = frozenset(self.ledger.marked | self.telemetry.marked)
        unreported = frozenset(self.telemetry.unreported)
        evidence = Evidence(self.books, self.servers, self.queue, frozenset(self._dead), marked, unreported)
        result.findings = judge(evidence)
        result.findings.stuck += stuck
        result.injected = self.faults.injected
        result.written = len(self.books.written)
        result.webhooks = self.webhooks.sent
        result.missed = self.table.missed + self.queue.line.missed
        result.invocations, result.deaths = self.fleet.invocations, self.fleet.deaths
        result.days = (self.loop.time.now() - self._started_at).total_seconds() / 86400
        shown = "".join(f"{one.at}{one.thread}{one.text}" for each in self.servers.values() for one in each.shown)
        result.fingerprint = hashlib.sha256(shown.encode()).hexdigest()[:16]
