"""Every command that the product prints is one that it accepts: in errors, advice, help, alarms and saved queries."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from click import UsageError

from tests.harness.commands import check_command, is_command

ROOT = Path(__file__).parents[2]
FOLDERS = ("layers/patchbay/patchbay", "functions", "cli", "playground")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
PROSE = {"command"}  # "paste it before the patchbay command"
FILLED_IN = "X"  # stands for what is known only when it is printed
ARGUMENT = re.compile(r"[A-Z][A-Z_]*|…|\.\.\.|--\S+|\S*=\S*|X\S*")


def texts_of(path: Path) -> Iterator[str]:
    """The strings of a module, whole, with X for what is filled in. Only the command shows its docstrings."""
    inside: set[int] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and "cli" not in path.parts:
            first = node.body[0] if node.body else None
            inside.add(id(first.value) if isinstance(first, ast.Expr) else 0)
        if isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in node.values}
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else FILLED_IN for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            yield node.value


def commands_in(text: str) -> Iterator[str]:
    """Between backticks or quotes all of it; in plain words as far as it looks like a command."""
    yield from re.findall(r"[`\"]patchbay ([^`\"\n]+)[`\"]", text)
    for line in re.sub(r"[`\"]patchbay [^`\"\n]+[`\"]", "", text).splitlines():
        for plain in re.findall(r"(?<![\w./-])patchbay ([a-z][a-z-]*\b.*)", line):
            yield " ".join(_leading(plain.split()))


def _leading(words: list[str]) -> Iterator[str]:
    depth = 2 if words[0] == "dlq" else 1
    for number, word in enumerate(words):
        bare = word.rstrip(".,:;)")
        if number >= depth and not ARGUMENT.fullmatch(bare):
            return
        yield bare


@cache
def printed() -> list[tuple[str, str]]:
    sources = [(path, text) for path in SOURCES for text in texts_of(path)]
    sources.append((ROOT / "template.yaml", (ROOT / "template.yaml").read_text(encoding="utf-8")))
    found = {(str(path.relative_to(ROOT)), command) for path, text in sources for command in commands_in(text)}
    return sorted((place, command) for place, command in found if command.split()[0] not in {*PROSE, FILLED_IN})


def test_commands_are_found_wherever_they_are_printed() -> None:
    places = {place for place, _ in printed()}
    assert {"template.yaml", "cli/patchbay_cli/dlq.py", "layers/patchbay/patchbay/bridge/event_processor.py"} <= places
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


REFUSED = ("parked list", "dlq retry ID", "doctor ID --bend", "connect viber X --secret auth_token", "link ONE")


@pytest.mark.parametrize("refused", REFUSED)
def test_a_command_that_is_not_there_is_refused(refused: str) -> None:
    with pytest.raises((AssertionError, UsageError)):
        check_command(shlex.split(refused))


def test_every_printed_command_is_accepted() -> None:
    refused = {f"{place} prints `patchbay {command}`": why for place, command in printed() if (why := refuse(command))}
    assert not refused


def refuse(command: str) -> str:
    """Why the command is not accepted, "" for one that is."""
    words = shlex.split(command)
    if not (is_command(words[0]) or words[0].startswith("--")):
        return "no such command"
    try:
        check_command(words)
    except (AssertionError, UsageError) as error:
        return str(error) or type(error).__name__
    return ""
