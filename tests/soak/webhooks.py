"""How the services of a soak send their webhooks, and the functions that receive them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from patchbay.bridge.ports import Connections, QueueProducer
from patchbay.bridge.receive import Receiver
from patchbay.domain.errors import QueueRefused
from patchbay.domain.events import Event
from patchbay.kit.contract import Connector, WebhookRequest
from tests.harness.fakes.mortality import Died
from tests.soak.connectors import HOOK_SECRET, Json
from tests.soak.faults import Fault, Faults
from tests.soak.loop import Life, Loop
from tests.soak.stores import SoakTelemetry, cache

_PAUSES = (10.0, 60.0, 300.0, 900.0)  #: between attempts of a service at its webhook; then again and again the last
_LATE = (300.0, 5_000.0, 600_000.0)  #: seconds after which services were seen to repeat a webhook


class _UnsafeOutbox(QueueProducer):
    """The queue as a webhook function finds it: it may refuse, and the function may die beside it."""

    def __init__(self, producer: QueueProducer, loop: Loop, faults: Faults) -> None:
        self._producer = producer
        self._loop = loop
        self._faults = faults

    def send(self, events: Sequence[Event]) -> None:
        fault = self._faults.strikes(Fault.QUEUE_REFUSED, Fault.RECEIVER_KILLED)
        if fault is Fault.QUEUE_REFUSED:
            raise QueueRefused("the queue did not take 1 of 1 events")
        dies_first = fault is Fault.RECEIVER_KILLED and self._faults.random.random() < 0.5
        if dies_first:
            self._loop.kill()
        self._producer.send(events)
        if fault is Fault.RECEIVER_KILLED:
            self._loop.kill()


class Webhooks:
    """`under_way` are webhooks that were not accepted yet."""

    def __init__(
        self,
        loop: Loop,
        faults: Faults,
        connectors: Mapping[str, Connector],
        connections: Connections,
        producer: QueueProducer,
        telemetry: SoakTelemetry,
    ) -> None:
        self.under_way = 0
        self.sent = 0
        self._loop = loop
        self._faults = faults
        cached = cache(connections, loop.time)
        unsafe = _UnsafeOutbox(producer, loop, faults)
        self._receivers = {
            service: Receiver(
                connector=connector, connections=cached, producer=unsafe, clock=loop.time, telemetry=telemetry
            )
            for service, connector in connectors.items()
        }

    def send(self, endpoint: str, body: Json, delay: float = 0.0) -> None:
        """A webhook of a connection, with its repetitions."""
        usual = self._faults.random.uniform(0.03, 0.25)
        self._later(delay + usual, endpoint, body)
        if self._faults.strikes(Fault.DUPLICATE):
            self._later(delay + self._faults.random.uniform(0, 30), endpoint, body)
        if self._faults.strikes(Fault.LATE_DUPLICATE):
            late = self._faults.random.choice(_LATE) * self._faults.random.random()
            self._later(delay + late, endpoint, body)

    def _later(self, seconds: float, endpoint: str, body: Json) -> None:
        self.under_way += 1
        life = Life(self._loop)
        self._loop.time.later(seconds, lambda: self._loop.spawn(lambda: self._insist(endpoint, body), life))

    def _insist(self, endpoint: str, body: Json) -> None:
        """Until it is accepted, as services do."""
        attempt = 0
        while True:
            self.sent += 1
            status = self._in_function(lambda: self._receive(endpoint, body))
            if status < 500:
                assert status == 200, f"HTTP {status}"
                self.under_way -= 1
                return
            self._loop.pause(_PAUSES[min(attempt, len(_PAUSES) - 1)] * self._faults.random.uniform(0.9, 1.1))
            attempt += 1

    def _in_function(self, work: Callable[[], int]) -> int:
        """In an invocation of its own, whose death is all that the service sees."""
        task, outer = self._loop.task, self._loop.task.life
        task.life = Life(self._loop)
        try:
            return work()
        except Died:
            return 502
        except (BotoCoreError, ClientError):  # API Gateway's answer to a function that fails
            return 500
        finally:
            task.life = outer

    def _receive(self, endpoint: str, body: Json) -> int:
        service, _, _ = endpoint.partition("-")
        request = WebhookRequest(
            method="POST",
            headers={"secret": HOOK_SECRET},
            body=json.dumps(body).encode(),
            received_at=self._loop.time.now(),
        )
        return self._receivers[service].receive(f"hook-{endpoint}", request).status
