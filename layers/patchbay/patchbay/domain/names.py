"""Names of people and businesses: one visible line, or none. Pure.

A chosen name may consist of blanks that look like letters, of lines, or of marks that turn the words behind it
around. All nouns with a name read it here, so it is the same for every service, on its way in and out.
"""

from __future__ import annotations

import re
import unicodedata

from patchbay.domain.text import shorten

MOST_NAME = 256  #: UTF-16 units; services cut further

_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
#: Marks of direction, joints without width, marks of notes: nobody sees them, and a name needs none of them.
_HIDDEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
#: Line ends, blanks of all widths, and letters that are drawn as nothing.
_BLANK = re.compile("[\\s\x00-\x1f\x7f-\x9f\u2800\u3164\uffa0]+")
#: What stands for something that is not there, and letters that only fill a place.
_EMPTY = frozenset("\u115f\u1160\ufffc\ufffd\U0001d159")
_UNSEEN = frozenset(("Cc", "Cf", "Co", "Cs", "Mc", "Me", "Mn", "Zl", "Zp", "Zs"))
_TAGS = range(0xE0000, 0xE1000)


def read_name(text: str | None) -> str | None:
    """The name in `text`; None where there is nothing to see."""
    if not text:
        return None
    if len(text) <= MOST_NAME and _PLAIN.fullmatch(text):
        return text
    name = shorten(_BLANK.sub(" ", _HIDDEN.sub("", text)).strip(), MOST_NAME)
    return name if any(map(_is_seen, name)) else None


def _is_seen(character: str) -> bool:
    return unicodedata.category(character) not in _UNSEEN and character not in _EMPTY and ord(character) not in _TAGS


class Named:
    """A noun whose `name` is a visible line, or None."""

    __slots__ = ()

    def __post_init__(self) -> None:
        name: str | None = getattr(self, "name", None)
        object.__setattr__(self, "name", read_name(name))
