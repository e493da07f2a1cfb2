"""The bodies that carry messages and what became of them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Literal
from urllib.parse import unquote_to_bytes

from pydantic import Field

from playground.services.unblu.bodies import Body, Id, ShortText
from playground.services.unblu.errors import ApiProblem

TextType = Literal["SIMPLE_TEXT", "MARKDOWN"]
Reason = Annotated[str, Field(min_length=1)]

#: RFC 2397, which is how Unblu takes files.
_DATA_URL = re.compile(
    r"data:(?P<type>[^;,]*)(?P<parameters>(?:;[^;,=]+=[^;,]*)*)(?P<base64>;base64)?,(?P<data>.*)", re.DOTALL
)


class TextPost(Body):
    marker: Literal["TextPostMessageData"] = Field(alias="$_type")
    type: Literal["TEXT"]
    fallback_text: str | None = None
    text: Annotated[str, Field(min_length=1)]
    text_type: TextType | None = None


class FilePost(Body):
    marker: Literal["FilePostMessageData"] = Field(alias="$_type")
    type: Literal["FILE"]
    fallback_text: str | None = None
    file_name: Id
    caption: str | None = None
    caption_type: TextType | None = None
    file_data: str = Field(repr=False)


class ReplyPost(Body):
    marker: Literal["ReplyPostMessageData"] = Field(alias="$_type")
    type: Literal["REPLY"]
    fallback_text: str | None = None
    question_message_id: Id
    value: str


PostData = Annotated[TextPost | FilePost | ReplyPost, Field(discriminator="type")]


class PostBody(Body):
    """What both generations have in common about a message from the messenger."""

    marker: Literal["ExternalMessengerPostMessage"] = Field(alias="$_type")
    conversation_id: Id
    source_id: ShortText = None
    message_data: PostData


class PostV4Body(PostBody):
    sender_external_messenger_contact_id: Id
    external_message_id: ShortText = None
    reply_to_message_id: Id | None = None
    reply_to_external_message_id: ShortText = None


class PostV3Body(PostBody):
    external_messenger_channel_id: Id
    sender_person_id: Id


class SentBody(Body):
    conversation_id: Id
    message_id: Id


class ReachedBody(SentBody):
    """Delivered or read."""

    external_messenger_contact_id: str | None = None


class FailedBody(SentBody):
    fail_state: Literal["RETRYABLE", "TERMINAL"]
    failure_text: Reason


class SentV3Body(SentBody):
    external_messenger_channel_id: Id


class ReachedV3Body(SentV3Body):
    person_id: str | None = None


class FailedV3Body(SentV3Body):
    """v3 spells the state differently."""

    failed_state: Literal["RETRYABLE", "TERMINAL"]
    failure_text: Reason


def read_data_url(url: str) -> tuple[str, bytes]:
    """Content type and bytes. Raises ApiProblem."""
    parts = _DATA_URL.fullmatch(url)
    if parts is None:
        raise ApiProblem(400, "messageData.fileData: not a data URL")
    try:
        data = base64.b64decode(parts["data"], validate=True) if parts["base64"] else unquote_to_bytes(parts["data"])
    except binascii.Error:
        raise ApiProblem(400, "messageData.fileData: not base64") from None
    if not data:
        raise ApiProblem(400, "messageData.fileData: empty")
    return parts["type"] or "text/plain", data
