"""Unblu's own API descriptions, where the person who runs the tests has copies of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from playground.services.unblu.records import Generation

Json = dict[str, Any]
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


class Description:
    """`folder` holds `v4.yaml` and `v3.yaml`: the openapi.yaml of Unblu 8 and of Unblu 7."""

    def __init__(self, folder: Path, generation: Generation) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._all: Json = yaml.load((folder / f"{generation}.yaml").read_text(), Loader=loader)
        self._models: Json = self._all["components"]["schemas"]

    def check_model(self, value: Json) -> list[str]:
        """What is wrong with a model that names itself."""
        name = value["$_type"]
        return self._check({"$ref": f"#/components/schemas/{name}"}, value, name)

    def check_call(self, method: str, path: str, sent: object, status: int, answered: object) -> list[str]:
        """What is wrong with a call and its answer; `path` is below the API's root."""
        operation = self._operation(method, path)
        if operation is None:
            return [f"{method} {path} is not described"]
        problems = []
        if str(status) not in operation["responses"]:
            problems.append(f"{method} {path}: the status {status} is not described")
        described = operation["responses"].get(str(status), {})
        for label, schema, value in (
            ("request", _schema_of(operation.get("requestBody", {})), sent),
            ("answer", _schema_of(described), answered),
        ):
            if schema is not None:
                problems += self._check(schema, value, f"{method} {path} {label}")
        return problems

    def _operation(self, method: str, path: str) -> Json | None:
        # Fixed paths come first: "/externalmessengers/search" is no channel's id.
        for template in sorted(self._all["paths"], key=lambda one: one.count("{")):
            pattern = re.sub(r"\{\w+\}", "[^/]+", template)
            if re.fullmatch(pattern, path) and method.lower() in self._all["paths"][template]:
                operation: Json = self._all["paths"][template][method.lower()]
                return operation
        return None

    def _check(self, schema: Json, value: object, where: str) -> list[str]:
        if value is None:
            return []
        if "$ref" in schema:
            return self._check(self._models[schema["$ref"].rpartition("/")[2]], value, where)
        if "oneOf" in schema:
            return self._check_union(schema, value, where)
        kind = _TYPES.get(schema.get("type", ""))
        if kind and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
            return [f"{where}: {value!r} is not a {schema['type']}"]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{where}: {value!r} is none of {schema['enum']}"]
        if isinstance(value, list):
            return [problem for one in value for problem in self._check(schema["items"], one, where)]
        return self._check_object(schema, value, where) if isinstance(value, dict) else []

    def _check_union(self, schema: Json, value: object, where: str) -> list[str]:
        """The model that the value names, which has to be one of those that may be here."""
        names = [one["$ref"].rpartition("/")[2] for one in schema["oneOf"] if "$ref" in one]
        if not isinstance(value, dict):
            return [] if any("$ref" not in one for one in schema["oneOf"]) else [f"{where}: {value!r} is no model"]
        name = str(value.get("$_type"))
        if name in names:
            return self._check(self._models[name], value, f"{where}.{name}")
        deeper = [self._models[one] for one in names if "oneOf" in self._models[one]]
        tried = [self._check_union(union, value, where) for union in deeper]
        return min(tried, key=len, default=[f"{where}: {name} is none of {names}"])

    def _check_object(self, schema: Json, value: Json, where: str) -> list[str]:
        if "properties" not in schema:
            each = schema.get("additionalProperties")
            return (
                [problem for one in value.values() for problem in self._check(each, one, where)]
                if isinstance(each, dict)
                else []
            )
        properties = schema["properties"]
        problems = [f"{where}: {name} is not described" for name in value if name not in properties]
        if "$_type" in properties and "$_type" not in value:
            problems.append(f"{where}: $_type is missing")
        for name in value.keys() & properties.keys():
            problems += self._check(properties[name], value[name], f"{where}.{name}")
        return problems


def _schema_of(part: Json) -> Json | None:
    content = part.get("content", {}).get("application/json")
    return content["schema"] if content else None
