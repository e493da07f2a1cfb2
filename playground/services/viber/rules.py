"""What the customer's phone checks itself, after the API has accepted a message: keyboards, cards and media."""

from __future__ import annotations

import re

from playground.services.viber.bodies import MEGABYTE
from playground.services.viber.records import Json

_ACTIONS = frozenset({"reply", "open-url", "location-picker", "share-phone", "none"})
TAGS = re.compile(r"</?(?:b|i|u|s|font)(?:\s+(?:color|size)\s*=\s*[\"'][^\"'<>]*[\"'])*\s*>|<br\s*/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-zA-Z]+|#[0-9]+|#x[0-9a-fA-F]+);")
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9\[][A-Za-z0-9.:\[\]_@-]*(?:[/?#][!-~]*)?")  #: what every phone opens


class RefusedByPhone(Exception):
    """The phone cannot show it: a `failed` callback follows."""


def find_mistake(message: Json, measured: int | None) -> str:
    """Why the phone does not show an accepted message, "" when it does. `measured` is the media's real size."""
    try:
        _check_sizes(message, measured)
        if message.get("keyboard") is not None:
            _check_keyboard(as_object(message["keyboard"]))
        if message.get("type") == "rich_media":
            _check_rich_media(as_object(message["rich_media"]))
    except RefusedByPhone as refusal:
        return f"message validation failed: {refusal}"
    return ""


def _check_sizes(message: Json, measured: int | None) -> None:
    if measured is None:
        return
    if message.get("type") == "picture" and measured > MEGABYTE:
        raise RefusedByPhone("the image is larger than 1 MB")
    if message.get("type") in {"video", "file"} and measured != message.get("size"):
        raise RefusedByPhone("the size is wrong")


def _check_keyboard(keyboard: Json) -> None:
    if keyboard.get("Type") != "keyboard":
        raise RefusedByPhone("Type")
    cells = sum(_check_button(button, max_rows=2) for button in read_buttons(keyboard))
    if cells > 12 * 6:
        raise RefusedByPhone("more than 12 rows")


def _check_rich_media(media: Json) -> None:
    if media.get("Type") != "rich_media":
        raise RefusedByPhone("Type")
    card = read_number(media, "ButtonsGroupColumns", 6, 6) * read_number(media, "ButtonsGroupRows", 7, 7)
    used = 0
    for button in read_buttons(media):
        cells = _check_button(button, max_rows=7)
        if used % card + cells > card:
            raise RefusedByPhone("a button lies across two cards")
        used += cells
    if used > 6 * card:
        raise RefusedByPhone("more than 6 cards")


def _check_button(button: Json, max_rows: int) -> int:
    """How many cells of the grid it takes. Raises RefusedByPhone."""
    action = button.get("ActionType", "reply")
    body = button.get("ActionBody")
    if action not in _ACTIONS or not isinstance(body, str) or not body:
        raise RefusedByPhone("ActionType or ActionBody")
    if action == "reply" and len(body) > 250:
        raise RefusedByPhone("ActionBody is too long")
    if action == "open-url" and not _ADDRESS.fullmatch(body):
        raise RefusedByPhone("ActionBody is no address")
    if not isinstance(button.get("Silent", False), bool):
        raise RefusedByPhone("Silent")
    _check_appearance(button)
    return read_number(button, "Columns", 6, 6) * read_number(button, "Rows", max_rows, 1)


def _check_appearance(button: Json) -> None:
    text = button.get("Text", "")
    if not isinstance(text, str) or len(text) > 250 or re.search(r"[<>&]", _ENTITY.sub("", TAGS.sub("", text))):
        raise RefusedByPhone("Text")
    if button.get("TextSize", "regular") not in {"small", "regular", "large"}:
        raise RefusedByPhone("TextSize")
    if not _COLOR.fullmatch(str(button.get("BgColor", "#FFFFFF"))):
        raise RefusedByPhone("BgColor")
    if "Image" in button and not _ADDRESS.fullmatch(str(button["Image"])):
        raise RefusedByPhone("Image")


def read_buttons(holder: Json) -> list[Json]:
    buttons = holder.get("Buttons")
    if not isinstance(buttons, list) or not buttons:
        raise RefusedByPhone("Buttons")
    return [as_object(button) for button in buttons]


def read_number(values: Json, key: str, highest: int, default: int) -> int:
    value = values.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= highest:
        raise RefusedByPhone(key)
    return value


def as_object(value: object) -> Json:
    if not isinstance(value, dict):
        raise RefusedByPhone("not an object")
    return value
