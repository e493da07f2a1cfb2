"""DynamoDB's part of it: items in memory. Conditions are taken to hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Json = dict[str, Any]
_CLAUSE = re.compile(r"\b(SET|ADD|REMOVE) ")
#: `name = :value`, `name = if_not_exists(name, :value)`, either with `+ :value` behind it.
_ASSIGNMENT = re.compile(r"([#\w]+) = (?:if_not_exists\([#\w]+, (:\w+)\)|(:\w+))(?: \+ (:\w+))?")
_SORTS = re.compile(r"sk BETWEEN (:\w+) AND (:\w+)|begins_with\(sk, (:\w+)\)")
_LAST = "\U0010ffff"


class Tables:
    """One table: there is no other."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], Json] = {}
        self.answers: Mapping[str, Callable[[Json], Json]] = {
            "DynamoDB_20120810.GetItem": self._get,
            "DynamoDB_20120810.BatchGetItem": self._get_many,
            "DynamoDB_20120810.PutItem": self._put,
            "DynamoDB_20120810.DeleteItem": self._delete,
            "DynamoDB_20120810.UpdateItem": self._update,
            "DynamoDB_20120810.Query": self._query,
            "DynamoDB_20120810.TransactWriteItems": self._transact,
        }

    def _get(self, request: Json) -> Json:
        item = self._items.get(_key(request["Key"]))
        return {"Item": item} if item else {}

    def _get_many(self, request: Json) -> Json:
        [(table, wanted)] = request["RequestItems"].items()
        found = [item for key in wanted["Keys"] if (item := self._items.get(_key(key)))]
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def _put(self, request: Json) -> Json:
        return _old(request, self._replace(request["Item"]))

    def _replace(self, item: Json) -> Json | None:
        old = self._items.get(_key(item))
        self._items[_key(item)] = item
        return old

    def _delete(self, request: Json) -> Json:
        return _old(request, self._items.pop(_key(request["Key"]), None))

    def _update(self, request: Json) -> Json:
        old = self._items.get(_key(request["Key"]))
        item = dict(old or request["Key"])
        _change(item, request)
        self._items[_key(request["Key"])] = item
        return _old(request, old)

    def _query(self, request: Json) -> Json:
        if "IndexName" in request:
            return {"Items": [], "Count": 0, "ScannedCount": 0}
        values = {name: value["S"] for name, value in request["ExpressionAttributeValues"].items()}
        first, last = _sorts(request["KeyConditionExpression"], values)
        found = sorted(key for key in self._items if key[0] == values[":pk"] and first <= key[1] <= last)
        if not request.get("ScanIndexForward", True):
            found.reverse()
        found = found[: request.get("Limit")]
        return {"Items": [self._items[key] for key in found], "Count": len(found), "ScannedCount": len(found)}

    def _transact(self, request: Json) -> Json:
        steps = {"Put": self._put, "Delete": self._delete, "Update": self._update, "ConditionCheck": self._get}
        for step in request["TransactItems"]:
            [(name, one)] = step.items()
            steps[name](one)
        return {}


def _change(item: Json, request: Json) -> None:
    names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
    _, *clauses = _CLAUSE.split(request["UpdateExpression"])
    for verb, clause in zip(clauses[::2], clauses[1::2], strict=True):
        if verb == "SET":
            for name, unless_there, value, more in _ASSIGNMENT.findall(clause):
                attribute = names.get(name, name)
                start = item.get(attribute, values[unless_there]) if unless_there else values[value]
                item[attribute] = _add(start, values[more]) if more else start
            continue
        for step in clause.split(","):
            name, _, value = step.strip().partition(" ")
            attribute = names.get(name, name)
            if verb == "REMOVE":
                item.pop(attribute, None)
            else:
                item[attribute] = _add(item.get(attribute), values[value])


def _add(before: Json | None, value: Json) -> Json:
    """Numbers are added up, sets joined."""
    [(kind, amount)] = value.items()
    if before is None:
        return value
    if kind == "N":
        return {"N": str(int(before["N"]) + int(amount))}
    return {kind: sorted({*before[kind], *amount})}


def _old(request: Json, item: Json | None) -> Json:
    return {"Attributes": item} if item and request.get("ReturnValues") == "ALL_OLD" else {}


def _sorts(condition: str, values: Mapping[str, str]) -> tuple[str, str]:
    """The first and the last sort key that a query takes."""
    found = _SORTS.search(condition)
    if found is None:
        return "", _LAST
    first, last, prefix = found.groups()
    return (values[prefix], values[prefix] + _LAST) if prefix else (values[first], values[last])


def _key(attributes: Json) -> tuple[str, str]:
    """The floor's items have no sort key."""
    return attributes["pk"]["S"], attributes["sk"]["S"] if "sk" in attributes else ""
