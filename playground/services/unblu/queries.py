"""Searching: filters, operators, order and pages, as strictly typed as everything else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from playground.services.unblu.bodies import Body, read_body
from playground.services.unblu.errors import ApiProblem
from playground.services.unblu.records import Json

Kind = Literal["Id", "IdList", "String", "Timestamp"]
Value = str | None | list[str]


class Operator(Body):
    marker: str = Field(alias="$_type")
    type: str
    value: str | None = None
    values: list[str] | None = None
    case_sensitive: bool | None = None


class Filter(Body):
    marker: str = Field(alias="$_type")
    field: str
    operator: Operator


class Order(Body):
    marker: str = Field(alias="$_type")
    field: str
    order: Literal["ASCENDING", "DESCENDING"]


class Query(Body):
    marker: str = Field(alias="$_type")
    search_filters: list[Filter] | None = None
    order_by: list[Order] | None = None
    offset: int | None = None
    limit: int | None = None


#: The searchable fields of a thing: what kind of value, and where it is.
Columns = Mapping[str, tuple[Kind, Callable[[Any], Value]]]

_TESTS: dict[str, Callable[[Any, Operator], bool]] = {
    "EQUALS": lambda value, operator: value == operator.value,
    "ANY_OF": lambda values, operator: any(value in (operator.values or []) for value in values),
}


def search[T](entity: str, things: Sequence[T], columns: Columns, show: Callable[[T], Json]) -> Json:
    """Answers the query in the request: `entity` begins the names of its models. Raises ApiProblem."""
    query = read_body(Query)
    _check(query.marker, f"{entity}Query")
    found = list(things)
    for wanted in query.search_filters or []:
        keeps = _compile(entity, wanted, columns)
        found = [thing for thing in found if keeps(thing)]
    for order in reversed(query.order_by or []):
        _check(order.marker, f"{entity}OrderBy")
        read = _column(columns, order.field)[1]
        found.sort(key=lambda thing: read(thing) or "", reverse=order.order == "DESCENDING")
    start, most = query.offset or 0, query.limit or 250
    end = start + most
    return {
        "$_type": f"{entity}Result",
        "hasMoreItems": end < len(found),
        "nextOffset": end if end < len(found) else 0,
        "items": [show(thing) for thing in found[start:end]],
    }


def _compile(entity: str, wanted: Filter, columns: Columns) -> Callable[[object], bool]:
    kind, read = _column(columns, wanted.field)
    operator = wanted.operator
    _check(wanted.marker, f"{_camel(wanted.field)}{entity}SearchFilter")
    _check(operator.marker, f"{_camel(operator.type)}{kind}Operator")
    if operator.type not in _TESTS:
        raise ApiProblem(501, f"this simulator cannot search with {operator.type}")
    test = _TESTS[operator.type]
    return lambda thing: test(read(thing), operator)


def _column(columns: Columns, field: str) -> tuple[Kind, Callable[[Any], Any]]:
    if field not in columns:
        raise ApiProblem(501, f"this simulator cannot search by {field}")
    return columns[field]


def _check(given: str, expected: str) -> None:
    if given != expected:
        raise ApiProblem(400, f"$_type: {expected} is expected")


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
