"""Links: which a messenger's button can open, and how they read in a text, with their labels. Pure.

Agents and bot builders paste what they have: addresses without a scheme or with blanks, links of apps, telephone
numbers, scripts. A button is for what the messenger opens; all else is said in words.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, unquote, urlsplit

from patchbay.domain.model import Location
from patchbay.domain.text import shorten
from patchbay.kit.phones import dial_number

WEB = frozenset({"https", "http"})
CODE = frozenset({"javascript", "data", "vbscript"})  #: what a link of such a scheme holds is no place, and may be long
_MOST_CODE = 100  #: characters of it, in words

_UNSEEN = " \t\r\n\u00a0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"
_AROUND = re.compile(rf"\A[{_UNSEEN}]+|[{_UNSEEN}]+\Z")
_INSIDE = re.compile("[\t\r\n\u200b\u202a-\u202e\u2060-\u2069\ufeff]")  #: browsers drop them as well
_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]{0,40}):")
# A name with a dot in it, as a domain has, which an address may begin with; an end in letters tells it from a number.
_BARE = re.compile(r"(?://)?((?:[^\W_][\w-]{0,62}\.)+([^\W\d_]{2,63}|xn--[a-z0-9-]{1,59}))(?::[0-9]{1,5})?(?=[/?#]|\Z)")
_FILES = frozenset({"csv", "doc", "docx", "gif", "htm", "html", "jpeg", "jpg", "mp3", "mp4", "pdf", "png", "txt"})
_NUMBER = re.compile(r"tel:[+*#0-9]{1,40}")
_IMPOSSIBLE = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}]")
_RESERVED = "%/:=&?~#+!$,;'@()*[]"  #: by RFC 3986, and what is encoded already


def read_link(text: str, schemes: frozenset[str]) -> str | None:
    """The address for a button of a messenger that opens these schemes; None when it has to be said in words."""
    address = tidy_link(text)
    scheme = read_scheme(address)
    if scheme not in schemes:
        return None
    if scheme == "tel":
        return address if _NUMBER.fullmatch(address) else None
    if scheme in WEB:
        return _encode(address)
    return address if address.isascii() and not _IMPOSSIBLE.search(address) else None


def tidy_link(text: str) -> str:
    """The address as it was meant: https before a bare domain, no blanks around it, a number that can be called."""
    address = _INSIDE.sub("", _AROUND.sub("", text))
    bare = _BARE.match(address)
    if bare and (bare[2].lower() not in _FILES or bare.end() < len(address) or address.startswith("//")):
        return f"https://{address.removeprefix('//')}".replace(" ", "%20")
    scheme = read_scheme(address)
    rest = address[len(scheme) + 1 :]
    if scheme == "tel":
        written = unquote(rest)
        number = f"tel:{dial_number(written)}"
        return number if _NUMBER.fullmatch(number) and not any(map(str.isalpha, written)) else address
    if scheme in WEB:
        parts = _split(address)
        return f"{scheme}:{rest.replace(' ', '%20')}" if parts and " " not in parts.netloc else address
    return address


def read_scheme(address: str) -> str:
    """In lower case; "" without one."""
    found = _SCHEME.match(address)
    return found[1].lower() if found else ""


def describe_link(label: str, url: str) -> str:
    """A link as plain text: the number or address of one that calls or writes, the beginning of a script."""
    address = tidy_link(url)
    scheme = read_scheme(address)
    if scheme == "tel":
        address = address.removeprefix("tel:")
    elif scheme == "mailto":
        address = unquote(address[len("mailto:") :].partition("?")[0]) or address
    elif scheme in CODE:
        address = shorten(address, _MOST_CODE)
    if not (address and label):
        return address or label
    names = {label, tidy_link(label), tidy_link(f"tel:{label}")}
    return address if names & {address, tidy_link(url)} else f"{label}: {address}"


def map_link(location: Location) -> str:
    """A location as a link that every phone opens in its map."""
    return f"https://maps.google.com/?q={_write_degrees(location.latitude)},{_write_degrees(location.longitude)}"


def _write_degrees(value: float) -> str:
    """Plain decimals, to the centimetre: maps read no exponents."""
    written = f"{value:.7f}".rstrip("0").rstrip(".")
    return "0" if written == "-0" else written


def _encode(address: str) -> str | None:
    """A web address in ASCII, which every phone opens; None if it is not one."""
    parts = _split(address)
    if parts is None or not parts.hostname or _IMPOSSIBLE.search(parts.netloc):
        return None
    netloc = _encode_host(parts)
    if netloc is None:
        return None
    _, _, rest = address.partition("//")
    return f"{read_scheme(address)}://{netloc}{quote(rest[len(parts.netloc) :], safe=_RESERVED)}"


def _encode_host(parts: SplitResult) -> str | None:
    """The name as the domain name system has it (`xn--…`)."""
    if parts.netloc.isascii():
        return parts.netloc
    import idna  # only a name in letters of another script needs its tables

    try:
        host = idna.encode(parts.hostname or "", uts46=True).decode()
    except idna.IDNAError:
        return None
    user, at, _ = parts.netloc.rpartition("@")
    port = f":{parts.port}" if parts.port else ""
    return f"{quote(user, safe=':%')}{at}{host}{port}"


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.netloc else None


# --- links in markup: what stands behind a label ---------------------------------------------------------------------

_HOST = re.compile(r"(?:[^\s/@:?#]{1,200}@)?(?:[\w-]{1,63}\.){1,10}[^\W\d_]{2,24}(?::\d{1,5})?(?:[/?#]|$)")
_PHONE = re.compile(r"\+?+[\d()./-]{5,40}")
_NUMBERS = frozenset(("callto", "fax", "sms", "tel"))
#: What is of no use outside of its page or its mail.
_USELESS = frozenset(
    ("about", "blob", "cid", "data", "file", "javascript", "mid", "vbscript", "x-apple-data-detectors")
)
_PUNCTUATION = ".,;:!?()<>\"'"
_NO_DIGIT = re.compile(r"\D+")


def read_address(address: str) -> str:
    """The address as a person can use it: that of a mail, a number to call, a link; "" if it cannot be used."""
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
        return f"[{label.strip() or 'image'}: could not be downloaded]"
    return label_link(label, address)


def _says(words: str, shown: str) -> bool:
    """Numbers are written in many ways: all digits in their order are the number."""
    if _PHONE.fullmatch(shown):
        return _NO_DIGIT.sub("", shown) in _NO_DIGIT.sub("", words)
    return shown.casefold() in (word.strip(_PUNCTUATION) for word in words.casefold().split())
