"""What messengers charge, counted: the port that keeps the counters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """How many messages of one category the messenger has priced on a day, by the day of the report (UTC).

    `billable` cost something, `free` cost nothing, of `unknown` it does not say. `taken` counts those that were sent
    under the owner's ceiling, by the day of sending.
    """

    day: date
    category: str
    billable: int = 0
    free: int = 0
    unknown: int = 0
    taken: int = 0


class CostCounters(Protocol):
    """Per connection, kept for two years. Counting is one write that no other comes between."""

    def count(self, connection_id: str, day: date, category: str, billable: bool | None, key: str) -> None:
        """Counts a message, once for each `key` within ten days."""

    def take(self, connection_id: str, day: date, category: str, most: int, key: str) -> bool:
        """Whether a message of that category may be sent on this day, of which `most` may. Counts it, once a `key`."""

    def list(self, connection_id: str, since: date) -> Sequence[DayCount]:
        """By day and category."""
