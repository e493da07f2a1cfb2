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
from patchbay_cli.bridge import Bridge
from playground.live import Server
from playground.services.uchat import UChat
from playground.services.unblu import Unblu
from playground.services.viber.people import ViberSimulator
from playground.simulator import Simulator
from tests.cli.conftest import Cli
from tests.cli.our_side import OurSide
from tests.cli.test_connect import read_stored
from tests.harness.virtual_time import VirtualTime

SIMULATORS: dict[str, type[Simulator]] = {"viber": ViberSimulator, "uchat": UChat, "unblu": Unblu}


class LeapingClock(Clock):
    """The time of this machine, and what the command has waited."""

    def __init__(self) -> None:
        self.waited = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.waited

    def wait(self, seconds: float) -> None:
        self.waited += timedelta(seconds=seconds)


@dataclass
class Place:
    command: Cli
    simulator: Simulator
    our_side: OurSide
    clock: LeapingClock
    bridge: Bridge
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
        return read_stored(self.bridge.administration, "main").secrets.get(self.secret)

    def forge(self, url: str) -> None:
        """One for each warm container, of whoever knows the address."""
        for _ in self.our_side.containers:
            body = json.dumps({"event": "message", "hub_mode": "subscribe", "hub_challenge": "c"}).encode()
            assert self.our_side.post("POST", url, {"content-type": "application/json"}, body).status in {401, 403}

    def change(self) -> list[str]:
        """The secret is replaced where it is made, and so it is given."""
        if self.service != "viber":
            return ["--secret", f"{self.secret}="]
        simulator = self.simulator
        assert isinstance(simulator, ViberSimulator)
        [bot] = simulator.bots.values()
        token = bot.token[::-1]
        simulator.bots.clear()
        bot.token = token
        simulator.bots[token] = bot
        return ["--secret", f"{self.secret}={token}"]


@pytest.fixture(params=SIMULATORS)
def place(
    request: pytest.FixtureRequest, command: Cli, our_side: OurSide, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    clock = LeapingClock()
    monkeypatch.setattr("patchbay_cli.bridge._sleep", clock.wait)
    simulator = SIMULATORS[request.param](VirtualTime(), our_side.post, Random(1))
    with Server(simulator.app) as server:
        simulator.base_url = server.url
        our_side.warm_up(3, clock)
        yield Place(command, simulator, our_side, clock, bridge, request.param)


def test_a_secret_is_replaced_though_a_forged_webhook_came_just_before(place: Place) -> None:
    url = place.connect(*place.first())["webhooks"]["webhook"]
    before = place.stored()
    words = place.change()
    place.forge(url)
    assert place.connect(*words)["registered"] is True
    assert place.stored() != before
    assert place.our_side.answers[-1] == 200


def test_a_secret_is_replaced_twice_within_seconds(place: Place) -> None:
    url = place.connect(*place.first())["webhooks"]["webhook"]
    for _ in range(2):
        words = place.change()
        place.forge(url)
        assert place.connect(*words)["registered"] is True


def test_what_the_service_could_not_do_is_said_with_what_to_do(place: Place) -> None:
    """Our address cannot be reached, or our function is broken."""
    place.connect(*place.first())
    place.our_side.broken = True
    error = place.command.fail("connect", place.service, "main")
    assert f"the log of {place.service}_webhook" in error
    assert "reachable" in error or "allow Unblu's servers" in error
    assert "say `patchbay connect" in error
    assert "Traceback" not in error


def test_a_channel_that_was_deleted_at_unblu_is_made_anew_and_that_is_said(
    command: Cli, our_side: OurSide, deletions: object
) -> None:
    unblu = Unblu(VirtualTime(), our_side.post, Random(1))
    with Server(unblu.app) as server:
        unblu.base_url = server.url
        place = Place(command, unblu, our_side, LeapingClock(), our_side.bridge, "unblu")
        place.connect(*place.first())
        unblu.channels.clear()
        result = command.run("connect", "unblu", "main", "--json")
    assert result.exit_code == 0
    assert "Unblu has no channel 'Messengers'" in result.stderr
    assert "start again" in result.stderr
