"""Fitting a message to what its destination can carry: message + capabilities → parts. Pure.

Decided here once for all connectors. Nothing is dropped in silence: what cannot be carried becomes a line of text that
says so, or a link.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched, count

from patchbay.domain.albums import Album
from patchbay.domain.characters import clean
from patchbay.domain.model import (
    Attachment,
    Button,
    Card,
    Cards,
    ContactCard,
    Content,
    Location,
    Message,
    Part,
    Role,
    Sender,
    Text,
    Unsupported,
)
from patchbay.domain.quick_reply import QuickReply
from patchbay.domain.text import text_length
from patchbay.kit.albums import Piece, gather_albums
from patchbay.kit.attachment_fitting import describe_attachment, fit_attachment, texts
from patchbay.kit.capabilities import ButtonRule, Capabilities
from patchbay.kit.carousel import FittedCard, fit_card, open_button, shows_links
from patchbay.kit.links import describe_link, map_link
from patchbay.kit.references_in_words import begin, put_change_in_words, quote_above

CHOOSE = "Please choose:"  #: stands above buttons that came without any text, or with files that can have none


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """The parts to deliver, in order, and the choices that the customer will see in them."""

    parts: tuple[Part, ...]
    quick_replies: tuple[QuickReply, ...] = ()


def render(message: Message, capabilities: Capabilities, key: str, now: datetime, quoted: str = "") -> Rendering:
    """What goes out for `message`. `key` is the event's id; the n-th part's key is `{key}:{n}`.

    `now` is when its choices are shown, the same for every attempt. `quoted` is the destination's id of the message
    that this one answers or changes; "" where it is not known, or not shown there.
    """
    message = clean(message)  # once more: what was fetched for it has not been on the queue
    message = put_change_in_words(message, quoted=bool(quoted))
    renderer = _Renderer(capabilities, now)
    contents = _prefix_sender(message, capabilities)
    fitted = renderer.fit(contents if quoted else quote_above(message, contents))
    pieces: list[Piece] = gather_albums(fitted, capabilities.albums)
    native, spelled = renderer.share_buttons(message.buttons)
    if spelled:
        pieces = _append_text(pieces, renderer.spell_buttons(spelled), capabilities.text_limit)
    if native and (not pieces or isinstance(pieces[-1], Album)):
        pieces.append(Text(text=CHOOSE))
    last = len(pieces) - 1
    parts = tuple(
        Part(
            key=f"{key}:{index}",
            content=piece,
            sender=message.sender,
            sent_at=message.sent_at,
            buttons=native if index == last else (),
            tapped=message.tapped if index == 0 else None,
            reply_to=quoted if index == 0 else "",
            excerpt=begin(message.reply_to) if quoted and index == 0 else "",
        )
        for index, piece in enumerate(pieces)
    )
    question = (QuickReply(number=0, label="", payload=message.question, offered_at=now),) if message.question else ()
    return Rendering(parts=parts, quick_replies=(*renderer.quick_replies, *question))


# --- contents --------------------------------------------------------------------------------------------------------


def _prefix_sender(message: Message, capabilities: Capabilities) -> Sequence[Content]:
    """Where the destination shows no name, the first text starts with it."""
    name = message.sender.name
    if capabilities.sender_name or not name or message.sender.role is not Role.AGENT:
        return message.content
    for index, content in enumerate(message.content):
        if isinstance(content, Text) and content.text.strip():
            named = Text(text=f"{name}: {content.text.strip()}")
            return (*message.content[:index], named, *message.content[index + 1 :])
    return message.content


def prefix_name(sender: Sender, content: tuple[Content, ...]) -> tuple[Sender, tuple[Content, ...]]:
    """The name in the text and not beside it, for owners who want to see it on every messenger.

    A message without a text keeps it beside.
    """
    for index, item in enumerate(content):
        if sender.name and isinstance(item, Text):
            named = Text(text=f"{sender.name}: {item.text}")
            return Sender(role=sender.role, external_id=sender.external_id), (
                *content[:index],
                named,
                *content[index + 1 :],
            )
    return sender, content


class _Renderer:
    """Fits the contents of one message, and remembers the choices that it shows on the way."""

    def __init__(self, capabilities: Capabilities, now: datetime) -> None:
        self._capabilities = capabilities
        self._limit = capabilities.text_limit
        self._now = now
        self._numbers = count(1)  # one numbering for the whole message: every number means one choice
        self.quick_replies: list[QuickReply] = []

    def fit(self, contents: Sequence[Content]) -> Iterable[Piece]:
        cards: list[Card] = []
        for content in contents:
            if isinstance(content, Card) and self._capabilities.cards:
                cards.append(content)
                continue
            yield from self._show_cards(cards)
            cards = []
            yield from self._fit_one(content)
        yield from self._show_cards(cards)

    def share_buttons(self, buttons: tuple[Button, ...]) -> tuple[tuple[Button, ...], tuple[Button, ...]]:
        """Those that the destination shows, and those that become words: links that it cannot open, or all of them."""
        rule = self._capabilities.buttons
        schemes = self._capabilities.link_schemes if rule and shows_links(buttons, rule) else frozenset()
        opened = [open_button(button, schemes) for button in buttons]
        shown = tuple(filter(None, opened))
        if not _buttons_fit(shown, rule):
            return (), buttons
        self._offer_all(shown)
        return shown, tuple(button for button, one in zip(buttons, opened, strict=True) if one is None)

    def _offer_all(self, buttons: Iterable[Button], *, lasting: bool = False) -> None:
        for button in buttons:
            if not button.url:
                self._offer(button, 0, lasting=lasting)

    def spell_buttons(self, buttons: Iterable[Button]) -> str:
        """Buttons as lines of text. Replies carry the number that the customer can type."""
        lines = []
        for button in buttons:
            if button.url:
                lines.append(describe_link(button.label, button.url))
            else:
                number = next(self._numbers)
                self._offer(button, number)
                lines.append(f"{number}. {button.label}")
        return "\n".join(lines)

    def _offer(self, button: Button, number: int, *, lasting: bool = False) -> None:
        self.quick_replies.append(
            QuickReply(number=number, label=button.label, payload=button.payload, offered_at=self._now, lasting=lasting)
        )

    def _fit_one(self, content: Content) -> Iterable[Piece]:
        match content:
            case Attachment():
                return fit_attachment(content, self._capabilities)
            case Card():
                return self._spell_card(content)
            case Location() if self._capabilities.locations:
                label = "" if self._capabilities.location_labels else content.label
                return [content, *texts(label, self._limit)]
            case ContactCard() if self._capabilities.contact_cards and content.phone:
                return [content]
            case _:
                return texts(_spell(content), self._limit)

    def _show_cards(self, cards: Sequence[Card]) -> Iterable[Piece]:
        """Side by side, all of them as cards. What found no place on one follows as a text."""
        rule = self._capabilities.cards
        if rule is None:
            return
        for group in batched(cards, rule.max_cards, strict=False):
            fitted = [fit_card(card, rule, self._capabilities.link_schemes) for card in group]
            self._offer_all((button for one in fitted for button in one.card.buttons), lasting=True)
            yield Cards(cards=tuple(one.card for one in fitted))
            names = [card.title if len(group) > 1 else "" for card in group]
            rests = [self._spell_rest(one, name) for one, name in zip(fitted, names, strict=True)]
            yield from texts("\n\n".join(filter(None, rests)), self._limit)

    def _spell_rest(self, fitted: FittedCard, name: str) -> str:
        """What a card does not hold; below the card's name where there are several."""
        image = describe_attachment(fitted.image) if fitted.image else ""
        lines = list(filter(None, (image, fitted.text, self.spell_buttons(fitted.buttons))))
        heading = fitted.title or (name if lines else "")
        return "\n".join(filter(None, (heading, *lines)))

    def _spell_card(self, card: Card) -> Iterable[Piece]:
        if card.image:
            yield from fit_attachment(card.image, self._capabilities)
        lines = (card.title, card.text, self.spell_buttons(card.buttons))
        yield from texts("\n".join(filter(None, lines)), self._limit)


def _spell(content: Text | Location | ContactCard | Unsupported) -> str:
    match content:
        case Text():
            return content.text
        case Location():
            return "\n".join(filter(None, (content.label, map_link(content))))
        case ContactCard():
            return ": ".join(filter(None, (content.name, content.phone)))
        case Unsupported():
            return f"[{content.description}]"


# --- buttons -------------------------------------------------------------------------------------------------------


def _buttons_fit(buttons: Sequence[Button], rule: ButtonRule | None) -> bool:
    if rule is None or len(buttons) > rule.max_count:
        return False
    return all(
        text_length(button.label) <= rule.max_label and (rule.links if button.url else rule.replies)
        for button in buttons
    )


def _append_text(pieces: list[Piece], text: str, limit: int) -> list[Piece]:
    """Puts `text` under the last piece when that is a text with room, else after it."""
    if pieces and isinstance(pieces[-1], Text):
        joined = f"{pieces[-1].text}\n{text}"
        if text_length(joined) <= limit:
            return [*pieces[:-1], Text(text=joined)]
    return [*pieces, *texts(text, limit)]
