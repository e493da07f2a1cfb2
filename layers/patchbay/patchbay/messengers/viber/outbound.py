"""Sending one part to a customer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from patchbay.domain.accounts import Connection
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
from patchbay.kit.contract import Http
from patchbay.kit.links import describe_link, map_link
from patchbay.kit.phones import read_number
from patchbay.kit.plain_words import spell_buttons
from patchbay.messengers.viber import spec
from patchbay.messengers.viber.client import OK, TOO_NEW, Answer, Api
from patchbay.messengers.viber.keyboards import RICH_MEDIA_API_VERSION, Node, build_keyboard, build_rich_media
from patchbay.messengers.viber.sender import build_sender


def deliver(part: Part, conversation: Conversation, connection: Connection, http: Http) -> Delivered:
    """Sends the part; once more as plain text when the customer's app is too old for it."""
    api = Api(connection, http)
    answer = _send(_build_body(part), part, conversation, connection, api)
    if answer.status in TOO_NEW:
        answer = _send(_build_plain(part), part, conversation, connection, api)
    if answer.status != OK:
        raise api.make_failure(answer.status)
    return Delivered(external_id=answer.message_token or "")


def _send(body: Node, part: Part, conversation: Conversation, connection: Connection, api: Api) -> Answer:
    payload: Node = {
        "receiver": conversation.external_id,
        "min_api_version": 1,
        "sender": build_sender(connection.settings, part.sender.name, part.sender.avatar_url),
        **body,
    }
    if len(json.dumps(payload, ensure_ascii=False).encode("utf-8", "replace")) > spec.REQUEST_BYTES:
        raise Rejected("the message is larger than 30 KB, Viber's limit: send it in shorter pieces", code="size")
    return api.call("send_message", payload, repeatable=False)


# --- what goes out ---------------------------------------------------------------------------------------------------


def _build_body(part: Part) -> Node:
    body = _build_content(part.content)
    if part.buttons:
        body["keyboard"] = build_keyboard(part.buttons)
    return body


def _build_content(content: Text | Attachment | Location | ContactCard | Cards | Album) -> Node:
    match content:
        case Text():
            return _text(content.text)
        case Attachment():
            return _attachment(content)
        case Location():
            return {"type": "location", "location": {"lat": content.latitude, "lon": content.longitude}}
        case ContactCard():
            return _contact_card(content)
        case Cards():
            return _cards(content)
        case Album():  # not claimed: `fallbacks` makes none
            raise Rejected("Viber cannot show several files as one", code="album")


def _text(text: str) -> Node:
    return {"type": "text", "text": text}


def _cards(cards: Cards) -> Node:
    """Side by side; in words when a button's label is longer than what would come back from a tap."""
    words = _spell_cards(cards)
    if any(len(button.label) > spec.BUTTON_REPLY for card in cards.cards for button in card.buttons):
        return _text(words)
    return {
        "type": "rich_media",
        "min_api_version": RICH_MEDIA_API_VERSION,
        "alt_text": words,
        "rich_media": build_rich_media(cards),
    }


def _attachment(attachment: Attachment) -> Node:
    """As its own type when Viber's rules allow, else as a link: a phone refuses what does not follow them."""
    url = attachment.url or ""
    last_segment = urlsplit(url).path.rpartition("/")[2].lower()
    rule = spec.CAPABILITIES.attachments.get(attachment.kind)
    fits = rule is not None and (attachment.size or 0) <= rule.max_bytes
    match attachment.kind:
        case AttachmentKind.IMAGE if fits and last_segment.endswith(spec.PICTURE_EXTENSIONS):
            return {"type": "picture", "media": url, "text": attachment.caption}
        case AttachmentKind.VIDEO if fits and attachment.size and last_segment.endswith(".mp4"):
            caption = {"text": attachment.caption} if attachment.caption else {}
            return {"type": "video", "media": url, "size": attachment.size, **caption}
        case AttachmentKind.FILE if fits and attachment.size and "." in last_segment and not attachment.caption:
            name = _cut_file_name(attachment.name or last_segment)
            return {"type": "file", "media": url, "size": attachment.size, "file_name": name}
        case _:
            return _link(attachment)


def _link(attachment: Attachment) -> Node:
    if not attachment.url:
        raise Rejected("the attachment could not be downloaded", code="attachment")
    if attachment.caption or len(attachment.url) > spec.URL:
        return _text(_spell_attachment(attachment))
    return {"type": "url", "media": attachment.url}


def _cut_file_name(name: str) -> str:
    """Viber opens a file by the extension of its name: that must stay."""
    if len(name) <= spec.FILE_NAME:
        return name
    stem, _, extension = name.rpartition(".")
    return f"{stem[: spec.FILE_NAME - len(extension) - 1]}.{extension}"


def _contact_card(card: ContactCard) -> Node:
    """Viber takes digits with a plus before them; anything else is written out."""
    phone = read_number(card.phone) or re.sub(r"[\s().\-/]", "", card.phone)
    if not re.fullmatch(r"\+?[0-9]+", phone) or len(phone) > spec.CONTACT_PHONE:
        return _text(_spell(card))
    name = shorten(card.name.strip() or phone, spec.CONTACT_NAME)
    return {"type": "contact", "contact": {"name": name, "phone_number": phone}}


# --- the same as plain text ------------------------------------------------------------------------------------------


def _build_plain(part: Part) -> Node:
    """All of the part in words that every version of Viber shows. A typed label counts as a tap."""
    lines = (_spell(part.content), *spell_buttons(part.buttons))
    return _text(shorten("\n".join(filter(None, lines)), spec.CAPABILITIES.text_limit))


def _spell(content: Text | Attachment | Location | ContactCard | Cards | Album) -> str:
    match content:
        case Text():
            return content.text
        case Attachment():
            return _spell_attachment(content)
        case Location():
            return map_link(content)
        case ContactCard():
            return ": ".join(filter(None, (content.name, content.phone)))
        case Cards():
            return _spell_cards(content)
        case Album():
            return "\n".join(map(_spell_attachment, content.files))


def _spell_attachment(attachment: Attachment) -> str:
    link = describe_link(attachment.name, attachment.url or "")
    return "\n".join(filter(None, (attachment.caption, link)))


def _spell_cards(cards: Cards) -> str:
    return "\n\n".join("\n".join(_spell_card(card)) for card in cards.cards)


def _spell_card(card: Card) -> Iterable[str]:
    picture = card.image.url if card.image else ""
    yield from filter(None, (card.title, card.text, picture))
    yield from spell_buttons(card.buttons)
