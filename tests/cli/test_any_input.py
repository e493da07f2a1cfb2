"""Whatever is typed, piped or stored: every command ends with 0, 1 or 2, and says what is wrong in one sentence."""

from __future__ import annotations

import codecs
import errno
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import boto3
import click
import pytest
from botocore import exceptions as aws
from click.testing import CliRunner, Result

from patchbay import connectors
from patchbay.contract import Setting
from patchbay.errors import Misconfigured
from patchbay.infra.administration import Administration
from patchbay_cli.connection_setup import inputs
from patchbay_cli.connection_setup.pasted_text import MOST_BYTES, tidy
from patchbay_cli.deployment import Deployment
from patchbay_cli.main import main
from patchbay_cli.terminal import Terminal
from tests.cli.conftest import Cli
from tests.cli.test_connect import read_stored

ROOT = Path(__file__).parents[2]
TOKEN = "the-good-token"
LINES = "-----BEGIN PUBLIC KEY-----\nMIIB\nIjAN\n-----END PUBLIC KEY-----"
ODD = (
    *("", " ", "-", "--", "a", "a b", "loft", "help", "x" * 3000, "ä" * 700, "\U0001f600", "\ufeffloft", "lo\u200bft"),
    *("../..", "%00", "a:b", "a#b", "@", "@/", "@/dev/null", "env:", "env:HOME", "=", "=x", "token=", "token=@"),
    *("base_url=http://[", "base_url=https://x:99999/", "base_url=https:// x.test", "\u202eloft", "[bold]", "null"),
    *(
        "sender_name=\x1b[2J",
        "2026-01-01",
        "9" * 20,
        "-1",
        "1e9",
        "NaN",
        "\x00",
        "\udcff",
        "token=\udcff",
        "{}",
        "é\r\n",
    ),
)
VALUES = (
    "https://x.test",
    "https://[::1",
    "//x",
    "viber:loft",
    ":",
    "#12345g",
    "0",
    "-0",
    "٣",
    "yes",
    "no",
    "a,b",
    ",",
)
ARGUMENTS = ("pigeon", "desk", "guild", "loft", "help", *ODD)


def commands() -> Iterator[tuple[list[str], click.Command]]:
    def walk(group: click.Group, path: list[str]) -> Iterator[tuple[list[str], click.Command]]:
        for name, command in group.commands.items():
            if isinstance(command, click.Group):
                yield from walk(command, [*path, name])
            else:
                yield [*path, name], command

    return walk(main, [])


COMMANDS = {" ".join(path): (path, command) for path, command in commands()}


def check(result: Result, words: object) -> None:
    """One clear sentence: no traceback, and no name of one of Python's or AWS's classes in place of words."""
    told = result.stdout + result.stderr
    assert result.exit_code in {0, 1, 2}, words
    assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
    assert "Traceback" not in told, (words, told)
    if result.exit_code:
        assert result.stderr.strip() or result.stdout.strip(), words
        assert not re.search(r"\w(Error|Exception): ", told), (words, told)


# --- what is typed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("seed", range(2))
def test_any_words_end_with_a_sentence(
    connected: Cli, name: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("patchbay_cli.dead_letters.queue._PATIENCE", 0)
    random = Random(f"{name} {seed}")
    path, command = COMMANDS[name]
    for _ in range(25):
        words = [*path, *make_up(command, random)]
        typed = random.choice(["", "y\n", "n\n", "\x00\n", "é\n" * 3, "\n" * 9])
        check(CliRunner(mix_stderr=False).invoke(main, words, input=typed), words)


@pytest.mark.parametrize("service", connectors.names())
@pytest.mark.parametrize("seed", range(2))
def test_any_settings_and_secrets_of_a_real_service_end_with_a_sentence(
    command: Cli, service: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens where they lead to."""
    monkeypatch.chdir(tmp_path)
    random = Random(f"{service} {seed}")
    settings = inputs.known_settings(connectors.load(service)).values()
    for number in range(25):
        words = ["connect", service, f"one-{number}"]
        for setting in settings:
            if setting.name == "base_url":
                words += ["--set", "base_url=http://127.0.0.1:9"] if random.random() < 0.8 else []
            elif setting.required or random.random() < 0.4:
                value = random.choice((*ODD, *VALUES))
                words += ["--secret" if setting.secret else "--set", f"{setting.name}={value}"]
        check(CliRunner(mix_stderr=False).invoke(main, words, input="\n" * 9), words)


def make_up(command: click.Command, random: Random) -> list[str]:
    words: list[str] = []
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            if random.random() < 0.4:
                words.append(parameter.opts[0])
                words += [] if parameter.is_flag else [random.choice(ODD)]
        elif parameter.required or random.random() < 0.7:
            words += random.choices(
                ("pigeon", "desk", "guild", "loft", "help", *ODD), k=1 if parameter.nargs == 1 else 2
            )
    if random.random() < 0.2:
        random.shuffle(words)
    return words


# --- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pasted",
    [
        f"{TOKEN}\r\n\r\n",
        f"\n\n  {TOKEN}\n",
        f"\ufeff{TOKEN}",
        f"\u200b{TOKEN}\u200d\u2060",
        f"\u00a0{TOKEN}\u00a0",
        f'"{TOKEN}"',
        f"'{TOKEN}'\n",
        f"\u201c{TOKEN}\u201d",
        f"\u201e{TOKEN}\u201c",
        f"\u2018{TOKEN}\u2019 ",
        f"\u201d{TOKEN}\u201d",
        f"\u201e{TOKEN}\u201d",
        f"\u00ab\u00a0{TOKEN}\u00a0\u00bb",
        f"\u2028{TOKEN}\u0085",
        f"\u200e{TOKEN}\u202c",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("way", ["file", "standard input", "variable", "word", "typed"])
def test_what_stands_around_a_secret_is_not_part_of_it(
    cli: Cli, deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pasted: str, way: str
) -> None:
    file = tmp_path / "token.txt"
    file.write_text(pasted, encoding="utf-8", newline="")
    monkeypatch.setenv("THE_TOKEN", pasted)
    typed = None
    if way == "typed":
        monkeypatch.setattr("patchbay_cli.terminal.is_interactive", lambda: True)
        monkeypatch.setattr("click.prompt", lambda *_, **__: pasted)
    words = {"file": f"token=@{file}", "variable": "token=env:THE_TOKEN", "word": f"token={pasted}", "typed": "token"}
    if way == "standard input":
        typed = pasted
    cli.succeed("connect", "pigeon", "loft", "--secret", words.get(way, "token=-"), typed=typed)
    assert read_stored(deployment.administration, "loft").secrets.get("token") == TOKEN


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("way", ["file", "standard input"])
def test_what_windows_shells_write_is_read(
    cli: Cli, deployment: Deployment, tmp_path: Path, encoding: str, way: str
) -> None:
    """PowerShell's `>` writes UTF-16, and so does its pipe, at times without a mark."""
    data = f"{TOKEN}\r\n".encode(encoding)
    file = tmp_path / "token.txt"
    file.write_bytes(data)
    words = ("connect", "pigeon", "loft", "--secret", f"token=@{file}" if way == "file" else "token=-")
    result = CliRunner(mix_stderr=False).invoke(main, words, input=data)
    assert result.exit_code == 0, result.stderr
    assert read_stored(deployment.administration, "loft").secrets.get("token") == TOKEN


@pytest.mark.parametrize(
    "pasted",
    [
        LINES.replace("\n", "\r\n"),
        LINES.replace("\n", "\r"),
        f"\ufeff\n{LINES}\n\n",
        LINES.replace("\n", "\n\n"),
        "\n".join(f"  {line} \u00a0" for line in LINES.splitlines()),
        f'"{LINES}"',
    ],
    ids=ascii,
)
def test_the_lines_of_a_key_end_alike_whatever_ended_them(pasted: str) -> None:
    assert tidy(pasted) == LINES


def test_a_key_on_one_line_stays_on_it() -> None:
    assert tidy(f" {LINES.replace(chr(10), ' ')} ") == LINES.replace("\n", " ")


def test_a_password_may_begin_and_end_with_quotes() -> None:
    chosen = Setting(name="password", help="", secret=True, chosen=True)
    assert inputs.tidy_secret(chosen, ' "secret" \n') == '"secret"'
    assert inputs.tidy_secret(Setting(name="token", help="", secret=True), '"') == '"'


FILES: dict[str, Callable[[Path], str]] = {
    "a folder": str,
    "nothing": lambda folder: str(folder / "not-there"),
    "no name": lambda _: "",
    "somebody's home": lambda _: "~nobody-of-this-name/token",
    "binary": lambda folder: write(folder, bytes(range(256)) * 4),
    "a picture": lambda folder: write(folder, b"\x89PNG\r\n\x1a\n" + bytes(100)),
    "half of UTF-16": lambda folder: write(folder, codecs.BOM_UTF16_LE + b"a"),
    "huge": lambda folder: write(folder, b"a" * (MOST_BYTES + 1)),
    "endless": lambda _: "/dev/zero",
    "empty": lambda folder: write(folder, b""),
    "blank": lambda folder: write(folder, b"\xef\xbb\xbf \r\n\xc2\xa0"),
    "several lines": lambda folder: write(folder, b"one\ntwo"),
    "a web page": lambda folder: write(folder, b"<!DOCTYPE html>\n<html></html>"),
    "a name that no system has": lambda _: "x" * 5000,
}


def write(folder: Path, content: bytes) -> str:
    file = folder / "secret.txt"
    file.write_bytes(content)
    return str(file)


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_holds_no_secret_is_refused_with_a_sentence(cli: Cli, tmp_path: Path, kind: str) -> None:
    words = ("connect", "pigeon", "loft", "--secret", f"token=@{FILES[kind](tmp_path)}")
    result = cli.run(*words)
    check(result, words)
    assert result.exit_code == 1
    assert "token" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ELOOP])
def test_a_file_that_may_not_be_read_is_refused_with_a_sentence(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "open", refuse)
    error = cli.fail("connect", "pigeon", "loft", "--secret", "token=@token.txt")
    assert f"the file token.txt for token cannot be read: {os.strerror(number)}" in error


@pytest.mark.parametrize("typed", [b"\xff\xfe\x80", b"a" * (MOST_BYTES + 1), b"", b"\xef\xbb\xbf\r\n"])
def test_standard_input_that_holds_no_secret_is_refused_with_a_sentence(cli: Cli, typed: bytes) -> None:
    words = ("connect", "pigeon", "loft", "--secret", "token=-")
    result = CliRunner(mix_stderr=False).invoke(main, words, input=typed)
    check(result, words)
    assert "standard input" in result.stderr


# --- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pasted", ["Ada \r\n", "\u00a0Ada", "\ufeffAda\u200b", "\n\tAda\n"], ids=ascii)
def test_what_stands_around_a_setting_is_not_part_of_it(cli: Cli, deployment: Deployment, pasted: str) -> None:
    cli.succeed("connect", "pigeon", "loft", "--secret", f"token={TOKEN}", "--set", f"sender_name={pasted}")
    assert read_stored(deployment.administration, "loft").setting("sender_name") == "Ada"


@pytest.mark.parametrize(
    "address",
    [
        *("https://x.test/a b", "https://x .test", "https://x.test\nhttps://y.test", "https://[", "https://x.test:0"),
        *("https://x.test:port", "https://", "x.test", "https:x.test", "https://x.test:99999", "https://x\u200b.test"),
    ],
)
def test_an_address_that_is_none_is_refused_with_a_sentence(cli: Cli, address: str) -> None:
    words = ("connect", "pigeon", "loft", "--secret", f"token={TOKEN}", "--set", f"base_url={address}")
    result = cli.run(*words)
    check(result, words)
    assert "base_url" in result.stderr
    assert result.exit_code == 1


def test_a_setting_with_what_cannot_be_seen_in_it_is_refused_by_its_place() -> None:
    with pytest.raises(Misconfigured, match=r"sender_name .* U\+0007, at place 2"):
        inputs.read_setting("sender_name", "A\x07da")
    assert inputs.read_setting("welcome", "Hello!\r\n\tWrite to us.\n") == "Hello!\n\tWrite to us."
    assert inputs.read_setting("sender_name", "می\u200cخواهم") == "می\u200cخواهم"


# --- the environment -------------------------------------------------------------------------------------------------

ENVIRONMENTS: dict[str, tuple[dict[str, str], str]] = {
    "an unknown profile": ({"AWS_PROFILE": "nobody"}, "there is no AWS profile 'nobody'"),
    "a region that is none": ({"AWS_DEFAULT_REGION": "not a region!"}, "the AWS region is not valid"),
    "no region": ({"AWS_DEFAULT_REGION": ""}, "no AWS region"),
    "a configuration that cannot be read": ({"AWS_CONFIG_FILE": "broken"}, "the AWS configuration cannot be read"),
    "credentials that cannot be read": ({"AWS_SHARED_CREDENTIALS_FILE": "broken", "keys": ""}, "AWS"),
    "half of the credentials": ({"AWS_SECRET_ACCESS_KEY": ""}, "AWS credentials"),
    "no credentials": ({"keys": ""}, "no AWS credentials"),
    "an address that is none": ({"AWS_ENDPOINT_URL": "not an address"}, "AWS_ENDPOINT_URL is not a valid address"),
    "a program that gives none": ({"AWS_CONFIG_FILE": "program", "keys": ""}, "credentials cannot be got"),
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
        check(result, words)
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
        (aws.CredentialRetrievalError(provider="x", error_msg="x"), "credentials cannot be got"),
        (aws.MetadataRetrievalError(error_msg="x"), "credentials cannot be got"),
        (aws.EndpointConnectionError(endpoint_url="https://x.test"), "AWS cannot be reached"),
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

    monkeypatch.setattr(Administration, "connections", fail)
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
