"""What a WhatsApp message holds, as the bridge's contents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from patchbay.domain.characters import quote_name, read_json
from patchbay.domain.model import Attachment, AttachmentKind, ContactCard, Content, Location, Text, Unsupported
from patchbay.domain.text import shorten
from patchbay.messengers.whatsapp.content_schemas import (
    Body,
    Context,
    File,
    Form,
    Order,
    Point,
    Referral,
    SharedContact,
)

TOO_LARGE = 131052  #: Meta could not load a person's file, mostly because it has more than 100 MB

#: The kind of each type that is a file, and what it is called where it comes without a name.
_FILES: Mapping[str, tuple[AttachmentKind, str]] = {
    "image": (AttachmentKind.IMAGE, "photo-{}.jpg"),
    "video": (AttachmentKind.VIDEO, "video-{}.mp4"),
    "audio": (AttachmentKind.AUDIO, "audio-{}.ogg"),
    "document": (AttachmentKind.FILE, "file-{}"),
    "sticker": (AttachmentKind.IMAGE, "sticker-{}.webp"),
}
_ENDINGS = {"image/png": ".png", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/aac": ".aac", "audio/amr": ".amr"}
_MOST_LINES = 40  #: of a form or an order
_WORDS = 300  #: characters of a form's answer, or of an advertisement
_NOT_SHOWN = frozenset({"flow_token"})  #: of a form: what it was sent with


def read_contents(message: Body, name: str) -> tuple[Content, ...]:
    """All that is known of the message's type; nothing for a type that is not. `name` makes its files' names."""
    return tuple(_list_contents(message, name))


def is_incomplete(contents: tuple[Content, ...]) -> bool:
    """Whether a file's address is still to be asked for."""
    return any(isinstance(item, Attachment) and item.url is None for item in contents)


def describe_unknown(message: Body) -> Unsupported:
    """A message of a type that says nothing outside of WhatsApp, or that Meta gives out to nobody."""
    if any(problem.code == TOO_LARGE for problem in message.errors):
        return Unsupported(
            description="A file that WhatsApp could not hand over; it takes up to 100 MB. Ask for it in another way"
        )
    kind = message.unsupported.type or message.type
    named = f" of type {quote_name(kind)}" if kind not in {"", "unsupported", "unknown"} else ""
    return Unsupported(description=f"WhatsApp message{named}, which cannot be shown here")


def _list_contents(message: Body, name: str) -> Iterator[Content]:
    file = _find_file(message)
    if file is not None:
        yield _show_file(message.type, file, name)
        return
    match message.type:
        case "text" if message.text is not None:
            yield from _say(message.text.body)
        case "location" if message.location is not None:
            yield _show_place(message.location)
        case "contacts":
            for shared in message.contacts:
                yield from _show_contact(shared)
        case "order" if message.order is not None:
            yield from _show_order(message.order)
        case "interactive" | "button":
            yield from _show_answer(message)


def _show_answer(message: Body) -> Iterator[Content]:
    """To what the business has offered: a choice, or a form that is filled in."""
    if message.type == "button" and message.button is not None:
        yield from _say(message.button.text or message.button.payload)
    if message.type != "interactive" or message.interactive is None:
        return
    for choice in filter(None, (message.interactive.button_reply, message.interactive.list_reply)):
        yield from _say(choice.title or choice.id)
    if message.interactive.nfm_reply is not None:
        yield from _show_form(message.interactive.nfm_reply)


def _say(words: str) -> Iterator[Content]:
    if words:
        yield Text(text=words)


# --- files -----------------------------------------------------------------------------------------------------------


def _find_file(message: Body) -> File | None:
    found: File | None = getattr(message, message.type) if message.type in _FILES else None
    return found if found is not None and found.id else None


def _show_file(kind: str, file: File, name: str) -> Attachment:
    shown_as, pattern = _FILES[kind]
    content_type = file.mime_type.partition(";")[0].strip().lower()
    made_up = pattern.format(name)
    if content_type in _ENDINGS:
        made_up = made_up.rpartition(".")[0] + _ENDINGS[content_type]
    return Attachment(
        kind=shown_as,
        url=None,
        name=file.filename or made_up,
        content_type=content_type,
        caption=file.caption,
        external_id=file.id,
        protected=True,
        voice=file.voice and shown_as is AttachmentKind.AUDIO,
    )


# --- places and people -----------------------------------------------------------------------------------------------


def _show_place(point: Point) -> Location:
    label = ", ".join(filter(None, (point.name, point.address)))
    return Location(latitude=point.latitude, longitude=point.longitude, label=label)


def _show_contact(shared: SharedContact) -> Iterator[Content]:
    """A card for each number. What a card has no place for follows in words."""
    name = shared.name.whole or shared.org.company
    numbers = [phone.phone or f"+{phone.wa_id}" for phone in shared.phones if phone.phone or phone.wa_id]
    for number in numbers or ([""] if name else []):
        yield ContactCard(name=name, phone=number)
    others = [mail.email for mail in shared.emails if mail.email]
    if shared.org.company and shared.org.company != name:
        others.insert(0, shared.org.company)
    yield from _say("\n".join(others))


# --- what a business asks for ----------------------------------------------------------------------------------------


def _show_form(form: Form) -> Iterator[Content]:
    """Each answer on a line of its own."""
    try:
        answers = read_json(form.response_json)
    except ValueError:
        answers = None
    lines = [
        f"{question}: {shorten(_write(answer), _WORDS)}"
        for question, answer in (answers.items() if isinstance(answers, dict) else ())
        if question not in _NOT_SHOWN
    ]
    yield from _say("\n".join(islice(lines, _MOST_LINES)) or form.body)


def _write(answer: object) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, list):
        return ", ".join(map(_write, answer))
    return str(answer)


def _show_order(order: Order) -> Iterator[Content]:
    lines = [
        f"{item.quantity or '1'} × {item.product_retailer_id}"
        + (f" ({item.item_price} {item.currency})" if item.item_price else "")
        for item in order.product_items
    ]
    yield from _say("\n".join(("Order:", *islice(lines, _MOST_LINES))) if lines else "")
    yield from _say(order.text)


# --- what a message comes from ---------------------------------------------------------------------------------------


def describe_origin(referral: Referral, context: Context) -> tuple[Content, ...]:
    """Which advertisement, or product of the catalogue, a person writes about. These are not the person's words."""
    about = [referral.headline or referral.body, referral.source_url]
    words = shorten(": ".join(filter(None, about)), _WORDS)
    product = context.referred_product.product_retailer_id
    told = []
    if words:
        source = "a post" if referral.source_type == "post" else "an advertisement"
        told.append(f"The customer writes from {source}: {words}")
    if product:
        told.append(f"The customer asks about the product {quote_name(product)}")
    return tuple(Unsupported(description=one) for one in told)
