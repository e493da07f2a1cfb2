"""Telegram's HTML: strict about tags, and read into a text and its entities, counted in UTF-16 units."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playground.services.telegram.errors import RefusedCall, bad_request
from playground.services.telegram.records import Json

LONGEST_TEXT, LONGEST_CAPTION = 4096, 1024  #: UTF-16 units

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "pre": "pre",
    "code": "code",
    "blockquote": "blockquote",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|(lt|gt|amp|quot)(?![a-zA-Z]));?")
_ATTRIBUTE = re.compile(r"""\s+([^\s=>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9.-]+)))?""")
_TAG = re.compile(r"""<(/?)([^\s>]*)((?:"[^"]*"|'[^']*'|[^"'>])*)>""")


def length(text: str) -> int:
    """In UTF-16 units, which limits and entities count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(slots=True)
class _Open:
    tag: str
    attributes: dict[str, str]
    offset: int
    begins: int


@dataclass(slots=True)
class _Reader:
    markup: str
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def read(self) -> tuple[str, list[Json]]:
        position = 0
        while position < len(self.markup):
            if self.markup[position] == "<":
                position = self._read_tag(position)
            elif found := _REFERENCE.match(self.markup, position):
                self.text += _decode(found)
                position = found.end()
            else:
                self.text += self.markup[position]
                position += 1
        if self.open:
            raise _unparsable(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        return self.text, sorted(self.entities, key=lambda entity: (entity["offset"], -entity["length"]))

    def _read_tag(self, position: int) -> int:
        at = len(self.markup[:position].encode())
        found = _TAG.match(self.markup, position)
        if found is None:
            raise _unparsable(f"Unclosed start tag at byte offset {at}")
        slash, name, rest = found.groups()
        if slash:
            self._close(name.lower(), rest, at)
        else:
            self._open(name.lower(), rest, at)
        return found.end()

    def _open(self, tag: str, rest: str, at: int) -> None:
        if tag not in _TAGS:
            raise _unparsable(f'Unsupported start tag "{tag}" at byte offset {at}')
        attributes = _read_attributes(tag, rest, at)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _unparsable(f'Tag "span" must have class "tg-spoiler" at byte offset {at}')
        self.open.append(_Open(tag, attributes, length(self.text), len(self.text)))

    def _close(self, tag: str, rest: str, at: int) -> None:
        if not self.open:
            raise _unparsable(f"Unexpected end tag at byte offset {at}")
        if rest.strip():
            raise _unparsable(f"Unclosed end tag at byte offset {at}")
        begun = self.open.pop()
        if tag and tag != begun.tag:
            expected = f'expected "</{begun.tag}>", found "</{tag}>"'
            raise _unparsable(f"Unmatched end tag at byte offset {at}, {expected}")
        size = length(self.text) - begun.offset
        if size:
            self._add(begun, size)

    def _add(self, begun: _Open, size: int) -> None:
        entity: Json = {"type": _TAGS[begun.tag], "offset": begun.offset, "length": size}
        attributes = begun.attributes
        if begun.tag == "a":
            url = _check_link(attributes.get("href") or self.text[begun.begins :])
            if url is None:
                return  # people see the words, without a link
            entity["url"] = url
        elif begun.tag == "tg-emoji":
            if not attributes.get("emoji-id", "").isdigit():
                raise bad_request("Invalid custom emoji identifier specified")
            entity["custom_emoji_id"] = attributes["emoji-id"]
        elif begun.tag == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        elif begun.tag == "pre" and self._is_code(entity):
            entity["language"] = self.entities.pop().pop("language")
        elif begun.tag == "code" and attributes.get("class", "").startswith("language-"):
            entity["language"] = attributes["class"].removeprefix("language-")
        self.entities.append(entity)

    def _is_code(self, pre: Json) -> bool:
        """Whether a <pre> holds nothing but a <code> with a language."""
        if not self.entities:
            return False
        last = self.entities[-1]
        same = (last["offset"], last["length"]) == (pre["offset"], pre["length"])
        return same and last["type"] == "code" and "language" in last


def parse_html(markup: str) -> tuple[str, list[Json]]:
    """The text that people see, and its entities. Raises RefusedCall for what Telegram cannot parse."""
    text, entities = _Reader(markup).read()
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)  # only blocks of code have one
    return text, entities


def trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without blanks around it, as Telegram shows every text."""
    kept = text.strip()
    start = length(text[: len(text) - len(text.lstrip())])
    size = length(kept)
    moved = []
    for entity in entities:
        begin = max(0, entity["offset"] - start)
        end = min(size, entity["offset"] + entity["length"] - start)
        if end > begin:
            moved.append({**entity, "offset": begin, "length": end - begin})
    return kept, moved


def _read_attributes(tag: str, rest: str, at: int) -> dict[str, str]:
    attributes = {}
    position = 0
    while rest[position:].strip():
        found = _ATTRIBUTE.match(rest, position)
        if found is None or (found.lastindex == 1 and found.group(1) != "expandable"):
            raise _unparsable(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}" at byte offset {at}'
            )
        name, *values = found.groups()
        value = next((each for each in values if each is not None), "")
        attributes[name.lower()] = _REFERENCE.sub(_decode, value)
        position = found.end()
    return attributes


def _decode(found: re.Match[str]) -> str:
    hexadecimal, decimal, name = found.groups()
    if name:
        return _NAMED[name]
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    return chr(code) if 0 < code < 0x10FFFF else found.group()


def _check_link(url: str) -> str | None:
    """The address as Telegram keeps it; None for one that it does not link to."""
    if re.match(r"(?i)(https?|ton|tonsite)://[^\s/]+\.[^\s/]|tg://\S", url):
        return url
    if re.fullmatch(r"[\w-]+(\.[\w-]+)+([/?#]\S*)?", url):
        return f"http://{url}" if "/" in url else f"http://{url}/"
    return None


def _unparsable(text: str) -> RefusedCall:
    return bad_request(f"can't parse entities: {text}")
