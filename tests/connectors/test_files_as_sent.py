"""Files as people and services really send them, between every messenger and every platform, both ways.

What a sender says of a file (its name, its type) and what it holds disagree all the time. The receiver gets the file
under a name that opens it, typed as what it is, and drawn as that where their side can draw it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest

from patchbay.domain.model import AttachmentKind, Side
from patchbay.kit.contract import HttpResponse
from tests.connectors.services import load_connector
from tests.harness.exchange import LINK, Exchange, Shown, pairs
from tests.harness.hostile_files import DOCX, JPEG, MAINS, PDF, PNG, make_office, make_zip

BMP = b"BM" + (58).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + (40).to_bytes(4, "little") + bytes(9)
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(99)
OGG = b"OggS\x00\x02" + bytes(99)
GIF = b"GIF89a\x01\x00\x01\x00\x00\xff\x00" + bytes(99)
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(99)
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00" + bytes(99)
RTF = b"{\\rtf1\\ansi Hello}"
BMW = b"BMW parts list"


def _box(brand: bytes, *others: bytes) -> bytes:
    brands = b"".join((brand, bytes(4), *others))
    return (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands + bytes(99)


MP4 = _box(b"isom", b"isom", b"mp42")
M4A = _box(b"M4A ", b"M4A ", b"mp42")
HEVC = _box(b"hevc", b"mif1", b"hevc")


@dataclass(frozen=True)
class Sent:
    """A file as its sender describes it, and what it is."""

    name: str
    declared: str
    content: bytes
    got: tuple[str, str]  #: the name and the type that the receiver gets

    def __str__(self) -> str:
        return f"{self.name!r} {self.declared!r}"[:70]


FILES = (
    # what it holds decides
    Sent("notes.txt", "text/plain", BMW, ("notes.txt", "text/plain")),
    Sent("tags.txt", "text/plain", b"ID3 tags explained", ("tags.txt", "text/plain")),
    Sent("gif.txt", "text/plain", b"GIF89a is a format", ("gif.txt", "text/plain")),
    Sent("riff.txt", "text/plain", b"RIFF at the WAVE", ("riff.txt", "text/plain")),
    Sent("paint.bmp", "image/x-ms-bmp", BMP, ("paint.bmp", "image/bmp")),
    Sent("IMG_1.HEIC", "image/heic", JPEG, ("IMG_1.jpg", "image/jpeg")),
    Sent("IMG_2.HEIC", "image/heic", HEVC, ("IMG_2.HEIC", "image/heic")),
    Sent("IMG_3.HEIC", "image/heif", _box(b"mif1", b"heic"), ("IMG_3.heif", "image/heif")),
    Sent("IMG_4.avif", "image/avif", _box(b"avif", b"mif1"), ("IMG_4.avif", "image/avif")),
    Sent("photo.jfif", "image/pjpeg", JPEG, ("photo.jpg", "image/jpeg")),
    Sent("photo.jpg", "image/jpg", WEBP, ("photo.webp", "image/webp")),
    Sent("fun.gif", "image/gif", GIF, ("fun.gif", "image/gif")),
    Sent("voice.wav", "audio/x-wav", WAV, ("voice.wav", "audio/wav")),
    Sent("voice.m4a", "audio/x-m4a", M4A, ("voice.m4a", "audio/mp4")),
    Sent("voice.ogg", "audio/ogg; codecs=opus", OGG, ("voice.ogg", "audio/ogg")),
    Sent("song.mp3", "audio/mp3", MP3, ("song.mp3", "audio/mpeg")),
    Sent("clip.mov", "video/quicktime", _box(b"qt  "), ("clip.mov", "video/quicktime")),
    Sent("clip.m4v", "video/x-m4v", MP4, ("clip.mp4", "video/mp4")),
    # a type is compared without its parameters and its case, whatever it is called
    Sent("v.mp4", "video/mp4; codecs=avc1", MP4, ("v.mp4", "video/mp4")),
    Sent("notes", "TEXT/PLAIN; charset=utf-8", b"Buy milk", ("notes.txt", "text/plain")),
    Sent("picture", " image/PNG ", PNG, ("picture.png", "image/png")),
    Sent("a.zip", "application/x-zip-compressed", make_zip({"a.txt": b"a"}), ("a.zip", "application/zip")),
    Sent("letter.rtf", "application/x-rtf", RTF, ("letter.rtf", "application/rtf")),
    Sent("letter", "text/rtf", RTF, ("letter.rtf", "application/rtf")),
    Sent("scan.pdf", "application/x-pdf", PDF, ("scan.pdf", "application/pdf")),
    Sent("offer.docx", "application/zip", make_office(MAINS[DOCX]), ("offer.docx", DOCX)),
    Sent("list.csv", "application/vnd.ms-excel", b"a;b\n1;2\n", ("list.csv", "text/csv")),
    # a name is made harmless, and ends as its content does
    Sent("Angebot vom 12.05.2024", "application/pdf", PDF, ("Angebot vom 12.05.2024.pdf", "application/pdf")),
    Sent('a "quoted" name.pdf', "application/pdf", PDF, ("a _quoted_ name.pdf", "application/pdf")),
    Sent("契約書 (1) März.pdf", "application/pdf", PDF, ("契約書 (1) März.pdf", "application/pdf")),
    Sent("line\r\nend: 1.pdf", "application/pdf", PDF, ("line end_ 1.pdf", "application/pdf")),
    Sent("../../etc/x", "application/pdf", PDF, ("x.pdf", "application/pdf")),
    Sent("C:\\Users\\me\\cv.pdf", "application/pdf", PDF, ("cv.pdf", "application/pdf")),
    Sent("a;b=c&d?e#f%20g.pdf", "application/pdf", PDF, ("a_b_c_d_e_f_20g.pdf", "application/pdf")),
    Sent("photo", "application/octet-stream", JPEG, ("photo.jpg", "image/jpeg")),
    Sent("photo.png", "image/png\r\nX-Amz-Meta-A: b", JPEG, ("photo.jpg", "image/jpeg")),
    Sent("photo 😀.jpeg", "image/jpeg", JPEG, ("photo 😀.jpeg", "image/jpeg")),
    Sent("CON.pdf", "application/pdf", PDF, ("_CON.pdf", "application/pdf")),
    Sent("plan.pdf . .", "application/pdf", PDF, ("plan.pdf", "application/pdf")),
)
PAIRS = pairs()

#: The types that each service draws, by what it draws them as; everything else is a file, or a link where nothing is.
_PHONES = {"image": {"image/jpeg", "image/png"}, "video": {"video/mp4"}}
_BROWSERS = {
    "image": {"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp"},
    "audio": {"audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav"},
    "video": {"video/mp4"},
}
_DRAWS: dict[str, dict[str, set[str]]] = {
    "viber": _PHONES,
    "whatsapp": {**_PHONES, "audio": {"audio/mpeg", "audio/mp4", "audio/ogg"}},
    "webchat": _BROWSERS,
    "uchat": _BROWSERS,
    "freshchat": {"image": {"image/jpeg", "image/png", "image/gif"}},
    "telegram": {
        "image": {*_PHONES["image"], "image/gif"},
        "video": {"video/mp4"},
        "audio": {"audio/mpeg", "audio/mp4", "audio/ogg"},
    },
}
_LINKS = {"giosg", "vcita"}
#: Where only known types can be uploaded: the others go as links.
_TAKES = {"whatsapp": load_connector("whatsapp").capabilities.attachments[AttachmentKind.FILE].content_types}


def shown(service: str, sent: Sent) -> Shown:
    """Freshchat gives images no names, and Telegram neither images nor voice notes."""
    kind = drawn(service, sent.got[1])
    name = "image" if service == "freshchat" and kind == "image" else sent.got[0]
    return Shown(name, sent.got[1], kind, sent.content)


def drawn(service: str, content_type: str) -> str:
    """As what a file of that type appears."""
    if service in _LINKS or content_type not in _TAKES.get(service, {content_type}):
        return LINK
    family = content_type.partition("/")[0]
    if service == "unblu":  # takes files only, and draws them by their types
        return family if family in {"image", "audio", "video"} else "file"
    return family if content_type in _DRAWS[service].get(family, ()) else "file"


@pytest.fixture(params=PAIRS, ids="-".join)
def exchange(request: pytest.FixtureRequest) -> Exchange:
    return Exchange(*request.param)


@pytest.mark.parametrize("receiver", Side)
def test_a_file_arrives_as_what_it_is(exchange: Exchange, receiver: Side) -> None:
    wrong = {}
    for sent in FILES:
        exchange.time.advance(7)  # a visitor may send ten files a minute
        exchange.send_file(receiver, sent.name, sent.declared, sent.content)
        seen = exchange.news(receiver)
        if seen != [shown(exchange.service(receiver), sent)]:
            wrong[str(sent)] = seen
    assert wrong == {}


# --- what is no file -------------------------------------------------------------------------------------------------

#: Who fetches from a service's address: the web chat's own files lie in our store.
FETCHED = [(pair, receiver) for pair in PAIRS for receiver in Side if (pair[0], receiver) != ("webchat", Side.PLATFORM)]
S3_ERROR = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><RequestId>1</RequestId></Error>'
JSON_ERROR = b'{ "error": "expired" }'
PAGE = b"<!DOCTYPE html><title>This link has expired</title>"
BOM = b"\xef\xbb\xbf"
APOLOGIES = (
    HttpResponse(status=404),
    HttpResponse(status=403, body=S3_ERROR),
    HttpResponse(status=410),
    HttpResponse(status=204),
    HttpResponse(status=302),
    HttpResponse(status=200, headers={"content-type": "text/html; charset=utf-8"}, body=PAGE),
    HttpResponse(status=200, headers={"content-type": "text/html; charset=utf-8"}, body=BOM + PAGE),
    HttpResponse(status=200, headers={"content-type": "TEXT/HTML"}, body=b"Link expired"),
    HttpResponse(status=200, headers={"content-type": "application/pdf"}, body=BOM + b"\r\n" + PAGE),
    HttpResponse(status=200, headers={"content-type": "application/json"}, body=JSON_ERROR),
    HttpResponse(
        status=200, headers={"content-type": "application/octet-stream"}, body=BOM + b'{ "error": "expired" }'
    ),
    HttpResponse(status=200, headers={"content-type": "application/xml"}, body=S3_ERROR),
    HttpResponse(status=200, headers={"content-type": "application/octet-stream"}, body=BOM + S3_ERROR),
)


@pytest.mark.parametrize(("pair", "receiver"), FETCHED, ids=str)
def test_an_address_with_no_file_is_said_in_words(pair: tuple[str, str], receiver: Side) -> None:
    exchange = Exchange(*pair)
    for answer in APOLOGIES:
        exchange.time.advance(7)
        exchange.server.answers = [answer]
        exchange.send_file(receiver, "invoice.pdf", "application/pdf", PDF)
        assert exchange.news(receiver) == ["[invoice.pdf: could not be downloaded]"], answer
        exchange.send_file(receiver, "cat.png", "image/png", PNG)
        assert exchange.news(receiver) == ["[cat.png: could not be downloaded]"], answer


@pytest.mark.parametrize(("pair", "receiver"), FETCHED, ids=str)
def test_a_file_that_holds_nothing_is_said_to_be_empty(pair: tuple[str, str], receiver: Side) -> None:
    exchange = Exchange(*pair)
    for name, declared, got in (("z.pdf", "application/pdf", "z.pdf"), ("cat.png", "image/png", "cat.png")):
        exchange.server.answers = [HttpResponse(status=200, headers={"content-type": declared})]
        exchange.send_file(receiver, name, declared, PDF)
        assert exchange.news(receiver) == [f"[{got}: the file is empty]"]


@pytest.mark.parametrize(("pair", "receiver"), FETCHED, ids=str)
def test_a_file_that_comes_a_moment_later_arrives(pair: tuple[str, str], receiver: Side) -> None:
    exchange = Exchange(*pair)
    missing, there = HttpResponse(status=404), HttpResponse(status=200, body=PDF)
    exchange.server.answers = [missing, missing, there]
    before = exchange.time.now()
    exchange.send_file(receiver, "plan.pdf", "application/pdf", PDF)
    [seen] = exchange.news(receiver)
    assert isinstance(seen, Shown)
    assert (seen.name, seen.content) == ("plan.pdf", PDF)
    assert exchange.fetched_after(before) < timedelta(minutes=1)


@pytest.mark.parametrize(("pair", "receiver"), FETCHED, ids=str)
def test_a_name_that_hides_what_it_is_is_quoted_without_its_tricks(pair: tuple[str, str], receiver: Side) -> None:
    exchange = Exchange(*pair)
    exchange.send_file(receiver, "invoice\u202efdp.exe", "application/pdf", PDF)
    assert exchange.news(receiver) == ["[invoicefdp.exe: this file was refused because its name hides its type]"]


@pytest.mark.parametrize("messenger", sorted({messenger for messenger, _ in PAIRS}))
def test_a_link_to_a_page_on_giosgs_own_server_stays_a_link(messenger: str) -> None:
    """Giosg names neither type nor kind of what an attachment leads to."""
    exchange = Exchange(messenger, "giosg")
    for answer in (HttpResponse(status=200, body=PAGE), HttpResponse(status=404)):
        exchange.server.answers = [answer]
        exchange.send_file(Side.MESSENGER, "Help", "text/html", PAGE)
        [seen] = exchange.news(Side.MESSENGER)
        assert re.fullmatch(r"Help: https://giosg\.simulator\.test/downloads/[0-9a-f-]+/Help", str(seen))
