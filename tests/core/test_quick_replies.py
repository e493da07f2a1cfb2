"""A customer picks a choice by tapping, by typing its label or its number, while its question is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from patchbay.bridge.quick_replies import (
    keep_quick_replies,
    read_postback,
    resolve_choice,
    sign_buttons,
    spend_choice,
)
from patchbay.domain.model import (
    Button,
    Card,
    Cards,
    Location,
    Message,
    Part,
    Postback,
    Role,
    Sender,
    Text,
)
from patchbay.domain.quick_reply import QuickReply

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def offer(number: int, label: str, age: timedelta = timedelta(), *, lasting: bool = False) -> QuickReply:
    return QuickReply(number=number, label=label, payload=f"payload {label}", offered_at=NOW - age, lasting=lasting)


def question(payload: str, age: timedelta = timedelta()) -> QuickReply:
    return QuickReply(number=0, label="", payload=payload, offered_at=NOW - age)


def said(text: str, at: datetime = NOW) -> Message:
    return Message(external_id="m", sender=Sender(role=Role.CONTACT), content=(Text(text=text),), sent_at=at)


MENU = (offer(1, "Order"), offer(2, "Refund"))


@pytest.mark.parametrize(
    "text", ["Refund", "refund", " REFUND ", "Refund.", "2", "2.", "2)", "(2)", "#2", "2️⃣", "２", "٢"]
)
def test_a_label_or_number_finds_its_payload(text: str) -> None:
    tap = resolve_choice(said(text), MENU)
    assert tap
    assert (tap.label, tap.payload) == ("Refund", "payload Refund")


@pytest.mark.parametrize(
    "text", ["3", "Refund please", "", "0", "2 please", "I want 2", "2 of them", "Refund?", "12", "-2", "2.5", "2 1"]
)
def test_anything_else_is_an_ordinary_message(text: str) -> None:
    assert resolve_choice(said(text), MENU) is None


def test_native_buttons_have_no_numbers_to_type() -> None:
    assert resolve_choice(said("0"), (offer(0, "Order"),)) is None


def test_words_that_fit_two_choices_of_different_meaning_pick_none() -> None:
    twice = (offer(1, "Choose"), replace(offer(2, "Choose"), payload="another"))
    assert resolve_choice(said("Choose"), twice) is None
    assert resolve_choice(said("2"), twice) == Postback(label="Choose", payload="another")
    alike = (offer(1, "Yes"), offer(2, "Yes!"))
    assert resolve_choice(said("Yes!"), alike) == Postback(label="Yes!", payload="payload Yes!")
    assert resolve_choice(said("yes"), alike) is None


def test_a_location_picks_nothing() -> None:
    message = Message(
        external_id="m",
        sender=Sender(role=Role.CONTACT),
        content=(Location(latitude=1, longitude=2),),
        sent_at=NOW,
    )
    assert resolve_choice(message, MENU) is None


# --- for how long ----------------------------------------------------------------------------------------------------


def test_choices_end_with_the_next_message_that_does_not_show_them() -> None:
    ended = keep_quick_replies(MENU, (), NOW + SECOND)
    assert resolve_choice(said("Order", NOW + SECOND), ended) is None
    assert resolve_choice(said("2", NOW + SECOND), ended) is None
    assert keep_quick_replies(ended, (), NOW + 5 * SECOND) == ended  # which costs no further write


def test_what_was_written_before_they_ended_still_picks_one() -> None:
    ended = keep_quick_replies(MENU, (), NOW + 5 * SECOND)
    assert resolve_choice(said("2", NOW + 4 * SECOND), ended) == Postback(label="Refund", payload="payload Refund")
    newer = keep_quick_replies(MENU, (offer(2, "Blue", -5 * SECOND),), NOW + 5 * SECOND)
    assert resolve_choice(said("2", NOW + 4 * SECOND), newer) == Postback(label="Refund", payload="payload Refund")
    assert resolve_choice(said("2", NOW + 6 * SECOND), newer) == Postback(label="Blue", payload="payload Blue")


def test_what_was_written_before_they_were_shown_picks_none() -> None:
    assert resolve_choice(said("2", NOW - 5 * SECOND), MENU) is None
    assert resolve_choice(said("2", NOW - SECOND), MENU)  # a messenger's clock may be a little behind


def test_choices_are_forgotten_after_a_week() -> None:
    assert resolve_choice(said("Order"), (offer(1, "Order", timedelta(days=8)),)) is None
    assert keep_quick_replies((offer(1, "Order", timedelta(days=8)),), MENU, NOW) == MENU


def test_choosing_ends_the_whole_keyboard_and_the_same_message_stays_the_same_choice() -> None:
    message = said("2", NOW + SECOND)
    tap = resolve_choice(message, MENU)
    assert tap
    spent = spend_choice(MENU, tap, message.sent_at)
    assert resolve_choice(message, spent) == tap  # it is carried again
    assert resolve_choice(said("Order", NOW + 2 * SECOND), spent) is None
    assert spend_choice(spent, tap, message.sent_at) == spent


def test_choosing_ends_what_the_next_message_has_ended_meanwhile() -> None:
    """Both answers were written before that message, and are carried after it."""
    ended = keep_quick_replies(MENU, (), NOW + 9 * SECOND)
    spent = spend_choice(ended, Postback(label="Refund", payload="payload Refund"), NOW + SECOND)
    assert resolve_choice(said("Order", NOW + 2 * SECOND), spent) is None


def test_a_tap_on_an_older_message_leaves_the_present_question_open() -> None:
    shown = keep_quick_replies(MENU, (offer(0, "Yes", -SECOND),), NOW + SECOND)
    spent = spend_choice(shown, Postback(label="Refund", payload="payload Refund"), NOW + 2 * SECOND)
    assert resolve_choice(said("yes", NOW + 3 * SECOND), spent)


def test_the_same_message_that_is_carried_again_shows_the_same_choices() -> None:
    """Its first attempt failed, or nobody knows: nothing has changed, which costs no write."""
    before = keep_quick_replies((offer(1, "Blue", 5 * SECOND),), MENU, NOW)
    assert keep_quick_replies(before, MENU, NOW + 60 * SECOND) == before


def test_cards_stay_until_their_labels_are_used_anew_and_match_letter_by_letter() -> None:
    card = offer(0, "Yes", 60 * SECOND, lasting=True)
    later = keep_quick_replies(keep_quick_replies((card,), MENU, NOW), (), NOW + SECOND)
    assert resolve_choice(said("Yes", NOW + 2 * SECOND), later) == Postback(label="Yes", payload="payload Yes")
    assert resolve_choice(said("yes", NOW + 2 * SECOND), later) is None
    tap = Postback(label="Yes", payload="payload Yes")
    assert spend_choice(later, tap, NOW + 2 * SECOND) == later
    asked = keep_quick_replies(later, (offer(0, "yes!", -3 * SECOND),), NOW + 3 * SECOND)
    assert resolve_choice(said("Yes", NOW + 9 * SECOND), keep_quick_replies(asked, (), NOW + 8 * SECOND)) is None


def test_a_large_keyboard_keeps_its_first_buttons_and_the_cards_go_first() -> None:
    wide = tuple(offer(number, f"{number}".rjust(100, "x")) for number in range(1, 13))
    cards = (offer(0, "y" * 300, SECOND, lasting=True),)
    kept = keep_quick_replies(cards, wide, NOW)
    assert kept == wide[: len(kept)]
    assert 5 < len(kept) < 12
    assert keep_quick_replies(kept, wide, NOW + SECOND) == kept


# --- questions -------------------------------------------------------------------------------------------------------


def test_a_question_takes_any_words_for_its_answer_until_it_is_answered() -> None:
    asked = (question("q-1"),)
    message = said("because it rained")
    tap = resolve_choice(message, asked)
    assert tap == Postback(label="because it rained", payload="q-1")
    assert resolve_choice(said("and then", NOW + SECOND), spend_choice(asked, tap, message.sent_at)) is None


def test_choices_beside_a_question_are_found_first_and_answer_it() -> None:
    quick_replies = (offer(1, "Skip"), question("q-1"))
    skip = Postback(label="Skip", payload="payload Skip")
    assert resolve_choice(said(" "), quick_replies) is None
    assert resolve_choice(said("skip"), quick_replies) == skip
    assert resolve_choice(said("1"), quick_replies) == skip
    assert resolve_choice(said("hm", NOW + SECOND), spend_choice(quick_replies, skip, NOW)) is None


def test_a_question_that_something_else_has_followed_is_not_answered_by_chance() -> None:
    quick_replies = keep_quick_replies((question("q-1"),), (offer(1, "Yes", -60 * SECOND),), NOW + 60 * SECOND)
    assert resolve_choice(said("hello", NOW + 120 * SECOND), quick_replies) is None


# --- payloads that a messenger carries -------------------------------------------------------------------------------

LONG = "order-4711-" + "ä" * 40  #: 91 bytes


def signed(payload: str, platform: str, payload_bytes: int) -> str:
    """What the messenger keeps of a button with this payload."""
    button = Button(label="Buy", payload=payload)
    cards = Cards(cards=(Card(title="Shirt", buttons=(button,)),))
    shop = Button(label="Shop", url="https://shop.test/")
    part = Part(key="k:0", content=cards, sender=Sender(role=Role.BOT), sent_at=NOW, buttons=(button, shop))
    fitted = sign_buttons(part, platform, payload_bytes)
    assert isinstance(fitted.content, Cards)
    assert fitted.content.cards[0].buttons == fitted.buttons[:1]
    assert fitted.buttons[1] == shop
    return fitted.buttons[0].payload


@pytest.mark.parametrize("payload", ["", "buy", LONG, "half \ud83d", "#buy"])
@pytest.mark.parametrize("payload_bytes", [0, 64])
def test_a_tap_brings_back_the_payload_however_little_the_messenger_carries(payload: str, payload_bytes: int) -> None:
    kept = signed(payload, "desk-1", payload_bytes)
    assert not payload_bytes or 0 < len(kept.encode("utf-8", "surrogatepass")) <= payload_bytes
    offers = (offer(0, "Sell"), replace(offer(0, "Buy"), payload=payload))
    tap = Postback(label="Buy", payload=kept)
    assert read_postback(tap, "desk-1", offers) == Postback(label="Buy", payload=payload)


def test_a_tap_on_a_button_of_another_platform_picks_nothing() -> None:
    offers = (replace(offer(0, "Buy"), payload=LONG), replace(offer(0, "Ok"), payload="ok"))
    for payload in (LONG, "ok"):
        tap = Postback(label="Buy", payload=signed(payload, "desk-1", 64))
        assert read_postback(tap, "desk-1", offers)
        assert read_postback(tap, "desk-2", offers) is None


def test_a_long_payload_that_is_no_longer_kept_picks_nothing() -> None:
    assert read_postback(Postback(label="Buy", payload=signed(LONG, "desk-1", 64)), "desk-1", MENU) is None
