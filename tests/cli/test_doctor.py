from __future__ import annotations

import json
from typing import Any

import pytest

from patchbay.aws.stores import keys
from patchbay.domain.accounts import ConnectionStatus
from patchbay.domain.errors import Transient
from patchbay.kit.contract import Setting
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.dlq_harness import DlqHarness, write
from tests.cli.fakes import ChannelPlatform, WebhookMessenger
from tests.cli.webhook_receiver import read_as_functions_do


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)


def examine(cli: Cli, *words: str) -> tuple[int, dict[str, Any]]:
    """The exit code, and the findings that are not fine by connection and check."""
    result = cli.run("doctor", *words, "--json")
    answer = json.loads(result.stdout)
    assert answer["ok"] is (result.exit_code == 0)
    groups = {one["id"]: one["findings"] for one in answer["connections"]} | {"queues": answer["queues"]}
    return result.exit_code, {
        f"{name}/{finding['check']}": finding
        for name, findings in groups.items()
        for finding in findings
        if finding["level"] != "ok"
    }


def test_a_fresh_bridge_is_healthy_and_waits_for_its_first_webhooks(connected: Cli) -> None:
    code, findings = examine(connected)
    assert code == 0
    assert set(findings) == {"loft/last webhook", "help/last webhook", "help/manual step"}
    assert findings["loft/last webhook"]["advice"].startswith("write a message at the service")
    assert findings["help/manual step"]["advice"].startswith("Paste https://abc123")


def test_a_webhook_that_came_ends_the_advice(connected: Cli, deployment: Deployment) -> None:
    for endpoint in ("loft", "help"):
        item = {"pk": keys.seen_key(endpoint), "sk": keys.SORT, "at": "2026-01-05T09:30:12+00:00"}
        deployment.table.put_item(Item=item)
    assert examine(connected) == (0, {})
    assert "last webhook: 2026-01-05 09:30 UTC" in connected.succeed("doctor")


def test_refused_credentials_say_how_to_give_new_ones(connected: Cli, pigeon: WebhookMessenger) -> None:
    pigeon.good_token = "another"
    code, findings = examine(connected)
    assert code == 1
    finding = findings["loft/credentials"]
    assert finding["found"] == "the token is refused: copy it again"
    assert "patchbay connect pigeon loft --secret" in finding["advice"]


def test_a_connection_that_waits_for_its_owner_is_a_problem(connected: Cli, deployment: Deployment) -> None:
    read_as_functions_do(deployment).mark("help", ConnectionStatus.NEEDS_AUTHORIZATION, "HTTP 401")
    code, findings = examine(connected, "help")
    assert code == 1
    assert findings["help/status"]["found"] == "the service rejects the credentials: HTTP 401"
    assert "Queued messages are then delivered" in findings["help/status"]["advice"]


def test_a_missing_secret_that_verifies_webhooks_is_a_problem_until_it_is_given(
    connected: Cli, desk: ChannelPlatform
) -> None:
    desk.settings = (*desk.settings, Setting(name="public_key", help="The desk's key", secret=True, verifies=True))
    code, findings = examine(connected, "help")
    assert code == 1
    assert findings["help/signature"]["found"].startswith("public_key is missing: every webhook is rejected")
    assert findings["help/signature"]["advice"].endswith("`patchbay connect desk help --secret public_key=@FILE`")
    connected.succeed("connect", "desk", "help", "--secret", "public_key=k-1")
    code, findings = examine(connected, "help")
    assert code == 0
    assert "help/signature" not in findings


def test_a_shared_address_is_verified_with_its_owners_secrets(connected: Cli, desk: ChannelPlatform) -> None:
    connected.succeed("connect", "desk", "second", "--endpoint", "help", "--set", "channel_id=c-2")
    desk.settings = (*desk.settings, Setting(name="public_key", help="The desk's key", secret=True, verifies=True))
    advice = examine(connected, "second")[1]["second/signature"]["advice"]
    assert "patchbay connect desk help --secret" in advice
    connected.succeed("connect", "desk", "help", "--secret", "public_key=k-1")
    assert "second/signature" not in examine(connected, "second")[1]


def test_a_service_that_signs_nothing_needs_no_secret_to_verify(connected: Cli, desk: ChannelPlatform) -> None:
    desk.settings = (*desk.settings, Setting(name="public_key", help="The desk's key", secret=True, verifies=True))
    desk.signs = False
    assert examine(connected, "help")[0] == 0


@pytest.mark.parametrize(("address", "found"), [("https://other.test", "another URL"), ("", "no URL")])
def test_a_webhook_that_points_elsewhere_is_a_problem(
    connected: Cli, pigeon: WebhookMessenger, address: str, found: str
) -> None:
    pigeon.calls = address
    code, findings = examine(connected, "loft")
    assert code == 1
    assert found in findings["loft/webhook"]["found"]
    assert findings["loft/webhook"]["advice"] == "run `patchbay doctor loft --fix` to register ours"


def test_a_service_that_is_away_does_not_stop_the_examination(
    connected: Cli, desk: ChannelPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_away(*_: object) -> None:
        raise Transient("no answer in time")

    monkeypatch.setattr(desk, "check_credentials", be_away)
    code, findings = examine(connected)
    assert code == 1
    assert "no answer in time" in findings["help/credentials"]["found"]
    assert "loft/last webhook" in findings


def test_what_is_good_to_know_stands_in_plain_lines(connected: Cli, pigeon: WebhookMessenger) -> None:
    pigeon.notes = ("The loft is open.", "Keepers awake: Ann, Bob.")
    assert examine(connected)[0] == 0
    said = connected.succeed("doctor", "loft")
    assert "✓ account: The loft is open.\n" in said
    assert "✓ account: Keepers awake: Ann, Bob.\n" in said


def test_a_messenger_that_leads_nowhere_is_a_problem(connected: Cli) -> None:
    connected.succeed("unlink", "loft")
    code, findings = examine(connected)
    assert code == 1
    assert findings["loft/link"]["advice"] == "run `patchbay link loft PLATFORM_ID`"
    assert findings["help/link"]["level"] == "notice"


def test_dead_letters_are_counted_for_their_connection(connected: Cli, deployment: Deployment) -> None:
    scene = DlqHarness(deployment)
    scene.add(write("ann", 1))
    scene.add(write("bob", 1))
    code, findings = examine(connected)
    assert code == 1
    assert findings["loft/dead letters"]["found"] == "2 messages: retries-exhausted (failed for a day)"
    assert findings["queues/dead letters"]["found"].startswith("2 messages could not be delivered; the oldest arrived ")
    assert "help/dead letters" not in findings


def test_a_secret_that_is_gone_is_a_problem_with_a_way_out(connected: Cli, deployment: Deployment) -> None:
    address = connected.read("connect", "pigeon", "loft")["webhooks"]
    vault = deployment.session.client("secretsmanager")
    vault.delete_secret(SecretId=keys.secret_name("local", "pigeon", "loft", keys.VERIFY))
    code, findings = examine(connected, "loft")
    assert code == 1
    assert "connect loft again with all its secrets" in findings["loft/configuration"]["found"]
    again = connected.read("connect", "pigeon", "loft", "--secret", "token=the-good-token")
    assert again["webhooks"] == address
    assert examine(connected, "loft")[0] == 0


def test_nothing_connected_is_no_failure(cli: Cli) -> None:
    assert examine(cli) == (0, {})
    assert "patchbay connect SERVICE ID" in cli.succeed("doctor")


def test_no_finding_tells_a_secret_to_people_or_programs(connected: Cli) -> None:
    assert "the-good-token" not in connected.run("doctor").output
    assert "the-good-token" not in connected.run("doctor", "--json").output
