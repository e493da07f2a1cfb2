"""Limits that are counted in the table, over all containers: one write for each call."""

from __future__ import annotations

from datetime import timedelta

from patchbay.infra.keys import SORT
from patchbay.infra.table import Table
from patchbay.ports import Clock
from patchbay.webchat.counting import split_window
from patchbay.webchat.infra import names
from patchbay.webchat.ports import Limits

_KEPT = 60  #: seconds that a counter outlives its window


class TableLimits(Limits):
    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def take(self, key: str, most: int, window: timedelta) -> float:
        now = self._clock.now().timestamp()
        number, wait = split_window(now, window)
        before = self._table.update(
            (names.counter_key(key, number), SORT),
            "SET expires_at = :end ADD #count :one",
            values={":end": int(now + wait) + _KEPT, ":one": 1},
            names={"#count": "count"},
        )
        count = int(before["count"]) + 1 if before else 1
        return wait if count > most else 0
