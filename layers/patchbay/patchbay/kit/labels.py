"""What stands behind a label: an address that the label does not say is never dropped. Pure."""

from __future__ import annotations

import re
from urllib.parse import unquote

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{0,40}):", re.IGNORECASE | re.ASCII)
_HOST = re.compile(r"(?:[^\s/@:?#]{1,200}@)?(?:[\w-]{1,63}\.){1,10}[^\W\d_]{2,24}(?::\d{1,5})?(?:[/?#]|$)")
_PHONE = re.compile(r"\+?+[\d()./-]{5,40}")
_NUMBERS = frozenset(("callto", "fax", "sms", "tel"))
#: What is of no use outside of its page or its mail.
_USELESS = frozenset(
    ("about", "blob", "cid", "data", "file", "javascript", "mid", "vbscript", "x-apple-data-detectors")
)
_AROUND = ".,;:!?()<>\"'"
_NO_DIGIT = re.compile(r"\D+")


def read_address(address: str) -> str:
    """The address as a person can use it: that of a mail, a number to call, a link; "" for what nobody could use."""
    text = "".join(address.split("\n")).strip()
    scheme = _SCHEME.match(text)
    if not scheme:
        return _complete(text)
    name, rest = scheme[1].lower(), text[scheme.end() :]
    if name in _USELESS:
        return ""
    if name == "mailto":
        return unquote(rest.partition("?")[0]).strip()
    if name in _NUMBERS:
        return unquote(rest.partition("?")[0].partition(";")[0]).strip(" /")
    return text.replace(" ", "%20")


def _complete(text: str) -> str:
    """An address without a scheme; a place within a page that we do not know is none."""
    if text.startswith("//") and _HOST.match(text, 2):
        return f"https:{text}"
    return text if _HOST.match(text) or _PHONE.fullmatch(text) else ""


def label_link(label: str, address: str) -> str:
    """Both, unless the label says it all."""
    shown = read_address(address)
    words = label.strip()
    if not shown:
        return label
    if not words or words.rstrip("/") in {shown.rstrip("/"), shown.partition("://")[2].rstrip("/")}:
        return shown
    return label if _says(words, shown) else f"{words} ({shown})"


def label_image(label: str, address: str) -> str:
    """An image as its address; as a line that it is missing where it cannot be fetched from anywhere."""
    if address and not read_address(address):
        return f"[{label.strip() or 'image'}: could not be fetched]"
    return label_link(label, address)


def _says(words: str, shown: str) -> bool:
    """Numbers are written in many ways: all digits in their order are the number."""
    if _PHONE.fullmatch(shown):
        return _NO_DIGIT.sub("", shown) in _NO_DIGIT.sub("", words)
    return shown.casefold() in (word.strip(_AROUND) for word in words.casefold().split())
