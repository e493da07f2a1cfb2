"""Reading what was sent, with refusals in Laravel's words."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from playground.services.uchat.errors import invalid

_PHRASES = {
    "missing": "The {} field is required.",
    "string_too_short": "The {} field is required.",
    "extra_forbidden": "The {} field is prohibited.",
    "string_type": "The {} must be a string.",
    "int_type": "The {} must be an integer.",
    "int_parsing": "The {} must be an integer.",
    "list_type": "The {} must be an array.",
    "model_type": "The {} must be an array.",
    "too_short": "The {} must contain 1 item.",
    "too_long": "The {} must contain 1 item.",
    "literal_error": "The selected {} is invalid.",
    "string_pattern_mismatch": "The {} format is invalid.",
}


class Body(BaseModel):
    """Types are taken as they are: the number 1 is no text, and true is no number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Query(BaseModel):
    """Everything in a query is text. What UChat does not know there, it ignores."""

    model_config = ConfigDict(extra="ignore")


def read_body[B: BaseModel](model: type[B]) -> B:
    """A body that is not JSON has no fields for Laravel. Raises ApiProblem."""
    content = request.get_json(silent=True)
    return _validate(model, content if isinstance(content, dict) else {})


def read_query[B: BaseModel](model: type[B]) -> B:
    """Raises ApiProblem."""
    return _validate(model, request.args.to_dict())


def is_public_address(address: str) -> bool:
    """An https address. This machine may be called without: there is no certificate for it."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or any(sign.isspace() for sign in address):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _validate[B: BaseModel](model: type[B], content: Mapping[str, object]) -> B:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        errors: dict[str, list[str]] = {}
        for detail in error.errors():
            field = ".".join(str(step) for step in detail["loc"])
            errors.setdefault(field, []).append(_word(field, detail))
        raise invalid(errors) from None


def _word(field: str, detail: ErrorDetails) -> str:
    return _PHRASES.get(detail["type"], "The {} is invalid.").format(field.replace("_", " "))
