"""Cards as a destination shows them: what finds no place on one is said after all of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from patchbay.domain.model import Attachment, Button, Card
from patchbay.domain.text import shorten, text_length
from patchbay.kit.capabilities import ButtonRule, CardRule
from patchbay.kit.links import WEB, read_link


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedCard:
    """`card` is what is shown. `title` and `text` are the whole words where it holds their beginning only."""

    card: Card
    title: str = ""
    text: str = ""
    image: Attachment | None = None  #: that is not on it: nobody could load it from there
    buttons: tuple[Button, ...] = ()  #: that are not on it


def fit_card(card: Card, rule: CardRule, schemes: frozenset[str]) -> FittedCard:
    """The card with the first buttons that fit."""
    title, text = _cut(card.title, rule.max_title), _cut(card.text, rule.max_text)
    shown, others = share_buttons(card.buttons, schemes, rule)
    image = _open_image(card.image)
    return FittedCard(
        card=replace(card, title=title, text=text, image=image, buttons=shown),
        title=card.title if title != card.title else "",
        text=card.text if text != card.text else "",
        image=None if image else card.image,
        buttons=others,
    )


def share_buttons(
    buttons: Sequence[Button], schemes: frozenset[str], rule: CardRule
) -> tuple[tuple[Button, ...], tuple[Button, ...]]:
    """Those that can be shown, links with an address that every phone opens; and the others as they are."""
    shown: list[Button] = []
    others: list[Button] = []
    if not shows_links(buttons, rule):
        schemes = frozenset()
    for button in buttons:
        opened = open_button(button, schemes)
        if opened and len(shown) < rule.max_buttons and text_length(button.label) <= rule.max_label:
            shown.append(opened)
        else:
            others.append(button)
    return tuple(shown), tuple(others)


def shows_links(buttons: Sequence[Button], rule: ButtonRule | CardRule) -> bool:
    """Whether those of the buttons that are links have a place among them."""
    links = [button for button in buttons if button.url]
    fit = rule.max_links is None or len(links) <= rule.max_links
    return fit and (rule.mixed or len(links) in {0, len(buttons)})


def open_button(button: Button, schemes: frozenset[str]) -> Button | None:
    """The button; None for a link that would lead nowhere."""
    if not button.url:
        return button
    address = read_link(button.url, schemes)
    return replace(button, url=address) if address else None


def _open_image(image: Attachment | None) -> Attachment | None:
    address = read_link(image.url or "", WEB) if image else None
    return replace(image, url=address) if image and address else None


def _cut(text: str, limit: int) -> str:
    if text_length(text) <= limit:
        return text
    return shorten(text, limit) if limit > 1 else ""
