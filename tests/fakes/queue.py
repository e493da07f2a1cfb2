"""An SQS FIFO queue in memory: ordering groups that lock, deduplication, visibility, receive counts, a parked queue."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from patchbay.deliveries import Cause
from patchbay.errors import QueueRefused
from patchbay.events import Event, encode
from patchbay.ports import Clock, Envelope

_DEDUPLICATION = timedelta(minutes=5)
_BATCH = 10


@dataclass(slots=True)
class _Stored:
    id: str
    group: str
    body: str
    enqueued_at: datetime
    visible_at: datetime
    receives: int = 0
    receipt: str = ""


@dataclass(slots=True)
class MemoryQueue:
    """Outbox and inbox in one. `refuse` makes it refuse that many sends, `hang` that many other calls."""

    clock: Clock
    visibility: float = 360.0
    refuse: int = 0
    hang: int = 0
    parked: list[tuple[Envelope, str]] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)  #: of the parked ones, in the same order
    _messages: list[_Stored] = field(default_factory=list)
    _seen: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _ids: count[int] = field(default_factory=count)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def send(self, events: Sequence[Event]) -> None:
        with self._lock:
            if self.refuse:
                self.refuse -= 1
                raise QueueRefused("the queue is out of order")
            for event in events:
                self.put(event.group, event.id, encode(event))

    def put(self, group: str, deduplication_id: str, body: str) -> None:
        now = self.clock.now()
        last = self._seen.get((group, deduplication_id))
        if last is not None and now - last < _DEDUPLICATION:
            return
        self._seen[group, deduplication_id] = now
        self._messages.append(_Stored(f"m{next(self._ids)}", group, body, now, now))

    def receive(self) -> list[Envelope]:
        """Up to ten messages: in order inside a group, nothing of a group that has a message in flight."""
        with self._lock:
            now = self.clock.now()
            locked = {message.group for message in self._messages if message.visible_at > now}
            batch = [message for message in self._messages if message.group not in locked][:_BATCH]
            for message in batch:
                message.receives += 1
                message.receipt = f"{message.id}/{message.receives}"
                message.visible_at = now + timedelta(seconds=self.visibility)
            return [
                Envelope(
                    id=message.id,
                    receipt=message.receipt,
                    group=message.group,
                    body=message.body,
                    enqueued_at=message.enqueued_at,
                )
                for message in batch
            ]

    def complete(self, envelopes: Sequence[Envelope], kept: Sequence[str]) -> None:
        """What the event source mapping does after a batch: deletes all but the reported failures."""
        done = {envelope.id for envelope in envelopes} - set(kept)
        with self._lock:
            self._messages = [message for message in self._messages if message.id not in done]

    def put_off(self, envelope: Envelope, seconds: float) -> None:
        with self._lock:
            self._hang()
            for message in self._messages:
                if message.id == envelope.id and message.receipt == envelope.receipt:
                    message.visible_at = self.clock.now() + timedelta(seconds=seconds)

    def _hang(self) -> None:
        if self.hang:
            self.hang -= 1
            raise TimeoutError("the queue does not answer")

    def park(self, envelope: Envelope, reason: str, cause: Cause) -> None:
        with self._lock:
            self._hang()
            if all(known.id != envelope.id for known, _ in self.parked):
                self.parked.append((envelope, reason))
                self.causes.append(cause)

    def next_visible(self) -> datetime | None:
        """When the next message can be received."""
        with self._lock:
            first: dict[str, datetime] = {}
            for message in self._messages:
                first[message.group] = max(first.get(message.group, message.visible_at), message.visible_at)
            return min(first.values(), default=None)

    def __len__(self) -> int:
        return len(self._messages)
