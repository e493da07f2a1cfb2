"""Agents and bots write Markdown, messengers carry plain text. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from html import unescape

from patchbay.domain.text import MOST_MARKUP, shorten
from patchbay.kit.links import label_image, label_link, read_address

_FENCE = re.compile(r" {0,3}(?P<mark>`{3,}+|~{3,}+)[ \t]*+(?P<language>[\w.+#-]*+)[ \t]*+$")
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s++|$)")
_BULLET = re.compile(r"(\s*+)[*+-]\s++(?=\S)")

_ADDRESS = r"(?:[^\s()<>]|\([^\s()<>]*\)){1,2000}"
_TITLE = r"""(?:\s+(?:"[^"]{0,200}"|'[^']{0,200}'))?"""

# Marks inside words (snake_case, 5*3*2) are a person's text and stay. An opening mark is found here, its closing one
# by `_Closings`: one pattern for both would look through the rest of the text again for each mark that nobody closes.
_INLINE = re.compile(
    rf"""
      \\(?P<escaped>[!-/:-@\[-`{{-~])
    | (?P<image>!?)\[(?P<label>[^\[\]]{{0,500}})\]
      \(\s*(?:<(?P<wrapped>[^<>\n]{{1,2000}})>|(?P<target>{_ADDRESS})){_TITLE}\s*\)
    | <(?P<link>(?:https?://|mailto:|tel:|sms:|ftp://)[^\s<>]{{1,2000}})>
    | (?P<bare>https?://[^\s<>*]{{1,2000}})
    | (?P<entity>&(?:\#\d{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[a-zA-Z]\w{{1,31}});)
    | (?P<mark>
        (?<!`)`{{1,3}}(?!`)
      | \*\*\*?(?=[^\s*])
      | (?<!\w)__(?=[^\s_])
      | ~~(?=[^\s~])
      | (?<![\w*])\*(?=[^\s*])
      | (?<![\w_])_(?=[^\s_])
      )
    """,
    re.VERBOSE,
)
_CLOSINGS = {
    **{"`" * size: re.compile(rf"(?<!`)(?=`{{{size}}}(?!`))") for size in (1, 2, 3)},
    **{mark: re.compile(rf"(?<=[^\s\\])(?={re.escape(mark)})") for mark in ("***", "**", "~~")},
    "__": re.compile(r"(?<=[^\s\\])(?=__(?!\w))"),
    "*": re.compile(r"(?<=[^\s\\])(?=\*(?![\w*]))"),
    "_": re.compile(r"(?<=[^\s\\])(?=_(?![\w_]))"),
}
_NOWHERE = re.compile(r"[a-z][a-z0-9+.-]{0,40}:|#", re.IGNORECASE)  #: what is an address, of use only to a browser
_DEPTH = 8  #: marks within marks; deeper ones stay as they are


def markdown_to_text(markdown: str) -> str:
    """The words of `markdown`: marks taken away, links as "label (address)", lists and quotes as they are typed.

    Of more than `MOST_MARKUP` characters, the beginning.
    """
    source = shorten(markdown, MOST_MARKUP).replace("\r\n", "\n").split("\n")
    ends = _find_code(source)
    lines: list[str] = []
    number = 0
    while number < len(source):
        end = ends.get(number, number)
        lines += source[number + 1 : end]
        if end == number and not _is_bare_fence(source[number]):
            lines.append(_read_line(source[number]))
        number = end + 1
    return "\n".join(lines).strip("\n")


def _find_code(lines: list[str]) -> dict[int, int]:
    """For each line that may begin a block of code, the next that ends it: of the same marks, as many or more.

    Words behind the marks may name a language where the block is closed; else they are a person's own text.
    """
    ends: dict[int, int] = {}
    ahead: dict[str, list[tuple[int, int]]] = {"`": [], "~": []}
    for number in range(len(lines) - 1, -1, -1):
        if fence := _FENCE.match(lines[number]):
            size, waiting = len(fence["mark"]), ahead[fence["mark"][0]]
            while waiting and waiting[-1][0] < size:
                waiting.pop()
            if waiting:
                ends[number] = waiting[-1][1]
            if not fence["language"]:
                waiting.append((size, number))
    return ends


def _is_bare_fence(line: str) -> bool:
    fence = _FENCE.match(line)
    return fence is not None and not fence["language"]


def _read_line(line: str) -> str:
    if heading := _HEADING.match(line):
        return _read_inline(_strip_heading(line[heading.end() :]), _DEPTH)
    if bullet := _BULLET.match(line):
        line = f"{bullet[1]}- {line[bullet.end() :]}"
    return _read_inline(_strip_hard_break(line), _DEPTH)


def _strip_heading(words: str) -> str:
    """Without the marks that may close a heading as well, which stand by themselves."""
    words = words.rstrip()
    rest = words.rstrip("#")
    return rest.rstrip() if not rest or rest[-1].isspace() else words


def _strip_hard_break(line: str) -> str:
    if line.endswith("\\"):
        return line[:-1]
    return line.rstrip(" ") if line.endswith("  ") else line


def _read_inline(text: str, depth: int) -> str:
    if not depth:
        return text
    closings = _Closings(text)
    pieces: list[str] = []
    done = start = 0
    while found := _INLINE.search(text, start):
        mark = found["mark"]
        end = closings.find(mark, found.end()) if mark else found.end()
        if end is None:
            start = found.start() + 1
            continue
        words = _read_marked(mark, text[found.end() : end], depth) if mark else _replace(found, depth)
        pieces += (text[done : found.start()], words)
        done = start = end + len(mark or "")
    return "".join((*pieces, text[done:]))


class _Closings:
    """Where each kind of mark may be closed, found once for a whole text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._places: dict[str, list[int]] = {}

    def find(self, mark: str, start: int) -> int | None:
        """The first place behind at least one character from `start`."""
        if mark not in self._places:
            self._places[mark] = [found.start() for found in _CLOSINGS[mark].finditer(self._text)]
        places = self._places[mark]
        number = bisect_left(places, start + 1)
        return places[number] if number < len(places) else None


def _read_marked(mark: str, words: str, depth: int) -> str:
    return words.strip() or words if mark.startswith("`") else _read_inline(words, depth - 1)


def _replace(found: re.Match[str], depth: int) -> str:
    groups = found.groupdict()
    if groups["label"] is not None:
        return _read_link(found, depth)
    if groups["entity"] is not None:
        return unescape(groups["entity"]).replace("\xa0", " ")
    if groups["link"]:
        return read_address(groups["link"])
    return groups["escaped"] or found[0]


def _read_link(found: re.Match[str], depth: int) -> str:
    """What has an address in brackets is a link; "handlers[name](event)" is a person's own text."""
    label, target = _read_inline(found["label"], depth - 1), found["target"] or found["wrapped"]
    if found["image"] and _NOWHERE.match(target):
        return label_image(label, target)
    if read_address(target):
        return label_link(label, target)
    return label if _NOWHERE.match(target) else found[0]
