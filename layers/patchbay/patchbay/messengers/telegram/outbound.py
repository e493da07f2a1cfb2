"""Sending one part to a customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import IO

from patchbay.domain.albums import Album
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
from patchbay.domain.text import cut_text, shorten
from patchbay.kit.contract import HttpResponse, Upload
from patchbay.kit.phones import read_number
from patchbay.kit.plain_words import spell_buttons, spell_content
from patchbay.kit.rest import read_or
from patchbay.kit.schemas import Items, Wire
from patchbay.messengers.telegram import spec
from patchbay.messengers.telegram.chats import Address, name_message, number_in, read_address
from patchbay.messengers.telegram.client import Api, is_about_form, make_failure
from patchbay.messengers.telegram.keyboards import Node, build_keyboard, sign_caption, sign_text, write_card

_OGG = "audio/ogg"
_UPLOADS = {
    AttachmentKind.IMAGE: ("sendPhoto", "photo"),
    AttachmentKind.AUDIO: ("sendAudio", "audio"),
    AttachmentKind.VIDEO: ("sendVideo", "video"),
    AttachmentKind.FILE: ("sendDocument", "document"),
}
_FIRST_NAME = 64  #: of a contact card; nothing is documented, and longer names are no names


class SentChat(Wire):
    id: int | None = None


class SentMessage(Wire):
    message_id: int | None = None
    chat: SentChat = SentChat()


class Sent(Wire):
    result: SentMessage = SentMessage()


class SentAlbum(Wire):
    """One message for each file, in their order."""

    result: Items[SentMessage] = ()


def deliver(api: Api, part: Part, conversation: Conversation) -> Delivered:
    """Sends the part; once more in plain words when Telegram cannot show it as it should look."""
    address = read_address(conversation.external_id)
    method, fields = _build_call(part)
    return _finish(api.call(method, _to(address, part, fields), repeatable=False), api, part, address)


def deliver_file(api: Api, part: Part, data: IO[bytes], conversation: Conversation) -> Delivered:
    """The file itself: Telegram fetches addresses for some types only, and smaller ones."""
    if not isinstance(part.content, Attachment) or not part.content.size:
        return deliver(api, part, conversation)
    address, file = read_address(conversation.external_id), part.content
    method, field = _choose_upload(file)
    caption = {} if file.emoji else sign_caption(file.caption, part.sender)
    fields = {**caption, **build_keyboard(part.buttons)}
    upload = _upload(file, data, field)
    return _finish(api.send_files(method, _to(address, part, fields), upload), api, part, address)


def deliver_album(api: Api, part: Part, files: Sequence[IO[bytes]], conversation: Conversation) -> Delivered:
    """All files in one call, which Telegram takes or refuses as a whole. Each becomes a message of its own.

    Raises Rejected for whatever is wrong with one of them: then each goes by itself.
    """
    if not isinstance(part.content, Album):
        return deliver(api, part, conversation)
    address, album = read_address(conversation.external_id), part.content.files
    media: list[Node] = [
        {"type": _UPLOADS[file.kind][1], "media": f"attach://{_name_upload(number)}"}
        for number, file in enumerate(album)
    ]
    media[0] |= sign_caption(album[0].caption, part.sender)
    uploads = [
        _upload(file, data, _name_upload(number)) for number, (file, data) in enumerate(zip(album, files, strict=True))
    ]
    response = api.send_files("sendMediaGroup", _to(address, part, {"media": media}), *uploads)
    if not response.ok:
        raise make_failure(response, "sending several files together")
    sent = read_or(SentAlbum, response, SentAlbum()).result
    ids = [name_message(one.chat.id or address.chat, one.message_id) for one in sent if one.message_id is not None]
    return Delivered(external_id=ids[0] if ids else "", aliases=tuple(ids[1:]))


def _name_upload(number: int) -> str:
    return f"file{number}"


def _upload(file: Attachment, data: IO[bytes], field: str) -> Upload:
    return Upload(
        field_name=field,
        name=file.name or field,
        content_type=file.content_type or "application/octet-stream",
        size=file.size or 0,
        stream=data,
    )


def _choose_upload(file: Attachment) -> tuple[str, str]:
    """The method and its field. Telegram plays OGG as a voice note only."""
    if file.emoji:
        return "sendSticker", "sticker"
    if file.voice or (file.kind is AttachmentKind.AUDIO and file.content_type == _OGG):
        return "sendVoice", "voice"
    return _UPLOADS[file.kind]


def _finish(response: HttpResponse, api: Api, part: Part, address: Address) -> Delivered:
    """The message's id. A refusal may say that only the form is to blame."""
    if not response.ok and is_about_form(response):
        method, fields = _build_plain(part)
        response = api.call(method, _to(address, part, fields), repeatable=False)
    if not response.ok:
        raise make_failure(response, "sending a message")
    sent = read_or(Sent, response, Sent()).result
    if sent.message_id is None:
        return Delivered(external_id="")
    return Delivered(external_id=name_message(sent.chat.id or address.chat, sent.message_id))


def _to(address: Address, part: Part, fields: Node) -> Node:
    topic = {} if address.topic is None else {"message_thread_id": address.topic}
    quoted = number_in(part.reply_to, address.chat)
    reply = {"reply_parameters": {"message_id": quoted, "allow_sending_without_reply": True}} if quoted else {}
    return {"chat_id": address.chat, **topic, **reply, **fields}


# --- what goes out ---------------------------------------------------------------------------------------------------


def _build_call(part: Part) -> tuple[str, Node]:
    method, fields = _build_content(part)
    return method, {**fields, **build_keyboard(part.buttons)} if part.buttons else fields


def _build_content(part: Part) -> tuple[str, Node]:
    content = part.content
    match content:
        case Text():
            return "sendMessage", sign_text(content.text, part.sender)
        case Location():
            return _build_location(content)
        case ContactCard() if read_number(content.phone):
            names = {"first_name": cut_text(content.name, _FIRST_NAME) or content.phone}
            return "sendContact", {"phone_number": read_number(content.phone), **names}
        case Cards():
            return _build_card(content.cards[0], part)
        case Attachment() | ContactCard() | Album():
            return _build_plain(replace(part, buttons=()))


def _build_location(location: Location) -> tuple[str, Node]:
    """A place with a name has an address as well, at Telegram."""
    point: Node = {"latitude": location.latitude, "longitude": location.longitude}
    title, _, address = " ".join(location.label.split()).partition(", ")
    if not title:
        return "sendLocation", point
    where = address or f"{location.latitude:.5f}, {location.longitude:.5f}"
    return "sendVenue", {**point, "title": shorten(title, spec.VENUE), "address": shorten(where, spec.VENUE)}


def _build_card(card: Card, part: Part) -> tuple[str, Node]:
    words = write_card(card, part.sender)
    keyboard = build_keyboard(card.buttons)
    if card.image and card.image.url:
        return "sendPhoto", {"photo": card.image.url, "caption": words, "parse_mode": "HTML", **keyboard}
    return "sendMessage", {"text": words, "parse_mode": "HTML", **keyboard}


# --- the same as plain text ------------------------------------------------------------------------------------------


def _build_plain(part: Part) -> tuple[str, Node]:
    """All of the part in words. A label that the customer types counts as a tap."""
    lines = (shorten(part.sender.name or "", spec.NAME), *spell_content(part.content), *spell_buttons(part.buttons))
    return "sendMessage", {"text": shorten("\n".join(filter(None, lines)), spec.TEXT)}
