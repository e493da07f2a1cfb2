"""Sending one part to a customer: mostly one message, two where WhatsApp has no form for all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from patchbay.domain.albums import Album
from patchbay.domain.errors import Rejected
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Card,
    Cards,
    ContactCard,
    Conversation,
    Delivered,
    Location,
    Part,
    Text,
)
from patchbay.domain.text import shorten
from patchbay.kit.attachment_fitting import name_attachment
from patchbay.kit.fallbacks import CHOOSE
from patchbay.kit.links import describe_link
from patchbay.kit.phones import read_number
from patchbay.kit.plain_words import spell_buttons, spell_content
from patchbay.messengers.whatsapp import receipts, spec
from patchbay.messengers.whatsapp.doors import Door
from patchbay.messengers.whatsapp.interactive import Form, Node, make_text, offer
from patchbay.messengers.whatsapp.markup import sign, write_plain, write_title

_TYPES = {
    AttachmentKind.IMAGE: "image",
    AttachmentKind.AUDIO: "audio",
    AttachmentKind.VIDEO: "video",
    AttachmentKind.FILE: "document",
}
_ABOVE = frozenset({"image", "video", "document"})  #: what may stand above buttons
_NAME = 240  #: of a file; more is cut by people's systems
_PLACE = 1000  #: of a place's name, and of its address; nothing is documented
#: Meta does not take the form: what is said in it still goes out in words.
_ABOUT_FORM = frozenset({"whatsapp_100", "whatsapp_131008", "whatsapp_131009", "whatsapp_131051", "whatsapp_131053"})


def deliver(door: Door, part: Part, conversation: Conversation) -> Delivered:
    """Sends the part; once more in plain words when WhatsApp does not take its form."""
    forms = build_forms(part)
    try:
        return _send(door, forms, part, conversation)
    except Rejected as refusal:
        if refusal.code not in _ABOUT_FORM or [form.type for form in forms] == ["text"]:
            raise
    return _send(door, [build_plain(part)], part, conversation)


def _send(door: Door, forms: Sequence[Form], part: Part, conversation: Conversation) -> Delivered:
    """In their order: Meta keeps it for what is sent one after another. The last one says that all of it is out."""
    sent = []
    for number, form in enumerate(forms, start=1):
        quoted = {"context": {"message_id": part.reply_to}} if part.reply_to and number == 1 else {}
        key = track(part, conversation) if number == len(forms) else {}
        sent.append(door.send({**address(conversation.external_id), **quoted, **key, **form.as_fields()}))
    others = tuple(one.external_id for one in sent[:-1] if one.external_id)
    return replace(sent[-1], aliases=(*others, *sent[-1].aliases))


def track(part: Part, conversation: Conversation) -> Node:
    """What each status of the message brings back: which part it is, and whose conversation."""
    return {"biz_opaque_callback_data": receipts.write_tracker(part.key, conversation.external_id)}


def address(thread: str) -> Node:
    """Where a message goes. A number needs its plus: without it Meta puts the business's own country in front."""
    to = {"recipient": thread} if spec.is_business_scoped(thread) else {"to": f"+{thread}"}
    return {"messaging_product": "whatsapp", "recipient_type": "individual", **to}


# --- what goes out ---------------------------------------------------------------------------------------------------


def build_forms(part: Part) -> list[Form]:
    content, sender = part.content, part.sender
    match content:
        case Text():
            words = sign(content.text, sender, spec.TEXT)
            return _with_buttons([make_text(words)], words, part)
        case Attachment() if content.external_id:
            return _show_file(content, part)
        case Location():
            return _with_buttons([_show_place(content)], "", part)
        case ContactCard() if read_number(content.phone):
            return _with_buttons([_show_contact(content)], "", part)
        case Cards():
            return _show_card(content.cards[0], part)
        case Attachment() | ContactCard():
            return [build_plain(part)]
        case Album():  # not claimed: `fallbacks` makes none
            raise Rejected("WhatsApp cannot show several files as one", code="album")


def _with_buttons(alone: list[Form], words: str, part: Part) -> list[Form]:
    """The words with the buttons below them; the buttons in a message of their own where both do not fit in one."""
    if not part.buttons:
        return alone
    together = offer(words, part.buttons) if words else None
    if together:
        return together
    return [*alone, *(offer(CHOOSE, part.buttons) or [make_text("\n".join(spell_buttons(part.buttons)))])]


def _show_file(file: Attachment, part: Part) -> list[Form]:
    kind = "sticker" if file.emoji else _TYPES[file.kind]
    above: Node = {"id": file.external_id}
    if kind == "document":
        above["filename"] = shorten(file.name or "file", _NAME)
    if kind in _ABOVE and part.buttons:
        words = sign(file.caption, part.sender, spec.BODY)
        together = offer(words, part.buttons, {"type": kind, kind: above})
        if together:
            return together
    shown = dict(above)
    if kind in _ABOVE and (caption := sign(file.caption, part.sender, spec.CAPTION)):
        shown["caption"] = caption
    if kind == "audio" and file.voice:
        shown["voice"] = True
    return _with_buttons([Form(type=kind, content=shown)], "", part)


def _show_place(place: Location) -> Form:
    point: Node = {"latitude": place.latitude, "longitude": place.longitude}
    name, _, where = " ".join(place.label.split()).partition(", ")
    names = {"name": shorten(name, _PLACE)} if name else {}
    address_line = {"address": shorten(where, _PLACE)} if where else {}
    return Form(type="location", content={**point, **names, **address_line})


def _show_contact(card: ContactCard) -> Form:
    """A name needs a part besides its whole."""
    name = card.name or card.phone
    shown: Node = {
        "name": {"formatted_name": name, "first_name": name},
        "phones": [{"phone": read_number(card.phone), "type": "CELL"}],
    }
    return Form(type="contacts", content=[shown])


def _show_card(card: Card, part: Part) -> list[Form]:
    """Its image by address: it is on no desk's way, and small. What Meta would not show is named in words."""
    image = card.image if card.image and card.image.url else None
    is_shown = image is not None and image.content_type in spec.IMAGES
    named = [describe_link(name_attachment(image), image.url or "")] if image and not is_shown else []
    title, text = write_title(card.title), write_plain(card.text, spec.CARD_TEXT)
    words = "\n".join(filter(None, (sign("", part.sender, spec.BODY), title, text, *named)))
    picture: Node | None = {"link": image.url} if image and is_shown else None
    together = offer(words, card.buttons, {"type": "image", "image": picture} if picture else None)
    if card.buttons and together:
        return together
    spoken = "\n".join(filter(None, (words, *spell_buttons(card.buttons))))
    if picture and len(spoken) <= spec.CAPTION:
        return [Form(type="image", content={**picture, "caption": spoken})]
    return [make_text(shorten(spoken, spec.TEXT))]


# --- the same as plain text ------------------------------------------------------------------------------------------


def build_plain(part: Part) -> Form:
    """All of the part in words. A label that the customer types counts as a tap."""
    lines = (*spell_content(part.content), *spell_buttons(part.buttons))
    return make_text(shorten(sign("\n".join(filter(None, lines)), part.sender, spec.TEXT), spec.TEXT))
