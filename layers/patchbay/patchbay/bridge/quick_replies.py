"""Finding the choice behind a customer's words: a tapped label, a typed label or a typed number. Pure.

A choice answers its own question. What was offered under a message ends with the next message of the agents' side, or
when it was chosen; the cards of a carousel, which stay on the screen and can be tapped for long, do not end so.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from patchbay.bridge.text_matching import label_forms, normalize_words, read_number
from patchbay.domain.model import Button, Cards, Message, Part, Postback, Text
from patchbay.domain.quick_reply import QuickReply

LIFETIME = timedelta(days=7)
_KEYBOARDS = 2  #: kept on a session: an answer to the one before may be on its way still
_OVERHEAD = 8  #: bytes that a store needs for an offer besides its words
_MOST_BYTES = 1800  #: of labels and payloads on a session, which is written whole with every change
_CLOCK_DIFFERENCE = timedelta(seconds=2)  #: how far a messenger's clock may be behind ours
_OWNER_ENDS = " "  #: behind the id of a connection, which holds none
_KEY = "#"  #: at the beginning of what stands for a long payload; no connection's id begins so
_INSTANT = timedelta(microseconds=1)


def keep_quick_replies(old: Iterable[QuickReply], new: tuple[QuickReply, ...], now: datetime) -> tuple[QuickReply, ...]:
    """The offers that a session keeps when the agents' side says something that shows `new`, oldest first.

    What was open until now has ended, but for cards. Kept are the last two keyboards and the cards, as far as there is
    room: an older set stays whole or goes. Of a new one that is too large the first buttons stay; who taps another
    sends its label as an ordinary message.
    """
    again, labels = set(new), {normalize_words(offer.label) for offer in new}
    before = [offer for offer in old if now - offer.offered_at <= LIFETIME and _reopen(offer) not in again]
    ended = [_end(offer, now) for offer in before if not (offer.lasting and normalize_words(offer.label) in labels)]
    kept: tuple[QuickReply, ...] = ()
    room, keyboards = _MOST_BYTES, 0
    for is_new, quick_replies in (*_list_sets(new, is_new=True), *_list_sets(ended, is_new=False)):
        fitting, left = _fit(quick_replies, room)
        keyboards += not quick_replies[0].lasting
        if is_new or (fitting == quick_replies and (quick_replies[0].lasting or keyboards <= _KEYBOARDS)):
            kept, room = (*fitting, *kept), left
    return kept


def _list_sets(quick_replies: Iterable[QuickReply], *, is_new: bool) -> list[tuple[bool, tuple[QuickReply, ...]]]:
    """The keyboards, and the cards of each message; the newest first."""
    sets = groupby(quick_replies, key=lambda offer: (offer.offered_at, offer.lasting, offer.ended_at))
    return [(is_new, tuple(each)) for _, each in sets][::-1]


def _reopen(offer: QuickReply) -> QuickReply:
    return replace(offer, ended_at=None)


def _end(offer: QuickReply, at: datetime) -> QuickReply:
    """One that has ended before stays as it is, and one that ended later ended now."""
    if offer.lasting or (offer.ended_at and offer.ended_at <= at):
        return offer
    return replace(offer, ended_at=at)


def _fit(quick_replies: tuple[QuickReply, ...], room: int) -> tuple[tuple[QuickReply, ...], int]:
    """The first offers that fit into `room` bytes, and how many bytes are left."""
    for count, offer in enumerate(quick_replies):
        payload = "" if offer.payload == offer.label else offer.payload
        size = len(offer.label.encode()) + len(payload.encode()) + _OVERHEAD
        if size > room:
            return quick_replies[:count], room
        room -= size
    return quick_replies, room


# --- taps that the messenger itself reports --------------------------------------------------------------------------


def sign_buttons(part: Part, platform: str, payload_bytes: int) -> Part:
    """The part with payloads that say whose they are: a button can be tapped after its customer has moved elsewhere.

    In place of one that is longer than `payload_bytes` (0: none is) stands a key, by which the session has its offer.
    """

    def sign(buttons: tuple[Button, ...]) -> tuple[Button, ...]:
        return tuple(_sign(button, platform, payload_bytes) for button in buttons)

    content = part.content
    if isinstance(content, Cards):
        content = replace(content, cards=tuple(replace(card, buttons=sign(card.buttons)) for card in content.cards))
    return replace(part, content=content, buttons=sign(part.buttons))


def read_postback(tap: Postback, platform: str, quick_replies: Iterable[QuickReply]) -> Postback | None:
    """The tap as the platform knows it; None for a button of another one, whose label is then an ordinary message.

    The same goes for a key whose offer the session has no more.
    """
    if tap.payload.startswith(_KEY):
        offered = {_make_key(_name_owner(offer.payload, platform)): offer.payload for offer in quick_replies}
        return replace(tap, payload=offered[tap.payload]) if tap.payload in offered else None
    owner, separator, payload = tap.payload.partition(_OWNER_ENDS)
    return replace(tap, payload=payload) if separator and owner == platform else None


def _sign(button: Button, platform: str, payload_bytes: int) -> Button:
    if button.url:
        return button
    signed = _name_owner(button.payload, platform)
    is_short = not payload_bytes or len(signed.encode("utf-8", "surrogatepass")) <= payload_bytes
    return replace(button, payload=signed if is_short else _make_key(signed))


def _name_owner(payload: str, platform: str) -> str:
    return f"{platform}{_OWNER_ENDS}{payload}"


def _make_key(signed: str) -> str:
    """25 characters, which no messenger finds too long, and different ones for different platforms."""
    digest = hashlib.sha256(signed.encode("utf-8", "surrogatepass")).digest()[:18]
    return f"{_KEY}{base64.urlsafe_b64encode(digest).decode()}"


# --- choosing --------------------------------------------------------------------------------------------------------


def resolve_choice(message: Message, quick_replies: Iterable[QuickReply]) -> Postback | None:
    """The offer that `message` picks, or None when it is an ordinary message.

    Only what was open when it was written counts: messages of customers and of agents are carried side by side, and one
    that was written first may be carried last. Numbers and labels are compared as people see them, those of cards
    letter by letter. A question takes any other words for its answer.
    """
    words = _only_text(message)
    if not words:
        return None
    live = [offer for offer in quick_replies if _is_open(offer, message.sent_at)]
    if not live:
        return None
    keyboard = _first_keyboard(live)
    typed = normalize_words(words)
    found = (
        _find_same([offer for offer in keyboard if offer.label.strip() == words])
        or _find_same([offer for offer in keyboard if typed in label_forms(offer.label)])
        or _find_number(words, keyboard)
        or _find_same([offer for offer in live if offer.lasting and offer.label.strip() == words])
    )
    if found:
        return Postback(label=found.label, payload=found.payload)
    asked = next((offer for offer in keyboard if not offer.label), None)
    return Postback(label=words, payload=asked.payload) if asked else None


def spend_choice(quick_replies: tuple[QuickReply, ...], tap: Postback, said_at: datetime) -> tuple[QuickReply, ...]:
    """The offers after `tap`, which was said at that time: its whole keyboard has ended.

    It ends an instant later, so that the same message is the same choice when it is carried again.
    """
    chosen = {
        offer.offered_at
        for offer in quick_replies
        if not offer.lasting and offer.payload == tap.payload and offer.label in {"", tap.label}
    }
    return tuple(_end(offer, said_at + _INSTANT) if offer.offered_at in chosen else offer for offer in quick_replies)


def _is_open(offer: QuickReply, at: datetime) -> bool:
    shown = offer.offered_at - _CLOCK_DIFFERENCE <= at <= offer.offered_at + LIFETIME
    return shown and (offer.ended_at is None or at < offer.ended_at)


def _first_keyboard(live: Sequence[QuickReply]) -> list[QuickReply]:
    """Of two that seem open the earlier one: the later one had just been sent, and was not seen yet."""
    keyboards = [offer for offer in live if not offer.lasting]
    earliest = min((offer.offered_at for offer in keyboards), default=None)
    return [offer for offer in keyboards if offer.offered_at == earliest]


def _find_same(found: Sequence[QuickReply]) -> QuickReply | None:
    """The offer, unless the words fit several that mean different things."""
    return found[-1] if len({offer.payload for offer in found}) == 1 else None


def _find_number(words: str, keyboard: Sequence[QuickReply]) -> QuickReply | None:
    number = read_number(words)
    return next((offer for offer in keyboard if offer.number and offer.number == number), None)


def _only_text(message: Message) -> str | None:
    if len(message.content) != 1:
        return None
    content = message.content[0]
    return content.text.strip() if isinstance(content, Text) else None
