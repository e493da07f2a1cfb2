"""People in the table: an item by our key, and one by the platform's id that leads to it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from patchbay.aws.stores import keys
from patchbay.aws.stores.retention import Terms, is_expired
from patchbay.aws.stores.table import ConditionFailed, Item, Table
from patchbay.bridge.people import People, Person
from patchbay.bridge.ports import Clock
from patchbay.domain.errors import Conflict

FOREIGN_KEPT = timedelta(days=30)
_FIRST_SECOND = datetime(2026, 1, 1, tzinfo=UTC)


class DynamoPeople(People):
    def __init__(self, table: Table, clock: Clock, retention: timedelta | None = None) -> None:
        """`retention`: how long a person is kept after the last message; for ever without one."""
        self._table = table
        self._clock = clock
        self._terms = Terms(retention)

    def find(self, platform_connection: str, key: str) -> Person | None:
        item = self._table.get(keys.person_key(platform_connection, key), consistent=True)
        return None if is_expired(item, self._clock.now()) else _read_person(item)

    def by_platform_id(self, platform_connection: str, platform_id: str) -> Person | None:
        item = self._table.get(keys.person_id_key(platform_connection, platform_id), consistent=True)
        return self.find(platform_connection, str(item["key"])) if item else None

    def add(self, person: Person) -> Person:
        """Both items or none; who was first is decided by the first."""
        until = self._terms.of_records(self._clock.now())
        by_key = {
            "pk": keys.person_key(person.platform_connection, person.key),
            "sk": keys.SORT,
            **asdict(person),
            **until,
        }
        by_id = {
            "pk": keys.person_id_key(person.platform_connection, person.platform_id),
            "sk": keys.SORT,
            "key": person.key,
            **until,
        }
        now = {":now": int(self._clock.now().timestamp())}
        try:
            self._table.put_all([by_key, by_id], condition="attribute_not_exists(pk) OR expires_at <= :now", values=now)
        except Conflict:
            stored = self.find(person.platform_connection, person.key)
            if stored is None:
                raise
            return stored
        return person

    def move(self, person: Person, contact: str) -> None:
        key = (keys.person_key(person.platform_connection, person.key), keys.SORT)
        with suppress(ConditionFailed):
            self._table.update(
                key, "SET contact = :contact", values={":contact": contact}, condition="attribute_exists(pk)"
            )

    def keep(self, platform_connection: str, key: str) -> None:
        until = self._terms.of_records(self._clock.now())
        person = self.find(platform_connection, key) if until else None
        if person is None:
            return
        by_key, by_id = (
            keys.person_key(platform_connection, key),
            keys.person_id_key(platform_connection, person.platform_id),
        )
        for one in (by_key, by_id):
            with suppress(ConditionFailed):
                self._table.update(
                    (one, keys.SORT),
                    "SET expires_at = :until",
                    values={":until": until["expires_at"]},
                    condition="attribute_exists(pk)",
                )

    def forget(self, person: Person) -> None:
        self._table.delete(keys.person_key(person.platform_connection, person.key))
        self._table.delete(keys.person_id_key(person.platform_connection, person.platform_id))

    def take_number(self, platform_connection: str) -> int:
        """Counting begins at the present second, so a table that starts over is ahead of the one that was lost
        (which would have had to give out more than one number a second all its life).
        """
        start = int((self._clock.now() - _FIRST_SECOND).total_seconds())
        before = self._table.update(
            (keys.numbers_key(platform_connection), keys.SORT),
            "SET taken = if_not_exists(taken, :start) + :one",
            values={":one": 1, ":start": start},
        )
        return (int(before["taken"]) if before else start) + 1

    def note_unmapped(self, platform_connection: str, thread: str) -> None:
        until = self._clock.now() + FOREIGN_KEPT
        key = keys.foreign_key(platform_connection, thread)
        self._table.put({"pk": key, "sk": keys.SORT, "expires_at": int(until.timestamp())})

    def is_unmapped(self, platform_connection: str, thread: str) -> bool:
        """The table may hold for days what has expired."""
        item = self._table.get(keys.foreign_key(platform_connection, thread))
        return item is not None and self._clock.now().timestamp() < item["expires_at"]


def _read_person(item: Item | None) -> Person | None:
    if item is None:
        return None
    return Person(
        platform_connection=str(item["platform_connection"]),
        key=str(item["key"]),
        platform_id=str(item["platform_id"]),
        secret=str(item["secret"]),
        contact=str(item["contact"]),
    )
