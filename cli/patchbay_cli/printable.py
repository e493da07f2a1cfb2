"""Makes text from outside harmless for a terminal: customers choose their names, and services their texts."""

from __future__ import annotations

import re

# Controls (C0 but for tab and newline, DEL, C1), what turns the direction of text, separators of lines and paragraphs,
# and halves of characters. Joiners of letters and emoji stay.
_HARMFUL = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff"
_IN_TEXT = re.compile(f"[{_HARMFUL}]")
_IN_LINE = re.compile(f"[{_HARMFUL}\\t\\n]")


def printable(text: str) -> str:
    """One line: nothing in it moves the cursor, turns the text around, or begins another line."""
    return _IN_LINE.sub("?", text)


def printable_text(text: str) -> str:
    """The same for several lines."""
    return _IN_TEXT.sub("?", text)


def printable_json(text: str) -> str:
    """The same JSON with such characters escaped: they only occur inside its strings."""
    return _IN_TEXT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
