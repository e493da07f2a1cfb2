"""What AWS itself says of End User Messaging Social, in botocore's model: its calls, and what each takes and gives.

Calls are held to the whole of it: what is required, how long, of which form. Whatever is not in it is refused too.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from playground.services.whatsapp.records import Json

_NUMBERS = {"integer", "long"}


class Invalid(Exception):
    """A call is not what the model says. The text names the member and the rule."""


@cache
def load_model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("socialmessaging", "service-2"), "socialmessaging")


def find_operation(name: str) -> OperationModel:
    return load_model().operation_model(name)


def status_of(exception: str) -> int:
    """The HTTP status of an exception."""
    error: Mapping[str, Any] = load_model().shape_for(exception).metadata.get("error", {})
    return int(error["httpStatusCode"])


def read_call(name: str, query: Mapping[str, str], body: Json) -> Json:
    """The members of a call, those that are bytes as bytes. Raises Invalid."""
    shape = find_operation(name).input_shape
    if shape is None:
        raise Invalid(f"{name} takes nothing")
    in_query = {
        str(member.serialization.get("name", key)): key
        for key, member in shape.members.items()
        if member.serialization.get("location") == "querystring"
    }
    if unknown := set(query) - set(in_query) or set(body) & set(in_query.values()):
        raise Invalid(f"unknown: {', '.join(sorted(unknown))}")
    given = {key: _from_text(shape.members[key], query[sent]) for sent, key in in_query.items() if sent in query}
    return _read_structure(shape, {**given, **body}, "")


def check_answer(name: str, answer: Json) -> Json:
    """`answer`, which the model describes. Raises Invalid."""
    shape = find_operation(name).output_shape
    if shape is not None:
        _read_structure(shape, answer, "")
    elif answer:
        raise Invalid(f"{name} answers nothing")
    return answer


def _from_text(shape: Shape, text: str) -> object:
    if shape.type_name == "boolean" and text in {"true", "false"}:
        return text == "true"
    if shape.type_name in _NUMBERS and text.isdecimal():
        return int(text)
    return text


def _read_structure(shape: StructureShape, value: object, where: str) -> Json:
    if not isinstance(value, dict):
        raise Invalid(f"{where or 'the body'} must be an object")
    if missing := [name for name in shape.required_members if value.get(name) is None]:
        raise Invalid(f"{where}{missing[0]} is required")
    if unknown := set(value) - set(shape.members):
        raise Invalid(f"unknown: {where}{min(unknown)}")
    return {
        name: _read(shape.members[name], given, f"{where}{name}") for name, given in value.items() if given is not None
    }


def _read(shape: Shape, value: object, where: str) -> object:
    if isinstance(shape, StructureShape):
        return _read_structure(shape, value, f"{where}.")
    if isinstance(shape, ListShape):
        return list(_read_list(shape, value, where))
    if isinstance(shape, MapShape):
        return _read_map(shape, value, where)
    kind = shape.type_name
    if kind == "blob":
        return _read_bytes(shape, value, where)
    if kind == "string":
        return _read_string(shape, value, where)
    expected = bool if kind == "boolean" else (int, float)
    if not isinstance(value, expected) or isinstance(value, bool) is not (kind == "boolean"):
        raise Invalid(f"{where} must be a {kind}")
    return value


def _read_list(shape: ListShape, value: object, where: str) -> Iterator[object]:
    if not isinstance(value, list):
        raise Invalid(f"{where} must be a list")
    _check_size(shape, len(value), where)
    for number, one in enumerate(value):
        yield _read(shape.member, one, f"{where}[{number}]")


def _read_map(shape: MapShape, value: object, where: str) -> Json:
    if not isinstance(value, dict):
        raise Invalid(f"{where} must be an object")
    _check_size(shape, len(value), where)
    return {str(key): _read(shape.value, one, f"{where}.{key}") for key, one in value.items()}


def _read_bytes(shape: Shape, value: object, where: str) -> bytes:
    if not isinstance(value, str):
        raise Invalid(f"{where} must be bytes in base64")
    try:
        decoded = base64.b64decode(value, validate=True)
    except binascii.Error:
        raise Invalid(f"{where} must be bytes in base64") from None
    _check_size(shape, len(decoded), where)
    return decoded


def _read_string(shape: Shape, value: object, where: str) -> str:
    if not isinstance(value, str):
        raise Invalid(f"{where} must be a string")
    _check_size(shape, len(value), where)
    if (pattern := shape.metadata.get("pattern")) and not re.search(pattern, value):
        raise Invalid(f"{where} must match {pattern}")
    if (known := shape.metadata.get("enum")) and value not in known:
        raise Invalid(f"{where} must be one of {', '.join(known)}")
    return value


def _check_size(shape: Shape, size: int, where: str) -> None:
    if size < shape.metadata.get("min", 0) or size > shape.metadata.get("max", size):
        raise Invalid(f"{where} has a size of {size}, and the limits are {shape.metadata}")
