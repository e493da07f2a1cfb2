"""Keys of the table: short ones readable and as they always were, long ones within DynamoDB's limits."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from patchbay.aws.stores import keys

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
    assert keys.session_key("bot", text) == f"SESSION#bot#{text}"
    assert keys.fit_sort(text[:500]) == text[:500]


def test_ids_that_differ_at_their_very_end_stay_apart_and_what_was_fitted_stays_fitted() -> None:
    fitted = {keys.session_key("bot", LONG + end) for end in "abc"}
    assert len(fitted) == 3
    sorted_keys = {keys.fit_sort(LONG + end) for end in "abc"}
    assert len(sorted_keys) == 3
    assert {keys.fit_sort(each) for each in sorted_keys} == sorted_keys
    assert all(len(each.encode()) <= 1024 for each in sorted_keys)
