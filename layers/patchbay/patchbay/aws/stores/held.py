"""Held messages in the table, by their contact: who erases the contact finds them.

They say what agents wrote, so they lie apart from the sessions, which more people may read. Each is listed once more,
by the time when it is overdue, in one partition for all: nothing of what it says is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from patchbay.aws.stores import keys
from patchbay.aws.stores.table import ConditionFailed, Item, Table
from patchbay.bridge.held import Choice, Held, HeldEnds, HeldMessages
from patchbay.domain.held_place import HeldPlace

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_KEPT = timedelta(days=30)  #: after its end: for as long as it may be on the queue for the last time


class DynamoHeldMessages(HeldMessages, HeldEnds):
    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, messenger_connection: str, contact: str) -> Sequence[Held]:
        listed = self._table.partition(keys.held_key(messenger_connection, contact))
        return [_read(item) for item in listed if item["sk"] != keys.OFFER_SORT]

    def find(self, place: HeldPlace) -> Held | None:
        item = self._table.get(*_keys_of(place), consistent=True)
        return _read(item) if item else None

    def add(self, held: Held) -> None:
        pk, sk = _keys_of(held.place)
        expires = {"expires_at": int((held.until + _KEPT).timestamp())}
        first = {"pk": pk, "sk": sk, "value": _write(held), **expires}
        due_pk, due_sk = _due_keys_of(held)
        place = {
            "messenger": held.place.messenger_connection,
            "contact": held.place.contact,
            "position": held.place.position,
        }
        listed = {"pk": due_pk, "sk": due_sk, **place, **expires}
        self._table.put_all([first, listed], condition="attribute_not_exists(pk)")

    def change(self, held: Held) -> None:
        with suppress(ConditionFailed):
            self._table.update(
                _keys_of(held.place),
                "SET #value = :value",
                values={":value": _write(held)},
                names={"#value": "value"},
                condition="attribute_exists(pk)",
            )

    def remove(self, held: Held) -> None:
        self._table.delete(*_keys_of(held.place))
        self._table.delete(*_due_keys_of(held))

    def offer(self, messenger_connection: str, contact: str, choices: Sequence[Choice], until: datetime) -> None:
        item = {"pk": keys.held_key(messenger_connection, contact), "sk": keys.OFFER_SORT}
        listed = [{"name": one.name, "language": one.language} for one in choices]
        self._table.put({**item, "choices": listed, "expires_at": int(until.timestamp())})

    def offered(self, messenger_connection: str, contact: str) -> Sequence[Choice]:
        item = self._table.get(keys.held_key(messenger_connection, contact), keys.OFFER_SORT, consistent=True)
        return [Choice(name=str(one["name"]), language=str(one["language"])) for one in item["choices"]] if item else []

    def overdue(self, now: datetime, most: int) -> Sequence[HeldPlace]:
        found = self._table.up_to(keys.overdue_key(), _time(now), most)
        return [
            HeldPlace(
                messenger_connection=str(item["messenger"]),
                contact=str(item["contact"]),
                position=int(item["position"]),
            )
            for item in found
        ]


def list_held_keys(messenger_connection: str, contact: str, table: Table) -> Sequence[tuple[str, str]]:
    """The keys of all records about messages that are held of a contact: for erasing."""
    listed = list(table.partition(keys.held_key(messenger_connection, contact)))
    due = [_due_keys_of(_read(item)) for item in listed if item["sk"] != keys.OFFER_SORT]
    return [*due, *((str(item["pk"]), str(item["sk"])) for item in listed)]


def _keys_of(place: HeldPlace) -> tuple[str, str]:
    return keys.held_key(place.messenger_connection, place.contact), keys.held_sort(place.position)


def _due_keys_of(held: Held) -> tuple[str, str]:
    place = held.place
    return keys.overdue_key(), keys.overdue_sort(
        _time(held.until), place.messenger_connection, place.contact, place.position
    )


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _write(held: Held) -> str:
    return _adapter().dump_json(held, exclude_defaults=True).decode()


def _read(item: Item) -> Held:
    held: Held = _adapter().validate_json(str(item["value"]))
    return held


@cache
def _adapter() -> TypeAdapter[Any]:
    """The webhook monitor loads this module, and reads no message."""
    from pydantic import TypeAdapter

    return TypeAdapter(Held)
