"""What a file is, by its first bytes, and a name that every service and browser takes.

A table of our own: the two dozen formats that messengers carry are told apart by a few bytes, and what is not in it is
left to what the service declared. The libraries for this know hundreds of formats, guess among them, and take as long
to load as the rest of the function.
"""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from pathlib import PurePosixPath

SNIFF_BYTES = 512
UNKNOWN = "application/octet-stream"
_MOST_NAME = 120  #: characters

# (offset, bytes, content type), the more specific first.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp3g", "video/3gpp"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"fLaC", "audio/flac"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
)
_MPEG_AUDIO = {0xFB: "audio/mpeg", 0xF3: "audio/mpeg", 0xFA: "audio/mpeg", 0xF1: "audio/aac", 0xF9: "audio/aac"}
# Containers say less than the name inside does (a .docx is a zip): the declared type or the extension is kept.
_CONTAINERS = frozenset({"application/zip", "application/x-ole-storage", "video/webm", "audio/ogg", "video/mp4"})
_FAMILIES = {"video/webm": ("video/", "audio/"), "audio/ogg": ("audio/", "video/"), "video/mp4": ("video/", "audio/")}
_PAGE = re.compile(
    rb"\s*+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s++html|html|head|body|script)[\s>]", re.IGNORECASE | re.DOTALL
)
_EXTENSIONS = {
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "video/3gpp": ".3gp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    UNKNOWN: ".bin",
}
_ODD = re.compile(r'[\\/:*?"<>|#%&+;{}^`~\[\]$\'=,@!]+')


def sniff(head: bytes, declared: str = "", name: str = "") -> str:
    """The content type of a file that starts with `head`; else what was declared, or its name tells."""
    found = _match(head)
    said = declared if declared and declared != UNKNOWN else (mimetypes.guess_type(name)[0] or "")
    if not found:
        return said or UNKNOWN
    if found in _CONTAINERS and said.startswith(_FAMILIES.get(found, ("application/",))):
        return said
    return found


def is_web_page(head: bytes) -> bool:
    return _PAGE.match(head) is not None


def clean_name(name: str, content_type: str) -> str:
    """`name` for a path and a disk, with an extension: services go by it (Viber takes no file without one)."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    printable = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in name)
    words = " ".join(_ODD.sub("_", printable).split()).strip(". ")
    path = PurePosixPath(words or "file")
    extension = path.suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,10}", path.suffix) else ""
    stem = path.name.removesuffix(extension)[: _MOST_NAME - 11].rstrip(". ") or "file"
    return stem + (extension or extension_of(content_type))


def extension_of(content_type: str) -> str:
    return _EXTENSIONS.get(content_type) or mimetypes.guess_extension(content_type) or ".bin"


def _match(head: bytes) -> str:
    for offset, signature, content_type in _SIGNATURES:
        if head.startswith(signature, offset):
            return content_type
    if len(head) > 1 and head[0] == 0xFF:
        return _MPEG_AUDIO.get(head[1], "")
    return "text/html" if is_web_page(head) else ""
