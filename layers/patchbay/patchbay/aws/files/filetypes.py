"""Content types and the extensions that go with them.

A table of our own: Python's differs with what is installed on a machine (a .docx is a document here and nothing on
Lambda), and says which extensions a type may have, not which one people and services expect.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence

UNKNOWN = "application/octet-stream"
PAGES = frozenset({"text/html", "application/xhtml+xml"})

#: What browsers may show in a tab of their own. Everything else is saved: it may be something that runs there.
_SHOWN = frozenset(
    {
        *("image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf"),
        *("video/mp4", "video/webm", "audio/webm", "audio/mpeg", "audio/ogg", "audio/mp4"),
    }
)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."

#: Extensions by content type, the usual one first.
_EXTENSIONS: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/bmp": ("bmp",),
    "image/tiff": ("tiff", "tif"),
    "image/heic": ("heic",),
    "image/heif": ("heif",),
    "image/avif": ("avif",),
    "image/jxl": ("jxl",),
    "image/svg+xml": ("svg",),
    "image/jp2": ("jp2",),
    "image/vnd.adobe.photoshop": ("psd",),
    "audio/aac": ("aac",),
    "audio/aiff": ("aiff", "aif", "aifc"),
    "audio/amr": ("amr",),
    "audio/flac": ("flac",),
    "audio/mp4": ("m4a", "m4b"),
    "audio/midi": ("mid", "midi"),
    "audio/mpeg": ("mp3", "mp2", "mpga"),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/wav": ("wav",),
    "audio/webm": ("weba",),
    "audio/x-caf": ("caf",),
    "audio/x-ms-wma": ("wma",),
    "audio/3gpp": ("3ga",),
    "video/3gpp": ("3gp", "3gpp", "3g2"),
    "video/mp4": ("mp4",),
    "video/mpeg": ("mpg", "mpeg"),
    "video/ogg": ("ogv",),
    "video/quicktime": ("mov", "qt"),
    "video/webm": ("webm",),
    "video/x-flv": ("flv",),
    "video/x-matroska": ("mkv",),
    "video/x-ms-asf": ("asf",),
    "video/x-ms-wmv": ("wmv",),
    "video/x-msvideo": ("avi",),
    "application/pdf": ("pdf",),
    "application/zip": ("zip",),
    "application/gzip": ("gz", "tgz"),
    "application/vnd.rar": ("rar",),
    "application/x-7z-compressed": ("7z",),
    "application/x-tar": ("tar",),
    "application/x-bzip2": ("bz2",),
    "application/x-xz": ("xz",),
    "application/json": ("json",),
    "application/xml": ("xml",),
    "application/rtf": ("rtf",),
    "application/msword": ("doc",),
    "application/vnd.ms-excel": ("xls",),
    "application/vnd.ms-powerpoint": ("ppt",),
    "application/vnd.ms-outlook": ("msg",),
    f"{_OFFICE}wordprocessingml.document": ("docx",),
    f"{_OFFICE}spreadsheetml.sheet": ("xlsx",),
    f"{_OFFICE}presentationml.presentation": ("pptx",),
    f"{_OFFICE}wordprocessingml.template": ("dotx",),
    f"{_OFFICE}spreadsheetml.template": ("xltx",),
    f"{_OFFICE}presentationml.slideshow": ("ppsx",),
    f"{_OFFICE}presentationml.template": ("potx",),
    f"{_OPEN}text": ("odt",),
    f"{_OPEN}spreadsheet": ("ods",),
    f"{_OPEN}presentation": ("odp",),
    "application/epub+zip": ("epub",),
    "application/x-ole-storage": ("ole",),
    "application/x-msdownload": ("exe", "dll", "scr", "com"),
    "application/x-executable": ("elf",),
    "application/x-mach-binary": ("macho",),
    "application/java-vm": ("class",),
    "application/x-ms-shortcut": ("lnk",),
    "application/onenote": ("one",),
    "application/wasm": ("wasm",),
    "application/x-rpm": ("rpm",),
    "application/x-dex": ("dex",),
    "application/vnd.ms-htmlhelp": ("chm",),
    "application/x-shockwave-flash": ("swf",),
    "application/vnd.ms-cab-compressed": ("cab",),
    "text/x-shellscript": ("sh",),
    "application/javascript": ("js", "mjs"),
    "text/plain": ("txt",),
    "text/csv": ("csv",),
    "text/calendar": ("ics",),
    "text/html": ("html", "htm"),
    "text/markdown": ("md",),
    "text/vcard": ("vcf",),
    "application/xhtml+xml": ("xhtml",),
}
_TYPES = {extension: content_type for content_type, known in _EXTENSIONS.items() for extension in known}
# Extensions that services do not know which go by them: a file that comes with one gets the usual one.
_TYPES |= {"jfif": "image/jpeg", "jpe": "image/jpeg", "pjpeg": "image/jpeg", "m4v": "video/mp4", "dib": "image/bmp"}
_TYPES |= {"heics": "image/heic", "hif": "image/heif", "heifs": "image/heif", "avifs": "image/avif"}
#: The other names of a type, by the one that we use: those of other systems, of other times, and common mistakes.
_OTHER_NAMES: dict[str, str] = {
    "image/jpeg": "image/jpg image/pjpeg image/jfif image/jpe image/x-jpg image/x-jpeg image/x-citrix-jpeg",
    "image/png": "image/x-png image/x-citrix-png image/apng",
    "image/gif": "image/x-gif",
    "image/webp": "image/x-webp",
    "image/bmp": "image/x-ms-bmp image/x-bmp image/x-bitmap image/x-windows-bmp image/ms-bmp application/bmp",
    "image/tiff": "image/tif image/x-tiff image/x-tif",
    "image/heic": "image/x-heic image/heic-sequence",
    "image/heif": "image/x-heif image/heif-sequence",
    "image/avif": "image/x-avif image/avif-sequence",
    "image/jp2": "image/jpeg2000 image/x-jp2",
    "image/vnd.adobe.photoshop": "image/psd image/x-psd image/photoshop application/photoshop application/x-photoshop",
    "audio/mpeg": "audio/mp3 audio/x-mp3 audio/mpeg3 audio/x-mpeg audio/x-mpeg-3 audio/mpg audio/x-mpg audio/x-mp2",
    "audio/mp4": "audio/x-m4a audio/m4a audio/x-mp4 audio/x-m4b audio/mp4a-latm audio/m4b",
    "audio/ogg": "audio/opus audio/x-opus audio/x-opus+ogg audio/x-ogg audio/vorbis application/ogg application/x-ogg",
    "audio/wav": "audio/wave audio/x-wav audio/vnd.wave audio/x-pn-wav audio/x-wave",
    "audio/aac": "audio/x-aac audio/aacp audio/x-hx-aac-adts",
    "audio/aiff": "audio/x-aiff",
    "audio/amr": "audio/amr-wb audio/x-amr audio/amr-nb",
    "audio/flac": "audio/x-flac",
    "audio/midi": "audio/mid audio/x-midi audio/x-mid",
    "audio/3gpp": "audio/3gpp2 audio/3gp",
    "video/mp4": "video/x-m4v video/x-mp4 video/m4v video/mpeg4 video/mp4v-es application/mp4",
    "video/quicktime": "video/x-quicktime video/mov video/x-mov",
    "video/3gpp": "video/3gp video/3gpp2 video/x-3gpp",
    "video/mpeg": "video/mpg video/x-mpeg video/x-mpg",
    "video/x-msvideo": "video/avi video/msvideo video/vnd.avi application/x-troff-msvideo",
    "video/x-matroska": "video/matroska video/x-mkv video/mkv",
    "application/pdf": "application/x-pdf application/acrobat application/vnd.pdf text/pdf text/x-pdf",
    "application/zip": "application/x-zip application/x-zip-compressed application/zip-compressed multipart/x-zip",
    "application/gzip": "application/x-gzip application/gzip-compressed application/x-tgz application/tgz",
    "application/vnd.rar": "application/x-rar-compressed application/x-rar application/rar",
    "application/x-7z-compressed": "application/x-7z application/7z",
    "application/x-bzip2": "application/x-bzip application/bzip2",
    "application/rtf": "text/rtf application/x-rtf text/richtext application/richtext text/x-rtf",
    "application/msword": "application/vnd.ms-word application/x-msword application/doc application/x-doc",
    "application/vnd.ms-excel": "application/excel application/x-excel application/msexcel application/x-msexcel",
    "application/vnd.ms-powerpoint": "application/powerpoint application/mspowerpoint application/x-mspowerpoint",
    "application/json": "text/json text/x-json application/x-json",
    "application/xml": "text/xml application/x-xml",
    "application/javascript": "text/javascript application/x-javascript application/ecmascript text/ecmascript",
    "text/csv": "application/csv text/x-csv application/x-csv text/comma-separated-values",
    "text/markdown": "text/x-markdown",
    "text/vcard": "text/x-vcard text/directory application/vcard",
    UNKNOWN: "binary/octet-stream application/force-download application/x-download application/unknown"
    " application/download application/octetstream application/x-octet-stream application/binary application/x-binary"
    " application/file application/save multipart/form-data",
}
_ALIASES = {other: usual for usual, others in _OTHER_NAMES.items() for other in others.split()}
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$&^_.+-")
_BUILT_IN = mimetypes.MimeTypes()


def normalize_type(declared: str) -> str:
    """A content type as we compare it: lower case, no parameters, one name for each. "" if it is not a content type."""
    bare = declared.partition(";")[0].strip().lower()
    kind, slash, rest = bare.partition("/")
    if not (kind and slash and rest and len(bare) < 128) or not _SIGNS.issuperset(kind + rest):
        return ""
    return _ALIASES.get(bare, bare)


def is_shown(content_type: str) -> bool:
    return normalize_type(content_type) in _SHOWN


def type_of_name(name: str) -> str:
    """What a name's extension stands for, "" when it says nothing."""
    name = name.rstrip(". ")
    extension = name.rpartition(".")[2].strip().lower() if "." in name else ""
    return _TYPES.get(extension, "") or normalize_type(_BUILT_IN.types_map[True].get(f".{extension}", ""))


def extension_of(content_type: str) -> str:
    """With its dot; `.bin` for unknown types."""
    known = _EXTENSIONS.get(content_type)
    return f".{known[0]}" if known else (_BUILT_IN.guess_extension(content_type) or ".bin")


def list_extensions(types: Sequence[str]) -> list[str]:
    """Those that files of these types have, without dots. `image/*` means every image."""
    families = {one.partition("/")[0] for one in types if one.endswith("/*")}
    return sorted(
        extension for extension, found in _TYPES.items() if found in types or found.partition("/")[0] in families
    )


def end_name(name: str, content_type: str) -> str:
    """`name` with an extension that its content may have: services and phones go by it.

    Pictures, recordings and PDF end as the table says. Everything else may be called as it likes (a .docx is a zip, a
    .log is a text), but not like one of those. A number (`report 12.05.2024`) is no extension of a known type.
    """
    stem, extension = _split(name)
    while extension:
        other = type_of_name(extension)
        if extension[1:].lower() in _EXTENSIONS.get(content_type, ()):
            return stem + extension
        if is_exclusive(content_type):
            wrong = bool(other)
        else:
            wrong = is_exclusive(other)
            if not wrong and (content_type in {"", UNKNOWN} or not extension[1:].isdigit()):
                return stem + extension
        if not wrong:
            return stem + extension + extension_of(content_type)
        stem, extension = _split(stem)
    return stem + extension_of(content_type)


def is_exclusive(content_type: str) -> bool:
    """Whether files of this type have extensions of their own, which no other file may have."""
    shown = content_type.startswith(("image/", "audio/", "video/")) or content_type == "application/pdf"
    return shown and content_type in _EXTENSIONS


def _split(name: str) -> tuple[str, str]:
    """The stem, and the extension with its dot or ""."""
    stem, dot, extension = name.rpartition(".")
    if not (stem.strip(". ") and extension.isascii() and extension.isalnum() and len(extension) <= 10):
        return name, ""
    return stem, dot + extension
