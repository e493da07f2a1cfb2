"""Reading services' JSON: tolerant of what is new or odd, strict about what is needed, silent about values.

Used by connectors for their wire models, which are private to each connector. A field with a default is one that a
message can do without: whatever is wrong with it, it reads as its default. Only what makes a message useless when it
is missing has none, and may refuse it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    OnErrorOmit,
    ValidationError,
)

from patchbay.domain.characters import clean_text, has_odd_json, read_json, read_whole_number
from patchbay.domain.errors import Unreadable

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

LONGEST_ID = 512  #: bytes of UTF-8; what is longer is no id of any service, and no key that a table takes

_T = TypeVar("_T")


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

    @classmethod
    def __get_pydantic_core_schema__(cls, source: type[BaseModel], handler: GetCoreSchemaHandler) -> CoreSchema:
        """Every field that has a default falls back on it, which pydantic itself can do but offers for whole types."""
        schema = handler(source)
        model: dict[str, Any] = dict(handler.resolve_ref_schema(schema))
        for field in model["schema"]["fields"].values():
            if field["schema"]["type"] == "default":
                field["schema"]["on_error"] = "default"
        return schema


def _check_id(text: str) -> str:
    if not text or len(text) > LONGEST_ID or len(text.encode()) > LONGEST_ID:
        raise ValueError("no id")
    return text


def _read_moment(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("not an ISO 8601 time")
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:  # the first and the last day that Python knows, in other time zones
        raise ValueError("not a moment in UTC") from None


def read_size(value: object) -> int | None:
    """Of a file, in bytes: a number, or its digits; None for all else, and for nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    digits = f"{value:.0f}" if isinstance(value, float) else str(value).strip()
    return read_whole_number(digits) or None


def _read_private(value: object) -> bool:
    return value not in (None, False, 0, "", "0", "false", "False", "FALSE", "no")


def _read_guard(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else "(unreadable)"


Id = Annotated[str, AfterValidator(_check_id)]
#: of something on the web, without the blanks that people paste with it
Address = Annotated[str, AfterValidator(str.strip)]
#: a list of which the items that cannot be read are left out
Items = tuple[OnErrorOmit[_T], ...]
#: a time as ISO 8601 writes it; one without a zone is UTC
Moment = Annotated[datetime, BeforeValidator(_read_moment)]
#: of a file, in bytes, as a number or in digits; None when it says nothing
Size = Annotated[int | None, BeforeValidator(read_size)]
#: keeps something from customers: what cannot be read means yes, only its absence or a plain no means no
Private = Annotated[bool, BeforeValidator(_read_private)]
#: a word by which something is kept from customers: what cannot be read is no known word, never a missing one
Guard = Annotated[str, BeforeValidator(_read_guard)]


def read_wire[W: Wire](model: type[W], body: bytes | str) -> W:
    """The body as `model`. Raises Unreadable, naming the fields and never their values."""
    try:
        return validate_json(model, body)
    except ValidationError as error:
        raise Unreadable(_describe(error)) from None


def read_wire_object[W: Wire](model: type[W], value: object) -> W:
    """The same for an object that is already parsed."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Unreadable(_describe(error)) from None


def read_id(text: str) -> str:
    """An id that stands elsewhere than in JSON: in a path, in a header. Raises Unreadable for what can be none."""
    try:
        return _check_id(clean_text(text))
    except ValueError:
        raise Unreadable(f"not as the service documents it: an id of {len(text)} characters") from None


def validate_json[M: BaseModel](model: type[M], body: bytes | str) -> M:
    """The JSON in `body` as `model`, with every text in it clean. Raises ValidationError.

    What has nothing odd in it is read by pydantic at once; the rest by our own reader, which forgives more.
    """
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    if not has_odd_json(content):
        try:
            return model.model_validate_json(content)
        except ValidationError as error:
            if error.errors(include_url=False, include_context=False, include_input=False)[0]["type"] != "json_invalid":
                raise
    try:
        value = read_json(content)
    except ValueError:
        return model.model_validate_json(content)  # which says what is wrong
    return model.model_validate(value)


def _describe(error: ValidationError) -> str:
    details = error.errors(include_input=False, include_url=False, include_context=False)
    fields = [f"{'.'.join(map(str, detail['loc'])) or 'body'} ({detail['type']})" for detail in details[:3]]
    return "not as the service documents it: " + ", ".join(fields)
