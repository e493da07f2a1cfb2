"""Where one visible character ends and the next begins: Unicode's grapheme clusters, in every script. Pure.

A flag, a family, a keycap, a letter with its accents and an Indian syllable are each several code points. `regex` knows
them all. It takes some time to load, so it is asked only where the text is more than plain letters.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regex import Pattern

_CHUNK = 512  #: code points that are read at once: `regex` takes long for thousands of flags in one piece
_PLAIN = re.compile(r"[\n\x20-\x7e]{2}")


def is_border(text: str, at: int) -> bool:
    """Whether a visible character ends at `at`, whatever it is."""
    return at in {0, len(text)} or find_border(text, at) == at


def find_border(text: str, most: int) -> int:
    """The last place at or before `most` that takes no visible character apart; 0 where the first goes on beyond it."""
    if most >= len(text):
        return len(text)
    if _PLAIN.match(text, most - 1 if most else 0):
        return most
    start, size = 0, _CHUNK
    while True:
        # Whether there is a border depends on what is before it and one code point behind it. The last piece is left
        # out, as it may go on.
        chunk = text[start : min(start + size, most + 1)]
        *ends, _ = (found.end() for found in _character().finditer(chunk))
        last = start + ends[-1] if ends else start
        if start + len(chunk) > most:
            return last
        start, size = last, _CHUNK if ends else 2 * size


@cache
def _character() -> Pattern[str]:
    import regex

    return regex.compile(r"\X")
