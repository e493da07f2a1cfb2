"""Buttons and cards in Viber's words: keyboards and rich media.

A tap comes back as an ordinary text message with the button's ActionBody, which the customer sees as their own line:
it is therefore always the label, and the core keeps the payload. Labels are HTML to Viber, messages are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from urllib.parse import urlsplit

from patchbay.domain.model import Button, Card, Cards
from patchbay.domain.text import shorten
from patchbay.messengers.viber import spec

Node = dict[str, object]

RICH_MEDIA_API_VERSION = 7  #: Viber's pages ask for anything from 2 to 7

_BUTTON_COLOUR = "#F1F1F7"
_LINK_COLOUR = "#665CAC"
_IMAGE_ROWS = 3
_WORDS_ROWS = 2
_LONG_LABEL = 36  #: more does not fit on one line of a phone
_TWO_COLUMNS_FROM = 7  #: more buttons than this, with short labels, stand two in a line
_SHORT_LABEL = 16


def build_keyboard(buttons: Sequence[Button]) -> Node:
    return {
        "Type": "keyboard",
        "DefaultHeight": False,
        "Buttons": [
            {**_press(button), **_size(button, buttons), "TextSize": "regular", "BgColor": _BUTTON_COLOUR}
            for button in buttons
        ],
    }


def build_rich_media(cards: Cards) -> Node:
    """All cards get the same number of rows: Viber starts a new card whenever that many are full."""
    image = any(card.image for card in cards.cards)
    choices = max(len(card.buttons) for card in cards.cards)
    rows = (_IMAGE_ROWS if image else 0) + _WORDS_ROWS + choices
    return {
        "Type": "rich_media",
        "ButtonsGroupColumns": 6,
        "ButtonsGroupRows": rows,
        "BgColor": "#FFFFFF",
        "Buttons": [node for card in cards.cards for node in _build_card(card, image, choices)],
    }


def _size(button: Button, buttons: Sequence[Button]) -> Node:
    if len(buttons) >= _TWO_COLUMNS_FROM and all(len(each.label) <= _SHORT_LABEL for each in buttons):
        return {"Columns": 3, "Rows": 1}
    tall = len(buttons) * 2 <= spec.KEYBOARD_ROWS and len(button.label) > _LONG_LABEL
    return {"Columns": 6, "Rows": 2 if tall else 1}


def _press(button: Button) -> Node:
    """Viber posts an opened link into the chat as the customer's message unless it is silent."""
    text = _markup(button.label, spec.BUTTON_TEXT)
    if button.url:
        return {"ActionType": "open-url", "ActionBody": button.url, "Text": text, "Silent": True}
    return {"ActionType": "reply", "ActionBody": button.label, "Text": text, "Silent": False}


def _build_card(card: Card, image: bool, choices: int) -> list[Node]:
    nodes = [_image(card)] if image else []
    nodes.append({**_still(_WORDS_ROWS, _words(card)), "TextHAlign": "left", "TextVAlign": "top"})
    nodes += [
        {**_press(button), "Columns": 6, "Rows": 1, "TextSize": "regular", "BgColor": _BUTTON_COLOUR}
        for button in card.buttons
    ]
    nodes += [_still(1) for _ in range(choices - len(card.buttons))]
    return nodes


def _image(card: Card) -> Node:
    """The card's picture; one that Viber would not show is offered as a link."""
    if card.image is None or not card.image.url:
        return _still(_IMAGE_ROWS)
    path = urlsplit(card.image.url).path.lower()
    if path.endswith(spec.PICTURE_EXTENSIONS) and (card.image.size or 0) <= spec.CARD_IMAGE_BYTES:
        return {**_still(_IMAGE_ROWS), "Image": card.image.url}
    name = card.image.name or "Open the image"
    link = f'<font color="{_LINK_COLOUR}">{_markup(name, 120)}</font>'
    return {**_press(Button(label=name, url=card.image.url)), "Columns": 6, "Rows": _IMAGE_ROWS, "Text": link}


def _still(rows: int, text: str = "") -> Node:
    """A piece of a card that does nothing when it is tapped."""
    still: Node = {"Columns": 6, "Rows": rows, "ActionType": "none", "ActionBody": "none", "BgColor": "#FFFFFF"}
    return {**still, "Text": text} if text else still


def _words(card: Card) -> str:
    title = f"<b>{_markup(card.title, spec.BUTTON_TEXT - 20)}</b>"
    room = spec.BUTTON_TEXT - len(title) - len("<br>")
    return f"{title}<br>{_markup(card.text, room)}" if card.text and room > 0 else title


def _markup(text: str, limit: int) -> str:
    """`text` as HTML of at most `limit` characters; escaping makes it longer, and half an entity breaks the button."""
    room = limit
    while len(marked := escape(shorten(text, room), quote=False).replace("\n", "<br>")) > limit:
        room -= 1
    return marked
