"""Counters of what messengers charge, in the table: an item for each connection, day and category."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from patchbay.aws.stores import keys
from patchbay.aws.stores.table import Item, Table
from patchbay.bridge.costs import CostCounters, DayCount
from patchbay.bridge.ports import Clock

_KEPT = timedelta(days=731)
_MARKS_KEPT = timedelta(days=10)  #: services repeat a webhook for up to seven days


class DynamoCosts(CostCounters):
    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def count(self, connection_id: str, day: date, category: str, billable: bool | None, key: str) -> None:
        name = {True: "billable", False: "free", None: "unknown"}[billable]
        self._add(connection_id, day, category, name, key)

    def take(self, connection_id: str, day: date, category: str, most: int, key: str) -> bool:
        return most > 0 and self._add(connection_id, day, category, "taken", f"{key}#taken", most)

    def list(self, connection_id: str, since: date) -> Sequence[DayCount]:
        listed = self._table.partition(keys.costs_key(connection_id))
        return [read_day(item) for item in listed if str(item["sk"]) >= since.isoformat()]

    def _add(self, connection_id: str, day: date, category: str, name: str, key: str, most: int = 0) -> bool:
        marked = {
            "pk": keys.priced_key(connection_id, key),
            "sk": keys.SORT,
            "expires_at": int((self._clock.now() + _MARKS_KEPT).timestamp()),
        }
        end = datetime(day.year, day.month, day.day, tzinfo=UTC) + _KEPT
        values: Item = {":one": 1, ":end": int(end.timestamp())}
        done = self._table.add_once(
            marked,
            (keys.costs_key(connection_id), keys.fit_sort(f"{day.isoformat()}#{category}")),
            "SET expires_at = :end ADD #count :one",
            values={**values, **({":most": most} if most else {})},
            names={"#count": name},
            condition="attribute_not_exists(#count) OR #count < :most" if most else "",
        )
        return done != "refused"


def read_day(item: Item) -> DayCount:
    day, _, category = str(item["sk"]).partition("#")
    counts = {name: int(item.get(name, 0)) for name in ("billable", "free", "unknown", "taken")}
    return DayCount(day=date.fromisoformat(day), category=category, **counts)
