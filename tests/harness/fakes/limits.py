"""What DynamoDB refuses, for the stores in memory: they take nothing that the table would not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from bench.prices import item_bytes
from patchbay.aws.stores.attributes import write_attributes

ITEM_BYTES = 400 * 1024
PARTITION_KEY_BYTES = 2048
SORT_KEY_BYTES = 1024
#: How long an item that has expired may still be read: DynamoDB deletes "within a few days".
TTL_LAG = timedelta(days=2)


class ValidationException(Exception):
    """As the table answers to what it never takes: no store of ours expects it."""


def check_item(value: object, pk: str, sk: str = "-") -> None:
    """Raises ValidationException for keys or an item that the table would refuse. `value` is any of our nouns."""
    for name, key, most in (("partition", pk, PARTITION_KEY_BYTES), ("sort", sk, SORT_KEY_BYTES)):
        if not 0 < len(key.encode()) <= most:
            raise ValidationException(f"a {name} key of {len(key.encode())} bytes: from 1 to {most} are allowed")
    kind: Any = type(value)
    plain = _adapter(kind).dump_python(value, mode="json")
    body: Mapping[str, Any] = write_attributes({"pk": pk, "sk": sk, "value": plain})
    size = item_bytes(body)
    if size > ITEM_BYTES:
        raise ValidationException(f"an item of {math.ceil(size / 1024)} KB: 400 KB are allowed")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def is_gone(expires_at: datetime, now: datetime) -> bool:
    """Whether an item has been deleted because its time was over. Until then it is read as before."""
    return now >= expires_at + TTL_LAG
