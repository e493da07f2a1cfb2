"""Reads the body of a message and checks it against the schema; writes the bodies of webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json
import math

from playground.services.whatsapp.errors import RefusedCall, invalid, missing
from playground.services.whatsapp.records import Json
from playground.services.whatsapp.schema import TYPES


def write_webhook(value: object) -> bytes:
    """As Meta writes it: all in ASCII, with lower-case escapes and escaped slashes."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def sign(body: bytes, secret: str) -> dict[str, str]:
    """The headers of a webhook, with the legacy signature beside the present one."""
    key = secret.encode()
    return {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "X-Hub-Signature": f"sha1={hmac.new(key, body, hashlib.sha1).hexdigest()}",
        "X-Hub-Signature-256": f"sha256={hmac.new(key, body, hashlib.sha256).hexdigest()}",
    }


def read_json(raw: bytes) -> Json:
    """Raises RefusedCall for what is no JSON object in UTF-8."""
    try:
        values = json.loads(raw or b"{}")
        json.dumps(values, ensure_ascii=False).encode()  # half an emoji, as an escape, has no UTF-8
    except ValueError:
        raise RefusedCall(100, title="Invalid parameter") from None
    if not isinstance(values, dict):
        raise RefusedCall(100, title="Invalid parameter")
    return values


def check_body(kind: str, given: Json) -> Json:
    """The body as the schema has it. Raises RefusedCall for what it does not know."""
    product = given.get("messaging_product")
    if not product:
        raise missing("messaging_product")
    if product != "whatsapp":
        raise RefusedCall(
            100, title=f"Param messaging_product must be one of {{WHATSAPP}} - got {str(product)[:40]!r}."
        )
    return _check_object(kind, given, "")


def _check_object(kind: str, value: object, path: str) -> Json:
    if not isinstance(value, dict):
        raise RefusedCall(100, title=f"Param {path} must be a JSON object.")
    fields = TYPES[kind]
    present = {key: each for key, each in value.items() if each is not None}
    for key in present:
        if key not in fields:
            where = f' on param "{path}"' if path else ""
            raise RefusedCall(100, title=f'Unexpected key "{key}"{where}.')
    for key, each in fields.items():
        if each.endswith("!") and key not in present:
            raise RefusedCall(131008, f"Parameter '{_join(path, key)}' is required")
    return {key: _check(fields[key].removesuffix("!"), each, _join(path, key)) for key, each in present.items()}


def _join(path: str, key: str) -> str:
    return f"{path}['{key}']" if path else key


def _check(kind: str, value: object, path: str) -> object:
    if kind.startswith("["):
        if not isinstance(value, list):
            raise RefusedCall(100, title=f"Param {path} must be an array.")
        return [_check(kind[1:-1], each, f"{path}[{index}]") for index, each in enumerate(value)]
    if kind in TYPES:
        return _check_object(kind, value, path)
    if not _is_primitive(kind, value):
        words = {"str": "a string", "num": "a number", "bool": "a boolean"}.get(kind, "a number or its digits")
        raise RefusedCall(100, title=f"Param {path} must be {words}.")
    return value


def _is_primitive(kind: str, value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    match kind:
        case "num":
            return is_number
        case "bool":
            return isinstance(value, bool)
        case "index":
            return (isinstance(value, str) and value.isdecimal()) or (is_number and isinstance(value, int))
        case "place":
            return is_number or isinstance(value, str)
        case _:
            return isinstance(value, str)


def check_length(text: str, longest: int, path: str, shortest: int = 0) -> None:
    """Raises RefusedCall. Meta counts characters."""
    if len(text) > longest:
        raise RefusedCall(100, title=f"Param {path} must be at most {longest} characters long.")
    if len(text.strip()) < shortest:
        raise invalid(f"Param {path} must not be empty")
