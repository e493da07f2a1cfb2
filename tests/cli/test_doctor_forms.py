"""Webhooks that come in two forms, each of which the owner sets up separately: the doctor sees which of them arrive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from patchbay.aws.clock import SystemClock
from patchbay.domain.accounts import Connection
from patchbay.kit.abilities import ReceivesInForms
from patchbay.kit.account_setup import WebhookForm, Webhooks
from patchbay.kit.contract import Setting, WebhookRequest
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.connections import DESK
from tests.cli.fakes import ChannelPlatform
from tests.cli.recorder import RECORDER
from tests.cli.webhook_receiver import read_as_functions_do


@dataclass
class RelayedDesk(ChannelPlatform, ReceivesInForms):
    """Its webhooks come from the desk itself, or by post through a relay."""

    settings: tuple[Setting, ...] = (
        *ChannelPlatform.settings,
        Setting(name="events", help="desk, relay or both", default="desk"),
    )

    def name_form(self, request: WebhookRequest) -> str:
        raise AssertionError("the command receives no webhooks")

    def list_forms(self, webhooks: Webhooks, connection: Connection) -> Mapping[str, WebhookForm]:
        events, [url] = connection.setting("events", "desk"), webhooks.values()
        advice = f"Run `patchbay connect desk {connection.id} --set events=both` to expect both."
        return {
            "desk": WebhookForm(
                title="the desk", expected=events != "relay", steps=(f"Paste {url} at the desk.",), advice=advice
            ),
            "relay": WebhookForm(
                title="the relay", expected=events != "desk", steps=(f"Give {url} to the relay.",), advice=advice
            ),
        }


@pytest.fixture
def desk() -> ChannelPlatform:
    return RelayedDesk()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the doctor has waited, and a clock on which it does so."""
    waits: list[float] = []
    monkeypatch.setattr("patchbay_cli.checks.first_webhook.sleep", waits.append)
    monkeypatch.setattr("patchbay_cli.checks.first_webhook.monotonic", lambda: sum(waits))
    return waits


def connect(cli: Cli, events: str) -> None:
    cli.succeed("connect", "desk", "help", *DESK, "--set", f"events={events}")


def arrive(deployment: Deployment, form: str, at: datetime | None = None) -> datetime:
    at = at or SystemClock().now()
    with RECORDER.pause():
        read_as_functions_do(deployment).note_webhook("help", at, form)
    return at


def examine(cli: Cli, *words: str) -> dict[str, Any]:
    """What the doctor says of webhooks, by check; of several manual steps the last."""
    findings = json.loads(cli.run("doctor", "help", *words, "--json").stdout)["connections"][0]["findings"]
    return {one["check"]: one for one in findings if one["check"].startswith(("last webhook", "manual step"))}


def test_each_expected_form_has_a_line_and_its_own_steps(cli: Cli, deployment: Deployment) -> None:
    connect(cli, "both")
    found = examine(cli)
    assert set(found) == {"last webhook (desk)", "last webhook (relay)", "manual step"}
    assert found["last webhook (relay)"]["level"] == "notice"
    assert found["last webhook (relay)"]["found"] == "none has arrived from the relay yet"
    assert found["manual step"]["advice"].startswith("Give https://abc123")
    arrive(deployment, "relay")
    found = examine(cli)
    assert found["last webhook (relay)"]["level"] == "ok"
    assert found["manual step"]["advice"].startswith("Paste https://abc123")
    at = arrive(deployment, "desk")
    assert f"last webhook (desk): {at:%Y-%m-%d %H:%M} UTC" in cli.succeed("doctor", "help")
    assert set(examine(cli)) == {"last webhook (desk)", "last webhook (relay)"}


def test_a_form_that_nobody_expects_is_a_notice_while_it_arrives(cli: Cli, deployment: Deployment) -> None:
    connect(cli, "relay")
    arrive(deployment, "relay")
    assert set(examine(cli)) == {"last webhook (relay)"}
    at = arrive(deployment, "desk")
    found = examine(cli)["last webhook (desk)"]
    assert found["level"] == "notice"
    assert found["found"] == f"{at:%Y-%m-%d %H:%M} UTC, from the desk, which the settings do not expect"
    assert found["advice"] == "Run `patchbay connect desk help --set events=both` to expect both."
    arrive(deployment, "desk", at - timedelta(days=1, seconds=5))
    assert set(examine(cli)) == {"last webhook (relay)"}


def test_another_form_does_not_end_the_wait_for_the_expected_one(
    cli: Cli, deployment: Deployment, waits: list[float]
) -> None:
    connect(cli, "relay")
    arrive(deployment, "desk")
    found = examine(cli, "--wait", "10")
    assert sum(waits) == 10
    assert found["last webhook (relay)"]["level"] == "problem"
    assert found["last webhook (relay)"]["found"] == "none arrived from the relay while waiting"
    arrive(deployment, "relay")
    assert examine(cli, "--wait", "10")["last webhook (relay)"]["level"] == "ok"
    assert sum(waits) == 10


def test_an_account_that_shares_the_url_is_told_what_the_owner_of_the_url_expects(
    cli: Cli, deployment: Deployment, desk: ChannelPlatform
) -> None:
    connect(cli, "relay")
    arrive(deployment, "desk")
    shared = deployment.connection("help")
    with RECORDER.pause():
        deployment.configuration.save(
            Connection(
                id="more",
                service="desk",
                side=shared.side,
                endpoint_id="help",
                account="c-2",
                settings={"base_url": "https://desk.test", "channel_id": "c-2"},
                secrets=shared.secrets,
            )
        )
    result = cli.run("doctor", "more")
    assert "last webhook (relay): none has arrived from the relay yet" in result.stdout
    assert "patchbay connect desk help --set events=both" in result.stdout


def test_what_was_noted_of_each_form_goes_with_the_connection(cli: Cli, deployment: Deployment) -> None:
    connect(cli, "both")
    for form in ("desk", "relay"):
        arrive(deployment, form)
    known = deployment.connection("help")
    cli.succeed("disconnect", "help", "--yes")
    assert deployment.configuration.last_webhook(known) is None
