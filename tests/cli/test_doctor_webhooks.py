"""The doctor on webhooks that a service has switched off: it puts them back, as the caretaker would."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.errors import Transient
from patchbay.kit import registry
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.harness.fakes.failing_webhook_platform import FailingWebhookPlatform


@pytest.fixture
def inn() -> FailingWebhookPlatform:
    return FailingWebhookPlatform()


@pytest.fixture
def guest(cli: Cli, inn: FailingWebhookPlatform, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """With an inn that is connected as `front`."""
    monkeypatch.setattr(registry, "load", lambda service: inn)
    cli.succeed("connect", "inn", "front", "--secret", "token=the-inns-token")
    return cli


def _examine(cli: Cli) -> tuple[int, list[dict[str, Any]]]:
    """The exit code, and what was found about the webhook."""
    result = cli.run("doctor", "front", "--json")
    (report,) = json.loads(result.stdout)["connections"]
    return result.exit_code, [finding for finding in report["findings"] if finding["check"] == "webhook"]


def test_what_was_switched_off_is_put_back_and_told_once(
    guest: Cli, deployment: Deployment, inn: FailingWebhookPlatform
) -> None:
    inn.switched_off = {"front"}
    code, (finding,) = _examine(guest)
    assert code == 0
    assert finding["level"] == "notice"
    assert finding["found"] == "the service had disabled it after failures; restored now (the channel)"
    webhook_token = deployment.configuration.webhook_token(deployment.connection("front"))
    assert inn.visited["front"]["guests"].endswith(f"/inn/{webhook_token}/guests")
    assert _examine(guest) == (0, [])


def test_what_cannot_be_looked_after_is_a_problem(guest: Cli, inn: FailingWebhookPlatform) -> None:
    inn.failures["front"] = Transient("it is busy")
    code, (finding,) = _examine(guest)
    assert (code, finding["level"]) == (1, "problem")
    assert finding["found"].startswith("cannot be restored: the service could not be reached: it is busy")


@pytest.mark.parametrize("status", [ConnectionStatus.DISABLED, ConnectionStatus.NEEDS_AUTHORIZATION])
def test_an_account_that_is_refused_is_left_alone(
    guest: Cli, deployment: Deployment, inn: FailingWebhookPlatform, status: ConnectionStatus
) -> None:
    deployment.configuration.save(replace(deployment.connection("front"), status=status))
    inn.visited.clear()
    assert _examine(guest) == (1, [])
    assert inn.visited == {}
