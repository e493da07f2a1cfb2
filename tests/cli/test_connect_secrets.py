"""`patchbay connect`: secrets from files, variables, standard input and prompts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from patchbay.aws.stores import keys
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay_cli.deployment import Deployment
from patchbay_cli.stack import Stack
from tests.cli.conftest import Cli
from tests.cli.connections import PIGEON, read_stored
from tests.cli.fakes import WebhookMessenger

# --- secrets from elsewhere ------------------------------------------------------------------------------------------


def test_secrets_come_from_files_and_variables(
    cli: Cli, configuration: ConfigurationStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("the-good-token\n")
    monkeypatch.setenv("SIGNING_KEY", "k-1")
    secrets = ("--secret", f"token=@{tmp_path / 'token'}", "--secret", "key=env:SIGNING_KEY")
    cli.succeed("connect", "pigeon", "loft", *secrets)
    assert read_stored(configuration, "loft").secrets.values == {"token": "the-good-token", "key": "k-1"}


def test_what_is_missing_is_asked_for_and_secrets_stay_hidden(
    cli: Cli, interactive: None, configuration: ConfigurationStore
) -> None:
    result = cli.run("connect", "pigeon", "loft", typed="the-good-token\n")
    assert result.exit_code == 0
    assert "The loft's token" in result.stderr
    assert "the-good-token" not in result.output + result.stderr
    assert read_stored(configuration, "loft").secrets.get("token") == "the-good-token"


def test_nobody_is_asked_when_a_program_reads_the_answer(cli: Cli, interactive: None) -> None:
    assert "required values for Pigeon Post are missing" in cli.fail("connect", "pigeon", "loft", "--json")


# --- secrets that nobody sees ----------------------------------------------------------------------------------------


def test_a_secret_that_is_only_named_is_asked_for_and_not_shown(
    cli: Cli, interactive: None, configuration: ConfigurationStore
) -> None:
    result = cli.run("connect", "pigeon", "loft", "--secret", "token", typed="the-good-token\n")
    assert result.exit_code == 0, result.stderr
    assert read_stored(configuration, "loft").secrets.get("token") == "the-good-token"
    assert "the-good-token" not in result.stdout + result.stderr


def test_a_stored_secret_is_replaced_by_naming_it(
    cli: Cli, pigeon: WebhookMessenger, interactive: None, configuration: ConfigurationStore
) -> None:
    cli.succeed(*PIGEON)
    pigeon.good_token = "the-next-token"
    cli.succeed("connect", "pigeon", "loft", "--secret", "token", typed="the-next-token\n")
    assert read_stored(configuration, "loft").secrets.get("token") == "the-next-token"


def test_a_secret_comes_on_standard_input(cli: Cli, configuration: ConfigurationStore) -> None:
    cli.succeed("connect", "pigeon", "loft", "--secret", "token=-", typed="the-good-token\n")
    assert read_stored(configuration, "loft").secrets.get("token") == "the-good-token"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (
            ["token"],
            "cannot prompt for token without a terminal, or with --json: "
            "pass it as --secret token=@FILE, or as --secret token=- on standard input",
        ),
        (["token=-", "key=-"], "only one secret can be read from standard input: pass the others as KEY=@FILE"),
        (["token=-"], "standard input for token is empty"),
        (["the-good-token"], "--secret expects KEY=@FILE, KEY=- or KEY, but one value has no '=' or an unknown KEY"),
    ],
)
def test_a_secret_that_does_not_come_is_said_so_without_a_word_of_another(
    cli: Cli, given: list[str], error: str
) -> None:
    said = cli.fail("connect", "pigeon", "loft", *(word for one in given for word in ("--secret", one)))
    assert error in said
    assert "the-good-token" not in said


def test_a_secret_is_encrypted_with_the_stacks_key(
    cli: Cli, deployment: Deployment, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = deployment.session.client("secretsmanager")
    cli.succeed("connect", "pigeon", "loft", "--secret", "token=the-good-token")
    assert "KmsKeyId" not in vault.describe_secret(SecretId=keys.secret_name("local", "pigeon", "loft", keys.VERIFY))
    owned = replace(stack, kms_key="arn:aws:kms:eu-central-1:123456789012:key/1")
    monkeypatch.setattr("patchbay_cli.deployment.read_stack", lambda cloudformation, name: owned)
    cli.succeed("connect", "desk", "help", "--secret", "token=the-good-token", "--set", "base_url=https://desk.test")
    assert (
        vault.describe_secret(SecretId=keys.secret_name("local", "desk", "help", keys.AUTHORIZE))["KmsKeyId"]
        == owned.kms_key
    )
