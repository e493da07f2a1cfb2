"""The words of the command: its help, and every text that it can print."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from patchbay_cli.main import main
from tests.cli.conftest import Cli

SOURCES = sorted((Path(__file__).parents[2] / "cli").rglob("*.py"))
REFUSED = re.compile(
    r"\b(alone|told|tells?|mend\w*|put off|by hand|parked?|given up|gives? up|whoever|somebody|nobody|anew|lanes?"
    r"|say|says|films?|(?<!dead[ -])letters?(?!,| or digit)|tak(?:e|es|en) (?:it )?(?:away|back)|is none)\b",
    re.IGNORECASE,
)


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from walk(inner, (*path, name))


def texts(path: Path) -> Iterator[str]:
    """All strings but docstrings, and whole where values are filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kept_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            kept_out.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            kept_out |= {id(part) for part in node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in kept_out:
            yield node.value


@pytest.mark.parametrize("path", [*walk(main)], ids=" ".join)
def test_the_help_of_every_command_uses_plain_words(cli: Cli, path: tuple[str, ...]) -> None:
    shown = " ".join(cli.succeed(*path, "--help").split())
    assert not REFUSED.findall(shown), shown


@pytest.mark.parametrize("path", [*walk(main)], ids=" ".join)
def test_every_option_has_a_help_text_that_ends_like_a_sentence(path: tuple[str, ...]) -> None:
    command: click.Command = main
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    helps = {str(one.name): one.help or "" for one in command.params if isinstance(one, click.Option)}
    assert not [name for name, text in helps.items() if not re.search(r"[.\]]$", text) or not text[0].isupper()]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_text_of_the_command_uses_a_refused_word(path: Path) -> None:
    found = {text for text in texts(path) if REFUSED.search(text.replace(":parked", ""))}  # a value in the ledger
    assert not found


@pytest.mark.parametrize("text", ["say `patchbay link`", "mended now", "set by hand", "2 messages were given up"])
def test_refused_words_are_found(text: str) -> None:
    assert REFUSED.search(text)


def test_dead_letters_are_no_refused_word() -> None:
    assert not REFUSED.search("the dead-letter queue has 2 dead letters; letters, digits and dashes")


def test_the_version_is_shown(cli: Cli) -> None:
    assert re.fullmatch(r"patchbay \d+\.\d+\.\d+\S*\n", cli.succeed("--version"))
    assert "Show the version and exit." in cli.succeed("--help")
