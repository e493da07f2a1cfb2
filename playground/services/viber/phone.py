"""The customer's phone: it checks keyboards and media itself, after the API has said 0, and shows them."""

from __future__ import annotations

import re
from html import unescape
from itertools import groupby
from urllib.parse import unquote, urlsplit

from playground.services.viber.checks import MEGABYTE
from playground.services.viber.state import Json, Line, Press, ShownCard

_ACTIONS = frozenset({"reply", "open-url", "location-picker", "share-phone", "none"})
_TAGS = re.compile(r"</?(?:b|i|u|s|font)(?:\s+(?:color|size)\s*=\s*[\"'][^\"'<>]*[\"'])*\s*>|<br\s*/?>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:[a-zA-Z]+|#[0-9]+|#x[0-9a-fA-F]+);")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9\[][A-Za-z0-9.:\[\]_@-]*(?:[/?#][!-~]*)?")  #: what every phone opens


class RefusedByPhone(Exception):
    """The phone cannot show it: a `failed` callback follows."""


def find_mistake(message: Json, measured: int | None) -> str:
    """Why the phone will not show an accepted message, "" when it does. `measured` is the media's real size."""
    try:
        _check_sizes(message, measured)
        if message.get("keyboard") is not None:
            _check_keyboard(_as_object(message["keyboard"]))
        if message.get("type") == "rich_media":
            _check_rich_media(_as_object(message["rich_media"]))
    except RefusedByPhone as refusal:
        return f"message validation failed: {refusal}"
    return ""


def _check_sizes(message: Json, measured: int | None) -> None:
    if measured is None:
        return
    if message.get("type") == "picture" and measured > MEGABYTE:
        raise RefusedByPhone("the picture is larger than 1 MB")
    if message.get("type") in {"video", "file"} and measured != message.get("size"):
        raise RefusedByPhone("the size is wrong")


def _check_keyboard(keyboard: Json) -> None:
    if keyboard.get("Type") != "keyboard":
        raise RefusedByPhone("Type")
    cells = sum(_check_button(button, max_rows=2) for button in _buttons(keyboard))
    if cells > 12 * 6:
        raise RefusedByPhone("more than 12 rows")


def _check_rich_media(media: Json) -> None:
    if media.get("Type") != "rich_media":
        raise RefusedByPhone("Type")
    card = _number(media, "ButtonsGroupColumns", 6, 6) * _number(media, "ButtonsGroupRows", 7, 7)
    used = 0
    for button in _buttons(media):
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
    _check_look(button)
    return _number(button, "Columns", 6, 6) * _number(button, "Rows", max_rows, 1)


def _check_look(button: Json) -> None:
    text = button.get("Text", "")
    if not isinstance(text, str) or len(text) > 250 or re.search(r"[<>&]", _ENTITY.sub("", _TAGS.sub("", text))):
        raise RefusedByPhone("Text")
    if button.get("TextSize", "regular") not in {"small", "regular", "large"}:
        raise RefusedByPhone("TextSize")
    if not _COLOUR.fullmatch(str(button.get("BgColor", "#FFFFFF"))):
        raise RefusedByPhone("BgColor")
    if "Image" in button and not _ADDRESS.fullmatch(str(button["Image"])):
        raise RefusedByPhone("Image")


def _buttons(holder: Json) -> list[Json]:
    buttons = holder.get("Buttons")
    if not isinstance(buttons, list) or not buttons:
        raise RefusedByPhone("Buttons")
    return [_as_object(button) for button in buttons]


def _number(values: Json, key: str, highest: int, default: int) -> int:
    value = values.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= highest:
        raise RefusedByPhone(key)
    return value


def _as_object(value: object) -> Json:
    if not isinstance(value, dict):
        raise RefusedByPhone("not an object")
    return value


# --- showing ---------------------------------------------------------------------------------------------------------


def show(message: Json, line: Line) -> Line:
    """Fills the line with what the customer sees. The message has passed all checks."""
    sender = _as_object(message["sender"])
    line.name = str(sender["name"])
    line.avatar = str(sender["avatar"]) if sender.get("avatar") else None
    line.text = str(message.get("text") or "")
    kind = message.get("type")
    if kind in {"picture", "video", "file"}:
        line.attachment = _show_attachment(message)
    elif kind == "url":
        line.text = str(message["media"])
    elif kind == "location":
        place = _as_object(message["location"])
        line.location = {"latitude": place["lat"], "longitude": place["lon"]}
    elif kind == "contact":
        contact = _as_object(message["contact"])
        line.text = f"{contact['name']}: {contact['phone_number']}"
    elif kind == "sticker":
        line.text = f"[sticker {message['sticker_id']}]"
    elif kind == "rich_media":
        line.cards = _show_cards(_as_object(message["rich_media"]))
    if message.get("keyboard"):
        line.buttons = tuple(_show_press(button) for button in _buttons(_as_object(message["keyboard"])))
    return line


def _show_attachment(message: Json) -> Json:
    media = str(message["media"])
    return {
        "kind": {"picture": "image"}.get(str(message["type"]), str(message["type"])),
        "url": media,
        "name": message.get("file_name") or unquote(urlsplit(media).path.rpartition("/")[2]),
        "size": message.get("size"),
    }


def _show_cards(media: Json) -> tuple[ShownCard, ...]:
    card = _number(media, "ButtonsGroupColumns", 6, 6) * _number(media, "ButtonsGroupRows", 7, 7)
    used = 0
    numbered = []
    for button in _buttons(media):
        numbered.append((used // card, button))
        used += _number(button, "Columns", 6, 6) * _number(button, "Rows", 7, 1)
    return tuple(
        _show_card([button for _, button in group]) for _, group in groupby(numbered, key=lambda entry: entry[0])
    )


def _show_card(buttons: list[Json]) -> ShownCard:
    still = [button for button in buttons if button.get("ActionType") == "none"]
    words = "\n".join(plain for button in still if (plain := _plain(str(button.get("Text", "")))))
    title, _, text = words.partition("\n")
    images = [str(button["Image"]) for button in buttons if button.get("Image")]
    return ShownCard(
        title=title,
        text=text,
        image=images[0] if images else None,
        buttons=tuple(_show_press(button) for button in buttons if button not in still),
    )


def _show_press(button: Json) -> Press:
    body = str(button["ActionBody"])
    return Press(
        label=_plain(str(button.get("Text", ""))) or body,
        action=str(button.get("ActionType", "reply")),
        body=body,
        silent=button.get("Silent") is True,
    )


def _plain(markup: str) -> str:
    return unescape(_TAGS.sub("", re.sub(r"<br\s*/?>", "\n", markup)))
