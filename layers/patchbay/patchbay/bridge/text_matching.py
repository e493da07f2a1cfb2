"""What people take for the same words, however their keyboard writes them. Pure.

Phones put curly apostrophes, full stops, capitals, blanks that nobody sees and emoji in place of what was meant.
"""

from __future__ import annotations

import re
import unicodedata

#: Typographic signs by the plain ones. They are replaced before NFKC, which makes a blank and an accent of some.
_SIGNS = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u02b9\u2032\u00b4`\uff07", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033\uff02", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | {"\u2116": "#", "\U0001f51f": "10", "\u0130": "i", "\u0131": "i"}  # a dotted I and a dotless i of Turkish
)
# Soft hyphens, zero width, marks of direction, variation selectors, the frame of a keycap: nobody sees them.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\ufe00-\ufe0f\ufeff"
    "\U000e0100-\U000e01ef]"
)
_ENDS = (
    " .!,;:\u2026\u3002\u3001\u060c\u061b\u06d4\u0964\u0965\u0589\u1362\u055d\"'"  #: of a sentence; no question marks
)
_QUESTIONS = "?\u037e\u061f\u055e\u1367"
_NUMBER = re.compile(r"[#(\[]? ?([1-9][0-9]{0,3}) ?[.)\]:!,;]{0,3}")


def normalize_words(text: str) -> str:
    """The same for all texts that look the same to people: case, blanks, digits, quotes and the sentence's end."""
    seen = _see(text)
    return seen.strip(_ENDS) or seen


def label_forms(label: str) -> frozenset[str]:
    """What normalized words may be, of somebody who means the label. Who adds a question mark asks."""
    meant = normalize_words(label)
    return frozenset({meant, meant.rstrip(_ENDS + _QUESTIONS) or meant} - {""})


def read_number(text: str) -> int | None:
    """The number that is all of the text, as people choose from a list: `2`, `2.`, `(2)`, `#2`, a keycap, `٢`."""
    found = _NUMBER.fullmatch(_see(text).strip("\"' "))
    return int(found[1]) if found else None


def _see(text: str) -> str:
    plain = unicodedata.normalize("NFKC", _UNSEEN.sub("", text.translate(_SIGNS)))
    folded = unicodedata.normalize("NFKC", plain.casefold())
    return " ".join("".join(map(_read_digit, folded)).split())


def _read_digit(character: str) -> str:
    """A digit of any script as the one that all know."""
    value = unicodedata.decimal(character, None)
    return character if value is None else str(value)
