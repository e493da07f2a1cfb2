"""Giosg's JSON objects, as far as the bridge reads them.

A resource never fails to be read. What was told at all is in `model_fields_set`: a missing key is not null. Times are
UTC, with and without the Z at their end.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from patchbay.kit.schemas import Address, Id, Items, Moment, Wire


def _read_words(value: object) -> str | None:
    """None is something that Giosg tells: what cannot be read must not be taken for it."""
    if value is None or isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


class AvatarWire(Wire):
    url: str = ""


class ActionWire(Wire):
    id: Id = ""
    text: str = ""
    type: str = ""
    value: str = ""


class AttachmentWire(Wire):
    id: Id = ""
    title: str = ""
    title_link_url: Address = ""
    text: str = ""  #: Markdown
    image_url: Address = ""
    image_link_url: Address = ""
    attachment_url: Address = ""  #: a page that Giosg's own chat shows in a frame
    actions: Items[ActionWire] = ()


class MessageWire(Wire):
    """`message` is None for lines about the chat, after a purge, and where an encrypted text's key is gone."""

    id: Id = ""
    type: str = ""
    room_id: Id = ""
    created_at: Moment | None = None
    sender_type: str = ""
    sender_id: Id = ""
    sender_public_name: str = ""  #: what the visitor should see; `sender_name` is the agent's real one
    sender_avatar: AvatarWire | None = None
    message: Annotated[str | None, BeforeValidator(_read_words)] = None
    is_encrypted: bool = False
    sensitive_data_purged_at: str = ""
    attachments: Items[AttachmentWire] = ()
    response_to_action_id: Id = ""
    response_to_message_id: Id = ""


class ChatWire(Wire):
    id: Id = ""
    room_id: Id = ""
    is_ended: bool = False
    ended_at: Moment | None = None
    user_message_count: int = 0
    visitor_message_count: int = 0

    @property
    def is_over(self) -> bool:
        return self.is_ended or self.ended_at is not None

    @property
    def is_untouched(self) -> bool:
        """Whether neither an agent nor the visitor has written in it."""
        return not (self.user_message_count or self.visitor_message_count)


class MemberWire(Wire):
    member_id: Id = ""
    member_type: str = ""
    is_bot: bool = False
    composing_status: str = ""
    last_seen_at: Moment | None = None


class EnvelopeWire(Wire):
    """A webhook. Giosg leaves `resource` out when something was removed."""

    channel: str
    action: str
    resource_id: Id = ""
    resource: dict[str, object] | None = None
