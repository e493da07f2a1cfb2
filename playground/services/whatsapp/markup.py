"""How the app shows signs in a text: *bold*, _italic_, ~struck~ and ```code```.

https://faq.whatsapp.com/539178204879377
"""

from __future__ import annotations

import re

from playground.services.whatsapp.records import Json

_JOINER = "\u2060"  #: behind a sign that is no markup
_TYPES = {"*": "bold", "_": "italic", "~": "strikethrough", "```": "code"}
_PAIR = re.compile(
    rf"(?<![^\W_])(\*|_|~|```)(?![\s{_JOINER}*_~`])([^\n]{{0,2000}}?)(?<=[^\s*_~`])\1(?!{_JOINER}|[^\W_])"
)


def mark(text: str) -> list[Json]:
    """What the page shows apart, and the signs that it leaves out. They count UTF-16 units."""
    marks: list[Json] = []
    for found in _PAIR.finditer(text):
        sign, inside = found.group(1), found.group(2)
        start, after = _units(text[: found.start()]), _units(text[: found.start(2) + len(inside)])
        marks += [
            {"type": "sign", "offset": start, "length": len(sign)},
            {"type": _TYPES[sign], "offset": start + len(sign), "length": after - start - len(sign)},
            {"type": "sign", "offset": after, "length": len(sign)},
        ]
    return marks


def strip(text: str) -> str:
    """The words without the signs."""
    return _PAIR.sub(r"\2", text).replace(_JOINER, "")


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
