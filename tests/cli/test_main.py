from __future__ import annotations

import pytest
from botocore.exceptions import NoCredentialsError

from patchbay.aws.stores.configuration import Administration
from tests.cli.conftest import Cli

COMMANDS = ("connect", "link", "unlink", "disconnect", "connections", "doctor", "sessions", "dlq")


def test_help_names_every_command(cli: Cli) -> None:
    said = cli.succeed("--help")
    assert [name for name in COMMANDS if f"  {name} " not in said] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(cli: Cli, name: str) -> None:
    assert "Usage:" in cli.succeed(name, "-h")


def test_missing_aws_credentials_are_no_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask_aws(_: Administration) -> None:
        raise NoCredentialsError

    monkeypatch.setattr(Administration, "connections", ask_aws)
    assert "aws configure" in cli.fail("connections")


def test_a_mistake_of_ours_keeps_its_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_: Administration) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Administration, "connections", stumble)
    result = cli.run("connections")
    assert result.exit_code == 1
    assert "Traceback" in result.stderr
    assert "ZeroDivisionError" in result.stderr
