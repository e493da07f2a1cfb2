"""The real connectors against simulators that are served over HTTP; our side answers their webhooks for real."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from patchbay_cli.deployment import Deployment
from playground.live import Server
from playground.services.freshchat import DEMO_CHANNEL, OTHER_CHANNEL, Freshchat
from playground.services.viber import DEMO_TOKEN, Viber
from tests.cli.conftest import Cli
from tests.cli.connections import read_stored
from tests.cli.webhook_receiver import WebhookReceiver
from tests.harness.virtual_time import VirtualTime


@pytest.fixture
def viber(receiver: WebhookReceiver) -> Iterator[Viber]:
    simulator = Viber(VirtualTime(datetime.now(UTC)), receiver.post, Random(1))
    with Server(simulator.app) as server:
        simulator.base_url = server.url
        yield simulator


def connect_viber(command: Cli, viber: Viber) -> Any:
    address = f"base_url={viber.base_url}/pa"
    return command.read("connect", "viber", "shop", "--secret", f"auth_token={DEMO_TOKEN}", "--set", address)


def connect_freshchat(command: Cli, freshchat: Freshchat, *more: str) -> Any:
    address = f"base_url={freshchat.base_url}/v2"
    return command.read(
        "connect", "freshchat", "desk", "--secret", f"api_token={freshchat.token}", "--set", address, *more
    )


def test_a_viber_bot_is_connected_and_its_first_webhook_accepted(
    command: Cli, viber: Viber, receiver: WebhookReceiver, deployment: Deployment
) -> None:
    answer = connect_viber(command, viber)
    assert answer["registered"] is True
    assert answer["manual_steps"] == []
    assert receiver.answers == [200]
    stored = read_stored(deployment.configuration, "shop")
    assert stored.setting("sender_name")
    assert deployment.configuration.last_webhook(stored) is not None


def test_a_wrong_viber_token_says_where_the_right_one_is(command: Cli, viber: Viber) -> None:
    address = f"base_url={viber.base_url}/pa"
    error = command.fail("connect", "viber", "shop", "--secret", "auth_token=0-0-0", "--set", address)
    assert "token" in error
    assert "0-0-0" not in error


def test_a_disconnected_bot_calls_nobody(command: Cli, viber: Viber) -> None:
    connect_viber(command, viber)
    assert command.read("disconnect", "shop")["unregistered"] is True
    again = connect_viber(command, viber)
    assert again["registered"] is True


def test_freshchat_lists_its_channels_when_none_is_given(command: Cli, freshchat: Freshchat) -> None:
    secret, address = f"api_token={freshchat.token}", f"base_url={freshchat.base_url}/v2"
    error = command.fail("connect", "freshchat", "desk", "--secret", secret, "--set", address)
    assert f"--set channel_id={DEMO_CHANNEL}  Messengers" in error
    assert f"--set channel_id={OTHER_CHANNEL}  Website" in error
    assert freshchat.token not in error


def test_an_admin_pastes_our_address_first_and_gives_the_key_afterwards(
    command: Cli, freshchat: Freshchat, deployment: Deployment, tmp_path: Path
) -> None:
    channel = ("--set", f"channel_id={DEMO_CHANNEL}")
    answer = connect_freshchat(command, freshchat, *channel)
    assert answer["registered"] is False
    (url,) = answer["webhooks"].values()
    assert any(url in step for step in answer["manual_steps"])
    assert any("webhook_public_key" in step for step in answer["manual_steps"])
    freshchat.paste_webhooks(answer["webhooks"])
    (tmp_path / "key.pem").write_text(freshchat.demo().later_secrets["webhook_public_key"])
    again = command.read("connect", "freshchat", "desk", "--secret", f"webhook_public_key=@{tmp_path / 'key.pem'}")
    assert again["webhooks"] == answer["webhooks"]
    assert not any("webhook_public_key" in step for step in again["manual_steps"])
    assert read_stored(deployment.configuration, "desk").account == DEMO_CHANNEL


def test_the_doctor_finds_a_pair_healthy_once_its_key_is_given_and_an_expired_token_not(
    command: Cli, viber: Viber, freshchat: Freshchat
) -> None:
    connect_viber(command, viber)
    connect_freshchat(command, freshchat, "--set", f"channel_id={DEMO_CHANNEL}")
    command.succeed("link", "shop", "desk")
    result = command.run("doctor", "desk")
    assert result.exit_code == 1
    assert "webhook_public_key is missing" in result.stdout
    command.succeed("connect", "freshchat", "desk", "--secret", f"webhook_public_key={freshchat.public_key_shown}")
    assert command.read("doctor")["ok"] is True
    freshchat.expire_token("a-new-token")
    result = command.run("doctor", "desk")
    assert result.exit_code == 1
    assert "patchbay connect freshchat desk --secret" in result.stdout


def test_a_service_that_does_not_answer_is_named(command: Cli, viber: Viber) -> None:
    with Server(viber.app) as closed:
        gone = closed.url
    address = f"base_url={gone}/pa"
    error = command.fail("connect", "viber", "shop", "--secret", f"auth_token={DEMO_TOKEN}", "--set", address)
    assert "could not be reached" in error
