"""vcita's JSON objects in webhooks, as far as the bridge needs them.

vcita says "nothing" as "", as null and by leaving the field out: all three read as "".
"""

from __future__ import annotations

from patchbay.kit.schemas import Id, Moment, Wire


class StatusWire(Wire):
    """Of channels, sessions and messages; only a message's webhook names the channel."""

    status: str = ""
    channel_uid: Id = ""


class TypingWire(Wire):
    typing: bool


class MessageWire(Wire):
    """A staff member's message. The fields from `session_uid` on are not documented for the webhook."""

    external_uid: Id = ""
    channel_uid: Id = ""
    message_uid: Id = ""
    message: str = ""
    session_uid: Id = ""
    contact_uid: Id = ""
    direction: str = ""
    created_at: Moment | None = None  #: vcita writes 2026-01-05 09:00:00, and says of no zone
    attachments: object = None


class SubjectWire(Wire):
    """Whom an event of the platform is about."""

    business_id: Id = ""
    business_uid: Id = ""
    app_id: Id = ""


class PlatformEventWire(Wire):
    entity_name: str = ""
    event_type: str = ""
    data: SubjectWire | None = None
