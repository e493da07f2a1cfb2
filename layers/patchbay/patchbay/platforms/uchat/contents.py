"""What a message says, in the core's words: texts, files, buttons, cards.

UChat documents two templates, whose form is that of Facebook's, and one kind of button, the postback. Others are read
by what they hold: an address makes a link, a number a call, a payload a reply.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from patchbay.domain.model import Attachment, AttachmentKind, Button, Card, Content, Text, Unsupported
from patchbay.kit.links import tidy_link
from patchbay.platforms.uchat.ids import write_choice
from patchbay.platforms.uchat.schemas import MessageWire

_Piece = Mapping[str, object]

_KINDS = {kind.value: kind for kind in AttachmentKind}
_BUTTON_LISTS = ("buttons", "quick_replies")
_CALLS = frozenset({"phone_number", "call"})
_OPEN = "Open"  #: what the link of a whole card is called
_LONGEST_NAME = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    content: tuple[Content, ...]
    buttons: tuple[Button, ...] = ()


def read_contents(wire: MessageWire) -> Contents:
    """Both empty when there is nothing to show."""
    attributes = wire.content_attributes if isinstance(wire.content_attributes, Mapping) else {}
    cards = _distinguish([card for item in _list(attributes, "items") if (card := _read_card(item))])
    buttons = _read_buttons(attributes, *_BUTTON_LISTS)
    text = (wire.text or _text(attributes, "text")).strip()
    if wire.type in _KINDS and wire.url:
        return Contents(content=(_read_file(_KINDS[wire.type], wire.url, text), *cards), buttons=buttons)
    if cards:
        return Contents(content=(*_introduce(text, cards), *cards), buttons=buttons)
    words = "\n".join(filter(None, (text, wire.url)))
    if words or buttons:
        return Contents(content=_texts(words), buttons=buttons)
    if wire.type == "text" and not wire.content_type:
        return Contents(content=())
    return Contents(content=(Unsupported(description="a message of a kind that cannot be shown here"),))


def _texts(text: str) -> tuple[Text, ...]:
    return (Text(text=text),) if text else ()


def _introduce(text: str, cards: Iterable[Card]) -> tuple[Text, ...]:
    """The text above cards, unless it only repeats what one of them says."""
    said = {words for card in cards for words in (card.title, card.text, f"{card.title}\n{card.text}")}
    return () if text in said else _texts(text)


# --- files -----------------------------------------------------------------------------------------------------------


def _read_file(kind: AttachmentKind, url: str, caption: str = "") -> Attachment:
    """UChat says neither name, size nor type of a file: the name is the end of its address."""
    return Attachment(kind=kind, url=url, name=_name_file(url), caption=caption)


def _name_file(url: str) -> str:
    try:
        path = urlsplit(url).path
    except ValueError:
        return ""
    last = unquote(path.rpartition("/")[2]).replace("\\", "/").rpartition("/")[2]
    return re.sub(r"[\x00-\x1f\x7f]", "", last)[-_LONGEST_NAME:]


# --- cards -----------------------------------------------------------------------------------------------------------


def _read_card(item: _Piece) -> Card | None:
    """A card without a title has its first line for one."""
    title, _, rest = _text(item, "title").strip().partition("\n")
    text = "\n".join(filter(None, (rest, _text(item, "subtitle").strip())))
    if not title:
        title, _, text = text.partition("\n")
    picture = _text(item, "image_url").strip()
    image = _read_file(AttachmentKind.IMAGE, picture) if picture else None
    buttons = _add_link(_read_buttons(item, *_BUTTON_LISTS), item)
    if not (title or image or buttons):
        return None
    return Card(title=title, text=text, image=image, buttons=buttons)


def _add_link(buttons: tuple[Button, ...], item: _Piece) -> tuple[Button, ...]:
    """What a tap on the card itself opens, as a button: messengers' cards cannot all be tapped."""
    action = item.get("default_action")
    action = action if isinstance(action, Mapping) else {}
    url = _text(action, "url") or _text(item, "item_url")
    if not url or any(button.url == url for button in buttons):
        return buttons
    return (*buttons, Button(label=_text(action, "title").strip() or _OPEN, url=url))


def _distinguish(cards: Sequence[Card]) -> tuple[Card, ...]:
    """Cards whose replies all have labels of their own.

    Carousels repeat one title on each card ("Choose"), and a messenger that sends a tap as its label, or a customer who
    types it, would pick any of them: such a label gets the card's title as well, or its number.
    """
    meanings = defaultdict(set)
    for card in cards:
        for button in card.buttons:
            meanings[button.label.casefold()].add((button.url, button.payload))
    ambiguous = {label for label, meant in meanings.items() if len(meant) > 1}
    titles = {card.title for card in cards} - {""}
    names = [card.title if len(titles) == len(cards) else str(number) for number, card in enumerate(cards, start=1)]
    return tuple(
        replace(card, buttons=tuple(_rename(button, name, ambiguous) for button in card.buttons))
        for card, name in zip(cards, names, strict=True)
    )


def _rename(button: Button, name: str, ambiguous: set[str]) -> Button:
    if button.url or button.label.casefold() not in ambiguous:
        return button
    return replace(button, label=f"{button.label}: {name}", payload=write_choice(button.label, button.payload))


# --- buttons ---------------------------------------------------------------------------------------------------------


def _read_buttons(piece: _Piece, *names: str) -> tuple[Button, ...]:
    found = (_read_button(item) for name in names for item in _list(piece, name))
    return tuple(button for button in found if button)


def _read_button(item: _Piece) -> Button | None:
    url, payload = _text(item, "url"), _text(item, "payload")
    phone = _text(item, "phone") or _text(item, "phone_number")
    if not phone and _text(item, "type") in _CALLS:
        phone = payload
    if phone:
        url = tidy_link(f"tel:{phone}")
    label = (_text(item, "title") or _text(item, "caption")).strip() or phone or url or payload
    if not label:
        return None
    return Button(label=label, url=url) if url else Button(label=label, payload=payload)


def _list(piece: _Piece, name: str) -> list[_Piece]:
    found = piece.get(name)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list | tuple) else []


def _text(piece: _Piece, name: str) -> str:
    found = piece.get(name)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
