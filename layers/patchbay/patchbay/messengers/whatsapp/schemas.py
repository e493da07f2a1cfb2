"""What Meta posts to a webhook, as far as the bridge reads it. AWS hands over the same `entry`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from patchbay.kit.schemas import Id, Items, Wire
from patchbay.messengers.whatsapp.content_schemas import Body, Context, Problem, Reaction, Referral, SystemNews

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATE = timedelta(milliseconds=999)  #: within a second

Seconds = Annotated[int, Field(ge=0, le=253_402_300_799)]  # up to the year 9999, the last that Python knows


class Dated(Wire):
    """Something with a time, in whole seconds."""

    timestamp: Seconds | None = None

    def when(self, received_at: datetime) -> datetime:
        """When it happened. Meta says the second: it is taken to be as late in it as it can have been."""
        if not self.timestamp:
            return received_at
        begin = _EPOCH + timedelta(seconds=self.timestamp)
        return min(max(begin, received_at), begin + _LATE)


# --- people ----------------------------------------------------------------------------------------------------------


class Profile(Wire):
    name: str = ""
    username: str = ""


class Person(Wire):
    """Who a webhook is about. A number is left out while a person hides it, and may come another time."""

    profile: Profile = Profile()
    wa_id: Id = ""
    user_id: Id = ""
    parent_user_id: Id = ""


# --- messages --------------------------------------------------------------------------------------------------------


class Edit(Wire):
    original_message_id: Id = ""
    message: Body = Body()


class Revocation(Wire):
    original_message_id: Id = ""


class IncomingMessage(Body, Dated):
    """What a person has done; in an echo, what the owner has written on the phone, `to` whom."""

    id: Id = ""
    sender: Id = Field(default="", alias="from")
    from_user_id: Id = ""
    from_parent_user_id: Id = ""
    to: Id = ""
    to_user_id: Id = ""
    group_id: Id = ""
    context: Context = Context()
    referral: Referral = Referral()
    reaction: Reaction | None = None
    system: SystemNews | None = None
    edit: Edit | None = None
    revoke: Revocation | None = None
    origin: str = ""


# --- what becomes of our messages ------------------------------------------------------------------------------------


class Pricing(Wire):
    """What Meta charges for a message. It comes once with `sent`, and once with what follows it."""

    billable: bool | None = None
    pricing_model: str = ""
    type: str = ""
    category: str = ""


class Status(Dated):
    id: Id = ""
    status: str = ""
    recipient_id: Id = ""
    recipient_user_id: Id = ""
    recipient_type: str = ""
    biz_opaque_callback_data: str = ""
    pricing: Pricing | None = None
    errors: Items[Problem] = ()


# --- news about people and accounts ----------------------------------------------------------------------------------


class Preference(Dated):
    wa_id: Id = ""
    user_id: Id = ""
    category: str = ""
    value: str = ""


class Change(Wire):
    previous: Id = ""
    current: Id = ""


class IdChange(Dated):
    wa_id: Id = ""
    user_id: Change = Change()
    parent_user_id: Change = Change()


class Details(Wire):
    title: str = ""
    description: str = ""
    reason: str = ""


class Metadata(Wire):
    display_phone_number: Id = ""
    phone_number_id: Id = ""


class Value(Wire):
    """What a change is about; which fields are set depends on the change's `field`."""

    metadata: Metadata = Metadata()
    contacts: Items[Person] = ()
    messages: Items[IncomingMessage] = ()
    statuses: Items[Status] = ()
    errors: Items[Problem] = ()
    message_echoes: Items[IncomingMessage] = ()
    user_preferences: Items[Preference] = ()
    user_id_update: Items[IdChange] = ()

    event: str = ""
    reason: str = ""
    message_template_id: Id = ""
    message_template_name: Id = ""
    message_template_language: Id = ""
    other_info: Details = Details()
    rejection_info: Details = Details()
    previous_quality_score: str = ""
    new_quality_score: str = ""
    previous_category: str = ""
    new_category: str = ""
    correct_category: str = ""
    display_phone_number: Id = ""
    current_limit: str = ""
    alert_type: str = ""
    alert_severity: str = ""


class ChangeOf(Wire):
    field: str = ""
    value: Value = Value()
    rejection_info: Details = Details()  #: Meta's pages show it here, and within `value`


class Entry(Dated):
    """What is new about one WhatsApp Business Account. News of the account itself are dated here."""

    id: Id = ""
    timestamp: Seconds | None = Field(default=None, alias="time")
    changes: Items[ChangeOf] = ()


class Webhook(Wire):
    object: str = ""
    entry: Items[Entry] = ()
