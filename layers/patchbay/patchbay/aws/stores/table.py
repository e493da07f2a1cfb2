"""The one table, as plain Python values: what every store below shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from patchbay.aws.api.contract import AwsApi, AwsError
from patchbay.aws.stores.attributes import read_attributes, write_attributes
from patchbay.aws.stores.keys import SORT
from patchbay.domain.errors import Conflict

Item = dict[str, Any]  #: attributes of one record, only ever seen by the stores of this package

_NEW = "attribute_not_exists(pk)"
_BATCH = 100  #: items that one call may ask for


class ConditionFailed(Conflict):
    """A conditional write was refused; `item` is what is stored, None when nothing is."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("another writer was faster")
        self.item = item


class Table:
    """Each method is one call; `query`, `partition` and `get_all` are one a page.

    `values` are named with a colon, `names` with a hash.
    """

    def __init__(self, api: AwsApi, name: str) -> None:
        self._api = api
        self._name = name

    def get(self, pk: str, sk: str = SORT, *, consistent: bool = False) -> Item | None:
        answer = self._api.call("GetItem", {"TableName": self._name, "Key": _key(pk, sk), "ConsistentRead": consistent})
        return read_item(answer.get("Item"))

    def put(self, item: Item, *, condition: str = "", values: Mapping[str, Any] | None = None) -> None:
        """Raises ConditionFailed."""
        request = {"TableName": self._name, "Item": write_attributes(item), **_condition(condition, values)}
        with _Conditional():
            self._api.call("PutItem", request)

    def put_all(self, items: Sequence[Item], *, condition: str, values: Mapping[str, Any] | None = None) -> None:
        """Writes all `items`, a hundred at most, or nothing. The condition is about the first item.

        Raises Conflict when it does not hold, or when another transaction is at work on one of the items.
        """
        puts: list[Any] = [{"Put": {"TableName": self._name, "Item": write_attributes(item)}} for item in items]
        puts[0]["Put"] |= _condition(condition, values)
        try:
            self._api.call("TransactWriteItems", {"TransactItems": puts})
        except AwsError as error:
            if cancellations(error) & {"ConditionalCheckFailed", "TransactionConflict"}:
                raise Conflict("another writer was faster") from None
            raise

    def delete(self, pk: str, sk: str = SORT) -> None:
        self._api.call("DeleteItem", {"TableName": self._name, "Key": _key(pk, sk)})

    def update(
        self,
        key: tuple[str, str],
        change: str,
        *,
        values: Mapping[str, Any],
        condition: str = "",
        names: Mapping[str, str] | None = None,
    ) -> Item | None:
        """The item as it was before. Raises ConditionFailed with the item as it is."""
        request: dict[str, Any] = {
            "TableName": self._name,
            "Key": _key(*key),
            "UpdateExpression": change,
            "ReturnValues": "ALL_OLD",
            **_condition(condition, values),
        }
        if names:
            request["ExpressionAttributeNames"] = dict(names)
        with _Conditional():
            return read_item(self._api.call("UpdateItem", request).get("Attributes"))

    def get_all(self, pks: Sequence[str]) -> Iterator[Item]:
        """The items under these partition keys that there are, a hundred a call, in no order. Consistent."""
        wanted: list[Any] = [_key(pk, SORT) for pk in pks]
        while wanted:
            batch, wanted = wanted[:_BATCH], wanted[_BATCH:]
            answer = self._api.call(
                "BatchGetItem", {"RequestItems": {self._name: {"Keys": batch, "ConsistentRead": True}}}
            )
            yield from map(read_attributes, answer["Responses"].get(self._name, []))
            left: Any = answer.get("UnprocessedKeys", {}).get(self._name, {})
            wanted.extend(left.get("Keys", []))

    def query(
        self,
        index: str,
        condition: str,
        values: Mapping[str, Any],
        *,
        page: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Item]:
        """What an index holds, by its sort key; `page` items a call, and no call before its items are wanted."""
        request: dict[str, Any] = {
            "TableName": self._name,
            "IndexName": index,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": write_attributes(values),
            "ScanIndexForward": not newest_first,
        }
        if page:
            request["Limit"] = page
        return self._pages(request)

    def partition(self, pk: str, prefix: str = "") -> Iterator[Item]:
        """The items of one partition whose sort keys begin with `prefix`, by their sort keys. Consistent."""
        condition = "pk = :pk AND begins_with(sk, :prefix)" if prefix else "pk = :pk"
        values = {":pk": pk, ":prefix": prefix} if prefix else {":pk": pk}
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": write_attributes(values),
            "ConsistentRead": True,
        }
        return self._pages(request)

    def up_to(self, pk: str, sort: str, most: int) -> list[Item]:
        """At most `most` items of one partition whose sort keys are `sort` or before it. One call."""
        request: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": "pk = :pk AND sk <= :sort",
            "ExpressionAttributeValues": write_attributes({":pk": pk, ":sort": sort}),
            "Limit": most,
        }
        return [read_attributes(item) for item in self._api.call("Query", request)["Items"]]

    def add_once(
        self,
        mark: Item,
        key: tuple[str, str],
        change: str,
        *,
        values: Mapping[str, Any],
        names: Mapping[str, str],
        condition: str = "",
    ) -> Literal["done", "marked", "refused"]:
        """Writes `mark` and makes the change to the item of `key`, or neither.

        "marked": the mark was there already. "refused": the condition, which is about the item, does not hold. Raises
        Conflict when another transaction is at work on one of the items.
        """
        put = {"Put": {"TableName": self._name, "Item": write_attributes(mark), **_condition(_NEW, None)}}
        update: dict[str, Any] = {"TableName": self._name, "Key": _key(*key), "UpdateExpression": change}
        update |= {"ExpressionAttributeNames": dict(names), **_condition(condition, values)}
        del put["Put"]["ReturnValuesOnConditionCheckFailure"]
        update.pop("ReturnValuesOnConditionCheckFailure", None)
        try:
            self._api.call("TransactWriteItems", {"TransactItems": [put, {"Update": update}]})
        except AwsError as error:
            codes = [str(reason.get("Code")) for reason in error.answer.get("CancellationReasons", [])]
            if "ConditionalCheckFailed" in codes:
                return "marked" if codes[0] == "ConditionalCheckFailed" else "refused"
            if "TransactionConflict" in codes:
                raise Conflict("another writer was faster") from None
            raise
        return "done"

    def _pages(self, request: dict[str, Any]) -> Iterator[Item]:
        while True:
            page = self._api.call("Query", request)
            for item in page["Items"]:
                yield read_attributes(item)
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def read_item(attributes: Mapping[str, Any] | None) -> Item | None:
    return read_attributes(attributes) if attributes else None


class _Conditional:
    """Turns DynamoDB's refusal of a conditional write into ConditionFailed."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, AwsError) and error.code == "ConditionalCheckFailedException":
            raise ConditionFailed(read_item(error.answer.get("Item"))) from None


def _condition(condition: str, values: Mapping[str, Any] | None) -> dict[str, Any]:
    request: dict[str, Any] = {}
    if condition:
        request |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    if values:
        request["ExpressionAttributeValues"] = write_attributes(values)
    return request


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def cancellations(error: AwsError) -> frozenset[str]:
    """Why a transaction was cancelled: a code for each of its steps that stood in the way. Empty for other errors."""
    return frozenset(str(reason.get("Code")) for reason in error.answer.get("CancellationReasons", []))
