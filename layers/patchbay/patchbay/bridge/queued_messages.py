"""A message of the queue, opened: its envelope and the event inside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from patchbay.bridge import retry_policy
from patchbay.bridge.ports import Envelope
from patchbay.domain.characters import read_whole_number
from patchbay.domain.errors import TooNew, Unreadable
from patchbay.domain.events import Event, MessageReceived, ThreadMoved, TypingChanged, decode
from patchbay.domain.receipts import is_swallowed

_LARGEST = 10**24  #: Viber's numbers have 19 digits


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
        return self.event is not None and not isinstance(self.event, MessageReceived | ThreadMoved)

    def is_suspicious(self, now: datetime) -> bool:
        """Whether it has come so often that the function may have died on it. The ledger counts messages anyway.

        Typing comes again and again while it lasts, so it must be old besides.
        """
        if isinstance(self.event, MessageReceived) or self.envelope.receives <= retry_policy.SUSPICIOUS_RECEIVES:
            return False
        age = (now - self.envelope.enqueued_at).total_seconds()
        return age > retry_policy.TYPING_PATIENCE or not isinstance(self.event, TypingChanged)


def open_batch(envelopes: Sequence[Envelope]) -> list[list[QueuedMessage]]:
    """The messages of a batch by their group, each group in the order in which things happened."""
    groups: dict[str, list[QueuedMessage]] = {}
    for position, envelope in enumerate(envelopes):
        groups.setdefault(envelope.group, []).append(_open(envelope, position))
    return [sort_messages(group) for group in groups.values()]


def is_superseded(position: int, group: Sequence[QueuedMessage]) -> bool:
    """Whether a later message of the group, which is in its order, says all that this one does and more."""
    event = group[position].event
    later = (one.event for one in group[position + 1 :])
    return event is not None and any(one is not None and is_swallowed(event, one) for one in later)


def sort_messages(messages: Sequence[QueuedMessage]) -> list[QueuedMessage]:
    """The messages of one group in the order in which things happened.

    Services send webhooks in parallel, so two that left a moment apart may be queued the wrong way round. Unreadable
    ones go first: they end in the dead-letter queue without being handled. Those that are too new go last: they wait.
    Of one moment, as an album's photos are, messages that their service numbers follow these numbers. That a thread has
    its id goes before all that comes from that id, a message which is sent again included.
    """
    in_time = sorted(messages, key=_time_of)
    moments = (list(same) for _, same in groupby(in_time, key=_time_of))
    return [message for same in moments for message in _sort_moment(same)]


def _sort_moment(messages: list[QueuedMessage]) -> list[QueuedMessage]:
    numbers = [_number_of(message) for message in messages]
    if None in numbers:
        return messages
    return sorted(messages, key=lambda message: _number_of(message) or 0)


def _number_of(message: QueuedMessage) -> int | None:
    """The service's own number of a message; None where its id is none."""
    if not isinstance(message.event, MessageReceived):
        return None
    return read_whole_number(message.event.message.external_id, _LARGEST)


def _time_of(message: QueuedMessage) -> float:
    if isinstance(message.event, ThreadMoved):
        return 0.0
    if message.event is not None:
        return message.event.occurred_at.timestamp()
    return math.inf if message.too_new else 0.0


def _open(envelope: Envelope, position: int) -> QueuedMessage:
    try:
        return QueuedMessage(envelope, position, decode(envelope.body))
    except Unreadable as problem:
        return QueuedMessage(envelope, position, None, str(problem), isinstance(problem, TooNew))
