"""The request bodies, read strictly: unknown fields, wrong types and wrong lengths are refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from flask import request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from playground.services.vcita.errors import ApiError
from playground.services.vcita.records import MessageStatus

_CODES = {"missing": "missing_field", "string_too_long": "too_long"}


def _check_time(text: str) -> str:
    if datetime.strptime(text, "%Y-%m-%d %H:%M:%S").strftime("%Y-%m-%d %H:%M:%S") != text:  # noqa: DTZ007
        raise ValueError("not YYYY-MM-DD HH:MM:SS")
    return text


def _check_text(text: str) -> str:
    if not text.strip():
        raise ValueError("empty")
    return text


ShortUid = Annotated[str, Field(min_length=16, max_length=16)]  #: of businesses, clients and matters
LongUid = Annotated[str, Field(min_length=36, max_length=36)]  #: of channels and sessions
Name = Annotated[str, Field(min_length=1)]
Text = Annotated[str, AfterValidator(_check_text)]
WireTime = Annotated[str, AfterValidator(_check_time)]
UrlParam = Literal[
    "impersonate",
    "business_uid",
    "staff_role",
    "staff_uid",
    "payment_permissions",
    "language",
    "package",
    "brand_host",
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ChannelBody(Body):
    business_uid: ShortUid
    type: Literal["transactional", "promotional"]
    display_name: str = ""


class ChannelChange(Body):
    """vcita shows no schema for it: these are fields that its own workflows send."""

    status: Literal["active", "inactive"] | None = None
    display_name: str | None = None


class SessionBody(Body):
    business_uid: ShortUid
    channel_uid: LongUid
    contact_uid: ShortUid
    external_uid: Name


class SessionChange(Body):
    status: Literal["inactive", "active", "deleted"]


class TypingBody(Body):
    session_uid: LongUid
    typing: bool


class MessageBody(Body):
    channel_uid: LongUid
    external_uid: Name
    message: Text
    message_uid: Annotated[str, Field(min_length=1, max_length=255)]
    created_at: WireTime | None = None


class StatusBody(Body):
    status: MessageStatus
    channel_uid: LongUid


class ClientBody(Body):
    first_name: Text
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    source_name: str | None = None
    source_channel: str | None = None
    source_campaign: str | None = None
    status: Literal["lead", "customer", "loyal", "inactive"] | None = None


class AppChange(Body):
    redirect_uri: Name | None = None
    oauth_redirect_uris: list[str] | None = None
    api_uri: str | None = None
    url_params: list[UrlParam] | None = None


class AppBody(AppChange):
    name: Annotated[str, Field(min_length=3, max_length=25)]
    app_code_name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9]+$")]
    app_type: list[str] | None = None
    redirect_uri: Name


class SubscribeBody(Body):
    event: Name
    target_url: Name


class CodeBody(Body):
    grant_type: str
    client_id: Name
    client_secret: Name
    code: str = ""
    redirect_uri: str = ""


class ServiceBody(Body):
    service_id: Name
    service_secret: Name


def read_body[B: Body](model: type[B], status: int, code: str = "") -> B:
    """The request's JSON. Raises ApiError with `status`, and with `code` or one of the communication API's."""
    if request.mimetype != "application/json":
        raise ApiError(status, code or "invalid", "Content-Type must be application/json")
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(step) for step in first["loc"])
        message = f"{field}: {first['msg']}" if field else str(first["msg"])
        raise ApiError(status, code or _CODES.get(first["type"], "invalid"), message, field) from None
