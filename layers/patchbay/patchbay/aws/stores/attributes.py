"""Items in DynamoDB's own JSON, where each value names its type.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Attributes = dict[str, Any]  #: such as {"name": {"S": "Ada"}}


def write_attributes(item: Mapping[str, Any]) -> Attributes:
    """Raises TypeError for what no store keeps: floats, which are never exact, and bytes, which are text here."""
    return {name: _write(value) for name, value in item.items()}


def read_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers are Decimal, as boto3 has them."""
    return {name: _read(value) for name, value in attributes.items()}


def _write(value: Any) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | Decimal():
            return {"N": str(value)}
        case Mapping():
            return {"M": write_attributes(value)}
        case list() | tuple():
            return {"L": [_write(one) for one in value]}
        case set() | frozenset():
            return _write_set(value)
        case _:
            raise TypeError(f"the table stores no {type(value).__name__}")


def _write_set(values: set[Any] | frozenset[Any]) -> dict[str, Any]:
    """DynamoDB has no empty set."""
    if values and all(isinstance(one, str) for one in values):
        return {"SS": sorted(values)}
    raise TypeError("the table stores sets of texts, and none that is empty")


_READERS: dict[str, Callable[[Any], Any]] = {
    "S": str,
    "N": Decimal,
    "BOOL": bool,
    "NULL": lambda _: None,
    "M": read_attributes,
    "L": lambda values: [_read(one) for one in values],
    "SS": set,
    "NS": lambda values: {Decimal(one) for one in values},
}


def _read(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    return _READERS[kind](content)
