"""Characters that a queue, a database or a screen refuses, replaced in whatever strangers write. Pure.

A text that is not well-formed costs a sign, never a message. The sign is U+FFFD, as in every browser; line ends of
other systems become line feeds. It is done where text comes in (JSON of webhooks and of services' answers), where an
event goes on the queue, and once more before a message goes out.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass, replace

REPLACEMENT = "\ufffd"

# Control characters but tab and line feed; halves of surrogate pairs; the two that XML 1.0, and so SQS, leaves out.
_ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85]")
_HALF = re.compile("[\ud800-\udfff]")

# What may stand for one of them in JSON. Whole pairs are found as well: to look at once too often does no harm.
_ODD_JSON = re.compile(
    rb"\\[bfr]|\\u00[0189]|\\u007[fF]|\\u[dD][89a-fA-F]|\\u[fF]{3}[eEfF]|\x7f|\xc2[\x80-\x9f]|\xed[\xa0-\xbf]"
    rb"|\xef\xbf[\xbe\xbf]|\xef\xbb\xbf"
)
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")
_MOST_OF_NAME = 40
_MOST_DIGITS = 4000  #: longer numbers are not real ones; Python itself reads no more than 4,300


def clean_text(text: str) -> str:
    """`text` with U+FFFD for what may not travel, and whole pairs of surrogates joined."""
    if not _ODD.search(text):
        return text
    if _HALF.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _ODD.sub(REPLACEMENT, _LINE_END.sub("\n", text))


def quote_name(name: str) -> str:
    """A name from outside, fit for a line of the log."""
    return f"'{_NOT_IN_NAMES.sub('?', name)[:_MOST_OF_NAME]}'"


def clean[V](value: V) -> V:
    """`value` with every text inside it clean: JSON values and dataclasses, at any depth."""
    return _clean(value)  # type: ignore[return-value]  # of the same type, which no checker can see


def has_odd_json(body: bytes) -> bool:
    """Whether `clean` could change anything in this JSON. Sometimes true in vain."""
    return _ODD_JSON.search(body) is not None


def read_json(body: bytes | str) -> object:
    """The JSON value in `body`, with every text in it clean.

    A byte order mark is skipped, bytes that are no text cost themselves only, and a number that is too long is a text.
    Raises ValueError for what is no JSON.
    """
    try:
        text = body if isinstance(body, str) else _decode(body)
        value = json.loads(text.removeprefix("\ufeff"), strict=False, parse_int=_read_digits)
        return _clean(value)
    except RecursionError:
        raise ValueError("JSON that is nested too deeply") from None


def read_whole_number(text: str, most: int = 10**15) -> int | None:
    """The whole number that `text` says in plain digits; None for all else, and for one above `most`."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return None
    number = int(text)
    return number if number <= most else None


def _clean(value: object) -> object:
    """The same object where nothing in it changes, as in nearly all of them."""
    if isinstance(value, str):
        return clean_text(value) if type(value) is str else value  # the words of an enum are our own
    if isinstance(value, list | tuple):
        items = [_clean(item) for item in value]
        return value if _are_same(items, value) else type(value)(items)
    if isinstance(value, Mapping):
        pairs = {_clean(key): _clean(item) for key, item in value.items()}
        return value if _are_same(pairs, value) and _are_same(pairs.values(), value.values()) else pairs
    if is_dataclass(value) and not isinstance(value, type):
        found = {field.name: getattr(value, field.name) for field in fields(value)}
        cleaned = {name: _clean(one) for name, one in found.items()}
        return value if _are_same(cleaned.values(), found.values()) else replace(value, **cleaned)
    return value


def _are_same(ones: Collection[object], others: Collection[object]) -> bool:
    return len(ones) == len(others) and all(map(operator.is_, ones, others))


def _decode(body: bytes) -> str:
    encoding = json.detect_encoding(body)
    try:
        return body.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        return body.decode(encoding, "replace")


def _read_digits(digits: str) -> int | str:
    """A number that is too long stays the text that it is: it must not be taken for a smaller one, nor for none."""
    return int(digits) if len(digits) <= _MOST_DIGITS else digits
