"""The live trace: what the simulators saw of the bridge, merged with the logs of the deployed functions.

A line of the trace is one thing that happened, with its time. Lines come from two clocks of the same machine but not in
order: the functions' logs are read a moment later, so the page sorts lines by `at`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from queue import Empty, SimpleQueue
from secrets import token_hex
from typing import Self

from playground.simulator import Call

KEPT = 5000  #: lines; older ones are forgotten
SHOWN = 500  #: earlier lines that a newly opened page gets

Scalar = str | int | float | bool | None

# How the bridge's own records read in the trace: kind, mood and words. Any other record is shown as it is.
_RECORDS: Mapping[str, tuple[str, str]] = {
    "webhook accepted": ("queue", "good"),
    "webhook refused": ("queue", "bad"),
    "webhook ignored": ("queue", "quiet"),
    "event delivered": ("queue", "good"),
    "event done": ("queue", "quiet"),
    "event deferred": ("queue", "warn"),
    "event failed": ("queue", "bad"),
    "event dead-lettered": ("queue", "bad"),
    "event skipped": ("queue", "quiet"),
}
# What Powertools' Logger adds to each record and says nothing about the message.
_NOISE = frozenset(
    {"level", "location", "message", "timestamp", "service_name", "cold_start", "xray_trace_id", "function_arn"}
    | {"function_name", "function_memory_size", "function_request_id"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line. `milliseconds` is how long it took and ended at `at`; `mood` is good, warn, bad or quiet."""

    id: int = 0
    at: datetime
    kind: str  #: webhook | api | queue | people
    mood: str
    service: str
    title: str
    note: str = ""
    status: int | None = None
    milliseconds: float | None = None
    details: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def event(self) -> str:
        """The id of the bridge's event that the line is about, or ""."""
        return str(self.details.get("event") or "")

    @property
    def began(self) -> datetime:
        return self.at - timedelta(milliseconds=self.milliseconds or 0)

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"at": self.at.isoformat(timespec="milliseconds"), "event": self.event}


def line_of_call(call: Call) -> Line:
    """What a simulator saw: an API call to it, or a webhook of it."""
    return Line(
        at=call.at,
        kind=call.direction,
        mood=_mood_of(call.status),
        service=call.service,
        title=f"{call.method} {call.path}",
        note=call.note,
        status=call.status,
        milliseconds=call.milliseconds,
    )


def _mood_of(status: int) -> str:
    if 200 <= status < 400:
        return "good"
    return "warn" if status == 429 else "bad"


def line_of_record(record: Mapping[str, object], at: datetime, function: str) -> Line:
    """A record of the functions' log, only with its plain values."""
    message = str(record.get("message", ""))
    kind, mood = _RECORDS.get(message, ("queue", "bad" if record.get("level") in ("ERROR", "CRITICAL") else "quiet"))
    details = {name: value for name, value in record.items() if isinstance(value, Scalar) and name not in _NOISE}
    took = details.get("milliseconds")
    return Line(
        at=at,
        kind=kind,
        mood=mood,
        service=str(record.get("service", "")),
        title=message,
        note=str(details.get("reason") or details.get("kind") or ""),
        milliseconds=float(took) if isinstance(took, int | float) else None,
        details={"function": function, **details},
    )


# --- the timeline of one message --------------------------------------------------------------------------------------

_SLACK = timedelta(milliseconds=30)


def tell_story(lines: Iterable[Line], chosen: Line) -> list[Line]:
    """The lines that certainly belong to the same message as `chosen`, by time.

    The bridge's records name their event. A webhook or an API call does not: it belongs to the one event that was
    processed at that moment between these services, and to none when there were several.
    """
    known = sorted(lines, key=lambda line: line.at)
    event = chosen.event or _event_around(known, chosen)
    if not event:
        return [chosen]
    return [line for line in known if line.event == event or (not line.event and _event_around(known, line) == event)]


def _event_around(lines: Iterable[Line], line: Line) -> str:
    """The event of the only record whose work overlaps the call, or ""."""
    fits = _brought if line.kind == "webhook" else _caused
    around = {record.event for record in lines if record.event and fits(record, line, lines)}
    return around.pop() if len(around) == 1 else ""


def _brought(record: Line, webhook: Line, _lines: Iterable[Line]) -> bool:
    """A webhook is accepted while it waits for its answer."""
    accepted = record.title == "webhook accepted" and record.service == webhook.service
    return accepted and webhook.began - _SLACK <= record.at <= webhook.at + _SLACK


def _caused(record: Line, call: Line, lines: Iterable[Line]) -> bool:
    """An API call is made while an event is worked on, to the other side of that event."""
    working = record.milliseconds is not None and record.title != "webhook accepted"
    if call.kind != "api" or not working or not record.began - _SLACK <= call.at <= record.at + _SLACK:
        return False
    others = {one.service for one in lines if one.event == record.event} - {record.service}
    return call.service in others


# --- keeping and sharing ---------------------------------------------------------------------------------------------


class Trace:
    """The latest lines, and the pages that follow them. Also reports that a service's view has changed."""

    def __init__(self) -> None:
        self.run = token_hex(4)  #: numbers of lines mean nothing after a new start
        self._lines: deque[Line] = deque(maxlen=KEPT)
        self._numbers = count(1)
        self._pages: set[SimpleQueue[Line | str]] = set()
        self._lock = threading.Lock()

    def add(self, line: Line) -> Line:
        with self._lock:
            numbered = replace(line, id=next(self._numbers))
            self._lines.append(numbered)
            for page in self._pages:
                page.put(numbered)
        return numbered

    def add_call(self, call: Call) -> None:
        self.add(line_of_call(call))
        self.changed(call.service)

    def changed(self, service: str) -> None:
        """Reports to every page that the view of `service` may have changed."""
        with self._lock:
            for page in self._pages:
                page.put(service)

    def lines(self) -> list[Line]:
        with self._lock:
            return list(self._lines)

    def find(self, number: int) -> Line | None:
        return next((line for line in self.lines() if line.id == number), None)

    @property
    def is_watched(self) -> bool:
        return bool(self._pages)

    def follow(self, after: int, quiet: float) -> Follower:
        """For a new page: the kept lines after `after`, and then everything from this moment on."""
        page: SimpleQueue[Line | str] = SimpleQueue()
        with self._lock:
            for line in [line for line in self._lines if line.id > after][-SHOWN:]:
                page.put(line)
            self._pages.add(page)
        return Follower(page, quiet, self._leave)

    def _leave(self, page: SimpleQueue[Line | str]) -> None:
        with self._lock:
            self._pages.discard(page)


class Follower:
    """What one page follows: lines, names of changed services, None after `quiet` seconds without either."""

    def __init__(
        self, page: SimpleQueue[Line | str], quiet: float, leave: Callable[[SimpleQueue[Line | str]], None]
    ) -> None:
        self._page = page
        self._quiet = quiet
        self._leave = leave

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._leave(self._page)

    def __iter__(self) -> Iterator[Line | str | None]:
        while True:
            try:
                yield self._page.get(timeout=self._quiet)
            except Empty:
                yield None
