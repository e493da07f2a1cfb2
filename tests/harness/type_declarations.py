"""The interfaces of a `types.d.ts`, and where JSON differs from them: names of fields, not their values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_INTERFACE = re.compile(r"^(?:export )?interface (\w+)(?: extends (\w+))? \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^  (\w+)(\??): (.+);$", re.MULTILINE)
_NAME = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Field:
    optional: bool
    type: str


type Interfaces = Mapping[str, Mapping[str, Field]]


def read_interfaces(path: Path) -> Interfaces:
    """Every interface of the file by its name, with the fields that it inherits. Nested object types are left out."""
    interfaces: dict[str, dict[str, Field]] = {}
    for name, parent, body in _INTERFACE.findall(path.read_text(encoding="utf-8")):
        own = {field: Field(mark == "?", kind) for field, mark, kind in _FIELD.findall(body)}
        interfaces[name] = {**interfaces.get(parent, {}), **own}
    return interfaces


def find_differences(value: object, name: str, interfaces: Interfaces) -> Iterator[str]:
    """What `value` has and the interface does not, or the other way round; values of its fields as well."""
    if isinstance(value, list):
        for item in value:
            yield from find_differences(item, name, interfaces)
    elif isinstance(value, dict):
        fields = interfaces[name]
        yield from (f"{name} has no {key}" for key in value if key not in fields)
        yield from (f"{name}.{key} is missing" for key, field in fields.items() if not field.optional | (key in value))
        for key, field in fields.items():
            for part in _NAME.findall(field.type):
                if part in interfaces:
                    yield from find_differences(value.get(key), part, interfaces)
