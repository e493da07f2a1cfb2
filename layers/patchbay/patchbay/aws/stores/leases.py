"""Leases in the table: one item for a connection that is slow, with its places as {holder: until}.

A caller that finds all places taken pays only for a read. The item's version detects two writers at the same time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from patchbay.aws.stores import keys
from patchbay.aws.stores.table import ConditionFailed, Item, Table
from patchbay.bridge.ports import Leases

_KEPT = timedelta(hours=1)


def places_of(dispatchers: int) -> int:
    """How many of so many dispatchers may wait for one slow connection: measured, see docs/decisions.md."""
    return max(1, dispatchers * 2 // 5)


class DynamoLeases(Leases):
    """`places` is how many may hold one at a time."""

    def __init__(self, table: Table, places: int) -> None:
        self._table = table
        self._places = places

    def take(self, connection_id: str, holder: str, now: datetime, until: datetime) -> bool:
        key = keys.leases_key(connection_id)
        stored = self._table.get(key, consistent=True) or {"version": 0, "holders": {}}
        holders = {name: end for name, end in stored["holders"].items() if end > now.timestamp() and name != holder}
        if len(holders) >= self._places:
            return False
        version = int(stored["version"])
        item: Item = {
            "pk": key,
            "sk": keys.SORT,
            "version": version + 1,
            "holders": {**holders, holder: int(until.timestamp())},
            "expires_at": int((now + _KEPT).timestamp()),
        }
        unchanged = "attribute_not_exists(pk) OR version = :version"
        try:
            self._table.put(item, condition=unchanged, values={":version": version})
        except ConditionFailed:
            return False
        return True
