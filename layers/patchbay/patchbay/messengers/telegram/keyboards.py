"""Buttons below a message, and cards, in Telegram's words."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import batched

from patchbay.domain.model import Button, Card, Sender
from patchbay.domain.text import shorten
from patchbay.messengers.telegram import spec

Node = dict[str, object]

_TWO_COLUMNS_FROM = 4  #: more buttons than this, with short labels, stand two in a row
_SHORT_LABEL = 16


def build_keyboard(buttons: Sequence[Button]) -> Node:
    """For `reply_markup`; nothing for no buttons."""
    if not buttons:
        return {}
    is_narrow = len(buttons) > _TWO_COLUMNS_FROM and all(len(button.label) <= _SHORT_LABEL for button in buttons)
    rows = batched(buttons, 2 if is_narrow else 1, strict=False)
    return {"reply_markup": {"inline_keyboard": [[_build_button(button) for button in row] for row in rows]}}


def _build_button(button: Button) -> Node:
    """Telegram wants something to send back, also for a button without a payload."""
    if button.url:
        return {"text": button.label, "url": button.url}
    return {"text": button.label, "callback_data": button.payload or button.label}


def sign_text(text: str, sender: Sender) -> Node:
    """`text` below the name of who wrote it, for a field that is read as HTML; nothing where there is neither."""
    name = f"<b>{escape(shorten(sender.name, spec.NAME), quote=False)}</b>" if sender.name else ""
    written = "\n".join(filter(None, (name, escape(text, quote=False))))
    return {"text": written, "parse_mode": "HTML"} if written else {}


def sign_caption(text: str, sender: Sender) -> Node:
    """The same for a file's caption."""
    signed = sign_text(text, sender)
    return {"caption": signed["text"], "parse_mode": signed["parse_mode"]} if signed else {}


def write_card(card: Card, sender: Sender) -> str:
    """The title in bold and the text, as HTML, below the name of who sends it."""
    title = f"<b>{escape(card.title, quote=False)}</b>"
    signed = str(sign_text("", sender).get("text", ""))
    return "\n".join(filter(None, (signed, title, escape(card.text, quote=False))))
