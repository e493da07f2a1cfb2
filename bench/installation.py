"""A whole installation on simulated time: the product's dispatcher in several containers, between two platforms.

SQS is the tests' strict one in memory. A call to a store or to the queue takes as long as it does in AWS, CPU time
nothing: what is measured is who waits for whom.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any, cast

from bench.money import AWS_CALL
from bench.simulated_time import SimulatedTime
from patchbay.aws.stores.leases import places_of
from patchbay.bridge.context import Context
from patchbay.bridge.dispatch import Dispatcher
from patchbay.bridge.ports import Envelope, Unit
from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.errors import Transient
from patchbay.domain.model import Contact, ContactKey, Conversation, Delivered, Part
from patchbay.kit.abilities import Opened
from patchbay.kit.contract import Connector, Http, HttpRequest
from patchbay.kit.lookups import UncertainSend
from tests.harness.fakes.media import MemoryMedia
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.fakes.services import FakeService, Office, Pigeon, message_event
from tests.harness.fakes.stores import MemoryConnections, MemoryLeases, MemoryLedger, MemoryPeople, MemorySessions
from tests.harness.fakes.window_stores import MemoryCosts, MemoryHeldMessages, MemoryTemplates

_POLL = 0.01  #: seconds between two looks at the queue while a container is free
_FUNCTION_SECONDS = 180.0
_LAST_CALLS = 15.0  #: seconds that are waited for what is on its way when the last message has been written


class Desk(Office):
    """A platform that is called over the network, once for each message."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self.service = service

    def open_conversation(
        self, key: ContactKey, contact: Contact, first: Part, connection: Connection, http: Http
    ) -> Opened:
        self._call(http)
        return super().open_conversation(key, contact, first, connection, http)

    def deliver(self, part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
        self._call(http)
        return super().deliver(part, conversation, connection, http)

    def look_up_delivery(
        self, part: Part, uncertain: UncertainSend, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered | None:
        self._call(http)
        return super().look_up_delivery(part, uncertain, conversation, connection, http)

    def _call(self, http: Http) -> None:
        answer = http.send(HttpRequest(method="POST", url=f"https://{self.service}.test/"))
        if answer.status != 200:
            raise Transient(f"answered {answer.status}")


class Messenger(Pigeon):
    """Its connection is linked with `platform`."""

    def __init__(self, platform: str) -> None:
        super().__init__()
        self.service = f"messenger-of-{platform}"
        self.platform = platform


@dataclass(slots=True)
class Journey:
    """Of one message, from the queue to the record of its delivery."""

    event: str
    platform: str
    queued_at: datetime
    delivered_at: datetime | None = None


class _Recorder:
    """A journal that keeps when which message was delivered, and everything else of note."""

    def __init__(self, time: SimulatedTime) -> None:
        self.lines: list[tuple[str, datetime]] = []
        self.journeys: dict[str, Journey] = {}
        self._time = time

    def detail(self, what: str, **fields: str | float | bool | None) -> None:
        self.info(what, **fields)

    def info(self, what: str, **fields: str | float | bool | None) -> None:
        if what == "event delivered":
            self.journeys[str(fields["event"])].delivered_at = self._time.now()
        self.lines.append((what, self._time.now()))

    def warning(self, what: str, **fields: str | float | bool | None) -> None:
        self.info(what, **fields)

    def error(self, what: str, **fields: str | float | bool | None) -> None:
        raise RuntimeError(f"{what}: {fields}")

    def count(self, metric: str, service: str, amount: int = 1) -> None: ...

    def gauge(self, metric: str, service: str, value: float, unit: Unit = "Count") -> None: ...


class _Remote:
    """A port whose calls take as long as those to AWS."""

    def __init__(self, port: object, time: SimulatedTime) -> None:
        self._port = port
        self._time = time

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*positional: object, **named: object) -> object:
            self._time.sleep(AWS_CALL)
            return method(*positional, **named)

        return call


class _Container:
    """One of Lambda's, which handles one batch at a time. It is a `Deadline` too."""

    def __init__(self, time: SimulatedTime, queue: MemoryQueue, number: int) -> None:
        self.number = number
        self._time = time
        self._queue = queue
        self._until = time.now()
        self.dispatcher: Dispatcher

    def seconds_left(self) -> float:
        return (self._until - self._time.now()).total_seconds()

    def invoke(self, batch: Sequence[Envelope]) -> _Container:
        self._until = self._time.now() + timedelta(seconds=_FUNCTION_SECONDS)
        kept = self.dispatcher.dispatch(batch)
        if not {one.id for one in batch}.issuperset(kept):
            raise RuntimeError("a failure was reported of a message that Lambda did not hand over")
        self._time.sleep(AWS_CALL)
        self._queue.complete(batch, kept)
        return self


class Installation:
    """Made while `simulated` lasts. Each of `platforms` has a messenger of its own."""

    def __init__(self, time: SimulatedTime, platforms: Iterable[str], network: Http, containers: int) -> None:
        self._time = time
        self._network = network
        self.recorder = _Recorder(time)
        self.queue = MemoryQueue(time)
        self.ledger = MemoryLedger()
        self._messengers = {name: Messenger(name) for name in platforms}
        services: list[FakeService] = [*self._messengers.values(), *map(Desk, self._messengers)]
        self._services = {each.service: each for each in services}
        self._connections = _connect(services)
        stores = {
            "sessions": MemorySessions(),
            "people": MemoryPeople(time),
            "ledger": self.ledger,
            "held": MemoryHeldMessages(),
            "leases": MemoryLeases(places=places_of(containers)),
            "producer": self.queue,
        }
        self._ports = {name: cast("Any", _Remote(store, time)) for name, store in stores.items()}
        for name, rare in (("templates", MemoryTemplates()), ("costs", MemoryCosts())):
            self._ports[f"open_{name}"] = partial(_Remote, rare, time)
        self._consumer = cast("Any", _Remote(self.queue, time))
        self._idle = [self._container(number) for number in range(containers)]
        self._ends = False

    def run(self, rates: Mapping[str, float], people: int, seconds: float, seed: int) -> Sequence[Journey]:
        """For so long, `people` of each platform's messenger write so many messages a second, all together."""
        with self.serving(Random(seed)):
            writers = [
                self._time.start(self._keep_writing, name, rate, people, seconds, Random(f"{seed} {name}"))
                for name, rate in rates.items()
            ]
            self._time.wait(writers)
            self._time.sleep(_LAST_CALLS)
        for each in writers:
            each.result()
        return list(self.recorder.journeys.values())

    @contextmanager
    def serving(self, random: Random) -> Iterator[None]:
        """Messages are delivered until it ends; then what has begun is brought to its end."""
        mapping = self._time.start(self._map_events, random)
        yield
        self._ends = True
        self._time.wait([mapping])
        mapping.result()

    def write(self, platform: str, person: str) -> Journey:
        now, number = self._time.now(), len(self.recorder.journeys)
        messenger = self._messengers[platform]
        event = message_event(messenger, person, f"message-{number}", "Hello", messenger.service, now)
        journey = self.recorder.journeys[event.id] = Journey(event.id, platform, now)
        self.queue.send([event])
        return journey

    def _keep_writing(self, platform: str, rate: float, people: int, seconds: float, random: Random) -> None:
        until = self._time.now() + timedelta(seconds=seconds)
        while self._time.now() < until:
            self.write(platform, f"person-{random.randrange(people)}")
            self._time.sleep(random.expovariate(rate))

    def _map_events(self, random: Random) -> None:
        """Lambda's event source mapping: a batch for any container that is free."""
        running: set[Future[_Container]] = set()
        while not self._ends:
            while self._idle and (batch := self.queue.receive()):
                container = self._idle.pop(random.randrange(len(self._idle)))
                running.add(self._time.start(container.invoke, batch))
            self._time.sleep(_POLL)
            done = {one for one in running if one.done()}
            running -= done
            self._idle += sorted((one.result() for one in done), key=lambda container: container.number)
        self._time.wait(running)

    def _container(self, number: int) -> _Container:
        container = _Container(self._time, self.queue, number)
        container.dispatcher = Dispatcher(
            Context(
                connector_of=lambda service: cast("Connector", self._services[service]),
                connections=self._connections,
                media=MemoryMedia(self._network),
                http=self._network,
                clock=self._time,
                telemetry=self.recorder,
                deadline=container,
                random=Random(number),
                **self._ports,
            ),
            consumer=self._consumer,
        )
        return container


def _connect(services: Iterable[FakeService]) -> MemoryConnections:
    connections = MemoryConnections()
    for each in services:
        connections.add(
            Connection(
                id=each.service,
                service=each.service,
                side=each.side,
                endpoint_id=each.service,
                secrets=Secrets(values={"token": each.service}, version="1"),
                link=each.platform if isinstance(each, Messenger) else None,
            ),
            webhook_token=each.service,
        )
    return connections
