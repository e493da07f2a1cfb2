"""What a message holds, in words only: for messengers that take this part of it in no other way."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from patchbay.domain.albums import Album
from patchbay.domain.errors import Rejected
from patchbay.domain.model import Attachment, Button, Cards, ContactCard, Location, Text
from patchbay.kit.attachment_fitting import name_attachment
from patchbay.kit.links import describe_link, map_link


def spell_content(content: Text | Attachment | Album | Location | ContactCard | Cards) -> Iterable[str]:
    """Its lines, of which some may be empty. Raises Rejected for a file that has no address."""
    match content:
        case Text():
            yield content.text
        case Attachment():
            yield from _spell_file(content)
        case Album():
            yield from chain.from_iterable(map(_spell_file, content.files))
        case Location():
            yield from (content.label, map_link(content))
        case ContactCard():
            yield ": ".join(filter(None, (content.name, content.phone)))
        case Cards():
            for card in content.cards:
                yield from (card.title, card.text, (card.image and card.image.url) or "")
                yield from spell_buttons(card.buttons)


def spell_buttons(buttons: Iterable[Button]) -> list[str]:
    """A line for each. A label that the customer types counts as a tap."""
    return [describe_link(button.label, button.url) if button.url else f"• {button.label}" for button in buttons]


def _spell_file(file: Attachment) -> Iterable[str]:
    if not file.url:
        raise Rejected("the attachment could not be downloaded", code="attachment")
    yield file.caption
    yield describe_link(name_attachment(file), file.url)
