"""Agents write HTML, messengers carry plain text. Pure."""

from __future__ import annotations

import re

from patchbay.domain.text import MOST_MARKUP, shorten
from patchbay.kit.html_tags import Tag, find_tags, read_entities
from patchbay.kit.links import label_image, label_link

_PARAGRAPHS = frozenset(("blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "p"))
_LINES = """address article aside body caption center dd details dialog dir div dl dt fieldset figcaption figure footer
    form header hr html legend listing main menu nav ol optgroup option pre search section summary table tr ul xmp"""
_BLOCKS = _PARAGRAPHS | frozenset(_LINES.split())
_IMAGES = frozenset(("img", "source"))
_NO_SIZE = frozenset(("0", "1", "0px", "1px"))  #: of an image that only counts who has read the mail
_EMBEDDED = frozenset(("area", "audio", "embed", "frame", "iframe", "object", "video"))
_AS_TYPED = frozenset(("listing", "pre", "textarea", "xmp"))
_SPACES = re.compile(r"[ \t\n\f]+")
_EXTRA_LINES = re.compile(r"\n{3,}")


def html_to_text(html: str) -> str:
    """The words of `html`: entities resolved, paragraphs and breaks as lines, links as "label (address)".

    What only looks like HTML is a person's own text ("<ana@example.com>") and stays. Of more than `MOST_MARKUP`
    characters, it is the beginning.
    """
    source = shorten(html, MOST_MARKUP).replace("\r\n", "\n")
    tags, is_page = find_tags(source)
    writer = _Writer(is_page)
    at = 0
    for tag in tags:
        writer.write_text(source[at : tag.start])
        writer.write_tag(tag)
        at = tag.end
    writer.write_text(source[at:])
    text = writer.finish()
    lines = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return _EXTRA_LINES.sub("\n\n", lines).strip()


class _Writer:
    def __init__(self, is_page: bool) -> None:
        self._is_page = is_page
        self._pieces: list[str] = []
        self._link: tuple[str, int] | None = None  #: its address, and before which piece it begins
        self._typed = 0  #: how many elements are open in which blanks and lines count

    def finish(self) -> str:
        self._end_link()
        return "".join(self._pieces)

    def write_text(self, source: str) -> None:
        text = source
        if self._is_page and not self._typed:
            text = _SPACES.sub(" ", text)
            if not self._pieces or self._pieces[-1].endswith(("\n", " ")):
                text = text.lstrip(" ")
        elif self._at_line_start() and (text.startswith("\n") or not text.strip()):
            text = text.lstrip()  # it lays out the source, not the message
        if text:
            self._pieces.append(read_entities(text).replace("\xa0", " "))

    def write_tag(self, tag: Tag) -> None:
        if tag.whole:
            return
        if tag.name in _AS_TYPED:
            self._typed = max(self._typed + (-1 if tag.closes else 1), 0)
        if tag.name == "a":
            self._end_link()
            self._link = (tag.source, len(self._pieces)) if tag.source else None
        elif tag.closes and tag.name != "br":  # of which browsers make a break
            self._end(tag.name)
        else:
            self._start(tag)

    def _start(self, tag: Tag) -> None:
        if tag.name == "br":
            self._pieces.append("\n")
        elif tag.name == "li":
            self._start_line()
            self._pieces.append("- ")
        elif tag.name in {"td", "th"}:
            self._end("td")
        elif tag.name in _IMAGES:
            if not {tag.attribute("width"), tag.attribute("height")} <= _NO_SIZE:
                self._pieces.append(label_image(tag.attribute("alt"), tag.source))
        elif tag.name in _EMBEDDED:
            self._pieces.append(label_link(tag.attribute("alt") or tag.attribute("title"), tag.source))
        elif tag.name in _BLOCKS:
            self._start_line()

    def _end(self, name: str) -> None:
        if name in _PARAGRAPHS:
            self._end_spoken_link()
            self._pieces.append("\n\n")
        elif name in _BLOCKS or name == "li":
            self._start_line()
        elif name in {"td", "th"} and self._pieces and not self._pieces[-1].endswith((" ", "\n")):
            self._pieces.append(" ")

    def _at_line_start(self) -> bool:
        return bool(self._pieces) and self._pieces[-1].endswith("\n")

    def _start_line(self) -> None:
        self._end_spoken_link()
        if self._pieces and not self._at_line_start():
            self._pieces.append("\n")

    def _end_spoken_link(self) -> None:
        """A link without an end tag ends with its line, like one that spans several lines."""
        if self._link and any(piece.strip() for piece in self._pieces[self._link[1] :]):
            self._end_link()

    def _end_link(self) -> None:
        """Links do not lie within links: the next one ends the one before."""
        if self._link is None:
            return
        address, start = self._link
        label = "".join(self._pieces[start:])
        words = label.strip()
        before, after = label.split(words, maxsplit=1) if words else (label, "")
        self._pieces[start:] = [piece for piece in (before, label_link(words, address), after) if piece]
        self._link = None
