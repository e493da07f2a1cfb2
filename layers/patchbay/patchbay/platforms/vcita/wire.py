"""vcita's JSON objects in webhooks, as far as the bridge needs them.

vcita says "nothing" as "", as null and by leaving the field out: all three read as "".
"""

from __future__ import annotations

from patchbay.wire import String, Wire


class StatusWire(Wire):
    """Of channels, sessions and messages; only a message's webhook names the channel."""

    status: String = ""
    channel_uid: String = ""


class TypingWire(Wire):
    typing: bool


class MessageWire(Wire):
    """A staff member's message. The fields from `session_uid` on are not documented for the webhook."""

    external_uid: String = ""
    channel_uid: String = ""
    message_uid: String = ""
    message: String = ""
    session_uid: String = ""
    contact_uid: String = ""
    direction: String = ""
    created_at: object = None
    attachments: object = None


class SubjectWire(Wire):
    """Whom an event of the platform is about."""

    business_id: String = ""
    business_uid: String = ""
    app_id: String = ""


class PlatformEventWire(Wire):
    entity_name: String = ""
    event_type: String = ""
    data: SubjectWire | None = None
