"""Agents write HTML, messengers carry plain text. Pure."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from patchbay.texts import MOST_MARKUP, shorten

_INLINE = frozenset(("abbr", "b", "code", "em", "font", "i", "mark", "pre", "s", "small", "span", "strong", "sub", "u"))
_PARAGRAPHS = frozenset(("blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "p"))
_BLOCKS = _PARAGRAPHS | {"div", "ol", "table", "tr", "ul"}

# Only what is markup beyond doubt is read as such: "a & b", "x < y" and "?a=1&copy=2" stay what they are.
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,31};)")
_BARE_LESS_THAN = re.compile(r"<(?!/?[a-zA-Z][^<>]*>|!--[^<>]*-->)")
_EXTRA_LINES = re.compile(r"\n{3,}")


def html_to_text(html: str) -> str:
    """The words of `html`: entities resolved, paragraphs and breaks as lines, links as "label (address)".

    Tags that are no HTML are somebody's words ("<ana@example.com>") and stay. Of more than `MOST_MARKUP` characters, it
    is the beginning.
    """
    reader = _Reader()
    reader.feed(_BARE_LESS_THAN.sub("&lt;", _BARE_AMPERSAND.sub("&amp;", shorten(html, MOST_MARKUP))))
    reader.close()
    text = "".join(reader.pieces).replace("\xa0", " ").replace("\r\n", "\n")
    lines = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return _EXTRA_LINES.sub("\n\n", lines).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "br":
            self.pieces.append("\n")
        elif tag == "li":
            self._start_line()
            self.pieces.append("- ")
        elif tag == "a":
            self._links.append((attributes.get("href", ""), len(self.pieces)))
        elif tag == "img":
            self.pieces.append(_describe_link(attributes.get("alt", ""), attributes.get("src", "")))
        elif tag in _BLOCKS:
            self._start_line()
        elif tag not in _INLINE and tag != "td":
            self.pieces.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        elif tag in _PARAGRAPHS:
            self.pieces.append("\n\n")
        elif tag in _BLOCKS or tag == "li":
            self._start_line()
        elif tag == "td":
            self.pieces.append(" ")
        elif tag not in _INLINE and tag not in {"br", "img"}:
            self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        # A line end behind <br> or </p> lays out the source, not the message.
        self.pieces.append(data.lstrip("\n") if self._at_line_start() else data)

    def _at_line_start(self) -> bool:
        return bool(self.pieces) and self.pieces[-1].endswith("\n")

    def _start_line(self) -> None:
        if self.pieces and not self._at_line_start():
            self.pieces.append("\n")

    def _end_link(self) -> None:
        if not self._links:
            return
        address, start = self._links.pop()
        label = "".join(self.pieces[start:])
        self.pieces[start:] = [_describe_link(label, address)]


def _describe_link(label: str, address: str) -> str:
    """Both, unless the label says it all; only web addresses are of use to a customer."""
    if not address.lower().startswith(("http://", "https://")):
        return label
    words = label.strip()
    if not words or words.rstrip("/") in {address.rstrip("/"), address.split("://", 1)[1].rstrip("/")}:
        return address
    return f"{words} ({address})"
