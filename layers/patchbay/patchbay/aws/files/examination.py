"""What a file is, by all of its content that matters; what it is called then; and whether it is refused.

Name, type and content agree afterwards: a format that has a mark of its own is believed by its mark only, a text is
plain text throughout, and what is neither is of no type at all.
"""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from typing import IO

from patchbay.aws.files.containers import OLE, ZIP, look_into_ole, look_into_zip
from patchbay.aws.files.filenames import judge_extension, judge_name
from patchbay.aws.files.filetypes import UNKNOWN, extension_of, is_exclusive, normalize_type, type_of_name
from patchbay.aws.files.mime import PROVABLE, SNIFF_BYTES, clean_name, recognize, sniff
from patchbay.domain.hazards import Hazard

_PROGRAMS = frozenset(
    {
        *("application/x-msdownload", "application/x-executable", "application/x-mach-binary", "application/java-vm"),
        *("application/x-ms-shortcut", "application/onenote", "application/wasm", "application/x-rpm"),
        *("application/x-dex", "application/vnd.ms-htmlhelp", "application/x-shockwave-flash", "text/x-shellscript"),
        *("application/javascript", "application/x-sh", "application/x-csh", "application/x-python-code"),
        *("application/java-archive", "application/x-java-archive", "application/vnd.android.package-archive"),
        *("application/x-msdos-program", "application/x-dosexec", "application/vnd.microsoft.portable-executable"),
        *("application/x-msdos-batch", "application/x-bat", "application/x-msi", "text/x-python"),
    }
)
_PAGES = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml"})
_OFFICE = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.", "application/epub")
_DOCUMENTS = frozenset({"application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"})
_TEXTS = frozenset({"application/json", "application/xml"})
_DISK_AT, _DISK_MARK = 0x8001, b"CD001"
_ISO_MEDIA = ("image/hei", "image/avif", "audio/", "video/")
_PIECE = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """`hazard` is why it is refused, None for a file that is not."""

    content_type: str
    name: str
    hazard: Hazard | None = None


def examine(content: IO[bytes], declared: str, name: str) -> Examined:
    """`content` can be read from any place. `declared` and `name` are what its sender says.

    A program's name is no reason where the content is an image, a recording or a PDF: it is called what it is then.
    """
    content.seek(0)
    head = content.read(SNIFF_BYTES)
    hazard = judge_name(name)
    if hazard and (hazard is Hazard.NAME or not is_exclusive(recognize(head))):
        return Examined(content_type=UNKNOWN, name=clean_name(name, ""), hazard=hazard)
    promised = _promise(declared, name)
    match recognize(head):
        case "application/zip":
            found: str | Hazard = _fit_container(look_into_zip(content), name)
        case "application/x-ole-storage":
            kind = look_into_ole(content)
            found = _fit_locked(promised) if kind == "" else _fit_container(kind, name)
        case "":
            return _examine_unmarked(content, head, declared, name)
        case "text/html" if promised.startswith("text/") and promised not in _PAGES:
            return _examine_unmarked(content, head, declared, name)  # a text about pages
        case _:
            found = sniff(head, declared, name)
    if isinstance(found, Hazard):
        return Examined(content_type=UNKNOWN, name=clean_name(name, ""), hazard=found)
    return Examined(content_type=found, name=fit_name(name, found), hazard=judge_type(found))


def judge_type(content_type: str) -> Hazard | None:
    if content_type in _PROGRAMS:
        return Hazard.PROGRAM
    return Hazard.PAGE if content_type in _PAGES else None


def has_mark(content_type: str) -> bool:
    """Whether files of this type begin with bytes that prove it."""
    return content_type in PROVABLE | _DOCUMENTS or content_type.startswith(_OFFICE)


def is_harmless(content_type: str) -> bool:
    """Neither the type nor the extension that a file would get for it is one of those that are refused."""
    return not judge_type(content_type) and not judge_extension(f"file{extension_of(content_type)}")


def needs_whole(start: bytes) -> bool:
    """Whether it takes more than the `start` of a file to tell what it is."""
    mark = recognize(start[:SNIFF_BYTES])
    return mark in {ZIP, OLE, "text/html"} or (not mark and _is_text(io.BytesIO(start), whole=False))


def fit_name(name: str, content_type: str) -> str:
    """`name` with no extension that promises a format which the file does not have."""
    cleaned = clean_name(name, content_type)
    promised = type_of_name(cleaned)
    if promised == content_type or not has_mark(promised):
        return cleaned
    return cleaned.rpartition(".")[0] + extension_of(content_type)


def _promise(declared: str, name: str) -> str:
    said = normalize_type(declared)
    return (type_of_name(name) if said in {"", UNKNOWN} else "") or said


def _examine_unmarked(content: IO[bytes], head: bytes, declared: str, name: str) -> Examined:
    """What begins with no mark: a text, a disk image, or nothing that is known."""
    if not head:
        empty = sniff(head, declared, name)
        return Examined(content_type=empty, name=clean_name(name, empty))
    if _is_text(content, whole=True):
        kind = _text_type(declared, name)
        return Examined(content_type=kind, name=fit_name(name, kind))
    content.seek(_DISK_AT)
    if content.read(len(_DISK_MARK)) == _DISK_MARK:
        return Examined(content_type=UNKNOWN, name=clean_name(name, ""), hazard=Hazard.DISK)
    kind = _media_type(head, declared, name)
    return Examined(content_type=kind, name=fit_name(name, kind))


def _media_type(head: bytes, declared: str, name: str) -> str:
    """ISO's container of images, recordings and videos with a brand that we do not know."""
    promised = _promise(declared, name)
    boxed = head.startswith(b"ftyp", 4) and promised.startswith(_ISO_MEDIA) and is_exclusive(promised)
    return promised if boxed else UNKNOWN


def _text_type(declared: str, name: str) -> str:
    """The name says best what kind of text it is. What has a mark of its own, and lacks it, is just a text."""
    stated = normalize_type(declared)
    for said in (type_of_name(name), stated if stated.startswith("text/") or stated in _TEXTS else ""):
        marked = has_mark(said) or said.startswith(("image/", "audio/", "video/"))
        if said and not marked and is_harmless(said):
            return said
    return "text/plain"


def _is_text(content: IO[bytes], *, whole: bool) -> bool:
    """UTF-8 without NUL. Not `whole`: a letter may be cut off at the end."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    content.seek(0)
    try:
        while piece := content.read(_PIECE):
            if b"\0" in piece:
                return False
            decoder.decode(piece)
        decoder.decode(b"", final=whole)
    except UnicodeDecodeError:
        return False
    return True


def _fit_locked(promised: str) -> str:
    """A document with a password: only its program can see which kind it is."""
    return promised if promised in _DOCUMENTS or promised.startswith(_OFFICE) else OLE


def _fit_container(found: str | Hazard, name: str) -> str | Hazard:
    """A container of no kind that we know may be what another program keeps its documents in, if its name says so."""
    said = type_of_name(name)
    own = found in {ZIP, OLE} and said.startswith("application/") and not has_mark(said) and is_harmless(said)
    return said if own else found
