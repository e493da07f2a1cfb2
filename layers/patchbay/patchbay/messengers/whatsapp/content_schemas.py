"""What stands in one message, by its type: as Meta posts it to a webhook."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from patchbay.kit.schemas import Id, Items, Wire


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
