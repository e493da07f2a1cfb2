"""`patchbay disconnect`."""

from __future__ import annotations

import json

import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.conversations import open_conversation
from tests.cli.fakes import WebhookMessenger
from tests.harness.deletions import Deletions


def test_disconnecting_leaves_nothing_behind(connected: Cli, pigeon: WebhookMessenger, deployment: Deployment) -> None:
    answer = connected.read("disconnect", "loft")
    assert (answer["id"], answer["unregistered"], answer["unlinked"]) == ("loft", True, [])
    assert pigeon.calls == ""
    left = {item["pk"] for item in deployment.table.scan()["Items"] if "loft" in str(item)}
    assert {str(key).partition("#")[0] for key in left} == {keys.FORMER, "AUDIT"}, "what was, and who did it"
    names = [secret["Name"] for secret in deployment.session.client("secretsmanager").list_secrets()["SecretList"]]
    assert names == [keys.secret_name("local", "desk", "help", keys.AUTHORIZE)]


@pytest.mark.parametrize("restores", [True, False])
def test_an_id_is_free_again_with_a_new_address(connected: Cli, deletions: Deletions, restores: bool) -> None:
    """AWS deletes the secret in the background, for two minutes, which the command waits for, and says so."""
    deletions.restores = restores
    before = connected.read("connect", "pigeon", "loft")["webhooks"]
    connected.succeed("disconnect", "loft")
    again = connected.run("connect", "pigeon", "loft", "--secret", "token=the-good-token")
    assert again.exit_code == 0
    assert "AWS is still deleting the secret patchbay/local/pigeon/loft/verify" in again.stderr
    after = connected.read("connect", "pigeon", "loft")
    assert after["registered"] is True
    assert after["webhooks"] != before


def test_a_platform_that_messengers_need_is_not_taken_away_unasked(connected: Cli) -> None:
    error = connected.fail("disconnect", "help")
    assert "loft is linked to help and will be unlinked. Disconnect help? To confirm, add --yes." in error
    assert connected.read("disconnect", "help", "--yes")["unlinked"] == ["loft"]
    assert [row["link"] for row in connected.read("connections")] == [None]


def test_somebody_is_asked_before_conversations_are_cut_off(
    connected: Cli, deployment: Deployment, interactive: None
) -> None:
    open_conversation(deployment)
    refused = connected.run("disconnect", "loft", typed="n\n")
    assert refused.exit_code == 1
    assert "loft has conversations" in refused.stderr
    assert connected.run("disconnect", "loft", typed="y\n").exit_code == 0


def test_revoked_credentials_do_not_keep_a_connection(
    connected: Cli, pigeon: WebhookMessenger, configuration: ConfigurationStore
) -> None:
    pigeon.good_token = "another"
    result = connected.run("disconnect", "loft")
    assert result.exit_code == 0
    assert "the webhook could not be removed: the token is refused" in result.stderr
    assert "remove it there" in result.stdout
    assert configuration.connection("loft") is None


@pytest.mark.parametrize("words", [("disconnect", "loft"), ("disconnect", "loft", "--json")])
def test_a_webhook_that_is_not_ours_stays_and_is_said_so(
    connected: Cli, pigeon: WebhookMessenger, words: tuple[str, ...]
) -> None:
    pigeon.calls = "https://elsewhere.test/their-hook"
    result = connected.run(*words)
    assert result.exit_code == 0
    assert pigeon.calls == "https://elsewhere.test/their-hook"
    assert "Pigeon Post calls another URL (at elsewhere.test)" in result.stderr
    assert "their-hook" not in result.stdout + result.stderr
    assert "remove it there" not in result.stdout
    assert connected.read("connections")[0]["id"] == "help"


def test_programs_learn_that_nothing_was_unregistered(connected: Cli, pigeon: WebhookMessenger) -> None:
    pigeon.calls = "https://elsewhere.test/their-hook"
    assert connected.read("disconnect", "loft") == {
        "id": "loft",
        "unregistered": False,
        "unlinked": [],
        "erased": {"at_messenger": False, "records": 0, "files": 0, "dead_letters": 0},
    }


def test_a_webhook_that_is_gone_already_is_no_worry(connected: Cli, pigeon: WebhookMessenger) -> None:
    pigeon.calls = ""
    result = connected.run("disconnect", "loft", "--json")
    assert json.loads(result.stdout)["unregistered"] is True
    assert result.stderr == ""


def test_the_owner_of_a_shared_address_goes_last(connected: Cli) -> None:
    connected.succeed("connect", "desk", "second", "--endpoint", "help", "--set", "channel_id=c-2")
    error = connected.fail("disconnect", "help")
    assert "nothing was changed: the webhook URL of help is shared by second" in error
    assert "`patchbay disconnect second`" in error
    result = connected.run("disconnect", "second")
    assert "second shares the webhook URL of help. The URL stays" in result.stderr, "before anything is done"
    said = result.stdout
    assert "Its webhook URL is still used by help" in said
    assert "remove it there" not in said
    assert "remove it there" in connected.succeed("disconnect", "help", "--yes")
