"""Cutting text to a service's limit. Pure.

Lengths are counted in UTF-16 units, the strictest of the ways in which services count: what fits here fits everywhere.
"""

from __future__ import annotations

import unicodedata

MOST_MARKUP = 100_000  #: UTF-16 units; no message that a person reads is as long, and markup takes long to read
_SEARCH_BACK = 0.5  #: a border is looked for in the second half of a piece; words longer than that are cut
_ZERO_WIDTH_JOINER = "\u200d"


def text_length(text: str) -> int:
    """In UTF-16 units: an emoji counts 2."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split_text(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit`, cut at paragraphs, else lines, else sentences, else words, else between characters.

    Only white space at the cuts is lost. What belongs together on the screen (a surrogate pair, an emoji with its
    modifiers, a letter with its accents) stays together when `limit` allows it.
    """
    pieces = []
    rest = text.strip()
    while text_length(rest) > limit:
        cut = _find_cut(rest, limit)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    pieces.append(rest)
    return [piece for piece in pieces if piece]


def shorten(text: str, limit: int) -> str:
    """`text`, or its beginning with an ellipsis, within `limit`."""
    if text_length(text) <= limit:
        return text
    return text[: _safe_border(text, _longest_prefix(text, limit - 1))].rstrip() + "…"


def _find_cut(text: str, limit: int) -> int:
    longest = _longest_prefix(text, limit)
    earliest = int(longest * _SEARCH_BACK)
    window = text[: longest + 1]
    for border in ("\n\n", "\n", ". ", "! ", "? ", " "):
        at = window.rfind(border, earliest)
        if at > 0:
            return min(at + len(border), longest)
    return _safe_border(text, longest)


def _longest_prefix(text: str, limit: int) -> int:
    """How many code points of `text` fit into `limit` UTF-16 units; at least one, or nothing would ever go out."""
    used = 0
    for index, character in enumerate(text):
        used += 2 if ord(character) > 0xFFFF else 1
        if used > limit:
            return max(index, 1)
    return len(text)


def _safe_border(text: str, cut: int) -> int:
    """The last border at or before `cut` that does not take a visible character apart."""
    border = cut
    while border > 0 and border > cut - 32 and _is_joined(text, border):
        border -= 1
    return border if border > 0 and not _is_joined(text, border) else cut


def _is_joined(text: str, border: int) -> bool:
    if border >= len(text):
        return False
    before, after = text[border - 1], text[border]
    return before == _ZERO_WIDTH_JOINER or _continues(after) or (_is_flag_letter(before) and _is_flag_letter(after))


def _continues(character: str) -> bool:
    return (
        character == _ZERO_WIDTH_JOINER
        or unicodedata.combining(character) > 0
        or "\ufe00" <= character <= "\ufe0f"
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
