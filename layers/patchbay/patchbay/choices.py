"""Finding the choice behind a customer's words: a tapped label, a typed label or a typed number. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby

from patchbay.model import Message, Offer, Tap, Text

LIFETIME = timedelta(days=7)
_KEYBOARDS = 2  #: kept on a session: the one before may still be on the customer's screen
_OVERHEAD = 8  #: bytes that a store needs for an offer besides its words
_MOST_BYTES = 1800  #: of labels and payloads on a session, which is written whole with every change


def keep_offers(old: Iterable[Offer], new: tuple[Offer, ...], now: datetime) -> tuple[Offer, ...]:
    """The offers that a session keeps after `new` were shown, oldest first.

    Those of the last two keyboards, as far as there is room: an older keyboard stays whole or goes. Of one that is too
    large the first buttons stay; who taps another sends its label as an ordinary message.
    """
    fresh = [offer for offer in old if now - offer.offered_at <= LIFETIME]
    shown = groupby((*fresh, *new), key=lambda offer: offer.offered_at)
    *before, last = [tuple(keyboard) for _, keyboard in shown] or [()]
    kept, left = _fit(last, _MOST_BYTES)
    for keyboard in before[:-_KEYBOARDS:-1]:
        fitting, left = _fit(keyboard, left)
        if len(fitting) < len(keyboard):
            break
        kept = (*keyboard, *kept)
    return kept


def _fit(keyboard: tuple[Offer, ...], room: int) -> tuple[tuple[Offer, ...], int]:
    """The first offers that fit into `room` bytes, and how many bytes are left."""
    for count, offer in enumerate(keyboard):
        payload = "" if offer.payload == offer.label else offer.payload
        size = len(offer.label.encode()) + len(payload.encode()) + _OVERHEAD
        if size > room:
            return keyboard[:count], room
        room -= size
    return keyboard, room


def resolve_choice(message: Message, offers: Iterable[Offer], now: datetime) -> Tap | None:
    """The offer that `message` picks, or None when it is an ordinary message.

    A label matches whatever its case; the latest offer wins. A number counts only among the offers shown last, so that
    an old list never swallows a plain "2". A question that was shown last takes any other words for its answer.
    """
    words = _only_text(message)
    if words is None:
        return None
    live = [offer for offer in offers if now - offer.offered_at <= LIFETIME]
    for offer in reversed(live):
        if offer.label.strip().casefold() == words.casefold():
            return Tap(label=offer.label, payload=offer.payload)
    latest = max((offer.offered_at for offer in live), default=None)
    number = words.rstrip(".)")
    for offer in live:
        if offer.offered_at == latest and offer.number and number == str(offer.number):
            return Tap(label=offer.label, payload=offer.payload)
    asked = next((offer for offer in live if not offer.label and offer.offered_at == latest), None)
    return Tap(label=words, payload=asked.payload) if asked else None


def spend_question(offers: tuple[Offer, ...], tap: Tap) -> tuple[Offer, ...]:
    """Without the question that `tap` has answered: what is written after it is an ordinary message."""
    return tuple(offer for offer in offers if offer.label or offer.payload != tap.payload)


def _only_text(message: Message) -> str | None:
    if len(message.content) != 1:
        return None
    content = message.content[0]
    return content.text.strip() if isinstance(content, Text) else None
