"""Which accounts have a connection at an address, as a container remembers it.

A service may send webhooks of accounts that have no connection here, all day long. That an account is unknown is
remembered for a minute, so that these cost one look-up a minute each; and for no longer than no account was connected,
which a mark in the table tells: an owner who connects one tries it within moments.
"""

from __future__ import annotations

from datetime import timedelta

from patchbay.aws.stores import keys
from patchbay.aws.stores.cache import TimedCache
from patchbay.aws.stores.table import Table
from patchbay.bridge.ports import Clock

KEPT = timedelta(seconds=60)
MARK_KEPT = timedelta(seconds=1)


class KnownAccounts:
    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._known: TimedCache[bool] = TimedCache(clock, KEPT)
        self._foreign: TimedCache[str] = TimedCache(clock, KEPT)  #: the mark under which each was looked up in vain
        self._marks: TimedCache[str] = TimedCache(clock, MARK_KEPT)

    def has(self, endpoint_id: str, account: str) -> bool:
        """Whether the account has a connection, or is getting one this moment."""
        key = keys.account_key(endpoint_id, account)
        foreign = self._foreign.peek(key)
        if self._known.peek(key) or (foreign is None and self._find(key, consistent=False)):
            return True
        # The mark is read before the account, and written after it: a look-up that came too early is made again.
        mark = self._marks.get(endpoint_id, lambda: self._load_mark(endpoint_id))
        if foreign == mark:
            return False
        if self._find(key, consistent=True) or self.awaits_one(endpoint_id):
            return True
        self._foreign.put(key, mark or "")
        return False

    def _find(self, key: str, *, consistent: bool) -> bool:
        found = self._table.get(key, consistent=consistent) is not None
        if found:
            self._known.put(key, value=True)
        return found

    def awaits_one(self, endpoint_id: str) -> bool:
        item = self._table.get(keys.awaited_key(endpoint_id), consistent=True)
        return item is not None and self._clock.now().timestamp() < item["expires_at"]

    def _load_mark(self, endpoint_id: str) -> str:
        item = self._table.get(keys.awaited_key(endpoint_id), keys.ADDED_SORT, consistent=True)
        return str(item["mark"]) if item else ""
