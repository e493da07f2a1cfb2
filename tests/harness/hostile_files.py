"""Files that strangers send to be taken for something else, made here: none of them does anything."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from patchbay.domain.hazards import Hazard

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(100)
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00" + bytes(120)
ELF = b"\x7fELF\x02\x01\x01\x00" + bytes(60)
NOISE = bytes(range(1, 256)) * 4  #: no format, and no text
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"></svg>'
HTML = b"<!doctype html><title>Log in</title>"
XHTML = b'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"></html>'
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = f"{OFFICE}wordprocessingml.document"
XLSX = f"{OFFICE}spreadsheetml.sheet"
PPTX = f"{OFFICE}presentationml.presentation"
ANDROID = "application/vnd.android.package-archive"
ODT = "application/vnd.oasis.opendocument.text"
MAINS = {
    DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    PPTX: "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
}
MACRO_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
INSTALLER = bytes.fromhex("84100c0000000000c000000000000046")


def make_zip(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def make_office(main: str, more: Mapping[str, bytes] | None = None) -> bytes:
    """A document of Office with that main part, and `more` files in it."""
    parts = f'<?xml version="1.0"?><Types><Override PartName="/a/b.xml" ContentType="{main}"/></Types>'
    return make_zip({"[Content_Types].xml": parts.encode(), "a/b.xml": b"<a/>", **(more or {})})


def make_open_document(kind: str, more: Mapping[str, bytes] | None = None) -> bytes:
    return make_zip({"mimetype": kind.encode(), "content.xml": b"<a/>", **(more or {})})


def make_ole(*names: str, more: bytes = b"", padding: int = 0) -> bytes:
    """A document of Office before 2007 with streams of these names, each in a directory entry."""
    entries = b"".join(name.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for name in names)
    return _OLE + bytes(padding) + entries + more


def make_many_named_zip(count: int) -> bytes:
    """An archive whose list of files is longer than any honest document's."""
    names = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0) + b"%08d" % number
        for number in range(count)
    )
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count % 65536, count % 65536, len(names), 4, 0)
    return b"PK\x03\x04" + names + end


@dataclass(frozen=True)
class Case:
    """A file as it is sent, and what becomes of it.

    `web` is the web chat's answer: a code, or the name and type under which the file is kept. `service` is the same
    for what comes from a service: why it is refused, or name and type. Without it the two are alike.
    """

    title: str
    name: str
    declared: str
    content: bytes
    web: str | tuple[str, str]
    service: Hazard | tuple[str, str]

    def __str__(self) -> str:
        return self.title


TEXT, STREAM, ARCHIVE = "text/plain", "application/octet-stream", "application/zip"
_P, _S, _M, _D, _A, _U, _N = (
    Hazard.PROGRAM,
    Hazard.PAGE,
    Hazard.MACROS,
    Hazard.DISK,
    Hazard.ARCHIVE,
    Hazard.UNREADABLE,
    Hazard.NAME,
)
_UNSAFE, _HIDDEN, _WRONG = "unsafe_file", "unsafe_name", "wrong_type"


def _refused(title: str, name: str, declared: str, content: bytes, hazard: Hazard, code: str = _UNSAFE) -> Case:
    return Case(title, name, declared, content, code, hazard)


def _kept(title: str, name: str, declared: str, content: bytes, kept: tuple[str, str]) -> Case:
    return Case(title, name, declared, content, kept, kept)


CASES = [
    # --- programs, by content
    _refused("a program as a text", "invoice.txt", TEXT, EXE, _P),
    _refused("a program as a PDF", "invoice.pdf", "application/pdf", EXE, _P),
    _refused("a program as a picture", "cat.png", "image/png", EXE, _P),
    _refused("a program of Linux", "readme", TEXT, ELF, _P),
    _refused("a program of macOS", "readme", TEXT, b"\xcf\xfa\xed\xfe" + bytes(60), _P),
    _refused("a class of Java", "readme", TEXT, b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(60), _P),
    _refused("a shortcut", "readme", TEXT, b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(60), _P),
    _refused("a notebook", "notes", TEXT, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d" + bytes(60), _P),
    _refused("a help file", "help", TEXT, b"ITSF\x03\x00\x00\x00" + bytes(60), _P),
    _refused("a script for a shell", "readme.txt", TEXT, b"#!/bin/sh\nrm -r /\n", _P),
    _refused("a script for PHP", "readme.txt", TEXT, b"<?php system($_GET[0]);", _P),
    _refused("an installer", "offer.doc", "application/msword", make_ole("WordDocument", more=INSTALLER), _P),
    _refused("a disk image", "backup.zip", ARCHIVE, bytes(0x8001) + b"CD001" + bytes(100), _D),
    # --- programs, by name
    *(
        _refused(f"a text called .{extension}", f"run.{extension}", TEXT, b"words", _P)
        for extension in (
            "exe",
            "js",
            "vbs",
            "hta",
            "lnk",
            "ps1",
            "bat",
            "cmd",
            "scr",
            "jar",
            "wsf",
            "reg",
            "url",
            "sh",
        )
    ),
    _refused("an image of a disk by its name", "backup.iso", STREAM, NOISE, _D),
    _refused("a dot behind the extension", "run.exe.", TEXT, b"words", _P),
    _refused("blanks behind the extension", "run.exe  ", TEXT, b"words", _P),
    _refused("capitals", "RUN.ExE", TEXT, b"words", _P),
    _refused("full-width letters", "run.\uff45\uff58\uff45", TEXT, b"words", _P),
    _refused("an invisible letter in the extension", "run.e\u200bxe", TEXT, b"words", _P),
    _refused("a stream of NTFS", "a.txt:run.exe", TEXT, b"words", _P),
    # --- names that hide
    _refused("a name that turns round", "invoice\u202efdp.exe", "application/pdf", PDF, _N, _HIDDEN),
    _refused("a name with an isolate", "invoice\u2066fdp.pdf", "application/pdf", PDF, _N, _HIDDEN),
    _refused("two extensions, the program's last", "invoice.pdf.exe", TEXT, b"words", _P),
    _refused("two extensions, the program's first", "invoice.exe.pdf", "application/pdf", PDF, _N, _HIDDEN),
    _refused("many blanks between two extensions", f"invoice.pdf{' ' * 90}.scr", TEXT, b"words", _P),
    # --- pages
    _refused("a page without a name", "download", STREAM, HTML, _S),
    _refused("a page by its name", "page.html", TEXT, b"words", _S),
    _refused("XHTML", "page.txt", "application/xhtml+xml", XHTML, _S, _WRONG),
    _refused("a drawing", "logo.svg", "image/svg+xml", SVG, _S),
    _refused("a drawing with a parameter", "logo", "image/svg+xml; charset=utf-8", SVG, _S),
    _refused("a drawing as a picture", "logo.png", "image/png", b"<!-- x -->\n" + SVG, _S),
    _refused("a drawing with a prefix", "logo.png", "image/png", b'<?xml version="1.0"?><a:svg >', _S),
    Case("a page as a text", "a.txt", TEXT, HTML, _UNSAFE, ("a.txt", TEXT)),
    Case("a page that begins with an image", "a.txt", TEXT, b"<img src=x onerror=y>", _UNSAFE, ("a.txt", TEXT)),
    # --- documents with macros
    _refused("macros, by name", "offer.docm", DOCX, make_office(MAINS[DOCX]), _M),
    _refused("macros of Excel, by name", "offer.xlsm", XLSX, make_office(MAINS[XLSX]), _M),
    _refused("macros of PowerPoint, by name", "offer.pptm", PPTX, make_office(MAINS[PPTX]), _M),
    _refused("macros in a document", "a.docx", DOCX, make_office(MAINS[DOCX], {"word/vbaProject.bin": b"x"}), _M),
    _refused("macros in a table", "a.xlsx", XLSX, make_office(MAINS[XLSX], {"xl/VBAPROJECT.BIN": b"x"}), _M),
    _refused("macros under another name", "a.docx", DOCX, make_office(MACRO_MAIN, {"word/x.bin": b"x"}), _M),
    _refused(
        "macros written in numbers",
        "a.docx",
        DOCX,
        make_office(MACRO_MAIN.replace("E", "&#69;").replace("m", "&#x6d;")),
        _M,
    ),
    _refused("macros in an old document", "a.doc", "application/msword", make_ole("WordDocument", "_VBA_PROJECT"), _M),
    _refused(
        "macros far behind",
        "a.xls",
        "application/vnd.ms-excel",
        make_ole("Workbook", "_VBA_PROJECT_CUR", padding=262_144 - 512 - 70),
        _M,
    ),
    _refused("macros of LibreOffice", "a.odt", ODT, make_open_document(ODT, {"Basic/script-lc.xml": b"x"}), _M),
    # --- archives
    _refused("a program in an archive", "photos.zip", ARCHIVE, make_zip({"2026/cat.jpg.exe": b"x"}), _A),
    _refused("a script in an archive", "photos.zip", ARCHIVE, make_zip({"a.txt": b"x", "b\\run.js": b"x"}), _A),
    _refused("a program of Java", "tool.zip", ARCHIVE, make_zip({"META-INF/MANIFEST.MF": b"", "A.class": b""}), _A),
    _refused("an archive that cannot be read", "photos.zip", ARCHIVE, b"PK\x03\x04" + bytes(200), _U),
    _refused("an archive of too many files", "photos.zip", ARCHIVE, make_many_named_zip(30_000), _U),
    # --- what would get a dangerous extension from us
    Case(
        "an archive as Java's", "a.zip", "application/java-archive", make_zip({"a": b"x"}), _WRONG, ("a.zip", ARCHIVE)
    ),
    Case("an archive as Android's", "a", ANDROID, make_zip({"a": b"x"}), _WRONG, ("a.zip", ARCHIVE)),
    Case("a text as Python's", "a", "text/x-python", b"print()", _WRONG, ("a.txt", TEXT)),
    Case("a text as a batch", "a", "application/x-msdos-batch", b"x", _WRONG, ("a.txt", TEXT)),
    Case("a text as a script", "a", "application/javascript", b"x()", _WRONG, ("a.txt", TEXT)),
    # --- what is something else, and harmless as that
    _kept("a picture of another kind", "cat.jpg", "image/jpeg", PNG, ("cat.png", "image/png")),
    _kept("a text as a picture", "cat.png", "image/png", b"just words", ("cat.txt", TEXT)),
    _kept("a text as a document", "a.docx", DOCX, b"just words", ("a.txt", TEXT)),
    _kept("an archive as a document", "a.docx", DOCX, make_zip({"a.txt": b"x"}), ("a.zip", ARCHIVE)),
    _kept("a table as a text document", "a.docx", DOCX, make_office(MAINS[XLSX]), ("a.xlsx", XLSX)),
    _kept("a PDF as a text", "a.txt", TEXT, PDF, ("a.pdf", "application/pdf")),
    Case("a PDF that is called a program", "a.exe", "application/pdf", PDF, _UNSAFE, ("a.pdf", "application/pdf")),
    # --- what is nothing that we know
    Case("noise as a picture", "cat.png", "image/png", NOISE, _WRONG, ("cat.bin", STREAM)),
    Case("noise as a PDF", "a.pdf", "application/pdf", NOISE, _WRONG, ("a.bin", STREAM)),
    Case("noise as a text", "a.txt", TEXT, NOISE, _WRONG, ("a.txt", STREAM)),
    Case("a text with a NUL", "a.txt", TEXT, b"words " * 200 + b"\0", _WRONG, ("a.txt", STREAM)),
    Case("a text that is no UTF-8", "a.csv", "text/csv", "Ä".encode("latin-1") * 600, _WRONG, ("a.csv", STREAM)),
    Case("a type that nobody has", "a.evil", "image/x-evil", NOISE, _WRONG, ("a.evil", STREAM)),
    Case("a plan of an architect", "house.dwg", "image/vnd.dwg", b"AC1032\0" + NOISE, _WRONG, ("house.dwg", STREAM)),
]
HONEST = [
    _kept("a picture", "cat.png", "image/png", PNG, ("cat.png", "image/png")),
    _kept("a photo", "IMG 1.JPG", "image/jpeg", JPEG, ("IMG 1.JPG", "image/jpeg")),
    _kept("a PDF", "Rechnung 12.05.2026.pdf", "application/pdf", PDF, ("Rechnung 12.05.2026.pdf", "application/pdf")),
    _kept("a PDF of a site", "shop.com.pdf", "application/pdf", PDF, ("shop.com.pdf", "application/pdf")),
    _kept("a PDF behind a mark", "a.pdf", "application/pdf", b"\xef\xbb\xbf\r\n" + PDF, ("a.pdf", "application/pdf")),
    _kept("a text", "Grüße.txt", TEXT, "Grüße\n".encode(), ("Grüße.txt", TEXT)),
    _kept("a long text", "a.txt", TEXT, "ä".encode() * 700_000, ("a.txt", TEXT)),
    _kept("a log", "server.log", TEXT, b"GET /\n", ("server.log", TEXT)),
    _kept("a table as text", "a.csv", "text/csv", b"a;b\n", ("a.csv", "text/csv")),
    _kept("a document", "a.docx", DOCX, make_office(MAINS[DOCX]), ("a.docx", DOCX)),
    _kept("a table", "a.xlsx", XLSX, make_office(MAINS[XLSX]), ("a.xlsx", XLSX)),
    _kept("slides", "a.pptx", PPTX, make_office(MAINS[PPTX]), ("a.pptx", PPTX)),
    _kept("an open document", "a.odt", ODT, make_open_document(ODT), ("a.odt", ODT)),
    _kept("a large document", "a.docx", DOCX, make_office(MAINS[DOCX], {"a/x.png": NOISE * 2000}), ("a.docx", DOCX)),
    _kept("an old document", "a.doc", "application/msword", make_ole("WordDocument"), ("a.doc", "application/msword")),
    _kept("a document with a password", "a.docx", DOCX, make_ole("EncryptedPackage"), ("a.docx", DOCX)),
    _kept(
        "an archive",
        "photos.zip",
        ARCHIVE,
        make_zip({"a/cat.jpg": JPEG, "read me.html": b"x"}),
        ("photos.zip", ARCHIVE),
    ),
]
