"""A message of the queue, opened: its envelope and the event inside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from patchbay.errors import TooNew, Unreadable
from patchbay.events import Event, MessageReceived, decode
from patchbay.ports import Envelope


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """`event` is None, and `problem` says why, when the body is not readable. `position` is its place in the batch.

    `too_new`: a newer version may read it, and may be on its way.
    """

    envelope: Envelope
    position: int
    event: Event | None
    problem: str = ""
    too_new: bool = False

    @property
    def is_feedback(self) -> bool:
        """Receipts and the like: nothing that anybody waits for as they do for a message."""
        return self.event is not None and not isinstance(self.event, MessageReceived)


def open_batch(envelopes: Sequence[Envelope]) -> list[list[QueuedMessage]]:
    """The messages of a batch by their group, each group in the order in which things happened."""
    groups: dict[str, list[QueuedMessage]] = {}
    for position, envelope in enumerate(envelopes):
        groups.setdefault(envelope.group, []).append(_open(envelope, position))
    return [sort_messages(group) for group in groups.values()]


def sort_messages(messages: Sequence[QueuedMessage]) -> list[QueuedMessage]:
    """The messages of one group in the order in which things happened.

    Services send webhooks in parallel, so two that left a moment apart may be queued the wrong way round. Unreadable
    ones go first: they end in the dead-letter queue without being handled. Those that are too new go last: they wait.
    """
    return sorted(messages, key=_time_of)


def _time_of(message: QueuedMessage) -> float:
    if message.event is not None:
        return message.event.occurred_at.timestamp()
    return math.inf if message.too_new else 0.0


def _open(envelope: Envelope, position: int) -> QueuedMessage:
    try:
        return QueuedMessage(envelope, position, decode(envelope.body))
    except Unreadable as problem:
        return QueuedMessage(envelope, position, None, str(problem), isinstance(problem, TooNew))
