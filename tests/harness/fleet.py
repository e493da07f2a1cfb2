"""Several containers of the dispatcher, as Lambda runs them, in time that passes with each call to a service."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from urllib.parse import urlsplit

from patchbay.bridge.context import Context
from patchbay.bridge.dispatch import Dispatcher
from patchbay.bridge.ports import Envelope
from patchbay.domain.events import Event, ReceiptReceived
from patchbay.kit import registry
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from tests.harness.fakes.queue import MemoryQueue
from tests.harness.hands import Hands
from tests.harness.virtual_time import VirtualTime
from tests.harness.world import World

CALL = 0.1  #: seconds that each call to a service takes


class SlowHttp:
    """A network on which everything takes a while, and to a host in `limits` no more than so many calls a second."""

    def __init__(self, http: Http, hands: Hands, time: VirtualTime) -> None:
        self.limits: dict[str, int] = {}
        self.refused = 0
        self._http = http
        self._hands = hands
        self._time = time
        self._taken: dict[str, list[datetime]] = {}

    def send(self, request: HttpRequest) -> HttpResponse:
        self._hands.rest(CALL)
        host = urlsplit(request.url).netloc
        since = self._time.now() - timedelta(seconds=1)
        taken = [at for at in self._taken.get(host, []) if at > since]
        if len(taken) >= self.limits.get(host, len(taken) + 1):
            self.refused += 1
            return HttpResponse(status=429, headers={"retry-after": "2"})
        self._taken[host] = [*taken, self._time.now()]
        return self._http.send(request)


class MessageQueue(MemoryQueue):
    """SQS counts visibility in whole seconds, and our inbox rounds up.

    Receipts do not get in: a messenger tells of each customer's own message that it has arrived, which is work for
    other containers.
    """

    def send(self, events: Sequence[Event]) -> None:
        super().send([event for event in events if not isinstance(event, ReceiptReceived)])

    def put_off(self, envelope: Envelope, seconds: float) -> None:
        super().put_off(envelope, math.ceil(seconds))


class Fleet(World):
    """A world whose queue is emptied by `containers`, each with a rate limiter and caches of its own.

    A container takes a batch of up to ten, works on its groups side by side, and takes the next when all are done.
    """

    def __init__(self, *services: str, containers: int = 1, seed: int = 1) -> None:
        super().__init__(*services, seed=seed)
        self.hands = Hands(self.time)
        self.queue = MessageQueue(self.time)
        self.network = SlowHttp(self.http, self.hands, self.time)
        self._idle = [self._make_dispatcher(Random(f"{seed}/{number}")) for number in range(containers)]

    def _make_dispatcher(self, random: Random) -> Dispatcher:
        return Dispatcher(
            Context(
                connector_of=registry.load,
                connections=self.connections,
                sessions=self.sessions,
                people=self.people,
                ledger=self.ledger,
                held=self.held,
                open_templates=lambda: self.templates,
                open_costs=lambda: self.costs,
                producer=self.queue,
                media=self.media,
                http=self.network,
                clock=self.time,
                telemetry=self.telemetry,
                random=random,
            ),
            consumer=self.queue,
        )

    # --- time --------------------------------------------------------------------------------------------------------

    def settle(self, horizon: timedelta = timedelta(minutes=10)) -> None:
        """Lets everything happen that happens within `horizon`."""
        until = self.time.now() + horizon
        while True:
            if self.time.run_due() or self._take_batch():
                continue
            due = self._next()
            if due is None or due > until:
                return
            self.time.jump(due)

    def _next(self) -> datetime | None:
        visible = self.queue.next_visible() if self._idle else None
        return min((due for due in (self.time.next_due, visible) if due), default=None)

    def _take_batch(self) -> bool:
        batch = self.queue.receive() if self._idle else []
        if not batch:
            return False
        dispatcher = self._idle.pop(0)
        groups: dict[str, list[Envelope]] = {}
        for envelope in batch:
            groups.setdefault(envelope.group, []).append(envelope)
        running = len(groups)
        kept: list[str] = []

        def work(group: Sequence[Envelope]) -> None:
            nonlocal running
            kept.extend(dispatcher.dispatch(group))
            running -= 1
            if not running:
                self.queue.complete(batch, kept)
                self._idle.append(dispatcher)

        for group in groups.values():
            self.hands.start(lambda group=group: work(group))  # type: ignore[misc]
        return True
