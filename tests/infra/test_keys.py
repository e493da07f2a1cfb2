"""Keys of the table: short ones readable and as they always were, long ones within DynamoDB's limits."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from patchbay.infra import keys

LONG = "🧵" * 512  # as long as an id from a service may be, in the characters that take the most bytes
KEYS = [each for name, each in inspect.getmembers(keys, inspect.isfunction) if name.endswith("_key")]
FROM_OUTSIDE = [each for each in KEYS if not each.__name__.startswith("read_")]


@pytest.mark.parametrize("make", FROM_OUTSIDE, ids=lambda make: make.__name__)
def test_no_id_from_outside_makes_a_key_too_long(make: Callable[..., str]) -> None:
    ours = [name for name in inspect.signature(make).parameters if "connection" in name or "endpoint" in name]
    words = {name: "o" * 64 if name in ours else LONG for name in inspect.signature(make).parameters}
    assert len(make(**words).encode()) <= 2048


@pytest.mark.parametrize("text", ["", "01:Zoë=", "x" * 1700, "é" * 850])
def test_an_id_that_fits_stays_as_it_is(text: str) -> None:
    assert keys.bound(text) == text


def test_ids_that_differ_at_their_very_end_stay_apart_and_what_was_fitted_stays_fitted() -> None:
    fitted = {keys.bound(LONG + end) for end in "abc"}
    assert len(fitted) == 3
    assert {keys.bound(each) for each in fitted} == fitted
    assert all(len(keys.bound_sorted(each).encode()) <= 900 for each in fitted)


def test_a_fitted_conversation_leads_to_all_that_is_kept_of_it() -> None:
    platform, conversation = keys.read_conversation_key(keys.conversation_key("desk", LONG))
    assert platform == "desk"
    assert keys.carried_key("desk", conversation) == keys.carried_key("desk", LONG)
