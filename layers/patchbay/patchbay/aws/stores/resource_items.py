"""The table as sealed secrets want it, over the resource of boto3 that the command and joining use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from patchbay.aws.stores import keys
from patchbay.aws.stores.table import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class ResourceItems:
    def __init__(self, table: Table) -> None:
        self._table = table

    def get(self, pk: str, sk: str = keys.SORT, *, consistent: bool = False) -> Item | None:
        return self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=consistent).get("Item")

    def put(self, item: Item) -> None:
        self._table.put_item(Item=item)

    def delete(self, pk: str, sk: str = keys.SORT) -> None:
        self._table.delete_item(Key={"pk": pk, "sk": sk})
