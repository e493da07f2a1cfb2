"""Reads calls and checks them against the schema. JSON has its own types; in forms, lists and objects are JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Request
from werkzeug.datastructures import FileStorage

from playground.services.telegram.errors import RefusedCall, bad_request
from playground.services.telegram.records import Json
from playground.services.telegram.schema import METHODS, TYPES, Fields

_REQUEST_BYTES = 50 * 1024 * 1024 + 64 * 1024  # the largest file, and what comes with it
_INT_BITS = 52

_BY_NAME = {name.lower(): name for name in METHODS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file in the request itself."""

    name: str
    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The checked parameters of a call, and the files that came with it."""

    method: str
    values: Json
    uploads: Mapping[str, Upload] = field(default_factory=dict)


def read_call(method: str, request: Request) -> Arguments:
    """Raises RefusedCall. Methods' names may be written in any case."""
    name = _BY_NAME.get(method.lower())
    if name is None:
        raise RefusedCall(404, "method not found")
    if (request.content_length or 0) > _REQUEST_BYTES:
        raise RefusedCall(413)
    if request.mimetype == "application/json":
        given = {**request.args.to_dict(), **_read_json(request.get_data())}
        return Arguments(method=name, values=check_parameters(name, given, is_form=False))
    given = {**request.args.to_dict(), **request.form.to_dict()}
    uploads = {key: _read_upload(file, key) for key, file in request.files.items()}
    values = check_parameters(name, {**given, **_place_uploads(name, uploads)}, is_form=True)
    for key in uploads:
        if f"attach://{key}" not in str(values):
            raise bad_request(f"no parameter of {name} names the file {key!r}")
    return Arguments(method=name, values=values, uploads=uploads)


def _read_upload(file: FileStorage, key: str) -> Upload:
    with file.stream:
        return Upload(name=file.filename or key, content=file.read(), content_type=file.mimetype)


def read_answer(given: Json) -> Arguments | None:
    """The call that an answer to a webhook holds; None if there is none that may be made so. Raises RefusedCall."""
    method = str(given.get("method") or "").lower()
    if not method or method.startswith("get") or method in {"setwebhook", "deletewebhook", "close", "logout"}:
        return None
    name = _BY_NAME.get(method)
    if name is None:
        raise RefusedCall(404, "method not found")
    values = {key: value for key, value in given.items() if key != "method"}
    return Arguments(method=name, values=check_parameters(name, values, is_form=False))


def _read_json(raw: bytes) -> Json:
    try:
        values = json.loads(raw or b"{}")
    except ValueError:
        raise bad_request("can't parse request JSON object") from None
    if not isinstance(values, dict):
        raise bad_request("request body must be a JSON object")
    try:
        json.dumps(values, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half an emoji, as an escape
        raise bad_request("strings must be encoded in UTF-8") from None
    return {name: value for name, value in values.items() if value is not None}


def _place_uploads(method: str, uploads: Mapping[str, Upload]) -> Json:
    """An upload under a parameter's own name is that parameter's value."""
    fields = METHODS[method]
    return {name: f"attach://{name}" for name in uploads if fields.get(name, "").startswith("file")}


# --- checking --------------------------------------------------------------------------------------------------------


def check_parameters(method: str, given: Mapping[str, object], *, is_form: bool) -> Json:
    """The parameters of a call, as the schema has them. Raises RefusedCall for what it does not know."""
    fields = METHODS[method]
    for name in given:
        if name not in fields:
            raise bad_request(f"the simulator knows no parameter {name!r} of {method}")
    read = {name: _read_form(fields[name], value, name) if is_form else value for name, value in given.items()}
    for name, kind in fields.items():
        if kind.endswith("!") and read.get(name) in (None, ""):
            raise bad_request(_describe_missing(name))
    return {name: _check(fields[name], value, name) for name, value in read.items()}


def _describe_missing(name: str) -> str:
    return {
        "text": "message text is empty",
        "chat_id": "chat_id is empty",
        "file_id": "file_id not specified",
        "message_ids": "message identifiers are not specified",
        "latitude": "latitude is empty",
        "longitude": "longitude is empty",
    }.get(name, f'parameter "{name}" is required')


def _read_form(kind: str, value: object, name: str) -> object:
    """What a form says in words, as JSON would say it."""
    kind, text = kind.removesuffix("!"), str(value)
    if kind in {"str", "id", "file", "attachable"}:
        return text
    if kind == "bool":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    try:
        return json.loads(text)
    except ValueError:
        raise bad_request(f"can't parse {name} JSON object") from None


def _check(kind: str, value: object, name: str) -> object:
    kind = kind.removesuffix("!")
    if kind.startswith("["):
        if not isinstance(value, list):
            raise bad_request(f"{name} must be an Array")
        return [_check(kind[1:-1], each, name) for each in value]
    if kind in TYPES:
        return _check_object(TYPES[kind], kind, value, name)
    if not _is_primitive(kind, value):
        raise bad_request(f"{name} must be of type {kind}")
    return value


def _is_primitive(kind: str, value: object) -> bool:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    is_whole = is_number and abs(int(str(value))) < 1 << _INT_BITS
    match kind:
        case "int":
            return is_whole
        case "float":
            return is_number or isinstance(value, float)
        case "bool":
            return isinstance(value, bool)
        case "id":
            return is_whole or isinstance(value, str)
        case _:
            return isinstance(value, str)


def _check_object(fields: Fields, kind: str, value: object, name: str) -> Json:
    if not isinstance(value, dict):
        raise bad_request(f"{name} must be an Object of type {kind}")
    present = {key: each for key, each in value.items() if each is not None}
    for key in present:
        if key not in fields:
            raise bad_request(f"the simulator knows no field {key!r} of {kind}")
    for key, each in fields.items():
        if each.endswith("!") and key not in present:
            raise bad_request(f'can\'t find field "{key}" in {kind}')
    return {key: _check(fields[key], each, f"{name}.{key}") for key, each in present.items()}
