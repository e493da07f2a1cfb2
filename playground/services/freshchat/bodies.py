"""The request bodies of the API, read as strictly as Freshchat reads them: unknown properties are refused."""

from __future__ import annotations

from typing import Any, Literal

from flask import request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from playground.services.freshchat.errors import ApiError, invalid


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Avatar(Body):
    url: str = Field(min_length=1)


class Property(Body):
    name: str = Field(min_length=1)
    value: str


class UserBody(Body):
    reference_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    avatar: Avatar | None = None
    properties: list[Property] | None = None

    def profile(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class MessageBody(Body):
    message_parts: list[dict[str, Any]] = Field(min_length=1)
    message_type: Literal["normal", "private", "system"] | None = None
    actor_type: Literal["user", "agent", "bot", "system"]
    actor_id: str | None = None


class UserReference(Body):
    id: str


class ConversationBody(Body):
    channel_id: str
    messages: list[MessageBody] = Field(min_length=1)
    users: list[UserReference] = Field(min_length=1, max_length=1)
    assigned_group_id: str | None = None


class TextPart(Body):
    content: str = Field(min_length=1)


class ImagePart(Body):
    url: str | None = None
    file_hash: str | None = None
    content_type: str | None = None
    name: str | None = None


class FilePart(Body):
    name: str | None = None
    url: str | None = None
    file_hash: str | None = None
    file_size_in_bytes: int | None = None
    content_type: str | None = None


#: What customers' messages may consist of.
_PARTS: dict[str, type[Body]] = {"text": TextPart, "image": ImagePart, "file": FilePart}


def read_body[B: Body](model: type[B]) -> B:
    """The request's body. Raises ApiError as Freshchat words it."""
    if request.mimetype != "application/json":
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be application/json")
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise invalid(f"payload not valid: {where}: {first['msg']}") from None


def check_parts(parts: list[dict[str, Any]]) -> None:
    """Raises ApiError for a message part that Freshchat does not know."""
    for part in parts:
        kinds = [kind for kind, value in part.items() if value is not None]
        if len(kinds) != 1 or kinds[0] not in _PARTS:
            raise invalid("Fragment not supported in conversation")
        value = _check_part(kinds[0], part[kinds[0]])
        if isinstance(value, ImagePart) and bool(value.url) == bool(value.file_hash):
            raise invalid("IMAGE_EMPTY_CONTENT")
        if isinstance(value, FilePart) and not (value.url or value.file_hash):
            raise invalid("FILE_EMPTY_CONTENT")


def _check_part(kind: str, value: object) -> Body:
    try:
        return _PARTS[kind].model_validate(value)
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise invalid(f"message part not valid: {kind}.{where}") from None
