"""Buttons and cards in WhatsApp's forms: up to three buttons, a list of up to ten rows, or one link as a button.

What has no place in one form takes the next; in the end everything is said in words.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from patchbay.domain.model import Button
from patchbay.domain.text import text_length
from patchbay.kit.fallbacks import CHOOSE
from patchbay.kit.plain_words import spell_buttons
from patchbay.messengers.whatsapp import spec

Node = dict[str, object]

OPTIONS = "Options"  #: on the button that opens a list


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One message of WhatsApp's: its type, and what stands under this name."""

    type: str
    content: Node | list[Node]

    def as_fields(self) -> Node:
        return {"type": self.type, self.type: self.content}


def make_text(words: str) -> Form:
    return Form(type="text", content={"body": words, "preview_url": False})


def offer(words: str, buttons: Sequence[Button], header: Node | None = None) -> list[Form] | None:
    """One message with the words and the buttons. None where no form takes both.

    `header` is an image, a video or a document above them.
    """
    replies = [button for button in buttons if not button.url]
    links = [button for button in buttons if button.url]
    if not replies:
        return [_link(words, links[0], header)] if len(links) == 1 and _fits_link(words, links[0]) else None
    spoken = "\n".join(filter(None, (words, *spell_buttons(links)))) or CHOOSE
    if _fit_buttons(spoken, replies):
        return [_make_buttons(spoken, replies, header)]
    if header is None and _fit_list(spoken, replies):
        return [_make_list(spoken, replies)]
    return None


# --- which form ------------------------------------------------------------------------------------------------------


def _fits_link(words: str, button: Button) -> bool:
    return text_length(words) <= spec.BODY and text_length(button.label) <= spec.BUTTON_LABEL


def _fit_buttons(words: str, buttons: Sequence[Button]) -> bool:
    short = all(text_length(button.label) <= spec.BUTTON_LABEL for button in buttons)
    return len(buttons) <= spec.REPLIES and short and text_length(words) <= spec.BODY and _are_different(buttons)


def _fit_list(words: str, buttons: Sequence[Button]) -> bool:
    short = all(text_length(button.label) <= spec.ROW_LABEL for button in buttons)
    return len(buttons) <= spec.ROWS and short and text_length(words) <= spec.LIST_BODY and _are_different(buttons)


def _are_different(buttons: Sequence[Button]) -> bool:
    """WhatsApp refuses buttons that look alike, or send back the same."""
    labels, keys = {button.label for button in buttons}, {_key(button) for button in buttons}
    return len(labels) == len(keys) == len(buttons)


def _key(button: Button) -> str:
    """What comes back: WhatsApp wants something, also for a button without a payload."""
    return button.payload or button.label


# --- the forms -------------------------------------------------------------------------------------------------------


def _make(kind: str, words: str, action: Node, header: Node | None) -> Form:
    above = {"header": header} if header else {}
    return Form(type="interactive", content={"type": kind, **above, "body": {"text": words}, "action": action})


def _make_buttons(words: str, buttons: Sequence[Button], header: Node | None) -> Form:
    shown = [{"type": "reply", "reply": {"id": _key(button), "title": button.label}} for button in buttons]
    return _make("button", words, {"buttons": shown}, header)


def _make_list(words: str, buttons: Sequence[Button]) -> Form:
    rows = [{"id": _key(button), "title": button.label} for button in buttons]
    return _make("list", words, {"button": OPTIONS, "sections": [{"rows": rows}]}, None)


def _link(words: str, button: Button, header: Node | None) -> Form:
    parameters = {"display_text": button.label, "url": button.url}
    return _make("cta_url", words or CHOOSE, {"name": "cta_url", "parameters": parameters}, header)
