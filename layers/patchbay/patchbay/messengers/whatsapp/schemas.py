"""What Meta posts to a webhook, as far as the bridge reads it. AWS hands over the same `entry`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field

from patchbay.kit.schemas import Id, Items, Wire

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


# --- what a message holds --------------------------------------------------------------------------------------------


class Words(Wire):
    body: str = ""


class File(Wire):
    """An image, a video, a sound, a document or a sticker."""

    id: Id = ""
    mime_type: str = ""
    filename: str = ""
    caption: str = ""
    voice: bool = False


class Point(Wire):
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    name: str = ""
    address: str = ""


class FullName(Wire):
    formatted_name: str = ""
    first_name: str = ""
    last_name: str = ""

    @property
    def whole(self) -> str:
        return self.formatted_name or f"{self.first_name} {self.last_name}".strip()


class Phone(Wire):
    phone: str = ""
    wa_id: Id = ""


class Email(Wire):
    email: str = ""


class Organization(Wire):
    company: str = ""


class SharedContact(Wire):
    """A contact card. Without a phone it may still have an address or a company."""

    name: FullName = FullName()
    phones: Items[Phone] = ()
    emails: Items[Email] = ()
    org: Organization = Organization()
    origin: str = ""


class Choice(Wire):
    id: str = ""
    title: str = ""


class Form(Wire):
    """What a person has filled in, as JSON in a text."""

    body: str = ""
    response_json: str = ""


class Interactive(Wire):
    type: str = ""
    button_reply: Choice | None = None
    list_reply: Choice | None = None
    nfm_reply: Form | None = None


class TemplateButton(Wire):
    payload: str = ""
    text: str = ""


class Reaction(Wire):
    message_id: Id = ""
    emoji: str = ""


class Item(Wire):
    product_retailer_id: str = ""
    quantity: str = ""
    item_price: str = ""
    currency: str = ""


class Order(Wire):
    text: str = ""
    product_items: Items[Item] = ()


class SystemNews(Wire):
    type: str = ""
    body: str = ""
    wa_id: Id = ""
    user_id: Id = ""


class Unknown(Wire):
    type: str = ""


class Problem(Wire):
    """`title` is Meta's name of the error, which is never passed on."""

    code: int = 0
    title: str = ""


class Product(Wire):
    product_retailer_id: str = ""


class Context(Wire):
    """The message that this one answers."""

    id: Id = ""
    referred_product: Product = Product()


class Referral(Wire):
    """The advertisement that a person wrote from."""

    source_url: str = ""
    source_type: str = ""
    headline: str = ""
    body: str = ""


class Body(Wire):
    """One message's contents; which field is set depends on `type`."""

    type: str = ""
    text: Words | None = None
    image: File | None = None
    video: File | None = None
    audio: File | None = None
    document: File | None = None
    sticker: File | None = None
    location: Point | None = None
    contacts: Items[SharedContact] = ()
    interactive: Interactive | None = None
    button: TemplateButton | None = None
    order: Order | None = None
    unsupported: Unknown = Unknown()
    errors: Items[Problem] = ()


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
    biz_opaque_callback_data: Id = ""
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
