"""What a file is, by its first bytes, and a name that every service and browser takes.

A table of our own: the formats that messengers carry are told apart by a few bytes, and what is not in it is left to
what the service declared. Of the libraries for this, none told a text from a picture that begins with the same letters.
"""

from __future__ import annotations

import re
import unicodedata

from patchbay.aws.files.filetypes import UNKNOWN, end_name, normalize_type, type_of_name
from patchbay.domain.text import cut_text, text_length

SNIFF_BYTES = 512
_MOST_NAME = 120  #: characters
_ROOM = 16  #: of these for extensions
_MOST_BYTES = 200  #: of a name without its extensions: most disks take 255 for all of it

# (offset, bytes, content type), the more specific first.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
    (0, b"#!AMR\n", "audio/amr"),
    (0, b"#!AMR-WB\n", "audio/amr"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\xfd7zXZ\x00", "application/x-xz"),
    (257, b"ustar", "application/x-tar"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"\xfe\xed\xfa\xce", "application/x-mach-binary"),
    (0, b"\xfe\xed\xfa\xcf", "application/x-mach-binary"),
    (0, b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),  # and programs for several processors of Apple's
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", "application/onenote"),
    (0, b"\x00asm", "application/wasm"),
    (0, b"\xed\xab\xee\xdb", "application/x-rpm"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "video/x-ms-asf"),
    (0, b"\x00\x00\x01\xba", "video/mpeg"),
    (0, b"\x00\x00\x01\xb3", "video/mpeg"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
)
# Of letters only, so that a text may begin with them: they count where bytes follow that no text has.
_LETTERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"MZ", "application/x-msdownload"),
    (0, b"dex\n", "application/x-dex"),
    (0, b"ITSF", "application/vnd.ms-htmlhelp"),
    (0, b"FWS", "application/x-shockwave-flash"),
    (0, b"CWS", "application/x-shockwave-flash"),
    (0, b"ZWS", "application/x-shockwave-flash"),
    (0, b"FLV\x01", "video/x-flv"),
    (0, b"caff", "audio/x-caf"),
    (0, b"MThd", "audio/midi"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"MSCF", "application/vnd.ms-cab-compressed"),
)
_CHUNKS = {
    **{(b"RIFF", form): kind for form, kind in ((b"WEBP", "image/webp"), (b"AVI ", "video/x-msvideo"))},
    **{(container, b"WAVE"): "audio/wav" for container in (b"RIFF", b"RIFX", b"RF64")},
    **{(b"FORM", form): "audio/aiff" for form in (b"AIFF", b"AIFC")},
}
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})  #: sizes that the second header of a bitmap has
_MPEG_AUDIO = {
    **dict.fromkeys((0xFA, 0xFB, 0xF2, 0xF3, 0xE2, 0xE3), "audio/mpeg"),
    **dict.fromkeys((0xF0, 0xF1, 0xF8, 0xF9), "audio/aac"),
}
_BRANDS: tuple[tuple[bytes, str], ...] = (
    *((brand, "image/heic") for brand in (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs")),
    *((brand, "image/avif") for brand in (b"avif", b"avis")),
    *((brand, "image/heif") for brand in (b"mif1", b"mif2", b"msf1", b"miaf", b"1pic")),
    *((brand, "audio/mp4") for brand in (b"M4A", b"M4B", b"M4P", b"F4A", b"F4B")),
    *((brand, "video/mp4") for brand in (b"isom", b"iso", b"mp4", b"avc1", b"M4V", b"MSNV", b"mmp4", b"F4V", b"f4v")),
    *((brand, "video/mp4") for brand in (b"dash", b"NDS", b"XAVC", b"hvc1", b"hev1", b"av01")),
    (b"qt  ", "video/quicktime"),
    (b"3g", "video/3gpp"),
)
# Containers say less than the name inside does (a .docx is a zip): what was declared is kept when it can be in one.
_CONTAINERS = frozenset({"application/zip", "application/x-ole-storage"})
#: What a file of that type begins with is in the tables above.
PROVABLE = {content_type for _, _, content_type in (*_SIGNATURES, *_LETTERS)} | {"application/pdf", UNKNOWN}
_TWINS = {
    "video/mp4": {"audio/": "audio/mp4"},
    "video/webm": {"audio/": "audio/webm"},
    "video/3gpp": {"audio/": "audio/3gpp"},
    "audio/ogg": {"video/": "video/ogg"},
    "image/tiff": {"image/x-": ""},  # a camera's raw picture
    "video/x-ms-asf": {"audio/": "audio/x-ms-wma", "video/x-ms-wmv": "video/x-ms-wmv"},
}
# Possessive, so that nothing is tried twice: a stranger's file must not take more than linear time.
_PREFACE = rb"(?:\xef\xbb\xbf)?+\s*+(?:<\?xml[^>]*+>\s*+)?+(?:<!--(?:(?!-->).)*+-->\s*+)*+"
_PAGE = re.compile(
    _PREFACE
    + rb"<(?:!doctype\s++html|html|head|body|script|iframe|frameset|object|embed|applet|img|link|meta|style|base"
    rb"|form|template|video|audio|math|title)[\s/>]",
    re.IGNORECASE | re.DOTALL,
)
_DRAWING = re.compile(
    _PREFACE + rb"(?:<!doctype\s++svg[^>]*+>\s*+)?+(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:\w{1,20}:)?svg[\s/>]",
    re.IGNORECASE | re.DOTALL,
)
_SCRIPT = re.compile(rb"(?:\xef\xbb\xbf)?#![ \t]*/|(?:\xef\xbb\xbf)?\s*+<\?php\b", re.IGNORECASE)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])\s*+(?:\.|$)", re.IGNORECASE)  #: devices of Windows
_ODD = re.compile(r'[\\/:*?"<>|#%&+;{}^`~\[\]$\'=,@!]+')


def sniff(head: bytes, declared: str = "", name: str = "") -> str:
    """The content type of a file that starts with `head`; else what was declared, or its name tells.

    Lower case, without parameters.
    """
    found = recognize(head)
    said = normalize_type(declared)
    if said in {"", UNKNOWN} or (said == found and found in _CONTAINERS):
        said = type_of_name(name) or said
    if not found:
        return said or UNKNOWN
    if found in _CONTAINERS:
        return said if said.startswith("application/") and said not in PROVABLE else found
    for beginning, twin in _TWINS.get(found, {}).items():
        if said.startswith(beginning):
            return twin or said
    return found


def recognize(head: bytes) -> str:
    """The content type that the bytes prove, "" for none."""
    for offset, signature, content_type in _SIGNATURES:
        if head.startswith(signature, offset):
            return content_type
    return _recognize_letters(head) or _recognize_audio(head) or _recognize_markup(head)


def _recognize_markup(head: bytes) -> str:
    if _SCRIPT.match(head):
        return "text/x-shellscript"
    text = _as_utf8(head)
    if _DRAWING.match(text):
        return "image/svg+xml"
    return "text/html" if _PAGE.match(text) else ""


def _recognize_letters(head: bytes) -> str:
    if re.match(rb"(?:\xef\xbb\xbf)?+\s*+%PDF-\d\.\d(?!\w)", head):
        return "application/pdf"
    if not _has_binary(head):
        return ""
    for offset, signature, content_type in _LETTERS:
        if head.startswith(signature, offset):
            return "video/ogg" if signature == b"OggS" and b"\x80theora" in head else content_type
    return _CHUNKS.get((head[:4], head[8:12]), "") or _recognize_header(head)


def _recognize_header(head: bytes) -> str:
    """By more than a signature."""
    if head.startswith(b"BM") and head[6:10] == bytes(4) and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "image/bmp"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video/x-matroska" if b"matroska" in head[:64] else "video/webm"
    return _recognize_brand(head) if head.startswith(b"ftyp", 4) else ""


def _recognize_brand(head: bytes) -> str:
    """ISO's container of pictures, sounds and films: the file's own brand, then those it is compatible with."""
    size = max(16, min(int.from_bytes(head[:4], "big"), len(head)))
    brands = [head[8:12], *(head[start : start + 4] for start in range(16, size, 4))]
    kinds = (kind for brand in brands for beginning, kind in _BRANDS if brand.startswith(beginning))
    return next(kinds, "")


def _recognize_audio(head: bytes) -> str:
    """A frame of MPEG audio: it begins with eleven set bits, and has a bit rate."""
    framed = len(head) > 2 and head[0] == 0xFF and head[2] >> 4 < 15
    return _MPEG_AUDIO.get(head[1], "") if framed else ""


def _has_binary(head: bytes) -> bool:
    return any(byte < 0x20 and byte not in b"\t\n\f\r" for byte in head[:64])


def is_web_page(head: bytes) -> bool:
    return _PAGE.match(_as_utf8(head)) is not None


def _as_utf8(head: bytes) -> bytes:
    return head.decode("utf-16", "ignore").encode() if head.startswith((b"\xff\xfe", b"\xfe\xff")) else head


def clean_name(name: str, content_type: str) -> str:
    """`name` for a path and a disk, which ends as its content does (Viber takes no file without an extension)."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    printable = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in name)
    words = " ".join(_ODD.sub("_", printable).split()).strip(". ")
    stem, dot, extension = words.rpartition(".")
    if not (dot and len(extension) <= 10 and extension.isascii() and extension.isalnum()):
        stem, dot, extension = words, "", ""
    short = _cut(stem, _MOST_NAME - 2 * _ROOM).rstrip(". ") or "file"
    named = end_name(f"{short}{dot}{extension}", content_type)
    return f"_{named}" if _RESERVED.match(named) else named


def _cut(stem: str, most: int) -> str:
    """Disks count the bytes of a name, which may be three for each of its units."""
    short = cut_text(stem, most)
    while len(short.encode("utf-8", "ignore")) > _MOST_BYTES:
        short = cut_text(short, text_length(short) - 1)
    return short
