"""Phone numbers as people and services write them. Pure.

`phonenumbers` knows the numbers of every country. It takes some time to load, so it is asked only where one is read.
"""

from __future__ import annotations

import re

_LONGEST = 60  #: characters; more is no number
_UNSEEN = re.compile("[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_BEGINS_ABROAD = re.compile(r"^([\s(]{0,9})\+?00")
_DIALLED = re.compile(r"\+?[0-9*#]+")
_NOT_DIALLED = re.compile(r"[^0-9+*#]")
_NO_DIGIT = re.compile(r"\D+")


def read_number(text: str) -> str:
    """The number as "+4915123456789"; "" where none with a country code is written.

    The "(0)" that many put behind the country code is left out where the country has no such digit.
    """
    number = _tidy(text)
    if not number or len(number) > _LONGEST or any(map(str.isalpha, number)):
        return ""
    abroad = _BEGINS_ABROAD.sub(r"\1+", number)
    return _parse(abroad) or _parse(abroad.replace("(0)", ""))


def dial_number(text: str) -> str:
    """What a phone dials: the number with its country code, else the digits as they stand, "*" and "#" among them."""
    number = _tidy(text)
    return number if _DIALLED.fullmatch(number) else read_number(number) or _NOT_DIALLED.sub("", number)


def is_same_number(one: str, other: str) -> bool:
    """Whether both are one number, however each is written; without a country code by its digits only."""
    first, second = (_NO_DIGIT.sub("", text) for text in (one, other))
    if first and first == second:
        return True
    first, second = (_NO_DIGIT.sub("", read_number(text) or text) for text in (one, other))
    return bool(first) and first == second


def _tidy(text: str) -> str:
    """Without the marks of direction that are copied along with a number."""
    line = " ".join(_UNSEEN.sub("", text).split())
    return line[4:].strip() if line[:4].lower() == "tel:" else line


def _parse(text: str) -> str:
    import phonenumbers
    from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

    try:
        number = phonenumbers.parse(text)
    except NumberParseException:
        return ""
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return ""
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
