"""Messages with buttons, lists and links.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-list-messages
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playground.services.whatsapp.errors import RefusedCall, invalid
from playground.services.whatsapp.records import Json

_BODY, _LIST_BODY, _FOOTER, _HEADER = 1024, 4096, 60, 60
_MOST_BUTTONS, _MOST_SECTIONS, _MOST_ROWS = 3, 10, 10
_MEDIA_HEADERS = {"text", "image", "video", "document"}


def check_interactive(given: Json) -> None:
    """Raises RefusedCall."""
    kind = given["type"]
    check = _CHECKS.get(kind)
    if check is None:
        known = ", ".join(sorted(_CHECKS))
        raise RefusedCall(100, title=f"Param interactive['type'] must be one of {{{known}}} - got {kind[:40]!r}.")
    longest = _LIST_BODY if kind == "list" else _BODY
    _check_words(_read_words(given, "body", required=True), longest, "Body")
    if "footer" in given:
        _check_words(_read_words(given, "footer", required=True), _FOOTER, "Footer")
    if "header" in given:
        _check_header(given["header"], {"text"} if kind == "list" else _MEDIA_HEADERS)
    check(given["action"])


def _read_words(given: Json, name: str, *, required: bool) -> str:
    if required and name not in given:
        raise RefusedCall(131008, f"Parameter 'interactive['{name}']' is required")
    return str(given[name]["text"])


def _check_words(text: str, longest: int, what: str) -> None:
    if not text.strip() or len(text) > longest:
        raise invalid(f"{what} text length invalid. Min length: 1, Max length: {longest}")


def _check_header(header: Json, allowed: set[str]) -> None:
    kind = header["type"]
    if kind not in allowed:
        raise invalid(f"Header of the type {kind[:40]!r} is not supported here")
    if kind not in header:
        raise RefusedCall(131008, f"Parameter 'interactive['header']['{kind}']' is required")
    if others := sorted(header.keys() - {"type", kind}):
        raise RefusedCall(100, title=f'Unexpected key "{others[0]}" on param "interactive[\'header\']".')
    if kind == "text":
        _check_words(header["text"], _HEADER, "Header")


def _check_buttons(action: Json) -> None:
    _check_keys(action, {"buttons"})
    buttons = action["buttons"]
    if not 1 <= len(buttons) <= _MOST_BUTTONS:
        raise invalid(f"Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: {_MOST_BUTTONS}")
    for button in buttons:
        if button["type"] != "reply":
            raise invalid("Button of a type that is not reply")
        _check_words(button["reply"]["title"], 20, "Button title")
        _check_words(button["reply"]["id"], 256, "Button id")
    _check_unique([button["reply"]["title"] for button in buttons], "Button title")
    _check_unique([button["reply"]["id"] for button in buttons], "Button id")


def _check_list(action: Json) -> None:
    _check_keys(action, {"button", "sections"})
    _check_words(action["button"], 20, "Button label")
    sections = action["sections"]
    if not 1 <= len(sections) <= _MOST_SECTIONS:
        raise invalid(f"Invalid sections count. Min allowed: 1, Max allowed: {_MOST_SECTIONS}")
    rows = [row for section in sections for row in section["rows"]]
    if len(rows) > _MOST_ROWS:
        raise invalid(f"Total row count exceed max allowed count: {_MOST_ROWS}")
    for section in sections:
        if not section["rows"]:
            raise invalid("A section needs at least one row")
        if "title" in section or len(sections) > 1:
            _check_words(section.get("title", ""), 24, "Section title")
    for row in rows:
        _check_words(row["id"], 200, "Row id")
        _check_words(row["title"], 24, "Row title")
        if "description" in row:
            _check_words(row["description"], 72, "Row description")
    _check_unique([row["id"] for row in rows], "Row id")


def _check_link(action: Json) -> None:
    _check_keys(action, {"name", "parameters"})
    if action["name"] != "cta_url":
        raise invalid("Action name must be cta_url")
    parameters = action["parameters"]
    _check_words(parameters["display_text"], 20, "Display text")
    if not parameters["url"].startswith(("http://", "https://")) or len(parameters["url"]) > 2000:
        raise invalid("Param url is not a valid URI")


def _check_request(name: str) -> Callable[[Json], None]:
    def check(action: Json) -> None:
        _check_keys(action, {"name"})
        if action["name"] != name:
            raise invalid(f"Action name must be {name}")

    return check


def _check_keys(action: Json, wanted: set[str]) -> None:
    for name in sorted(wanted):
        if name not in action:
            raise RefusedCall(131008, f"Parameter 'interactive['action']['{name}']' is required")
    if others := sorted(action.keys() - wanted):
        raise RefusedCall(100, title=f'Unexpected key "{others[0]}" on param "interactive[\'action\']".')


def _check_unique(values: list[str], what: str) -> None:
    if len(set(values)) < len(values):
        raise invalid(f"{what}s must be unique")


_CHECKS: Mapping[str, Callable[[Json], None]] = {
    "button": _check_buttons,
    "list": _check_list,
    "cta_url": _check_link,
    "location_request_message": _check_request("send_location"),
    "request_contact_info": _check_request("request_contact_info"),
}
