"""The two templates of Api Chat, and their buttons.

UChat's page shows only postbacks. The templates are those of Facebook Messenger, and so are the other buttons here,
unless `own` asks for UChat's kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from playground.services.uchat.records import Draft, Json

Ratio = Literal["horizontal", "square"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One of `payload`, `url` and `phone` is given."""

    title: str
    payload: str = ""
    url: str = ""
    phone: str = ""

    def show(self, *, own: bool = False) -> Json:
        if self.url:
            return {"type": "url" if own else "web_url", "title": self.title, "url": self.url}
        if self.phone and own:
            return {"type": "call", "title": self.title, "phone": self.phone}
        if self.phone:
            return {"type": "phone_number", "title": self.title, "payload": self.phone}
        return {"type": "postback", "title": self.title, "payload": self.payload}


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`default_url` is what a tap on the card opens, as its default action; `item_url` is the older field for it."""

    title: str
    subtitle: str = ""
    image_url: str = ""
    item_url: str = ""
    default_url: str = ""
    buttons: Sequence[Button] = ()

    def show(self, *, own: bool = False) -> Json:
        return {
            "title": self.title,
            "image_url": self.image_url or None,
            "item_url": self.item_url or None,
            "subtitle": self.subtitle,
            "default_action": {"type": "web_url", "url": self.default_url} if self.default_url else None,
            "buttons": [button.show(own=own) for button in self.buttons],
        }


def draft_buttons(text: str, buttons: Sequence[Button], *, own: bool = False) -> Draft:
    shown = [button.show(own=own) for button in buttons]
    attributes = {"text": text, "buttons": shown}
    return Draft(text=text, template={"content_type": "button_template", "content_attributes": attributes})


def draft_cards(text: str, cards: Sequence[Card], ratio: Ratio = "horizontal", *, own: bool = False) -> Draft:
    """One card, or a carousel."""
    attributes = {"ratio": ratio, "items": [card.show(own=own) for card in cards]}
    return Draft(text=text, template={"content_type": "generic_template", "content_attributes": attributes})


def buttons_of(draft: Draft) -> list[Json]:
    """Of a template, or of all its cards."""
    attributes = draft.template.get("content_attributes", {})
    return [*attributes.get("buttons", []), *(one for item in attributes.get("items", []) for one in item["buttons"])]
