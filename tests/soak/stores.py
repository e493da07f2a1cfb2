"""What a soak's functions find between themselves and the stores: time, failures, deaths and caches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from patchbay.aws.stores.keys import event_of
from patchbay.aws.stores.ledger import KEPT
from patchbay.bridge.ledger import Delivery
from patchbay.bridge.ports import Clock, Connections
from patchbay.domain.accounts import Connection, ConnectionStatus, Endpoint
from tests.harness.fakes.stores import MemoryLedger
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.soak.faults import Fault, Faults
from tests.soak.loop import Loop

_ADDRESS = "https://aws.test"
_KEPT = timedelta(seconds=60)
_NOTED_EVERY = timedelta(minutes=5)


class Line:
    """The way from a function to one AWS service. While the service `is_away`, nothing gets through."""

    def __init__(self, loop: Loop, faults: Faults, failed: Fault, unconfirmed: Fault) -> None:
        self.is_away = False
        self.missed = 0  #: calls that failed because it was away
        self._loop = loop
        self._faults = faults
        self._failed = failed
        self._unconfirmed = unconfirmed

    def to[Port](self, port: Port) -> Port:
        """`port` at the other end of the line."""
        return cast("Port", _Remote(port, self))

    def call(self, name: str, work: Callable[[], object]) -> object:
        faults = self._faults
        self._loop.pause(faults.random.uniform(0.001, 0.02))
        if self.is_away:
            self.missed += 1
            raise _away(name)
        fault = faults.strikes(Fault.KILLED_BEFORE_WRITE, Fault.KILLED_AFTER_WRITE, self._failed, self._unconfirmed)
        if fault is Fault.KILLED_BEFORE_WRITE:
            self._loop.kill()
        if fault is self._failed:
            raise self._failure(name)
        answer = work()
        if fault is Fault.KILLED_AFTER_WRITE:
            self._loop.kill()
        if fault is self._unconfirmed:
            raise ReadTimeoutError(endpoint_url=_ADDRESS)
        return answer

    def _failure(self, name: str) -> Exception:
        return self._faults.random.choice(
            [_away(name), ConnectTimeoutError(endpoint_url=_ADDRESS), _refusal("ThrottlingException", 400, name)]
        )


class _Remote:
    def __init__(self, port: object, line: Line) -> None:
        self._port = port
        self._line = line

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not callable(method):
            return method

        def call(*positional: object, **named: object) -> object:
            return self._line.call(name, lambda: method(*positional, **named))

        return call


def _away(operation: str) -> ClientError:
    return _refusal("ServiceUnavailable", 503, operation)


def _refusal(code: str, status: int, operation: str) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)


class SoakLedger(MemoryLedger):
    """Forgets entries when the table does. `marked` are the events that were ever said to be uncertain."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.marked: set[str] = set()
        self._clock = clock
        self._expires: dict[str, datetime] = {}

    def claim(self, event_id: str, now: datetime, *, counted: bool = True) -> tuple[Delivery, bool]:
        self._forget_expired(event_id)
        answer = super().claim(event_id, now, counted=counted)
        if answer[0].outcome is None:
            self._expires[event_id] = now + KEPT
        return answer

    def save(self, delivery: Delivery) -> None:
        if delivery.uncertain:
            self.marked.add(event_of(delivery.event_id))
        super().save(delivery)
        self._expires[delivery.event_id] = self._clock.now() + KEPT

    def _forget_expired(self, event_id: str) -> None:
        if self._expires.get(event_id, self._clock.now()) < self._clock.now():
            self.deliveries.pop(event_id, None)


class CachedConnections:
    """Of one container: keeps what it has read for a minute. What it does not name goes to the stored ones."""

    def __init__(self, stored: Connections, clock: Clock) -> None:
        self._stored = stored
        self._clock = clock
        self._kept: dict[tuple[str, ...], tuple[datetime, Any]] = {}
        self._noted: dict[tuple[str, str], datetime] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stored, name)

    def endpoint(self, service: str, webhook_token: str) -> Endpoint | None:
        return self._read(("endpoint", service, webhook_token), lambda: self._stored.endpoint(service, webhook_token))

    def connection(self, connection_id: str) -> Connection | None:
        return self._read(("connection", connection_id), lambda: self._stored.connection(connection_id))

    def connection_of(self, endpoint_id: str, account: str) -> Connection | None:
        key = ("account", endpoint_id, account)
        known = self._read(key, lambda: self._stored.connection_of(endpoint_id, account))
        return self.connection(known.id) if known else None

    def renew(self, connection_id: str, *, secrets: bool = False) -> Connection | None:
        """With its secrets, always."""
        del secrets
        self._forget(connection_id)
        return self.connection(connection_id)

    def mark(self, connection_id: str, status: ConnectionStatus, reason: str) -> None:
        self._stored.mark(connection_id, status, reason)
        self._forget(connection_id)

    def note_webhook(self, endpoint_id: str, at: datetime, form: str = "") -> None:
        """The failure of it is none of the webhook, as in the real one."""
        noted = self._noted.get((endpoint_id, form))
        if noted is None or at - noted >= _NOTED_EVERY:
            self._noted[endpoint_id, form] = at
            try:
                self._stored.note_webhook(endpoint_id, at, form)
            except (ClientError, ConnectTimeoutError, ReadTimeoutError):
                self._noted[endpoint_id, form] = at

    def _forget(self, connection_id: str) -> None:
        self._kept.pop(("connection", connection_id), None)

    def _read[V](self, key: tuple[str, ...], load: Callable[[], V | None]) -> V | None:
        known = self._kept.get(key)
        now = self._clock.now()
        if known and now - known[0] < _KEPT:
            return cast("V", known[1])
        value = load()
        if value is not None:
            self._kept[key] = (now, value)
        return value


def cache(stored: Connections, clock: Clock) -> Connections:
    return cast("Connections", CachedConnections(stored, clock))


class SoakTelemetry(MemoryTelemetry):
    """Counts its lines and keeps none.

    `marked` are the events whose delivery is said to be uncertain, `unreported` those whose failure nobody was told.
    """

    def __init__(self) -> None:
        super().__init__()
        self.said_times: dict[str, int] = {}
        self.marked: set[str] = set()
        self.unreported: set[str] = set()

    def info(self, what: str, **fields: str | int | float | bool | None) -> None:
        self.said_times[what] = self.said_times.get(what, 0) + 1
        if fields.get("uncertain"):
            self.marked.add(str(fields["event"]))
        if what == "failure not reported":
            self.unreported.add(str(fields["event"]))

    def warning(self, what: str, **fields: str | int | float | bool | None) -> None:
        self.info(what, **fields)
