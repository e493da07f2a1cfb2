"""Files in both directions. Each is at WhatsApp under an id, before it is sent and after it has come."""

from __future__ import annotations

from dataclasses import replace

from patchbay.domain.errors import Rejected
from patchbay.domain.model import Attachment, Content, Message
from patchbay.kit.file_abilities import FileSource
from patchbay.messengers.whatsapp import spec
from patchbay.messengers.whatsapp.doors import Door


def complete(door: Door, message: Message) -> Message:
    """With the address of each file; without one where WhatsApp has it no more."""
    return replace(message, content=tuple(_find(door, item) for item in message.content), incomplete=False)


def _find(door: Door, item: Content) -> Content:
    if not isinstance(item, Attachment) or item.url is not None or not item.external_id:
        return item
    return door.find_file(item)


def upload(door: Door, file: Attachment, files: FileSource) -> Attachment:
    """The file with its id at WhatsApp; without one where WhatsApp does not take it, and it goes as a link."""
    named = replace(file, external_id="")
    if not file.size:
        return named
    content_type = spec.OGG_UPLOAD if file.content_type == spec.OGG else file.content_type
    try:
        media_id = door.upload(file, content_type or "application/octet-stream", files)
    except Rejected:
        return named
    return replace(named, external_id=media_id)
