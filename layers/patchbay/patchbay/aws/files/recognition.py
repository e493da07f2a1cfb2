"""What came in, whatever it was said to be: the type of a file and its name, or that it is no file at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from typing import IO
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from patchbay.aws.files.examination import Examined, examine, has_mark
from patchbay.aws.files.filenames import judge_name
from patchbay.aws.files.filetypes import PAGES, UNKNOWN, normalize_type, type_of_name
from patchbay.aws.files.mime import SNIFF_BYTES, is_web_page, recognize
from patchbay.domain.errors import MediaRefused, MediaUnsafe
from patchbay.domain.model import Attachment, AttachmentKind

_LONGEST_HEADER = 2000  #: characters of Content-Disposition that are looked at
_ENCODED = re.compile(r"filename\*\s*=\s*\"?([\w-]{1,40})'[\w-]*'([^;\s\"]++)", re.IGNORECASE)
_QUOTED = re.compile(r'filename\s*=\s*"((?:[^"\\]|\\.)*+)"', re.IGNORECASE)
_BARE = re.compile(r'filename\s*=\s*([^;"\s][^;"]*+)', re.IGNORECASE)
_APOLOGIES = PAGES | {"application/json", "application/problem+json"}  #: what servers explain themselves in
_BEGINNING = rb"(?:\xef\xbb\xbf)?+\s*+"
_OBJECT = re.compile(_BEGINNING + rb"\{\s*+[\"}]")  #: of JSON
# What stores of files and APIs explain themselves with: XML of S3, Azure and Google, or JSON.
_ERROR = re.compile(
    _BEGINNING
    + rb"(?:\{\s*+\"(?:errors?|message|code|detail|fault)\"|(?:<\?xml[^>]*+>\s*+)?+<(?:errors?|fault|exception)[\s/>])",
    re.IGNORECASE,
)
_PROMISES_NOTHING = frozenset({"", UNKNOWN})
_RECORDINGS = frozenset({"audio", "video"})
_FAMILIES = _RECORDINGS | {"image"}


def describe_file(
    attachment: Attachment,
    urls: Sequence[str],
    content: IO[bytes],
    *,
    served_type: str = "",
    disposition: str = "",
) -> Examined:
    """The name and the type of what came from the first of `urls`, which led to the others.

    `served_type` and `disposition` are the headers Content-Type and Content-Disposition. Raises MediaRefused for a page
    that came instead of the file, and MediaUnsafe for a kind of file that is not passed on.
    """
    name = attachment.name or read_disposition(disposition) or _name_of_addresses(urls)
    content.seek(0)
    _refuse_page(attachment, content.read(SNIFF_BYTES), served_type)
    declared = attachment.content_type
    if normalize_type(declared) in _PROMISES_NOTHING:
        declared = served_type
    found = examine(content, declared, name)
    if found.hazard:
        raise MediaUnsafe(found.hazard)
    return found


def fit_kind(kind: AttachmentKind, content_type: str) -> AttachmentKind:
    """As what a file is shown: as what it is, whatever its service called it. Many services call all of them files.

    Recordings and videos share their containers, so there the service is believed.
    """
    family = content_type.partition("/")[0]
    if family in _RECORDINGS and kind.value in _RECORDINGS:
        return kind
    return AttachmentKind(family) if family in _FAMILIES else AttachmentKind.FILE


def read_disposition(header: str) -> str:
    """The file's name in a Content-Disposition header, "" for none."""
    header = header[:_LONGEST_HEADER]
    if encoded := _ENCODED.search(header):
        with suppress(LookupError):
            return unquote_to_bytes(encoded[2]).decode(encoded[1], "replace")
    plain = _QUOTED.search(header) or _BARE.search(header)
    if plain is None:
        return ""
    words = re.sub(r"\\(.)", r"\1", plain[1]).encode("latin-1", "replace")
    try:
        text = words.decode()  # what headers may not hold and servers write nevertheless
    except UnicodeDecodeError:
        text = words.decode("latin-1")
    return unquote(_decode_words(text) if "=?" in text else text)  # as browsers do


def _decode_words(text: str) -> str:
    """`=?UTF-8?B?...?=`, as servers write names that learned it from mail. What is no such word stays as it is."""
    try:
        return str(make_header(decode_header(text)))
    except (HeaderParseError, LookupError, ValueError):
        return text


def _name_of_addresses(urls: Sequence[str]) -> str:
    """The first that says what is there, as `/download` does not; else that of the address that was given."""
    names = [_name_of_address(url) for url in urls]
    return next((name for name in names if type_of_name(name)), next(filter(None, names), ""))


def _name_of_address(url: str) -> str:
    """Without an extension that is only that of what serves the file (`/download.php?id=7`)."""
    name = unquote(_last_step(url))
    return name.partition(".")[0] if judge_name(name) else name


def _last_step(url: str) -> str:
    try:
        return urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""


def _refuse_page(attachment: Attachment, head: bytes, served_type: str) -> None:
    """Expired links often answer 200 with a page that says so, or asks to log in."""
    served = normalize_type(served_type)
    page = is_web_page(head) or (served in _APOLOGIES and not recognize(head))
    if page and _is_no_page(attachment):
        raise MediaRefused("the URL returned a web page instead of the attachment")
    if (_OBJECT.match(head) or _ERROR.match(head)) and _promises_mark(attachment):
        raise MediaRefused("the URL returned an error message instead of the attachment")
    if _ERROR.match(head) and _read_promise(attachment) in _PROMISES_NOTHING:
        raise MediaRefused("the URL returned an error message instead of the attachment")


def _promises_mark(attachment: Attachment) -> bool:
    """Whether the file was said to be of a format that begins otherwise than any text."""
    return attachment.kind is not AttachmentKind.FILE or has_mark(_read_promise(attachment))


def _is_no_page(attachment: Attachment) -> bool:
    """Whether the file was said to be something else. Files may be pages, and their texts may be about pages."""
    if attachment.kind is not AttachmentKind.FILE or attachment.maybe_page:
        return True
    promised = _read_promise(attachment)
    return promised not in _PROMISES_NOTHING | _APOLOGIES and not promised.startswith("text/")


def _read_promise(attachment: Attachment) -> str:
    promised = normalize_type(attachment.content_type)
    return type_of_name(attachment.name) if promised in _PROMISES_NOTHING else promised
