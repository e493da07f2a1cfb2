"""Whatever is typed: every command ends with 0, 1 or 2, and says what is wrong in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import click
import pytest
from click.testing import CliRunner

from patchbay.kit import registry
from patchbay_cli.connection_setup import inputs
from patchbay_cli.main import main
from tests.cli.conftest import Cli
from tests.cli.results import check_result

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
        check_result(CliRunner(mix_stderr=False).invoke(main, words, input=typed), words)


@pytest.mark.parametrize("service", registry.names())
@pytest.mark.parametrize("seed", range(2))
def test_any_settings_and_secrets_of_a_real_service_end_with_a_sentence(
    command: Cli, service: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens where they lead to."""
    monkeypatch.chdir(tmp_path)
    random = Random(f"{service} {seed}")
    settings = inputs.known_settings(registry.load(service)).values()
    for number in range(25):
        words = ["connect", service, f"one-{number}"]
        for setting in settings:
            if setting.name == "base_url":
                words += ["--set", "base_url=http://127.0.0.1:9"] if random.random() < 0.8 else []
            elif setting.required or random.random() < 0.4:
                value = random.choice((*ODD, *VALUES))
                words += ["--secret" if setting.secret else "--set", f"{setting.name}={value}"]
        check_result(CliRunner(mix_stderr=False).invoke(main, words, input="\n" * 9), words)


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
