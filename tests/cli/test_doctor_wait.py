"""The doctor waits for first webhooks, on a clock that the tests move."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from patchbay.aws.stores import keys
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.recorder import RECORDER


@dataclass
class Day:
    """`plans` are what happens, and after how many seconds."""

    seconds: float = 0.0
    pauses: int = 0
    plans: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.pauses += 1
        self.seconds += seconds
        while self.plans and self.plans[0][0] <= self.seconds:
            self.plans.pop(0)[1]()


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch) -> Day:
    day = Day()
    monkeypatch.setattr("patchbay_cli.checks.first_webhook.sleep", day.sleep)
    monkeypatch.setattr("patchbay_cli.checks.first_webhook.monotonic", day.monotonic)
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)
    return day


def arrive(deployment: Deployment, endpoint: str) -> None:
    with RECORDER.pause():
        deployment.table.put_item(
            Item={"pk": keys.seen_key(endpoint), "sk": keys.SORT, "at": "2026-01-05T09:30:12+00:00"}
        )


def wait(cli: Cli, *words: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and by connection what was found about its last webhook."""
    result = cli.run("doctor", *words, "--json")
    found = {
        one["id"]: finding
        for one in json.loads(result.stdout)["connections"]
        for finding in one["findings"]
        if finding["check"] == "last webhook"
    }
    return result.exit_code, found


def test_it_waits_until_each_connection_has_had_its_first_webhook(
    connected: Cli, deployment: Deployment, day: Day
) -> None:
    day.plans = [(20, lambda: arrive(deployment, "loft")), (65, lambda: arrive(deployment, "help"))]
    code, found = wait(connected, "--wait")
    assert code == 0
    assert {finding["level"] for finding in found.values()} == {"ok"}
    assert 65 <= day.seconds <= 70
    assert day.pauses < 40  # it pauses between looks


def test_when_time_is_over_it_says_who_is_still_silent(connected: Cli, deployment: Deployment, day: Day) -> None:
    day.plans = [(20, lambda: arrive(deployment, "loft"))]
    code, found = wait(connected, "--wait")
    assert (code, day.seconds) == (1, 300)
    assert found["loft"]["level"] == "ok"
    assert (found["help"]["level"], found["help"]["found"]) == ("problem", "none arrived while waiting")


def test_the_time_and_the_connection_can_be_said(connected: Cli, deployment: Deployment, day: Day) -> None:
    assert wait(connected, "help", "--wait", "11")[0] == 1
    assert day.seconds == 11
    day.plans = [(day.seconds + 1, lambda: arrive(deployment, "help"))]
    assert wait(connected, "help", "--wait=60")[0] == 0
    assert day.seconds == 13


def test_nobody_waits_for_what_has_come_before_or_unasked(connected: Cli, deployment: Deployment, day: Day) -> None:
    assert wait(connected)[0] == 0
    arrive(deployment, "loft")
    assert wait(connected, "loft", "--wait")[0] == 0
    assert day.seconds == 0


def test_people_are_told_what_is_waited_for_beside_the_report(connected: Cli, day: Day) -> None:
    result = connected.run("doctor", "--wait", "5")
    assert result.exit_code == 1
    assert "Waiting for the first webhook of help (desk), loft (pigeon)" in result.stderr
    assert "✗ last webhook: none arrived while waiting" in result.stdout
    assert "Paste https://abc123" in result.stdout


@pytest.mark.parametrize("value", ["help", "0", "1.5", "100000"])
def test_a_time_that_is_none_is_explained(connected: Cli, day: Day, value: str) -> None:
    result = connected.run("doctor", f"--wait={value}")
    assert result.exit_code == 2
    assert "patchbay doctor ID --wait" in result.stderr
    assert day.seconds == 0
