"""What Telegram finds in every text by itself: commands, addresses, mentions. Offsets are in UTF-16 units."""

from __future__ import annotations

import re

from playground.services.telegram.markup import length
from playground.services.telegram.records import Json

_PATTERNS = {
    "bot_command": re.compile(r"(?<![\w/])/\w{1,64}(?:@\w{3,32})?(?![\w/])"),
    "url": re.compile(
        r"(?i)\b(?:https?://\S*[^\s.,;:!?)\]}'\"]|(?:www\.)?(?:[a-z0-9-]+\.)+(?:com|org|net|io|de|ch|se)\b)"
    ),
    "email": re.compile(r"(?i)[\w.+-]+@[\w-]+\.[\w.-]*\w"),
    "mention": re.compile(r"(?<![\w@.])@\w{3,32}(?![\w@])"),
    "hashtag": re.compile(r"(?<![\w#])#\w*[^\W\d]\w*"),
}


def find_entities(text: str) -> list[Json]:
    """Where two overlap, the longer one counts."""
    found: list[tuple[int, int, str]] = []
    for kind, pattern in _PATTERNS.items():
        found += [(match.start(), match.end(), kind) for match in pattern.finditer(text)]
    kept: list[tuple[int, int, str]] = []
    for begin, end, kind in sorted(found, key=lambda each: each[0] - each[1]):
        if all(end <= other[0] or begin >= other[1] for other in kept):
            kept.append((begin, end, kind))
    return [
        {"type": kind, "offset": length(text[:begin]), "length": length(text[begin:end])}
        for begin, end, kind in sorted(kept)
    ]
