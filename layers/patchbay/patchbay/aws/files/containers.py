"""What is inside archives, and documents that are containers: the kind of document, and whether it holds programs.

Names are stored in the open in both containers, also where the contents are encrypted. A file may be anybody's, so no
more of it is read or unpacked than a document needs.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from patchbay.aws.files.filenames import is_runnable
from patchbay.domain.hazards import Hazard

if TYPE_CHECKING:
    from zipfile import ZipFile

ZIP = "application/zip"
OLE = "application/x-ole-storage"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_PIECE = 256 * 1024
_MOST_DIRECTORY = 1024 * 1024  #: bytes of an archive's list of files, some ten thousand names
_MOST_UNPACKED = 1024 * 1024
_PARTS = "[Content_Types].xml"
#: What a document's list of parts calls its main one. The list counts, not the names of the parts.
_OFFICE_KINDS = {
    "wordprocessingml.document.main+xml": f"{_OFFICE}wordprocessingml.document",
    "wordprocessingml.template.main+xml": f"{_OFFICE}wordprocessingml.template",
    "spreadsheetml.sheet.main+xml": f"{_OFFICE}spreadsheetml.sheet",
    "spreadsheetml.template.main+xml": f"{_OFFICE}spreadsheetml.template",
    "presentationml.presentation.main+xml": f"{_OFFICE}presentationml.presentation",
    "presentationml.slideshow.main+xml": f"{_OFFICE}presentationml.slideshow",
    "presentationml.template.main+xml": f"{_OFFICE}presentationml.template",
}
#: What the files of an archive are called when it is a document with macros.
_MACRO_NAMES = frozenset({"vbaproject.bin", "vbadata.xml", "vbaprojectsignature.bin"})
_MACRO_FOLDERS = ("basic/", "scripts/")  #: of OpenDocument
_OPEN_DOCUMENTS = ("application/vnd.oasis.opendocument.", "application/epub+zip")
_OLE_KINDS = {
    "EncryptedPackage": "",  #: an Office document with a password, of any kind
    "WordDocument": "application/msword",
    "PowerPoint Document": "application/vnd.ms-powerpoint",
    "Workbook": "application/vnd.ms-excel",
    "__properties_version1.0": "application/vnd.ms-outlook",
}
_OLE_MACROS = "_VBA_PROJECT".encode("utf-16-le")
#: Class ids of Windows Installer's packages, patches and transforms.
_INSTALLERS = tuple(bytes.fromhex(f"{first}100c0000000000c000000000000046") for first in ("84", "86", "82"))
_OVERLAP = 128  #: bytes; longer than all that is looked for


def look_into_zip(content: IO[bytes]) -> str | Hazard:
    """The type of the document that the archive is, `ZIP` if it is not a document, or why it is refused."""
    import zipfile  # costs 5 ms, and most files are no archives
    import zlib

    # What `zipfile` raises for archives that are damaged, encrypted or packed in a way that it does not know. They are
    # refused, with a reason that both sides read. A store that fails is none of these: the message is tried again.
    broken = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, ValueError)
    try:
        with zipfile.ZipFile(_Cautious(content)) as archive:
            return _judge_archive(archive)
    except broken:
        return Hazard.UNREADABLE


def _judge_archive(archive: ZipFile) -> str | Hazard:
    names = archive.namelist()
    kind = _document_kind(archive, names)
    if isinstance(kind, Hazard):
        return kind
    lowered = [name.replace("\\", "/").lower() for name in names]
    if any(name.rpartition("/")[2] in _MACRO_NAMES for name in lowered):
        return Hazard.MACROS
    if kind.startswith(_OPEN_DOCUMENTS[0]) and any(name.startswith(_MACRO_FOLDERS) for name in lowered):
        return Hazard.MACROS
    return Hazard.ARCHIVE if any(is_runnable(name) for name in names) else kind


def _document_kind(archive: ZipFile, names: list[str]) -> str | Hazard:
    if _PARTS in names:
        listed = _read_parts(archive)
        if "macroenabled" in listed or "vbaproject" in listed:
            return Hazard.MACROS
        return next((kind for main, kind in _OFFICE_KINDS.items() if main in listed), ZIP)
    if "mimetype" in names:
        said = archive.open("mimetype").read(200).decode("ascii", "replace").strip()
        return said if said.startswith(_OPEN_DOCUMENTS) else ZIP
    return ZIP


def _read_parts(archive: ZipFile) -> str:
    """In lower case. Letters may be written as numbers in XML."""
    with archive.open(_PARTS) as packed:
        raw = packed.read(_MOST_UNPACKED)
    text = raw.decode("utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8", "replace")
    return html.unescape(text).lower()


class _Cautious:
    """A file of which nobody reads more at once than the list of an honest archive is long."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self.seek, self.tell, self.seekable = content.seek, content.tell, content.seekable

    def read(self, amount: int = -1) -> bytes:
        piece = self._content.read(_MOST_DIRECTORY + 1 if amount < 0 else min(amount, _MOST_DIRECTORY + 1))
        if len(piece) > _MOST_DIRECTORY:
            raise ValueError("an archive with too many files")
        return piece

    def close(self) -> None:
        """Its caller, which opened it, closes it."""


def look_into_ole(content: IO[bytes]) -> str | Hazard:
    """The type of the document, "" for one with a password, `OLE` for an unknown type, or why it is refused.

    The names of its parts are looked for wherever they are: a forged container can hide them from
    those who follow its tables. Macros of Excel 4.0, and those of a PowerPoint document before 2007, are not seen.
    """
    kinds = {name.encode("utf-16-le"): kind for name, kind in _OLE_KINDS.items()}
    found: list[str] = []
    for piece in read_overlapping(content):
        if _OLE_MACROS in piece:
            return Hazard.MACROS
        if any(installer in piece for installer in _INSTALLERS):
            return Hazard.PROGRAM
        found += [kind for name, kind in kinds.items() if name in piece]
    return found[0] if found else OLE


def read_overlapping(content: IO[bytes]) -> Iterator[bytes]:
    """All of it from the start, in pieces of which each begins with the end of the one before."""
    content.seek(0)
    before = b""
    while more := content.read(_PIECE):
        yield before + more
        before = (before + more)[-_OVERLAP:]
