"""What files are, and what they are called."""

from __future__ import annotations

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.infra.sniffing import clean_name, is_web_page, sniff

ZIP = b"PK\x03\x04"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


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
        ("invoice\u202egnp.exe", "image/png", "invoice gnp.exe"),
        (".htaccess", "text/plain", "htaccess.txt"),
        ("v1.2 final", "application/pdf", "v1.2 final.pdf"),
        ("...", "", "file.bin"),
    ],
)
def test_names_are_made_harmless_and_end_with_an_extension(name: str, content_type: str, expected: str) -> None:
    assert clean_name(name, content_type) == expected


@given(st.text(max_size=300), st.sampled_from(["", "image/png", "application/x-unheard-of"]))
def test_every_name_is_one_short_path_segment_with_an_extension(name: str, content_type: str) -> None:
    cleaned = clean_name(name, content_type)
    assert not set(cleaned) & set('/\\?#%&+"\n\r\t\0')
    assert 3 <= len(cleaned) <= 120
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
