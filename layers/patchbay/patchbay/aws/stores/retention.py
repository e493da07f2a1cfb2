"""How long what is known of a contact is kept after their last message.

The session says when that was: it is written on one day of a conversation in any case, so its time is renewed day by
day. What leads to it (pointers, lists, people) is written once and seldom renewed, so it is kept somewhat longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from patchbay.aws.stores.table import Item

EVERY_DAY = timedelta(days=1)
_SELDOM = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Terms:
    """Without a `retention` everything is kept until it is erased."""

    retention: timedelta | None = None

    @property
    def _period(self) -> timedelta:
        """How often the records that lead to a session are renewed."""
        return min(_SELDOM, (self.retention or _SELDOM) / 4)

    def are_due(self, kept_since: datetime | None, now: datetime) -> bool:
        """Whether all records of a contact are to be renewed."""
        return self.retention is not None and (kept_since is None or now - kept_since >= self._period)

    def of_contact(self, now: datetime) -> Item:
        """What a session's item says of its end."""
        return _until(now + self.retention) if self.retention else {}

    def of_records(self, now: datetime) -> Item:
        """The same for what leads to it: it outlives the session whenever it was renewed last."""
        return _until(now + self.retention + self._period + EVERY_DAY) if self.retention else {}


def is_expired(item: Item | None, now: datetime) -> bool:
    """DynamoDB takes away late what has expired: for us it is gone at once."""
    return item is not None and "expires_at" in item and int(item["expires_at"]) <= now.timestamp()


def _until(end: datetime) -> Item:
    return {"expires_at": int(end.timestamp())}
