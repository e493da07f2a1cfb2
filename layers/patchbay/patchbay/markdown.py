"""Agents and bots write Markdown, messengers carry plain text. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from html import unescape

from patchbay.texts import MOST_MARKUP, shorten

_FENCE = re.compile(r" {0,3}(?:`{3,}+|~{3,}+)[^`]*+$")
_HEADING = re.compile(r" {0,3}#{1,6}(?:\s++|$)")
_BULLET = re.compile(r"(\s*+)[*+-]\s++(?=\S)")

_ADDRESS = r"(?:[^\s()<>]|\([^\s()<>]*\)){1,2000}"
_TITLE = r"""(?:\s+(?:"[^"]{0,200}"|'[^']{0,200}'))?"""

# Marks inside words (snake_case, 5*3*2) are somebody's words and stay. An opening mark is found here, its closing one
# by `_Closings`: one pattern for both would look through the rest of the text again for each mark that nobody closes.
_INLINE = re.compile(
    rf"""
      \\(?P<escaped>[!-/:-@\[-`{{-~])
    | !?\[(?P<label>[^\[\]]{{0,500}})\]\(\s*<?(?P<target>{_ADDRESS})>?{_TITLE}\s*\)
    | <(?P<link>https?://[^\s<>]{{1,2000}}|mailto:[^\s<>]{{1,320}})>
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
_DEPTH = 8  #: marks within marks; deeper ones stay as they are


def markdown_to_text(markdown: str) -> str:
    """The words of `markdown`: marks taken away, links as "label (address)", lists and quotes as they are typed.

    Of more than `MOST_MARKUP` characters, the beginning.
    """
    lines: list[str] = []
    in_code = False
    for line in shorten(markdown, MOST_MARKUP).replace("\r\n", "\n").split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
        elif in_code:
            lines.append(line)
        else:
            lines.append(_read_line(line))
    return "\n".join(lines).strip("\n")


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
    if groups["target"] is not None:
        return _describe_link(_read_inline(groups["label"], depth - 1), groups["target"])
    if groups["entity"] is not None:
        return unescape(groups["entity"]).replace("\xa0", " ")
    return groups["escaped"] or (groups["link"] or "").removeprefix("mailto:") or found[0]


def _describe_link(label: str, address: str) -> str:
    """Both, unless the label says it all; only web addresses are of use to a customer."""
    if not address.lower().startswith(("http://", "https://")):
        return label or address
    words = label.strip()
    if not words or words.rstrip("/") in {address.rstrip("/"), address.split("://", 1)[1].rstrip("/")}:
        return address
    return f"{words} ({address})"
