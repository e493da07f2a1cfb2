"""What calls of DynamoDB consume, in capacity units, by DynamoDB's rules: the emulators only count calls.

A write costs the larger of the item before and after it, in whole kilobytes, twice that in a transaction; each index
whose entry comes, goes or changes costs its entry besides, and an entry whose keys change costs both.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.prices import item_bytes, read_units, write_units
from patchbay.aws.api.transport import Answer

Json = dict[str, Any]
#: What consumes units.
OPERATIONS = frozenset(
    {"GetItem", "Query", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}
)
_TABLE_KEY = ("pk", "sk")


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    read: float = 0.0
    write: int = 0

    def __add__(self, other: Units) -> Units:
        return Units(read=self.read + other.read, write=self.write + other.write)


class Meter:
    """Weighs the calls of other clients with a `client` of its own, whose calls nobody counts.

    `indexes` are the table's, as CloudFormation describes them.
    """

    def __init__(self, client: Any, table: str, indexes: Sequence[Json]) -> None:
        self._client = client
        self._table = table
        self._indexes = indexes
        self.consumed = Units()

    def watch(self, client: Any) -> None:
        """Adds up what `client` consumes from now on in `consumed`."""
        client.meta.events.register("before-call.dynamodb", self.prepare)
        client.meta.events.register("after-call.dynamodb", self._weigh)

    def prepare(self, params: Json, context: Json, **_: object) -> None:
        """Before a call: notes in its `context` what it asks for, and what is stored where it writes."""
        request = json.loads(params["body"])
        context["meter"] = request, {_name(key): self._stored(key) for key in _changes(request)}

    def weigh(self, operation: str, answer: bytes, context: Json) -> Units:
        """After the call: what it consumed, by the `answer` as it came over the wire."""
        request, before = context["meter"]
        if operation in {"GetItem", "Query", "BatchGetItem"}:
            return Units(read=sum(self._weigh_read(operation, request, json.loads(answer))))
        transaction = operation == "TransactWriteItems"
        units = 0
        for key in _changes(request):
            old, new = before[_name(key)], self._stored(key)
            units += write_units(max(item_bytes(old), item_bytes(new)), transaction=transaction)
            units += sum(_weigh_entry(index, old, new) for index in self._indexes)
        return Units(write=units)

    def intercept(self, operation: str, request: Json, answer: Callable[[], Answer]) -> Answer:
        """Around a call of the product's own client: adds up what it consumes."""
        if operation not in OPERATIONS:
            return answer()
        context: Json = {}
        self.prepare({"body": json.dumps(request)}, context)
        answered = answer()
        if answered.status < 300:
            self.consumed += self.weigh(operation, answered.body, context)
        return answered

    def _weigh(self, model: Any, http_response: Any, context: Json, **_: object) -> None:
        self.consumed += self.weigh(model.name, http_response.content, context)

    def _weigh_read(self, operation: str, request: Json, answer: Json) -> Iterator[float]:
        if operation == "Query":
            size = sum(map(item_bytes, answer.get("Items", [])))
            yield read_units(size, consistent=request.get("ConsistentRead", False))
        elif operation == "GetItem":
            consistent = request.get("ConsistentRead", False)
            yield read_units(item_bytes(answer.get("Item", {})), consistent=consistent)
        else:
            wanted = request["RequestItems"][self._table]
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
