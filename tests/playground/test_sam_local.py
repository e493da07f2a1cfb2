"""`make sam-local` has an event for every function that there is."""

from __future__ import annotations

import json

import pytest

from playground.sam_local import OTHERS, functions_of, sample_path
from tests.aws.aws import read_template

FUNCTIONS = functions_of(read_template())


@pytest.mark.parametrize("folder", [folder for _, folder in FUNCTIONS])
def test_a_function_has_its_sample(folder: str) -> None:
    sample = sample_path(folder)
    assert json.loads(sample.read_text(encoding="utf-8"))
    assert (sample.parent / "endpoint.json").exists() != (folder in OTHERS)


def test_the_webhook_monitor_comes_before_there_are_connections_to_ask_after() -> None:
    assert FUNCTIONS[0] == ("WebhookMonitorFunction", "webhook_monitor")
    assert len(FUNCTIONS) > len(OTHERS)
