"""New secrets under traffic: the service calls us while it is told, and warm functions have just refused a webhook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from patchbay.bridge.ports import Clock
from patchbay.kit import registry
from patchbay_cli.deployment import Deployment
from playground.live import Server
from playground.services.uchat import UChat
from playground.services.unblu import Unblu
from playground.services.viber import Viber
from playground.simulator import Simulator
from tests.cli.conftest import Cli
from tests.cli.connections import read_stored
from tests.cli.webhook_receiver import WebhookReceiver
from tests.harness.virtual_time import VirtualTime

SIMULATORS: dict[str, type[Simulator]] = {"viber": Viber, "uchat": UChat, "unblu": Unblu}


class LeapingClock(Clock):
    """The time of this machine, and what the command has waited."""

    def __init__(self) -> None:
        self.waited = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.waited

    def wait(self, seconds: float) -> None:
        self.waited += timedelta(seconds=seconds)


@dataclass
class RotationHarness:
    command: Cli
    simulator: Simulator
    receiver: WebhookReceiver
    clock: LeapingClock
    deployment: Deployment
    service: str

    @property
    def secret(self) -> str:
        [name] = [setting.name for setting in registry.load(self.service).settings if setting.verifies]
        return name

    def connect(self, *more: str) -> Any:
        return self.command.read("connect", self.service, "main", *more)

    def first(self) -> list[str]:
        demo = self.simulator.demo()
        settings = [word for name, value in demo.settings.items() for word in ("--set", f"{name}={value}")]
        return settings + [word for name, value in demo.secrets.items() for word in ("--secret", f"{name}={value}")]

    def stored(self) -> str:
        return read_stored(self.deployment.configuration, "main").secrets.get(self.secret)

    def forge(self, url: str) -> None:
        """One for each warm container, of whoever knows the address."""
        for _ in self.receiver.containers:
            body = json.dumps({"event": "message", "hub_mode": "subscribe", "hub_challenge": "c"}).encode()
            assert self.receiver.post("POST", url, {"content-type": "application/json"}, body).status in {401, 403}

    def change(self) -> list[str]:
        """The secret is replaced where it is made, and so it is given."""
        if self.service != "viber":
            return ["--secret", f"{self.secret}="]
        simulator = self.simulator
        assert isinstance(simulator, Viber)
        [bot] = simulator.bots.values()
        token = bot.token[::-1]
        simulator.bots.clear()
        bot.token = token
        simulator.bots[token] = bot
        return ["--secret", f"{self.secret}={token}"]


@pytest.fixture(params=SIMULATORS)
def harness(
    request: pytest.FixtureRequest,
    command: Cli,
    receiver: WebhookReceiver,
    deployment: Deployment,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[RotationHarness]:
    clock = LeapingClock()
    monkeypatch.setattr("patchbay_cli.deployment._sleep", clock.wait)
    simulator = SIMULATORS[request.param](VirtualTime(), receiver.post, Random(1))
    with Server(simulator.app) as server:
        simulator.base_url = server.url
        receiver.warm_up(3, clock)
        yield RotationHarness(command, simulator, receiver, clock, deployment, request.param)


def test_a_secret_is_replaced_though_a_forged_webhook_came_just_before(harness: RotationHarness) -> None:
    url = harness.connect(*harness.first())["webhooks"]["webhook"]
    before = harness.stored()
    words = harness.change()
    harness.forge(url)
    assert harness.connect(*words)["registered"] is True
    assert harness.stored() != before
    assert harness.receiver.answers[-1] == 200


def test_a_secret_is_replaced_twice_within_seconds(harness: RotationHarness) -> None:
    url = harness.connect(*harness.first())["webhooks"]["webhook"]
    for _ in range(2):
        words = harness.change()
        harness.forge(url)
        assert harness.connect(*words)["registered"] is True


def test_what_the_service_could_not_do_is_said_with_what_to_do(harness: RotationHarness) -> None:
    """Our address cannot be reached, or our function is broken."""
    harness.connect(*harness.first())
    harness.receiver.broken = True
    error = harness.command.fail("connect", harness.service, "main")
    assert f"the log of {harness.service}_webhook" in error
    assert "reachable" in error or "allow Unblu's servers" in error
    assert "run `patchbay connect" in error
    assert "Traceback" not in error


def test_a_channel_that_was_deleted_at_unblu_is_made_anew_and_that_is_said(
    command: Cli, receiver: WebhookReceiver, deletions: object
) -> None:
    unblu = Unblu(VirtualTime(), receiver.post, Random(1))
    with Server(unblu.app) as server:
        unblu.base_url = server.url
        harness = RotationHarness(command, unblu, receiver, LeapingClock(), receiver.deployment, "unblu")
        harness.connect(*harness.first())
        unblu.channels.clear()
        result = command.run("connect", "unblu", "main", "--json")
    assert result.exit_code == 0
    assert "Unblu has no channel 'Messengers'" in result.stderr
    assert "start again" in result.stderr
