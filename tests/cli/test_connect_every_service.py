"""What the command does alike for every service that there is, with its connector and against its simulator."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from patchbay.kit import registry
from patchbay_cli.deployment import Deployment
from patchbay_cli.stack import Stack
from playground.live import Server
from playground.simulator import Simulator
from tests.cli.conftest import Cli
from tests.cli.webhook_receiver import WebhookReceiver
from tests.harness.virtual_time import VirtualTime
from tools.capability_tables import count_secrets


@dataclass
class ServiceHarness:
    """Somebody with the demo account of one service."""

    command: Cli
    simulator: Simulator
    time: VirtualTime

    @property
    def service(self) -> str:
        return self.simulator.service

    def connect(self) -> Any:
        """As the service's steps say: our addresses are pasted, and then what the service shows for them is given."""
        demo = self.simulator.demo()
        words = ["connect", self.service, "mine", "--show-secrets"]
        answer = self.command.read(*words, *spell("--set", demo.settings), *spell("--secret", demo.secrets))
        self.simulator.paste_webhooks(answer["webhooks"])
        if demo.later_secrets:
            answer = self.command.read(*words, *spell("--secret", demo.later_secrets))
        return answer

    def wait(self) -> None:
        """Services want no more than so many calls a second."""
        self.time.advance(10)

    def examine(self) -> list[dict[str, Any]]:
        (one,) = json.loads(self.command.run("doctor", "mine", "--show-secrets", "--json").stdout)["connections"]
        findings: list[dict[str, Any]] = one["findings"]
        return findings


def spell(option: str, values: Mapping[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in (option, f"{name}={value}")]


@pytest.fixture(params=registry.names())
def harness(
    request: pytest.FixtureRequest,
    command: Cli,
    receiver: WebhookReceiver,
    stack: Stack,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ServiceHarness]:
    kind: type[Simulator] = importlib.import_module(f"playground.services.{request.param}").SIMULATOR
    time = VirtualTime()
    simulator = kind(time, receiver.post, Random(1))
    with Server(simulator.app) as server:
        simulator.base_url = server.url
        if simulator.deployed:  # the stack is this service itself
            own = replace(stack, api_url=server.url)
            monkeypatch.setattr("patchbay_cli.deployment.read_stack", lambda cloudformation, name: own)
        yield ServiceHarness(command, simulator, time)


def test_an_account_is_connected_looked_at_and_taken_away(harness: ServiceHarness) -> None:
    answer = harness.connect()
    connector = registry.load(harness.service)
    assert (answer["service"], answer["side"]) == (harness.service, connector.side)
    assert all(f"/{harness.service}/" in address for address in answer["webhooks"].values())
    findings = {finding["check"]: finding for finding in harness.examine()}
    assert findings["credentials"]["level"] != "problem", findings["credentials"]
    assert findings.get("webhook", {}).get("level") != "problem", findings["webhook"]
    assert "configuration" not in findings
    assert "signature" not in findings
    assert harness.command.read("disconnect", "mine", "--yes")["id"] == "mine"
    assert harness.command.read("connections") == []


def test_a_connection_costs_as_many_secrets_as_the_readme_says(harness: ServiceHarness, deployment: Deployment) -> None:
    harness.connect()
    kept = deployment.session.client("secretsmanager").list_secrets()["SecretList"]
    assert len(kept) == count_secrets(registry.load(harness.service))


def test_connecting_again_without_a_change_changes_nothing(harness: ServiceHarness) -> None:
    first = harness.connect()
    again = harness.command.read("connect", harness.service, "mine", "--show-secrets")
    assert (again["webhooks"], again["registered"]) == (first["webhooks"], first["registered"])


def test_no_secret_of_the_account_is_shown(harness: ServiceHarness) -> None:
    harness.connect()
    demo = harness.simulator.demo()
    said = [
        harness.command.run(*words) for words in (("connect", harness.service, "mine"), ("doctor",), ("connections",))
    ]
    text = "".join(result.stdout + result.stderr for result in said)
    assert "mine" in text
    assert not [name for name, value in {**demo.secrets, **demo.later_secrets}.items() if value in text]


def test_what_proves_who_calls_is_in_no_log_unless_somebody_asks_for_it(
    harness: ServiceHarness, deployment: Deployment
) -> None:
    """The command's output is kept by whatever runs it: CI, say."""
    harness.connect()
    stored, connector = deployment.configuration.connection("mine"), registry.load(harness.service)
    assert stored is not None
    proofs = [stored.secrets.get(setting.name) for setting in connector.settings if setting.verifies]
    proofs += [] if connector.signs else [deployment.configuration.webhook_token(stored)]
    words = ("connect", harness.service, "mine")
    harness.wait()
    said = [harness.command.run(*words, *more) for more in ((), ("--json",))]
    harness.wait()
    said += [harness.command.run("doctor", "mine", *more) for more in ((), ("--json",))]
    harness.wait()
    text = "".join(result.stdout + result.stderr for result in said)
    assert "mine" in text
    assert [proof for proof in proofs if proof and (proof in text or quote(proof, safe="") in text)] == []
    shown = harness.command.succeed(*words, "--show-secrets")
    assert connector.signs or deployment.configuration.webhook_token(stored) in shown


def test_the_doctor_repeats_what_is_left_to_do_until_the_first_webhook_has_come(harness: ServiceHarness) -> None:
    steps = harness.connect()["manual_steps"]
    findings = harness.examine()
    (last,) = [finding["level"] for finding in findings if finding["check"].startswith("last webhook")]
    repeated = [finding["advice"] for finding in findings if finding["check"] == "manual step"]
    assert repeated == ([] if last == "ok" else steps)
