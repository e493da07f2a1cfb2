from __future__ import annotations

import pytest
from botocore.exceptions import NoCredentialsError
from click.testing import CliRunner

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay_cli.main import main
from patchbay_cli.stack import Stack
from tests.cli.conftest import Cli
from tests.cli.dlq_harness import DlqHarness

COMMANDS = ("connect", "link", "unlink", "disconnect", "connections", "doctor", "sessions", "dlq")


def test_help_names_every_command(cli: Cli) -> None:
    said = cli.succeed("--help")
    assert [name for name in COMMANDS if f"  {name} " not in said] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(cli: Cli, name: str) -> None:
    assert "Usage:" in cli.succeed(name, "-h")


def test_missing_aws_credentials_are_no_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask_aws(_: ConfigurationStore) -> None:
        raise NoCredentialsError

    monkeypatch.setattr(ConfigurationStore, "connections", ask_aws)
    assert "aws configure" in cli.fail("connections")


def test_a_mistake_of_ours_keeps_its_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_: ConfigurationStore) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(ConfigurationStore, "connections", stumble)
    result = cli.run("connections")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert "ZeroDivisionError" in result.stderr


@pytest.mark.parametrize("words", [("--stack", "mine", "connections"), ("connections", "--stack", "mine")])
def test_the_stack_is_named_before_or_after_the_command(
    cli: Cli, stack: Stack, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def read(_cloudformation: object, name: str) -> Stack:
        asked.append(name)
        return stack

    monkeypatch.setattr("patchbay_cli.deployment.read_stack", read)
    cli.succeed(*words)
    assert asked == ["mine"]


def test_the_region_and_profile_of_a_command_count_more_than_those_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str | None, str | None]] = []

    def open_session(region_name: str | None, profile_name: str | None) -> None:
        asked.append((region_name, profile_name))
        raise NoCredentialsError

    monkeypatch.setattr("boto3.Session", open_session)
    words = ["--region", "eu-west-1", "connections", "--region", "eu-north-1", "--profile", "work"]
    assert CliRunner().invoke(main, words).exit_code == 1
    assert asked == [("eu-north-1", "work")]


def test_a_group_of_commands_takes_the_stack_too(cli: Cli, dlq: DlqHarness) -> None:
    assert cli.read("dlq", "list", "--stack", "patchbay", "--json")["dead_letters"] == []
