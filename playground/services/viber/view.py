"""What customers see on their phones, for the page."""

from __future__ import annotations

import re
from html import unescape
from itertools import groupby
from urllib.parse import unquote, urlsplit

from playground.services.viber.records import Button, Json, Line, Person, ShownCard
from playground.services.viber.rules import TAGS, as_object, read_buttons, read_number
from playground.services.viber.state import State


def show_phones(state: State) -> Json:
    people = [_show_person(state, person) for person in state.people.values()]
    return {"service": state.service, "title": "Viber", "side": "messenger", "people": people}


def _show_person(state: State, person: Person) -> Json:
    return {
        "id": person.id,
        "name": person.name,
        "avatar": f"{state.base_url}{person.avatar_file}",
        "subscribed": person.subscribed,
        "messages": [line.as_json(keyboard=line.id == person.keyboard_line) for line in person.lines],
    }


# --- messages --------------------------------------------------------------------------------------------------------


def show_message(message: Json, line: Line) -> Line:
    """Fills the line with what the customer sees. The message has passed all checks."""
    sender = as_object(message["sender"])
    line.name = str(sender["name"])
    line.avatar = str(sender["avatar"]) if sender.get("avatar") else None
    line.text = str(message.get("text") or "")
    kind = message.get("type")
    if kind in {"picture", "video", "file"}:
        line.attachment = _show_attachment(message)
    elif kind == "url":
        line.text = str(message["media"])
    elif kind == "location":
        location = as_object(message["location"])
        line.location = {"latitude": location["lat"], "longitude": location["lon"]}
    elif kind == "contact":
        contact = as_object(message["contact"])
        line.text = f"{contact['name']}: {contact['phone_number']}"
    elif kind == "sticker":
        line.text = f"[sticker {message['sticker_id']}]"
    elif kind == "rich_media":
        line.cards = _show_cards(as_object(message["rich_media"]))
    if message.get("keyboard"):
        line.buttons = tuple(_show_button(button) for button in read_buttons(as_object(message["keyboard"])))
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
    card = read_number(media, "ButtonsGroupColumns", 6, 6) * read_number(media, "ButtonsGroupRows", 7, 7)
    used = 0
    numbered = []
    for button in read_buttons(media):
        numbered.append((used // card, button))
        used += read_number(button, "Columns", 6, 6) * read_number(button, "Rows", 7, 1)
    return tuple(
        _show_card([button for _, button in group]) for _, group in groupby(numbered, key=lambda entry: entry[0])
    )


def _show_card(buttons: list[Json]) -> ShownCard:
    still = [button for button in buttons if button.get("ActionType") == "none"]
    lines = "\n".join(plain for button in still if (plain := _plain(str(button.get("Text", "")))))
    title, _, text = lines.partition("\n")
    images = [str(button["Image"]) for button in buttons if button.get("Image")]
    return ShownCard(
        title=title,
        text=text,
        image=images[0] if images else None,
        buttons=tuple(_show_button(button) for button in buttons if button not in still),
    )


def _show_button(button: Json) -> Button:
    body = str(button["ActionBody"])
    return Button(
        label=_plain(str(button.get("Text", ""))) or body,
        action=str(button.get("ActionType", "reply")),
        body=body,
        silent=button.get("Silent") is True,
    )


def _plain(markup: str) -> str:
    return unescape(TAGS.sub("", re.sub(r"<br\s*/?>", "\n", markup)))
