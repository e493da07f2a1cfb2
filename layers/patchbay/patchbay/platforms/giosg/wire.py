"""Giosg's JSON objects, as far as the bridge reads them.

A resource never fails to be read: what has another type than is documented counts as absent, so that a message is not
lost for a field that does not matter. What was told at all is in `model_fields_set`: a missing key is not null.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BeforeValidator

from patchbay.wire import Wire


def _read_words(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _read_words_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _read_time(value: object) -> datetime | None:
    """Giosg: UTC, with and without the Z at its end."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _read_count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _read_objects(value: object) -> object:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else ()


def _read_object(value: object) -> object:
    return value if isinstance(value, dict) else None


Words = Annotated[str, BeforeValidator(_read_words)]
Time = Annotated[datetime | None, BeforeValidator(_read_time)]
Flag = Annotated[bool, BeforeValidator(lambda value: value is True)]
Count = Annotated[int, BeforeValidator(_read_count)]


class AvatarWire(Wire):
    url: Words = ""


class ActionWire(Wire):
    id: Words = ""
    text: Words = ""
    type: Words = ""
    value: Words = ""


class AttachmentWire(Wire):
    id: Words = ""
    title: Words = ""
    title_link_url: Words = ""
    text: Words = ""  #: Markdown
    image_url: Words = ""
    image_link_url: Words = ""
    attachment_url: Words = ""  #: a page that Giosg's own chat shows in a frame
    actions: Annotated[tuple[ActionWire, ...], BeforeValidator(_read_objects)] = ()


class MessageWire(Wire):
    """`message` is None for lines about the chat, after a purge, and where an encrypted text's key is gone."""

    id: Words = ""
    type: Words = ""
    room_id: Words = ""
    created_at: Time = None
    sender_type: Words = ""
    sender_id: Words = ""
    sender_public_name: Words = ""  #: what the visitor should see; `sender_name` is the agent's real one
    sender_avatar: Annotated[AvatarWire | None, BeforeValidator(_read_object)] = None
    message: Annotated[str | None, BeforeValidator(_read_words_or_none)] = None
    is_encrypted: Flag = False
    sensitive_data_purged_at: Words = ""
    attachments: Annotated[tuple[AttachmentWire, ...], BeforeValidator(_read_objects)] = ()
    response_to_action_id: Words = ""
    response_to_message_id: Words = ""


class ChatWire(Wire):
    id: Words = ""
    room_id: Words = ""
    is_ended: Flag = False
    ended_at: Time = None
    visitor_message_count: Count = 0

    @property
    def is_over(self) -> bool:
        return self.is_ended or self.ended_at is not None


class MemberWire(Wire):
    member_id: Words = ""
    member_type: Words = ""
    is_bot: Flag = False
    composing_status: Words = ""
    last_seen_at: Time = None


class EnvelopeWire(Wire):
    """A webhook. Giosg leaves `resource` out when something was removed."""

    channel: str
    action: str
    resource_id: Words = ""
    resource: dict[str, object] | None = None
