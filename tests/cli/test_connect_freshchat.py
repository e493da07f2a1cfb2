"""Freshchat's two ways in: what the command asks for, makes and says for each of them."""

from __future__ import annotations

from typing import Any

import pytest

from patchbay.kit.standard_webhooks import read_key
from patchbay_cli.deployment import Deployment
from playground.services.freshchat import DEMO_CHANNEL, OTHER_CHANNEL, Freshchat
from tests.cli.conftest import Cli
from tests.cli.connections import read_stored


def connect(command: Cli, freshchat: Freshchat, events: str, *more: str) -> Any:
    given = {"base_url": f"{freshchat.base_url}/v2", "channel_id": DEMO_CHANNEL, "events": events}
    settings = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
    token = f"api_token={freshchat.token}"
    return command.read("connect", "freshchat", "desk", "--secret", token, *settings, "--show-secrets", *more)


def test_for_the_app_a_secret_is_made_and_said_where_it_is_entered(
    command: Cli, freshchat: Freshchat, deployment: Deployment
) -> None:
    steps = "\n".join(connect(command, freshchat, "app")["manual_steps"])
    secret = read_stored(deployment.configuration, "desk").secrets.get("app_secret")
    assert len(read_key(secret)) == 32
    assert f"the shared secret: {secret}" in steps
    assert "`make freshchat-app`" in steps
    assert "Webhooks" not in steps


def test_for_the_webhook_no_secret_is_made(command: Cli, freshchat: Freshchat, deployment: Deployment) -> None:
    steps = "\n".join(connect(command, freshchat, "webhook")["manual_steps"])
    assert not read_stored(deployment.configuration, "desk").secrets.get("app_secret")
    assert "make freshchat-app" not in steps
    assert "Admin Settings > Webhooks" in steps


def test_with_both_ways_all_steps_are_listed(command: Cli, freshchat: Freshchat) -> None:
    steps = "\n".join(connect(command, freshchat, "both")["manual_steps"])
    assert "make freshchat-app" in steps
    assert "Admin Settings > Webhooks" in steps


def test_an_account_changes_to_the_app_and_keeps_its_address(
    command: Cli, freshchat: Freshchat, deployment: Deployment
) -> None:
    before = connect(command, freshchat, "webhook")["webhooks"]
    changed = command.read("connect", "freshchat", "desk", "--set", "events=app", "--show-secrets")
    assert changed["webhooks"] == before
    assert read_stored(deployment.configuration, "desk").secrets.get("app_secret")


def test_a_new_secret_replaces_the_old_one_and_both_count_for_a_day(
    command: Cli, freshchat: Freshchat, deployment: Deployment
) -> None:
    connect(command, freshchat, "app")
    old = read_stored(deployment.configuration, "desk").secrets.get("app_secret")
    result = command.run("connect", "freshchat", "desk", "--secret", "app_secret=")
    assert "app_secret was replaced" in result.stderr
    now = read_stored(deployment.configuration, "desk").secrets
    assert now.accepted("app_secret") == (now.get("app_secret"), old)
    assert now.get("app_secret") != old


@pytest.mark.parametrize("value", ["App", "yes", "webhook,app"])
def test_a_way_that_does_not_exist_is_named(command: Cli, freshchat: Freshchat, value: str) -> None:
    token, address = f"api_token={freshchat.token}", f"base_url={freshchat.base_url}/v2"
    error = command.fail(
        "connect", "freshchat", "desk", "--secret", token, "--set", address, "--set", f"channel_id={DEMO_CHANNEL}",
        "--set", f"events={value}",
    )  # fmt: skip
    assert "write webhook, app or both" in error


def test_a_secret_that_was_cut_short_is_named(command: Cli, freshchat: Freshchat) -> None:
    connect(command, freshchat, "app")
    error = command.fail("connect", "freshchat", "desk", "--secret", "app_secret=whsec_abc")
    assert "the secret is not complete" in error


def test_a_second_channel_has_the_same_way_in_and_it_is_changed_where_the_address_belongs(
    command: Cli, freshchat: Freshchat, deployment: Deployment
) -> None:
    connect(command, freshchat, "app")
    other = ("connect", "freshchat", "other", "--endpoint", "desk", "--set", f"channel_id={OTHER_CHANNEL}")
    assert "make freshchat-app" in "\n".join(command.read(*other, "--show-secrets")["manual_steps"])
    command.succeed("connect", "freshchat", "desk", "--set", "events=webhook")
    again = command.read("connect", "freshchat", "other")["manual_steps"]
    assert "make freshchat-app" not in "\n".join(again)
    assert "`patchbay connect freshchat desk --secret webhook_public_key=@key.pem`" in "\n".join(again)
    assert not read_stored(deployment.configuration, "other").setting("events")
    error = command.fail("connect", "freshchat", "other", "--set", "events=webhook")
    assert "`patchbay connect freshchat desk --set events=…`" in error


def test_the_doctor_asks_for_the_key_only_where_the_webhook_is_expected(command: Cli, freshchat: Freshchat) -> None:
    connect(command, freshchat, "app")
    assert "webhook_public_key" not in command.run("doctor", "desk").stdout
    command.succeed("connect", "freshchat", "desk", "--set", "events=both")
    assert "webhook_public_key is missing" in command.run("doctor", "desk").stdout


def test_the_doctor_waits_for_each_way_that_is_expected(command: Cli, freshchat: Freshchat) -> None:
    connect(command, freshchat, "both")
    said = command.run("doctor", "desk").stdout
    assert "last webhook (app): none has arrived from the Patchbay app yet" in said
    assert "last webhook (webhook): none has arrived from the account's webhook yet" in said


def test_the_doctor_sees_which_of_both_ways_arrives_and_notices_one_that_is_not_expected(
    command: Cli, freshchat: Freshchat, deployment: Deployment
) -> None:
    [url] = connect(command, freshchat, "both")["webhooks"].values()
    freshchat.marketplace_app.install(url, read_stored(deployment.configuration, "desk").secrets.get("app_secret"))
    said = command.run("doctor", "desk").stdout
    assert "✓ last webhook (app): 20" in said
    assert "• last webhook (webhook): none has arrived from the account's webhook yet" in said
    assert "make freshchat-app" not in said, "what is done already is not asked for"
    assert "Admin Settings > Webhooks, enter this URL" in said
    command.succeed("connect", "freshchat", "desk", "--set", "events=webhook")
    said = command.run("doctor", "desk").stdout
    assert "UTC, from the Patchbay app, which the settings do not expect" in said
    assert "run `patchbay connect freshchat desk --set events=both` to use it too" in said
