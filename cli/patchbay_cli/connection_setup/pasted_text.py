"""Pasted and saved text, without the invisible characters that editors and shells add around it."""

from __future__ import annotations

import codecs
import unicodedata
from pathlib import Path
from typing import BinaryIO

from patchbay.domain.errors import Misconfigured

MOST_BYTES = 64 * 1024  #: of a secret: AWS Secrets Manager keeps no more
HIDDEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})  #: categories of invisible characters

#: What closes each opening quote, in the languages that use it.
_QUOTES = {
    '"': '"',
    "'": "'",
    "`": "`",
    "\u201c": "\u201d",
    "\u201d": "\u201d",
    "\u201e": "\u201c\u201d",
    "\u2018": "\u2019",
    "\u2019": "\u2019",
    "\u201a": "\u2018",
    "\u00ab": "\u00bb",
    "\u00bb": "\u00ab",
}
_PEM = "-----BEGIN "


def tidy(text: str, *, quoted: bool = True) -> str:
    """`text` without spaces, line ends, invisible characters and (if `quoted`) quotes around it.

    In PEM keys, line ends become the same, and empty lines go.
    """
    text = _strip(text)
    if quoted and len(text) > 1 and text[-1] in _QUOTES.get(text[0], ""):
        text = _strip(text[1:-1])
    if not text.startswith(_PEM):
        return text
    return "\n".join(line for line in map(_strip, text.splitlines()) if line)


def _strip(text: str) -> str:
    begin, end = 0, len(text)
    while begin < end and _is_invisible(text[begin]):
        begin += 1
    while begin < end and _is_invisible(text[end - 1]):
        end -= 1
    return text[begin:end]


def _is_invisible(character: str) -> bool:
    """Spaces of every kind, line ends, byte order marks, joiners. Not halves of characters, which show."""
    return character.isspace() or unicodedata.category(character) in {"Cc", "Cf", "Zs", "Zl", "Zp"}


def read_file(name: str, given: str) -> str:
    """The text of the file `given` for the secret `name`. Raises Misconfigured when it cannot be read."""
    try:
        path = Path(given).expanduser()
        with path.open("rb") as file:
            text = read_text(file)
    except (OSError, ValueError, RuntimeError) as error:
        raise Misconfigured(f"the file {given} for {name} cannot be read: {explain_unreadable(error)}") from None
    if not text.strip():
        raise Misconfigured(f"the file {given} for {name} is empty")
    return text


def read_text(stream: BinaryIO) -> str:
    """Raises ValueError for what is not text, or is too long for a secret."""
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _TooLong
    return _decode(data)


class _TooLong(ValueError):
    """More than a secret can hold. Without a traceback of its own, so it is raised as it is."""


def _decode(data: bytes) -> str:
    """UTF-8, with or without a mark at its beginning, or UTF-16: Windows' editors and shells write these."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16")
    if data[1:2] == b"\x00" or data[:1] == b"\x00":  # without its mark: every other byte of plain letters is zero
        return data.decode("utf-16-le" if data[1:2] == b"\x00" else "utf-16-be")
    return data.decode("utf-8-sig")


def explain_unreadable(error: OSError | ValueError | RuntimeError) -> str:
    if isinstance(error, OSError):
        return error.strerror or "it is closed"
    if isinstance(error, RuntimeError):
        return "there is no user with that home folder"
    if isinstance(error, _TooLong):
        return f"it is larger than {MOST_BYTES // 1024} KB, the maximum for a secret"
    return "it is not UTF-8 or UTF-16 text" if isinstance(error, UnicodeDecodeError) else "it is not a valid file name"
