"""Cutting text to a service's limit. Pure.

Lengths are counted in UTF-16 units, the strictest of the ways in which services count: what fits here fits everywhere.
"""

from __future__ import annotations

import re

from patchbay.domain.clusters import find_border, is_border

MOST_MARKUP = 100_000  #: UTF-16 units; no message that a person reads is as long, and markup takes long to read
_UNSEEN = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SEARCH_BACK = 0.5  #: a border is looked for in the second half of a piece; words longer than that are cut


def text_length(text: str) -> int:
    """In UTF-16 units: an emoji counts 2."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split_text(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit`, cut at paragraphs, else lines, else sentences, else words, else between characters.

    Only white space at the cuts is lost. No visible character is taken apart, unless it is longer than `limit`.
    """
    pieces = []
    rest = _strip_end(_strip_start(text))
    while text_length(rest) > limit:
        cut = _find_cut(rest, limit)
        pieces.append(_strip_end(rest[:cut]))
        rest = _strip_start(rest[cut:])
    pieces.append(rest)
    return [piece for piece in pieces if piece]


def put_on_one_line(text: str, limit: int) -> str:
    """`text` within `limit` as part of a line: no breaks, and nothing in it that turns the direction of the rest."""
    return shorten(" ".join(_UNSEEN.sub("", _BREAKS.sub(" ", text)).split()), limit)


def shorten(text: str, limit: int) -> str:
    """`text`, or its beginning with an ellipsis, within `limit`."""
    return text if text_length(text) <= limit else f"{cut_text(text, limit - 1)}…"


def cut_text(text: str, limit: int) -> str:
    """`text`, or as much of its beginning as fits into `limit` in whole visible characters."""
    if text_length(text) <= limit:
        return text
    if limit <= 0:
        return ""
    longest = _longest_prefix(text, limit)
    return _strip_end(text[: find_border(text, longest) or longest])


def _find_cut(text: str, limit: int) -> int:
    longest = _longest_prefix(text, limit)
    earliest = int(longest * _SEARCH_BACK)
    window = text[: longest + 1]
    for border in ("\n\n", "\n", ". ", "! ", "? ", " "):
        at = window.rfind(border, earliest)
        while at > 0:
            cut = min(at + len(border), longest)
            if _is_border_at_blank(text, cut):
                return cut
            at = window.rfind(border, earliest, at)
    return find_border(text, longest) or longest


def _longest_prefix(text: str, limit: int) -> int:
    """How many code points of `text` fit into `limit` UTF-16 units; at least one, or nothing would ever go out."""
    used = 0
    for index, character in enumerate(text):
        used += 2 if ord(character) > 0xFFFF else 1
        if used > limit:
            return max(index, 1)
    return len(text)


def _strip_start(text: str) -> str:
    """Without white space; an accent that sits on a blank keeps it."""
    start = len(text) - len(text.lstrip())
    return text[start:] if _is_border_at_blank(text, start) else text[start - 1 :]


def _strip_end(text: str) -> str:
    end = len(text.rstrip())
    return text[:end] if _is_border_at_blank(text, end) else text[: end + 1]


def _is_border_at_blank(text: str, at: int) -> bool:
    """Whether a visible character ends at `at`, with white space on one of its sides, which no longer one goes over."""
    return at in {0, len(text)} or is_border(text[at - 1 : at + 1], 1)
