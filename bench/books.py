"""Who spent what: every request to AWS and every line of a log is booked on the invocation that caused it."""

from __future__ import annotations

import contextlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench.meter import Meter
from bench.wire import Request

EVENT_BYTES = 26  #: CloudWatch Logs: added to every line that is ingested

_READS = {"GetItem", "Query", "BatchGetItem"}
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}


@dataclass(slots=True)
class Cost:
    """Of everything that bears one label. `calls` are by operation, `answer_bytes` what went back to who called.

    `carries`: it put a message on the queue, or delivered one. Everything else follows from a message.
    """

    invocations: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    write_units: int = 0
    read_units: float = 0.0
    log_bytes: int = 0
    answer_bytes: int = 0
    api_calls: int = 0  #: of the services' APIs
    carries: bool = False

    @property
    def reads(self) -> int:
        return sum(self.calls[name] for name in _READS)

    @property
    def writes(self) -> int:
        return sum(self.calls[name] for name in _WRITES)


class Books:
    """A `Watcher`. Labels are "viber_webhook: message", "dispatcher: receipt" ...; one invocation may be inside of
    another one, which waits for it."""

    def __init__(self, meter: Meter, log: io.StringIO) -> None:
        self._costs: dict[str, Cost] = {}
        self._meter = meter
        self._log = log
        self._read_to = len(log.getvalue())
        self._open: list[str] = []

    def take(self) -> dict[str, Cost]:
        """What was booked since the last time, by label."""
        taken, self._costs = self._costs, {}
        return taken

    @contextlib.contextmanager
    def on(self, label: str) -> Iterator[Cost]:
        """Books what happens inside on `label`."""
        self._book_lines()
        self._open.append(label)
        cost = self._current
        cost.invocations += 1
        try:
            yield cost
        finally:
            self._book_lines()
            self._open.pop()

    def count_api_call(self) -> None:
        if self._open:
            self._current.api_calls += 1

    @property
    def _current(self) -> Cost:
        return self._costs.setdefault(self._open[-1], Cost())

    def _book_lines(self) -> None:
        lines = self._log.getvalue()[self._read_to :]
        self._read_to += len(lines)
        if self._open:
            self._current.log_bytes += sum(len(line.encode()) + EVENT_BYTES for line in lines.splitlines())

    # --- as a watcher ------------------------------------------------------------------------------------------------

    def before(self, request: Request) -> object:
        return self._meter.before(request) if self._open and request.service == "dynamodb" else None

    def after(self, request: Request, answer: bytes, noted: object) -> None:
        if not self._open:
            return
        cost = self._current
        cost.calls[request.operation] += 1
        if request.operation == "SendMessageBatch":
            cost.carries |= any(_is_message(entry) for entry in request.body["Entries"])
        if request.service == "dynamodb":
            units = self._meter.weigh(request, answer, noted)
            cost.read_units += units.read
            cost.write_units += units.write


def _is_message(entry: Any) -> bool:
    return str(json.loads(entry["MessageBody"])["event"]["kind"]) == "message"
