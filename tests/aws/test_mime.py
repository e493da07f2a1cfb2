"""What files are, and what they are called."""

from __future__ import annotations

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.aws.files import filetypes
from patchbay.aws.files.filetypes import end_name, normalize_type
from patchbay.aws.files.mime import clean_name, is_web_page, recognize, sniff

ZIP = b"PK\x03\x04\x14\x00"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BMP = b"BM" + (58).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little")
EXE = b"MZ\x90\x00\x03\x00\x00\x00"
MATROSKA = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\x82\x84"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _box(brand: bytes, *others: bytes) -> bytes:
    """The beginning of an ISO media file: its brand, and those that it is compatible with."""
    brands = b"".join((brand, bytes(4), *others))
    return (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands + bytes(40)


@pytest.mark.parametrize(
    ("head", "declared", "name", "expected"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "", "", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/jpeg", "a.jpg", "image/png"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "", "", "image/webp"),
        (b"\x00\x00\x00\x20ftypisom", "", "", "video/mp4"),
        (b"\x00\x00\x00\x20ftypM4A ", "", "", "audio/mp4"),
        (b"\x00\x00\x00\x20ftypisom", "audio/mp4", "", "audio/mp4"),
        (b"OggS\x00\x02", "", "voice.oga", "audio/ogg"),
        (b"\xff\xfb\x90\x64", "", "", "audio/mpeg"),
        (b"%PDF-1.7", "application/octet-stream", "", "application/pdf"),
        (ZIP, DOCX, "", DOCX),
        (ZIP, "", "report.docx", DOCX),
        (ZIP, "image/png", "a.png", "application/zip"),
        (b"<!DOCTYPE html><html>", "image/png", "a.png", "text/html"),
        (b"plain words", "text/plain", "", "text/plain"),
        (b"plain words", "application/octet-stream", "notes.txt", "text/plain"),
        (b"", "", "", "application/octet-stream"),
        (b"BMW parts list", "text/plain", "notes.txt", "text/plain"),
        (b"BMW parts list", "", "list", "application/octet-stream"),
        (b"BMW \xe4\xf6", "text/plain", "", "text/plain"),
        (BMP, "", "", "image/bmp"),
        (b"ID3 tags are explained here", "text/plain", "", "text/plain"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", "", "", "audio/mpeg"),
        (b"GIF89a is a format", "text/plain", "", "text/plain"),
        (b"GIF89a\x01\x00\x01\x00\x00\xff\x00", "", "", "image/gif"),
        (b"OggS of my life", "text/plain", "", "text/plain"),
        (b"fLaC? never heard", "text/plain", "", "text/plain"),
        (b"MZ: a list", "text/plain", "", "text/plain"),
        (b"RIFF at WAVE street", "text/plain", "", "text/plain"),
        (b"the ftypes are", "text/plain", "", "text/plain"),
        (b"%PDF-files are large", "text/plain", "", "text/plain"),
        (EXE, "application/pdf", "invoice.pdf", "application/x-msdownload"),
        (_box(b"hevc"), "image/heic", "", "image/heic"),
        (_box(b"msf1", b"hevc"), "", "", "image/heif"),
        (_box(b"zzzz", b"avif"), "", "", "image/avif"),
        (_box(b"zzzz"), "", "", "application/octet-stream"),
        (_box(b"zzzz"), "video/mp4", "", "video/mp4"),
        (_box(b"3gp5"), "video/mp4", "", "video/3gpp"),
        (_box(b"qt  "), "video/mp4", "clip.mp4", "video/quicktime"),
        (_box(b"isom"), "VIDEO/MP4; codecs=avc1", "", "video/mp4"),
        (_box(b"isom"), "audio/x-m4a", "", "audio/mp4"),
        (_box(b"M4A "), "", "", "audio/mp4"),
        (MATROSKA + b"webm", "audio/webm; codecs=opus", "", "audio/webm"),
        (MATROSKA + b"matroska", "", "", "video/x-matroska"),
        (b"OggS\x00\x02", "audio/mpeg", "voice.mp3", "audio/ogg"),
        (b"plain words", "TEXT/PLAIN", "", "text/plain"),
        (b"plain words", "text/plain; charset=utf-8", "notes", "text/plain"),
        (b"plain words", "text/plain\r\nX-Amz: 1", "notes", "application/octet-stream"),
        (b"plain words", "a b/c", "", "application/octet-stream"),
        (ZIP, "application/x-zip-compressed", "a.zip", "application/zip"),
        (ZIP, "application/zip", "report.docx", DOCX),
        (ZIP, "application/pdf", "a.pdf", "application/zip"),
        (OLE, DOCX, "locked.docx", DOCX),
        (b"\xef\xbb\xbf<!DOCTYPE html><html>", "image/png", "a.png", "text/html"),
        ("<html>".encode("utf-16"), "image/png", "a.png", "text/html"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE html>', "image/png", "", "text/html"),
        (_box(b"heic"), "", "", "image/heic"),
        (_box(b"mif1", b"heic"), "", "", "image/heif"),
        (_box(b"avis"), "", "", "image/avif"),
        (_box(b"isom"), "", "voice.m4a", "audio/mp4"),
        (_box(b"3gp4"), "audio/3gpp", "", "audio/3gpp"),
        (_box(b"mp42", b"M4A "), "", "", "video/mp4"),
        (_box(b"zzzz"), "image/heic", "", "image/heic"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "", "", "audio/wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64\x1c\x00", "", "", "audio/wav"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", "", "", "video/x-msvideo"),
        (b"RIFF\x24\x00\x00\x00ACONanih", "", "", "application/octet-stream"),
        (b"\x00WEBP", "", "", "application/octet-stream"),
        (b"FORM\x00\x00\x00\x24AIFFCOMM", "", "", "audio/aiff"),
        (b"FORM\x00\x00\x00\x24ILBMBMHD", "", "", "application/octet-stream"),
        (b"FORM of address\x00", "text/plain", "", "text/plain"),
        (b"OggS\x00\x02" + bytes(22) + b"\x80theora", "", "", "video/ogg"),
        (b"a.txt" + bytes(252) + b"ustar\x0000", "", "", "application/x-tar"),
        (b"BZh91AY&SY\x00", "", "", "application/x-bzip2"),
        (b"BZh is my name", "text/plain", "", "text/plain"),
        (b"\xfd7zXZ\x00", "", "", "application/x-xz"),
        (b"{\\rtf1\\ansi", "text/rtf", "", "application/rtf"),
        (b"II*\x00", "image/x-nikon-nef", "", "image/x-nikon-nef"),
    ],
)
def test_the_first_bytes_decide_and_the_declaration_fills_in(
    head: bytes, declared: str, name: str, expected: str
) -> None:
    assert sniff(head, declared, name) == expected


@pytest.mark.parametrize(
    ("name", "content_type", "expected"),
    [
        ("holiday.JPG", "image/jpeg", "holiday.JPG"),
        ("holiday", "image/jpeg", "holiday.jpg"),
        ("", "audio/ogg", "file.ogg"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\me\\cv.docx", DOCX, "cv.docx"),
        ("what? 100%.png", "image/png", "what_ 100_.png"),
        ("Übergröße 写真.png", "image/png", "Übergröße 写真.png"),
        ("invoice\u202egnp.exe", "image/png", "invoice gnp.png"),
        (".htaccess", "text/plain", "htaccess.txt"),
        ("v1.2 final", "application/pdf", "v1.2 final.pdf"),
        ("...", "", "file.bin"),
        ("Angebot vom 12.05.2024", "application/pdf", "Angebot vom 12.05.2024.pdf"),
        ("Angebot vom 12.05.2024", DOCX, "Angebot vom 12.05.2024.docx"),
        ("Angebot vom 12.05.2024", "text/plain", "Angebot vom 12.05.2024.txt"),
        ("IMG_1.HEIC", "image/jpeg", "IMG_1.jpg"),
        ("photo.jfif", "image/jpeg", "photo.jpg"),
        ("photo.JPEG", "image/jpeg", "photo.JPEG"),
        ("invoice.pdf.exe", "application/pdf", "invoice.pdf"),
        ("invoice.pdf", "application/x-msdownload", "invoice.exe"),
        ("letter.Smith", "application/pdf", "letter.Smith.pdf"),
        ("clip.MOV", "video/mp4", "clip.mp4"),
        ("voice.opus", "audio/ogg", "voice.opus"),
        ("budget.numbers", "application/zip", "budget.numbers"),
        ("backup.part.001", "application/octet-stream", "backup.part.001"),
        ("server.log", "text/plain", "server.log"),
        ("script.py", "text/plain", "script.py"),
        ("cat.png", "text/plain", "cat.txt"),
        ("archive.tar.gz", "application/gzip", "archive.tar.gz"),
        ("x." + "y" * 300, "image/png", "x." + "y" * 86 + ".png"),
        ("x" * 87 + ".{", "", "x" * 87 + ".bin"),
        ("clip.m4v", "video/mp4", "clip.mp4"),
        ("photo.jpe", "image/jpeg", "photo.jpg"),
        ("CON", "text/plain", "_CON.txt"),
        ("nul.pdf", "application/pdf", "_nul.pdf"),
        ("Com1 .tar.gz", "application/gzip", "_Com1 .tar.gz"),
        ("console.pdf", "application/pdf", "console.pdf"),
        ("a/b", "application/pdf", "b.pdf"),
        ("../../x", "application/pdf", "x.pdf"),
        ("report.pdf . .", "application/pdf", "report.pdf"),
        ('a "b"\r\nX: c.pdf', "application/pdf", "a _b_ X_ c.pdf"),
        ("\u200frtl\u202c.pdf", "application/pdf", "rtl.pdf"),
        ("😀" * 80 + ".png", "image/png", "😀" * 44 + ".png"),
        ("ф" * 200, "application/pdf", "ф" * 88 + ".pdf"),
    ],
)
def test_names_are_made_harmless_and_end_with_an_extension(name: str, content_type: str, expected: str) -> None:
    assert clean_name(name, content_type) == expected


def test_every_type_has_one_usual_name() -> None:
    others = [other for others in filetypes._OTHER_NAMES.values() for other in others.split()]
    assert len(others) == len(set(others))
    assert not set(others) & {*filetypes._EXTENSIONS, *filetypes._OTHER_NAMES}
    assert set(filetypes._OTHER_NAMES) <= {*filetypes._EXTENSIONS, filetypes.UNKNOWN}
    for usual, names in filetypes._OTHER_NAMES.items():
        for other in names.split():
            assert normalize_type(f" {other.upper()} ; charset=x") == usual


@given(st.binary(max_size=600), st.text(max_size=40), st.text(max_size=40))
def test_a_type_is_always_one_that_a_header_can_carry(head: bytes, declared: str, name: str) -> None:
    found = sniff(head, declared, name)
    assert found == normalize_type(found)
    assert end_name(clean_name(name, found), found) == clean_name(name, found)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=200))
def test_a_text_is_never_taken_for_a_picture_or_a_recording(text: str) -> None:
    assert not recognize(text.encode()).startswith(("image/", "audio/", "video/"))


@given(st.text(max_size=300), st.sampled_from(["", "image/png", "application/x-unheard-of"]))
def test_every_name_is_one_short_path_segment_with_an_extension(name: str, content_type: str) -> None:
    cleaned = clean_name(name, content_type)
    assert not set(cleaned) & set('/\\?#%&+"\n\r\t\0')
    assert 3 <= len(cleaned) <= 120
    assert len(cleaned.encode()) <= 255  # what most disks take
    stem, dot, extension = cleaned.rpartition(".")
    assert stem
    assert dot
    assert extension.isalnum()
    assert clean_name(cleaned, content_type) == cleaned


@pytest.mark.parametrize("page", [b"<html>", b"\n <!-- x --><!DOCTYPE html>", b"<HEAD attr=1>"])
def test_web_pages_are_recognised(page: bytes) -> None:
    assert is_web_page(page)
    assert not is_web_page(b"%PDF" + page)


@pytest.mark.parametrize(
    "content",
    [
        b"<!---->" * 73,
        b"<!-- -->" * 64,
        b"<!--" * 128,
        b"<!-->" * 102,
        b" " * 512,
        b"<!doctype" + b" " * 503,
        b"<" * 512,
    ],
)
def test_no_content_takes_more_than_linear_time(content: bytes) -> None:
    """The exponential pattern that was once here took no end for 511 bytes; this takes microseconds."""
    seconds = min(timeit.repeat(lambda: sniff(content), number=10, repeat=3))
    assert seconds < 0.2
