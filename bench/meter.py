"""What calls of DynamoDB consume, in capacity units, by DynamoDB's rules: the emulators only count calls.

A write costs the larger of the item before and after it, in whole kilobytes, twice that in a transaction; each index
whose entry comes, goes or changes costs its entry besides, and an entry whose keys change costs both.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from bench.prices import item_bytes, read_units, write_units
from bench.wire import Request

Json = dict[str, Any]
_TABLE_KEY = ("pk", "sk")
_READS = frozenset({"GetItem", "Query", "BatchGetItem"})
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    read: float = 0.0
    write: int = 0

    def __add__(self, other: Units) -> Units:
        return Units(read=self.read + other.read, write=self.write + other.write)


class Meter:
    """Weighs calls with a `client` of its own. It is a `Watcher`, and adds up what it sees in `consumed`.

    `indexes` are the table's, as CloudFormation describes them.
    """

    def __init__(self, client: Any, table: str, indexes: Sequence[Json]) -> None:
        self._client = client
        self._table = table
        self._indexes = indexes
        self.consumed = Units()

    def before(self, request: Request) -> object:
        """What is stored where the request writes."""
        if request.operation not in _WRITES:
            return {}
        return {_name(key): self._stored(key) for key in _changes(request.body)}

    def after(self, request: Request, answer: bytes, noted: object) -> None:
        self.consumed += self.weigh(request, answer, noted)

    def weigh(self, request: Request, answer: bytes, noted: object) -> Units:
        """What it consumed, by the `answer` as it came over the wire, and what `before` has `noted`."""
        if request.operation in _READS:
            return Units(read=sum(self._weigh_read(request, json.loads(answer))))
        if request.operation not in _WRITES:
            return Units()
        transaction = request.operation == "TransactWriteItems"
        before = cast("Mapping[tuple[str, ...], Json]", noted)
        units = 0
        for key in _changes(request.body):
            old, new = before[_name(key)], self._stored(key)
            units += write_units(max(item_bytes(old), item_bytes(new)), transaction=transaction)
            units += sum(_weigh_entry(index, old, new) for index in self._indexes)
        return Units(write=units)

    def _weigh_read(self, request: Request, answer: Json) -> Iterator[float]:
        body = request.body
        if request.operation == "Query":
            size = sum(map(item_bytes, answer.get("Items", [])))
            yield read_units(size, consistent=body.get("ConsistentRead", False))
        elif request.operation == "GetItem":
            yield read_units(item_bytes(answer.get("Item", {})), consistent=body.get("ConsistentRead", False))
        else:
            wanted = body["RequestItems"][self._table]
            found = {_name(item): item for item in answer["Responses"].get(self._table, [])}
            for key in wanted["Keys"]:
                size = item_bytes(found.get(_name(key), {}))
                yield read_units(size, consistent=wanted.get("ConsistentRead", False))

    def _stored(self, key: Json) -> Json:
        item: Json = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
        return item


def _changes(request: Json) -> Iterator[Json]:
    """The keys of what a request may write to."""
    steps = [change for step in request.get("TransactItems", []) for change in step.values()]
    batches = request.get("RequestItems", {}).values()
    steps += [change for batch in batches for step in batch for change in step.values()]
    for change in (request, *steps):
        if "Key" in change or "Item" in change:
            yield _key(change.get("Key") or change["Item"])


def _weigh_entry(index: Json, old: Json, new: Json) -> int:
    before, after = _entry(index, old), _entry(index, new)
    if before == after:
        return 0
    names = [part["AttributeName"] for part in index["KeySchema"]]
    if before and after and all(before[name] == after[name] for name in names):
        return _kilobytes(max(item_bytes(before), item_bytes(after)))
    return sum(_kilobytes(item_bytes(entry)) for entry in (before, after) if entry)


def _entry(index: Json, item: Json) -> Json:
    """What of an item lies in the index; nothing when it lacks one of the index's keys."""
    names = [part["AttributeName"] for part in index["KeySchema"]]
    if not all(name in item for name in names):
        return {}
    projection = index["Projection"]
    if projection["ProjectionType"] == "ALL":
        return item
    kept = {*_TABLE_KEY, *names, *projection.get("NonKeyAttributes", [])}
    return {name: value for name, value in item.items() if name in kept}


def _key(item: Mapping[str, Any]) -> Json:
    return {name: item[name] for name in _TABLE_KEY}


def _name(item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(item[name]["S"] for name in _TABLE_KEY)


def _kilobytes(size: int) -> int:
    return max(1, math.ceil(size / 1024))
