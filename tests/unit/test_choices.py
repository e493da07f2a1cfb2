"""A customer picks a choice by tapping, by typing its label or its number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from patchbay.choices import keep_offers, resolve_choice, spend_question
from patchbay.model import Location, Message, Offer, Role, Sender, Tap, Text

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def offer(number: int, label: str, age: timedelta = timedelta()) -> Offer:
    return Offer(number=number, label=label, payload=f"payload {label}", offered_at=NOW - age)


def said(text: str) -> Message:
    return Message(external_id="m", sender=Sender(role=Role.CONTACT), content=(Text(text=text),), sent_at=NOW)


MENU = (offer(1, "Order"), offer(2, "Refund"))


@pytest.mark.parametrize("text", ["Refund", "refund", " REFUND ", "2", "2.", "2)"])
def test_a_label_or_number_finds_its_payload(text: str) -> None:
    tap = resolve_choice(said(text), MENU, NOW)
    assert tap
    assert (tap.label, tap.payload) == ("Refund", "payload Refund")


@pytest.mark.parametrize("text", ["3", "Refund please", "", "0"])
def test_anything_else_is_an_ordinary_message(text: str) -> None:
    assert resolve_choice(said(text), MENU, NOW) is None


def test_native_buttons_have_no_numbers_to_type() -> None:
    assert resolve_choice(said("0"), (offer(0, "Order"),), NOW) is None


def test_numbers_of_an_older_list_mean_nothing_once_a_newer_one_is_shown() -> None:
    older = offer(3, "Old", timedelta(hours=1))
    assert resolve_choice(said("3"), (older, *MENU), NOW) is None
    assert resolve_choice(said("Old"), (older, *MENU), NOW)


def test_choices_are_forgotten_after_a_week() -> None:
    assert resolve_choice(said("Order"), (offer(1, "Order", timedelta(days=8)),), NOW) is None
    assert keep_offers((offer(1, "Order", timedelta(days=8)),), MENU, NOW) == MENU


def test_a_location_picks_nothing() -> None:
    message = Message(
        external_id="m",
        sender=Sender(role=Role.CONTACT),
        content=(Location(latitude=1, longitude=2),),
        sent_at=NOW,
    )
    assert resolve_choice(message, MENU, NOW) is None


# --- questions -------------------------------------------------------------------------------------------------------


def test_a_question_takes_any_words_for_its_answer_until_it_is_answered() -> None:
    asked = (Offer(number=0, label="", payload="q-1", offered_at=NOW),)
    tap = resolve_choice(said("because it rained"), asked, NOW)
    assert tap == Tap(label="because it rained", payload="q-1")
    assert resolve_choice(said("and then"), spend_question(asked, tap), NOW) is None


def test_choices_beside_a_question_are_found_first() -> None:
    offers = (
        Offer(number=1, label="Skip", payload="skip", offered_at=NOW),
        Offer(number=0, label="", payload="q-1", offered_at=NOW),
    )
    assert resolve_choice(said("skip"), offers, NOW) == Tap(label="Skip", payload="skip")
    assert resolve_choice(said("1"), offers, NOW) == Tap(label="Skip", payload="skip")
    assert spend_question(offers, Tap(label="Skip", payload="skip")) == offers


def test_a_question_that_something_else_has_followed_is_not_answered_by_chance() -> None:
    later = Offer(number=1, label="Yes", payload="yes", offered_at=NOW + timedelta(minutes=1))
    offers = (Offer(number=0, label="", payload="q-1", offered_at=NOW), later)
    assert resolve_choice(said("hello"), offers, NOW + timedelta(minutes=2)) is None
