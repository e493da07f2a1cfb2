"""Checks keyboards: one action for each inline button, within Telegram's limits."""

from __future__ import annotations

import re

from playground.services.telegram.errors import bad_request
from playground.services.telegram.records import Json

_MOST_BUTTONS = 100
_LONGEST_DATA = 64  #: bytes
_LONGEST_COPIED = 256
_KINDS = ("inline_keyboard", "keyboard", "remove_keyboard", "force_reply")
_ACTIONS = ("url", "callback_data", "switch_inline_query", "switch_inline_query_current_chat", "copy_text")
_STYLES = {"danger", "success", "primary"}


def check_markup(markup: Json) -> None:
    """Raises RefusedCall."""
    kinds = [kind for kind in _KINDS if kind in markup]
    if len(kinds) != 1:
        raise bad_request("object expected as reply markup: one of " + ", ".join(_KINDS))
    rows: list[list[Json]] = markup.get("inline_keyboard") or markup.get("keyboard") or []
    if sum(len(row) for row in rows) > _MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    for row in rows:
        for button in row:
            _check_button(button, is_inline=kinds == ["inline_keyboard"])


def _check_button(button: Json, *, is_inline: bool) -> None:
    if not str(button["text"]).strip():
        raise bad_request("BUTTON_TEXT_INVALID")
    if button.get("style", "primary") not in _STYLES:
        raise bad_request("can't parse inline keyboard button: invalid button style specified")
    if is_inline:
        _check_action(button)


def _check_action(button: Json) -> None:
    actions = [action for action in _ACTIONS if action in button]
    if len(actions) != 1:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if actions == ["callback_data"] and not 1 <= len(str(button["callback_data"]).encode()) <= _LONGEST_DATA:
        raise bad_request("BUTTON_DATA_INVALID")
    if actions == ["url"] and not re.match(r"(?i)(https?|tg)://[^\s/]", str(button["url"])):
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    if actions == ["copy_text"]:
        copied = button["copy_text"]
        if not 1 <= len(str(copied["text"])) <= _LONGEST_COPIED:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
