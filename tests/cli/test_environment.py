"""An environment without AWS, refusals of AWS or the machine, and closed streams."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore import exceptions as aws
from click.testing import CliRunner

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay_cli.main import main
from patchbay_cli.terminal import Terminal
from tests.cli.conftest import Cli
from tests.cli.results import check_result

ROOT = Path(__file__).parents[2]


# --- the environment -------------------------------------------------------------------------------------------------

ENVIRONMENTS: dict[str, tuple[dict[str, str], str]] = {
    "an unknown profile": ({"AWS_PROFILE": "nobody"}, "there is no AWS profile 'nobody'"),
    "a region that is none": ({"AWS_DEFAULT_REGION": "not a region!"}, "the AWS region is not valid"),
    "no region": ({"AWS_DEFAULT_REGION": ""}, "no AWS region"),
    "a configuration that cannot be read": ({"AWS_CONFIG_FILE": "broken"}, "the AWS configuration cannot be read"),
    "credentials that cannot be read": ({"AWS_SHARED_CREDENTIALS_FILE": "broken", "keys": ""}, "AWS"),
    "half of the credentials": ({"AWS_SECRET_ACCESS_KEY": ""}, "AWS credentials"),
    "no credentials": ({"keys": ""}, "no AWS credentials"),
    "an address that is none": ({"AWS_ENDPOINT_URL": "not an address"}, "AWS_ENDPOINT_URL is not a valid URL"),
    "a program that gives none": ({"AWS_CONFIG_FILE": "program", "keys": ""}, "credentials cannot be loaded"),
}


@pytest.mark.parametrize("kind", ENVIRONMENTS)
def test_an_environment_that_does_not_lead_to_aws_is_said_in_a_sentence(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values, told = ENVIRONMENTS[kind]
    (tmp_path / "broken").write_text("[default\nregion")
    (tmp_path / "program").write_text("[default]\ncredential_process = /not/there\n")
    (tmp_path / "empty").write_text("")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "empty"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "empty"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name, value in values.items():
        if name == "keys":
            monkeypatch.delenv("AWS_ACCESS_KEY_ID")
            monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        elif value:
            monkeypatch.setenv(name, str(tmp_path / value) if name.endswith("_FILE") else value)
        else:
            monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for words in (["connections"], ["doctor", "--json"], ["connect", "viber", "x"]):
        result = CliRunner(mix_stderr=False).invoke(main, words)
        check_result(result, words)
        assert result.exit_code == 1
        assert told in result.stderr


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (aws.SSOTokenLoadError(error_msg="x"), "sign in again"),
        (aws.UnauthorizedSSOTokenError(), "sign in again"),
        (aws.TokenRetrievalError(provider="sso", error_msg="x"), "sign in again"),
        (aws.ClientError({"Error": {"Code": "ExpiredToken"}}, "DescribeStacks"), "sign in again"),
        (aws.ClientError({"Error": {"Code": "RequestExpired"}}, "DescribeStacks"), "sign in again"),
        (aws.ClientError({"Error": {"Code": "UnrecognizedClientException"}}, "GetItem"), "does not know these"),
        (aws.CredentialRetrievalError(provider="x", error_msg="x"), "credentials cannot be loaded"),
        (aws.MetadataRetrievalError(error_msg="x"), "credentials cannot be loaded"),
        (aws.EndpointConnectionError(endpoint_url="https://x.test"), "AWS could not be reached"),
        (aws.UnknownRegionError(region_name="x", error_msg="x"), "region is not valid"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "the output cannot be used: No space left"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_aws_or_the_machine_refuses_is_said_with_what_to_do(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, failure: Exception, told: str
) -> None:
    def fail(_: object) -> None:
        raise failure

    monkeypatch.setattr(ConfigurationStore, "connections", fail)
    error = cli.fail("connections")
    assert told in error
    assert len(error.strip().splitlines()) == 1


# --- streams ---------------------------------------------------------------------------------------------------------


def test_a_reader_who_has_gone_ends_the_command_without_a_word(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

    monkeypatch.setattr(Terminal, "report", fail)
    result = cli.run("connections", "--json")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "")


@pytest.mark.parametrize(
    "shell",
    [
        "{command} connect --help | head -c 1",
        "{command} connect --help >&-",
        "{command} connections <&-",
        "{command} connect viber x --secret auth_token=- <&-",
        "{command} connect viber x --secret auth_token <&- >&- 2>/dev/null",
        "{command} connections >&- 2>&-",
    ],
)
def test_a_stream_that_is_closed_ends_the_command_without_a_traceback(shell: str, tmp_path: Path) -> None:
    command = f"{sys.executable} -c 'from patchbay_cli.main import main; main()'"
    folders = os.pathsep.join(str(ROOT / one) for one in ("cli", "layers/patchbay"))
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": folders, "HOME": str(tmp_path)}
    environment |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "eu-central-1"}
    words = ["bash", "-c", shell.format(command=command)]
    run = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, env=environment, cwd=tmp_path)
    assert run.returncode in {0, 1, 2}
    assert "Traceback" not in run.stdout + run.stderr
