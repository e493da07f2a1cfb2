"""The messages of a FIFO queue, found by what SQS asks for without a look at each of them."""

from __future__ import annotations

import heapq
from collections import OrderedDict, deque
from collections.abc import Iterator
from datetime import datetime
from itertools import islice, takewhile
from typing import Protocol

_MOST = 10  #: messages of one group that a receive looks at: it hands out no more altogether


class Shelved(Protocol):
    """`number` says in which order messages were sent."""

    number: int
    group: str
    visible_at: datetime


class Shelf[M: Shelved]:
    """A group may be received when its first message is visible.

    `_due` holds the groups by that time, and `_ready` those whose time has come by their first message. Both have
    entries that are out of date: one counts only while it names the group's first message and its time.
    """

    def __init__(self) -> None:
        self._all: OrderedDict[int, M] = OrderedDict()
        self._groups: dict[str, OrderedDict[int, M]] = {}
        self._due: list[tuple[datetime, int, str]] = []
        self._ready: list[tuple[int, datetime, str]] = []

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[M]:
        """In the order of sending."""
        return iter(self._all.values())

    def add(self, message: M) -> None:
        self._all[message.number] = message
        self._groups.setdefault(message.group, OrderedDict())[message.number] = message
        self._watch(message.group, message)

    def remove(self, message: M) -> None:
        del self._all[message.number]
        group = self._groups[message.group]
        del group[message.number]
        if group:
            self._watch(message.group, next(iter(group.values())))
        else:
            del self._groups[message.group]

    def hide(self, message: M, until: datetime) -> None:
        message.visible_at = until
        self._watch(message.group, message)

    def visible(self, now: datetime) -> Iterator[M]:
        """In the order of sending, of each group those before its first invisible one.

        Each must be hidden or removed before the next is asked for.
        """
        self._collect(now)
        begun: list[tuple[int, deque[M]]] = []
        while self._ready or begun:
            if self._ready and (not begun or self._ready[0][0] < begun[0][0]):
                number, at, group = heapq.heappop(self._ready)
                if not self._is_current(at, number, group):
                    continue
                first = islice(self._groups[group].values(), _MOST)
                run = deque(takewhile(lambda one: one.visible_at <= now, first))
            else:
                _, run = heapq.heappop(begun)
            yield run.popleft()
            if run:
                heapq.heappush(begun, (run[0].number, run))

    def next_visible(self) -> datetime | None:
        """When the first message of any group is visible; a time that has passed for one that is."""
        while self._ready and not self._is_current(self._ready[0][1], self._ready[0][0], self._ready[0][2]):
            heapq.heappop(self._ready)
        while self._due and not self._is_current(*self._due[0]):
            heapq.heappop(self._due)
        return min([entry[1] for entry in self._ready[:1]] + [entry[0] for entry in self._due[:1]], default=None)

    def _collect(self, now: datetime) -> None:
        """Moves the groups whose time has come."""
        while self._due and self._due[0][0] <= now:
            at, number, group = heapq.heappop(self._due)
            if self._is_current(at, number, group):
                heapq.heappush(self._ready, (number, at, group))

    def _watch(self, group: str, message: M) -> None:
        if self._first(group) is message:
            heapq.heappush(self._due, (message.visible_at, message.number, group))

    def _first(self, group: str) -> M:
        return next(iter(self._groups[group].values()))

    def _is_current(self, at: datetime, number: int, group: str) -> bool:
        if group not in self._groups:
            return False
        first = self._first(group)
        return first.number == number and first.visible_at == at
