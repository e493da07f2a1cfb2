from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from playground.round_trip import NothingArrived, Phone, make_round_trip
from tests.harness.tiny import Counter, make_tiny_world
from tests.harness.virtual_time import VirtualTime


def test_a_message_goes_there_and_its_answer_comes_back() -> None:
    pigeon, counter = make_tiny_world(VirtualTime(), Random(1))
    trip = make_round_trip(Phone(pigeon), counter)
    assert [message["author"] for message in pigeon.people["p1"]["messages"]] == ["customer", "agent"]
    assert 0 <= trip.there < 5
    assert 0 <= trip.back < 5


def test_a_bridge_that_carries_nothing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    pigeon, counter = make_tiny_world(VirtualTime(), Random(1))

    def drop(_self: Counter, _person: Mapping[str, Any], _text: str, **_: Any) -> None:
        return None

    monkeypatch.setattr(Counter, "arrive", drop)
    with pytest.raises(NothingArrived, match="counter"):
        make_round_trip(Phone(pigeon), counter, patience=0.05)
