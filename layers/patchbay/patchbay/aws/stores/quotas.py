"""Limits that are counted in the table, over all containers: one write for each call that is allowed, two for others.

A counter is one item, whatever its window: an attribute for each slice, and those that have left the window are taken
out by the same write. A container that was refused remembers it until there is room again, and refuses without a write:
so a counter is written little more often than its ceiling allows, however many ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from patchbay.aws.stores.keys import SORT
from patchbay.aws.stores.table import Item, Table
from patchbay.bridge.ports import Clock
from patchbay.bridge.quotas import SLICES, Limits, find_slice, is_live, seconds_to_wait

_SLICE = "slice_"  #: how the names of the attributes begin
_MOST_REFUSALS = 10_000
_KEPT = 60  #: seconds that a counter outlives its window


class TableLimits(Limits):
    """`key_of` makes the partition key of a counter."""

    def __init__(self, table: Table, clock: Clock, key_of: Callable[[str], str]) -> None:
        self._table = table
        self._clock = clock
        self._key_of = key_of
        self._refused: dict[tuple[str, int], float] = {}  #: until when, by key and ceiling: an owner may raise it

    def take(self, key: str, most: int, window: timedelta, amount: int = 1) -> float:
        now = self._clock.now().timestamp()
        until = self._refused.get((key, most), 0)
        if now < until:
            return until - now
        wait = seconds_to_wait(self._count(key, now, window, amount), now, window, most, amount)
        if wait:
            self._count(key, now, window, -amount)  # what is refused weighs nothing
            self._remember((key, most), now + wait)
        return wait

    def _count(self, key: str, now: float, window: timedelta, amount: int) -> dict[int, int]:
        """Adds the amount; the answer is what was counted before."""
        present = find_slice(now, window)
        # One that was not used for longer, and has not expired in the table yet, keeps some: they count for nothing.
        gone = range(present - 2 * SLICES - 1, present - SLICES)
        names = {f"#gone{place}": f"{_SLICE}{number}" for place, number in enumerate(gone)}
        end = (present + SLICES + 1) * window.total_seconds() / SLICES
        before = self._table.update(
            (self._key_of(key), SORT),
            f"SET expires_at = :end ADD #present :amount REMOVE {', '.join(names)}",
            values={":end": int(end) + _KEPT, ":amount": amount},
            names={"#present": f"{_SLICE}{present}", **names},
        )
        return {number: count for number, count in _read(before or {}) if is_live(number, present)}

    def _remember(self, refused: tuple[str, int], until: float) -> None:
        self._refused.pop(refused, None)
        if len(self._refused) >= _MOST_REFUSALS:
            del self._refused[next(iter(self._refused))]
        self._refused[refused] = until


def _read(item: Item) -> Iterator[tuple[int, int]]:
    for name, count in item.items():
        if name.startswith(_SLICE):
            yield int(name.removeprefix(_SLICE)), int(count)
