"""Every command that the product prints is one that it accepts: in errors, advice, help, alarms and saved queries."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click import UsageError

from tests.harness.commands import check_command, commands_in, is_command

ROOT = Path(__file__).parents[2]
FOLDERS = ("layers/patchbay/patchbay", "functions", "cli", "playground")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
COMMAND = re.compile(r"patchbay[\s\"']")  #: as every command begins, in one piece or at the end of one
PROSE = {"command"}  # "paste it before the patchbay command"
FILLED_IN = "X"  # stands for what is known only when it is printed


def texts_of(path: Path) -> Iterator[str]:
    """The strings of a module that may print a command, whole, with X for what is filled in.

    Only the command shows its docstrings.
    """
    source = path.read_text(encoding="utf-8")
    if not COMMAND.search(source):  # most modules: to parse them all takes each process of pytest a second
        return
    inside: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and "cli" not in path.parts:
            first = node.body[0] if node.body else None
            inside.add(id(first.value) if isinstance(first, ast.Expr) else 0)
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else FILLED_IN for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def printed() -> list[tuple[str, str]]:
    sources = [(path, text) for path in SOURCES for text in texts_of(path)]
    sources.append((ROOT / "template.yaml", (ROOT / "template.yaml").read_text(encoding="utf-8")))
    found = {(str(path.relative_to(ROOT)), command) for path, text in sources for command in commands_in(text)}
    return sorted((place, command) for place, command in found if command.split()[0] not in {*PROSE, FILLED_IN})


def test_commands_are_found_wherever_they_are_printed() -> None:
    places = {place for place, _ in printed()}
    assert {
        "template.yaml",
        "cli/patchbay_cli/commands/dlq.py",
        "layers/patchbay/patchbay/bridge/event_processor.py",
    } <= places
    assert len(printed()) > 50


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("run `patchbay doctor ID --wait`, then go on", ["doctor ID --wait"]),
        ("Then: patchbay link X PLATFORM_ID", ["link X PLATFORM_ID"]),
        ("patchbay dlq show ID.", ["dlq show ID"]),
        ("see patchbay sessions for more", ["sessions"]),
        ("from patchbay_cli import x; cli/patchbay x", []),
    ],
)
def test_a_command_is_told_from_what_is_around_it(text: str, found: list[str]) -> None:
    assert list(commands_in(text)) == found


REFUSED = (
    *("parked list", "dlq retry ID", "doctor ID --bend", "link ONE", "connect viber", "connect viber X --set"),
    *("connect unblu X --secret username,password", "connect unblu X --secret username,password=..."),
    *(
        "connect viber X --secret token",
        "connect viber X --secret base_url=...",
        "connect viber X --set auth_token=...",
    ),
)


@pytest.mark.parametrize("refused", REFUSED)
def test_a_command_that_is_not_there_is_refused(refused: str) -> None:
    with pytest.raises((AssertionError, UsageError)):
        check_command(shlex.split(refused))


TAKEN = ("connect viber X --secret auth_token", "connect viber X --secret ...", "dlq list --stack X --json")


@pytest.mark.parametrize("accepted", TAKEN)
def test_a_secret_may_be_named_without_its_value(accepted: str) -> None:
    check_command(shlex.split(accepted))


@pytest.mark.parametrize(("place", "command"), printed())
def test_every_printed_command_is_accepted(place: str, command: str) -> None:
    words = shlex.split(command)
    assert is_command(words[0]) or words[0].startswith("--"), f"{place} prints `patchbay {command}`"
    check_command(words)
