"""Webhooks of Giosg's with anything in the place of anything: never a crash, for Giosg would send them for ever."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from patchbay.domain.errors import Unreadable
from patchbay.domain.events import Ignored, encode
from tests.harness.giosg_webhooks import parse
from tools.sample_events.giosg import make_samples

BODIES = [json.loads(webhook.body) for webhook in make_samples().values()]
ANYTHING: list[Any] = [
    None,
    True,
    0,
    -1.5,
    10**30,
    "",
    "x" * 3000,
    "https://[",
    "a.png",
    "2026-01-01",
    "0001-01-01T00:00:00+23:59",
    "action:a:b",
    "\0",
    [],
    ["x", None],
    [[{}]],
    {},
    {"url": []},
]


def disturb(value: Any, random: Random) -> Any:
    if isinstance(value, list):
        extra = [random.choice(ANYTHING)] if random.random() < 0.2 else []
        return [disturb(item, random) for item in value] + extra
    if not isinstance(value, dict):
        return value
    kept = {key: disturb(item, random) for key, item in value.items() if random.random() > 0.05}
    return {key: random.choice(ANYTHING) if random.random() < 0.12 else item for key, item in kept.items()}


@pytest.mark.parametrize("seed", range(8))
def test_nothing_that_comes_breaks_the_reading(seed: int) -> None:
    random, understood = Random(seed), 0
    for _ in range(300):
        try:
            parsed_events = parse(disturb(random.choice(BODIES), random), notices=random.choice(["yes", "no"]))
        except Unreadable:
            continue
        understood += sum(bool(encode(each)) for each in parsed_events if not isinstance(each, Ignored))
    assert understood
