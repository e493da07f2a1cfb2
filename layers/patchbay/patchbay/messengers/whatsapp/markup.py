"""Words for a phone that reads *bold*, _italic_, ~struck~ and `code` in them, and knows no way to write them otherwise.

An agent who writes 2*3*4 or _draft_ means these signs. So an invisible sign stands behind each one that WhatsApp would
take for markup. Addresses stay as they are: nothing is read as markup in them, and a sign more would break them.

Documentation: https://faq.whatsapp.com/539178204879377
"""

from __future__ import annotations

import re

from patchbay.domain.model import Sender
from patchbay.domain.text import shorten, text_length
from patchbay.messengers.whatsapp import spec

JOINER = "\u2060"  #: a word joiner: it has no width, and breaks no line

_SIGNS = "*_~`"
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_MOST = 200  #: pairs of one text; a longer drawing of signs is sent as it is


def write_plain(text: str, limit: int) -> str:
    """The words as they are meant; as they stand where the invisible signs would make them too long."""
    if not any(sign in text for sign in _SIGNS):
        return text
    pieces, at = [], 0
    for address in _ADDRESS.finditer(text):
        pieces += [_break_pairs(text[at : address.start()]), address[0]]
        at = address.end()
    pieces.append(_break_pairs(text[at:]))
    written = "".join(pieces)
    return written if text_length(written) <= limit else text


def _break_pairs(text: str) -> str:
    if len(re.findall(f"[{_SIGNS}]", text)) > 2 * _MOST:
        return text
    marked = {at for line in _find_lines(text) for at in _find_marks(*line)}
    return "".join(sign + JOINER if at in marked else sign for at, sign in enumerate(text))


def _find_lines(text: str) -> list[tuple[int, str]]:
    """Where each line begins, and the line."""
    lines, at = [], 0
    for line in text.split("\n"):
        lines.append((at, line))
        at += len(line) + 1
    return lines


def _find_marks(start: int, line: str) -> set[int]:
    """Every sign of a kind that stands twice in the line and could open or close something."""
    return {
        start + at for sign in _SIGNS if line.count(sign) > 1 for at, character in enumerate(line) if character == sign
    }


def sign(text: str, sender: Sender, limit: int) -> str:
    """`text` below the name of who wrote it, in bold; the name by itself where there are no words."""
    if not sender.name:
        return write_plain(text, limit)
    name = "".join(letter for letter in shorten(sender.name, spec.NAME) if letter not in _SIGNS).strip()
    heading = f"*{name}:*" if name else f"{sender.name}:"
    if not text:
        return heading
    return f"{heading}\n{write_plain(text, limit - text_length(heading) - 1)}"


def write_title(title: str) -> str:
    """In bold, where nothing in it could end that."""
    words = title.strip()
    return f"*{words}*" if words and not any(sign in words for sign in f"{_SIGNS}\n") else words
