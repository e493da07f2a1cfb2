"""What a visitor's file is, by its first bytes, and how the store keeps it."""

from __future__ import annotations

from patchbay.infra.filetypes import UNKNOWN
from patchbay.infra.sniffing import clean_name, is_web_page, sniff
from patchbay.webchat.model import Stored, Upload

make_name = clean_name


def inspect(head: bytes, size: int, upload: Upload) -> Stored:
    """`head` are the first bytes of the file, `size` is that of all of it."""
    content_type = sniff(head, upload.content_type, upload.name)
    web_page = is_web_page(head) or content_type == "text/html"
    return Stored(size=size, content_type=content_type, recognised=sniff(head) != UNKNOWN, web_page=web_page)


def make_fields(upload: Upload) -> dict[str, str]:
    """What the browser must post with the file, letter by letter: how the store will serve it."""
    from patchbay.infra.media import disposition

    return {
        "Content-Type": upload.content_type,
        "Content-Disposition": disposition(upload.name, upload.content_type),
    }
