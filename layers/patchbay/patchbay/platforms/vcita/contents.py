"""A staff member's message as contents.

vcita does not document its attachments, so they are read in every usual form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from patchbay.domain.model import Attachment, AttachmentKind, Content, Text, Unsupported
from patchbay.kit.html import html_to_text
from patchbay.kit.schemas import read_size
from patchbay.platforms.vcita.schemas import MessageWire

_ADDRESSES = ("url", "link", "download_url", "file_url")
_NAMES = ("name", "filename", "file_name")
_TYPES = ("content_type", "mime_type", "type")
_SIZES = ("size",)

_KINDS = {"image": AttachmentKind.IMAGE, "audio": AttachmentKind.AUDIO, "video": AttachmentKind.VIDEO}
_EXTENSIONS = {
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic"), AttachmentKind.IMAGE),
    **dict.fromkeys((".mp3", ".m4a", ".ogg", ".oga", ".wav", ".aac"), AttachmentKind.AUDIO),
    **dict.fromkeys((".mp4", ".mov", ".webm", ".3gp", ".m4v"), AttachmentKind.VIDEO),
}


def read_contents(message: MessageWire) -> tuple[Content, ...]:
    """The text, which may be HTML, and the files; a line that says so when vcita sends nothing that can be read."""
    text = html_to_text(message.message)
    files = [_read_file(item) for item in _list(message.attachments)]
    content: tuple[Content, ...] = (*((Text(text=text),) if text else ()), *files)
    return content or (Unsupported(description="a message that cannot be shown here"),)


def _list(attachments: object) -> Sequence[object]:
    if isinstance(attachments, list | tuple):
        return attachments
    return [attachments] if attachments else []


def _read_file(item: object) -> Content:
    fields = {"url": item} if isinstance(item, str) else item
    if not isinstance(fields, Mapping):
        return Unsupported(description="a file that cannot be shown here")
    url = _first(fields, _ADDRESSES)
    name = _first(fields, _NAMES) or _name_in(url)
    content_type = _first(fields, _TYPES).lower()
    return Attachment(
        kind=_find_kind(content_type, name),
        url=url or None,
        name=name,
        content_type=content_type if "/" in content_type else "",
        size=read_size(_first(fields, _SIZES)),
    )


def _first(fields: Mapping[str, object], names: tuple[str, ...]) -> str:
    """Of the fields in `names`, the first that says something."""
    values = (fields.get(name) for name in names)
    words = (str(value).strip() for value in values if isinstance(value, str | int) and not isinstance(value, bool))
    return next(filter(None, words), "")


def _name_in(url: str) -> str:
    try:
        return PurePosixPath(unquote(urlsplit(url).path)).name
    except ValueError:
        return ""


def _find_kind(content_type: str, name: str) -> AttachmentKind:
    """By the type, in full or as its first word; else by the name."""
    by_name = _EXTENSIONS.get(PurePosixPath(name).suffix.lower(), AttachmentKind.FILE)
    return _KINDS.get(content_type.split("/", maxsplit=1)[0], by_name)
