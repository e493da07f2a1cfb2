"""IAM's decision about a call, as far as the shipped policies use its language. What it does not know it refuses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One action on one resource. `keys` are the partition keys that a call to the table names, None for another."""

    action: str
    resource: str
    keys: tuple[str, ...] | None = None
    via: str = ""  #: the service on whose behalf AWS calls, such as "dynamodb.eu-west-1.amazonaws.com"


def is_allowed(call: Call, policy: Mapping[str, Any]) -> bool:
    """A statement that denies wins, and what no statement allows is refused."""
    matching = [statement for statement in policy["Statement"] if _matches(call, statement)]
    return bool(matching) and all(statement["Effect"] == "Allow" for statement in matching)


def _matches(call: Call, statement: Mapping[str, Any]) -> bool:
    return (
        any(_is_like(call.action.lower(), one.lower()) for one in _list(statement["Action"]))
        and any(_is_like(call.resource, one) for one in _list(statement["Resource"]))
        and all(_holds(call, kind, condition) for kind, condition in statement.get("Condition", {}).items())
    )


def _holds(call: Call, kind: str, condition: Mapping[str, Any]) -> bool:
    ((name, wanted),) = condition.items()
    if name == "kms:ViaService" and kind == "StringLike":
        return any(_is_like(call.via, one) for one in _list(wanted))
    if name == "dynamodb:LeadingKeys" and kind == "Null":
        return (call.keys is None) == (str(wanted).lower() == "true")
    assert name == "dynamodb:LeadingKeys", f"the test knows no condition on {name}"
    likes = [any(_is_like(key, one) for one in _list(wanted)) for key in call.keys or ()]
    quantifiers = {"ForAllValues:StringLike": all, "ForAnyValue:StringLike": any}
    return quantifiers[kind](likes)


def _is_like(value: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value, re.DOTALL) is not None


def _list(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value
