"""Connecting UChat by the command: with the partner's key, and where the partner sets the webhook by hand."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from patchbay_cli.deployment import Deployment
from playground.live import Server
from playground.services.uchat import DEMO_FLOW_KEY, DEMO_PARTNER_KEY, DEMO_WORKSPACE, UChat
from playground.simulator import Fault
from tests.cli.conftest import Cli
from tests.cli.connections import read_stored
from tests.cli.webhook_receiver import WebhookReceiver
from tests.harness.virtual_time import VirtualTime

KEY = "webhook_verification_key"


@pytest.fixture
def uchat(receiver: WebhookReceiver) -> Iterator[UChat]:
    simulator = UChat(VirtualTime(), receiver.post, Random(1))
    with Server(simulator.app) as server:
        simulator.base_url = server.url
        yield simulator


def connect(command: Cli, uchat: UChat, *more: str, key: str = DEMO_PARTNER_KEY) -> Any:
    words = ["connect", "uchat", "bot", "--secret", f"flow_api_key={DEMO_FLOW_KEY}"]
    words += ["--secret", f"partner_api_key={key}"] if key else []
    return command.read(*words, "--set", f"base_url={uchat.base_url}", "--set", f"workspace_id={DEMO_WORKSPACE}", *more)


def say_something(receiver: WebhookReceiver, url: str, key: str) -> int:
    """The status that a webhook signed with `key` is answered with."""
    said = {"sender_id": "viber:main:ann", "conv_id": 1, "text": "Hi", "type": "text", "message_type": "outgoing"}
    body = json.dumps({**said, "private": False}).encode()
    signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}", "x-action": "messages"}
    return receiver.post("POST", url, headers, body).status


def find_webhook_finding(command: Cli) -> dict[str, str]:
    [report] = json.loads(command.run("doctor", "bot", "--json").stdout)["connections"]
    [finding] = [one for one in report["findings"] if one["check"] == "webhook"]
    found: dict[str, str] = finding
    return found


def test_a_workspace_is_connected_and_where_messages_go_is_learned(
    command: Cli, uchat: UChat, receiver: WebhookReceiver, deployment: Deployment
) -> None:
    answer = connect(command, uchat)
    assert (answer["registered"], answer["manual_steps"]) == (True, [])
    assert receiver.answers == [200]
    stored = read_stored(deployment.configuration, "bot")
    assert stored.setting("bot_url") == uchat.bot_url(uchat.workspace)
    assert uchat.workspace.webhook.key == stored.secrets.get(KEY)
    assert len(stored.secrets.get(KEY)) >= 32
    assert find_webhook_finding(command)["level"] == "ok"


def test_the_doctor_finds_another_bridges_webhook_and_connecting_takes_it_back(command: Cli, uchat: UChat) -> None:
    connect(command, uchat)
    uchat.lose_webhook("https://another-bridge.example/hook")
    finding = find_webhook_finding(command)
    found = "the service calls another URL (at another-bridge.example)"
    assert (finding["level"], finding["found"]) == ("problem", found)
    assert "patchbay doctor bot --fix" in finding["advice"]
    assert command.read("connect", "uchat", "bot")["registered"] is True
    assert find_webhook_finding(command)["level"] == "ok"


def test_the_doctor_takes_a_workspaces_webhook_back(command: Cli, uchat: UChat, deployment: Deployment) -> None:
    url = connect(command, uchat)["webhooks"]["webhook"]
    uchat.lose_webhook("https://another-bridge.example/hook")
    assert "fixed now" in command.run("doctor", "bot", "--fix").stdout
    assert uchat.workspace.webhook.url == url
    assert uchat.workspace.webhook.key == read_stored(deployment.configuration, "bot").secrets.get(KEY)
    assert find_webhook_finding(command)["level"] == "ok"


def test_a_new_key_is_made_and_told_to_uchat(command: Cli, uchat: UChat, deployment: Deployment) -> None:
    connect(command, uchat)
    before = uchat.workspace.webhook.key
    assert command.read("connect", "uchat", "bot", "--secret", f"{KEY}=")["registered"] is True
    stored = read_stored(deployment.configuration, "bot").secrets
    assert uchat.workspace.webhook.key == stored.get(KEY) != before


def test_a_new_key_is_stored_before_it_is_told_and_the_old_one_stays_good_meanwhile(
    command: Cli, uchat: UChat, receiver: WebhookReceiver, deployment: Deployment
) -> None:
    url = connect(command, uchat)["webhooks"]["webhook"]
    old = uchat.workspace.webhook.key
    command.succeed("connect", "uchat", "bot", "--secret", f"{KEY}=")
    assert receiver.answers == [200, 200]  # UChat asks while it is told, and was answered with the new key
    new = uchat.workspace.webhook.key
    assert read_stored(deployment.configuration, "bot").secrets.accepted(KEY) == (new, old)
    assert [say_something(receiver, url, key) for key in (old, new, "another")] == [200, 200, 401]


def test_a_key_that_could_not_be_told_is_told_by_connecting_again(
    command: Cli, uchat: UChat, receiver: WebhookReceiver, deployment: Deployment
) -> None:
    url = connect(command, uchat)["webhooks"]["webhook"]
    old = uchat.workspace.webhook.key
    for _ in range(2):  # after a key was replaced the command tries once more
        uchat.fail_next(Fault(where="POST .*apichat-webhook", status=500))
    assert "run `patchbay connect uchat bot`" in command.fail("connect", "uchat", "bot", "--secret", f"{KEY}=")
    made = read_stored(deployment.configuration, "bot").secrets.get(KEY)
    assert say_something(receiver, url, old) == 200
    command.succeed("connect", "uchat", "bot")
    assert uchat.workspace.webhook.key == made != old


def test_disconnecting_removes_the_webhook_and_leaves_anothers(command: Cli, uchat: UChat) -> None:
    connect(command, uchat)
    assert command.read("disconnect", "bot")["unregistered"] is True
    assert uchat.workspace.webhook.url == ""
    connect(command, uchat)
    uchat.lose_webhook("https://another-bridge.example/hook")
    assert "another-bridge.example" in command.run("disconnect", "bot").stderr
    assert uchat.workspace.webhook.url == "https://another-bridge.example/hook"


def test_without_the_partners_key_the_steps_are_printed_and_done_by_hand(
    command: Cli, uchat: UChat, receiver: WebhookReceiver, deployment: Deployment, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("agreed-with-the-partner-by-telephone")
    answer = connect(command, uchat, "--secret", f"{KEY}=@{tmp_path / 'key'}", key="")
    [address] = answer["webhooks"].values()
    assert answer["registered"] is False
    assert address in answer["manual_steps"][0]
    finding = find_webhook_finding(command)
    assert (finding["level"], finding["advice"]) == ("notice", "")
    assert uchat.set_webhook(address, "agreed-with-the-partner-by-telephone")
    again = command.read("connect", "uchat", "bot", "--set", f"bot_url={uchat.bot_url(uchat.workspace)}")
    assert not any("bot_url" in step for step in again["manual_steps"])
    assert receiver.answers == [200]
    assert read_stored(deployment.configuration, "bot").setting("bot_url")
    assert command.read("disconnect", "bot", "--yes")["unregistered"] is False
    assert uchat.workspace.webhook.url == address  # ours to take away no more than to set
