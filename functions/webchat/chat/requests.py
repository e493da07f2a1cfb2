"""What calls carry, as JSON: read strictly, explained without repeating what was sent."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from chat.errors import Refused, unreadable
from chat.model import NAME_LIMIT, REACTIONS, TEXT_LIMIT
from patchbay.domain.characters import REPLACEMENT
from patchbay.domain.names import read_name
from patchbay.kit.contract import WebhookRequest
from patchbay.kit.schemas import validate_json

MOST_BYTES = 32 * 1024  #: the longest text, of which JSON may escape every character


_NOT_IN_NAMES = re.compile(f"[\x00-\x1f\x7f-\x9f{REPLACEMENT}]")  #: a control was replaced when the call was read


def _check_text(text: str) -> str:
    """Lengths are in UTF-16 units, as browsers count."""
    if len(text.encode("utf-16-le")) > TEXT_LIMIT * 2:
        raise ValueError("too long")
    return text


def _check_name(name: str) -> str:
    line = read_name(name)
    if not line or _NOT_IN_NAMES.search(name):
        raise ValueError("no name, or a character that no name holds")
    return line


def _check_reaction(emoji: str) -> str:
    if emoji and emoji not in REACTIONS:
        raise ValueError("none of those that are offered")
    return emoji


Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LIMIT),
    AfterValidator(_check_name),
]
Words = Annotated[str, AfterValidator(_check_text)]
Short = Annotated[str, StringConstraints(max_length=64)]


class Body(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True, hide_input_in_errors=True)


class NewVisitor(Body):
    language: Annotated[str, StringConstraints(pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*)?$", max_length=35)] = ""


class NewChat(Body):
    id: Id
    name: Name


class ButtonPress(Body):
    message: Short
    button: Short


class NewName(Body):
    name: Name


class NewText(Body):
    text: Words


class NewMessage(Body):
    id: Id
    text: Words = ""
    upload: Short = ""
    tap: ButtonPress | None = None
    reply_to: Short = ""


class NewReaction(Body):
    """ "" takes it away."""

    emoji: Annotated[str, AfterValidator(_check_reaction)]


class NewUpload(Body):
    name: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    size: Annotated[int, Field(ge=1)]
    type: Annotated[str, StringConstraints(max_length=255)] = ""  #: as the browser says it, so it may be anything


Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{87}$")]  #: a point of the curve, as it is


class BrowserKeys(Body):
    p256dh: Key
    auth: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]


class NewSubscription(Body):
    """As the browser's PushSubscription writes itself as JSON; `key` is ours, which it was made for."""

    endpoint: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    keys: BrowserKeys
    key: Key


class Typing(Body):
    typing: bool
    name: Annotated[str, StringConstraints(max_length=NAME_LIMIT)] = ""


class ReadUpTo(Body):
    up_to: Short


def read_body[B: Body](model: type[B], request: WebhookRequest, most: int = MOST_BYTES) -> B:
    """Raises Refused with 413, 415 or 400, naming the fields and never their values."""
    if len(request.body) > most:
        raise Refused(413, "too_large", f"A request can be at most {most // 1024} KB. Send files as uploads.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "no_json", "Send JSON, with the content type application/json.")
    try:
        return validate_json(model, request.body)
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False, include_context=False)
        fields = {".".join(map(str, detail["loc"])) or "body" for detail in details}
        raise unreadable(f"Missing, too long or not as documented: {', '.join(sorted(fields)[:5])}.") from None
