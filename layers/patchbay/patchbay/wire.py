"""Reading services' JSON: tolerant of what is new, strict about what is needed, silent about values.

Used by connectors for their wire models, which are private to each connector.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from patchbay.errors import Unreadable


class Wire(BaseModel):
    """Base of a service's own JSON objects. Unknown fields are ignored; numbers may stand where ids are expected."""

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        defer_build=True,  # schemas are built when first used: webhook functions start faster
        coerce_numbers_to_str=True,  # 64-bit ids arrive as numbers and must never become floats
        populate_by_name=True,
        hide_input_in_errors=True,
    )


def no_null_text(value: object) -> object:
    return "" if value is None else value


def no_null_list(value: object) -> object:
    return () if value is None else value


String = Annotated[str, BeforeValidator(no_null_text)]  #: many services say "nothing" as null and as "" alike


def read_wire[W: Wire](model: type[W], body: bytes | str) -> W:
    """The body as `model`. Raises Unreadable, naming the fields and never their values."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise Unreadable(_describe(error)) from None


def read_wire_object[W: Wire](model: type[W], value: object) -> W:
    """The same for an object that is already parsed."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Unreadable(_describe(error)) from None


def _describe(error: ValidationError) -> str:
    details = error.errors(include_input=False, include_url=False, include_context=False)
    fields = [f"{'.'.join(map(str, detail['loc'])) or 'body'} ({detail['type']})" for detail in details[:3]]
    return "not what the service documents: " + ", ".join(fields)
