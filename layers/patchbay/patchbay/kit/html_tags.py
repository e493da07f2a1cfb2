"""What in a text is HTML, and what only looks like it. Pure.

Some services hand over HTML, some plain text, some whatever an agent typed, and none says which. So a tag counts as
HTML only when it is written like one and stands where HTML has one: with its other half, or where HTML needs none.
What is left is a person's own text. A page, which says at its beginning that it is one, is HTML as a whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


_BREAKS = _names("br hr wbr")
_EMPTY = _BREAKS | _names("area base basefont bgsound col embed frame img input link meta param source spacer track")
#: Elements whose end HTML lets people leave out.
_OPEN = _names("body caption colgroup dd dt head html li optgroup option p rb rp rt rtc tbody td tfoot th thead tr")
_PAIRED = _names(
    """a abbr acronym address applet article aside audio b bdi bdo big blink blockquote button canvas center cite code
    data datalist del details dfn dialog dir div dl em fieldset figcaption figure font footer form frameset h1 h2 h3 h4
    h5 h6 header hgroup i iframe ins kbd label legend listing main map mark marquee math menu menuitem meter multicol
    nav nobr noembed noframes noscript object ol output picture pre progress q ruby s samp search section select slot
    small span strike strong sub summary sup svg table template textarea time tt u ul var video xmp"""
)
_RAW = _names("script style title")  #: no browser shows what is inside
_FOREIGN = _names("math svg")  #: elements with elements of their own inside
_KNOWN = _EMPTY | _OPEN | _PAIRED
_OFFICE = _names("m o st1 v w")  #: prefixes of what office programs add
_PAGE = _names("!doctype ?xml base body head html link meta style title")

#: The attribute in which an element names something that is elsewhere.
SOURCES = {
    **dict.fromkeys(("audio", "embed", "frame", "iframe", "img", "source", "video"), "src"),
    **{"a": "href", "area": "href", "object": "data"},
}

# A bare word after a name is a person's own text ("if a<b and c>d"), unless HTML has it as an attribute. No value holds
# a "<", as a text may have many of these and nothing behind them: each would be read to the end.
_BARE = (
    "allowfullscreen|async|autofocus|autoplay|checked|compact|controls|default|defer|disabled|download|formnovalidate"
    "|hidden|inert|ismap|itemscope|loop|multiple|muted|noshade|novalidate|nowrap|open|playsinline|readonly|required"
    r"|reversed|selected|data-[\w-]++"
)
_VALUE = r"""(?:"[^"<]*+"|'[^'<]*+'|[^\s"'<>=`]++)"""
_ATTRIBUTE = rf"(?:[a-z_:@][\w:.@-]*+\s*+=\s*+{_VALUE}|(?:{_BARE})(?![^\s/>]))"
_TOKEN = re.compile(
    rf"""
      (?P<comment><!--)
    | <(?P<declaration>!doctype|\?xml|!\[if|!\[endif)(?![\w-])[^<>]*+>
    | <(?P<closes>/?+)(?P<name>[a-z][a-z0-9]*+(?::[a-z0-9]++)?+)
      (?P<attributes>(?:(?:\s++|(?<=["'])){_ATTRIBUTE})*+)\s*+(?P<slash>/?+)\s*+>
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_NAMED = re.compile(r"""([\w:.@-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>=`]++))""")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z]\w{1,31});", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """`slash`: it ends itself. `whole`: it is an element with all that is inside, up to its end."""

    name: str
    start: int
    end: int
    attributes: str = ""
    closes: bool = False
    slash: bool = False
    whole: bool = False

    def attribute(self, name: str) -> str:
        """Its value, "" if it is missing; of several with one name, the first."""
        for found in _NAMED.finditer(self.attributes):
            if found[1].lower() == name:
                return read_entities(found[2] or found[3] or found[4] or "")
        return ""

    @property
    def source(self) -> str:
        """The address that it names."""
        return self.attribute(SOURCES[self.name]) if self.name in SOURCES and not self.closes else ""


def read_entities(text: str) -> str:
    """With the characters that entities stand for. "?a=1&copy=2" has none: they end in a semicolon."""
    return _ENTITY.sub(lambda found: unescape(found[0]), text)


def find_tags(html: str) -> tuple[Sequence[Tag], bool]:
    """The tags that are HTML, in order; and whether the whole text is a page."""
    tags = list(_scan(html))
    pairs = _pair(tags)
    first = next((tag for tag in tags if tag.name != "!--"), None)
    open_names = Counter(tag.name for tag in tags if tag.name in _OPEN)
    certain = bool(pairs) or any(tag.name == "!doctype" for tag in tags) or open_names.total() > len(open_names)
    starts = first is not None and not any(map(str.strip, _between(html, tags, first)))
    page = certain and starts and first is not None and first.name in _PAGE
    foreign = _find_foreign(tags, pairs)
    matched = foreign | pairs.keys() | set(pairs.values())
    leads = first.start if first is not None and starts else -1
    kept = (
        number in matched or (page and _belongs_to_page(tag)) or _stands_alone(tag, certain, tag.start == leads)
        for number, tag in enumerate(tags)
    )
    return [tag for tag, is_markup in zip(tags, kept, strict=True) if is_markup], page


def _scan(html: str) -> Iterator[Tag]:
    """Whatever is written like a tag."""
    # `lower` alone makes some letters longer, and every place behind them another one.
    lower = html.lower() if html.isascii() else re.sub("[A-Z]+", lambda found: found[0].lower(), html)
    gone: set[str] = set()  # what does not come any more: nobody looks for it again
    at = 0
    while found := _TOKEN.search(html, at):
        at = found.end()
        name = (found["comment"] or found["declaration"] or found["name"]).lstrip("<").lower()
        whole = False
        end_mark = "-->" if found["comment"] else f"</{name}>" if name in _RAW and not found["closes"] else ""
        if end_mark:
            end = -1 if end_mark in gone else lower.find(end_mark, at)
            if end < 0:
                gone.add(end_mark)
            else:
                whole, at = True, end + len(end_mark)
        if whole or not (found["comment"] or name in _RAW):
            yield Tag(
                name=name,
                start=found.start(),
                end=at,
                attributes=found["attributes"] or "",
                closes=bool(found["closes"]),
                slash=bool(found["slash"]),
                whole=whole,
            )


def _pair(tags: Sequence[Tag]) -> dict[int, int]:
    """Which tag ends which element: the nearest one of its name, as formatting is often not nested well."""
    pairs: dict[int, int] = {}
    open_tags: dict[str, list[int]] = {}
    for number, tag in enumerate(tags):
        if tag.whole or tag.slash or tag.name in _EMPTY or not _is_known(tag.name):
            continue
        if not tag.closes:
            open_tags.setdefault(tag.name, []).append(number)
        elif open_tags.get(tag.name):
            pairs[open_tags[tag.name].pop()] = number
    return pairs


def _is_known(name: str) -> bool:
    return name in _KNOWN or name.partition(":")[0] in _OFFICE


def _between(html: str, tags: Sequence[Tag], first: Tag) -> Iterator[str]:
    """What stands before `first`, without the comments there."""
    at = 0
    for tag in tags:
        yield html[at : tag.start]
        at = tag.end
        if tag is first:
            return


def _find_foreign(tags: Sequence[Tag], pairs: dict[int, int]) -> set[int]:
    """All that is inside of drawings and formulas."""
    inside: set[int] = set()
    until = -1
    for number, tag in enumerate(tags):
        if tag.name in _FOREIGN and number > until:
            until = pairs.get(number, -1)
        if number <= until and not tag.whole:
            inside.add(number)
    return inside


def _belongs_to_page(tag: Tag) -> bool:
    return tag.whole or tag.name.startswith(("!", "?")) or _is_known(tag.name)


def _stands_alone(tag: Tag, certain: bool, leads: bool) -> bool:
    """Whether a tag is HTML without its other half. `certain`: the text has HTML; `leads`: it begins with this tag."""
    if tag.name in _RAW:
        return False
    if tag.name.startswith(("!", "?")):
        return certain
    if tag.name in _BREAKS or tag.source or (tag.name == "img" and tag.attributes):
        return True
    if tag.slash and tag.name.partition(":")[0] in _OFFICE and ":" in tag.name:
        return True
    if tag.name in _OPEN:
        return certain or (leads and not tag.closes)
    return certain and (tag.name in _EMPTY or (tag.slash and _is_known(tag.name)))
