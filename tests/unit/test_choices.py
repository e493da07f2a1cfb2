"""A customer picks a choice by tapping, by typing its label or its number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from patchbay.choices import keep_offers, resolve_choice
from patchbay.model import Location, Message, Offer, Role, Sender, Text

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
