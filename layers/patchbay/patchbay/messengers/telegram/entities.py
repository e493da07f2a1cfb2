"""Telegram's marked-up texts in plain words: links with their addresses, quotes and corrections as people type them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, pairwise

from patchbay.kit.links import label_link
from patchbay.messengers.telegram.schemas import Entity

_MOST = 200  #: entities of a text; Telegram itself marks up to 100
_ENDS, _QUOTES, _BEGINS = range(3)  #: in which order marks stand at one place
_LINE_END = "\n".encode("utf-16-le")

_Mark = tuple[int, int, str]  #: before which UTF-16 unit, and what


def write_plain(text: str, entities: Iterable[Entity]) -> str:
    """The words of `text`. Bold, italic and the like say nothing that is lost; what changes the meaning is written."""
    marked = list(islice(entities, _MOST))
    if not marked:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    whole = (entity for entity in marked if 2 * (entity.offset + entity.length) <= len(units))
    marks = sorted({mark for entity in whole for mark in _list_marks(entity, units)})
    places = (0, *(place for place, _, _ in marks), len(units) // 2)
    pieces = [_decode(units, start, end) for start, end in pairwise(places)]
    added = (*(mark for _, _, mark in marks), "")
    return "".join(piece + mark for piece, mark in zip(pieces, added, strict=True))


def _list_marks(entity: Entity, units: bytes) -> Iterator[_Mark]:
    start, end = entity.offset, entity.offset + entity.length
    match entity.type:
        case "text_link" if entity.url:
            yield end, _ENDS, _name_address(_decode(units, start, end), entity.url)
        case "strikethrough":
            yield start, _BEGINS, "~"
            yield end, _ENDS, "~"
        case "blockquote" | "expandable_blockquote":
            for line in _find_lines(units, start, end):
                yield line, _QUOTES, "> "


def _find_lines(units: bytes, start: int, end: int) -> Iterator[int]:
    """Where the lines of a stretch begin."""
    yield start
    for unit in range(start, end - 1):
        if units[2 * unit : 2 * unit + 2] == _LINE_END:
            yield unit + 1


def _name_address(label: str, address: str) -> str:
    """The address of a link, for behind its label; "" where the label says it."""
    words = label.strip()
    written = label_link(words, address)
    return written.removeprefix(words) if words and written.startswith(words) else ""


def _decode(units: bytes, start: int, end: int) -> str:
    return units[2 * start : 2 * end].decode("utf-16-le", "replace")
