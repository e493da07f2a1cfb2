"""Calls of the table that the web chat needs beside those that every store shares: several rows at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from patchbay.aws.api.contract import AwsApi, AwsError
from patchbay.aws.stores.attributes import write_attributes
from patchbay.aws.stores.keys import SORT
from patchbay.aws.stores.table import Item, cancellations, read_item
from patchbay.domain.errors import Conflict

_BATCH = 25
_MANY = 100
# Another transaction on the same rows, or a condition that does not hold: in both cases another call was faster.
_LOST = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class Rows:
    def __init__(self, api: AwsApi, table: str) -> None:
        self._api = api
        self._table = table

    def put(self, item: Item, condition: str = "", **values: object) -> Any:
        return {"Put": {"TableName": self._table, "Item": write_attributes(item), **_conditional(condition, values)}}

    def delete(self, pk: str, sk: str = SORT) -> Any:
        return {"Delete": {"TableName": self._table, "Key": write_attributes({"pk": pk, "sk": sk})}}

    def check(self, pk: str, condition: str, **values: object) -> Any:
        key = write_attributes({"pk": pk, "sk": SORT})
        return {"ConditionCheck": {"TableName": self._table, "Key": key, **_conditional(condition, values)}}

    def write(self, steps: Sequence[Any]) -> None:
        """All of them or none. Raises Conflict."""
        try:
            self._api.call("TransactWriteItems", {"TransactItems": steps})
        except AwsError as error:
            if cancellations(error) & _LOST:
                raise Conflict("another writer was faster") from None
            raise

    def query(self, pk: str, first: str, last: str, *, most: int | None = None) -> Iterator[Item]:
        """The rows of a partition whose sort keys lie between the two; with `most` the latest, latest first."""
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": write_attributes({":pk": pk, ":first": first, ":last": last}),
            "ConsistentRead": True,
            "ScanIndexForward": most is None,
        }
        if most is not None:
            request["Limit"] = most
        while True:
            page = self._api.call("Query", request)
            for attributes in page["Items"]:
                yield read_item(attributes) or {}
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def get_all(self, keys: Sequence[str]) -> Iterator[Item]:
        """The rows of these partitions that there are, in no order."""
        wanted: list[Any] = [write_attributes({"pk": pk, "sk": SORT}) for pk in keys]
        while wanted:
            batch, wanted = wanted[:_MANY], wanted[_MANY:]
            request: Any = {self._table: {"Keys": batch, "ConsistentRead": True}}
            answer = self._api.call("BatchGetItem", {"RequestItems": request})
            for attributes in answer["Responses"].get(self._table, []):
                yield read_item(attributes) or {}
            left: Any = answer.get("UnprocessedKeys", {}).get(self._table, {})
            wanted.extend(left.get("Keys", []))

    def delete_all(self, pk: str, sorts: Sequence[str]) -> None:
        waiting: list[Any] = [{"DeleteRequest": {"Key": write_attributes({"pk": pk, "sk": sk})}} for sk in sorts]
        while waiting:
            batch, waiting = waiting[:_BATCH], waiting[_BATCH:]
            answer = self._api.call("BatchWriteItem", {"RequestItems": {self._table: batch}})
            waiting.extend(answer.get("UnprocessedItems", {}).get(self._table, []))


def _conditional(condition: str, values: Mapping[str, object]) -> dict[str, Any]:
    """`values` are named in the condition with a colon."""
    request: dict[str, Any] = {"ConditionExpression": condition} if condition else {}
    if values:
        request["ExpressionAttributeValues"] = write_attributes({f":{name}": value for name, value in values.items()})
    return request
